package format

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// jsonEncoder writes a row as an object with its columns in order.
type jsonEncoder struct {
	columns []jsonMember
	rules   jsonRules
}

// jsonRules is how values are written.
type jsonRules struct {
	separator   byte // of date and time
	plain       bool // numbers have no exponent
	ignoreNulls bool // NULL fields of objects are left out
	nullKeys    string
	nullKey     []byte // stands for them
}

// jsonMember is a column as a member of the object.
type jsonMember struct {
	name   string
	key    []byte // ,"name":
	append func(dst []byte, c batch.Column, row int) ([]byte, error)
}

func newJSONEncoder(config Config) (Encoder, error) {
	return newJSONEncoderOf(config, "json", "")
}

// newJSONEncoderOf returns an encoder of the objects of a format, whose options are those of JSON behind a prefix.
func newJSONEncoderOf(config Config, name, prefix string) (*jsonEncoder, error) {
	if err := checkTypes(name, config.Schema, "write"); err != nil {
		return nil, err
	}
	rules := jsonRules{
		separator: ' ', plain: config.Options.Bool(prefix + jsonPlainDecimals), ignoreNulls: config.Options.Bool(prefix + jsonIgnoreNulls),
		nullKeys: config.Options.String(prefix + jsonNullKeys), nullKey: []byte(config.Options.String(prefix + jsonNullKeyLiteral)),
	}
	if config.Options.String(prefix+jsonTimestamps) == standardISO {
		rules.separator = 'T'
	}
	return &jsonEncoder{columns: jsonMembers(config.Schema, rules), rules: rules}, nil
}

func jsonMembers(fields types.Schema, rules jsonRules) []jsonMember {
	members := make([]jsonMember, len(fields))
	for i, field := range fields {
		key := append(appendQuoted([]byte{','}, []byte(field.Name)), ':')
		members[i] = jsonMember{name: field.Name, key: key, append: jsonAppender(field.Type, rules)}
	}
	return members
}

// Append appends a row as one JSON object.
func (e *jsonEncoder) Append(dst []byte, b *batch.Batch, row int) ([]byte, error) {
	out, err := appendObject(dst, e.columns, b.Columns, row, e.rules.ignoreNulls)
	if err != nil {
		return dst, &diag.Error{Kind: diag.BadData, Msg: err.Error(), Err: err}
	}
	return out, nil
}

// appendObject appends the members of a row as an object.
func appendObject(dst []byte, members []jsonMember, columns []batch.Column, row int, ignoreNulls bool) ([]byte, error) {
	out := append(dst, '{')
	comma := 1 // bytes of the next key to leave out: its comma, at first
	for i := range members {
		column, member := columns[i], &members[i]
		if !column.Valid().Get(row) {
			if !ignoreNulls {
				out = append(append(out, member.key[comma:]...), "null"...)
				comma = 0
			}
			continue
		}
		var err error
		if out, err = member.append(append(out, member.key[comma:]...), column, row); err != nil {
			return dst, fmt.Errorf("column %q: %w", member.name, err)
		}
		comma = 0
	}
	return append(out, '}'), nil
}

// jsonAppender returns the function that appends the values of a type that checkTypes has accepted.
func jsonAppender(t types.Type, rules jsonRules) func([]byte, batch.Column, int) ([]byte, error) {
	switch t.Kind {
	case types.Boolean:
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return strconv.AppendBool(dst, batch.Values[bool](c)[row]), nil
		}
	case types.TinyInt:
		return appendInteger[int8]
	case types.SmallInt:
		return appendInteger[int16]
	case types.Int:
		return appendInteger[int32]
	case types.BigInt:
		return appendInteger[int64]
	case types.Decimal:
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return appendDecimal(dst, batch.Values[types.Decimal128](c)[row], t.Scale, rules.plain), nil
		}
	case types.Float:
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return appendFloat(dst, float64(batch.Values[float32](c)[row]), 32)
		}
	case types.Double:
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return appendFloat(dst, batch.Values[float64](c)[row], 64)
		}
	case types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		return temporalAppender(t, rules.separator)
	case types.Varbinary:
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			dst = base64.StdEncoding.AppendEncode(append(dst, '"'), c.(*batch.Bytes).At(row))
			return append(dst, '"'), nil
		}
	case types.Array, types.Map, types.Multiset, types.Row:
		return nestedAppender(t, rules)
	case types.JSON:
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return appendJSON(dst, c.(*batch.Bytes).At(row))
		}
	}
	return func(dst []byte, c batch.Column, row int) ([]byte, error) {
		return appendQuoted(dst, c.(*batch.Bytes).At(row)), nil
	}
}

