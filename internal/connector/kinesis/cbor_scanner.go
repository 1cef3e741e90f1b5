package kinesis

import (
	"encoding/binary"
	"math"
)

// Major types of CBOR (RFC 8949), and what is special about their lengths and simple values.
const (
	cborUint     = 0
	cborNegative = 1
	cborBytes    = 2
	cborText     = 3
	cborArray    = 4
	cborMap      = 5
	cborTag      = 6
	cborSimple   = 7

	cborIndefinite = 31
	cborBreak      = cborSimple<<5 | cborIndefinite
	cborNull       = cborSimple<<5 | 22
	cborUndefined  = cborSimple<<5 | 23
)

// maxCBORDepth is more than any answer needs.
const maxCBORDepth = 16

// cborScanner reads CBOR. Its methods report whether the data was as they want it; after false the
// scanner is of no more use. Byte strings and texts alias the data unless they come in pieces.
type cborScanner struct {
	p []byte
	i int
}

// head reads the first byte of an item and its argument. That of an item of indefinite length is 0.
func (s *cborScanner) head() (major, info byte, argument uint64, ok bool) {
	if s.i >= len(s.p) {
		return 0, 0, 0, false
	}
	major, info = s.p[s.i]>>5, s.p[s.i]&31
	s.i++
	rest := s.p[s.i:]
	switch {
	case info < 24:
		return major, info, uint64(info), true
	case info == 24 && len(rest) >= 1:
		s.i++
		return major, info, uint64(rest[0]), true
	case info == 25 && len(rest) >= 2:
		s.i += 2
		return major, info, uint64(binary.BigEndian.Uint16(rest)), true
	case info == 26 && len(rest) >= 4:
		s.i += 4
		return major, info, uint64(binary.BigEndian.Uint32(rest)), true
	case info == 27 && len(rest) >= 8:
		s.i += 8
		return major, info, binary.BigEndian.Uint64(rest), true
	}
	return major, info, 0, info == cborIndefinite
}

// peek returns the major type of the next item.
func (s *cborScanner) peek() (major byte, ok bool) {
	if s.i >= len(s.p) {
		return 0, false
	}
	return s.p[s.i] >> 5, true
}

// null consumes null, if that is what comes next.
func (s *cborScanner) null() bool {
	if s.i < len(s.p) && (s.p[s.i] == cborNull || s.p[s.i] == cborUndefined) {
		s.i++
		return true
	}
	return false
}

// tags consumes the tags in front of an item.
func (s *cborScanner) tags() {
	for major, ok := s.peek(); ok && major == cborTag; major, ok = s.peek() {
		if _, _, _, ok := s.head(); !ok {
			return // the item fails as well
		}
	}
}

// list reads an array or a map; element reads what is in it, and is told how many there are to be,
// 0 if that is not known.
func (s *cborScanner) list(want byte, element func(expected int) bool) bool {
	major, info, n, ok := s.head()
	if !ok || major != want {
		return false
	}
	if info == cborIndefinite {
		for s.i < len(s.p) && s.p[s.i] != cborBreak {
			if !element(0) {
				return false
			}
		}
		s.i++
		return s.i <= len(s.p)
	}
	if n > uint64(len(s.p)-s.i) { // every element has a byte at least
		return false
	}
	for range n {
		if !element(int(n)) {
			return false
		}
	}
	return true
}

func (s *cborScanner) array(element func(expected int) bool) bool { return s.list(cborArray, element) }

// object reads a map whose keys are texts; member reads the value of the member with the name.
func (s *cborScanner) object(member func(name []byte) bool) bool {
	return s.list(cborMap, func(int) bool {
		name, ok := s.text()
		return ok && member(name)
	})
}

func (s *cborScanner) bytes() ([]byte, bool) { return s.content(cborBytes) }

func (s *cborScanner) text() ([]byte, bool) { return s.content(cborText) }

// content reads a byte string or a text.
func (s *cborScanner) content(want byte) ([]byte, bool) {
	major, info, n, ok := s.head()
	if !ok || major != want {
		return nil, false
	}
	if info != cborIndefinite {
		return s.take(n)
	}
	joined := []byte{}
	for s.i < len(s.p) && s.p[s.i] != cborBreak {
		major, info, n, ok := s.head()
		if !ok || major != want || info == cborIndefinite {
			return nil, false
		}
		piece, ok := s.take(n)
		if !ok {
			return nil, false
		}
		joined = append(joined, piece...)
	}
	s.i++
	return joined, s.i <= len(s.p)
}

func (s *cborScanner) take(n uint64) ([]byte, bool) {
	if n > uint64(len(s.p)-s.i) {
		return nil, false
	}
	end := s.i + int(n)
	piece := s.p[s.i:end:end]
	s.i = end
	return piece, true
}

// number reads an integer of at most 64 bits or a floating-point number.
func (s *cborScanner) number() (n int64, f float64, isFloat, ok bool) {
	major, info, argument, ok := s.head()
	if !ok || info == cborIndefinite {
		return 0, 0, false, false
	}
	switch {
	case major == cborUint && argument <= math.MaxInt64:
		return int64(argument), 0, false, true
	case major == cborNegative && argument <= math.MaxInt64:
		return -1 - int64(argument), 0, false, true
	case major == cborSimple && info == 25:
		return 0, halfFloat(uint16(argument)), true, true
	case major == cborSimple && info == 26:
		return 0, float64(math.Float32frombits(uint32(argument))), true, true
	case major == cborSimple && info == 27:
		return 0, math.Float64frombits(argument), true, true
	}
	return 0, 0, false, false
}

// halfFloat returns the value of a floating-point number of 16 bits.
func halfFloat(bits uint16) float64 {
	exponent, mantissa := int(bits>>10&31), float64(bits&1023)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(mantissa, -24)
	case 31:
		f = math.Inf(1)
		if mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(mantissa+1024, exponent-25)
	}
	if bits&0x8000 != 0 {
		return -f
	}
	return f
}

// skip reads an item of whatever kind, with items in it down to a depth.
func (s *cborScanner) skip(depth int) bool {
	major, ok := s.peek()
	if !ok || depth == 0 {
		return false
	}
	inner := func(int) bool { return s.skip(depth - 1) }
	switch major {
	case cborBytes, cborText:
		_, ok = s.content(major)
		return ok
	case cborArray:
		return s.array(inner)
	case cborMap:
		return s.list(cborMap, func(int) bool { return inner(0) && s.skip(depth-1) }) // key and value
	case cborTag:
		_, info, _, ok := s.head()
		return ok && info != cborIndefinite && s.skip(depth-1)
	}
	_, info, _, ok := s.head()
	return ok && info != cborIndefinite
}
