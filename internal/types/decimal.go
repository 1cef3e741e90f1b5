package types

import (
	"math/big"
	"math/bits"
	"strconv"
)

// MaxDecimalPrecision is the most digits that a DECIMAL has.
const MaxDecimalPrecision = 38

// Decimal128 is a value of a DECIMAL(p, s): the signed 128-bit integer that it is a multiple of 10^-s
// of, in Arrow's layout. The scale s belongs to the type. Its absolute value is below 10^38.
type Decimal128 struct {
	Low  uint64
	High int64
}

// magnitude is an absolute value.
type magnitude struct{ high, low uint64 }

var powersOf10 = func() (all [MaxDecimalPrecision + 1]magnitude) {
	all[0] = magnitude{low: 1}
	for i := 1; i < len(all); i++ {
		high, low := bits.Mul64(all[i-1].low, 10)
		all[i] = magnitude{all[i-1].high*10 + high, low}
	}
	return all
}()

// DecimalFromInt returns an integer as a decimal of scale 0.
func DecimalFromInt(v int64) Decimal128 { return Decimal128{uint64(v), v >> 63} }

// Sign is -1, 0 or 1.
func (d Decimal128) Sign() int {
	switch {
	case d.High < 0:
		return -1
	case d.High == 0 && d.Low == 0:
		return 0
	}
	return 1
}

// Negate returns -d.
func (d Decimal128) Negate() Decimal128 {
	low, borrow := bits.Sub64(0, d.Low, 0)
	return Decimal128{low, -d.High - int64(borrow)}
}

// Compare returns -1, 0 or 1 for two decimals of one scale.
func (d Decimal128) Compare(other Decimal128) int {
	switch {
	case d.High < other.High, d.High == other.High && d.Low < other.Low:
		return -1
	case d == other:
		return 0
	}
	return 1
}

func (d Decimal128) magnitude() magnitude {
	if d.High < 0 {
		d = d.Negate()
	}
	return magnitude{uint64(d.High), d.Low}
}

func (m magnitude) below(other magnitude) bool {
	return m.high < other.high || m.high == other.high && m.low < other.low
}

// signed returns m with a sign; false if it has more than 38 digits.
func (m magnitude) signed(negative bool) (Decimal128, bool) {
	d := Decimal128{m.low, int64(m.high)}
	if negative {
		d = d.Negate()
	}
	return d, m.below(powersOf10[MaxDecimalPrecision])
}

// Fits reports whether d has at most precision digits.
func (d Decimal128) Fits(precision int) bool { return d.magnitude().below(powersOf10[precision]) }

// Add returns d + other, both of one scale; false if the sum has more than 38 digits.
func (d Decimal128) Add(other Decimal128) (sum Decimal128, ok bool) {
	low, carry := bits.Add64(d.Low, other.Low, 0)
	sum = Decimal128{low, d.High + other.High + int64(carry)} // below 2*10^38: no wrap
	return sum, sum.Fits(MaxDecimalPrecision)
}

// Multiply returns the product without its last drop digits, rounded half away from zero; false if it
// has more than 38 digits. The scale is the sum of both less drop.
func (d Decimal128) Multiply(other Decimal128, drop int) (product Decimal128, ok bool) {
	a, b := d.magnitude(), other.magnitude()
	negative := (d.High < 0) != (other.High < 0)
	if a.high == 0 && b.high == 0 && drop < 20 {
		high, low := bits.Mul64(a.low, b.low)
		return magnitude{high, low}.divide(powersOf10[drop].low).signed(negative)
	}
	v := new(big.Int).Mul(a.big(), b.big())
	return rounded(v, powersOf10[drop].big(), negative)
}

// Divide returns d * 10^shift / other, rounded half away from zero; false if it has more than 38
// digits. other is not 0; the scale is that of d less that of other plus shift.
func (d Decimal128) Divide(other Decimal128, shift int) (quotient Decimal128, ok bool) {
	a, b := d.magnitude(), other.magnitude()
	negative := (d.High < 0) != (other.High < 0)
	if a.high == 0 && b.high == 0 && shift >= 0 && shift < 20 {
		high, low := bits.Mul64(a.low, powersOf10[shift].low)
		return magnitude{high, low}.divide(b.low).signed(negative)
	}
	numerator, denominator := a.big(), b.big()
	if shift >= 0 {
		numerator.Mul(numerator, bigPower(shift))
	} else {
		denominator.Mul(denominator, bigPower(-shift))
	}
	return rounded(numerator, denominator, negative)
}

