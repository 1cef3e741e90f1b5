package format

import (
	"bytes"
	"strconv"

	"github.com/penstock-io/penstock/internal/types"
)

// appendDecimal appends a DECIMAL as Flink does: without zeros at the end, and then as Java prints it,
// 1E+5 for 100000 and 2.7E-8 for 0.000000027. Plain numbers have no exponent.
func appendDecimal(dst []byte, d types.Decimal128, scale int, plain bool) []byte {
	start := len(dst)
	dst = types.AppendDecimal(dst, d, scale)
	if scale > 0 {
		dst = bytes.TrimSuffix(bytes.TrimRight(dst, "0"), []byte{'.'})
	}
	number := dst[start:]
	if plain {
		return dst
	}
	negative := number[0] == '-'
	if negative {
		number = number[1:]
	}
	if string(number) == "0" {
		return dst
	}
	whole, fraction, _ := bytes.Cut(number, []byte{'.'})
	switch {
	case len(fraction) > 0 && string(whole) == "0":
		digits := bytes.TrimLeft(fraction, "0")
		if exponent := len(digits) - len(fraction) - 1; exponent < -6 {
			return appendScientific(dst[:start], negative, digits, exponent)
		}
	case len(fraction) == 0 && whole[len(whole)-1] == '0':
		return appendScientific(dst[:start], negative, bytes.TrimRight(whole, "0"), len(whole)-1)
	}
	return dst
}

// appendScientific appends d.dddE+n. digits may be in the memory behind dst.
func appendScientific(dst []byte, negative bool, digits []byte, exponent int) []byte {
	digits = bytes.Clone(digits)
	if negative {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'E')
	if exponent >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exponent), 10)
}
