package parser

import (
	"github.com/penstock-io/penstock/internal/diag"
)

// tokenKind classifies a token.
type tokenKind uint8

const (
	endOfScript tokenKind = iota
	invalid               // text that is no token; the lexer keeps the error
	word                  // bare name or keyword
	quotedName            // `name` or "name"
	stringText            // 'text'
	binaryText            // X'00ff'
	number                // 1, 1.5, .5, 1e-3
	symbol                // operator or punctuation, also the ends of a hint: /*+ and */
)

// maxShown is the longest piece of the script that a message repeats in full, in characters.
const maxShown = 40

// token is one word of the script. Offsets are 32-bit because a script of maxScript bytes may have
// as many tokens.
type token struct {
	kind       tokenKind
	start, end int32
}

func (t token) span() diag.Span { return diag.Span{Start: int(t.start), End: int(t.end)} }

// touches reports whether nothing, not even a space, stands between t and next.
func (t token) touches(next token) bool { return t.end == next.start }

// text returns the token as written.
func (p *parser) text(t token) string { return p.src.Text[t.start:t.end] }

// describe returns the token as messages show it.
func (p *parser) describe(t token) string {
	text := clip(p.text(t))
	switch t.kind {
	case endOfScript:
		return "end of script"
	case stringText, binaryText, quotedName:
		return text // has its own quotes
	default:
		return quote(text)
	}
}

// upper is strings.ToUpper for ASCII letters only: keywords are ASCII, and other letters must not
// become ASCII ones (as the long s would).
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// isKeyword reports whether text is the upper-case keyword, in any case.
func isKeyword(text, keyword string) bool {
	if len(text) != len(keyword) {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != keyword[i] {
			return false
		}
	}
	return true
}
