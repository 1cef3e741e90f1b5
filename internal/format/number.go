package format

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// fault is why a value does not become one of its column's type.
type fault uint8

const (
	faultNone  fault = iota
	faultType        // it is not one
	faultRange       // it is one, but too large
	faultNull        // it stands for NULL
)

// parseInt reads an optional sign and digits.
func parseInt(b []byte) (int64, fault) {
	rest := b
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		rest = b[1:]
	}
	if len(rest) == 0 {
		return 0, faultType
	}
	if len(rest) > 18 { // may not fit
		v, err := strconv.ParseInt(string(b), 10, 64)
		switch {
		case err == nil:
			return v, faultNone
		case len(bytes.Trim(rest, "0123456789")) == 0:
			return 0, faultRange
		}
		return 0, faultType
	}
	v := int64(0)
	for _, c := range rest {
		if !isDigit(c) {
			return 0, faultType
		}
		v = v*10 + int64(c-'0')
	}
	if b[0] == '-' {
		v = -v
	}
	return v, faultNone
}

// truncateNumber reads a JSON number with a fraction or an exponent as an integer, cutting off what
// is behind the point, as Flink does.
func truncateNumber(b []byte) (int64, fault) {
	if bytes.IndexByte(b, 'e') < 0 && bytes.IndexByte(b, 'E') < 0 {
		return parseInt(b[:bytes.IndexByte(b, '.')])
	}
	v, fault := parseFloat(b)
	if fault != faultNone {
		return 0, fault
	}
	if v = math.Trunc(v); v < -1<<63 || v >= 1<<63 {
		return 0, faultRange
	}
	return int64(v), faultNone
}

var exactPowers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal splits a JSON number without an exponent into its digits, as an integer, and how many of
// them stand behind the point. It refuses what has more digits than it can hold.
func decimal(b []byte) (mantissa uint64, fraction int, ok bool) {
	if len(b) > 19 {
		return 0, 0, false
	}
	point := len(b) - 1
	for i, c := range b {
		switch d := c - '0'; {
		case d <= 9:
			mantissa = mantissa*10 + uint64(d)
		case c == '.':
			point = i
		default:
			return 0, 0, false
		}
	}
	return mantissa, len(b) - 1 - point, true
}

// parseFloat reads a JSON number. When the digits fit into 53 bits and the power of ten is exact in
// a float64, one division gives the nearest float64 (Clinger, "How to read floating point numbers
// accurately"); otherwise strconv does it.
func parseFloat(b []byte) (float64, fault) {
	rest := b
	if b[0] == '-' {
		rest = b[1:]
	}
	mantissa, fraction, ok := decimal(rest)
	if !ok || mantissa > 1<<53 {
		return slowFloat(b, 64)
	}
	v := float64(mantissa)
	if fraction > 0 {
		v /= exactPowers[fraction]
	}
	if b[0] == '-' {
		v = -v
	}
	return v, faultNone
}

// parseFloat32 is parseFloat for float32, which has 24 bits and powers of ten up to 10.
func parseFloat32(b []byte) (float32, fault) {
	rest := b
	if b[0] == '-' {
		rest = b[1:]
	}
	mantissa, fraction, ok := decimal(rest)
	if !ok || mantissa > 1<<24 || fraction > 10 {
		v, fault := slowFloat(b, 32)
		return float32(v), fault
	}
	v := float32(mantissa)
	if fraction > 0 {
		v /= float32(exactPowers[fraction])
	}
	if b[0] == '-' {
		v = -v
	}
	return v, faultNone
}

func slowFloat(b []byte, bits int) (float64, fault) {
	v, err := strconv.ParseFloat(string(b), bits)
	if err != nil {
		return 0, faultRange // the caller knows that it is a number
	}
	return v, faultNone
}

// trimText cuts off what Java's String.trim does.
func trimText(b []byte) []byte {
	if len(b) > 0 && b[0] > ' ' && b[len(b)-1] > ' ' {
		return b
	}
	return bytes.TrimFunc(b, func(r rune) bool { return r <= ' ' })
}

// isPlainNumber reports whether b is digits, perhaps with a sign and a fraction, and not too many.
func isPlainNumber(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	point := false
	for i, c := range b {
		if !isDigit(c) {
			if c != '.' || point || i == 0 || i == len(b)-1 {
				return false
			}
			point = true
		}
	}
	return len(b) > 0
}

// floatFromText reads a number that stands in a string, in the forms that Java reads.
func floatFromText(b []byte, bits int) (float64, fault) {
	b = trimText(b)
	if bits == 64 && isPlainNumber(b) {
		return parseFloat(b)
	}
	switch string(b) {
	case "NaN":
		return math.NaN(), faultNone
	case "Infinity", "+Infinity":
		return math.Inf(1), faultNone
	case "-Infinity":
		return math.Inf(-1), faultNone
	}
	digits := 0
	for _, c := range b {
		switch {
		case isDigit(c):
			digits++
		case strings.IndexByte("+-.eE", c) < 0: // strconv would take hexadecimal and more
			return 0, faultType
		}
	}
	v, err := strconv.ParseFloat(string(b), bits)
	switch {
	case err == nil:
		return v, faultNone
	case math.IsInf(v, 0) && digits > 0:
		return 0, faultRange
	}
	return 0, faultType
}
