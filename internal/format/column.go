package format

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// column converts the values of one field of a page. Chunks come one after the other.
type column interface {
	begin(rows int) // about so many
	convert(c *chunk)
	finish(rows int) batch.Column
}

// field is what columns of all types have in common.
type field struct {
	what          string // what messages call it: field, column
	name          string
	typ           types.Type
	slot          int
	failOnMissing bool   // a row without the field is bad, even if the column takes NULL
	ignoreErrors  bool   // what is no value of the column's type is NULL
	quote         uint32 // bytes before the span of every text that belong to the value
	unescape      func(dst, text []byte) []byte
	valid         batch.Bitmap // nil until the first NULL
	scratch       []byte       // for the texts of strings with escapes
}

// null notes a row whose field is missing, null or, with ignoreErrors, no value of the column's type.
func (f *field) null(c *chunk, row int, s span) {
	switch {
	case s.kind == kindMissing && f.failOnMissing:
		c.refuse(row, badData("%s %q is missing", f.what, f.name))
		return
	case s.kind == kindMissing && f.typ.NotNull:
		c.refuse(row, badData("%s %q is missing, and its column is NOT NULL", f.what, f.name))
		return
	case f.typ.NotNull:
		c.refuse(row, badData("%s %q is null, and its column is NOT NULL (byte %d)", f.what, f.name, s.start-c.rows[row].start))
		return
	}
	if f.valid == nil {
		f.valid = batch.FullBitmap(c.first + len(c.rows))
	}
	f.valid.Clear(c.first + row)
}

// extend makes room in the validity bitmap for the rows of the chunk.
func (f *field) extend(c *chunk) {
	if f.valid == nil {
		return
	}
	for words := (c.first + len(c.rows) + 63) / 64; len(f.valid) < words; {
		f.valid = append(f.valid, ^uint64(0))
	}
}

// reject notes a row whose value does not become one of the column's type.
func (f *field) reject(c *chunk, row int, s span, why fault) {
	if f.ignoreErrors && !f.typ.NotNull {
		f.null(c, row, s)
		return
	}
	reason := "is not a"
	switch {
	case why == faultRange:
		reason = "is out of range for"
	case f.typ.Kind == types.Int:
		reason = "is not an"
	}
	start := s.start - c.rows[row].start
	if s.kind == kindString || s.kind == kindEscaped {
		start -= f.quote
	}
	c.refuse(row, badData("%s %q: %s %s %s (byte %d)", f.what, f.name, shorten(f.shown(c, s)), reason, f.typ.Nullable(), start))
}

// shown is a value as a message shows it: a text has quotes.
func (f *field) shown(c *chunk, s span) []byte {
	value := c.arena[s.start:s.end]
	if s.kind == kindString || s.kind == kindEscaped {
		return slices.Concat([]byte{'"'}, value, []byte{'"'})
	}
	return value
}

// shorten makes a value fit into a message.
func shorten(value []byte) string {
	const most = 64
	cut := value[:min(len(value), most)]
	text := strings.ToValidUTF8(string(appendCompact(nil, cut)), "\uFFFD")
	if len(value) > most {
		text += "..."
	}
	return text
}

// text returns the text of a string.
func (f *field) text(c *chunk, s span) []byte {
	if s.kind == kindString {
		return c.arena[s.start:s.end]
	}
	f.scratch = f.unescape(f.scratch[:0], c.arena[s.start:s.end])
	return f.scratch
}

// takeValid returns the validity bitmap for the rows and forgets it.
func (f *field) takeValid(rows int) batch.Bitmap {
	valid := f.valid
	f.valid = nil
	if valid == nil {
		return nil
	}
	return valid[:(rows+63)/64]
}

// fixedColumn converts to values of fixed width.
type fixedColumn[T batch.Value] struct {
	field
	values []T
	parse  func(f *field, c *chunk, s span) (T, fault)
}

func (f *fixedColumn[T]) begin(rows int) { f.values = make([]T, 0, rows) }

func (f *fixedColumn[T]) convert(c *chunk) {
	f.extend(c)
	f.values = slices.Grow(f.values, len(c.rows))[:c.first+len(c.rows)]
	out := f.values[c.first:]
	for row := range c.rows {
		s := c.spans[row*c.width+f.slot]
		if s.kind <= kindNull {
			f.null(c, row, s)
			continue
		}
		v, why := f.parse(&f.field, c, s)
		if why != faultNone {
			if why == faultNull {
				f.null(c, row, s)
			} else {
				f.reject(c, row, s, why)
			}
			continue
		}
		out[row] = v
	}
}

