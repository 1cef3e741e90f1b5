package format_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// csvSchema is a INT, b STRING, c DOUBLE.
var csvSchema = types.Schema{{Name: "a", Type: types.Of(types.Int)}, {Name: "b", Type: types.String}, {Name: "c", Type: types.Of(types.Double)}}

func TestCSVReadsRecords(t *testing.T) {
	tests := []struct{ options, record, want string }{
		{"", "1,x,2.5", "1 | x | 2.5"},
		{"", "1,x,2.5\n", "1 | x | 2.5"},
		{"", "1,x,2.5\r\n", "1 | x | 2.5"},
		{"", "1,x,2.5\r", "1 | x | 2.5"},
		{"", " 1 , x , 2.5 ", "1 |  x  | 2.5"},
		{"", "1,,2", "1 |  | 2.0"},
		{"", `1,"",2`, "1 |  | 2.0"},
		{"", `1,"a,b",2`, "1 | a,b | 2.0"},
		{"", `1,"say ""hi""",2`, `1 | say "hi" | 2.0`},
		{"", "1,\"two\nlines\",2", "1 | two\nlines | 2.0"},
		{"", `1,a"b"c,2`, `1 | a"b"c | 2.0`},
		{"", `1,"x" ,2`, "1 | x | 2.0"},
		{"", "1,x,2,", "1 | x | 2.0"},
		{"", "\xef\xbb\xbf1,x,2", "1 | x | 2.0"},
		{"", "1,a\xffb,2", "1 | a\ufffdb | 2.0"},
		{"", "1,a\x00b,2", "1 | a\x00b | 2.0"},
		{"", "1,x,-1.5E3", "1 | x | -1500.0"},
		{"", "1,x,NaN", "1 | x | NaN"},
		{"", "", "bad: the record is empty"},
		{"", "\n\r\n", "bad: the record is empty"},
		{"", "1,x", "bad: the row has 2 values, but the table has 3 columns"},
		{"", "1", "bad: the row has 1 value, but the table has 3 columns"},
		{"", "1,x,2,y", "bad: the row has 4 values, but the table has 3 columns"},
		{"", "1,x,2,,", "bad: the row has 5 values, but the table has 3 columns"},
		{"", `1,x,2,""`, "bad: the row has 4 values, but the table has 3 columns"},
		{"", `1,"x,2`, "bad: not CSV: no quote ends the value that begins at byte 2"},
		{"", `1,"x"y,2`, "bad: not CSV: 'y' behind a value in quotes, at byte 5"},
		{"", ",x,2", `bad: column "a": "" is not an INT (byte 0)`},
		{"", "1.5,x,2", `bad: column "a": "1.5" is not an INT (byte 0)`},
		{"", "99999999999,x,2", `bad: column "a": "99999999999" is out of range for INT (byte 0)`},
		{"", "1,x,1.2.3", `bad: column "c": "1.2.3" is not a DOUBLE (byte 4)`},
		{"", "1,x,-", `bad: column "c": "-" is not a DOUBLE (byte 4)`},
		{"", "1,x,2\n3,y,4\n", "1 | x | 2.0\n3 | y | 4.0"},
		{"", "1,x,2\n\n\r\n3,y,4", "1 | x | 2.0\n3 | y | 4.0"},
		{"", "1,x,2\n3,y\n5,z,6", "1 | x | 2.0\n5 | z | 6.0\nbad: row 2 of the record: the row has 2 values, but the table has 3 columns in \"3,y\\n\""},
		{"", "1,x,2\nthree,y,4\n5,z,6", "1 | x | 2.0\n5 | z | 6.0\nbad: row 2 of the record: column \"a\": \"three\" is not an INT (byte 0) in \"three,y,4\\n\""},
		{"", "1,x,2\n3,\"y,4\n5,z,6", "1 | x | 2.0\nbad: row 2 of the record: not CSV: no quote ends the value that begins at byte 2 in \"3,\\\"y,4\\n5,z,6\""},
		{"", "x,1\n2,y,3", "2 | y | 3.0\nbad: row 1 of the record: the row has 2 values, but the table has 3 columns in \"x,1\\n\""},
		{"csv.field-delimiter=;", "1;a,b;2", "1 | a,b | 2.0"},
		{`csv.field-delimiter=\t`, "1\ta,b\t2", "1 | a,b | 2.0"},
		{`csv.field-delimiter=\u0001`, "1\x01a\x012", "1 | a | 2.0"},
		{"csv.quote-character='", "1,'a,''b',2", "1 | a,'b | 2.0"},
		{"csv.disable-quote-character=true", `1,"a",2`, `1 | "a" | 2.0`},
		{"csv.allow-comments=true", "# heading\n1,x,2\n#end", "1 | x | 2.0"},
		{"csv.allow-comments=true", "# nothing else", ""},
		{"", "#1,x,2", `bad: column "a": "#1" is not an INT (byte 0)`},
		{"csv.ignore-parse-errors=true", "one,x,2", "NULL | x | 2.0"},
		{"csv.ignore-parse-errors=true", "1,x", "1 | x | NULL"},
		{"csv.ignore-parse-errors=true", "1,x,2,y,z", "1 | x | 2.0"},
		{"csv.ignore-parse-errors=true", `1,"x`, "bad: not CSV: no quote ends the value that begins at byte 2"},
		{"csv.ignore-parse-errors=true csv.fail-on-missing-columns=true", "1,x", "bad: the row has 2 values, but the table has 3 columns"},
		{`csv.escape-character=\`, `1,a\,b\\\n\"c,2`, "1 | a,b\\\n\"c | 2.0"},
		{`csv.escape-character=\`, `1,"a\"b",2`, `1 | a"b | 2.0`},
		{`csv.escape-character=\`, `1,a\`, "bad: not CSV: the record ends after an escape character"},
		{"csv.null-literal=null", "null,null,2", "NULL | NULL | 2.0"},
		{"csv.null-literal=", ",,", "NULL | NULL | NULL"},
		{"csv.trim-spaces=true", ` 1 , x y , "2" `, "1 | x y | 2.0"},
		{"csv.trim-spaces=true", `1, " x ",2`, "1 |  x  | 2.0"},
		{"csv.ignore-trailing-unmappable=true", "1,x,2,y,z", "1 | x | 2.0"},
		{"csv.empty-string-as-null=true", ",,", "NULL | NULL | NULL"},
		{"csv.ignore-first-line=true", "a,b,c\n1,x,2", "1 | x | 2.0"},
		{"csv.ignore-first-line=true", "a,b,c", ""},
		{"csv.ignore-first-line=true", "a,b,c\n1,x,2\nno,y,3", "1 | x | 2.0\nbad: row 2 of the record: column \"a\": \"no\" is not an INT (byte 0) in \"a,b,c\\nno,y,3\""},
		{"csv.allow-trailing-comma=false", "1,x,2,", "bad: the row has 4 values, but the table has 3 columns"},
	}
	for _, test := range tests {
		decoder := decoderOf(t, "csv", csvSchema, csvSchema, csvOptions(test.options)...)
		for range 2 { // a decoder keeps nothing of a record
			if got := decodeOne(decoder, test.record, csvSchema); got != test.want {
				t.Errorf("%s %q: got\n%s\nwant\n%s", test.options, test.record, got, test.want)
			}
		}
	}
}

// csvOptions splits "key=value key=value".
func csvOptions(text string) []string {
	var pairs []string
	for pair := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, key, value)
	}
	return pairs
}

func TestCSVReadsEveryType(t *testing.T) {
	typ := func(kind types.Kind, precision int) types.Type { return types.Type{Kind: kind, Precision: precision} }
	tests := []struct {
		typ        types.Type
		text, want string
	}{
		{types.Of(types.Boolean), "TRUE", "true"},
		{types.Of(types.Boolean), "yes", "false"},
		{types.Of(types.TinyInt), "-128", "-128"},
		{types.Of(types.TinyInt), "128", `column "v": "128" is out of range for TINYINT (byte 0)`},
		{types.Of(types.SmallInt), " 7 ", "7"},
		{types.Of(types.BigInt), "-9223372036854775808", "-9223372036854775808"},
		{types.Of(types.Float), "0.1", "0.1"},
		{types.Of(types.Varbinary), "aGk=", "hi"},
		{types.Of(types.JSON), `"{""a"": [1]}"`, `{"a": [1]}`},
		{types.Of(types.JSON), "{a}", `column "v": "{a}" is not a JSON (byte 0)`},
		{types.Of(types.Date), "2026-02-28", "2026-02-28"},
		{typ(types.Time, 3), "10:20:30.9876", "10:20:30.987"},
		{types.Timestamp3, "2026-01-02 03:04:05.5", "2026-01-02 03:04:05.500"},
		{types.Timestamp3, "2026-01-02T03:04:05Z", "2026-01-02 03:04:05.000"},
		{types.TimestampLTZ3, "2026-01-02 03:04:05.5Z", "2026-01-02 03:04:05.500"},
		{types.RequiredBigInt, "x", `column "v": "x" is not a BIGINT (byte 0)`},
	}
	for _, test := range tests {
		schema := types.Schema{{Name: "v", Type: test.typ}}
		out := decoderOf(t, "csv", schema, schema).Decode([][]byte{[]byte(test.text)})
		if got := firstCell(out, test.typ); got != test.want {
			t.Errorf("%v from %s: got %s, want %s", test.typ, test.text, got, test.want)
		}
	}
}

func TestCSVReadsOnlyWantedColumns(t *testing.T) {
	wanted := types.Schema{{Name: "f", Type: types.String}, {Name: "b", Type: types.String}, {Name: "f", Type: types.String}}
	var record types.Schema
	for name := range strings.SplitSeq("abcdefgh", "") {
		record = append(record, types.Field{Name: name, Type: types.Of(types.Int)})
	}
	for text, want := range map[string]string{
		`-,B,-,-,-,F,-,-`:               "F | B | F",
		`"a,",B,"""",,-,"F","x""y,z",-`: `F | B | F`,
		`1,B,2,3,4,F,5,6,`:              "F | B | F",
		`1,B,2,3,4,F,5`:                 "bad: the row has 7 values, but the table has 8 columns",
		`1,B,2,3,4,F,"5,6`:              "bad: not CSV: no quote ends the value that begins at byte 12",
		"1,B,2,3,4,F,long enough for a few words,and \"quotes\" inside\n1,C,2,3,4,G,,\n": "F | B | F\nG | C | G",
	} {
		if got := decodeOne(decoderOf(t, "csv", record, wanted), text, wanted); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got := decodeOne(decoderOf(t, "csv", record, nil), "1,2,3,4,5,6,7,8\n1,2,3,4,5,6,7,8", nil); got != "\n" {
		t.Errorf("without columns: got %q, want two rows", got)
	}
}

func TestCSVRefusesOptionsThatMakeNoSense(t *testing.T) {
	for options, want := range map[string]string{
		"csv.quote-character=' csv.disable-quote-character=true":       `options "csv.quote-character" and "csv.disable-quote-character" exclude each other`,
		"csv.quote-character=,":                                        `options "csv.field-delimiter" and "csv.quote-character" are the same character`,
		`csv.escape-character="`:                                       `options "csv.quote-character" and "csv.escape-character" are the same character`,
		"csv.escape-character=,":                                       `options "csv.field-delimiter" and "csv.escape-character" are the same character`,
		"csv.ignore-parse-errors=true bad-records=fail":                `options "csv.ignore-parse-errors" = 'true' and "bad-records" = 'fail' exclude each other`,
		`csv.escape-character=" csv.disable-quote-character=true`:      "",
		"csv.field-delimiter=ab":                                       `option "csv.field-delimiter" of table "t": bad value "ab": not one character`,
		`csv.field-delimiter=\n`:                                       `option "csv.field-delimiter" of table "t": bad value "\\n": it ends a line`,
		"csv.field-delimiter=é":                                        `option "csv.field-delimiter" of table "t": bad value "é": not an ASCII character`,
		`csv.quote-character=\x`:                                       `option "csv.quote-character" of table "t": bad value "\\x": not one character`,
		"csv.disable-quote-character=true csv.field-delimiter=\\u0022": "",
	} {
		f := lookup(t, "csv")
		values, err := option.Parse(`table "t"`, given(csvOptions(options)...), f.Options, format.TableOptions)
		if err == nil {
			_, err = f.NewDecoder(format.Config{Options: values})
		}
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want || diag.KindOf(err) != diag.Option) {
			t.Errorf("%s: got error %v, want %s", options, err, want)
		}
	}
}

func TestCSVReadsAllItsOptions(t *testing.T) {
	values := optionsOf(t, "csv")
	config := format.Config{Options: values}
	if _, err := lookup(t, "csv").NewDecoder(config); err != nil {
		t.Fatal(err)
	}
	if _, err := lookup(t, "csv").NewEncoder(config); err != nil {
		t.Fatal(err)
	}
	for _, key := range values.Unread() {
		if strings.HasPrefix(key, "csv.") {
			t.Errorf("nothing reads the option %q", key)
		}
	}
}

func TestCSVLinesOfAFileHaveNoFirstLine(t *testing.T) {
	f := lookup(t, "csv")
	values := optionsOf(t, "csv", "csv.ignore-first-line", "true")
	if n := f.HeaderLines(values); n != 1 {
		t.Errorf("got %d header lines, want 1", n)
	}
	decoder, err := f.NewDecoder(format.Config{Schema: csvSchema, Record: csvSchema, Options: values, Lines: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := decodeOne(decoder, "1,x,2", csvSchema); got != "1 | x | 2.0" {
		t.Errorf("got %s", got)
	}
}

// textSchema has three columns of text.
var textSchema = types.Schema{{Name: "a", Type: types.String}, {Name: "b", Type: types.String}, {Name: "c", Type: types.String}}

// FuzzCSVDecode compares with encoding/csv whatever that package accepts.
func FuzzCSVDecode(f *testing.F) {
	for _, seed := range []string{
		"a,b,c", "1,\"x\"\"y\",\n", "a,b,c\r\nd,e,f\n\n", "\"a\nb\",,", "\"a\r\nb\",c,d\r", "a,\"b", "a,\"b\"c,d", "\xef\xbb\xbfa,b,c", "#a,b,c", "a,b,c,\n,,\n",
		"\"\",\"\",\"\"\n\"\",,", "a long value of more than eight,another one which is long,\"and, in quotes, one more\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		for _, wanted := range []types.Schema{textSchema, textSchema[1:2], nil} {
			out := decoderOf(t, "csv", textSchema, wanted, "csv.allow-trailing-comma", "false").Decode([][]byte{[]byte("x,y,z"), record, []byte("x,y,z")})
			checkRows(t, out, 3)
			want, ok := referenceCSV(record)
			if !ok {
				continue // encoding/csv is stricter
			}
			if len(out.Bad) > 0 || out.Rows != len(want)+2 {
				t.Fatalf("%q: got %d rows, bad records %v, want %d rows", record, out.Rows-2, out.Bad, len(want))
			}
			for i, row := range want {
				for column, field := range wanted {
					at := textSchema.Index(field.Name)
					if got := string(out.Columns[column].(*batch.Bytes).At(i + 1)); got != row[at] {
						t.Fatalf("%q: row %d has %q in column %s, want %q", record, i, got, field.Name, row[at])
					}
				}
			}
		}
	})
}

// referenceCSV reads a record with encoding/csv; ok: it has rows, all of three values, and no bytes
// that this package and ours see differently.
func referenceCSV(record []byte) (rows [][]string, ok bool) {
	if bytes.HasPrefix(record, []byte("\xef\xbb\xbf")) || bytes.Contains(record, []byte{'\r'}) {
		return nil, false
	}
	in := csv.NewReader(bytes.NewReader(record))
	in.FieldsPerRecord = 3
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, len(rows) > 0
		}
		if err != nil {
			return nil, false
		}
		for i := range row {
			row[i] = sanitize([]byte(row[i]))
		}
		rows = append(rows, row)
	}
}

// checkRows checks what holds for every result, whatever the records are.
func checkRows(t *testing.T, out format.Decoded, records int) {
	t.Helper()
	if out.Records == nil && out.Rows != records || out.Records != nil && len(out.Records) != out.Rows {
		t.Fatalf("%d rows of %d records, %d of them with an origin", out.Rows, records, len(out.Records))
	}
	for i, record := range out.Records {
		if record < 0 || int(record) >= records || i > 0 && record < out.Records[i-1] {
			t.Fatalf("row %d comes from record %d, the one before from %d, of %d", i, record, out.Records[max(0, i-1)], records)
		}
	}
	for _, column := range out.Columns {
		if column.Len() != out.Rows {
			t.Fatalf("a column has %d values for %d rows", column.Len(), out.Rows)
		}
	}
	for i, bad := range out.Bad {
		if bad.Record < 0 || bad.Record >= records || bad.Err == nil || i > 0 && bad.Record < out.Bad[i-1].Record {
			t.Fatalf("bad record %d is %+v", i, bad)
		}
	}
}
