package batch

import "github.com/penstock-io/penstock/internal/types"

// Value is a Go type that a Fixed column can hold.
type Value interface {
	bool | int8 | int16 | int32 | int64 | types.Decimal128 | float32 | float64
}

// Column is the values of one column for the rows of a batch. The concrete types are *Fixed,
// *Bytes, *List and *Struct. A column is never changed once it has been put into a batch, so batches share columns.
type Column interface {
	// Len is the number of rows.
	Len() int
	// Valid marks the rows that are not NULL; nil: no row is NULL.
	Valid() Bitmap
	// WithValid returns the same values with another validity bitmap.
	WithValid(Bitmap) Column
	// Gather returns the given rows in the given order, as a new column.
	Gather(rows []int32) Column
	// Size is the memory that the values take, in bytes.
	Size() int
}

// Fixed is a column of fixed-width values. The value in a NULL row is unspecified.
type Fixed[T Value] struct {
	Values []T
	valid  Bitmap
}

// NewFixed returns a column that owns values and valid (nil: no NULLs).
func NewFixed[T Value](values []T, valid Bitmap) *Fixed[T] {
	return &Fixed[T]{Values: values, valid: valid}
}

// Len is the number of rows.
func (c *Fixed[T]) Len() int { return len(c.Values) }

// Valid marks the rows that are not NULL; nil: no row is NULL.
func (c *Fixed[T]) Valid() Bitmap { return c.valid }

// WithValid returns the same values with another validity bitmap.
func (c *Fixed[T]) WithValid(valid Bitmap) Column { return &Fixed[T]{Values: c.Values, valid: valid} }

// Gather returns the given rows in the given order.
func (c *Fixed[T]) Gather(rows []int32) Column {
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = c.Values[row]
	}
	return &Fixed[T]{Values: out, valid: c.valid.gather(rows)}
}

// Size is the memory that the values take, in bytes.
func (c *Fixed[T]) Size() int {
	var v T
	width := 8
	switch any(v).(type) {
	case types.Decimal128:
		width = 16
	case bool, int8:
		width = 1
	case int16:
		width = 2
	case int32, float32:
		width = 4
	}
	return len(c.Values)*width + len(c.valid)*8
}

// Bytes is a column of texts, JSON or binary strings: value i is Data[Offsets[i]:Offsets[i+1]].
// A NULL row is an empty string.
type Bytes struct {
	Offsets []int32 // one more than there are rows
	Data    []byte
	valid   Bitmap
}

// NewBytes returns a column that owns offsets (rows+1 of them), data and valid (nil: no NULLs).
func NewBytes(offsets []int32, data []byte, valid Bitmap) *Bytes {
	return &Bytes{Offsets: offsets, Data: data, valid: valid}
}

// Len is the number of rows.
func (c *Bytes) Len() int { return len(c.Offsets) - 1 }

// Valid marks the rows that are not NULL; nil: no row is NULL.
func (c *Bytes) Valid() Bitmap { return c.valid }

// WithValid returns the same values with another validity bitmap.
func (c *Bytes) WithValid(valid Bitmap) Column {
	return &Bytes{Offsets: c.Offsets, Data: c.Data, valid: valid}
}

// At returns the value of row i; it aliases the column and must not be changed.
func (c *Bytes) At(i int) []byte {
	return c.Data[c.Offsets[i]:c.Offsets[i+1]:c.Offsets[i+1]]
}

// Gather returns the given rows in the given order.
func (c *Bytes) Gather(rows []int32) Column {
	offsets := make([]int32, len(rows)+1)
	total := int32(0)
	for i, row := range rows {
		total += c.Offsets[row+1] - c.Offsets[row]
		offsets[i+1] = total
	}
	data := make([]byte, total)
	for i, row := range rows {
		copy(data[offsets[i]:], c.Data[c.Offsets[row]:c.Offsets[row+1]])
	}
	return &Bytes{Offsets: offsets, Data: data, valid: c.valid.gather(rows)}
}

// Size is the memory that the values take, in bytes.
func (c *Bytes) Size() int { return len(c.Data) + 4*len(c.Offsets) + len(c.valid)*8 }

// Values returns the values of a Fixed column of T. The caller knows the physical type from the
// SQL type (see NewBuilder); a mismatch is a defect and panics.
func Values[T Value](c Column) []T { return c.(*Fixed[T]).Values }
