package postgres

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// encoder writes rows as the text that COPY takes: values between tabs, a line for each row.
type encoder struct {
	columns []valueEncoder
	scratch []byte
}

// valueEncoder writes the values of a column.
type valueEncoder struct {
	name string
	// plain: the text has no character that COPY would take for another, and is written at once.
	plain  bool
	append func(dst []byte, c batch.Column, row int) []byte
}

func newEncoder(columns []connector.Column) *encoder {
	e := &encoder{}
	for _, c := range columns {
		plain := c.Type.Kind < types.Char || c.Type.Kind.IsTemporal()
		e.columns = append(e.columns, valueEncoder{name: c.Name, plain: plain, append: appender(c.Type)})
	}
	return e
}

// append appends the values of a row, each with a tab behind it.
func (e *encoder) append(dst []byte, b *batch.Batch, row int) ([]byte, error) {
	for i := range e.columns {
		column, v := b.Columns[i], &e.columns[i]
		switch {
		case !column.Valid().Get(row):
			dst = append(dst, '\\', 'N')
		case v.plain:
			dst = v.append(dst, column, row)
		default:
			e.scratch = v.append(e.scratch[:0], column, row)
			if bytes.IndexByte(e.scratch, 0) >= 0 {
				return dst, diag.Errorf(diag.BadData, diag.Span{}, "column %q: PostgreSQL takes no text with the character U+0000", v.name).
					WithHint("remove it, or write the text to a column of type BYTES")
			}
			dst = appendCopied(dst, e.scratch)
		}
		dst = append(dst, '\t')
	}
	return dst, nil
}

// appendCopied appends a text as COPY takes it. Bytes that are not UTF-8 become U+FFFD.
func appendCopied(dst, text []byte) []byte {
	if !utf8.Valid(text) {
		text = []byte(strings.ToValidUTF8(string(text), "\uFFFD"))
	}
	for _, c := range text {
		switch c {
		case '\\':
			dst = append(dst, '\\', '\\')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appender returns the function that appends the text of a value that is not NULL. The type is one
// that check has let pass.
func appender(t types.Type) func(dst []byte, c batch.Column, row int) []byte {
	switch t.Kind { //nolint:exhaustive // the others have the text of CAST
	case types.Varbinary:
		return func(dst []byte, c batch.Column, row int) []byte {
			return hex.AppendEncode(append(dst, `\x`...), c.(*batch.Bytes).At(row))
		}
	case types.TimestampLTZ:
		return func(dst []byte, c batch.Column, row int) []byte {
			return appendTimestamp(dst, batch.Values[int64](c)[row], t.Precision, "+00")
		}
	case types.Timestamp:
		return func(dst []byte, c batch.Column, row int) []byte {
			return appendTimestamp(dst, batch.Values[int64](c)[row], t.Precision, "")
		}
	case types.Date:
		return func(dst []byte, c batch.Column, row int) []byte {
			return appendDate(dst, int64(batch.Values[int32](c)[row]))
		}
	case types.Array:
		return arrayAppender(t.Element())
	}
	return func(dst []byte, c batch.Column, row int) []byte {
		return batch.AppendText(dst, c, row, t, time.UTC)
	}
}

// appendDate appends a date. PostgreSQL has no year 0: the one before the first is 1 BC.
func appendDate(dst []byte, days int64) []byte {
	year, month, day := types.CivilFromDays(days)
	if year > 0 {
		return types.AppendDate(dst, days)
	}
	return fmt.Appendf(dst, "%04d-%02d-%02d BC", 1-year, month, day)
}

// appendTimestamp appends a timestamp with its zone, which stands before BC.
func appendTimestamp(dst []byte, micros int64, precision int, zone string) []byte {
	days := types.FloorDiv(micros, types.Day)
	if year, month, day := types.CivilFromDays(days); year <= 0 {
		dst = fmt.Appendf(dst, "%04d-%02d-%02d ", 1-year, month, day)
		dst = types.AppendTime(dst, micros-days*types.Day, precision)
		return append(append(dst, zone...), " BC"...)
	}
	return append(types.AppendTimestamp(dst, micros, precision, ' '), zone...)
}

// arrayAppender writes {"1",NULL,"a b"}: elements in quotes, between commas.
func arrayAppender(element types.Type) func(dst []byte, c batch.Column, row int) []byte {
	write := appender(element)
	var scratch []byte
	return func(dst []byte, c batch.Column, row int) []byte {
		list := c.(*batch.List)
		from, to := list.Range(row)
		dst = append(dst, '{')
		for item := from; item < to; item++ {
			if item > from {
				dst = append(dst, ',')
			}
			if !list.Items.Valid().Get(item) {
				dst = append(dst, "NULL"...)
				continue
			}
			scratch = write(scratch[:0], list.Items, item)
			dst = append(dst, '"')
			for _, ch := range scratch {
				if ch == '"' || ch == '\\' {
					dst = append(dst, '\\')
				}
				dst = append(dst, ch)
			}
			dst = append(dst, '"')
		}
		return append(dst, '}')
	}
}

// appendStaged appends what a row has in a staging table beside its values.
func appendStaged(dst []byte, order int64, deleted bool) []byte {
	dst = append(strconv.AppendInt(dst, order, 10), '\t')
	if deleted {
		return append(dst, "t\n"...)
	}
	return append(dst, "f\n"...)
}