func appendInteger[T int8 | int16 | int32 | int64](dst []byte, c batch.Column, row int) ([]byte, error) {
	return strconv.AppendInt(dst, int64(batch.Values[T](c)[row]), 10), nil
}

// temporalAppender returns the function for a date or time.
func temporalAppender(t types.Type, separator byte) func([]byte, batch.Column, int) ([]byte, error) {
	return func(dst []byte, c batch.Column, row int) ([]byte, error) {
		return append(appendTemporal(append(dst, '"'), c, row, t, separator), '"'), nil
	}
}

// appendTemporal appends a date or time. The digits of a fraction are as many as it takes, as Flink
// writes it; a TIMESTAMP_LTZ is written in UTC.
func appendTemporal(dst []byte, c batch.Column, row int, t types.Type, separator byte) []byte {
	switch t.Kind {
	case types.Date:
		return types.AppendDate(dst, int64(batch.Values[int32](c)[row]))
	case types.Time:
		return trimFraction(types.AppendTime(dst, batch.Values[int64](c)[row], t.Precision), t.Precision)
	case types.Timestamp:
		return trimFraction(types.AppendTimestamp(dst, batch.Values[int64](c)[row], t.Precision, separator), t.Precision)
	}
	dst = types.AppendTimestamp(dst, batch.Values[int64](c)[row], t.Precision, separator)
	return append(trimFraction(dst, t.Precision), 'Z')
}

// trimFraction cuts the zeros off the end of a fraction of so many digits, and its point if no
// other digit is left.
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

// appendFloat appends a number as Flink writes it: the shortest digits that read back as v, with at
// least one after the point (1.0, 1.5E10).
func appendFloat(dst []byte, v float64, bits int) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, fmt.Errorf("JSON has no number for %s", batch.AppendFloat(nil, v, bits))
	}
	return batch.AppendFloat(dst, v, bits), nil
}

// appendJSON appends a JSON text without the white space between its tokens.
func appendJSON(dst, text []byte) ([]byte, error) {
	start := len(dst)
	out := append(dst, text...)
	end := len(out)
	out = append(out, make([]byte, slack)...)
	var s scanner
	i, _ := s.value(out, space(out, start))
	if i < 0 || space(out, i) != end {
		return dst, fmt.Errorf("%s is not JSON", shorten(text))
	}
	out = appendCompact(out[:start], out[start:end]) // in place: what is written is never ahead of what is read
	return appendValid(out, start), nil
}

// appendQuoted appends a text as a JSON string. A byte that is not UTF-8 becomes U+FFFD.
func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = appendEscaped(dst, text)
	if !utf8.Valid(dst[start:]) {
		dst = appendValid(dst, start)
	}
	return append(dst, '"')
}

func appendEscaped(dst, text []byte) []byte {
	plain := 0
	for i := 0; i < len(text); {
		if i+8 <= len(text) && specials(load(text, i)) == 0 {
			i += 8
			continue
		}
		c := text[i]
		i++
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[plain:i-1]...)
		plain = i
		if short := shortEscapes[c]; short != 0 {
			dst = append(dst, '\\', short)
		} else {
			dst = append(dst, '\\', 'u', '0', '0', '0'+c>>4, "0123456789abcdef"[c&15])
		}
	}
	return append(dst, text[plain:]...)
}

// shortEscapes is what follows the backslash for the characters that have a short escape.
var shortEscapes = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
