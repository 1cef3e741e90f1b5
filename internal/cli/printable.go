package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes a text from outside harmless on a terminal and keeps it on one line: control
// characters, which could move the cursor or change colours, and bytes that are no UTF-8 become
// escapes.
func printable(text []byte) string {
	s := string(text)
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteByte('\t')
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, s[0])
		case unicode.IsControl(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteString(s[:size])
		}
		s = s[size:]
	}
	return out.String()
}
