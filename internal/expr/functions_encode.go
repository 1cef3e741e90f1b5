package expr

import (
	"bytes"
	"crypto/md5" //nolint:gosec // SQL's MD5 function, not for security
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

var bytesArg = Param{Name: "bytes", Accepts: func(t types.Type) bool { return t.Kind == types.Varbinary }, As: fixedType(types.Of(types.Varbinary))}

func encodingFunctions() []*Function {
	const category = "Encoding"
	text, binary := returns(types.String), returns(types.Of(types.Varbinary))
	row := func(name, doc, example, result string, signatures ...Signature) *Function {
		return &Function{Name: name, Category: category, Doc: doc, Example: example, Result: result, Signatures: signatures}
	}
	nullable := func(f *Function) *Function { f.Nullable = true; return f }
	hexOf := textToText(func(dst, s []byte) []byte { return append(dst, strings.ToUpper(hex.EncodeToString(s))...) })
	base64Of := textToText(base64.StdEncoding.AppendEncode)
	return []*Function{
		row("HEX", "A whole number, text or bytes in hexadecimal, in upper case.", "HEX(255)", "FF",
			Signature{Params: []Param{intArg}, Type: text, Kernel: formatInteger(16)},
			Signature{Params: []Param{textArg}, Type: text, Kernel: hexOf},
			Signature{Params: []Param{bytesArg}, Type: text, Kernel: hexOf}),
		nullable(row("UNHEX", "The bytes that a text in hexadecimal stands for; NULL if it is none.", "CAST(UNHEX('50656E') AS STRING)", "Pen",
			Signature{Params: []Param{textArg}, Type: binary, Kernel: toText(unhex)})),
		row("BIN", "A whole number in binary.", "BIN(5)", "101", Signature{Params: []Param{intArg}, Type: text, Kernel: formatInteger(2)}),
		row("TO_BASE64", "A text or bytes in base64.", "TO_BASE64('pen')", "cGVu",
			Signature{Params: []Param{textArg}, Type: text, Kernel: base64Of}, Signature{Params: []Param{bytesArg}, Type: text, Kernel: base64Of}),
		nullable(row("FROM_BASE64", "The text that a text in base64 stands for; NULL if it is none.", "FROM_BASE64('cGVu')", "pen",
			Signature{Params: []Param{textArg}, Type: text, Kernel: toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
				out, err := base64.StdEncoding.AppendDecode(dst, textAt(args, 0, row))
				return out, err == nil
			})})),
		{
			Name: "ENCODE", Category: category, Doc: "The bytes of a text in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16. What the set does not have becomes a question mark.",
			Example: "HEX(ENCODE('é', 'UTF-16LE'))", Result: "E900", CanFail: true,
			Signatures: []Signature{{Params: []Param{textArg, textArg.named("charset")}, Type: binary, Check: checkCharset, Kernel: recode(encode)}},
		},
		{
			Name: "DECODE", Category: category, Doc: "The text that bytes stand for in a character set, as in ENCODE. What is wrong becomes U+FFFD.",
			Example: "DECODE(X'E900', 'UTF-16LE')", Result: "é", CanFail: true,
			Signatures: []Signature{{Params: []Param{bytesArg, textArg.named("charset")}, Type: text, Check: checkCharset, Kernel: recode(decode)}},
		},
		row("URL_ENCODE", "The text as a part of a URL, in UTF-8.", "URL_ENCODE('a b&c')", "a+b%26c", Signature{Params: []Param{textArg}, Type: text, Kernel: textToText(urlEncode)}),
		nullable(row("URL_DECODE", "The text that a part of a URL stands for; NULL if it is wrong.", "URL_DECODE('a+b%26c')", "a b&c",
			Signature{Params: []Param{textArg}, Type: text, Kernel: toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
				out, err := url.QueryUnescape(string(textAt(args, 0, row)))
				return append(dst, out...), err == nil && utf8.ValidString(out)
			})})),
		nullable(row("PARSE_URL", "A part of a URL: PROTOCOL, HOST, PATH, QUERY, REF, AUTHORITY, FILE or USERINFO; with a key, its value in QUERY. NULL if there is none.",
			"PARSE_URL('http://pen.io/a?k=v#r', 'QUERY', 'k')", "v",
			Signature{Params: []Param{textArg.named("url"), textArg.named("part"), textArg.named("key")}, Optional: 1, Type: text, Kernel: toText(parseURL)})),
	}
}

