package batch

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/types"
)

func TestParseReadsWhatFormatWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for _, n := range sizes {
		b := randomBatch(r, n)
		b.Changes = nil
		text := Format(b, schema)
		parsed, err := Parse(text, schema)
		if err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
		if again := Format(parsed, schema); again != text {
			t.Fatalf("%d rows: got\n%s\nwant\n%s", n, again, text)
		}
	}
}

func TestParseRejectsWhatDoesNotFit(t *testing.T) {
	narrow := types.Schema{{Name: "a", Type: types.Of(types.TinyInt)}, {Name: "b", Type: types.Of(types.Date)}}
	for _, c := range []struct{ text, want string }{
		{"a | c\n1 | 2024-01-01", "does not name the columns"},
		{"a | b\n1", "has 1 cells, want 2"},
		{"a | b\n300 | 2024-01-01", "out of range"},
		{"a | b\n1 | 2024-02-30", "bad date"},
	} {
		if _, err := Parse(c.text, narrow); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q): %v, want %q", c.text, err, c.want)
		}
	}
	for _, c := range []struct {
		kind types.Kind
		cell string
	}{{types.Boolean, "maybe"}, {types.Double, "x"}, {types.Float, "x"}, {types.Timestamp, "today"}, {types.Time, "25:00"}, {types.BigInt, "1.5"}, {types.SmallInt, ""}} {
		if err := AppendParsed(NewBuilder(types.Of(c.kind)), c.cell, types.Of(c.kind)); err == nil {
			t.Errorf("%v takes %q", c.kind, c.cell)
		}
	}
}

// TestFloatsPrintAsJavaPrintsThem holds results of Double.toString and Float.toString of Java 19 and
// later.
func TestFloatsPrintAsJavaPrintsThem(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{
		{0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{1, "1.0"},
		{-2.5, "-2.5"},
		{100, "100.0"},
		{0.1, "0.1"},
		{123456.789, "123456.789"},
		{9999999, "9999999.0"},
		{1e7, "1.0E7"},
		{12345678.9, "1.23456789E7"},
		{-1e7, "-1.0E7"},
		{0.001, "0.001"},
		{0.00099, "9.9E-4"},
		{1e-4, "1.0E-4"},
		{1.5e-10, "1.5E-10"},
		{1e23, "1.0E23"},
		{2e23, "2.0E23"},
		{1.0 / 3, "0.3333333333333333"},
		{math.MaxFloat64, "1.7976931348623157E308"},
		{math.SmallestNonzeroFloat64, "4.9E-324"},
		{2 * math.SmallestNonzeroFloat64, "9.9E-324"},
		{2.2250738585072014e-308, "2.2250738585072014E-308"},
		{math.NaN(), "NaN"},
		{math.Inf(1), "Infinity"},
		{math.Inf(-1), "-Infinity"},
		{math.MaxInt64, "9.223372036854776E18"},
	} {
		if got := string(AppendFloat(nil, c.v, 64)); got != c.want {
			t.Errorf("DOUBLE %g prints as %s, want %s", c.v, got, c.want)
		}
	}
	for _, c := range []struct {
		v    float32
		want string
	}{
		{0.1, "0.1"},
		{0.001, "0.001"},
		{1e7, "1.0E7"},
		{9999999, "9999999.0"},
		{16777216, "1.6777216E7"},
		{3.4028235e38, "3.4028235E38"},
		{math.SmallestNonzeroFloat32, "1.4E-45"},
		{1.17549435e-38, "1.1754944E-38"},
		{float32(math.NaN()), "NaN"},
		{float32(math.Inf(-1)), "-Infinity"},
	} {
		if got := string(AppendFloat(nil, float64(c.v), 32)); got != c.want {
			t.Errorf("FLOAT %g prints as %s, want %s", c.v, got, c.want)
		}
	}
}

func TestPrintedFloatsReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for range 20000 {
		v := math.Float64frombits(r.Uint64())
		back, err := strconv.ParseFloat(string(AppendFloat(nil, v, 64)), 64)
		if err != nil || back != v && v == v {
			t.Fatalf("DOUBLE %g reads back as %g, %v", v, back, err)
		}
		f := math.Float32frombits(r.Uint32())
		narrow, err := strconv.ParseFloat(string(AppendFloat(nil, float64(f), 32)), 32)
		if err != nil || float32(narrow) != f && f == f {
			t.Fatalf("FLOAT %g reads back as %g, %v", f, narrow, err)
		}
	}
}

func TestTimesPrintInTheirZone(t *testing.T) {
	zone := time.FixedZone("east", 2*3600)
	column := NewFixed([]int64{-1}, nil)
	for _, c := range []struct {
		typ  types.Type
		want string
	}{
		{types.Timestamp3, "1969-12-31 23:59:59.999"},
		{types.TimestampLTZ3, "1970-01-01 01:59:59.999"},
		{types.Of(types.IntervalSecond), "-0 00:00:00.000"},
		{types.Of(types.BigInt), "-1"},
	} {
		if got := string(AppendText(nil, column, 0, c.typ, zone)); got != c.want {
			t.Errorf("%v prints as %q, want %q", c.typ, got, c.want)
		}
	}
	months := NewFixed([]int32{-14}, nil)
	if got := string(AppendText(nil, months, 0, types.Of(types.IntervalMonth), zone)); got != "-1-02" {
		t.Errorf("INTERVAL prints as %q, want -1-02", got)
	}
}
