package format

import (
	"bytes"
	"unicode/utf8"
)

// hexValue is the value of a hexadecimal digit; more than 15: it is none.
var hexValue = func() (table [256]uint8) {
	for c := range table {
		table[c] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		table[c] = uint8(i)
	}
	for i, c := range []byte("ABCDEF") {
		table[c] = uint8(10 + i)
	}
	return table
}()

// unescaped is what stands for the character after a backslash, \u aside; 0: it may not stand there.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// appendValid replaces, in the part of b from start on, each byte that is not part of valid UTF-8
// by U+FFFD.
func appendValid(b []byte, start int) []byte {
	if utf8.Valid(b[start:]) {
		return b
	}
	text := bytes.Clone(b[start:])
	b = b[:start]
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		b = utf8.AppendRune(b, r)
		text = text[size:]
	}
	return b
}

// appendCompact appends a valid JSON value without the white space between its tokens.
func appendCompact(dst, value []byte) []byte {
	inString, escaped := false, false
	for _, c := range value {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped = c == '\\'
			inString = c != '"'
		case c == '"':
			inString = true
		case c == ' ', c == '\n', c == '\t', c == '\r':
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
