package kinesisserver

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
)

// blob is binary data in the form the server keeps it, canonical padded base64, because that is how
// nearly all of it comes and goes.
type blob struct {
	text []byte
	size int // bytes it stands for
}

var errNotBase64 = errors.New("not valid base64")

// newBlob encodes raw bytes.
func newBlob(raw []byte) blob {
	return blob{text: base64.StdEncoding.AppendEncode(nil, raw), size: len(raw)}
}

// blobOf takes base64 text as it is when it is canonical, and otherwise encodes it anew: line
// breaks inside, or bits behind the end, which decoders accept.
func blobOf(text []byte) (blob, error) {
	if size, ok := base64Size(text); ok {
		return blob{text: text, size: size}, nil
	}
	raw, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return blob{}, errNotBase64
	}
	return newBlob(raw), nil
}

// UnmarshalJSON reads a base64 string.
func (b *blob) UnmarshalJSON(token []byte) error {
	var text string
	if err := json.Unmarshal(token, &text); err != nil {
		return err
	}
	var err error
	*b, err = blobOf([]byte(text))
	return err
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// base64Value has a character's six bits, or 0x80 for a character that does not belong.
var base64Value = func() (table [256]byte) {
	for c := range table {
		table[c] = 0x80
	}
	for i, c := range base64Alphabet {
		table[c] = byte(i)
	}
	return table
}()

// base64Size returns how many bytes text decodes to; ok is false unless text is exactly what an
// encoder would write.
func base64Size(text []byte) (size int, ok bool) {
	if len(text)%4 != 0 {
		return 0, false
	}
	if len(text) == 0 {
		return 0, true
	}
	body, tail := text[:len(text)-4], text[len(text)-4:]
	var seen byte
	for len(body) >= 8 {
		b := body[:8:8]
		seen |= base64Value[b[0]] | base64Value[b[1]] | base64Value[b[2]] | base64Value[b[3]] |
			base64Value[b[4]] | base64Value[b[5]] | base64Value[b[6]] | base64Value[b[7]]
		body = body[8:]
	}
	for _, c := range body {
		seen |= base64Value[c]
	}
	padding := strings.Count(string(tail), "=")
	for _, c := range tail[:4-padding] {
		seen |= base64Value[c]
	}
	if seen >= 0x80 || padding > 2 {
		return 0, false
	}
	// The bits of the last character that no byte uses must be zero.
	if last := base64Value[tail[3-padding]]; (padding == 1 && last&0b11 != 0) || (padding == 2 && last&0b1111 != 0) {
		return 0, false
	}
	return len(text)/4*3 - padding, true
}
