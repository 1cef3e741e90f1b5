package kinesisserver

import (
	"bytes"
	"encoding/base64"
	"testing"
)

func TestBlobKeepsCanonicalBase64(t *testing.T) {
	for n := range 40 {
		raw := bytes.Repeat([]byte{0xfb}, n)
		text := []byte(base64.StdEncoding.EncodeToString(raw))
		if size, ok := base64Size(text); !ok || size != n {
			t.Errorf("%d bytes: got %d, %v", n, size, ok)
		}
		for i := range text {
			spoiled := bytes.Clone(text)
			spoiled[i] = '*'
			if _, ok := base64Size(spoiled); ok {
				t.Errorf("%s was accepted", spoiled)
			}
		}
	}
}

func TestBlobRewritesWhatDecodersTolerate(t *testing.T) {
	for in, want := range map[string]string{"QQ==": "QQ==", "QR==": "QQ==", "Q\nQ\r\n==": "QQ==", "QUJ=": "QUI=", "": ""} {
		b, err := blobOf([]byte(in))
		if err != nil || string(b.text) != want {
			t.Errorf("%q became %q, %v, want %q", in, b.text, err, want)
		}
	}
	for _, in := range []string{"Q", "QQ", "QQ=", "====", "Q===", "QQ==QQ==", "-_-_"} {
		if b, err := blobOf([]byte(in)); err == nil {
			t.Errorf("%q was accepted as %q", in, b.text)
		}
	}
}