func (f *fixedColumn[T]) finish(rows int) batch.Column {
	values := f.values[:rows]
	f.values = nil
	return batch.NewFixed(values, f.takeValid(rows))
}

// bytesColumn converts to values of variable width.
type bytesColumn struct {
	field
	offsets []int32
	data    []byte // reused; the column gets a copy of the right size
	binary  bool   // any bytes, not only UTF-8
	append  func(f *field, dst []byte, c *chunk, s span) ([]byte, fault)
}

func (f *bytesColumn) begin(rows int) {
	f.offsets = make([]int32, 1, rows+1)
	f.data = f.data[:0]
}

func (f *bytesColumn) convert(c *chunk) {
	f.extend(c)
	f.offsets = slices.Grow(f.offsets, len(c.rows))[:c.first+len(c.rows)+1]
	offsets := f.offsets[c.first+1:]
	data := f.data
	for row := range c.rows {
		s := c.spans[row*c.width+f.slot]
		if s.kind <= kindNull {
			f.null(c, row, s)
		} else {
			longer, why := f.append(&f.field, data, c, s)
			if why != faultNone {
				f.reject(c, row, s, why)
			} else {
				data = longer
			}
		}
		offsets[row] = int32(len(data))
	}
	f.data = data
}

func (f *bytesColumn) finish(rows int) batch.Column {
	offsets := f.offsets[:rows+1]
	f.offsets = nil
	if !f.binary && !validTexts(f.data, offsets) {
		f.data = replaceInvalid(f.data, offsets)
	}
	return batch.NewBytes(offsets, bytes.Clone(f.data), f.takeValid(rows))
}

// validTexts reports whether every value is valid UTF-8: all of them as one text are, and no value
// begins inside a character.
func validTexts(data []byte, offsets []int32) bool {
	if !utf8.Valid(data) {
		return false
	}
	for _, offset := range offsets {
		if int(offset) < len(data) && !utf8.RuneStart(data[offset]) {
			return false
		}
	}
	return true
}

// replaceInvalid replaces bytes that are not UTF-8 by U+FFFD in every value.
func replaceInvalid(data []byte, offsets []int32) []byte {
	out := slices.Grow([]byte(nil), len(data)+len(data)/8)
	start := int32(0)
	for i, end := range offsets[1:] {
		from := len(out)
		out = append(out, data[start:end]...)
		out = appendValid(out, from)
		start, offsets[i+1] = end, int32(len(out))
	}
	return out
}

// timestampRules say how timestamps are read.
type timestampRules struct {
	standard string         // only this form; empty: any
	zone     *time.Location // of TIMESTAMP_LTZ without an offset
	zeroNull bool           // 0000-00-00 00:00:00 stands for NULL
}

// newColumn returns the column for a field whose type checkTypes has accepted. appendJSON appends the
// value of a JSON column.
func newColumn(base field, timestamps timestampRules, appendJSON func(*field, []byte, *chunk, span) ([]byte, fault)) column {
	switch base.typ.Kind {
	case types.Boolean:
		return &fixedColumn[bool]{field: base, parse: parseBoolean}
	case types.TinyInt:
		return &fixedColumn[int8]{field: base, parse: parseInteger[int8]}
	case types.SmallInt:
		return &fixedColumn[int16]{field: base, parse: parseInteger[int16]}
	case types.Int:
		return &fixedColumn[int32]{field: base, parse: parseInteger[int32]}
	case types.BigInt:
		return &fixedColumn[int64]{field: base, parse: parseInteger[int64]}
	case types.Decimal:
		return &fixedColumn[types.Decimal128]{field: base, parse: parseDecimal}
	case types.Float:
		return &fixedColumn[float32]{field: base, parse: parseReal}
	case types.Double:
		return &fixedColumn[float64]{field: base, parse: parseDouble}
	case types.Date:
		return &fixedColumn[int32]{field: base, parse: parseDate}
	case types.Time:
		return &fixedColumn[int64]{field: base, parse: parseTime}
	case types.Timestamp, types.TimestampLTZ:
		return &fixedColumn[int64]{field: base, parse: timestampParserFor(base.typ, timestamps)}
	case types.Varbinary:
		return &bytesColumn{field: base, binary: true, append: appendBinary}
	case types.JSON:
		return &bytesColumn{field: base, append: appendJSON}
	case types.Array, types.Map, types.Multiset, types.Row:
		return newNestedColumn(base, timestamps)
	}
	return &bytesColumn{field: base, append: appendString}
}
