package format_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

func TestJSONConvertsToTheTypeOfTheColumn(t *testing.T) {
	typ := func(kind types.Kind, precision int) types.Type { return types.Type{Kind: kind, Precision: precision} }
	tests := []struct {
		typ  types.Type
		json string
		want string // the text of the value, or the error
	}{
		{types.Of(types.Boolean), `true`, "true"},
		{types.Of(types.Boolean), `false`, "false"},
		{types.Of(types.Boolean), `" TRUE "`, "true"},
		{types.Of(types.Boolean), `"yes"`, "false"},
		{types.Of(types.Boolean), `1`, `field "v": 1 is not a BOOLEAN (byte 5)`},
		{types.Of(types.TinyInt), `-128`, "-128"},
		{types.Of(types.TinyInt), `128`, `field "v": 128 is out of range for TINYINT (byte 5)`},
		{types.Of(types.SmallInt), `32767`, "32767"},
		{types.Of(types.SmallInt), `-32769`, `field "v": -32769 is out of range for SMALLINT (byte 5)`},
		{types.Of(types.Int), `2147483647`, "2147483647"},
		{types.Of(types.Int), `2147483648`, `field "v": 2147483648 is out of range for INT (byte 5)`},
		{types.Of(types.Int), `"12"`, "12"},
		{types.Of(types.Int), `" -12 "`, "-12"},
		{types.Of(types.Int), `"+7"`, "7"},
		{types.Of(types.Int), `"\u0031"`, "1"},
		{types.Of(types.Int), `"1.9"`, `field "v": "1.9" is not an INT (byte 5)`},
		{types.Of(types.Int), `""`, `field "v": "" is not an INT (byte 5)`},
		{types.Of(types.Int), `"-"`, `field "v": "-" is not an INT (byte 5)`},
		{types.Of(types.Int), `1.9`, "1"},
		{types.Of(types.Int), `-1.9`, "-1"},
		{types.Of(types.Int), `-0.9`, "0"},
		{types.Of(types.Int), `1.5e2`, "150"},
		{types.Of(types.Int), `1e10`, `field "v": 1e10 is out of range for INT (byte 5)`},
		{types.Of(types.Int), `true`, `field "v": true is not an INT (byte 5)`},
		{types.Of(types.Int), `[1]`, `field "v": [1] is not an INT (byte 5)`},
		{types.Of(types.BigInt), `9223372036854775807`, "9223372036854775807"},
		{types.Of(types.BigInt), `-9223372036854775808`, "-9223372036854775808"},
		{types.Of(types.BigInt), `9223372036854775808`, `field "v": 9223372036854775808 is out of range for BIGINT (byte 5)`},
		{types.Of(types.BigInt), `"000000000000000000000001"`, "1"},
		{types.Of(types.BigInt), `9007199254740993.5`, "9007199254740993"},
		{types.Of(types.BigInt), `1e400`, `field "v": 1e400 is out of range for BIGINT (byte 5)`},
		{types.Of(types.Float), `0.1`, "0.1"},
		{types.Of(types.Float), `16777217`, "1.6777216E7"},
		{types.Of(types.Float), `1e39`, `field "v": 1e39 is out of range for FLOAT (byte 5)`},
		{types.Of(types.Float), `"2.5"`, "2.5"},
		{types.Of(types.Double), `123.45`, "123.45"},
		{types.Of(types.Double), `-0`, "-0.0"},
		{types.Of(types.Double), `1e-3`, "0.001"},
		{types.Of(types.Double), `12345678901234567890.5`, "1.2345678901234567E19"},
		{types.Of(types.Double), `" 1.5 "`, "1.5"},
		{types.Of(types.Double), `"NaN"`, "NaN"},
		{types.Of(types.Double), `"-Infinity"`, "-Infinity"},
		{types.Of(types.Double), `"abc"`, `field "v": "abc" is not a DOUBLE (byte 5)`},
		{types.Of(types.Double), `"0x10"`, `field "v": "0x10" is not a DOUBLE (byte 5)`},
		{types.Of(types.Double), `"1_0"`, `field "v": "1_0" is not a DOUBLE (byte 5)`},
		{types.Of(types.Double), `1e999`, `field "v": 1e999 is out of range for DOUBLE (byte 5)`},
		{types.Of(types.Double), `"1e999"`, `field "v": "1e999" is out of range for DOUBLE (byte 5)`},
		{types.String, `"plain"`, "plain"},
		{types.String, `""`, ""},
		{types.String, `"a\"b\\c\/d\b\f\n\r\t"`, "a\"b\\c/d\b\f\n\r\t"},
		{types.String, `"\u00e9 \u4E1c \ud83d\ude00"`, "é 东 😀"},
		{types.String, `"\ud83d x"`, "\ufffd x"},
		{types.String, `"\ud83d\u0041"`, "\ufffdA"},
		{types.String, `"\ude00\ud83d"`, "\ufffd\ufffd"},
		{types.String, "\"a\xffb\"", "a\ufffdb"},
		{types.String, "\"\xe2\x82\"", "\ufffd\ufffd"},
		{types.String, `1.50`, "1.50"},
		{types.String, `true`, "true"},
		{types.String, "{ \"a\" : [1, \"x y\"] }", `{"a":[1,"x y"]}`},
		{typ(types.Varchar, 3), `"longer"`, "longer"},
		{typ(types.Char, 2), `"é"`, "é"},
		{types.Of(types.Varbinary), `"aGk="`, "hi"},
		{types.Of(types.Varbinary), `"aGk"`, `field "v": "aGk" is not a BYTES (byte 5)`},
		{types.Of(types.Varbinary), `1`, `field "v": 1 is not a BYTES (byte 5)`},
		{types.Of(types.JSON), `{ "a" : 1 }`, `{ "a" : 1 }`},
		{types.Of(types.JSON), `"a\n"`, `"a\n"`},
		{types.Of(types.JSON), `1.50`, "1.50"},
		{types.Of(types.Date), `"2026-02-28"`, "2026-02-28"},
		{types.Of(types.Date), `"2026-02-29"`, `field "v": "2026-02-29" is not a DATE (byte 5)`},
		{types.Of(types.Date), `20260228`, `field "v": 20260228 is not a DATE (byte 5)`},
		{typ(types.Time, 0), `"10:20:30.987"`, "10:20:30"},
		{typ(types.Time, 3), `"10:20:30.9876"`, "10:20:30.987"},
		{typ(types.Time, 3), `"25:00:00"`, `field "v": "25:00:00" is not a TIME(3) (byte 5)`},
		{typ(types.Timestamp, 3), `"2026-01-02 03:04:05"`, "2026-01-02 03:04:05.000"},
		{typ(types.Timestamp, 3), `"2026-01-02T03:04:05.1239"`, "2026-01-02 03:04:05.123"},
		{typ(types.Timestamp, 6), `"2026-01-02T03:04:05.123456789Z"`, "2026-01-02 03:04:05.123456"},
		{typ(types.Timestamp, 0), `"1969-12-31 23:59:59.5"`, "1969-12-31 23:59:59"},
		{typ(types.Timestamp, 3), `"2026-01-02T03:04:05+01:00"`, "2026-01-02 02:04:05.000"},
		{typ(types.Timestamp, 3), `"2026-01-02T03:04:05.5-0130"`, "2026-01-02 04:34:05.500"},
		{typ(types.Timestamp, 3), `"2026-01-02T24:00:00"`, `field "v": "2026-01-02T24:00:00" is not a TIMESTAMP(3) (byte 5)`},
		{typ(types.Timestamp, 3), `"\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000T10:00:00"`, `field "v": "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000T10... is not a TIMESTAMP(3) (byte 5)`},
		{typ(types.Timestamp, 3), `1767322800`, `field "v": 1767322800 is not a TIMESTAMP(3) (byte 5)`},
		{typ(types.TimestampLTZ, 3), `"2026-01-02T03:04:05Z"`, "2026-01-02 03:04:05.000"},
		{typ(types.TimestampLTZ, 3), `"2026-01-02 03:04:05"`, "2026-01-02 03:04:05.000"},
	}
	for _, test := range tests {
		t.Run(test.typ.String()+" from "+test.json, func(t *testing.T) {
			decoder := newDecoder(t, types.Schema{{Name: "v", Type: test.typ}})
			out := decoder.Decode([][]byte{[]byte(`{"v":` + test.json + `}`)})
			if got := firstCell(out, test.typ); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// firstCell is the text of the first value of the first column, or of the first error.
func firstCell(out format.Decoded, t types.Type) string {
	switch {
	case len(out.Bad) > 0:
		return out.Bad[0].Err.Error()
	case !out.Columns[0].Valid().Get(0):
		return "NULL"
	}
	return string(batch.AppendText(nil, out.Columns[0], 0, t, time.UTC))
}

func TestJSONNullAndMissingFieldsAreNull(t *testing.T) {
	for _, typ := range []types.Type{types.Of(types.Boolean), types.Of(types.BigInt), types.String, types.Timestamp3, types.Of(types.JSON)} {
		decoder := newDecoder(t, types.Schema{{Name: "v", Type: typ}})
		for _, record := range []string{`{"v":null}`, `{}`, `{"V":1}`, `{"v":1,"v":null}`} {
			if got := firstCell(decoder.Decode([][]byte{[]byte(record)}), typ); got != "NULL" {
				t.Errorf("%s from %s: got %s, want NULL", typ, record, got)
			}
		}
	}
}

func TestJSONRefusesNullInRequiredColumn(t *testing.T) {
	decoder := newDecoder(t, types.Schema{{Name: "v", Type: types.RequiredBigInt}})
	for record, want := range map[string]string{
		`{}`:                `field "v" is missing, and its column is NOT NULL`,
		`{ "v" : null }`:    `field "v" is null, and its column is NOT NULL (byte 8)`,
		`{"v":1,"v": null}`: `field "v" is null, and its column is NOT NULL (byte 12)`,
	} {
		if got := firstCell(decoder.Decode([][]byte{[]byte(record)}), types.RequiredBigInt); got != want {
			t.Errorf("%s: got %s, want %s", record, got, want)
		}
	}
}

func TestJSONRefusesWhatIsNotOneObject(t *testing.T) {
	deep := func(levels int) string {
		return `{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
	}
	tests := []struct{ record, want string }{
		{"", "the record is empty"},
		{" \n", "not JSON: unexpected end at byte 2"},
		{`[1]`, `not a JSON object: unexpected '1' at byte 1`},
		{`[{},]`, `not JSON: unexpected ']' at byte 4`},
		{`[{}`, "not JSON: unexpected end at byte 3"},
		{`[`, "not JSON: unexpected end at byte 1"},
		{`[{}]]`, `not JSON: unexpected ']' at byte 4`},
		{`[{}{}]`, `not JSON: unexpected '{' at byte 3`},
		{` "a"`, `not a JSON object: unexpected '"' at byte 1`},
		{"\xef\xbb\xbf{}", `not a JSON object: unexpected 0xef at byte 0`},
		{`{`, "not JSON: unexpected end at byte 1"},
		{`{"a":1,}`, `not JSON: unexpected '}' at byte 7`},
		{`{,"a":1}`, `not JSON: unexpected ',' at byte 1`},
		{`{"a":1}}`, `not JSON: unexpected '}' at byte 7`},
		{`{"a":1}{"a":2`, `not JSON: unexpected end at byte 13`},
		{`{"a":1},{"a":2}`, `not JSON: unexpected ',' at byte 7`},
		{`{"a" 1}`, `not JSON: unexpected '1' at byte 5`},
		{`{"a":01}`, `not JSON: unexpected '1' at byte 6`},
		{`{"a":1.}`, `not JSON: unexpected '}' at byte 7`},
		{`{"a":-}`, `not JSON: unexpected '}' at byte 6`},
		{`{"a":1e}`, `not JSON: unexpected '}' at byte 7`},
		{`{"a":+1}`, `not JSON: unexpected '+' at byte 5`},
		{`{"a":tru}`, `not JSON: unexpected '}' at byte 8`},
		{`{"a":nul`, "not JSON: unexpected end at byte 8"},
		{`{"a":"x`, "not JSON: unexpected end at byte 7"},
		{`{"a":"x\`, "not JSON: unexpected end at byte 8"},
		{`{"a":"\x"}`, `not JSON: unexpected 'x' at byte 7`},
		{`{"a":"\u12g4"}`, `not JSON: unexpected 'g' at byte 10`},
		{"{\"a\":\"x\ny\"}", `not JSON: unexpected '\n' at byte 7`},
		{"{\"a\":\x00}", `not JSON: unexpected '\x00' at byte 5`},
		{`{"a":[1,]}`, `not JSON: unexpected ']' at byte 8`},
		{`{"a":[,1]}`, `not JSON: unexpected ',' at byte 6`},
		{`{"a":{"b":1]}`, `not JSON: unexpected ']' at byte 11`},
		{`{"a":[1}`, `not JSON: unexpected '}' at byte 7`},
		{`{"a":{"b"}}`, `not JSON: unexpected '}' at byte 9`},
		{`{"a":{1:2}}`, `not JSON: unexpected '1' at byte 6`},
		{deep(512), ""},
		{deep(513), "not JSON: nested deeper than 512 levels at byte 516"},
	}
	for _, schema := range []types.Schema{nil, {{Name: "a", Type: types.String}}, {{Name: "b", Type: types.String}}} {
		decoder := newDecoder(t, schema)
		for _, test := range tests {
			out := decoder.Decode([][]byte{[]byte(test.record)})
			got := ""
			if len(out.Bad) > 0 {
				got = out.Bad[0].Err.Error()
				if diag.KindOf(out.Bad[0].Err) != diag.BadData {
					t.Errorf("%.40q: got kind %v, want bad-data", test.record, diag.KindOf(out.Bad[0].Err))
				}
			}
			if got != test.want {
				t.Errorf("columns %v, %.40q: got %q, want %q", schema.Names(), test.record, got, test.want)
			}
		}
	}
}

func TestJSONLastOfEqualKeysWins(t *testing.T) {
	decoder := newDecoder(t, types.Schema{{Name: "a", Type: types.String}, {Name: "b", Type: types.String}})
	for record, want := range map[string]string{
		`{"a":1,"a":2,"b":3}`:          "2 | 3",
		`{"a":1,"\u0061":2}`:           "2 | NULL",
		`{"b":1,"a":1,"a":null,"b":2}`: "NULL | 2",
		`{"a" : 1 , "b" : 2 }`:         "1 | 2",
	} {
		out := decoder.Decode([][]byte{[]byte(record)})
		schema := types.Schema{{Name: "a", Type: types.String}, {Name: "b", Type: types.String}}
		if got := batch.FormatRow(batch.New(out.Rows, out.Columns...), schema, 0); got != want {
			t.Errorf("%s: got %s, want %s", record, got, want)
		}
	}
}

func TestJSONMatchesAnyColumnName(t *testing.T) {
	names := []string{"", "a", `quo"te`, `back\slash`, "tab\t", "nul\x00", "é", "\ufffd", "exactly13char", "fourteen_chars", "a_name_that_is_much_longer_than_sixteen_bytes", "a_name_that_is_much_longer_than_sixteen_byteZ"}
	var schema types.Schema
	for _, name := range names {
		schema = append(schema, types.Field{Name: name, Type: types.Of(types.Int)})
	}
	decoder := newDecoder(t, schema)
	encoder, err := lookupJSON(t).NewEncoder(format.Config{Schema: schema, Options: parseOptions(t), Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	columns := make([]batch.Column, len(schema))
	var want []string
	for i := range columns {
		columns[i] = batch.NewFixed([]int32{int32(i)}, nil)
		want = append(want, fmt.Sprint(i))
	}
	record, err := encoder.Append(nil, batch.New(1, columns...), 0)
	if err != nil {
		t.Fatal(err)
	}
	escaped := []byte(strings.Replace(string(record), `"a":`, `"\u0061":`, 1))
	for _, page := range [][][]byte{{record, record}, {escaped, record, escaped}} {
		out := decoder.Decode(page)
		for row := range page {
			if got := batch.FormatRow(batch.New(out.Rows, out.Columns...), schema, row); got != strings.Join(want, " | ") {
				t.Errorf("row %d: got %s from %s", row, got, page[row])
			}
		}
	}
}

func TestJSONBadRecordsLeaveTheOthers(t *testing.T) {
	decoder := newDecoder(t, types.Schema{{Name: "id", Type: types.RequiredBigInt}, {Name: "v", Type: types.Of(types.Double)}})
	var page [][]byte
	var want []string
	for i := range 3000 { // several chunks
		switch {
		case i%7 == 3:
			page = append(page, []byte(`{"id":1`))
		case i%7 == 5:
			page = append(page, fmt.Appendf(nil, `{"id":%d,"v":"x"}`, i))
		case i%11 == 4:
			page = append(page, []byte(`{"v":1}`))
		default:
			page = append(page, fmt.Appendf(nil, `{"id":%d,"v":%d.5,"filler":"%s"}`, i, i, strings.Repeat("x", i%100)))
			want = append(want, fmt.Sprintf("%d %d %d.5", i, i, i))
		}
	}
	for range 2 { // a decoder keeps buffers, but no values
		out := decoder.Decode(page)
		if out.Rows != len(want) || len(out.Records) != len(want) || len(out.Bad) != len(page)-len(want) {
			t.Fatalf("got %d rows of %d records and %d bad ones, want %d, %d, %d", out.Rows, len(out.Records), len(out.Bad), len(want), len(want), len(page)-len(want))
		}
		ids, values := batch.Values[int64](out.Columns[0]), batch.Values[float64](out.Columns[1])
		for row, record := range out.Records {
			if got := fmt.Sprintf("%d %d %.1f", record, ids[row], values[row]); got != want[row] {
				t.Fatalf("row %d: got record, id, value %s, want %s", row, got, want[row])
			}
		}
		for i := 1; i < len(out.Bad); i++ {
			if out.Bad[i].Record <= out.Bad[i-1].Record {
				t.Fatalf("bad records are not in order: %d after %d", out.Bad[i].Record, out.Bad[i-1].Record)
			}
		}
	}
}

func TestJSONDecodesPagesOfAnySize(t *testing.T) {
	decoder := newDecoder(t, types.Schema{{Name: "v", Type: types.String}})
	big := strings.Repeat("x", 1<<20)
	for _, values := range [][]string{nil, {"a"}, {big}, {"a", big, "b", big}} {
		var page [][]byte
		for _, v := range values {
			page = append(page, []byte(`{"v":"`+v+`"}`))
		}
		out := decoder.Decode(page)
		if out.Rows != len(values) || out.Columns[0].Len() != len(values) || out.Records != nil || out.Bad != nil {
			t.Fatalf("%d records: got %d rows, %d values, records %v, bad %v", len(values), out.Rows, out.Columns[0].Len(), out.Records, out.Bad)
		}
		for i, v := range values {
			if got := string(out.Columns[0].(*batch.Bytes).At(i)); got != v {
				t.Errorf("record %d: got %.20q (%d bytes), want %.20q (%d bytes)", i, got, len(got), v, len(v))
			}
		}
	}
}

func TestJSONResultDoesNotAliasTheRecords(t *testing.T) {
	decoder := newDecoder(t, types.Schema{{Name: "v", Type: types.String}})
	record := []byte(`{"v":"before"}`)
	out := decoder.Decode([][]byte{record})
	clear(record)
	decoder.Decode([][]byte{[]byte(`{"v":"after!"}`)})
	if got := string(out.Columns[0].(*batch.Bytes).At(0)); got != "before" {
		t.Errorf("got %q after the buffers were used again, want %q", got, "before")
	}
}

func TestJSONReplacesInvalidUTF8ThatMeetsAtTheEdgeOfValues(t *testing.T) {
	decoder := newDecoder(t, types.Schema{{Name: "v", Type: types.String}})
	out := decoder.Decode([][]byte{[]byte("{\"v\":\"a\xc3\"}"), []byte("{\"v\":\"\xa9b\"}"), []byte(`{"v":"é"}`)})
	for row, want := range []string{"a\ufffd", "\ufffdb", "é"} {
		if got := string(out.Columns[0].(*batch.Bytes).At(row)); got != want {
			t.Errorf("row %d: got %q, want %q", row, got, want)
		}
	}
}
