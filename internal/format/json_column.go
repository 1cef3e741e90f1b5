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

// jsonColumn converts the values of one field of a page. Chunks come one after the other.
type jsonColumn interface {
	begin(rows int) // at most so many
	convert(c *chunk)
	finish(rows int) batch.Column
}

// jsonField is what columns of all types have in common.
type jsonField struct {
	name    string
	typ     types.Type
	slot    int
	mode    jsonMode
	valid   batch.Bitmap // nil until the first NULL
	scratch []byte       // for the texts of strings with escapes
}

// null notes a row whose field is missing, null or, with json.ignore-parse-errors, no value of the
// column's type.
func (f *jsonField) null(c *chunk, row int, s span) {
	switch {
	case s.kind == kindMissing && f.mode.failOnMissing:
		c.refuse(row, badData("field %q is missing", f.name))
		return
	case s.kind == kindMissing && f.typ.NotNull:
		c.refuse(row, badData("field %q is missing, and its column is NOT NULL", f.name))
		return
	case f.typ.NotNull:
		c.refuse(row, badData("field %q is null, and its column is NOT NULL (byte %d)", f.name, s.start-c.starts[row]))
		return
	}
	if f.valid == nil {
		f.valid = batch.FullBitmap(c.page)
	}
	f.valid.Clear(c.first + row)
}

// reject notes a row whose value does not become one of the column's type.
func (f *jsonField) reject(c *chunk, row int, s span, why fault) {
	if f.mode.ignoreErrors && !f.typ.NotNull {
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
	start, end := s.start, s.end
	if s.kind == kindString || s.kind == kindEscaped {
		start, end = start-1, end+1
	}
	c.refuse(row, badData("field %q: %s %s %s (byte %d)",
		f.name, shorten(c.arena[start:end]), reason, f.typ.Nullable(), start-c.starts[row]))
}

func (c *chunk) refuse(row int, err error) {
	*c.refused = append(*c.refused, refusal{row: c.first + row, err: err})
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
func (f *jsonField) text(c *chunk, s span) []byte {
	if s.kind == kindString {
		return c.arena[s.start:s.end]
	}
	f.scratch = appendUnescaped(f.scratch[:0], c.arena[s.start:s.end])
	return f.scratch
}

// takeValid returns the validity bitmap for the rows and forgets it.
func (f *jsonField) takeValid(rows int) batch.Bitmap {
	valid := f.valid
	f.valid = nil
	if valid == nil {
		return nil
	}
	return valid[:(rows+63)/64]
}

// fixedColumn converts to values of fixed width.
type fixedColumn[T batch.Value] struct {
	jsonField
	values []T
	parse  func(f *jsonField, c *chunk, s span) (T, fault)
}

func (f *fixedColumn[T]) begin(rows int) { f.values = make([]T, rows) }

func (f *fixedColumn[T]) convert(c *chunk) {
	out := f.values[c.first:]
	for row := range c.starts {
		s := c.spans[row*c.width+f.slot]
		if s.kind <= kindNull {
			f.null(c, row, s)
			continue
		}
		v, why := f.parse(&f.jsonField, c, s)
		if why != faultNone {
			f.reject(c, row, s, why)
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
	jsonField
	offsets []int32
	data    []byte // reused; the column gets a copy of the right size
	binary  bool   // any bytes, not only UTF-8
	append  func(f *jsonField, dst []byte, c *chunk, s span) ([]byte, fault)
}

func (f *bytesColumn) begin(rows int) {
	f.offsets = make([]int32, rows+1)
	f.data = f.data[:0]
}

func (f *bytesColumn) convert(c *chunk) {
	offsets := f.offsets[c.first+1:]
	data := f.data
	for row := range c.starts {
		s := c.spans[row*c.width+f.slot]
		if s.kind <= kindNull {
			f.null(c, row, s)
		} else {
			longer, why := f.append(&f.jsonField, data, c, s)
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

// newJSONColumn returns the column for a field whose type checkTypes has accepted.
func newJSONColumn(field types.Field, slot int, mode jsonMode, zone *time.Location) jsonColumn {
	base := jsonField{name: field.Name, typ: field.Type, slot: slot, mode: mode}
	switch field.Type.Kind {
	case types.Boolean:
		return &fixedColumn[bool]{jsonField: base, parse: parseBoolean}
	case types.TinyInt:
		return &fixedColumn[int8]{jsonField: base, parse: parseInteger[int8]}
	case types.SmallInt:
		return &fixedColumn[int16]{jsonField: base, parse: parseInteger[int16]}
	case types.Int:
		return &fixedColumn[int32]{jsonField: base, parse: parseInteger[int32]}
	case types.BigInt:
		return &fixedColumn[int64]{jsonField: base, parse: parseInteger[int64]}
	case types.Decimal:
		return &fixedColumn[types.Decimal128]{jsonField: base, parse: parseDecimal}
	case types.Float:
		return &fixedColumn[float32]{jsonField: base, parse: parseReal}
	case types.Double:
		return &fixedColumn[float64]{jsonField: base, parse: parseDouble}
	case types.Date:
		return &fixedColumn[int32]{jsonField: base, parse: parseDate}
	case types.Time:
		return &fixedColumn[int64]{jsonField: base, parse: parseTime}
	case types.Timestamp, types.TimestampLTZ:
		return &fixedColumn[int64]{jsonField: base, parse: timestampParserFor(field.Type, mode, zone)}
	case types.Varbinary:
		return &bytesColumn{jsonField: base, binary: true, append: appendBinary}
	case types.JSON:
		return &bytesColumn{jsonField: base, append: appendRaw}
	}
	return &bytesColumn{jsonField: base, append: appendString}
}
