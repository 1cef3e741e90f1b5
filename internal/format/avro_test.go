package format_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/bench/events"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// everyType has a column of each type that Avro has with the mapping of newer Flink.
func everyType() types.Schema {
	typ := func(kind types.Kind, precision int) types.Type { return types.Type{Kind: kind, Precision: precision} }
	fields := []types.Type{
		types.Of(types.Boolean), types.Of(types.TinyInt), types.Of(types.SmallInt), types.Of(types.Int), types.Of(types.BigInt), types.Of(types.Float), types.Of(types.Double),
		types.String, types.Of(types.Varbinary), types.Of(types.JSON), types.DecimalOf(10, 2), types.Of(types.Date), typ(types.Time, 3), typ(types.Timestamp, 3), typ(types.Timestamp, 6),
		typ(types.TimestampLTZ, 3), types.ArrayOf(types.String), types.MapOf(types.String.Required(), types.Of(types.Int)),
		types.RowOf(types.Schema{{Name: "x", Type: types.Of(types.Int)}, {Name: "y", Type: types.ArrayOf(types.Of(types.Double))}}), types.RequiredBigInt,
	}
	var schema types.Schema
	for i, field := range fields {
		schema = append(schema, types.Field{Name: fmt.Sprintf("c%d", i), Type: field})
	}
	return schema
}

// everyValue has a row of values for everyType, and one of NULLs.
func everyValue(tb testing.TB) *batch.Batch {
	tb.Helper()
	out := newDecoder(tb, everyType()).Decode([][]byte{
		[]byte(`{"c0":true,"c1":-1,"c2":-300,"c3":70000,"c4":-9000000000,"c5":1.5,"c6":-2.25,"c7":"té\u0000xt","c8":"AAH/","c9":{"a":[1]},"c10":-123.45,"c11":"2026-01-02","c12":"03:04:05.678",` +
			`"c13":"2026-01-02 03:04:05.678","c14":"1969-01-02 03:04:05.678901","c15":"2026-01-02 03:04:05.678","c16":["a",null,""],"c17":{"k":null},"c18":{"x":7,"y":[1.5,null]},"c19":9}`),
		[]byte(`{"c19":-9}`),
	})
	if len(out.Bad) > 0 {
		tb.Fatal(out.Bad[0].Err)
	}
	return batch.New(out.Rows, out.Columns...)
}

func TestAvroWritesWhatItReads(t *testing.T) {
	rows, schema := everyValue(t), everyType()
	for _, options := range []string{"", "avro.encoding=json"} {
		options := append(csvOptions(options), "avro.timestamp_mapping.legacy", "false")
		encoder := encoderOf(t, "avro", schema, options...)
		var page [][]byte
		for row := range rows.Rows() {
			record, err := encoder.Append(nil, rows, row)
			if err != nil {
				t.Fatal(err)
			}
			page = append(page, record)
		}
		out := decoderOf(t, "avro", schema, schema, options...).Decode(page)
		checkRows(t, out, 2)
		if len(out.Bad) > 0 {
			t.Fatalf("%q: %v", page, out.Bad[0].Err)
		}
		if got, want := batch.Format(batch.New(out.Rows, out.Columns...), schema), batch.Format(rows, schema); got != want {
			t.Errorf("%v: got\n%s\nwant\n%s", options, got, want)
		}
		// Each column alone: everything else is skipped.
		for i := range schema {
			out := decoderOf(t, "avro", schema, schema[i:i+1], options...).Decode(page)
			if got, want := batch.Format(batch.New(out.Rows, out.Columns...), schema[i:i+1]), batch.Format(rows.Select([]int{i}), schema[i:i+1]); got != want {
				t.Errorf("column %s alone: got\n%s\nwant\n%s", schema[i].Name, got, want)
			}
		}
	}
}

// TestAvroIsWhatTheLibraryReads decodes what we write with twmb/avro.
func TestAvroIsWhatTheLibraryReads(t *testing.T) {
	schema := types.Schema{{Name: "id", Type: types.RequiredBigInt}, {Name: "name", Type: types.String}, {Name: "at", Type: types.Timestamp3}, {Name: "price", Type: types.DecimalOf(6, 2)}}
	rows := newDecoder(t, schema).Decode([][]byte{[]byte(`{"id":-7,"name":"x","at":"2026-01-02 03:04:05.678","price":-1.28}`), []byte(`{"id":8}`)})
	encoder := encoderOf(t, "avro", schema)
	library := avro.MustParse(`{"type":"record","name":"record","namespace":"org.apache.flink.avro.generated","fields":[{"name":"id","type":"long"},{"name":"name","type":["null","string"]},
		{"name":"at","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},{"name":"price","type":["null",{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}]}]}`)
	want := []string{"map[at:2026-01-02 03:04:05.678 +0000 UTC id:-7 name:x price:-32/25]", "map[at:<nil> id:8 name:<nil> price:<nil>]"}
	for row, want := range want {
		record, err := encoder.Append(nil, batch.New(rows.Rows, rows.Columns...), row)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if rest, err := library.Decode(record, &got); err != nil || len(rest) > 0 || fmt.Sprint(got) != want {
			t.Errorf("got %v, %d bytes left, error %v, want %s", got, len(rest), err, want)
		}
	}
}

