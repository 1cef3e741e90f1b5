package state

import (
	"encoding/binary"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
)

// flattened returns the columns with nested values encoded as bytes.
func flattened(columns []batch.Column) []batch.Column {
	for i, column := range columns {
		switch column.(type) {
		case *batch.List, *batch.Struct:
			columns = slices.Clone(columns)
			for ; i < len(columns); i++ {
				columns[i] = flatten(columns[i])
			}
			return columns
		}
	}
	return columns
}

func flatten(column batch.Column) batch.Column {
	switch column.(type) {
	case *batch.List, *batch.Struct:
	default:
		return column
	}
	offsets := make([]int32, column.Len()+1)
	var data []byte
	for row := range column.Len() {
		if column.Valid().Get(row) {
			data = appendNested(data, column, row)
		}
		offsets[row+1] = int32(len(data))
	}
	return batch.NewBytes(offsets, data, column.Valid())
}

// appendNested appends the parts of a nested value, which is not NULL.
func appendNested(data []byte, column batch.Column, row int) []byte {
	if s, ok := column.(*batch.Struct); ok {
		for _, field := range s.Fields {
			data = appendPart(data, field, row)
		}
		return data
	}
	list := column.(*batch.List)
	from, to := list.Range(row)
	data = binary.LittleEndian.AppendUint32(data, uint32(to-from))
	for item := from; item < to; item++ {
		data = appendPart(data, list.Items, item)
	}
	return data
}

// appendPart appends a value as it stands in a key of several columns.
func appendPart(data []byte, column batch.Column, row int) []byte {
	if !column.Valid().Get(row) {
		return append(append(data, 0), make([]byte, fixedWidth(flatten(column.Gather(nil))))...)
	}
	data = append(data, 1)
	switch c := column.(type) {
	case *batch.Bytes:
		data = binary.LittleEndian.AppendUint32(data, uint32(len(c.At(row))))
		return append(data, c.At(row)...)
	case *batch.List, *batch.Struct:
		start := len(data)
		data = appendNested(append(data, 0, 0, 0, 0), column, row)
		binary.LittleEndian.PutUint32(data[start:], uint32(len(data)-start-4))
		return data
	}
	one := column.Gather([]int32{int32(row)})
	start := len(data)
	data = append(data, make([]byte, fixedWidth(one))...)
	writeFixed(one, data, []int32{int32(start)})
	return data
}

// decodeNested appends the nested value whose parts are in data.
func decodeNested(builder batch.Builder, data []byte) {
	switch b := builder.(type) {
	case *batch.StructBuilder:
		for _, field := range b.Fields {
			data = decode(field, data[1:], data[0] == 1)
		}
		b.Close()
	case *batch.ListBuilder:
		count := binary.LittleEndian.Uint32(data)
		data = data[4:]
		for range count {
			data = decode(b.Items, data[1:], data[0] == 1)
		}
		b.Close()
	}
}
