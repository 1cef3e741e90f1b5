package kinesis

import (
	"bytes"
	"encoding/binary"
)

// scanner reads JSON. Its methods report whether the text was as they want it; after false the
// scanner is of no more use.
type scanner struct {
	p []byte
	i int
}

// next skips white space and returns the next character, 0 at the end.
func (s *scanner) next() byte {
	for ; s.i < len(s.p); s.i++ {
		switch c := s.p[s.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) accept(c byte) bool {
	if s.next() != c {
		return false
	}
	s.i++
	return true
}

// object reads an object; member reads the value of the member with the name.
func (s *scanner) object(member func(name []byte) bool) bool {
	if !s.accept('{') {
		return false
	}
	if s.accept('}') {
		return true
	}
	for {
		name, escaped, ok := s.string()
		if !ok || escaped || !s.accept(':') || !member(name) {
			return false
		}
		if s.accept(',') {
			continue
		}
		return s.accept('}')
	}
}

// array reads an array; element reads one of its elements.
func (s *scanner) array(element func() bool) bool {
	if !s.accept('[') {
		return false
	}
	if s.accept(']') {
		return true
	}
	for {
		if !element() {
			return false
		}
		if s.accept(',') {
			continue
		}
		return s.accept(']')
	}
}

// null consumes null, if that is what comes next.
func (s *scanner) null() bool {
	return s.next() == 'n' && s.literal("null")
}

func (s *scanner) literal(text string) bool {
	if len(s.p)-s.i < len(text) || string(s.p[s.i:s.i+len(text)]) != text {
		return false
	}
	s.i += len(text)
	return true
}

// string reads a string and returns what is between the quotation marks.
func (s *scanner) string() (raw []byte, escaped, ok bool) {
	if !s.accept('"') {
		return nil, false, false
	}
	start := s.i
	for {
		for len(s.p)-s.i >= 8 && ordinary(binary.LittleEndian.Uint64(s.p[s.i:])) {
			s.i += 8
		}
		if s.i >= len(s.p) {
			return nil, false, false
		}
		switch c := s.p[s.i]; {
		case c == '"':
			raw = s.p[start:s.i]
			s.i++
			return raw, escaped, true
		case c == '\\': // unescape checks what follows; here it only must not be taken for the end
			escaped = true
			s.i += 2
		case c < ' ':
			return nil, false, false
		default:
			s.i++
		}
	}
}

// ordinary reports whether none of eight characters can end or change a string: a quotation mark, a
// backslash or a control character. It may err on the side of caution.
func ordinary(eight uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, backslash := eight^(ones*'"'), eight^(ones*'\\')
	special := (eight - ones*' ') &^ eight
	special |= (quote - ones) &^ quote
	special |= (backslash - ones) &^ backslash
	return special&highs == 0
}

// untilQuote reads a string that is known to have no escapes, whatever else is in it.
func (s *scanner) untilQuote() ([]byte, bool) {
	if !s.accept('"') {
		return nil, false
	}
	n := bytes.IndexByte(s.p[s.i:], '"')
	if n < 0 {
		return nil, false
	}
	raw := s.p[s.i : s.i+n]
	s.i += n + 1
	return raw, true
}

// number reads a JSON number.
func (s *scanner) number() ([]byte, bool) {
	s.next()
	start := s.i
	if s.i < len(s.p) && s.p[s.i] == '-' {
		s.i++
	}
	whole := s.i
	if s.digits() == 0 || (s.p[whole] == '0' && s.i > whole+1) {
		return nil, false
	}
	if s.i < len(s.p) && s.p[s.i] == '.' {
		s.i++
		if s.digits() == 0 {
			return nil, false
		}
	}
	if s.i < len(s.p) && (s.p[s.i] == 'e' || s.p[s.i] == 'E') {
		s.i++
		if s.i < len(s.p) && (s.p[s.i] == '+' || s.p[s.i] == '-') {
			s.i++
		}
		if s.digits() == 0 {
			return nil, false
		}
	}
	return s.p[start:s.i], true
}

func (s *scanner) digits() (n int) {
	for s.i < len(s.p) && s.p[s.i] >= '0' && s.p[s.i] <= '9' {
		s.i++
		n++
	}
	return n
}

// skipScalar skips a value that is no array or object.
func (s *scanner) skipScalar() bool {
	switch s.next() {
	case '"':
		_, escaped, ok := s.string()
		return ok && !escaped
	case 'n':
		return s.literal("null")
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case '[', '{':
		return false
	}
	_, ok := s.number()
	return ok
}
