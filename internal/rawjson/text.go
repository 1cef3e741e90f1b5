package rawjson

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
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

// unescaped is what stands for the character after a backslash, \u aside.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// shortEscapes is what follows the backslash for the characters that have a short escape.
var shortEscapes = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// AppendText appends the text that a valid string, with its quotes, stands for.
func AppendText(dst, quoted []byte) []byte { return AppendUnescaped(dst, quoted[1:len(quoted)-1]) }

// AppendUnescaped appends the text that a valid string, without its quotes, stands for.
func AppendUnescaped(dst, text []byte) []byte {
	for {
		plain := bytes.IndexByte(text, '\\')
		if plain < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:plain]...)
		text = text[plain:]
		if text[1] != 'u' {
			dst = append(dst, unescaped[text[1]])
			text = text[2:]
			continue
		}
		r := hexRune(text[2:])
		text = text[6:]
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(text) >= 6 && text[0] == '\\' && text[1] == 'u' {
				pair = utf16.DecodeRune(r, hexRune(text[2:]))
			}
			if r = pair; r != utf8.RuneError { // otherwise what follows stands for itself
				text = text[6:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
}

func hexRune(b []byte) rune {
	_ = b[3]
	return rune(hexValue[b[0]])<<12 | rune(hexValue[b[1]])<<8 | rune(hexValue[b[2]])<<4 | rune(hexValue[b[3]])
}

// AppendQuoted appends a text as a JSON string. A byte that is not UTF-8 becomes U+FFFD.
func AppendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	if !utf8.Valid(text) {
		text = bytes.Map(func(r rune) rune { return r }, text) // every byte that is none becomes U+FFFD
	}
	plain := 0
	for i := 0; i < len(text); {
		if i+8 <= len(text) && specials(binary.LittleEndian.Uint64(text[i:])) == 0 {
			i += 8
			continue
		}
		c := text[i]
		i++
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[plain:i-1]...)
		plain = i
		if short := shortEscapes[c]; short != 0 {
			dst = append(dst, '\\', short)
		} else {
			dst = append(dst, '\\', 'u', '0', '0', '0'+c>>4, "0123456789abcdef"[c&15])
		}
	}
	return append(append(dst, text[plain:]...), '"')
}

// AppendCompact appends a valid value without the white space between its tokens.
func AppendCompact(dst, value []byte) []byte {
	for i := 0; i < len(value); {
		c := value[i]
		switch {
		case c == '"':
			end := stringEnd(value, i+1)
			dst = append(dst, value[i:end]...)
			i = end
		case isSpace(c):
			i++
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}
