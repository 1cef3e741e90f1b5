package batch

// List is a column of ARRAYs, MAPs or MULTISETs: value i is the rows Offsets[i] to Offsets[i+1]-1 of
// Items. The items of an ARRAY are its elements; those of a MAP are a *Struct of key and value, those of
// a MULTISET a *Struct of element and count. A NULL row has no items.
type List struct {
	Offsets []int32 // one more than there are rows
	Items   Column
	valid   Bitmap
}

// NewList returns a column that owns offsets (rows+1 of them), items and valid (nil: no NULLs).
func NewList(offsets []int32, items Column, valid Bitmap) *List {
	return &List{Offsets: offsets, Items: items, valid: valid}
}

// Len is the number of rows.
func (c *List) Len() int { return len(c.Offsets) - 1 }

// Valid marks the rows that are not NULL; nil: no row is NULL.
func (c *List) Valid() Bitmap { return c.valid }

// WithValid returns the same values with another validity bitmap.
func (c *List) WithValid(valid Bitmap) Column {
	return &List{Offsets: c.Offsets, Items: c.Items, valid: valid}
}

// Range returns the rows of Items that are the items of row i.
func (c *List) Range(i int) (from, to int) { return int(c.Offsets[i]), int(c.Offsets[i+1]) }

// Gather returns the given rows in the given order.
func (c *List) Gather(rows []int32) Column {
	offsets := make([]int32, len(rows)+1)
	var items []int32
	for i, row := range rows {
		for item := c.Offsets[row]; item < c.Offsets[row+1]; item++ {
			items = append(items, item)
		}
		offsets[i+1] = int32(len(items))
	}
	return &List{Offsets: offsets, Items: c.Items.Gather(items), valid: c.valid.gather(rows)}
}

// Size is the memory that the values take, in bytes.
func (c *List) Size() int { return 4*len(c.Offsets) + c.Items.Size() + len(c.valid)*8 }

// Struct is a column of ROWs, or of the entries of a MAP or MULTISET: field j of row i is row i of
// Fields[j]. What the fields hold in a NULL row is unspecified.
type Struct struct {
	Fields []Column
	rows   int
	valid  Bitmap
}

// NewStruct returns a column of rows values that owns fields and valid (nil: no NULLs).
func NewStruct(rows int, fields []Column, valid Bitmap) *Struct {
	return &Struct{Fields: fields, rows: rows, valid: valid}
}

// Len is the number of rows.
func (c *Struct) Len() int { return c.rows }

// Valid marks the rows that are not NULL; nil: no row is NULL.
func (c *Struct) Valid() Bitmap { return c.valid }

// WithValid returns the same values with another validity bitmap.
func (c *Struct) WithValid(valid Bitmap) Column {
	return &Struct{Fields: c.Fields, rows: c.rows, valid: valid}
}

// Gather returns the given rows in the given order.
func (c *Struct) Gather(rows []int32) Column {
	fields := make([]Column, len(c.Fields))
	for i, field := range c.Fields {
		fields[i] = field.Gather(rows)
	}
	return &Struct{Fields: fields, rows: len(rows), valid: c.valid.gather(rows)}
}

// Size is the memory that the values take, in bytes.
func (c *Struct) Size() int {
	size := len(c.valid) * 8
	for _, field := range c.Fields {
		size += field.Size()
	}
	return size
}
