package format_test

import (
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

func TestRawReadsAndWritesEveryType(t *testing.T) {
	tests := []struct {
		typ                   types.Type
		options, record, want string
	}{
		{types.String, "", "text, as it is\n", "text, as it is\n"},
		{types.String, "", "", ""},
		{types.String, "", "é", "é"},
		{types.String, "raw.charset=ISO-8859-1", "\xe9", "é"},
		{types.String, "raw.charset=US-ASCII", "abc", "abc"},
		{types.String, "raw.charset=UTF-16", "\xfe\xff\x00a\xd8\x3d\xde\x00", "a😀"},
		{types.String, "raw.charset=utf-16be", "\x00a\xd8\x3d\xde\x00", "a😀"},
		{types.String, "raw.charset=UTF-16LE", "a\x00\x3d\xd8\x00\xde", "a😀"},
		{types.Of(types.Varbinary), "", "a\x00", "a\x00"},
		{types.Of(types.Boolean), "", "\x01", "true"},
		{types.Of(types.Boolean), "", "\x00", "false"},
		{types.Of(types.TinyInt), "", "\xff", "-1"},
		{types.Of(types.SmallInt), "", "\x01\x02", "258"},
		{types.Of(types.SmallInt), "raw.endianness=little-endian", "\x01\x02", "513"},
		{types.Of(types.Int), "", "\xff\xff\xff\xfe", "-2"},
		{types.Of(types.Int), "raw.endianness=little-endian", "\xfe\xff\xff\xff", "-2"},
		{types.Of(types.BigInt), "", "\x00\x00\x00\x01\x00\x00\x00\x00", "4294967296"},
		{types.Of(types.Float), "", "\x3f\xc0\x00\x00", "1.5"},
		{types.Of(types.Double), "", "\x3f\xf8\x00\x00\x00\x00\x00\x00", "1.5"},
		{types.Of(types.Double), "raw.endianness=little-endian", "\x00\x00\x00\x00\x00\x00\xf8\x3f", "1.5"},
	}
	for _, test := range tests {
		schema := types.Schema{{Name: "v", Type: test.typ}}
		options := csvOptions(test.options)
		out := decoderOf(t, "raw", schema, schema, options...).Decode([][]byte{[]byte(test.record)})
		if got := firstCell(out, test.typ); got != test.want {
			t.Errorf("%v %s from %q: got %q, want %q", test.typ, test.options, test.record, got, test.want)
			continue
		}
		record, err := encoderOf(t, "raw", schema, options...).Append([]byte("kept"), batch.New(1, out.Columns...), 0)
		if err != nil || string(record) != "kept"+test.record {
			t.Errorf("%v %s: wrote %q, error %v, want %q", test.typ, test.options, record, err, test.record)
		}
	}
}

func TestRawReplacesWhatIsNoCharacter(t *testing.T) {
	schema := types.Schema{{Name: "v", Type: types.String}}
	for options, texts := range map[string][2]string{
		"":                     {"a\xff\xfeb", "a\ufffd\ufffdb"},
		"raw.charset=US-ASCII": {"a\xe9", "a\ufffd"},
		"raw.charset=UTF-16BE": {"\xd8\x3d\x00a\xde\x00\x00", "\ufffda\ufffd\ufffd"},
		"raw.charset=UTF-16":   {"\xff\xfea\x00b", "a\ufffd"},
	} {
		if got := decodeOne(decoderOf(t, "raw", schema, schema, csvOptions(options)...), texts[0], schema); got != texts[1] {
			t.Errorf("%s: got %q, want %q", options, got, texts[1])
		}
	}
}

func TestRawLeavesOutRecordsOfAnotherLength(t *testing.T) {
	schema := types.Schema{{Name: "v", Type: types.Of(types.SmallInt)}}
	out := decoderOf(t, "raw", schema, schema).Decode([][]byte{{0, 1}, {2}, {}, {0, 3}, {1, 2, 3}})
	checkRows(t, out, 5)
	if got := batch.Format(batch.New(out.Rows, out.Columns...), schema); got != "v\n1\n3\n" || len(out.Bad) != 3 || out.Records[1] != 3 {
		t.Errorf("got %s, bad %v, records %v", got, out.Bad, out.Records)
	}
	if got := out.Bad[0].Err.Error(); got != "the record has 1 byte, and a SMALLINT takes 2" || diag.KindOf(out.Bad[0].Err) != diag.BadData {
		t.Errorf("got error %s", got)
	}
	none := decoderOf(t, "raw", schema, nil).Decode([][]byte{{0, 1}, {2}})
	if checkRows(t, none, 2); none.Rows != 1 || len(none.Bad) != 1 {
		t.Errorf("without columns: got %d rows, bad %v", none.Rows, none.Bad)
	}
}

func TestRawRefusesWhatItCannotWrite(t *testing.T) {
	schema := types.Schema{{Name: "v", Type: types.String}}
	for options, want := range map[string]string{"": `column "v" is NULL, which a raw record cannot hold`, "raw.charset=US-ASCII": `column "v": US-ASCII has no character 'é'`} {
		column := bytesColumn([]byte("aé"))
		if options == "" {
			column = column.WithValid(batch.NewBitmap(1))
		}
		out, err := encoderOf(t, "raw", schema, csvOptions(options)...).Append([]byte("kept"), batch.New(1, column), 0)
		if err == nil || err.Error() != want || diag.KindOf(err) != diag.BadData || string(out) != "kept" {
			t.Errorf("%s: got %q, error %v, want %s", options, out, err, want)
		}
	}
}

func TestRawChecksTheColumns(t *testing.T) {
	f := lookup(t, "raw_bytes") // Arroyo's name of it
	for columns, want := range map[string]string{
		"":      "format raw needs a table with exactly 1 physical column, but there are 0",
		"si":    "format raw needs a table with exactly 1 physical column, but there are 2",
		"d":     `format raw has no form for column "d" of type DATE`,
		"s":     "",
		"array": `format raw has no form for column "array" of type ARRAY<STRING>`,
	} {
		var schema types.Schema
		switch columns {
		case "array":
			schema = types.Schema{{Name: columns, Type: types.ArrayOf(types.String)}}
		default:
			for name := range strings.SplitSeq(columns, "") {
				schema = append(schema, types.Field{Name: name, Type: map[string]types.Type{"s": types.String, "i": types.Of(types.Int), "d": types.Of(types.Date)}[name]})
			}
		}
		err := f.Check(format.Config{Record: schema, Options: optionsOf(t, "raw")})
		if got := messageOf(err); got != want {
			t.Errorf("%q: got %q, want %q", columns, got, want)
		}
	}
}

func TestRawReadsAllItsOptions(t *testing.T) {
	values := optionsOf(t, "raw")
	if _, err := lookup(t, "raw").NewDecoder(format.Config{Options: values, Record: textSchema[:1]}); err != nil {
		t.Fatal(err)
	}
	for _, key := range values.Unread() {
		if strings.HasPrefix(key, "raw.") {
			t.Errorf("nothing reads the option %q", key)
		}
	}
}
