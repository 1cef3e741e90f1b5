package batch

import (
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/types"
)

// Append returns a column with the rows of dst and then those of src, which has the same physical type.
// It may write into the memory of dst, which must be the caller's own: a column that Append or
// AppendRows returned and that no batch shares. nil stands for an empty column.
func Append(dst, src Column) Column { return appendColumn(dst, src, choice{count: src.Len()}) }

// AppendRows is Append of the given rows of src only, in their order.
func AppendRows(dst, src Column, rows []int32) Column {
	return appendColumn(dst, src, choice{rows: rows, some: true, count: len(rows)})
}

// Concat returns the rows of columns of one physical type, one column behind the other. There must be at
// least one column.
func Concat(columns ...Column) Column {
	if len(columns) == 1 {
		return columns[0]
	}
	var out Column
	for _, column := range columns {
		out = Append(out, column)
	}
	return out
}

// GatherOrNull returns the given rows of a column in the given order, and NULL for rows below 0.
func GatherOrNull(c Column, rows []int32) Column {
	valid, present := NewBitmap(len(rows)), make([]int32, 0, len(rows))
	for i, row := range rows {
		if row >= 0 && c.Valid().Get(int(row)) {
			valid.Set(i)
			present = append(present, row)
		}
	}
	return spread(c.Gather(present).WithValid(nil), valid, len(rows))
}

// spread returns a column of rows rows that has the values of c, in their order, where valid is set,
// and NULL elsewhere.
func spread(c Column, valid Bitmap, rows int) Column {
	next := 0
	offsets := func(from []int32) []int32 {
		out := make([]int32, rows+1)
		for i := range rows {
			out[i+1] = out[i]
			if valid.Get(i) {
				out[i+1] = from[next+1]
				next++
			}
		}
		return out
	}
	switch c := c.(type) {
	case *Bytes:
		return NewBytes(offsets(c.Offsets), c.Data, valid)
	case *List:
		return NewList(offsets(c.Offsets), c.Items, valid)
	}
	from := make([]int32, rows) // any value does for a NULL
	for i := range from {
		if valid.Get(i) {
			from[i] = int32(next)
			next++
		}
	}
	if c.Len() == 0 {
		return nullsLike(c, rows, valid)
	}
	return c.Gather(from).WithValid(valid)
}

// nullsLike returns a column of the physical type of c, which is empty, without values.
func nullsLike(c Column, rows int, valid Bitmap) Column {
	switch c := c.(type) {
	case *Fixed[bool]:
		return NewFixed(make([]bool, rows), valid)
	case *Fixed[int8]:
		return NewFixed(make([]int8, rows), valid)
	case *Fixed[int16]:
		return NewFixed(make([]int16, rows), valid)
	case *Fixed[int32]:
		return NewFixed(make([]int32, rows), valid)
	case *Fixed[int64]:
		return NewFixed(make([]int64, rows), valid)
	case *Fixed[types.Decimal128]:
		return NewFixed(make([]types.Decimal128, rows), valid)
	case *Fixed[float32]:
		return NewFixed(make([]float32, rows), valid)
	case *Fixed[float64]:
		return NewFixed(make([]float64, rows), valid)
	case *Struct:
		fields := make([]Column, len(c.Fields))
		for i, field := range c.Fields {
			fields[i] = spread(field.WithValid(nil), NewBitmap(rows), rows)
		}
		return NewStruct(rows, fields, valid)
	}
	panic(fmt.Sprintf("batch: no NULLs of %T", c))
}

// ConcatRows returns a batch of the rows of all parts, one after the other. All are append-only.
func ConcatRows(parts []*Batch) *Batch {
	if len(parts) == 1 {
		return parts[0]
	}
	columns, rows := make([]Column, len(parts[0].Columns)), 0
	for _, part := range parts {
		rows += part.rows
		for i, column := range part.Columns {
			columns[i] = Append(columns[i], column)
		}
	}
	return New(rows, columns...)
}

// choice is the rows of a column to append: all, or some.
type choice struct {
	some  bool
	rows  []int32 // if some
	count int
}

// row returns the i-th row.
func (c choice) row(i int) int {
	if c.some {
		return int(c.rows[i])
	}
	return i
}

