package format

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// The options of the raw format.
const (
	rawCharset    = "raw.charset"
	rawEndianness = "raw.endianness"
)

const (
	bigEndian    = "big-endian"
	littleEndian = "little-endian"
)

var rawFormat = Format{
	Name:    "raw",
	Aliases: []string{"raw_string", "raw_bytes"},
	binary:  true,
	Doc: "The bytes of the record are the value of the table's only physical column: a text, BYTES as they are, BOOLEAN in one byte, " +
		"an integer or float in as many bytes as its type has. A record of any other length is bad.",
	Options: option.Table{
		{Key: rawCharset, Type: option.Enum, Enum: charsetNames(), Default: "UTF-8", Doc: "The charset of texts."},
		{Key: rawEndianness, Type: option.Enum, Enum: []string{bigEndian, littleEndian}, Default: bigEndian, Doc: "The order of the bytes of numbers."},
	},
	newDecoder: newRawDecoder,
	newEncoder: newRawEncoder,
	check:      func(config Config) error { _, err := rawColumn(config); return err },
}

// rawColumn returns the type of the only column of a table.
func rawColumn(config Config) (types.Type, error) {
	if n := len(config.Record); n != 1 {
		return types.Type{}, diag.Errorf(diag.Option, config.Options.Span("format"), "format raw needs a table with exactly 1 physical column, but there are %d", n).
			WithHint("declare the others as METADATA or computed columns, or choose another format")
	}
	field := config.Record[0]
	switch kind := field.Type.Kind; {
	case kind.IsText(), kind == types.Varbinary, kind == types.Boolean, kind.IsInteger(), kind.IsFloat():
		return field.Type, nil
	}
	return types.Type{}, diag.Errorf(diag.Unsupported, diag.Span{}, "format raw has no form for column %q of type %s", field.Name, field.Type).
		WithHint("declare it as STRING or BYTES")
}

// rawDecoder makes a value of each record.
type rawDecoder struct {
	wanted int // how many times the column is wanted
	column func(records [][]byte) (values batch.Column, bad []BadRecord)
}

func newRawDecoder(config Config) (Decoder, error) {
	t, err := rawColumn(config)
	if err != nil {
		return nil, err
	}
	var order binary.ByteOrder = binary.BigEndian
	if config.Options.String(rawEndianness) == littleEndian {
		order = binary.LittleEndian
	}
	text := lookupCharset(config.Options.String(rawCharset))
	d := &rawDecoder{wanted: len(config.Schema)}
	switch t.Kind { //nolint:exhaustive // rawColumn lets no others through
	case types.Boolean:
		d.column = rawFixed(t, 1, func(b []byte) bool { return b[0] != 0 })
	case types.TinyInt:
		d.column = rawFixed(t, 1, func(b []byte) int8 { return int8(b[0]) })
	case types.SmallInt:
		d.column = rawFixed(t, 2, func(b []byte) int16 { return int16(order.Uint16(b)) })
	case types.Int:
		d.column = rawFixed(t, 4, func(b []byte) int32 { return int32(order.Uint32(b)) })
	case types.BigInt:
		d.column = rawFixed(t, 8, func(b []byte) int64 { return int64(order.Uint64(b)) })
	case types.Float:
		d.column = rawFixed(t, 4, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) })
	case types.Double:
		d.column = rawFixed(t, 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) })
	case types.Varbinary:
		d.column = rawBytes(func(dst, record []byte) []byte { return append(dst, record...) })
	default:
		d.column = rawBytes(text.decode)
	}
	return d, nil
}

// Decode makes a row of each record that has the right length.
func (d *rawDecoder) Decode(records [][]byte) Decoded {
	values, bad := d.column(records)
	out := Decoded{Rows: len(records), Taken: len(records), Bad: bad, Columns: make([]batch.Column, d.wanted)}
	if len(bad) > 0 {
		out.Records = make([]int32, 0, len(records)-len(bad))
		for i := range records {
			if len(bad) > 0 && bad[0].Record == i {
				bad = bad[1:]
				continue
			}
			out.Records = append(out.Records, int32(i))
		}
		values = values.Gather(out.Records)
		out.Rows = len(out.Records)
	}
	for i := range out.Columns {
		out.Columns[i] = values
	}
	return out
}

