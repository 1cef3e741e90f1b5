package types

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// exact returns a decimal as a fraction.
func exact(d Decimal128, scale int) *big.Rat {
	v, _ := new(big.Rat).SetString(string(AppendDecimal(nil, d, scale)))
	return v
}

// nearest returns the fraction as a decimal of the scale, rounded half away from zero; false if it has
// more than 38 digits.
func nearest(v *big.Rat, scale int) (Decimal128, bool) {
	text := v.FloatString(scale) // rounds half away from zero
	return ParseDecimal(text, MaxDecimalPrecision, scale)
}

// randomDecimal has often few digits, often 38, and is often at a limit.
func randomDecimal(r *rand.Rand) Decimal128 {
	digits := r.IntN(MaxDecimalPrecision) + 1
	text := make([]byte, digits)
	for i := range text {
		text[i] = byte('0' + r.IntN(10))
		if r.IntN(4) == 0 {
			text[i] = "0599"[r.IntN(4)]
		}
	}
	d, ok := ParseDecimal(text, MaxDecimalPrecision, 0)
	if !ok {
		panic("too many digits")
	}
	if r.IntN(2) == 0 {
		d = d.Negate()
	}
	return d
}

// TestDecimalsAgreeWithFractions compares every operation with exact arithmetic.
func TestDecimalsAgreeWithFractions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	check := func(what string, got Decimal128, ok bool, want *big.Rat, scale int) {
		t.Helper()
		expected, fits := nearest(want, scale)
		if ok != fits || ok && got != expected {
			t.Fatalf("%s = %s, %v; want %s, %v", what, AppendDecimal(nil, got, scale), ok, AppendDecimal(nil, expected, scale), fits)
		}
	}
	for range 20000 {
		a, b := randomDecimal(r), randomDecimal(r)
		x, y := exact(a, 0), exact(b, 0)
		texts := string(AppendDecimal(nil, a, 0)) + " and " + string(AppendDecimal(nil, b, 0))
		sum, ok := a.Add(b)
		check("sum of "+texts, sum, ok, new(big.Rat).Add(x, y), 0)
		drop, shift := r.IntN(39), r.IntN(60)-20
		product, ok := a.Multiply(b, drop)
		check("product of "+texts, product, ok, new(big.Rat).Quo(new(big.Rat).Mul(x, y), power(drop)), 0)
		if b.Sign() != 0 {
			quotient, ok := a.Divide(b, shift)
			check("quotient of "+texts, quotient, ok, new(big.Rat).Mul(new(big.Rat).Quo(x, y), power(shift)), 0)
			rest := a.Remainder(b)
			want := new(big.Int).Rem(x.Num(), y.Num())
			check("remainder of "+texts, rest, true, new(big.Rat).SetInt(want), 0)
		}
		if got, want := a.Compare(b), x.Cmp(y); got != want {
			t.Fatalf("comparison of %s is %d, want %d", texts, got, want)
		}
		from, to := r.IntN(39), r.IntN(39)
		scaled, ok := a.Rescale(from, to)
		check("rescale of "+texts, scaled, ok, exact(a, from), to)
		whole := new(big.Int).Quo(exact(a, from).Num(), exact(a, from).Denom())
		check("whole part of "+texts, a.Truncate(from), true, new(big.Rat).SetInt(whole), 0)
		if float, _ := exact(a, from).Float64(); a.Float64(from) != float {
			t.Fatalf("%s is %v, want %v", AppendDecimal(nil, a, from), a.Float64(from), float)
		}
	}
}

func power(exponent int) *big.Rat {
	if exponent < 0 {
		return new(big.Rat).Inv(power(-exponent))
	}
	return new(big.Rat).SetInt(bigPower(exponent))
}

