package batch

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/penstock-io/penstock/internal/types"
)

// AppendText appends the text of a value, as CAST to STRING gives it: the value of a row of a
// column of type t. Times with a zone are shown in the zone. NULL appends nothing; the caller
// checks for it.
func AppendText(dst []byte, c Column, row int, t types.Type, zone *time.Location) []byte {
	switch c := c.(type) {
	case *Fixed[bool]:
		return strconv.AppendBool(dst, c.Values[row])
	case *Fixed[int8]:
		return strconv.AppendInt(dst, int64(c.Values[row]), 10)
	case *Fixed[int16]:
		return strconv.AppendInt(dst, int64(c.Values[row]), 10)
	case *Fixed[int32]:
		return appendInt32(dst, c.Values[row], t)
	case *Fixed[int64]:
		return appendInt64(dst, c.Values[row], t, zone)
	case *Fixed[float32]:
		return AppendFloat(dst, float64(c.Values[row]), 32)
	case *Fixed[float64]:
		return AppendFloat(dst, c.Values[row], 64)
	case *Fixed[types.Decimal128]:
		return types.AppendDecimal(dst, c.Values[row], t.Scale)
	case *Bytes:
		return append(dst, c.At(row)...)
	case *List:
		return appendList(dst, c, row, t, zone)
	case *Struct:
		dst = append(dst, '(')
		for i, field := range t.Fields() {
			dst = appendItem(dst, c.Fields[i], row, field.Type, zone, i > 0)
		}
		return append(dst, ')')
	}
	panic(fmt.Sprintf("batch: no text for %T", c))
}

// appendList appends [1, 2] for an ARRAY and {a=1, b=2} for a MAP or MULTISET.
func appendList(dst []byte, c *List, row int, t types.Type, zone *time.Location) []byte {
	from, to := c.Range(row)
	if t.Kind == types.Array {
		dst = append(dst, '[')
		for item := from; item < to; item++ {
			dst = appendItem(dst, c.Items, item, t.Element(), zone, item > from)
		}
		return append(dst, ']')
	}
	entries := c.Items.(*Struct)
	dst = append(dst, '{')
	for item := from; item < to; item++ {
		dst = appendItem(dst, entries.Fields[0], item, t.Key(), zone, item > from)
		dst = append(dst, '=')
		dst = appendItem(dst, entries.Fields[1], item, t.Value(), zone, false)
	}
	return append(dst, '}')
}

// appendItem appends a part of a nested value, behind a comma if it is not the first.
func appendItem(dst []byte, c Column, row int, t types.Type, zone *time.Location, comma bool) []byte {
	if comma {
		dst = append(dst, ", "...)
	}
	if !c.Valid().Get(row) {
		return append(dst, "NULL"...)
	}
	return AppendText(dst, c, row, t, zone)
}

func appendInt32(dst []byte, v int32, t types.Type) []byte {
	switch t.Kind {
	case types.Date:
		return types.AppendDate(dst, int64(v))
	case types.IntervalMonth:
		return types.AppendIntervalMonth(dst, int64(v))
	}
	return strconv.AppendInt(dst, int64(v), 10)
}

func appendInt64(dst []byte, v int64, t types.Type, zone *time.Location) []byte {
	switch t.Kind {
	case types.Time:
		return types.AppendTime(dst, v, t.Precision)
	case types.Timestamp:
		return types.AppendTimestamp(dst, v, t.Precision, ' ')
	case types.TimestampLTZ:
		return types.AppendTimestamp(dst, types.ToWall(v, zone), t.Precision, ' ')
	case types.IntervalSecond:
		return types.AppendIntervalSecond(dst, v)
	}
	return strconv.AppendInt(dst, v, 10)
}

// AppendFloat appends the shortest decimal text that reads back as v, as Flink and Java print it:
// at least one digit after the point, an exponent below 1e-3 and from 1e7 on (1.0E7).
func AppendFloat(dst []byte, v float64, bits int) []byte {
	abs := max(v, -v)
	switch {
	case v != v:
		return append(dst, "NaN"...)
	case abs > 1.7976931348623157e308:
		if v < 0 {
			dst = append(dst, '-')
		}
		return append(dst, "Infinity"...)
	case abs == 0 || abs >= 1e-3 && abs < 1e7:
		start := len(dst)
		dst = strconv.AppendFloat(dst, v, 'f', -1, bits)
		if slices.Contains(dst[start:], '.') {
			return dst
		}
		return append(dst, '.', '0')
	}
	return appendExponent(dst, v, bits)
}

// appendExponent appends v as 1.5E7. Where one digit would do, Java takes the nearer of those with
// two: the smallest DOUBLE is 4.9E-324, not 5.0E-324.
func appendExponent(dst []byte, v float64, bits int) []byte {
	text := strconv.AppendFloat(nil, v, 'E', -1, bits) // 1.5E+07
	if !bytes.ContainsRune(text, '.') {
		text = strconv.AppendFloat(text[:0], v, 'E', 1, bits)
	}
	mantissa, exponent, _ := bytes.Cut(text, []byte("E"))
	n, _ := strconv.Atoi(string(exponent)) // always a number: strconv wrote it
	return strconv.AppendInt(append(append(dst, mantissa...), 'E'), int64(n), 10)
}