func TestAvroResolvesTypes(t *testing.T) {
	ts := func(precision int) types.Type { return types.Type{Kind: types.Timestamp, Precision: precision} }
	tests := []struct {
		avro, value string // a value in Avro's JSON
		typ         types.Type
		want        string
	}{
		{`"int"`, `5`, types.Of(types.BigInt), "5"},
		{`"int"`, `5`, types.Of(types.Double), "5.0"},
		{`"int"`, `300`, types.Of(types.TinyInt), `bad: column "v": 300 is out of range for TINYINT`},
		{`"long"`, `5000000000`, types.Of(types.Int), `bad: column "v": 5000000000 is out of range for INT`},
		{`"long"`, `5`, types.Of(types.Float), "5.0"},
		{`"float"`, `1.5`, types.Of(types.Double), "1.5"},
		{`"double"`, `1.5`, types.Of(types.Float), `column "v" is FLOAT, but its Avro type is double`},
		{`"string"`, `"x"`, types.Of(types.Varbinary), "x"},
		{`"string"`, `"{\"a\": 1}"`, types.Of(types.JSON), `{"a":1}`},
		{`"string"`, `"{"`, types.Of(types.JSON), `bad: column "v": { is not JSON`},
		{`"bytes"`, `"x"`, types.String, "x"},
		{`"string"`, `"5"`, types.Of(types.Int), `column "v" is INT, but its Avro type is string`},
		{`{"type":"enum","name":"e","symbols":["A","B"]}`, `"B"`, types.String, "B"},
		{`{"type":"fixed","name":"f","size":2}`, `"ab"`, types.Of(types.Varbinary), "ab"},
		{`["null","int"]`, `null`, types.Of(types.Int), "NULL"},
		{`["int","null"]`, `{"int":5}`, types.Of(types.Int), "5"},
		{`["null","int"]`, `null`, types.RequiredBigInt, `bad: column "v" is null, and it is NOT NULL`},
		{`["null","int","string"]`, `null`, types.Of(types.Int), `column "v": its Avro type is a union of several types`},
		{`"null"`, `null`, types.String, "NULL"},
		{`{"type":"long","logicalType":"timestamp-micros"}`, `1767322845123456`, ts(3), "2026-01-02 03:00:45.123"},
		{`{"type":"long","logicalType":"timestamp-nanos"}`, `1767322845123456789`, ts(6), "2026-01-02 03:00:45.123456"},
		{`{"type":"long","logicalType":"local-timestamp-millis"}`, `1767322845123`, ts(3), "2026-01-02 03:00:45.123"},
		{`{"type":"long","logicalType":"timestamp-millis"}`, `9223372036854775807`, ts(3), `bad: column "v": 9223372036854775807 is out of range for TIMESTAMP(3)`},
		{`"long"`, `1767322845123`, ts(3), `column "v" is TIMESTAMP(3), but its Avro type is long`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, `1767322845123`, types.Of(types.BigInt), "1767322845123"},
		{`{"type":"int","logicalType":"date"}`, `20455`, types.Of(types.Date), "2026-01-02"},
		{`{"type":"int","logicalType":"time-millis"}`, `1500`, types.Type{Kind: types.Time, Precision: 3}, "00:00:01.500"},
		{`{"type":"bytes","logicalType":"decimal","precision":6,"scale":3}`, `"\u0001\u0000"`, types.DecimalOf(5, 2), "0.26"},
		{`{"type":"bytes","logicalType":"decimal","precision":6,"scale":0}`, `"\u0001\u0000"`, types.DecimalOf(2, 0), `bad: column "v": the decimal is out of range for DECIMAL(2, 0)`},
		{`{"type":"array","items":"long"}`, `[1,2]`, types.ArrayOf(types.Of(types.Int)), "[1, 2]"},
		{`{"type":"map","values":["null","long"]}`, `{"k":null}`, types.MapOf(types.String, types.Of(types.BigInt)), "{k=NULL}"},
		{`{"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}`, `{"a":1,"b":"x"}`, types.RowOf(types.Schema{{Name: "b", Type: types.String}, {Name: "c", Type: types.String}}), "(x, NULL)"},
		{`{"type":"record","name":"r","fields":[{"name":"a","type":"int"}]}`, `{"a":1}`, types.RowOf(types.Schema{{Name: "c", Type: types.String.Required()}}), `column "v.c" is NOT NULL, but the Avro schema has no field of that name`},
	}
	for _, test := range tests {
		text := `{"type":"record","name":"outer","fields":[{"name":"before","type":["null","string","long"]},{"name":"v","type":` + test.avro + `},{"name":"after","type":{"type":"array","items":"string"}}]}`
		parsed, err := avro.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := parsed.DecodeJSON([]byte(`{"before":{"long":7},"v":`+test.value+`,"after":["x","y"]}`), &v); err != nil {
			t.Fatalf("%s: %v", test.value, err)
		}
		record, err := parsed.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		schema := types.Schema{{Name: "v", Type: test.typ}, {Name: "absent", Type: types.String}}
		decoder, err := lookup(t, "avro").NewDecoder(format.Config{Schema: schema, Record: schema, Options: optionsOf(t, "avro", "avro.schema", text), Zone: time.UTC})
		if err != nil {
			if diag.KindOf(err) != diag.Unsupported || err.Error() != test.want {
				t.Errorf("%s as %v: got error %v, want %s", test.avro, test.typ, err, test.want)
			}
			continue
		}
		got := decodeOne(decoder, string(record), schema)
		if want := test.want + " | NULL"; got != want && got != test.want {
			t.Errorf("%s %s as %v: got %s, want %s", test.avro, test.value, test.typ, got, want)
		}
	}
}

