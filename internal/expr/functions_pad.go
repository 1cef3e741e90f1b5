package expr

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// longestText bounds what REPEAT, LPAD and RPAD make, in bytes.
const longestText = 16 << 20

// moreTextFunctions are the functions that put texts together, take them apart and look at them.
func moreTextFunctions() []*Function {
	const category = "String"
	text, integer, boolean := returns(types.String), returns(types.Of(types.Int)), returns(types.Of(types.Boolean))
	row := func(name, doc, example, result string, s Signature, aliases ...string) *Function {
		return &Function{Name: name, Aliases: aliases, Category: category, Doc: doc, Example: example, Result: result, Signatures: []Signature{s}}
	}
	nullable := func(f *Function) *Function { f.Nullable = true; return f }
	canFail := func(f *Function) *Function { f.CanFail = true; return f }
	pad := func(name, doc, example, result string, left bool) *Function {
		return nullable(canFail(row(name, doc, example, result,
			Signature{Params: []Param{textArg, intArg.named("length"), textArg.named("pad")}, Optional: 1, Type: text, Kernel: padKernel(left)})))
	}
	test := func(name, doc, example string, holds func(text []byte) bool) *Function {
		return row(name, doc, example, "TRUE", Signature{Params: []Param{textArg}, Type: boolean, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) bool {
			return holds(textAt(args, 0, row))
		})})
	}
	return []*Function{
		canFail(row("REPEAT", "The text n times.", "REPEAT('ab', 3)", "ababab", Signature{Params: []Param{textArg, intArg}, Type: text, Kernel: repeatText})),
		pad("LPAD", "The text with others before it, blanks unless given, so that it has a length; cut if it is longer. NULL if the length is negative or the pad empty.", "LPAD('7', 3, '0')", "007", true),
		pad("RPAD", "The text with others behind it, blanks unless given, so that it has a length; cut if it is longer. NULL if the length is negative or the pad empty.", "RPAD('7', 3, '0')", "700", false),
		row("OVERLAY", "The text with n characters from a position on, as many as the second text has unless given, replaced by the second text.", "OVERLAY('penstock' PLACING 'rt' FROM 4 FOR 5)", "penrt",
			Signature{Params: []Param{textArg, textArg.named("placing"), intArg.named("from"), intArg.named("n")}, Optional: 1, Type: text, Kernel: toText(overlay)}),
		row("TRANSLATE", "The text with every character of the second text replaced by the one at its place in the third, or left out if there is none.", "TRANSLATE('a-b_c', '-_', '+')", "a+bc",
			Signature{Params: []Param{textArg, textArg.named("from"), textArg.named("to")}, Type: text, Kernel: toText(translate)}),
		row("CONCAT_WS", "The texts joined with a separator between them; NULLs are left out.", "CONCAT_WS('-', 'a', NULL, 1)", "a-1",
			Signature{Params: []Param{textArg.named("separator"), {Name: "value", Accepts: anyValue.Accepts, As: fixedType(types.String), TakesNull: true}}, Variadic: true, Type: text, Kernel: concatWith}),
		nullable(row("ELT", "The text at position n, from 1; NULL if there are not so many.", "ELT(2, 'a', 'b')", "b",
			Signature{Params: []Param{intArg, {Name: "value", Accepts: anyValue.Accepts, As: fixedType(types.String), TakesNull: true}}, Variadic: true, Type: text, Kernel: elt})),
		row("SUBSTRING_INDEX", "What stands before separator number n; for negative n, what stands behind that many from the end.", "SUBSTRING_INDEX('a.b.c', '.', 2)", "a.b",
			Signature{Params: []Param{textArg, textArg.named("separator"), intArg}, Type: text, Kernel: toText(substringIndex)}),
		nullable(row("SPLIT_PART", "Part n, counted from 1, of the text split at a separator; NULL if there are not so many.", "SPLIT_PART('a,b,c', ',', 2)", "b",
			Signature{Params: []Param{textArg, textArg.named("separator"), intArg}, Type: text, Kernel: toText(splitPart)})),
		row("INSTR", "Where the second text begins in the first, counted from 1; 0 if it does not.", "INSTR('penstock', 'st')", "4",
			Signature{Params: []Param{textArg, textArg.named("search")}, Type: integer, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int32 {
				return find(textAt(args, 0, row), textAt(args, 1, row))
			})}, "STRPOS"),
		row("STARTSWITH", "Whether the text begins with another.", "STARTSWITH('penstock', 'pen')", "TRUE",
			Signature{Params: []Param{textArg, textArg.named("start")}, Type: boolean, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) bool {
				return bytes.HasPrefix(textAt(args, 0, row), textAt(args, 1, row))
			})}, "STARTS_WITH"),
		row("ENDSWITH", "Whether the text ends with another.", "ENDSWITH('penstock', 'stock')", "TRUE",
			Signature{Params: []Param{textArg, textArg.named("end")}, Type: boolean, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) bool {
				return bytes.HasSuffix(textAt(args, 0, row), textAt(args, 1, row))
			})}, "ENDS_WITH"),
		row("ASCII", "The number of the first byte of the text; 0 of an empty one.", "ASCII('a')", "97",
			Signature{Params: []Param{textArg}, Type: integer, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int32 {
				if s := textAt(args, 0, row); len(s) > 0 {
					return int32(s[0])
				}
				return 0
			})}),
		row("CHR", "The character with a number, modulo 256.", "CHR(97)", "a",
			Signature{Params: []Param{intArg}, Type: text, Kernel: toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
				return utf8.AppendRune(dst, rune(types.FloorMod(intAt(args, 0, row), 256))), true
			})}),
		test("IS_ALPHA", "Whether all characters are letters, and there is one.", "IS_ALPHA('añc')", func(text []byte) bool { return all(text, unicode.IsLetter) }),
		test("IS_DIGIT", "Whether all characters are digits, and there is one.", "IS_DIGIT('123')", func(text []byte) bool { return all(text, unicode.IsDigit) }),
		test("IS_DECIMAL", "Whether the text is a number.", "IS_DECIMAL('-1.5')", func(text []byte) bool {
			_, err := strconv.ParseFloat(string(text), 64)
			return err == nil && bytes.ContainsAny(text, "0123456789") && !bytes.ContainsAny(text, "xXpP_nN")
		}),
		row("OCTET_LENGTH", "The number of bytes.", "OCTET_LENGTH('añc')", "4", Signature{Params: []Param{textArg}, Type: integer, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int32 {
			return int32(len(textAt(args, 0, row)))
		})}),
	}
}

