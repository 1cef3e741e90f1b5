package expr

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/rawjson"
	"github.com/penstock-io/penstock/internal/types"
)

// jsonWriter appends the value of a row as JSON; null for NULL.
type jsonWriter func(dst []byte, row int) []byte

// newJSONWriter returns the writer for a column of type t. JSON values stay as they are, without white
// space; rows become objects, and so do maps, whose keys become texts; bytes become base64; times are
// written as in ISO 8601.
func newJSONWriter(c batch.Column, t types.Type) jsonWriter {
	write := jsonWriterOf(c, t)
	valid := c.Valid()
	if valid == nil {
		return write
	}
	return func(dst []byte, row int) []byte {
		if !valid.Get(row) {
			return append(dst, "null"...)
		}
		return write(dst, row)
	}
}

func jsonWriterOf(c batch.Column, t types.Type) jsonWriter {
	switch c := c.(type) {
	case *batch.Fixed[bool]:
		return func(dst []byte, row int) []byte { return strconv.AppendBool(dst, c.Values[row]) }
	case *batch.Fixed[int8]:
		return integerWriter(c.Values)
	case *batch.Fixed[int16]:
		return integerWriter(c.Values)
	case *batch.Fixed[int32]:
		if t.Kind == types.Int {
			return integerWriter(c.Values)
		}
		return quotedWriter(c, t)
	case *batch.Fixed[int64]:
		if t.Kind == types.BigInt {
			return integerWriter(c.Values)
		}
		return quotedWriter(c, t)
	case *batch.Fixed[types.Decimal128]:
		return func(dst []byte, row int) []byte { return types.AppendDecimal(dst, c.Values[row], t.Scale) }
	case *batch.Fixed[float32]:
		return func(dst []byte, row int) []byte { return appendJSONFloat(dst, float64(c.Values[row]), 32) }
	case *batch.Fixed[float64]:
		return func(dst []byte, row int) []byte { return appendJSONFloat(dst, c.Values[row], 64) }
	case *batch.Bytes:
		return bytesWriter(c, t)
	case *batch.Struct:
		return objectWriter(c, t)
	}
	list := c.(*batch.List)
	if t.Kind == types.Array {
		return arrayWriter(list, t)
	}
	return entriesWriter(list, t)
}

func integerWriter[T int8 | int16 | int32 | int64](values []T) jsonWriter {
	return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, int64(values[row]), 10) }
}

// appendJSONFloat appends a number, or its name in quotes where JSON has no number for it, as Flink does.
func appendJSONFloat(dst []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(batch.AppendFloat(append(dst, '"'), v, bits), '"')
	}
	return batch.AppendFloat(dst, v, bits)
}

// quotedWriter writes dates, times and intervals.
func quotedWriter(c batch.Column, t types.Type) jsonWriter {
	return func(dst []byte, row int) []byte {
		dst = append(dst, '"')
		if t.Kind.IsTimestamp() {
			dst = types.AppendTimestamp(dst, batch.Values[int64](c)[row], t.Precision, 'T')
			dst = trimFraction(dst, t.Precision)
			if t.Kind == types.TimestampLTZ {
				dst = append(dst, 'Z')
			}
		} else {
			dst = batch.AppendText(dst, c, row, t, time.UTC)
			if t.Kind == types.Time {
				dst = trimFraction(dst, t.Precision)
			}
		}
		return append(dst, '"')
	}
}

// trimFraction cuts the zeros off the end of a fraction of so many digits, and its point if no other
// digit is left.
func trimFraction(text []byte, digits int) []byte {
	for ; digits > 0; digits-- {
		if text[len(text)-1] != '0' {
			return text
		}
		if text = text[:len(text)-1]; digits == 1 {
			text = text[:len(text)-1]
		}
	}
	return text
}

func bytesWriter(c *batch.Bytes, t types.Type) jsonWriter {
	switch t.Kind { //nolint:exhaustive // the rest are texts
	case types.JSON:
		return func(dst []byte, row int) []byte {
			text := c.At(row)
			if rawjson.Valid(text) {
				return rawjson.AppendCompact(dst, text)
			}
			return rawjson.AppendQuoted(dst, text) // whatever is no JSON is but a text
		}
	case types.Varbinary:
		return func(dst []byte, row int) []byte {
			dst = base64.StdEncoding.AppendEncode(append(dst, '"'), c.At(row))
			return append(dst, '"')
		}
	}
	return func(dst []byte, row int) []byte { return rawjson.AppendQuoted(dst, c.At(row)) }
}

func arrayWriter(c *batch.List, t types.Type) jsonWriter {
	item := newJSONWriter(c.Items, t.Element())
	return func(dst []byte, row int) []byte {
		dst = append(dst, '[')
		from, to := c.Range(row)
		for i := from; i < to; i++ {
			if i > from {
				dst = append(dst, ',')
			}
			dst = item(dst, i)
		}
		return append(dst, ']')
	}
}

// entriesWriter writes a MAP or MULTISET.
func entriesWriter(c *batch.List, t types.Type) jsonWriter {
	entries := c.Items.(*batch.Struct)
	keys, value := entries.Fields[0], newJSONWriter(entries.Fields[1], t.Value())
	var key []byte
	return func(dst []byte, row int) []byte {
		dst = append(dst, '{')
		from, to := c.Range(row)
		for i := from; i < to; i++ {
			if i > from {
				dst = append(dst, ',')
			}
			key = append(key[:0], "null"...)
			if keys.Valid().Get(i) {
				key = batch.AppendText(key[:0], keys, i, t.Key(), time.UTC)
			}
			dst = append(rawjson.AppendQuoted(dst, key), ':')
			dst = value(dst, i)
		}
		return append(dst, '}')
	}
}

func objectWriter(c *batch.Struct, t types.Type) jsonWriter {
	names, values := make([][]byte, len(c.Fields)), make([]jsonWriter, len(c.Fields))
	for i, field := range t.Fields() {
		names[i] = append(rawjson.AppendQuoted(nil, []byte(field.Name)), ':')
		values[i] = newJSONWriter(c.Fields[i], field.Type)
	}
	return func(dst []byte, row int) []byte {
		dst = append(dst, '{')
		for i, value := range values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = value(append(dst, names[i]...), row)
		}
		return append(dst, '}')
	}
}
