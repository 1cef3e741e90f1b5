package format_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/bench/events"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

func newEncoder(tb testing.TB, schema types.Schema, options ...string) format.Encoder {
	tb.Helper()
	encoder, err := lookupJSON(tb).NewEncoder(format.Config{Schema: schema, Options: parseOptions(tb, options...), Zone: time.UTC})
	if err != nil {
		tb.Fatal(err)
	}
	return encoder
}

func TestJSONWritesEveryType(t *testing.T) {
	typ := func(kind types.Kind, precision int) types.Type { return types.Type{Kind: kind, Precision: precision} }
	const micros = 1_767_322_845_120_000 // 2026-01-02 03:00:45.12
	tests := []struct {
		typ    types.Type
		column batch.Column
		want   string
	}{
		{types.Of(types.Boolean), fixedColumn(true), `true`},
		{types.Of(types.TinyInt), fixedColumn(int8(-128)), `-128`},
		{types.Of(types.SmallInt), fixedColumn(int16(1000)), `1000`},
		{types.Of(types.Int), fixedColumn(int32(-5)), `-5`},
		{types.Of(types.BigInt), fixedColumn(int64(math.MinInt64)), `-9223372036854775808`},
		{types.Of(types.Float), fixedColumn(float32(0.1)), `0.1`},
		{types.Of(types.Double), fixedColumn(1.0), `1.0`},
		{types.Of(types.Double), fixedColumn(1e21), `1.0E21`},
		{types.Of(types.Double), fixedColumn(1.5e-7), `1.5E-7`},
		{types.Of(types.Double), fixedColumn(math.MaxFloat64), `1.7976931348623157E308`},
		{types.String, bytesColumn([]byte("a<b>&\u2028é\"\\\n\x01\x7f/")), "\"a<b>&\u2028é\\\"\\\\\\n\\u0001\x7f/\""},
		{types.String, bytesColumn([]byte("eight by\teight by\xff")), "\"eight by\\teight by\ufffd\""},
		{types.Of(types.Varbinary), bytesColumn([]byte("hi")), `"aGk="`},
		{types.Of(types.JSON), bytesColumn([]byte(` { "a" : [ 1 , " x " ] } `)), `{"a":[1," x "]}`},
		{types.Of(types.JSON), bytesColumn([]byte(`"text"`)), `"text"`},
		{types.Of(types.Date), fixedColumn(int32(20455)), `"2026-01-02"`},
		{typ(types.Time, 3), fixedColumn(int64(10_020_500_000)), `"02:47:00.5"`},
		{typ(types.Timestamp, 3), fixedColumn(int64(micros)), `"2026-01-02 03:00:45.12"`},
		{typ(types.Timestamp, 6), fixedColumn(int64(micros + 1)), `"2026-01-02 03:00:45.120001"`},
		{typ(types.Timestamp, 3), fixedColumn(int64(micros - 120_000)), `"2026-01-02 03:00:45"`},
		{typ(types.Timestamp, 0), fixedColumn(int64(micros)), `"2026-01-02 03:00:45"`},
		{typ(types.TimestampLTZ, 3), fixedColumn(int64(micros)), `"2026-01-02 03:00:45.12Z"`},
	}
	for _, test := range tests {
		encoder := newEncoder(t, types.Schema{{Name: "v", Type: test.typ}})
		got, err := encoder.Append(nil, batch.New(1, test.column), 0)
		if err != nil {
			t.Errorf("%v: %v", test.typ, err)
			continue
		}
		if want := `{"v":` + test.want + `}`; string(got) != want {
			t.Errorf("%v: got %s, want %s", test.typ, got, want)
		}
	}
}

