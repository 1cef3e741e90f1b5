package batch

import (
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/types"
)

// Concat returns the rows of columns of one physical type, one column behind the other. There must be at
// least one column.
func Concat(columns ...Column) Column {
	if len(columns) == 1 {
		return columns[0]
	}
	switch first := columns[0].(type) {
	case *Fixed[bool]:
		return concatFixed[bool](columns)
	case *Fixed[int8]:
		return concatFixed[int8](columns)
	case *Fixed[int16]:
		return concatFixed[int16](columns)
	case *Fixed[int32]:
		return concatFixed[int32](columns)
	case *Fixed[int64]:
		return concatFixed[int64](columns)
	case *Fixed[types.Decimal128]:
		return concatFixed[types.Decimal128](columns)
	case *Fixed[float32]:
		return concatFixed[float32](columns)
	case *Fixed[float64]:
		return concatFixed[float64](columns)
	case *Bytes:
		return concatBytes(columns)
	case *List:
		return concatLists(columns)
	case *Struct:
		fields := make([]Column, len(first.Fields))
		parts := make([]Column, len(columns))
		for i := range fields {
			for j, c := range columns {
				parts[j] = c.(*Struct).Fields[i]
			}
			fields[i] = Concat(parts...)
		}
		return NewStruct(totalRows(columns), fields, concatValid(columns))
	}
	panic(fmt.Sprintf("batch: no concatenation of %T", columns[0]))
}

func totalRows(columns []Column) int {
	rows := 0
	for _, c := range columns {
		rows += c.Len()
	}
	return rows
}

func concatFixed[T Value](columns []Column) Column {
	values := make([]T, 0, totalRows(columns))
	for _, c := range columns {
		values = append(values, Values[T](c)...)
	}
	return NewFixed(values, concatValid(columns))
}

func concatBytes(columns []Column) Column {
	size := 0
	for _, c := range columns {
		size += len(c.(*Bytes).Data)
	}
	offsets, data := make([]int32, 1, totalRows(columns)+1), make([]byte, 0, size)
	for _, c := range columns {
		part := c.(*Bytes)
		offsets = appendOffsets(offsets, part.Offsets, len(data))
		data = append(data, part.Data[part.Offsets[0]:part.Offsets[part.Len()]]...)
	}
	return NewBytes(offsets, data, concatValid(columns))
}

func concatLists(columns []Column) Column {
	offsets, items := make([]int32, 1, totalRows(columns)+1), make([]Column, len(columns))
	position := 0
	for i, c := range columns {
		part := c.(*List)
		offsets = appendOffsets(offsets, part.Offsets, position)
		items[i] = part.within()
		position += items[i].Len()
	}
	return NewList(offsets, Concat(items...), concatValid(columns))
}

// within returns the items that belong to some value: a column may begin or end inside of its items.
func (c *List) within() Column {
	from, to := c.Offsets[0], c.Offsets[c.Len()]
	if from == 0 && int(to) == c.Items.Len() {
		return c.Items
	}
	rows := make([]int32, 0, to-from)
	for row := from; row < to; row++ {
		rows = append(rows, row)
	}
	return c.Items.Gather(rows)
}

// appendOffsets appends the ends of values whose data comes to stand at the position.
func appendOffsets(dst, offsets []int32, position int) []int32 {
	for _, offset := range offsets[1:] {
		dst = append(dst, offset-offsets[0]+int32(position))
	}
	return dst
}

func concatValid(columns []Column) Bitmap {
	if !slices.ContainsFunc(columns, func(c Column) bool { return c.Valid() != nil }) {
		return nil
	}
	out := NewBitmap(totalRows(columns))
	row := 0
	for _, c := range columns {
		valid := c.Valid()
		for i := range c.Len() {
			if valid.Get(i) {
				out.Set(row)
			}
			row++
		}
	}
	return out
}
