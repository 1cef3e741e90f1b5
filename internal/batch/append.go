package batch

import (
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/types"
)

// Append returns a column with the rows of dst and then those of src, which has the same physical type.
// It may write into the memory of dst, which must be the caller's own: a column that Append returned
// and that no batch shares. nil stands for an empty column.
func Append(dst, src Column) Column {
	switch s := src.(type) {
	case *Fixed[bool]:
		return appendFixed(dst, s)
	case *Fixed[int8]:
		return appendFixed(dst, s)
	case *Fixed[int16]:
		return appendFixed(dst, s)
	case *Fixed[int32]:
		return appendFixed(dst, s)
	case *Fixed[int64]:
		return appendFixed(dst, s)
	case *Fixed[float32]:
		return appendFixed(dst, s)
	case *Fixed[float64]:
		return appendFixed(dst, s)
	case *Fixed[types.Decimal128]:
		return appendFixed(dst, s)
	case *Bytes:
		return appendBytes(dst, s)
	case *List:
		return appendItems(dst, s)
	case *Struct:
		return appendStruct(dst, s)
	}
	panic(fmt.Sprintf("batch: cannot append %T", src))
}

func appendFixed[T Value](dst Column, src *Fixed[T]) Column {
	d, ok := dst.(*Fixed[T])
	if !ok {
		d = &Fixed[T]{}
	}
	d.valid = appendValid(d.valid, len(d.Values), src.valid, len(src.Values))
	d.Values = append(d.Values, src.Values...)
	return d
}

func appendBytes(dst Column, src *Bytes) Column {
	d, ok := dst.(*Bytes)
	if !ok {
		d = &Bytes{Offsets: []int32{0}}
	}
	rows := src.Len()
	d.valid = appendValid(d.valid, d.Len(), src.valid, rows)
	shift := int32(len(d.Data)) - src.Offsets[0]
	d.Data = append(d.Data, src.Data[src.Offsets[0]:src.Offsets[rows]]...)
	d.Offsets = slices.Grow(d.Offsets, rows)
	for _, offset := range src.Offsets[1 : rows+1] {
		d.Offsets = append(d.Offsets, offset+shift)
	}
	return d
}

func appendItems(dst Column, src *List) Column {
	d, ok := dst.(*List)
	if !ok {
		d = &List{Offsets: []int32{0}}
	}
	rows := src.Len()
	d.valid = appendValid(d.valid, d.Len(), src.valid, rows)
	first, end := src.Offsets[0], src.Offsets[rows]
	shift, items := d.Offsets[d.Len()]-first, src.Items
	if int(end-first) < items.Len() { // the list shares its items with another
		chosen := make([]int32, 0, end-first)
		for item := first; item < end; item++ {
			chosen = append(chosen, item)
		}
		items = items.Gather(chosen)
	}
	d.Items = Append(d.Items, items)
	d.Offsets = slices.Grow(d.Offsets, rows)
	for _, offset := range src.Offsets[1 : rows+1] {
		d.Offsets = append(d.Offsets, offset+shift)
	}
	return d
}

func appendStruct(dst Column, src *Struct) Column {
	d, ok := dst.(*Struct)
	if !ok {
		d = &Struct{Fields: make([]Column, len(src.Fields))}
	}
	d.valid = appendValid(d.valid, d.rows, src.valid, src.rows)
	for i, field := range src.Fields {
		d.Fields[i] = Append(d.Fields[i], field)
	}
	d.rows += src.rows
	return d
}

// appendValid returns the validity of n rows and then m rows.
func appendValid(dst Bitmap, n int, src Bitmap, m int) Bitmap {
	if dst == nil && src == nil {
		return nil
	}
	if dst == nil {
		dst = FullBitmap(n)
	}
	for words := (n + m + 63) / 64; len(dst) < words; {
		dst = append(dst, 0)
	}
	for i := range m {
		if src.Get(i) {
			dst.Set(n + i)
		} else {
			dst.Clear(n + i) // what is past the end of a bitmap may be set
		}
	}
	return dst
}

// ConcatRows returns a batch of the rows of all parts, one after the other. All are append-only.
func ConcatRows(parts []*Batch) *Batch {
	if len(parts) == 1 {
		return parts[0]
	}
	columns, rows := make([]Column, len(parts[0].Columns)), 0
	for _, part := range parts {
		rows += part.rows
	}
	same := make([]Column, len(parts))
	for i := range columns {
		for j, part := range parts {
			same[j] = part.Columns[i]
		}
		columns[i] = Concat(same...)
	}
	return New(rows, columns...)
}
