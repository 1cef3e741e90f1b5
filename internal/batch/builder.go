package batch

import (
	"fmt"

	"github.com/penstock-io/penstock/internal/types"
)

// Builder collects the values of a column row by row. It is for places where rows come one at a
// time (results of aggregates, literals, tests); decoders fill slices directly.
type Builder interface {
	// AppendNull appends a NULL.
	AppendNull()
	// AppendFrom appends the value of a row of a column of the same physical type.
	AppendFrom(c Column, row int)
	// Len is the number of rows so far.
	Len() int
	// Finish returns the column and leaves the builder empty.
	Finish() Column
}

// NewBuilder returns the builder for the physical type of t:
//
//	BOOLEAN bool · TINYINT int8 · SMALLINT int16 · INT, DATE, INTERVAL MONTH int32 ·
//	BIGINT, TIME, TIMESTAMP, TIMESTAMP_LTZ, INTERVAL SECOND int64 · FLOAT float32 ·
//	DOUBLE float64 · DECIMAL types.Decimal128 · CHAR, VARCHAR, VARBINARY, JSON, NULL Bytes ·
//	ARRAY List of elements · MAP, MULTISET List of Struct · ROW Struct
func NewBuilder(t types.Type) Builder {
	switch t.Kind {
	case types.Boolean:
		return &FixedBuilder[bool]{}
	case types.TinyInt:
		return &FixedBuilder[int8]{}
	case types.SmallInt:
		return &FixedBuilder[int16]{}
	case types.Int, types.Date, types.IntervalMonth:
		return &FixedBuilder[int32]{}
	case types.BigInt, types.Time, types.Timestamp, types.TimestampLTZ, types.IntervalSecond:
		return &FixedBuilder[int64]{}
	case types.Decimal:
		return &FixedBuilder[types.Decimal128]{}
	case types.Float:
		return &FixedBuilder[float32]{}
	case types.Double:
		return &FixedBuilder[float64]{}
	case types.Null, types.Char, types.Varchar, types.Varbinary, types.JSON:
		return &BytesBuilder{}
	case types.Array:
		return &ListBuilder{Items: NewBuilder(t.Element())}
	case types.Map, types.Multiset:
		return &ListBuilder{Items: newStructBuilder(t)}
	case types.Row:
		return newStructBuilder(t)
	}
	panic(fmt.Sprintf("batch: no physical type for %v", t))
}

func newStructBuilder(t types.Type) *StructBuilder {
	b := &StructBuilder{}
	for _, field := range t.Fields() {
		b.Fields = append(b.Fields, NewBuilder(field.Type))
	}
	return b
}

// validity collects a validity bitmap that stays nil until the first NULL.
type validity struct {
	bitmap Bitmap
	any    bool
}

// append notes row i, which must be the next one.
func (v *validity) append(i int, valid bool) {
	if !valid && !v.any {
		v.any = true
		v.bitmap = FullBitmap(i + 1)
	}
	if !v.any {
		return
	}
	if i>>6 == len(v.bitmap) {
		v.bitmap = append(v.bitmap, ^uint64(0))
	}
	if !valid {
		v.bitmap.Clear(i)
	}
}

func (v *validity) finish() Bitmap {
	bitmap := v.bitmap
	*v = validity{}
	return bitmap
}

// FixedBuilder builds a Fixed column.
type FixedBuilder[T Value] struct {
	values []T
	valid  validity
}

// Append appends a value.
func (b *FixedBuilder[T]) Append(v T) {
	b.valid.append(len(b.values), true)
	b.values = append(b.values, v)
}

// AppendNull appends a NULL.
func (b *FixedBuilder[T]) AppendNull() {
	var zero T
	b.valid.append(len(b.values), false)
	b.values = append(b.values, zero)
}

// AppendFrom appends the value of a row of a column.
func (b *FixedBuilder[T]) AppendFrom(c Column, row int) {
	if !c.Valid().Get(row) {
		b.AppendNull()
		return
	}
	b.Append(Values[T](c)[row])
}

// Len is the number of rows so far.
func (b *FixedBuilder[T]) Len() int { return len(b.values) }

// Finish returns the column and leaves the builder empty.
func (b *FixedBuilder[T]) Finish() Column {
	c := NewFixed(b.values, b.valid.finish())
	b.values = nil
	return c
}

// BytesBuilder builds a Bytes column.
type BytesBuilder struct {
	offsets []int32
	data    []byte
	valid   validity
}

// Append appends a copy of v.
func (b *BytesBuilder) Append(v []byte) {
	b.start(true)
	b.data = append(b.data, v...)
	b.offsets = append(b.offsets, int32(len(b.data)))
}

// AppendString appends v.
func (b *BytesBuilder) AppendString(v string) {
	b.start(true)
	b.data = append(b.data, v...)
	b.offsets = append(b.offsets, int32(len(b.data)))
}

// AppendNull appends a NULL.
func (b *BytesBuilder) AppendNull() {
	b.start(false)
	b.offsets = append(b.offsets, int32(len(b.data)))
}

func (b *BytesBuilder) start(valid bool) {
	if b.offsets == nil {
		b.offsets = append(b.offsets, 0)
	}
	b.valid.append(len(b.offsets)-1, valid)
}

// AppendFrom appends the value of a row of a column.
func (b *BytesBuilder) AppendFrom(c Column, row int) {
	if !c.Valid().Get(row) {
		b.AppendNull()
		return
	}
	b.Append(c.(*Bytes).At(row))
}

// Len is the number of rows so far.
func (b *BytesBuilder) Len() int { return max(0, len(b.offsets)-1) }

// Finish returns the column and leaves the builder empty.
func (b *BytesBuilder) Finish() Column {
	if b.offsets == nil {
		b.offsets = []int32{0}
	}
	c := NewBytes(b.offsets, b.data, b.valid.finish())
	*b = BytesBuilder{}
	return c
}
