package format_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

func TestJSONReadsAllItsOptions(t *testing.T) {
	f := lookupJSON(t)
	values := parseOptions(t)
	config := format.Config{Options: values, Zone: time.UTC}
	if _, err := f.NewDecoder(config); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewEncoder(config); err != nil {
		t.Fatal(err)
	}
	for _, key := range values.Unread() {
		if strings.HasPrefix(key, "json.") {
			t.Errorf("nothing reads the option %q", key)
		}
	}
}

func TestJSONFailOnMissingField(t *testing.T) {
	decoder := newDecoder(t, types.Schema{{Name: "v", Type: types.String}}, "json.fail-on-missing-field", "true")
	for record, want := range map[string]string{
		`{"w":1}`:    `field "v" is missing`,
		`{"v":null}`: "NULL",
		`{"v":"x"}`:  "x",
	} {
		if got := firstCell(decoder.Decode([][]byte{[]byte(record)}), types.String); got != want {
			t.Errorf("%s: got %s, want %s", record, got, want)
		}
	}
}

func TestJSONIgnoreParseErrors(t *testing.T) {
	schema := types.Schema{{Name: "v", Type: types.Of(types.Int)}, {Name: "s", Type: types.Of(types.Varbinary)}}
	decoder := newDecoder(t, schema, "json.ignore-parse-errors", "true")
	out := decoder.Decode([][]byte{[]byte(`{"v":"x","s":"?"}`), []byte(`{"v":`), []byte(`{"v":300,"s":"aGk="}`), []byte(`{"v":1e99}`)})
	got := batch.Format(batch.New(out.Rows, out.Columns...), schema)
	if want := "v | s\nNULL | NULL\n300 | hi\nNULL | NULL\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if len(out.Bad) != 1 || out.Bad[0].Record != 1 {
		t.Errorf("got bad records %v, want record 1", out.Bad)
	}
	required := newDecoder(t, types.Schema{{Name: "v", Type: types.RequiredBigInt}}, "json.ignore-parse-errors", "true")
	if got, want := firstCell(required.Decode([][]byte{[]byte(`{"v":"x"}`)}), types.RequiredBigInt), `field "v": "x" is not a BIGINT (byte 5)`; got != want {
		t.Errorf("NOT NULL column: got %s, want %s", got, want)
	}
}

func TestJSONTimestampStandard(t *testing.T) {
	const sql, iso, zulu, offset, sqlZulu, date = "2026-01-02 03:04:05.6", "2026-01-02T03:04:05.6", "2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.6+01:00", "2026-01-02 03:04:05.6Z", "2026-01-02"
	local := types.TimestampLTZ3
	tests := []struct {
		standard string
		typ      types.Type
		text     string
		want     string // empty: refused
	}{
		{"SQL", types.Timestamp3, sql, "2026-01-02 03:04:05.600"},
		{"SQL", types.Timestamp3, iso, ""},
		{"SQL", types.Timestamp3, sqlZulu, ""},
		{"SQL", types.Timestamp3, date, ""},
		{"sql", local, sqlZulu, "2026-01-02 03:04:05.600"},
		{"SQL", local, sql, "2026-01-02 02:04:05.600"}, // the clock in Berlin
		{"SQL", local, zulu, ""},
		{"ISO-8601", types.Timestamp3, iso, "2026-01-02 03:04:05.600"},
		{"ISO-8601", types.Timestamp3, zulu, "2026-01-02 03:04:05.600"},
		{"ISO-8601", types.Timestamp3, offset, "2026-01-02 02:04:05.600"},
		{"ISO-8601", types.Timestamp3, sql, ""},
		{"iso-8601", local, iso, "2026-01-02 02:04:05.600"},
		{"ISO-8601", local, zulu, "2026-01-02 03:04:05.600"},
		{"ISO-8601", local, offset, "2026-01-02 02:04:05.600"},
		{"", types.Timestamp3, date, "2026-01-02 00:00:00.000"},
		{"", types.Timestamp3, sqlZulu, "2026-01-02 03:04:05.600"},
		{"", local, iso, "2026-01-02 02:04:05.600"},
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		var options []string
		if test.standard != "" {
			options = []string{"json.timestamp-format.standard", test.standard}
		}
		config := format.Config{Schema: types.Schema{{Name: "v", Type: test.typ}}, Options: parseOptions(t, options...), Zone: berlin}
		decoder, err := lookupJSON(t).NewDecoder(config)
		if err != nil {
			t.Fatal(err)
		}
		want := test.want
		if want == "" {
			want = `field "v": "` + test.text + `" is not a ` + test.typ.String() + ` (byte 5)`
		}
		if got := firstCell(decoder.Decode([][]byte{[]byte(`{"v":"` + test.text + `"}`)}), test.typ); got != want {
			t.Errorf("standard %q, %v from %q: got %s, want %s", test.standard, test.typ, test.text, got, want)
		}
	}
}

func TestJSONRefusesOptionsThatExcludeEachOther(t *testing.T) {
	tests := []struct{ options, want string }{
		{"json.fail-on-missing-field=true json.ignore-parse-errors=true", `options "json.fail-on-missing-field" and "json.ignore-parse-errors" exclude each other`},
		{"json.ignore-parse-errors=true bad-records=FAIL", `options "json.ignore-parse-errors" = 'true' and "bad-records" = 'fail' exclude each other`},
		{"json.ignore-parse-errors=true bad-records=skip", ""},
		{"json.ignore-parse-errors=true", ""},
		{"bad-records=fail", ""},
	}
	for _, test := range tests {
		var given []option.Given
		for pair := range strings.FieldsSeq(test.options) {
			key, value, _ := strings.Cut(pair, "=")
			given = append(given, option.Given{Key: key, Value: value})
		}
		values, err := option.Parse(`table "t"`, given, lookupJSON(t).Options, format.TableOptions)
		if err != nil {
			t.Fatal(err)
		}
		_, err = lookupJSON(t).NewDecoder(format.Config{Options: values, Zone: time.UTC})
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: got error %v, want none", test.options, err)
		case test.want != "" && (err == nil || err.Error() != test.want || diag.KindOf(err) != diag.Option):
			t.Errorf("%s: got error %v, want %s", test.options, err, test.want)
		}
	}
}

func TestJSONRefusesTypesWithoutAForm(t *testing.T) {
	schema := types.Schema{{Name: "d", Type: types.Of(types.IntervalSecond)}}
	config := format.Config{Schema: schema, Options: parseOptions(t), Zone: time.UTC}
	if _, err := lookupJSON(t).NewDecoder(config); diag.KindOf(err) != diag.Unsupported || !strings.Contains(err.Error(), `cannot read column "d" of type INTERVAL DAY TO SECOND`) {
		t.Errorf("decoder: got error %v", err)
	}
	if _, err := lookupJSON(t).NewEncoder(config); diag.KindOf(err) != diag.Unsupported || !strings.Contains(err.Error(), `cannot write column "d" of type INTERVAL DAY TO SECOND`) {
		t.Errorf("encoder: got error %v", err)
	}
}
