package format

import (
	"bytes"
	"encoding/base64"

	"github.com/penstock-io/penstock/internal/types"
)

// The functions below turn the value in a span into one of a column's type. They follow Flink: a
// number may stand in a string, a text that is not "true" is false, a fraction is cut off for an
// integer, and anything has a text.

func parseBoolean(f *field, c *chunk, s span) (bool, fault) {
	switch s.kind {
	case kindTrue:
		return true, faultNone
	case kindFalse:
		return false, faultNone
	case kindString, kindEscaped:
		return bytes.EqualFold(trimText(f.text(c, s)), []byte("true")), faultNone
	}
	return false, faultType
}

func parseInteger[T int8 | int16 | int32 | int64](f *field, c *chunk, s span) (T, fault) {
	var v int64
	why := faultType
	switch s.kind {
	case kindInt:
		v, why = parseInt(c.arena[s.start:s.end])
	case kindNumber:
		v, why = truncateNumber(c.arena[s.start:s.end])
	case kindString, kindEscaped:
		v, why = parseInt(trimText(f.text(c, s)))
	}
	if why == faultNone && int64(T(v)) != v {
		why = faultRange
	}
	return T(v), why
}

func parseDouble(f *field, c *chunk, s span) (float64, fault) {
	switch s.kind {
	case kindInt, kindNumber:
		return parseFloat(c.arena[s.start:s.end])
	case kindString, kindEscaped:
		return floatFromText(f.text(c, s), 64)
	}
	return 0, faultType
}

// parseDecimal rounds what is finer than the column, half away from zero.
func parseDecimal(f *field, c *chunk, s span) (types.Decimal128, fault) {
	var text []byte
	switch s.kind {
	case kindInt, kindNumber:
		text = c.arena[s.start:s.end]
	case kindString, kindEscaped:
		text = trimText(f.text(c, s))
	default:
		return types.Decimal128{}, faultType
	}
	v, ok := types.ParseDecimal(text, f.typ.Precision, f.typ.Scale)
	if _, isNumber := types.ParseDecimal(text, types.MaxDecimalPrecision, 0); !ok && (isNumber || s.kind == kindInt || s.kind == kindNumber) {
		return v, faultRange
	}
	return v, faultUnless(ok)
}

func parseReal(f *field, c *chunk, s span) (float32, fault) {
	switch s.kind {
	case kindInt, kindNumber:
		return parseFloat32(c.arena[s.start:s.end])
	case kindString, kindEscaped:
		v, why := floatFromText(f.text(c, s), 32)
		return float32(v), why
	}
	return 0, faultType
}

func parseDate(f *field, c *chunk, s span) (int32, fault) {
	if s.kind != kindString && s.kind != kindEscaped {
		return 0, faultType
	}
	days, ok := types.ParseDate(string(f.text(c, s)))
	return int32(days), faultUnless(ok)
}

func parseTime(f *field, c *chunk, s span) (int64, fault) {
	if s.kind != kindString && s.kind != kindEscaped {
		return 0, faultType
	}
	micros, ok := types.ParseTime(string(f.text(c, s)))
	return types.TruncateMicros(micros, f.typ.Precision), faultUnless(ok)
}

func timestampParserFor(t types.Type, rules timestampRules) func(*field, *chunk, span) (int64, fault) {
	parser := newTimestampParser(rules.standard)
	return func(f *field, c *chunk, s span) (micros int64, why fault) {
		if s.kind != kindString && s.kind != kindEscaped {
			return 0, faultType
		}
		var ok bool
		if rules.zeroNull && bytes.HasPrefix(f.text(c, s), []byte("0000-00-00")) {
			return 0, faultNull
		}
		if t.Kind == types.Timestamp {
			micros, ok = parser.wall(f.text(c, s))
		} else {
			micros, ok = parser.instant(f.text(c, s), rules.zone)
		}
		return types.TruncateMicros(micros, t.Precision), faultUnless(ok)
	}
}

func faultUnless(ok bool) fault {
	if ok {
		return faultNone
	}
	return faultType
}

func appendString(f *field, dst []byte, c *chunk, s span) ([]byte, fault) {
	value := c.arena[s.start:s.end]
	switch s.kind {
	case kindEscaped:
		return f.unescape(dst, value), faultNone
	case kindObject, kindArray:
		return appendCompact(dst, value), faultNone
	}
	return append(dst, value...), faultNone
}

// appendRaw appends the JSON text of the value as it is written.
func appendRaw(_ *field, dst []byte, c *chunk, s span) ([]byte, fault) {
	if s.kind == kindString || s.kind == kindEscaped {
		return append(dst, c.arena[s.start-1:s.end+1]...), faultNone
	}
	return append(dst, c.arena[s.start:s.end]...), faultNone
}

func appendBinary(f *field, dst []byte, c *chunk, s span) ([]byte, fault) {
	if s.kind != kindString && s.kind != kindEscaped {
		return dst, faultType
	}
	dst, err := base64.StdEncoding.AppendDecode(dst, f.text(c, s))
	return dst, faultUnless(err == nil)
}
