package format

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// charset converts texts from and to UTF-8.
type charset struct {
	name string
	// decode appends a text as UTF-8. What is no character becomes U+FFFD, as in Java.
	decode func(dst, text []byte) []byte
	// encode appends a text of UTF-8 in the charset. It refuses characters that the charset lacks, where
	// Java would write a question mark.
	encode func(dst, text []byte) ([]byte, error)
}

// charsets are those that every Java has.
var charsets = []charset{
	{"UTF-8", decodeUTF8, func(dst, text []byte) ([]byte, error) { return decodeUTF8(dst, text), nil }},
	{"US-ASCII", decodeASCII, func(dst, text []byte) ([]byte, error) { return encodeBytes(dst, text, "US-ASCII", utf8.RuneSelf) }},
	{"ISO-8859-1", decodeLatin1, func(dst, text []byte) ([]byte, error) { return encodeBytes(dst, text, "ISO-8859-1", 0x100) }},
	{"UTF-16BE", func(dst, text []byte) []byte { return decodeUTF16(dst, text, binary.BigEndian) }, func(dst, text []byte) ([]byte, error) { return encodeUTF16(dst, text, binary.BigEndian), nil }},
	{"UTF-16LE", func(dst, text []byte) []byte { return decodeUTF16(dst, text, binary.LittleEndian) }, func(dst, text []byte) ([]byte, error) { return encodeUTF16(dst, text, binary.LittleEndian), nil }},
	{"UTF-16", decodeMarkedUTF16, func(dst, text []byte) ([]byte, error) {
		return encodeUTF16(append(dst, 0xfe, 0xff), text, binary.BigEndian), nil
	}},
}

func decodeUTF8(dst, text []byte) []byte { return appendValid(append(dst, text...), len(dst)) }

func decodeASCII(dst, text []byte) []byte {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			dst = utf8.AppendRune(dst, utf8.RuneError)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

func decodeLatin1(dst, text []byte) []byte {
	for _, c := range text {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

// encodeBytes writes a byte for each character, which must be below limit.
func encodeBytes(dst, text []byte, name string, limit rune) ([]byte, error) {
	for _, r := range string(text) {
		if r >= limit {
			return dst, fmt.Errorf("%s has no character %q", name, r)
		}
		dst = append(dst, byte(r))
	}
	return dst, nil
}

func decodeUTF16(dst, text []byte, order binary.ByteOrder) []byte {
	for len(text) >= 2 {
		r := rune(order.Uint16(text))
		text = text[2:]
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(text) >= 2 {
				pair = utf16.DecodeRune(r, rune(order.Uint16(text)))
			}
			if r = pair; r != utf8.RuneError { // otherwise what follows stands for itself
				text = text[2:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	if len(text) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

// decodeMarkedUTF16 follows the byte order mark; without one the order is big-endian.
func decodeMarkedUTF16(dst, text []byte) []byte {
	if len(text) >= 2 {
		switch {
		case text[0] == 0xfe && text[1] == 0xff:
			text = text[2:]
		case text[0] == 0xff && text[1] == 0xfe:
			return decodeUTF16(dst, text[2:], binary.LittleEndian)
		}
	}
	return decodeUTF16(dst, text, binary.BigEndian)
}

func encodeUTF16(dst, text []byte, order binary.AppendByteOrder) []byte {
	for _, r := range string(text) {
		if a, b := utf16.EncodeRune(r); a != utf8.RuneError {
			dst = order.AppendUint16(order.AppendUint16(dst, uint16(a)), uint16(b))
			continue
		}
		dst = order.AppendUint16(dst, uint16(r))
	}
	return dst
}