func TestAvroBadRecordsLeaveTheOthers(t *testing.T) {
	rows, schema := everyValue(t), everyType()
	encoder := encoderOf(t, "avro", schema, "avro.timestamp_mapping.legacy", "false")
	good, err := encoder.Append(nil, rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	page := [][]byte{good}
	for cut := range len(good) {
		page = append(page, good[:cut], good)
	}
	page = append(page, append(bytes.Clone(good), 0), good)
	out := decoderOf(t, "avro", schema, schema, "avro.timestamp_mapping.legacy", "false").Decode(page)
	checkRows(t, out, len(page))
	if out.Rows != len(good)+2 || len(out.Bad) != len(good)+1 {
		t.Fatalf("got %d rows and %d bad records of %d", out.Rows, len(out.Bad), len(page))
	}
	want := batch.FormatRow(rows, schema, 0)
	for row := range out.Rows {
		if got := batch.FormatRow(batch.New(out.Rows, out.Columns...), schema, row); got != want {
			t.Fatalf("row %d: got\n%s\nwant\n%s", row, got, want)
		}
	}
	if got := out.Bad[len(out.Bad)-1].Err.Error(); got != "not Avro of this schema: 1 byte left over" {
		t.Errorf("got %s", got)
	}
}

func TestAvroRefusesTypesWithoutAForm(t *testing.T) {
	for typ, want := range map[types.Type]string{
		types.TimestampLTZ3:                            `format avro has no type for column "v" of type TIMESTAMP_LTZ(3)`,
		{Kind: types.Timestamp, Precision: 6}:          `format avro has no type for column "v" of type TIMESTAMP(6)`,
		{Kind: types.Time, Precision: 6}:               `format avro has no type for column "v" of type TIME(6)`,
		types.MapOf(types.Of(types.Int), types.String): `format avro has no type for column "v" of type MAP<INT, STRING>`,
	} {
		config := format.Config{Record: types.Schema{{Name: "v", Type: typ}}, Options: optionsOf(t, "avro")}
		if got := messageOf(lookup(t, "avro").Check(config)); got != want {
			t.Errorf("%v: got %s, want %s", typ, got, want)
		}
	}
	config := format.Config{Record: types.Schema{{Name: "with space", Type: types.String}}, Options: optionsOf(t, "avro")}
	if err := lookup(t, "avro").Check(config); diag.KindOf(err) != diag.Unsupported || !strings.HasPrefix(err.Error(), "the columns make no Avro schema: ") {
		t.Errorf("got error %v", err)
	}
}

// FuzzAvroDecode compares with twmb/avro.
func FuzzAvroDecode(f *testing.F) {
	text := `{"type":"record","name":"r","fields":[{"name":"skipped","type":["null","string",{"type":"map","values":"bytes"}]},{"name":"n","type":"long"},
		{"name":"s","type":["null","string"]},{"name":"a","type":{"type":"array","items":{"type":"array","items":"int"}}},{"name":"next","type":["null","r"]},{"name":"d","type":"double"}]}`
	library := avro.MustParse(text)
	for _, seed := range []string{"\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x04\x01\x08\x02a\x02b\x00\x02\x02\x04hi\x02\x02\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf8\x3f", "\x02\x02x"} {
		f.Add([]byte(seed))
	}
	schema := types.Schema{{Name: "n", Type: types.Of(types.BigInt)}, {Name: "s", Type: types.String}, {Name: "a", Type: types.ArrayOf(types.ArrayOf(types.Of(types.Int)))}, {Name: "d", Type: types.Of(types.Double)}}
	f.Fuzz(func(t *testing.T, record []byte) {
		out := decoderOf(t, "avro", schema, schema, "avro.schema", text).Decode([][]byte{record, record})
		checkRows(t, out, 2)
		var v struct {
			N int64     `avro:"n"`
			S *string   `avro:"s"`
			A [][]int32 `avro:"a"`
			D float64   `avro:"d"`
		}
		rest, err := library.Decode(record, &v)
		ok := err == nil && len(rest) == 0
		if (out.Rows == 2) != ok {
			if ok || len(record) > 100 { // the library bounds other things than we do
				t.Fatalf("%q: %d rows, bad %v, but twmb/avro says %v", record, out.Rows, out.Bad, err)
			}
			return
		}
		if !ok {
			return
		}
		name := "NULL"
		if v.S != nil {
			name = sanitize([]byte(*v.S))
		}
		lists := strings.ReplaceAll(fmt.Sprint(v.A), " ", ", ")
		want := fmt.Sprintf("%d | %s | %s | %s", v.N, name, lists, batch.AppendFloat(nil, v.D, 64))
		if got := batch.FormatRow(batch.New(out.Rows, out.Columns...), schema, 1); got != want && !math.IsNaN(v.D) {
			t.Fatalf("%q: got %s, want %s", record, got, want)
		}
	})
}

// BenchmarkAvroDecode reads 5 of 15 fields; the peer resolves to a schema of these five.
func BenchmarkAvroDecode(b *testing.B) {
	pages, size := avroPages(b)
	b.Run("impl=penstock", func(b *testing.B) { benchmarkFormat(b, "avro", pages, size, events.Wanted()) })
	b.Run("impl=peer-twmb-avro", func(b *testing.B) {
		schema := resolvedEvents(b)
		b.SetBytes(size)
		before := mallocs()
		for b.Loop() {
			if err := readWithLibrary(schema, pages); err != nil {
				b.Fatal(err)
			}
		}
		reportRecords(b, len(pages)*pageRecords, before)
	})
}

// avroPages returns the pages of benchmarkPages as Avro.
func avroPages(b *testing.B) (pages [][][]byte, size int64) {
	b.Helper()
	decoder, encoder := newDecoder(b, events.Schema()), encoderOf(b, "avro", events.Schema())
	in, _ := benchmarkPages(b)
	for _, page := range in {
		out := decoder.Decode(page)
		var records [][]byte
		for row := range out.Rows {
			record, err := encoder.Append(nil, batch.New(out.Rows, out.Columns...), row)
			if err != nil {
				b.Fatal(err)
			}
			records = append(records, record)
			size += int64(len(record))
		}
		pages = append(pages, records)
	}
	return pages, size
}

// resolvedEvents is the schema of the events, read as one of five fields.
func resolvedEvents(b *testing.B) *avro.Schema {
	b.Helper()
	fields := func(schema types.Schema) *avro.Schema {
		var members []string
		for _, field := range schema {
			typ := map[types.Kind]string{
				types.Varchar: `"string"`, types.JSON: `"string"`, types.Double: `"double"`, types.Int: `"int"`, types.Boolean: `"boolean"`,
				types.Timestamp: `{"type":"long","logicalType":"timestamp-millis"}`,
			}[field.Type.Kind]
			members = append(members, fmt.Sprintf(`{"name":%q,"type":["null",%s],"default":null}`, field.Name, typ))
		}
		return avro.MustParse(`{"type":"record","name":"r","fields":[` + strings.Join(members, ",") + `]}`)
	}
	resolved, err := avro.Resolve(fields(events.Schema()), fields(events.Wanted()))
	if err != nil {
		b.Fatal(err)
	}
	return resolved
}

func readWithLibrary(schema *avro.Schema, pages [][][]byte) error {
	type event struct {
		Kind     string    `avro:"event_type"`
		Time     time.Time `avro:"ts"`
		User     string    `avro:"user_id"`
		Price    float64   `avro:"price"`
		Quantity int32     `avro:"quantity"`
	}
	rows := make([]event, pageRecords)
	for _, page := range pages {
		for i, record := range page {
			if _, err := schema.Decode(record, &rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