func appendColumn(dst, src Column, rows choice) Column {
	switch s := src.(type) {
	case *Fixed[bool]:
		return appendFixed(dst, s, rows)
	case *Fixed[int8]:
		return appendFixed(dst, s, rows)
	case *Fixed[int16]:
		return appendFixed(dst, s, rows)
	case *Fixed[int32]:
		return appendFixed(dst, s, rows)
	case *Fixed[int64]:
		return appendFixed(dst, s, rows)
	case *Fixed[types.Decimal128]:
		return appendFixed(dst, s, rows)
	case *Fixed[float32]:
		return appendFixed(dst, s, rows)
	case *Fixed[float64]:
		return appendFixed(dst, s, rows)
	case *Bytes:
		return appendBytes(dst, s, rows)
	case *List:
		return appendItems(dst, s, rows)
	case *Struct:
		return appendStruct(dst, s, rows)
	}
	panic(fmt.Sprintf("batch: cannot append %T", src))
}

func appendFixed[T Value](dst Column, src *Fixed[T], rows choice) Column {
	d, ok := dst.(*Fixed[T])
	if !ok {
		d = &Fixed[T]{}
	}
	d.valid = appendValid(d.valid, len(d.Values), src.valid, rows)
	if !rows.some {
		d.Values = append(d.Values, src.Values...)
		return d
	}
	for _, row := range rows.rows {
		d.Values = append(d.Values, src.Values[row])
	}
	return d
}

func appendBytes(dst Column, src *Bytes, rows choice) Column {
	d, ok := dst.(*Bytes)
	if !ok {
		d = &Bytes{Offsets: []int32{0}}
	}
	d.valid = appendValid(d.valid, d.Len(), src.valid, rows)
	d.Offsets = slices.Grow(d.Offsets, rows.count)
	if !rows.some {
		first, end := src.Offsets[0], src.Offsets[src.Len()]
		d.Offsets = appendOffsets(d.Offsets, src.Offsets)
		d.Data = append(d.Data, src.Data[first:end]...)
		return d
	}
	for _, row := range rows.rows {
		d.Data = append(d.Data, src.At(int(row))...)
		d.Offsets = append(d.Offsets, int32(len(d.Data)))
	}
	return d
}

// appendOffsets appends the ends of values that come to stand behind those there are.
func appendOffsets(dst, src []int32) []int32 {
	shift := dst[len(dst)-1] - src[0]
	for _, offset := range src[1:] {
		dst = append(dst, offset+shift)
	}
	return dst
}

func appendItems(dst Column, src *List, rows choice) Column {
	d, ok := dst.(*List)
	if !ok {
		d = &List{Offsets: []int32{0}}
	}
	d.valid = appendValid(d.valid, d.Len(), src.valid, rows)
	if first, end := src.Offsets[0], src.Offsets[src.Len()]; !rows.some && int(end-first) == src.Items.Len() {
		d.Offsets = appendOffsets(d.Offsets, src.Offsets)
		d.Items = Append(d.Items, src.Items)
		return d
	}
	items, end := []int32{}, d.Offsets[d.Len()]
	for i := range rows.count {
		from, to := src.Range(rows.row(i))
		for item := from; item < to; item++ {
			items = append(items, int32(item))
		}
		end += int32(to - from)
		d.Offsets = append(d.Offsets, end)
	}
	d.Items = AppendRows(d.Items, src.Items, items)
	return d
}

func appendStruct(dst Column, src *Struct, rows choice) Column {
	d, ok := dst.(*Struct)
	if !ok {
		d = &Struct{Fields: make([]Column, len(src.Fields))}
	}
	d.valid = appendValid(d.valid, d.rows, src.valid, rows)
	for i, field := range src.Fields {
		d.Fields[i] = appendColumn(d.Fields[i], field, rows)
	}
	d.rows += rows.count
	return d
}

// appendValid returns the validity of n rows and then of rows of src.
func appendValid(dst Bitmap, n int, src Bitmap, rows choice) Bitmap {
	if dst == nil && src == nil {
		return nil
	}
	if dst == nil {
		dst = FullBitmap(n)
	}
	for words := (n + rows.count + 63) / 64; len(dst) < words; {
		dst = append(dst, 0)
	}
	for i := range rows.count {
		if src.Get(rows.row(i)) {
			dst.Set(n + i)
		} else {
			dst.Clear(n + i) // what is past the end of a bitmap may be set
		}
	}
	return dst
}
