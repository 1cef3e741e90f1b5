package types

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// AppendDecimal appends d, which has the given scale, with exactly that many digits after the point.
func AppendDecimal(dst []byte, d Decimal128, scale int) []byte {
	if d.High < 0 {
		dst = append(dst, '-')
	}
	var digits [MaxDecimalPrecision + 2]byte
	at := len(digits)
	m, n := d.magnitude(), 0
	for ; m != (magnitude{}) || n <= scale; n++ {
		if n == scale && scale > 0 {
			at--
			digits[at] = '.'
		}
		var digit uint64
		m, digit = m.divmod(10)
		at--
		digits[at] = byte('0' + digit)
	}
	return append(dst, digits[at:]...)
}

// ParseDecimal reads a number, with or without a point and an exponent, as a DECIMAL(precision, scale).
// What is finer than the scale is rounded half away from zero. It returns false for anything else and
// for numbers that do not fit.
func ParseDecimal[T string | []byte](text T, precision, scale int) (Decimal128, bool) {
	number, ok := scanNumber(text)
	if !ok {
		return Decimal128{}, false
	}
	d, ok := number.decimal(scale)
	return d, ok && d.Fits(precision)
}

// DecimalFromFloat returns the DECIMAL(precision, scale) next to the shortest decimal text of v; false
// for NaN, infinities and what does not fit.
func DecimalFromFloat(v float64, precision, scale int) (Decimal128, bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Decimal128{}, false
	}
	var text [32]byte
	return ParseDecimal(strconv.AppendFloat(text[:0], v, 'e', -1, 64), precision, scale)
}

// DecimalDigits returns the precision and scale of a number as it is written: 12.30 is DECIMAL(4, 2). It
// returns false for anything but digits with at most one point.
func DecimalDigits(text string) (precision, scale int, ok bool) {
	number, ok := scanNumber(text)
	if !ok || number.exponent > 0 || number.written {
		return 0, 0, false
	}
	return max(number.significant, -number.exponent, 1), -number.exponent, true
}

// scanned is a number as text: sign, digits, and the power of ten of the last digit.
type scanned struct {
	negative    bool
	value       magnitude // of the digits, while they are at most 38
	digits      []byte    // all significant digits, once they are more
	significant int       // how many digits there are from the first that is not 0
	exponent    int
	written     bool // an exponent is written
}

func scanNumber[T string | []byte](text T) (n scanned, ok bool) {
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		n.negative = text[i] == '-'
		i++
	}
	seen, point := 0, false
	for ; i < len(text); i++ {
		c := text[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		seen++
		n.add(c)
		if point {
			n.exponent--
		}
	}
	if seen == 0 {
		return n, false
	}
	if i == len(text) {
		return n, true
	}
	if text[i] != 'e' && text[i] != 'E' {
		return n, false
	}
	exponent, err := strconv.ParseInt(string(text[i+1:]), 10, 32)
	n.exponent += int(exponent)
	n.written = true
	return n, err == nil
}

// add appends a digit.
func (n *scanned) add(c byte) {
	if n.significant == 0 && c == '0' {
		return
	}
	n.significant++
	if n.significant <= MaxDecimalPrecision {
		high, low := bits.Mul64(n.value.low, 10)
		low, carry := bits.Add64(low, uint64(c-'0'), 0)
		n.value = magnitude{n.value.high*10 + high + carry, low}
		return
	}
	if n.digits == nil {
		n.digits = AppendDecimal(nil, n.value.decimal(), 0)
	}
	n.digits = append(n.digits, c)
}

// decimal returns the number with the scale; false if it has more than 38 digits then.
func (n *scanned) decimal(scale int) (Decimal128, bool) {
	shift := n.exponent + scale // digits to add; negative: to drop
	switch {
	case n.significant == 0:
		return Decimal128{}, true
	case n.significant+shift > MaxDecimalPrecision:
		return Decimal128{}, false
	case n.significant+shift < 0:
		return Decimal128{}, true
	}
	if n.digits != nil {
		v, _ := new(big.Int).SetString(string(n.digits), 10) // digits only
		return rounded(v, bigPower(max(0, -shift)), n.negative)
	}
	d, _ := n.value.signed(n.negative)
	return d.Rescale(max(0, -shift), max(0, shift))
}
