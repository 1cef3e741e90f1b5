package format

import (
	"bytes"
	"math/bits"
)

// fastLine is line for what most lines are: without escapes, spaces to trim, or mistakes. It returns
// the end of the line and how many values it has, and reports false where the line is something else;
// then it has to be scanned again.
func (s *csvScanner) fastLine(b []byte, i, end int, spans []span) (stop, n int, ok bool) {
	delimiters, wanted := s.delimiters, s.wanted[:s.last]
	for ; ; n++ {
		v := span{start: uint32(i), kind: kindString}
		if b[i] == s.quote {
			v.start++
			if i, v.kind = s.closingQuote(b, i+1, end); i < 0 {
				return 0, 0, false
			}
			v.end = uint32(i)
			i++
		} else {
			x := load(b, i)
			at := matches(x, delimiters) | matches(x, '\n'*ones)
			for at == 0 {
				i += 8
				x = load(b, i)
				at = matches(x, delimiters) | matches(x, '\n'*ones)
			}
			i += bits.TrailingZeros64(at) >> 3
			v.end = uint32(i)
		}
		c := b[i]
		if c == '\n' && v.end > v.start && b[v.end-1] == '\r' && v.end == uint32(i) {
			v.end--
		}
		if n < len(wanted) && wanted[n] >= 0 {
			spans[wanted[n]] = v
		}
		switch {
		case c == s.delimiter:
			i++
		case c == '\n':
			return i, n + 1, true
		case c == '\r' && b[i+1] == '\n':
			return i + 1, n + 1, true
		default:
			return 0, 0, false
		}
	}
}

// closingQuote returns where the quote stands that ends the text from i on, and whether there are
// doubled ones before it; -1: there is none.
func (s *csvScanner) closingQuote(b []byte, i, end int) (int, kind) {
	what := kindString
	for {
		// The next quote is mostly either near, between the names and values of a JSON text, or far,
		// behind some words.
		if near := matches(load(b, i), s.quotes); near != 0 {
			i += bits.TrailingZeros64(near) >> 3
		} else {
			i = min(i+8, end)
			skipped := bytes.IndexByte(b[i:end], s.quote)
			if skipped < 0 {
				return -1, what
			}
			i += skipped
		}
		if b[i+1] != s.quote {
			return i, what
		}
		what = kindEscaped
		i += 2
	}
}
