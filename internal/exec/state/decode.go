package state

import (
	"encoding/binary"
	"math"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// decodeSingle appends the key of a single column.
func decodeSingle(builder batch.Builder, key []byte, null bool) {
	switch b := builder.(type) {
	case *batch.BytesBuilder:
		if !null {
			b.Append(key)
			return
		}
	case *batch.ListBuilder, *batch.StructBuilder:
		if !null {
			decodeNested(b, key)
			return
		}
	}
	decode(builder, key, !null)
}

// decode appends the value at the start of key, NULL if it is not present, and returns the rest.
func decode(builder batch.Builder, key []byte, present bool) (rest []byte) {
	width := valueWidth(builder, key)
	if !present {
		builder.AppendNull()
		return key[min(width, len(key)):]
	}
	switch b := builder.(type) {
	case *batch.FixedBuilder[bool]:
		b.Append(key[0] == 1)
	case *batch.FixedBuilder[int8]:
		b.Append(int8(key[0]))
	case *batch.FixedBuilder[int16]:
		b.Append(int16(binary.LittleEndian.Uint16(key)))
	case *batch.FixedBuilder[int32]:
		b.Append(int32(binary.LittleEndian.Uint32(key)))
	case *batch.FixedBuilder[float32]:
		b.Append(math.Float32frombits(binary.LittleEndian.Uint32(key)))
	case *batch.FixedBuilder[int64]:
		b.Append(int64(binary.LittleEndian.Uint64(key)))
	case *batch.FixedBuilder[float64]:
		b.Append(math.Float64frombits(binary.LittleEndian.Uint64(key)))
	case *batch.FixedBuilder[types.Decimal128]:
		b.Append(types.Decimal128{Low: binary.LittleEndian.Uint64(key), High: int64(binary.LittleEndian.Uint64(key[8:]))})
	case *batch.BytesBuilder:
		b.Append(key[4:width])
	default:
		decodeNested(builder, key[4:width])
	}
	return key[width:]
}

func valueWidth(builder batch.Builder, key []byte) int {
	switch builder.(type) {
	case *batch.FixedBuilder[bool], *batch.FixedBuilder[int8]:
		return 1
	case *batch.FixedBuilder[int16]:
		return 2
	case *batch.FixedBuilder[int32], *batch.FixedBuilder[float32]:
		return 4
	case *batch.FixedBuilder[types.Decimal128]:
		return 16
	case *batch.BytesBuilder, *batch.ListBuilder, *batch.StructBuilder:
		if len(key) < 4 {
			return 4
		}
		return 4 + int(binary.LittleEndian.Uint32(key))
	}
	return 8
}