func all(text []byte, holds func(r rune) bool) bool {
	return len(text) > 0 && bytes.IndexFunc(text, func(r rune) bool { return !holds(r) }) < 0
}

func tooLong(call *Call, n int64) error {
	return runtimeError(call.span, "%s makes a text of more than %d bytes", call.Function.Name, longestText).WithHint("the length is %d", n)
}

func repeatText(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	var builder batch.BytesBuilder
	for row := range rows {
		text, n := textAt(args, 0, row), max(0, intAt(args, 1, row))
		if len(text) > 0 && n > longestText/int64(len(text)) {
			return nil, tooLong(call, n)
		}
		builder.Append(bytes.Repeat(text, int(n)))
	}
	return builder.Finish(), nil
}

// padKernel makes LPAD and RPAD.
func padKernel(left bool) kernel {
	return func(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		var builder batch.BytesBuilder
		var out []byte
		for row := range rows {
			text, n, pad := textAt(args, 0, row), intAt(args, 1, row), []byte(" ")
			if len(args) > 2 {
				pad = textAt(args, 2, row)
			}
			switch {
			case n < 0 || len(pad) == 0:
				builder.AppendNull()
				continue
			case n > longestText/int64(len(pad)):
				return nil, tooLong(call, n)
			}
			missing := int(n) - utf8.RuneCount(text)
			if missing <= 0 {
				builder.Append(cutCharacters(text, int(n)))
				continue
			}
			out = out[:0]
			if !left {
				out = append(out, text...)
			}
			for size := utf8.RuneCount(pad); missing > 0; missing -= size {
				out = append(out, cutCharacters(pad, missing)...)
			}
			if left {
				out = append(out, text...)
			}
			builder.Append(out)
		}
		return builder.Finish(), nil
	}
}

func overlay(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	text, placing, from := textAt(args, 0, row), textAt(args, 1, row), intAt(args, 2, row)
	n := int64(utf8.RuneCount(placing))
	if len(args) > 3 {
		n = intAt(args, 3, row)
	}
	length := int64(utf8.RuneCount(text))
	if from < 1 || from > length { // as in Flink
		return append(dst, text...), true
	}
	before := cutCharacters(text, int(from-1))
	dst = append(append(dst, before...), placing...)
	if rest := from - 1 + max(0, min(n, length)); n >= 0 && rest < length {
		dst = append(dst, text[len(cutCharacters(text, int(rest))):]...)
	}
	return dst, true
}

func translate(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	from, to := []rune(string(textAt(args, 1, row))), []rune(string(textAt(args, 2, row)))
	for _, r := range string(textAt(args, 0, row)) {
		at := -1
		for i, f := range from {
			if f == r {
				at = i
				break
			}
		}
		switch {
		case at < 0:
			dst = utf8.AppendRune(dst, r)
		case at < len(to):
			dst = utf8.AppendRune(dst, to[at])
		}
	}
	return dst, true
}

func concatWith(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	offsets, data := make([]int32, rows+1), []byte(nil)
	for row := range rows {
		first := true
		for i, arg := range args[1:] {
			if !arg.Valid().Get(row) {
				continue
			}
			if !first {
				data = append(data, textAt(args, 0, row)...)
			}
			first = false
			data = append(data, textAt(args, i+1, row)...)
		}
		offsets[row+1] = int32(len(data))
	}
	return batch.NewBytes(offsets, data, nil), nil
}

func elt(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	var builder batch.BytesBuilder
	for row := range rows {
		n := intAt(args, 0, row)
		if n >= 1 && n < int64(len(args)) && args[0].Valid().Get(row) && args[n].Valid().Get(row) {
			builder.Append(textAt(args, int(n), row))
		} else {
			builder.AppendNull()
		}
	}
	return builder.Finish(), nil
}

func substringIndex(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	text, separator, n := textAt(args, 0, row), textAt(args, 1, row), intAt(args, 2, row)
	if len(separator) == 0 || n == 0 {
		return dst, true
	}
	if n < 0 {
		end := len(text)
		for ; n < 0; n++ {
			if end = bytes.LastIndex(text[:end], separator); end < 0 {
				return append(dst, text...), true
			}
		}
		return append(dst, text[end+len(separator):]...), true
	}
	end := 0
	for ; n > 0; n-- {
		at := bytes.Index(text[end:], separator)
		if at < 0 {
			return append(dst, text...), true
		}
		end += at + len(separator)
	}
	return append(dst, text[:end-len(separator)]...), true
}

func splitPart(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	return partOf(textAt(args, 0, row), textAt(args, 1, row), intAt(args, 2, row)-1, dst)
}
