package operator

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// sortKeys is the values that rows are ordered by, a text for each row: the texts compare as bytes as
// the rows do.
type sortKeys struct {
	ends []int // by row
	data []byte
}

// at returns the key of a row.
func (k *sortKeys) at(row int) []byte {
	from := 0
	if row > 0 {
		from = k.ends[row-1]
	}
	return k.data[from:k.ends[row]]
}

func (k *sortKeys) rows() int { return len(k.ends) }

func (k *sortKeys) compare(a, b int32) int { return bytes.Compare(k.at(int(a)), k.at(int(b))) }

// add adds the key of a row.
func (k *sortKeys) add(key []byte) {
	k.data = append(k.data, key...)
	k.ends = append(k.ends, len(k.data))
}

// picked returns the keys of the given rows.
func (k *sortKeys) picked(rows []int32) sortKeys {
	var out sortKeys
	for _, row := range rows {
		out.add(k.at(int(row)))
	}
	return out
}

func (k *sortKeys) size() int { return 8*cap(k.ends) + cap(k.data) }

// encodeSortKeys evaluates what rows are ordered by and adds their keys. A key is, for each value: a
// byte that puts NULL where it belongs, and the value so that the bytes compare as values do; bytes of a
// descending value are turned around.
func encodeSortKeys(order []expr.SortKey, eval *expr.Context, b *batch.Batch, into *sortKeys) error {
	parts := make([]func(dst []byte, row int) []byte, len(order))
	for i, key := range order {
		column, err := key.Expr.Eval(eval, b)
		if err != nil {
			return err
		}
		parts[i] = sortPart(column, key.SortOrder)
	}
	for row := range b.Rows() {
		for _, part := range parts {
			into.data = part(into.data, row)
		}
		into.ends = append(into.ends, len(into.data))
	}
	return nil
}

func sortPart(column batch.Column, order expr.SortOrder) func(dst []byte, row int) []byte {
	value, valid := sortValue(column), column.Valid()
	null, present := byte(0), byte(1)
	if order.NullsLast {
		null, present = 1, 0
	}
	return func(dst []byte, row int) []byte {
		if !valid.Get(row) {
			return append(dst, null)
		}
		from := len(dst) + 1
		dst = value(append(dst, present), row)
		if order.Desc {
			for i := range dst[from:] {
				dst[from+i] ^= 0xff
			}
		}
		return dst
	}
}

// sortValue returns what appends a value so that the bytes compare as values do.
func sortValue(column batch.Column) func(dst []byte, row int) []byte {
	const sign = 1 << 63
	switch c := column.(type) {
	case *batch.Fixed[bool]:
		return func(dst []byte, row int) []byte {
			if c.Values[row] {
				return append(dst, 1)
			}
			return append(dst, 0)
		}
	case *batch.Fixed[int8]:
		return sortInteger(c.Values)
	case *batch.Fixed[int16]:
		return sortInteger(c.Values)
	case *batch.Fixed[int32]:
		return sortInteger(c.Values)
	case *batch.Fixed[int64]:
		return sortInteger(c.Values)
	case *batch.Fixed[types.Decimal128]:
		return func(dst []byte, row int) []byte {
			v := c.Values[row]
			return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, uint64(v.High)^sign), v.Low)
		}
	case *batch.Fixed[float32]:
		return func(dst []byte, row int) []byte { return appendSortFloat(dst, float64(c.Values[row])) }
	case *batch.Fixed[float64]:
		return func(dst []byte, row int) []byte { return appendSortFloat(dst, c.Values[row]) }
	case *batch.Bytes:
		return func(dst []byte, row int) []byte { return appendSortText(dst, c.At(row)) }
	}
	panic("operator: rows cannot be ordered by a nested value")
}

func sortInteger[T integer](values []T) func(dst []byte, row int) []byte {
	return func(dst []byte, row int) []byte {
		return binary.BigEndian.AppendUint64(dst, uint64(int64(values[row]))^(1<<63))
	}
}

// appendSortFloat puts NaN above all numbers, and 0 and -0 together.
func appendSortFloat(dst []byte, v float64) []byte {
	switch {
	case v != v:
		return binary.BigEndian.AppendUint64(dst, math.MaxUint64)
	case v == 0:
		v = 0
	}
	bits := math.Float64bits(v)
	if bits>>63 == 1 {
		return binary.BigEndian.AppendUint64(dst, ^bits)
	}
	return binary.BigEndian.AppendUint64(dst, bits|1<<63)
}

// appendSortText ends a text with two zeros, and lets no such pair stand inside it.
func appendSortText(dst, text []byte) []byte {
	for _, b := range text {
		if dst = append(dst, b); b == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 0)
}