func rawFixed[T batch.Value](t types.Type, size int, value func([]byte) T) func([][]byte) (batch.Column, []BadRecord) {
	return func(records [][]byte) (batch.Column, []BadRecord) {
		values := make([]T, len(records))
		var bad []BadRecord
		for i, record := range records {
			if len(record) != size {
				err := badData("the record has %s, and %s takes %d", count(len(record), "byte"), article(t.Nullable().String()), size)
				bad = append(bad, BadRecord{Record: i, Cause: Mismatch, Err: err})
				continue
			}
			values[i] = value(record)
		}
		return batch.NewFixed(values, nil), bad
	}
}

func article(noun string) string {
	if noun == types.Int.String() {
		return "an " + noun
	}
	return "a " + noun
}

func rawBytes(appendValue func(dst, record []byte) []byte) func([][]byte) (batch.Column, []BadRecord) {
	return func(records [][]byte) (batch.Column, []BadRecord) {
		size := 0
		for _, record := range records {
			size += len(record)
		}
		offsets, data := make([]int32, len(records)+1), make([]byte, 0, size)
		var bad []BadRecord
		for i, record := range records {
			if len(data)+3*len(record) > math.MaxInt32 {
				bad = append(bad, BadRecord{Record: i, Err: badData("the records of the page have more than %d bytes", maxPageBytes)})
			} else {
				data = appendValue(data, record)
			}
			offsets[i+1] = int32(len(data))
		}
		return batch.NewBytes(offsets, data, nil), bad
	}
}

// rawEncoder writes the value of the only column.
type rawEncoder struct {
	name   string
	append func(dst []byte, c batch.Column, row int) ([]byte, error)
}

func newRawEncoder(config Config) (Encoder, error) {
	t, err := rawColumn(config)
	if err != nil {
		return nil, err
	}
	var order binary.AppendByteOrder = binary.BigEndian
	if config.Options.String(rawEndianness) == littleEndian {
		order = binary.LittleEndian
	}
	e := &rawEncoder{name: config.Record[0].Name}
	switch t.Kind { //nolint:exhaustive // rawColumn lets no others through
	case types.Boolean:
		e.append = rawAppender(func(dst []byte, v bool) []byte { return append(dst, boolByte(v)) })
	case types.TinyInt:
		e.append = rawAppender(func(dst []byte, v int8) []byte { return append(dst, byte(v)) })
	case types.SmallInt:
		e.append = rawAppender(func(dst []byte, v int16) []byte { return order.AppendUint16(dst, uint16(v)) })
	case types.Int:
		e.append = rawAppender(func(dst []byte, v int32) []byte { return order.AppendUint32(dst, uint32(v)) })
	case types.BigInt:
		e.append = rawAppender(func(dst []byte, v int64) []byte { return order.AppendUint64(dst, uint64(v)) })
	case types.Float:
		e.append = rawAppender(func(dst []byte, v float32) []byte { return order.AppendUint32(dst, math.Float32bits(v)) })
	case types.Double:
		e.append = rawAppender(func(dst []byte, v float64) []byte { return order.AppendUint64(dst, math.Float64bits(v)) })
	case types.Varbinary:
		e.append = func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return append(dst, c.(*batch.Bytes).At(row)...), nil
		}
	default:
		text := lookupCharset(config.Options.String(rawCharset))
		e.append = func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return text.encode(dst, c.(*batch.Bytes).At(row))
		}
	}
	return e, nil
}

func rawAppender[T batch.Value](f func([]byte, T) []byte) func([]byte, batch.Column, int) ([]byte, error) {
	return func(dst []byte, c batch.Column, row int) ([]byte, error) { return f(dst, batch.Values[T](c)[row]), nil }
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// Append appends the value of a row.
func (e *rawEncoder) Append(dst []byte, b *batch.Batch, row int) ([]byte, error) {
	if !b.Columns[0].Valid().Get(row) {
		return dst, badData("column %q is NULL, which a raw record cannot hold", e.name)
	}
	out, err := e.append(dst, b.Columns[0], row)
	if err != nil {
		return dst, badData("column %q: %v", e.name, err)
	}
	return out, nil
}

func charsetNames() []string {
	names := make([]string, len(charsets))
	for i, c := range charsets {
		names[i] = c.name
	}
	return names
}

func lookupCharset(name string) charset {
	return charsets[slices.IndexFunc(charsets, func(c charset) bool { return c.name == name })] // the option allows no others
}
