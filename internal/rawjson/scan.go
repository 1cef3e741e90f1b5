// Package rawjson works on JSON texts as they are, without making values of them: it checks them, takes
// white space out, reads and writes strings, and finds what a JSONPath names.
//
// It knows no SQL types and no columns. Functions that append do so to the caller's memory and
// allocate nothing else.
//
// Inside, a position is an index into the text, and the complement of one says that the byte there must
// not be there.
package rawjson

import (
	"encoding/binary"
	"math/bits"
)

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 512

// Kind is what a JSON value is.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// KindOf returns the kind of a valid value without white space around it.
func KindOf(value []byte) Kind {
	switch value[0] {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

// Valid reports whether the text is one JSON value, with white space around it allowed.
func Valid(text []byte) bool { return Check(text) < 0 }

// Check returns the position of the first byte that keeps the text from being one JSON value; -1 if
// there is none. A text that ends too early has it at its end.
func Check(text []byte) int {
	end := value(text, space(text, 0), 0)
	if end < 0 {
		return ^end
	}
	if end = space(text, end); end < len(text) {
		return end
	}
	return -1
}

// Trim returns the text without the white space of JSON around it.
func Trim(text []byte) []byte {
	end := len(text)
	for end > 0 && isSpace(text[end-1]) {
		end--
	}
	return text[min(space(text, 0), end):end]
}

// value scans the value that begins at i and returns the position behind it.
func value(b []byte, i, depth int) int {
	if i >= len(b) {
		return ^i
	}
	switch b[i] {
	case '"':
		return stringEnd(b, i+1)
	case '{':
		return members(b, i, depth, nil)
	case '[':
		return elements(b, i, depth, nil)
	case 't':
		return word(b, i, "true")
	case 'f':
		return word(b, i, "false")
	case 'n':
		return word(b, i, "null")
	}
	return number(b, i)
}

// visitor scans the member or element that begins at i in the place of value; key is where the text of
// its key is.
type visitor func(i int, key span) int

type span struct{ start, end int }

// members scans the object that begins at i.
func members(b []byte, i, depth int, visit visitor) int {
	if depth == MaxDepth {
		return ^i
	}
	i = space(b, i+1)
	if at(b, i) == '}' {
		return i + 1
	}
	for {
		if at(b, i) != '"' {
			return ^i
		}
		key := span{start: i + 1}
		if i = stringEnd(b, i+1); i < 0 {
			return i
		}
		key.end = i - 1
		if i = space(b, i); at(b, i) != ':' {
			return ^i
		}
		if i = space(b, i+1); visit == nil {
			i = value(b, i, depth+1)
		} else {
			i = visit(i, key)
		}
		if i < 0 {
			return i
		}
		switch i = space(b, i); at(b, i) {
		case ',':
			i = space(b, i+1)
		case '}':
			return i + 1
		default:
			return ^i
		}
	}
}

// elements scans the array that begins at i.
func elements(b []byte, i, depth int, visit visitor) int {
	if depth == MaxDepth {
		return ^i
	}
	i = space(b, i+1)
	if at(b, i) == ']' {
		return i + 1
	}
	for {
		if visit == nil {
			i = value(b, i, depth+1)
		} else {
			i = visit(i, span{})
		}
		if i < 0 {
			return i
		}
		switch i = space(b, i); at(b, i) {
		case ',':
			i = space(b, i+1)
		case ']':
			return i + 1
		default:
			return ^i
		}
	}
}

// at returns the byte at i; 0, which JSON allows nowhere, past the end.
func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func space(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func word(b []byte, i int, text string) int {
	for n := range len(text) {
		if at(b, i+n) != text[n] {
			return ^min(i+n, len(b))
		}
	}
	return i + len(text)
}

func number(b []byte, i int) int {
	if at(b, i) == '-' {
		i++
	}
	switch c := at(b, i); {
	case c == '0':
		i++
	case isDigit(c):
		i = digits(b, i)
	default:
		return ^i
	}
	if at(b, i) == '.' {
		if i++; !isDigit(at(b, i)) {
			return ^i
		}
		i = digits(b, i)
	}
	if at(b, i)|0x20 == 'e' {
		i++
		if c := at(b, i); c == '+' || c == '-' {
			i++
		}
		if !isDigit(at(b, i)) {
			return ^i
		}
		i = digits(b, i)
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// stringEnd scans the string whose text begins at i and returns the position behind its closing quote.
func stringEnd(b []byte, i int) int {
	for {
		for i+8 <= len(b) {
			special := specials(binary.LittleEndian.Uint64(b[i:]))
			if special != 0 {
				i += bits.TrailingZeros64(special) >> 3
				break
			}
			i += 8
		}
		for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
			i++
		}
		switch at(b, i) {
		case '"':
			return i + 1
		case '\\':
			if i = escape(b, i+1); i < 0 {
				return i
			}
		default:
			return ^i
		}
	}
}

// escape scans what follows a backslash.
func escape(b []byte, i int) int {
	c := at(b, i)
	if unescaped[c] != 0 {
		return i + 1
	}
	if c != 'u' {
		return ^i
	}
	for range 4 {
		if i++; hexValue[at(b, i)] > 15 {
			return ^i
		}
	}
	return i + 1
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// specials marks, with its high bit, the first byte of x that ends the plain part of a string: a quote,
// a backslash or a control character. Marks above the first one may be wrong.
func specials(x uint64) uint64 {
	// Flipping bit 1 turns the quote (0x22) into 0x20 and keeps the control characters below it and all
	// others above, so that one comparison finds both.
	low := (x ^ 0x02*ones) - 0x21*ones
	backslash := (x ^ '\\'*ones) - ones
	return (low | backslash) & ^x & highs
}
