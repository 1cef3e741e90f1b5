package format

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth is how deep objects and arrays may nest, the record itself included.
const maxDepth = 512

// scanner validates records and notes where the wanted fields stand. Behind each record in the arena
// there is slack of zero bytes: JSON allows a zero byte nowhere, so every loop below stops there at the
// latest.
//
// Its functions take the arena and a position and return the position after what they scanned, or
// the complement of the position of the byte that must not be there: a negative number.
type scanner struct {
	keys    keyTable
	outer   int  // levels around the object that is scanned
	tooDeep bool // the last failure was one of nesting
}

// object scans the object that begins at i, after white space: the only place where wanted fields are
// looked for. row has a span for each of them, all missing.
func (s *scanner) object(b []byte, i int, row []span) int {
	if i = space(b, i); b[i] != '{' {
		return ^i
	}
	i = space(b, i+1)
	if b[i] == '}' {
		return i + 1
	}
	at := place(0)
	for {
		id := s.keys.guesses[at.hash()].first
		if k := &s.keys.keys[id]; k.matches(b, i, load(b, i), load(b, i+8)) {
			i += k.size
		} else if id, i = s.keys.find(b, i, at); i < 0 {
			return i
		}
		at = at.then(id)
		c := b[i]
		if c <= ' ' {
			i = space(b, i)
			c = b[i]
		}
		var start, end int
		var what kind
		if c == '"' {
			start = i + 1
			end, what = stringEnd(b, start)
			i = end + 1
		} else {
			start = i
			end, what = s.value(b, i)
			i = end
		}
		if end < 0 {
			return end
		}
		if slot := s.keys.keys[id].slot; slot >= 0 {
			row[slot] = span{uint32(start), uint32(end), what}
		}
		c = b[i]
		if c <= ' ' {
			i = space(b, i)
			c = b[i]
		}
		if c != ',' {
			if c == '}' {
				return i + 1
			}
			return ^i
		}
		if i++; b[i] <= ' ' {
			i = space(b, i)
		}
	}
}

// value scans a value of any kind.
func (s *scanner) value(b []byte, i int) (int, kind) {
	switch c := b[i]; c {
	case '"':
		end, what := stringEnd(b, i+1)
		if end < 0 {
			return end, 0
		}
		return end + 1, what
	case '{':
		return s.nested(b, i), kindObject
	case '[':
		return s.nested(b, i), kindArray
	case 't':
		return literal(b, i, "true"), kindTrue
	case 'f':
		return literal(b, i, "false"), kindFalse
	case 'n':
		return literal(b, i, "null"), kindNull
	}
	return number(b, i)
}

// nested scans the object or array that begins at i, without recursion.
func (s *scanner) nested(b []byte, i int) int {
	var objects [maxDepth / 64]uint64 // a bit for each level: set if it is an object
	depth := 1                        // the record
	for {
		if c := b[i]; c|0x20 == '{' { // or '[', which differs in that bit
			if depth+s.outer == maxDepth {
				s.tooDeep = true
				return ^i
			}
			bit := uint64(1) << (depth & 63)
			objects[depth>>6] &^= bit
			if c == '{' {
				objects[depth>>6] |= bit
			}
			depth++
			i = space(b, i+1)
			if b[i] != c+2 { // not empty
				if c == '{' {
					if i = member(b, i); i < 0 {
						return i
					}
				}
				continue
			}
		} else if i, _ = s.value(b, i); i < 0 {
			return i
		}
		if i = after(b, i, &objects, &depth); i < 0 || depth == 1 {
			return i
		}
	}
}

// after goes on behind a nested value: over the ends of objects and arrays to the next value, or,
// when depth has come down to 1, to the end of them all.
func after(b []byte, i int, objects *[maxDepth / 64]uint64, depth *int) int {
	for {
		if b[i] <= ' ' {
			i = space(b, i)
		}
		level := *depth - 1
		object := objects[level>>6&(maxDepth/64-1)]>>(level&63)&1 == 1
		switch c := b[i]; {
		case c == ',':
			i = space(b, i+1)
			if object {
				return member(b, i)
			}
			return i
		case c == '}' && object, c == ']' && !object:
			i++
			if *depth = level; level == 1 {
				return i
			}
		default:
			return ^i
		}
	}
}

// member scans the key of a member of an object, and the colon, up to the value.
func member(b []byte, i int) int {
	if b[i] != '"' {
		return ^i
	}
	if i, _ = stringEnd(b, i+1); i < 0 {
		return i
	}
	if i = space(b, i+1); b[i] != ':' {
		return ^i
	}
	return space(b, i+1)
}

func space(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r' {
		i++
	}
	return i
}

func literal(b []byte, i int, text string) int {
	for n := range len(text) {
		if b[i+n] != text[n] {
			return ^(i + n)
		}
	}
	return i + len(text)
}

func number(b []byte, i int) (int, kind) {
	what := kindInt
	if b[i] == '-' {
		i++
	}
	switch first := b[i]; {
	case first == '0':
		i++
	case isDigit(first):
		i = digits(b, i)
	default:
		return ^i, 0
	}
	if b[i] == '.' {
		what = kindNumber
		if i++; !isDigit(b[i]) {
			return ^i, 0
		}
		i = digits(b, i)
	}
	if b[i]|0x20 == 'e' {
		what = kindNumber
		i++
		if b[i] == '+' || b[i] == '-' {
			i++
		}
		if !isDigit(b[i]) {
			return ^i, 0
		}
		i = digits(b, i)
	}
	return i, what
}

func digits(b []byte, i int) int {
	for isDigit(b[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// stringEnd returns where the closing quote of the string stands whose text begins at i, or the
// complement of the position of a byte that may not stand in a string.
func stringEnd(b []byte, i int) (int, kind) {
	special := specials(load(b, i))
	for special == 0 {
		i += 8
		special = specials(load(b, i))
	}
	i += bits.TrailingZeros64(special) >> 3
	if b[i] == '"' {
		return i, kindString
	}
	return escapedEnd(b, i)
}

// escapedEnd is stringEnd for a string that has an escape, or something worse, at i.
func escapedEnd(b []byte, i int) (int, kind) {
	for {
		switch b[i] {
		case '"':
			return i, kindEscaped
		case '\\':
			if i = escape(b, i+1); i < 0 {
				return i, 0
			}
		default:
			return ^i, 0 // a control character, or the sentinel
		}
		special := specials(load(b, i))
		for special == 0 {
			i += 8
			special = specials(load(b, i))
		}
		i += bits.TrailingZeros64(special) >> 3
	}
}

// escape scans what follows a backslash.
func escape(b []byte, i int) int {
	if unescaped[b[i]] != 0 {
		return i + 1
	}
	if b[i] == 'u' {
		for range 4 {
			if i++; hexValue[b[i]] > 15 {
				return ^i
			}
		}
		return i + 1
	}
	return ^i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// specials marks, with its high bit, the first byte of x that ends the plain part of a string: a
// quote, a backslash or a control character. Marks above the first one may be wrong.
func specials(x uint64) uint64 {
	// Flipping bit 1 turns the quote (0x22) into 0x20 and keeps the control characters below it and
	// all others above, so that one comparison finds both.
	low := (x ^ 0x02*ones) - 0x21*ones
	backslash := (x ^ '\\'*ones) - ones
	return (low | backslash) & ^x & highs
}

// load returns the 8 bytes at i, the first in the lowest bits.
func load(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i : i+8 : i+8]) }
