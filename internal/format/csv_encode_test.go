package format_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

func TestCSVWritesEveryType(t *testing.T) {
	typ := func(kind types.Kind, precision int) types.Type { return types.Type{Kind: kind, Precision: precision} }
	const micros = 1_767_322_845_120_000 // 2026-01-02 03:00:45.12
	tests := []struct {
		typ     types.Type
		column  batch.Column
		options string
		want    string
	}{
		{types.Of(types.Boolean), fixedColumn(true), "", `true`},
		{types.Of(types.TinyInt), fixedColumn(int8(-128)), "", `-128`},
		{types.Of(types.SmallInt), fixedColumn(int16(1000)), "", `1000`},
		{types.Of(types.Int), fixedColumn(int32(-5)), "", `-5`},
		{types.Of(types.BigInt), fixedColumn(int64(math.MinInt64)), "", `-9223372036854775808`},
		{types.Of(types.Float), fixedColumn(float32(0.1)), "", `0.1`},
		{types.Of(types.Double), fixedColumn(1e21), "", `1.0E21`},
		{types.Of(types.Double), fixedColumn(math.Inf(-1)), "", `-Infinity`},
		{types.DecimalOf(10, 2), decimalColumn(t, "1.50"), "", `1.5`},
		{types.DecimalOf(10, 2), decimalColumn(t, "-120000.00"), "", `-1.2E+5`},
		{types.DecimalOf(10, 2), decimalColumn(t, "0.00"), "", `0`},
		{types.DecimalOf(10, 9), decimalColumn(t, "0.000000027"), "", `2.7E-8`},
		{types.DecimalOf(10, 9), decimalColumn(t, "0.000001000"), "", `0.000001`},
		{types.DecimalOf(10, 2), decimalColumn(t, "100000.00"), "csv.write-bigdecimal-in-scientific-notation=false", `100000`},
		{types.DecimalOf(10, 9), decimalColumn(t, "0.000000027"), "csv.write-bigdecimal-in-scientific-notation=false", `0.000000027`},
		{types.String, bytesColumn([]byte("plain")), "", `plain`},
		{types.String, bytesColumn(nil), "", `""`},
		{types.String, bytesColumn([]byte("a b")), "", `"a b"`},
		{types.String, bytesColumn([]byte("a,b")), "", `"a,b"`},
		{types.String, bytesColumn([]byte(`a"b`)), "", `"a""b"`},
		{types.String, bytesColumn([]byte("a\nb")), "", "\"a\nb\""},
		{types.String, bytesColumn([]byte("twenty-four-characters..")), "", `twenty-four-characters..`},
		{types.String, bytesColumn([]byte("twenty-five-characters...")), "", `"twenty-five-characters..."`},
		{types.String, bytesColumn([]byte("fünfundzwanzig")), "", `fünfundzwanzig`},
		{types.String, bytesColumn([]byte("a\xffb")), "", "\"a\ufffdb\""},
		{types.String, bytesColumn([]byte("a;b,c")), "csv.field-delimiter=;", `"a;b,c"`},
		{types.String, bytesColumn([]byte("it's")), "csv.quote-character='", `'it''s'`},
		{types.String, bytesColumn([]byte("a b")), "csv.disable-quote-character=true", `a b`},
		{types.String, bytesColumn([]byte("a,b\nc\\")), `csv.disable-quote-character=true csv.escape-character=\`, `a\,b\nc\\`},
		{types.String, bytesColumn([]byte(`a\b`)), `csv.escape-character=\`, `"a\\b"`},
		{types.Of(types.Varbinary), bytesColumn([]byte("hi")), "", `aGk=`},
		{types.Of(types.JSON), bytesColumn([]byte(`{"a":1}`)), "", `"{""a"":1}"`},
		{types.Of(types.Date), fixedColumn(int32(20455)), "", `2026-01-02`},
		{typ(types.Time, 3), fixedColumn(int64(10_020_500_000)), "", `02:47:00.5`},
		{typ(types.Timestamp, 3), fixedColumn(int64(micros)), "", `"2026-01-02 03:00:45.12"`},
		{typ(types.TimestampLTZ, 3), fixedColumn(int64(micros)), "", `"2026-01-02 03:00:45.12Z"`},
		{types.String, batch.NewBytes([]int32{0, 0}, nil, batch.NewBitmap(1)), "", `""`},
		{types.String, batch.NewBytes([]int32{0, 0}, nil, batch.NewBitmap(1)), "csv.null-literal=n/a", `n/a`},
	}
	for _, test := range tests {
		schema := types.Schema{{Name: "v", Type: test.typ}}
		got, err := encoderOf(t, "csv", schema, csvOptions(test.options)...).Append([]byte("kept "), batch.New(1, test.column), 0)
		if err != nil || string(got) != "kept "+test.want {
			t.Errorf("%v %s: got %s, error %v, want %s", test.typ, test.options, got, err, test.want)
		}
	}
}

func decimalColumn(tb testing.TB, text string) batch.Column {
	tb.Helper()
	_, scale, ok := types.DecimalDigits(text)
	v, fits := types.ParseDecimal(text, types.MaxDecimalPrecision, scale)
	if !ok || !fits {
		tb.Fatalf("%s is not a DECIMAL", text)
	}
	return fixedColumn(v)
}

func TestCSVRefusesTextsThatWouldBreakTheLine(t *testing.T) {
	for _, text := range []string{"a,b", "a\nb", "a\rb"} {
		encoder := encoderOf(t, "csv", textSchema[:1], "csv.disable-quote-character", "true")
		out, err := encoder.Append([]byte("kept"), batch.New(1, bytesColumn([]byte(text))), 0)
		if err == nil || !strings.Contains(err.Error(), `column "a": `+strconv.Quote(text)+" holds a delimiter or an end of line, and there are no quotes") ||
			diag.KindOf(err) != diag.BadData || string(out) != "kept" {
			t.Errorf("%q: got %q, error %v", text, out, err)
		}
	}
}

// FuzzCSVRoundTrip writes texts and reads them again, in every dialect.
func FuzzCSVRoundTrip(f *testing.F) {
	f.Add("plain", "a,b", `c"d\e`)
	f.Add("", "\r", "\n\r\n")
	f.Add(" leading", "'", "tab\tand; more than twenty-four characters")
	dialects := []string{
		"", "csv.field-delimiter=;", `csv.field-delimiter=\t csv.quote-character='`, `csv.escape-character=\`,
		`csv.disable-quote-character=true csv.escape-character=\`, "csv.null-literal=NULL",
	}
	f.Fuzz(func(t *testing.T, first, second, third string) {
		in := batch.New(1, bytesColumn([]byte(first)), bytesColumn([]byte(second)), bytesColumn([]byte(third)))
		for _, dialect := range dialects {
			options := csvOptions(dialect)
			line, err := encoderOf(t, "csv", textSchema, options...).Append(nil, in, 0)
			if err != nil {
				t.Fatal(err)
			}
			out := decoderOf(t, "csv", textSchema, textSchema, options...).Decode([][]byte{line})
			if len(out.Bad) > 0 || out.Rows != 1 {
				t.Fatalf("%s %q: %d rows, bad %v", dialect, line, out.Rows, out.Bad)
			}
			for i, text := range []string{first, second, third} {
				got := string(out.Columns[i].(*batch.Bytes).At(0))
				if isNull := !out.Columns[i].Valid().Get(0); isNull && text != "NULL" || !isNull && got != sanitize([]byte(text)) {
					t.Fatalf("%s %q: column %d is %q, want %q", dialect, line, i, got, text)
				}
			}
		}
	})
}