func TestJSONWritesISOTimestampsWhenAsked(t *testing.T) {
	schema := types.Schema{{Name: "t", Type: types.Timestamp3}, {Name: "l", Type: types.TimestampLTZ3}}
	encoder := newEncoder(t, schema, "json.timestamp-format.standard", "ISO-8601")
	got, err := encoder.Append(nil, batch.New(1, fixedColumn(int64(1500)), fixedColumn(int64(0))), 0)
	if want := `{"t":"1970-01-01T00:00:00.001","l":"1970-01-01T00:00:00Z"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestJSONWritesNulls(t *testing.T) {
	schema := types.Schema{{Name: "a", Type: types.String}, {Name: "b", Type: types.Of(types.Int)}, {Name: "c", Type: types.String}}
	b, err := batch.Parse("a | b | c\nx | 1 | y\nNULL | 1 | NULL\nNULL | NULL | NULL", schema)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ ignore, want string }{
		{"false", `{"a":"x","b":1,"c":"y"} {"a":null,"b":1,"c":null} {"a":null,"b":null,"c":null}`},
		{"true", `{"a":"x","b":1,"c":"y"} {"b":1} {}`},
	}
	for _, test := range tests {
		encoder := newEncoder(t, schema, "json.encode.ignore-null-fields", test.ignore)
		var rows []string
		for row := range b.Rows() {
			record, err := encoder.Append(nil, b, row)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, string(record))
		}
		if got := strings.Join(rows, " "); got != test.want {
			t.Errorf("ignore-null-fields = %s: got %s, want %s", test.ignore, got, test.want)
		}
	}
}

func TestJSONRefusesValuesWithoutAForm(t *testing.T) {
	tests := []struct {
		typ    types.Type
		column batch.Column
		want   string
	}{
		{types.Of(types.Double), fixedColumn(math.NaN()), `column "v": JSON has no number for NaN`},
		{types.Of(types.Double), fixedColumn(math.Inf(-1)), `column "v": JSON has no number for -Infinity`},
		{types.Of(types.Float), fixedColumn(float32(math.Inf(1))), `column "v": JSON has no number for Infinity`},
		{types.Of(types.JSON), bytesColumn([]byte(`{"a":}`)), `column "v": {"a":} is not JSON`},
		{types.Of(types.JSON), bytesColumn([]byte(`1 2`)), `column "v": 12 is not JSON`},
		{types.Of(types.JSON), bytesColumn(nil), `column "v":  is not JSON`},
	}
	for _, test := range tests {
		encoder := newEncoder(t, types.Schema{{Name: "k", Type: types.Of(types.Int)}, {Name: "v", Type: test.typ}})
		got, err := encoder.Append([]byte("before"), batch.New(1, fixedColumn(int32(1)), test.column), 0)
		if err == nil || err.Error() != test.want || diag.KindOf(err) != diag.BadData {
			t.Errorf("got error %v, want %s", err, test.want)
		}
		if string(got) != "before" {
			t.Errorf("%s: dst became %q", test.want, got)
		}
	}
}

func TestJSONEncodingARowAllocatesNothing(t *testing.T) {
	b := newDecoder(t, events.Schema()).Decode(events.Events(64, 1))
	encoder := newEncoder(t, events.Schema())
	rows := batch.New(b.Rows, b.Columns...)
	dst := make([]byte, 0, 64<<10)
	allocs := testing.AllocsPerRun(10, func() {
		dst = dst[:0]
		for row := range rows.Rows() {
			dst, _ = encoder.Append(dst, rows, row)
		}
	})
	if allocs > 0 {
		t.Errorf("got %v allocations for 64 rows, want none", allocs)
	}
}

func TestJSONDecodingARecordAllocatesNothing(t *testing.T) {
	decoder := newDecoder(t, events.Schema())
	page := events.Events(1000, 1)
	allocs := testing.AllocsPerRun(10, func() { decoder.Decode(page) })
	if perColumn := 4.0; allocs > perColumn*float64(len(events.Schema())) {
		t.Errorf("got %v allocations for 1000 records of %d columns, want at most %v per column", allocs, len(events.Schema()), perColumn)
	}
}

func BenchmarkJSONEncode(b *testing.B) {
	decoded := newDecoder(b, events.Schema()).Decode(events.Events(pageRecords, 1))
	rows := batch.New(decoded.Rows, decoded.Columns...)
	encoder := newEncoder(b, events.Schema())
	var dst []byte
	before := mallocs()
	for b.Loop() {
		dst = dst[:0]
		for row := range rows.Rows() {
			var err error
			if dst, err = encoder.Append(dst, rows, row); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(len(dst)))
	}
	reportRecords(b, pageRecords, before)
}