func hashFunctions() []*Function {
	sum := func(name, doc, result string, newHash func() hash.Hash) *Function {
		one := textToText(func(dst, s []byte) []byte {
			h := newHash()
			_, _ = h.Write(s) // never fails
			return hex.AppendEncode(dst, h.Sum(nil))
		})
		return &Function{
			Name: name, Category: "Hash", Doc: doc, Example: "LEFT(" + name + "('a'), 8)", Result: result,
			Signatures: []Signature{
				{Params: []Param{textArg}, Type: returns(types.String), Kernel: one},
				{Params: []Param{bytesArg}, Type: returns(types.String), Kernel: one},
			},
		}
	}
	return []*Function{
		sum("MD5", "The MD5 hash in hexadecimal.", "0cc175b9", md5.New),
		sum("SHA1", "The SHA-1 hash in hexadecimal.", "86f7e437", sha1.New),
		sum("SHA224", "The SHA-224 hash in hexadecimal.", "abd37534", sha256.New224),
		sum("SHA256", "The SHA-256 hash in hexadecimal.", "ca978112", sha256.New),
		sum("SHA384", "The SHA-384 hash in hexadecimal.", "54a59b9f", sha512.New384),
		sum("SHA512", "The SHA-512 hash in hexadecimal.", "1f40fc92", sha512.New),
		{
			Name: "SHA2", Category: "Hash", Doc: "The hash of SHA-2 with 224, 256, 384 or 512 bits, in hexadecimal.", Example: "LEFT(SHA2('a', 256), 8)", Result: "ca978112", CanFail: true,
			Signatures: []Signature{{Params: []Param{textArg, intArg.named("bits")}, Type: returns(types.String), Kernel: sha2}},
		},
	}
}

func sha2(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	var builder batch.BytesBuilder
	var out []byte
	for row := range rows {
		text := textAt(args, 0, row)
		switch bits := intAt(args, 1, row); bits {
		case 224:
			sum := sha256.Sum224(text)
			out = hex.AppendEncode(out[:0], sum[:])
		case 256:
			sum := sha256.Sum256(text)
			out = hex.AppendEncode(out[:0], sum[:])
		case 384:
			sum := sha512.Sum384(text)
			out = hex.AppendEncode(out[:0], sum[:])
		case 512:
			sum := sha512.Sum512(text)
			out = hex.AppendEncode(out[:0], sum[:])
		default:
			return nil, runtimeError(call.span, "SHA2 has no variant of %d bits", bits).WithHint("use 224, 256, 384 or 512")
		}
		builder.Append(out)
	}
	return builder.Finish(), nil
}

// formatInteger makes HEX and BIN: of a negative number its 64 bits.
func formatInteger(base int) kernel {
	return toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
		return bytes.ToUpper(strconv.AppendUint(dst, uint64(intAt(args, 0, row)), base)), true
	})
}

func unhex(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	text := textAt(args, 0, row)
	if len(text)%2 == 1 { // as if it began with a zero
		text = append([]byte{'0'}, text...)
	}
	out, err := hex.AppendDecode(dst, text)
	return out, err == nil
}

// charset is a character set that ENCODE and DECODE know.
type charset struct {
	encode func(dst, text []byte) []byte
	decode func(dst, raw []byte) []byte
}

func charsetNamed(name string) (charset, bool) {
	switch strings.ToUpper(name) {
	case "UTF-8", "UTF8":
		return charset{
			func(dst, text []byte) []byte { return append(dst, text...) },
			func(dst, raw []byte) []byte { return append(dst, []byte(string([]rune(string(raw))))...) },
		}, true
	case "US-ASCII", "ASCII":
		return singleBytes(0x80), true
	case "ISO-8859-1", "LATIN1":
		return singleBytes(0x100), true
	case "UTF-16BE":
		return utf16Set(false, false), true
	case "UTF-16LE":
		return utf16Set(true, false), true
	case "UTF-16":
		return utf16Set(false, true), true
	}
	return charset{}, false
}