// Remainder returns what is left of d when divided by other, both of one scale, with the sign of d.
// other is not 0.
func (d Decimal128) Remainder(other Decimal128) Decimal128 {
	a, b := d.magnitude(), other.magnitude()
	var rest magnitude
	if b.high == 0 {
		_, rest.low = bits.Div64(a.high%b.low, a.low, b.low)
	} else {
		rest = magnitudeOf(new(big.Int).Rem(a.big(), b.big()))
	}
	out, _ := rest.signed(d.High < 0)
	return out
}

// Rescale returns d, which has the scale from, with the scale to, rounded half away from zero; false if
// it has more than 38 digits.
func (d Decimal128) Rescale(from, to int) (Decimal128, bool) {
	switch {
	case from == to:
		return d, true
	case to > from:
		return d.Multiply(powersOf10[to-from].decimal(), 0)
	}
	return d.Multiply(DecimalFromInt(1), from-to)
}

// Truncate returns the whole part of d, which has the given scale, as a decimal of scale 0.
func (d Decimal128) Truncate(scale int) Decimal128 {
	m := d.magnitude()
	if scale < 20 {
		m, _ = m.divmod(powersOf10[scale].low)
	} else {
		m = magnitudeOf(new(big.Int).Quo(m.big(), powersOf10[scale].big()))
	}
	out, _ := m.signed(d.High < 0)
	return out
}

// Int64 returns an integral decimal of scale 0 as an integer; false if it needs more than 64 bits.
func (d Decimal128) Int64() (int64, bool) { return int64(d.Low), d.High == int64(d.Low)>>63 }

// Float64 returns the nearest DOUBLE to d, which has the given scale.
func (d Decimal128) Float64(scale int) float64 {
	if v, ok := d.Int64(); ok && scale <= 22 && v > -1<<53 && v < 1<<53 {
		return float64(v) / float64(pow10Float[scale]) // both exact, so rounded once
	}
	v, _ := strconv.ParseFloat(string(AppendDecimal(nil, d, scale)), 64) // always a number: written here
	return v
}

var pow10Float = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// divide returns m / by, rounded half up.
func (m magnitude) divide(by uint64) magnitude {
	quotient, rest := m.divmod(by)
	if rest >= by-rest {
		var carry uint64
		quotient.low, carry = bits.Add64(quotient.low, 1, 0)
		quotient.high += carry
	}
	return quotient
}

func (m magnitude) divmod(by uint64) (quotient magnitude, rest uint64) {
	if by == 1 {
		return m, 0
	}
	quotient.high = m.high / by
	quotient.low, rest = bits.Div64(m.high%by, m.low, by)
	return quotient, rest
}

func (m magnitude) decimal() Decimal128 { return Decimal128{m.low, int64(m.high)} }

func (m magnitude) big() *big.Int {
	v := new(big.Int).SetUint64(m.high)
	return v.Or(v.Lsh(v, 64), new(big.Int).SetUint64(m.low))
}

func bigPower(exponent int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
}

// rounded returns numerator / denominator, rounded half away from zero.
func rounded(numerator, denominator *big.Int, negative bool) (Decimal128, bool) {
	quotient, rest := new(big.Int).QuoRem(numerator, denominator, new(big.Int))
	if rest.Lsh(rest, 1).Cmp(denominator) >= 0 {
		quotient.Add(quotient, big.NewInt(1))
	}
	if quotient.BitLen() > 127 {
		return Decimal128{}, false
	}
	return magnitudeOf(quotient).signed(negative)
}

// magnitudeOf returns a number of at most 128 bits that is not negative.
func magnitudeOf(v *big.Int) magnitude {
	high := new(big.Int).Rsh(v, 64)
	return magnitude{high.Uint64(), new(big.Int).Sub(v, new(big.Int).Lsh(high, 64)).Uint64()}
}
