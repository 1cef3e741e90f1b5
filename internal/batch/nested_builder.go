package batch

// ListBuilder builds a List column. A value is appended by appending its items to Items and then
// calling Close.
type ListBuilder struct {
	Items   Builder
	offsets []int32
	valid   validity
}

// Close ends a value: its items are what was appended to Items since the last value.
func (b *ListBuilder) Close() { b.close(true) }

func (b *ListBuilder) close(valid bool) {
	if b.offsets == nil {
		b.offsets = append(b.offsets, 0)
	}
	b.valid.append(len(b.offsets)-1, valid)
	b.offsets = append(b.offsets, int32(b.Items.Len()))
}

// AppendNull appends a NULL.
func (b *ListBuilder) AppendNull() { b.close(false) }

// AppendFrom appends the value of a row of a column.
func (b *ListBuilder) AppendFrom(c Column, row int) {
	if !c.Valid().Get(row) {
		b.AppendNull()
		return
	}
	list := c.(*List)
	from, to := list.Range(row)
	for item := from; item < to; item++ {
		b.Items.AppendFrom(list.Items, item)
	}
	b.Close()
}

// Len is the number of rows so far.
func (b *ListBuilder) Len() int { return max(0, len(b.offsets)-1) }

// Finish returns the column and leaves the builder empty.
func (b *ListBuilder) Finish() Column {
	if b.offsets == nil {
		b.offsets = []int32{0}
	}
	c := NewList(b.offsets, b.Items.Finish(), b.valid.finish())
	b.offsets = nil
	return c
}

// StructBuilder builds a Struct column. A value is appended by appending one value to each of Fields
// and then calling Close.
type StructBuilder struct {
	Fields []Builder
	rows   int
	valid  validity
}

// Close ends a value.
func (b *StructBuilder) Close() {
	b.valid.append(b.rows, true)
	b.rows++
}

// AppendNull appends a NULL.
func (b *StructBuilder) AppendNull() {
	for _, field := range b.Fields {
		field.AppendNull()
	}
	b.valid.append(b.rows, false)
	b.rows++
}

// AppendFrom appends the value of a row of a column.
func (b *StructBuilder) AppendFrom(c Column, row int) {
	if !c.Valid().Get(row) {
		b.AppendNull()
		return
	}
	for i, field := range b.Fields {
		field.AppendFrom(c.(*Struct).Fields[i], row)
	}
	b.Close()
}

// Len is the number of rows so far.
func (b *StructBuilder) Len() int { return b.rows }

// Finish returns the column and leaves the builder empty.
func (b *StructBuilder) Finish() Column {
	fields := make([]Column, len(b.Fields))
	for i, field := range b.Fields {
		fields[i] = field.Finish()
	}
	c := NewStruct(b.rows, fields, b.valid.finish())
	b.rows = 0
	return c
}
