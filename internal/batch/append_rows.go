package batch

import (
	"fmt"

	"github.com/penstock-io/penstock/internal/types"
)

// AppendRows returns a column with the rows of dst and then the given rows of src, which has the same
// physical type. It may write into the memory of dst, which must be the caller's own: a column that
// AppendRows returned and that no batch shares. nil stands for an empty column.
func AppendRows(dst, src Column, rows []int32) Column {
	switch s := src.(type) {
	case *Fixed[bool]:
		return appendFixedRows(dst, s, rows)
	case *Fixed[int8]:
		return appendFixedRows(dst, s, rows)
	case *Fixed[int16]:
		return appendFixedRows(dst, s, rows)
	case *Fixed[int32]:
		return appendFixedRows(dst, s, rows)
	case *Fixed[int64]:
		return appendFixedRows(dst, s, rows)
	case *Fixed[types.Decimal128]:
		return appendFixedRows(dst, s, rows)
	case *Fixed[float32]:
		return appendFixedRows(dst, s, rows)
	case *Fixed[float64]:
		return appendFixedRows(dst, s, rows)
	case *Bytes:
		return appendBytesRows(dst, s, rows)
	case *List:
		return appendListRows(dst, s, rows)
	case *Struct:
		return appendStructRows(dst, s, rows)
	}
	panic(fmt.Sprintf("batch: cannot append %T", src))
}

func appendFixedRows[T Value](dst Column, src *Fixed[T], rows []int32) Column {
	d, ok := dst.(*Fixed[T])
	if !ok {
		d = &Fixed[T]{}
	}
	d.valid = appendValidRows(d.valid, len(d.Values), src.valid, rows)
	for _, row := range rows {
		d.Values = append(d.Values, src.Values[row])
	}
	return d
}

func appendBytesRows(dst Column, src *Bytes, rows []int32) Column {
	d, ok := dst.(*Bytes)
	if !ok {
		d = &Bytes{Offsets: []int32{0}}
	}
	d.valid = appendValidRows(d.valid, d.Len(), src.valid, rows)
	for _, row := range rows {
		d.Data = append(d.Data, src.At(int(row))...)
		d.Offsets = append(d.Offsets, int32(len(d.Data)))
	}
	return d
}

func appendListRows(dst Column, src *List, rows []int32) Column {
	d, ok := dst.(*List)
	if !ok {
		d = &List{Offsets: []int32{0}}
	}
	d.valid = appendValidRows(d.valid, d.Len(), src.valid, rows)
	items, end := []int32{}, d.Offsets[d.Len()]
	for _, row := range rows {
		from, to := src.Range(int(row))
		for item := from; item < to; item++ {
			items = append(items, int32(item))
		}
		end += int32(to - from)
		d.Offsets = append(d.Offsets, end)
	}
	d.Items = AppendRows(d.Items, src.Items, items)
	return d
}

func appendStructRows(dst Column, src *Struct, rows []int32) Column {
	d, ok := dst.(*Struct)
	if !ok {
		d = &Struct{Fields: make([]Column, len(src.Fields))}
	}
	d.valid = appendValidRows(d.valid, d.rows, src.valid, rows)
	for i, field := range src.Fields {
		d.Fields[i] = AppendRows(d.Fields[i], field, rows)
	}
	d.rows += len(rows)
	return d
}

// appendValidRows returns the validity of n rows and then the given rows of src.
func appendValidRows(dst Bitmap, n int, src Bitmap, rows []int32) Bitmap {
	if dst == nil && src == nil {
		return nil
	}
	if dst == nil {
		dst = FullBitmap(n)
	}
	for words := (n + len(rows) + 63) / 64; len(dst) < words; {
		dst = append(dst, 0)
	}
	for i, row := range rows {
		if src.Get(int(row)) {
			dst.Set(n + i)
		} else {
			dst.Clear(n + i) // what is past the end of a bitmap may be set
		}
	}
	return dst
}