// singleBytes is the set of the first characters of Unicode, a byte each.
func singleBytes(limit rune) charset {
	return charset{
		func(dst, text []byte) []byte {
			for _, r := range string(text) {
				if r >= limit {
					r = '?'
				}
				dst = append(dst, byte(r))
			}
			return dst
		},
		func(dst, raw []byte) []byte {
			for _, c := range raw {
				r := rune(c)
				if r >= limit {
					r = utf8.RuneError
				}
				dst = utf8.AppendRune(dst, r)
			}
			return dst
		},
	}
}

// utf16Set is UTF-16, little or big endian; marked: with a byte order mark.
func utf16Set(little, marked bool) charset {
	return charset{
		func(dst, text []byte) []byte {
			if marked {
				dst = append(dst, 0xfe, 0xff)
			}
			for _, unit := range utf16.Encode([]rune(string(text))) {
				if little {
					dst = append(dst, byte(unit), byte(unit>>8))
				} else {
					dst = append(dst, byte(unit>>8), byte(unit))
				}
			}
			return dst
		},
		func(dst, raw []byte) []byte {
			small := little
			if marked && len(raw) >= 2 && (raw[0] == 0xff && raw[1] == 0xfe || raw[0] == 0xfe && raw[1] == 0xff) {
				small, raw = raw[0] == 0xff, raw[2:]
			}
			var units []uint16
			for ; len(raw) >= 2; raw = raw[2:] {
				unit := uint16(raw[0])<<8 | uint16(raw[1])
				if small {
					unit = unit<<8 | unit>>8
				}
				units = append(units, unit)
			}
			dst = append(dst, string(utf16.Decode(units))...)
			if len(raw) > 0 {
				dst = utf8.AppendRune(dst, utf8.RuneError)
			}
			return dst
		},
	}
}

func encode(set charset) func(dst, s []byte) []byte { return set.encode }

func decode(set charset) func(dst, s []byte) []byte { return set.decode }

// recode makes ENCODE and DECODE.
func recode(direction func(charset) func(dst, s []byte) []byte) kernel {
	return func(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		offsets, data := make([]int32, rows+1), []byte(nil)
		var set charset
		name := ""
		for row := range rows {
			if given := textAt(args, 1, row); row == 0 || string(given) != name {
				name = string(given)
				var ok bool
				if set, ok = charsetNamed(name); !ok {
					return nil, noCharset(name, call.span, diag.BadData)
				}
			}
			data = direction(set)(data, textAt(args, 0, row))
			offsets[row+1] = int32(len(data))
		}
		return batch.NewBytes(offsets, data, nil), nil
	}
}

func checkCharset(args []Expr, span diag.Span) error {
	name, ok := Constant(args[1])
	if !ok || name == nil {
		return nil
	}
	if _, known := charsetNamed(name.(string)); !known {
		return noCharset(name.(string), span, diag.Semantic)
	}
	return nil
}

func noCharset(name string, span diag.Span, kind diag.Kind) error {
	return diag.Errorf(kind, span, "there is no character set %q", name).WithHint("use US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16")
}

// urlEncode escapes as forms do: letters, digits and . - * _ stay, a blank becomes +.
func urlEncode(dst, s []byte) []byte {
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '*', c == '_':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		}
	}
	return dst
}

func parseURL(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	u, err := url.Parse(string(textAt(args, 0, row)))
	if err != nil || u.Scheme == "" {
		return dst, false
	}
	part := string(textAt(args, 1, row))
	if len(args) > 2 {
		if part != "QUERY" {
			return dst, false
		}
		for pair := range strings.SplitSeq(u.RawQuery, "&") {
			if key, value, ok := strings.Cut(pair, "="); ok && key == string(textAt(args, 2, row)) {
				return append(dst, value...), true
			}
		}
		return dst, false
	}
	file := u.EscapedPath()
	if u.RawQuery != "" {
		file += "?" + u.RawQuery
	}
	authority := u.Host
	if u.User != nil {
		authority = u.User.String() + "@" + u.Host
	}
	text := ""
	switch part {
	case "PROTOCOL":
		text = u.Scheme
	case "HOST":
		text = u.Hostname()
	case "PATH":
		return append(dst, u.EscapedPath()...), true
	case "FILE":
		return append(dst, file...), true
	case "QUERY":
		text = u.RawQuery
	case "REF":
		text = u.EscapedFragment()
	case "AUTHORITY":
		text = authority
	case "USERINFO":
		text = u.User.String()
	}
	return append(dst, text...), text != ""
}
