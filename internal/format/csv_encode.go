package format

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// csvEncoder writes a row as a line without its end.
type csvEncoder struct {
	csvDialect
	columns []csvValue
	safe    [256]bool // characters that need no quotes
	scratch []byte
}

// csvValue is a column as a value of the line.
type csvValue struct {
	name   string
	append func(dst []byte, c batch.Column, row int) []byte
	text   bool // may need quotes
}

func newCSVEncoder(config Config) (Encoder, error) {
	dialect, err := parseCSVDialect(config.Options)
	if err != nil {
		return nil, err
	}
	if err := checkTypes("csv", config.Schema, "write"); err != nil {
		return nil, err
	}
	e := &csvEncoder{csvDialect: dialect}
	// As Flink does it: every character up to the delimiter or the quote asks for quotes, which are
	// mostly punctuation.
	for c := int(max(e.delimiter, e.quote)) + 1; c < len(e.safe); c++ {
		e.safe[c] = e.escape == 0 || byte(c) != e.escape
	}
	if e.quote == 0 {
		for c := range e.safe {
			e.safe[c] = byte(c) != e.delimiter && c != '\n' && c != '\r' && (e.escape == 0 || byte(c) != e.escape)
		}
	}
	plain := !config.Options.Bool(csvScientific)
	for _, field := range config.Schema {
		v := csvValue{name: field.Name, append: csvAppender(field.Type, plain)}
		v.text = !field.Type.Kind.IsNumeric() && field.Type.Kind != types.Boolean
		e.columns = append(e.columns, v)
	}
	return e, nil
}

// Append appends a row as one line.
func (e *csvEncoder) Append(dst []byte, b *batch.Batch, row int) ([]byte, error) {
	out := dst
	for i := range e.columns {
		if i > 0 {
			out = append(out, e.delimiter)
		}
		column, v := b.Columns[i], &e.columns[i]
		if !column.Valid().Get(row) {
			out = append(out, e.null...)
			continue
		}
		start := len(out)
		out = v.append(out, column, row)
		if v.text && !e.isPlain(out[start:]) {
			e.scratch = appendValid(append(e.scratch[:0], out[start:]...), 0)
			var ok bool
			if out, ok = e.appendProtected(out[:start], e.scratch); !ok {
				return dst, diag.Errorf(diag.BadData, diag.Span{}, "column %q: %.64q holds a delimiter or an end of line, and there are no quotes", v.name, e.scratch).
					WithHint("remove '%s', or set '%s'", csvNoQuote, csvEscape)
			}
		}
	}
	if len(out) == len(dst) && e.quote != 0 { // the text of the only column is empty, but no record should be
		out = append(out, e.quote, e.quote)
	}
	return out, nil
}

// maxPlain is the longest text, in characters, that Flink looks at before it writes quotes.
const maxPlain = 24

// isPlain reports whether a text stands for itself without quotes.
func (e *csvEncoder) isPlain(text []byte) bool {
	if e.quote != 0 && len(text) > maxPlain && utf8.RuneCount(text) > maxPlain {
		return false
	}
	for _, c := range text {
		if !e.safe[c] {
			return false
		}
	}
	return utf8.Valid(text)
}

// appendProtected appends a text in quotes or, if there are none, with escapes. It reports false if
// there are no escapes either.
func (e *csvEncoder) appendProtected(dst, text []byte) ([]byte, bool) {
	if e.quote != 0 {
		dst = append(dst, e.quote)
	}
	for _, c := range text {
		switch {
		case e.quote != 0 && c == e.quote:
			dst = append(dst, c)
		case e.escape != 0 && c == e.escape:
			dst = append(dst, c)
		case e.quote == 0 && !e.safe[c]:
			if e.escape == 0 {
				return dst, false
			}
			dst = append(dst, e.escape)
			switch c {
			case '\n':
				c = 'n'
			case '\r':
				c = 'r'
			}
		}
		dst = append(dst, c)
	}
	if e.quote != 0 {
		dst = append(dst, e.quote)
	}
	return dst, true
}

// csvAppender returns the function that appends the values of a type that checkTypes has accepted.
func csvAppender(t types.Type, plain bool) func([]byte, batch.Column, int) []byte {
	switch t.Kind {
	case types.Boolean:
		return func(dst []byte, c batch.Column, row int) []byte {
			return strconv.AppendBool(dst, batch.Values[bool](c)[row])
		}
	case types.TinyInt:
		return appendCSVInteger[int8]
	case types.SmallInt:
		return appendCSVInteger[int16]
	case types.Int:
		return appendCSVInteger[int32]
	case types.BigInt:
		return appendCSVInteger[int64]
	case types.Decimal:
		return func(dst []byte, c batch.Column, row int) []byte {
			return appendDecimal(dst, batch.Values[types.Decimal128](c)[row], t.Scale, plain)
		}
	case types.Float:
		return func(dst []byte, c batch.Column, row int) []byte {
			return batch.AppendFloat(dst, float64(batch.Values[float32](c)[row]), 32)
		}
	case types.Double:
		return func(dst []byte, c batch.Column, row int) []byte {
			return batch.AppendFloat(dst, batch.Values[float64](c)[row], 64)
		}
	case types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		return func(dst []byte, c batch.Column, row int) []byte { return appendTemporal(dst, c, row, t, ' ') }
	case types.Varbinary:
		return func(dst []byte, c batch.Column, row int) []byte {
			return base64.StdEncoding.AppendEncode(dst, c.(*batch.Bytes).At(row))
		}
	}
	return func(dst []byte, c batch.Column, row int) []byte { return append(dst, c.(*batch.Bytes).At(row)...) }
}

func appendCSVInteger[T int8 | int16 | int32 | int64](dst []byte, c batch.Column, row int) []byte {
	return strconv.AppendInt(dst, int64(batch.Values[T](c)[row]), 10)
}
