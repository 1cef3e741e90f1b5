package format

import (
	"cmp"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// debezium is in front of "json" in the names of the options that both formats have.
const debezium = "debezium-"

const debeziumSchema = "debezium-json.schema-include"

var debeziumFormat = Format{
	Name:    "debezium-json",
	Aliases: []string{"debezium_json"},
	Doc: "Change events of Debezium, as JSON. Rows that were read (op r) or created (op c) are rows of the table. An update or a delete (op u, d) is a bad record of the cause " +
		"unsupported: what happens to it is up to 'bad-records'. Written rows are creations.",
	Options: option.Table{
		{
			Key: debeziumSchema, Type: option.Bool, Default: "false",
			Doc: "The event is in the field payload, beside its schema, as Kafka Connect writes it with schemas.enable. Such events cannot be written.",
		},
		{
			Key: debezium + jsonIgnoreErrors, Type: option.Bool, Default: "false",
			Doc: "A field whose value does not fit the type of its column is NULL; otherwise the record is bad. Excludes 'bad-records' = 'fail'.",
		},
		{
			Key: debezium + jsonTimestamps, Type: option.Enum, Enum: []string{standardSQL, standardISO},
			Doc: "How timestamps are written, as for 'json.timestamp-format.standard'.",
		},
		{
			Key: debezium + jsonNullKeys, Type: option.Enum, Enum: []string{nullKeyFail, nullKeyDrop, nullKeyLiteral}, Default: nullKeyFail,
			Doc: "What a NULL key of a MAP is written as, as for 'json.map-null-key.mode'.",
		},
		{Key: debezium + jsonNullKeyLiteral, Type: option.String, Default: "null", Doc: "The key that stands for NULL."},
		{Key: debezium + jsonPlainDecimals, Type: option.Bool, Default: "false", Doc: "A DECIMAL is written without an exponent."},
		{Key: debezium + jsonIgnoreNulls, Type: option.Bool, Default: "false", Doc: "NULL columns are left out of the object."},
	},
	newDecoder: newDebeziumDecoder,
	newEncoder: newDebeziumEncoder,
	check: func(config Config) error {
		if config.Options.Bool(debezium + jsonIgnoreErrors) {
			return refuseToFail(config.Options, debezium+jsonIgnoreErrors)
		}
		return nil
	},
}

// debeziumDecoder finds the row in each event and leaves it to a decoder of JSON.
type debeziumDecoder struct {
	outer   Decoder // payload, if there is one
	event   Decoder // op, after
	row     Decoder
	records [][]byte
	from    []int32
}

var (
	debeziumPayload = types.Schema{{Name: "payload", Type: types.Of(types.JSON)}}
	debeziumEvent   = types.Schema{{Name: "op", Type: types.String}, {Name: "after", Type: types.Of(types.JSON)}}
)

func newDebeziumDecoder(config Config) (Decoder, error) {
	d := &debeziumDecoder{}
	parts := func(schema types.Schema) (Decoder, error) {
		return newJSONDecoderOf(Config{Schema: schema, Zone: config.Zone}, jsonMode{}, debeziumFormatName)
	}
	mode := jsonMode{ignoreErrors: config.Options.Bool(debezium + jsonIgnoreErrors), standard: config.Options.String(debezium + jsonTimestamps)}
	var err error
	if d.row, err = newJSONDecoderOf(config, mode, debeziumFormatName); err != nil {
		return nil, err
	}
	if d.event, err = parts(debeziumEvent); err != nil {
		return nil, err
	}
	if config.Options.Bool(debeziumSchema) {
		d.outer, err = parts(debeziumPayload)
	}
	return d, err
}

// debeziumFormatName is the name of the format, where naming the format itself would be a cycle.
const debeziumFormatName = "debezium-json"

// Decode decodes one event per record.
func (d *debeziumDecoder) Decode(records [][]byte) Decoded {
	taken := len(records)
	var bad []BadRecord
	from := identity(taken)
	if d.outer != nil {
		out := d.outer.Decode(records)
		records, from = d.unwrap(out, 0, from, &bad)
	}
	out := d.event.Decode(records)
	bad = append(bad, moved(out.Bad, from)...)
	d.records, d.from = d.records[:0], d.from[:0]
	for row := range out.Rows {
		record := origin(out, row, from)
		op, after := textOf(out.Columns[0], row), textOf(out.Columns[1], row)
		var why error
		switch {
		case op == "u" || op == "d":
			bad = append(bad, BadRecord{Record: int(record), Cause: Unsupported, Err: badData("the event changes a row (op %q), and the table takes new rows only", op)})
			continue
		case op != "c" && op != "r":
			why = badData("not an event of Debezium: op is %q", op)
		case after == "":
			why = badData("not an event of Debezium: there is no row in after")
		}
		if why != nil {
			bad = append(bad, BadRecord{Record: int(record), Cause: Malformed, Err: why})
			continue
		}
		d.records, d.from = append(d.records, []byte(after)), append(d.from, record)
	}
	rows := d.row.Decode(d.records)
	bad = append(bad, moved(rows.Bad, d.from)...)
	origins := make([]int32, rows.Rows)
	for row := range origins {
		origins[row] = origin(rows, row, d.from)
	}
	for i := range bad {
		bad[i].Data = nil // a part of an event is none
	}
	slices.SortStableFunc(bad, func(a, b BadRecord) int { return cmp.Compare(a.Record, b.Record) })
	rows.Bad, rows.Records, rows.Taken = bad, origins, taken
	return rows
}

// unwrap returns the texts of a column and the records that they come from.
func (d *debeziumDecoder) unwrap(out Decoded, column int, from []int32, bad *[]BadRecord) (texts [][]byte, origins []int32) {
	*bad = append(*bad, moved(out.Bad, from)...)
	for row := range out.Rows {
		texts = append(texts, []byte(textOf(out.Columns[column], row)))
		origins = append(origins, origin(out, row, from))
	}
	return texts, origins
}

func identity(n int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// origin returns the record that a row comes from, where from has that of each record given to a decoder.
func origin(out Decoded, row int, from []int32) int32 {
	if out.Records != nil {
		row = int(out.Records[row])
	}
	return from[row]
}

func moved(bad []BadRecord, from []int32) []BadRecord {
	for i := range bad {
		bad[i].Record = int(from[bad[i].Record])
	}
	return bad
}

func textOf(c batch.Column, row int) string {
	if !c.Valid().Get(row) {
		return ""
	}
	return string(c.(*batch.Bytes).At(row))
}

// debeziumEncoder writes rows as creations.
type debeziumEncoder struct{ row *jsonEncoder }

func newDebeziumEncoder(config Config) (Encoder, error) {
	if config.Options.Bool(debeziumSchema) {
		return nil, diag.Errorf(diag.Unsupported, config.Options.Span(debeziumSchema), "'%s' = 'true' can only be read", debeziumSchema).
			WithHint("remove it, or declare another table for writing")
	}
	row, err := newJSONEncoderOf(config, debeziumFormatName, debezium)
	return &debeziumEncoder{row}, err
}

// Append appends the event of a new row.
func (e *debeziumEncoder) Append(dst []byte, b *batch.Batch, row int) ([]byte, error) {
	out, err := e.row.Append(append(dst, `{"before":null,"after":`...), b, row)
	if err != nil {
		return dst, err
	}
	return append(out, `,"op":"c"}`...), nil
}
