package format

import (
	"bytes"
	"fmt"
	"math/bits"
)

// value scans the value that begins at i and returns its span and where its delimiter, or the end of
// its line, stands. An error comes with the place where the next line begins.
func (s *csvScanner) value(b []byte, i, end int) (v span, next int, err error) {
	if s.trim {
		for isBlank(b[i], s.delimiter) {
			i++
		}
	}
	if b[i] == s.quote && s.quote != 0 {
		return s.quoted(b, i, end)
	}
	if v, next = s.plain(b, i, end); v.kind == kindMissing {
		return v, end, errCSVEscape
	}
	if s.trim {
		for v.end > v.start && isBlank(b[v.end-1], s.delimiter) {
			v.end--
		}
	}
	return v, next, nil
}

var errCSVEscape = badData("not CSV: the record ends after an escape character")

func isBlank(c, delimiter byte) bool { return (c == ' ' || c == '\t') && c != delimiter }

// plain scans from i, which is not inside quotes, to the end of the value. A span of kindMissing says
// that the record ends inside an escape.
func (s *csvScanner) plain(b []byte, i, end int) (v span, next int) {
	v = span{start: uint32(i), kind: kindString}
	for {
		x := load(b, i)
		stop := matches(x, s.delimiters) | matches(x, '\n'*ones) | matches(x, s.escapes)
		if stop == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(stop) >> 3
		if b[i] != s.escape || s.escape == 0 {
			break
		}
		if i+1 >= end {
			return span{}, end
		}
		v.kind = kindEscaped
		i += 2
	}
	if b[i] == '\n' && i > int(v.start) && b[i-1] == '\r' {
		i--
	}
	v.end = uint32(i)
	return v, i
}

// quoted scans the value whose opening quote stands at i.
func (s *csvScanner) quoted(b []byte, i, end int) (v span, next int, err error) {
	opening := i
	i++
	v = span{start: uint32(i), kind: kindString}
	for {
		// The record may have ends of lines in quotes, so its own end has to be looked for.
		for i < end {
			x := load(b, i)
			stop := matches(x, s.quotes) | matches(x, s.escapes)&s.escapeMask()
			if stop != 0 {
				i += bits.TrailingZeros64(stop) >> 3
				break
			}
			i += 8
		}
		if i >= end {
			return v, end, badData("not CSV: no quote ends the value that begins at byte %d", opening-s.begin)
		}
		if b[i] == s.quote {
			if i+1 < end && b[i+1] == s.quote {
				v.kind = kindEscaped
				i += 2
				continue
			}
			break
		}
		v.kind = kindEscaped
		i += 2
	}
	v.end = uint32(i)
	for i++; isBlank(b[i], s.delimiter); i++ {
	}
	if b[i] == s.delimiter || lineEnd(b, i) > 0 {
		return v, i, nil
	}
	return v, min(nextLine(b, i), end), badData("not CSV: %s behind a value in quotes, at byte %d", quoteByte(b[i]), i-s.begin)
}

// escapeMask leaves nothing of the matches of the escape character when there is none: an end of a
// line, which stands in its place, is nothing special in quotes.
func (s *csvScanner) escapeMask() uint64 {
	if s.escape == 0 {
		return 0
	}
	return ^uint64(0)
}

// nulled makes a value that stands for NULL one.
func (s *csvScanner) nulled(b []byte, v span) span {
	if s.hasNull && bytes.Equal(b[v.start:v.end], s.null) || s.emptyNull && v.start == v.end {
		v.kind = kindNull
	}
	return v
}

// checkCount checks how many values a line has. trailing says that the last of them is nothing behind a
// delimiter.
func (s *csvScanner) checkCount(n int, trailing bool) error {
	switch want := len(s.wanted); {
	case n == want:
		return nil
	case n < want && s.ignoreErrors && !s.failOnMissing:
		return nil
	case n > want && (s.ignoreTrailing || s.ignoreErrors || s.trailingComma && n == want+1 && trailing):
		return nil
	default:
		return badData("the row has %s, but the table has %s", count(n, "value"), count(want, "column"))
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// appendUnescaped appends the text of a value with doubled quotes or escapes.
func (s *csvScanner) appendUnescaped(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == s.escape && s.escape != 0 && i+1 < len(text):
			i++
			if c = text[i]; csvEscapes[c] != 0 {
				c = csvEscapes[c]
			} else if c == '0' {
				c = 0
			}
		case c == s.quote && s.quote != 0 && i+1 < len(text) && text[i+1] == c:
			i++
		}
		dst = append(dst, c)
	}
	return dst
}

// csvEscapes is what stands for the character after an escape, where it is not the character itself.
var csvEscapes = [256]byte{'n': '\n', 'r': '\r', 't': '\t'}

// appendCheckedJSON appends a text that has to be JSON.
func appendCheckedJSON(f *field, dst []byte, c *chunk, s span) ([]byte, fault) {
	start := len(dst)
	out := append(dst, f.text(c, s)...)
	end := len(out)
	out = append(out, make([]byte, slack)...)
	var scan scanner
	i, _ := scan.value(out, space(out, start))
	if i < 0 || space(out, i) != end {
		return dst, faultType
	}
	return out[:end], faultNone
}

// matches marks, with its high bit, each byte of x that equals the byte of the pattern. Marks above the
// first one may be wrong.
func matches(x, pattern uint64) uint64 {
	y := x ^ pattern
	return (y - ones) &^ y & highs
}