func TestDecimalTexts(t *testing.T) {
	for _, c := range []struct {
		text             string
		precision, scale int
		want             string // empty: not a DECIMAL of the type
	}{
		{"0", 1, 0, "0"},
		{"-0", 3, 2, "0.00"},
		{"+.5", 3, 2, "0.50"},
		{"5.", 3, 2, "5.00"},
		{"1.005", 3, 2, "1.01"},
		{"-1.005", 3, 2, "-1.01"},
		{"9.995", 3, 2, ""},
		{"1e2", 3, 0, "100"},
		{"125e-3", 3, 2, "0.13"},
		{"1E38", 38, 0, ""},
		{"1e999999999", 38, 0, ""},
		{"1e-999999999", 38, 2, "0.00"},
		{"0.000000000000000000000000000000000000000000049", 38, 38, "0.00000000000000000000000000000000000000"},
		{"1234567890123456789012345678901234567.85", 38, 1, "1234567890123456789012345678901234567.9"},
		{"99999999999999999999999999999999999999.4", 38, 0, "99999999999999999999999999999999999999"},
		{"99999999999999999999999999999999999999.5", 38, 0, ""},
		{"00000000000000000000000000000000000000000000000000001", 1, 0, "1"},
		{"", 3, 0, ""},
		{".", 3, 0, ""},
		{"-", 3, 0, ""},
		{"1.2.3", 3, 0, ""},
		{"1x", 3, 0, ""},
		{"1e", 3, 0, ""},
		{"0x1", 3, 0, ""},
		{"1_0", 3, 0, ""},
		{"NaN", 3, 0, ""},
		{" 1", 3, 0, ""},
	} {
		got, ok := ParseDecimal(c.text, c.precision, c.scale)
		if text := string(AppendDecimal(nil, got, c.scale)); ok != (c.want != "") || ok && text != c.want {
			t.Errorf("%q as DECIMAL(%d, %d) is %s, %v; want %q", c.text, c.precision, c.scale, text, ok, c.want)
		}
	}
}

func TestDecimalFromFloat(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e38} {
		if d, ok := DecimalFromFloat(v, 38, 0); ok {
			t.Errorf("%v is the decimal %s", v, AppendDecimal(nil, d, 0))
		}
	}
	if d, ok := DecimalFromFloat(0.1, 20, 18); !ok || string(AppendDecimal(nil, d, 18)) != "0.100000000000000000" {
		t.Errorf("0.1 is %s, %v", AppendDecimal(nil, d, 18), ok)
	}
}

func TestDecimalDigits(t *testing.T) {
	for _, c := range []struct {
		text             string
		precision, scale int
		ok               bool
	}{
		{"12.30", 4, 2, true}, {"0.05", 2, 2, true}, {"0.0", 1, 1, true}, {"007", 1, 0, true}, {"1e3", 0, 0, false}, {"x", 0, 0, false},
	} {
		if precision, scale, ok := DecimalDigits(c.text); precision != c.precision || scale != c.scale || ok != c.ok {
			t.Errorf("%s is DECIMAL(%d, %d), %v; want (%d, %d), %v", c.text, precision, scale, ok, c.precision, c.scale, c.ok)
		}
	}
}

// TestDecimalResultTypes has the examples of the rules: what is over 38 digits is taken from the scale.
func TestDecimalResultTypes(t *testing.T) {
	d := DecimalOf
	for _, c := range []struct {
		name      string
		got, want Type
	}{
		{"sum", DecimalSum(d(10, 2), d(5, 4)), d(13, 4)},
		{"sum, limited", DecimalSum(d(38, 10), d(38, 0)), d(38, 6)},
		{"product", DecimalProduct(d(10, 2), d(5, 4)), d(16, 6)},
		{"product, limited", DecimalProduct(d(38, 10), d(38, 10)), d(38, 6)},
		{"quotient", DecimalQuotient(d(10, 2), d(5, 4)), d(20, 8)},
		{"quotient, limited", DecimalQuotient(d(38, 18), d(38, 18)), d(38, 6)},
		{"remainder", DecimalRemainder(d(10, 2), d(5, 4)), d(5, 4)},
		{"total", DecimalTotal(d(10, 2)), d(38, 2)},
		{"mean", DecimalMean(d(10, 2)), d(38, 6)},
	} {
		if !Equal(c.got, c.want) {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, text := range []string{"0", "-12.345", "1e10", ".5", "99999999999999999999999999999999999999"} {
		f.Add(text, 38, 10)
	}
	f.Fuzz(func(t *testing.T, text string, precision, scale int) {
		if precision < 1 || precision > MaxDecimalPrecision || scale < 0 || scale > precision {
			return
		}
		got, ok := ParseDecimal(text, precision, scale)
		if len(text) > 60 || strings.ContainsAny(text, "/_xXbBoOpPiInN") || exponentOf(text) > 100 {
			return
		}
		exact, isNumber := new(big.Rat).SetString(text)
		if !isNumber {
			if ok {
				t.Fatalf("%q reads as %s", text, AppendDecimal(nil, got, scale))
			}
			return
		}
		want, fits := nearest(exact, scale)
		if fits = fits && want.Fits(precision); ok != fits || ok && got != want {
			t.Fatalf("%q is %s, %v; want %s, %v", text, AppendDecimal(nil, got, scale), ok, AppendDecimal(nil, want, scale), fits)
		}
	})
}

// exponentOf is how long an exponent is, so that big.Rat is not asked for millions of digits.
func exponentOf(text string) int {
	_, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if len(exponent) > 3 {
		return 1000
	}
	return 0
}
