package expr

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

func textFunctions() []*Function {
	const category = "String"
	text, integer := returns(types.String), returns(types.Of(types.Int))
	simple := func(name, doc, example, result string, f func(dst, s []byte) []byte, aliases ...string) *Function {
		return &Function{
			Name: name, Aliases: aliases, Category: category, Doc: doc, Example: example, Result: result,
			Signatures: []Signature{{Params: []Param{textArg}, Type: text, Kernel: textToText(f)}},
		}
	}
	return []*Function{
		simple("UPPER", "The text in upper case.", "UPPER('äb')", "ÄB", func(dst, s []byte) []byte { return append(dst, bytes.ToUpper(s)...) }, "UCASE"),
		simple("LOWER", "The text in lower case.", "LOWER('ÄB')", "äb", func(dst, s []byte) []byte { return append(dst, bytes.ToLower(s)...) }, "LCASE"),
		simple("REVERSE", "The characters in reverse order.", "REVERSE('añc')", "cña", reverse),
		simple("INITCAP", "Every word with an upper-case first letter, the rest in lower case.", "INITCAP('new YORK')", "New York", initCap),
		{
			Name: "CHAR_LENGTH", Aliases: []string{"CHARACTER_LENGTH", "LENGTH"}, Category: category, Doc: "The number of characters.", Example: "CHAR_LENGTH('añc')", Result: "3",
			Signatures: []Signature{{Params: []Param{textArg}, Type: integer, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int32 {
				return int32(utf8.RuneCount(textAt(args, 0, row)))
			})}},
		},
		{
			Name: "SUBSTRING", Aliases: []string{"SUBSTR"}, Category: category, Doc: "The characters from a position (the first is 1, negative counts from the end), at most length of them.",
			Example: "SUBSTRING('penstock', 4, 3)", Result: "sto",
			Signatures: []Signature{{Params: []Param{textArg, intArg.named("from"), intArg.named("length")}, Optional: 1, Type: text, Kernel: toText(substring)}},
		},
		{
			Name: "LEFT", Category: category, Doc: "The first n characters.", Example: "LEFT('penstock', 3)", Result: "pen",
			Signatures: []Signature{{Params: []Param{textArg, intArg}, Type: text, Kernel: toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
				return append(dst, cutCharacters(textAt(args, 0, row), int(max(0, intAt(args, 1, row))))...), true
			})}},
		},
		{
			Name: "RIGHT", Category: category, Doc: "The last n characters.", Example: "RIGHT('penstock', 4)", Result: "tock",
			Signatures: []Signature{{Params: []Param{textArg, intArg}, Type: text, Kernel: toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
				s := textAt(args, 0, row)
				skip := max(0, int64(utf8.RuneCount(s))-max(0, intAt(args, 1, row)))
				return append(dst, s[len(cutCharacters(s, int(skip))):]...), true
			})}},
		},
		{
			Name: "CONCAT", Category: category, Doc: "The texts joined; values of other types as text. NULL if one is NULL.", Example: "CONCAT('a', 1, 'b')", Result: "a1b",
			Signatures: []Signature{{Params: []Param{{Name: "value", Accepts: anyValue.Accepts, As: fixedType(types.String)}}, Variadic: true, Type: text, Kernel: concatKernel}},
		},
		{
			Name: "REPLACE", Category: category, Doc: "Every occurrence of the second text replaced by the third.", Example: "REPLACE('a-b-c', '-', '+')", Result: "a+b+c",
			Signatures: []Signature{{Params: []Param{textArg, textArg.named("search"), textArg.named("replacement")}, Type: text, Kernel: toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
				search := textAt(args, 1, row)
				if len(search) == 0 {
					return append(dst, textAt(args, 0, row)...), true
				}
				return append(dst, bytes.ReplaceAll(textAt(args, 0, row), search, textAt(args, 2, row))...), true
			})}},
		},
		{
			Name: "POSITION", Category: category, Doc: "Where the first text begins in the second, counted from 1; 0 if it does not.", Example: "POSITION('st' IN 'penstock')", Result: "4",
			Signatures: []Signature{{Params: []Param{textArg.named("search"), textArg}, Type: integer, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int32 {
				return find(textAt(args, 1, row), textAt(args, 0, row))
			})}},
		},
		{
			Name: "LOCATE", Category: category, Doc: "Where the first text begins in the second, counted from 1; 0 if it does not.", Example: "LOCATE('st', 'penstock')", Result: "4",
			Signatures: []Signature{{Params: []Param{textArg.named("search"), textArg}, Type: integer, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int32 {
				return find(textAt(args, 1, row), textAt(args, 0, row))
			})}},
		},
		trimFunction("TRIM", "The text without characters (blanks unless given) at both ends.", "TRIM(BOTH 'x' FROM 'xxaxx')", "a", bytes.Trim),
		trimFunction("LTRIM", "The text without blanks, or the given characters, at the start.", "LTRIM('  a ')", "a ", bytes.TrimLeft),
		trimFunction("RTRIM", "The text without blanks, or the given characters, at the end.", "RTRIM(' a  ')", " a", bytes.TrimRight),
		likeFunction("LIKE", "Whether the text matches a pattern, where % stands for any characters and _ for one. The character after ESCAPE takes away the meaning of the next.", "'penstock' LIKE 'pen%'", compileLike),
		likeFunction("SIMILAR TO", "Whether the text matches a SQL regular expression: % and _ as in LIKE, and | * + ? {n} () [].", "'penstock' SIMILAR TO '(pen|pencil)[a-z]*'", compileSimilar),
		{
			Name: "SPLIT_INDEX", Category: category, Doc: "Part n (counted from 0) of the text split at a separator; NULL if there are not so many.", Example: "SPLIT_INDEX('a,b,c', ',', 1)", Result: "b", Nullable: true,
			Signatures: []Signature{{Params: []Param{textArg, textArg.named("separator"), intArg}, Type: text, Kernel: toText(splitIndex)}},
		},
	}
}

func trimFunction(name, doc, example, result string, trim func([]byte, string) []byte) *Function {
	return &Function{
		Name: name, Category: "String", Doc: doc, Example: example, Result: result,
		Signatures: []Signature{{Params: []Param{textArg, textArg.named("characters")}, Optional: 1, Type: returns(types.String), Kernel: toText(func(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
			characters := " "
			if len(args) > 1 {
				characters = string(textAt(args, 1, row))
			}
			return append(dst, trim(textAt(args, 0, row), characters)...), true
		})}},
	}
}

func reverse(dst, s []byte) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeLastRune(s)
		dst = utf8.AppendRune(dst, r)
		s = s[:len(s)-size]
	}
	return dst
}

func initCap(dst, s []byte) []byte {
	first := true
	for _, r := range string(s) {
		if first {
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		first = !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	return dst
}

func find(text, search []byte) int32 {
	before, _, found := bytes.Cut(text, search)
	if !found {
		return 0
	}
	return int32(utf8.RuneCount(before)) + 1
}

func substring(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	s, from := textAt(args, 0, row), intAt(args, 1, row)
	length := int64(len(s))
	if len(args) > 2 {
		length = intAt(args, 2, row)
	}
	switch {
	case from > 0:
		from--
	case from < 0:
		from += int64(utf8.RuneCount(s))
		if from < 0 {
			return dst, true
		}
	}
	if length <= 0 || from >= int64(len(s)) {
		return dst, true
	}
	s = s[len(cutCharacters(s, int(from))):]
	return append(dst, cutCharacters(s, int(min(length, int64(len(s)))))...), true
}

func concatKernel(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	offsets, data := make([]int32, rows+1), []byte(nil)
	for i := range rows {
		for _, arg := range args {
			data = append(data, arg.(*batch.Bytes).At(i)...)
		}
		offsets[i+1] = int32(len(data))
	}
	return batch.NewBytes(offsets, data, nil), nil
}

func splitIndex(_ *Context, args []batch.Column, dst []byte, row int) ([]byte, bool) {
	return partOf(textAt(args, 0, row), textAt(args, 1, row), intAt(args, 2, row), dst)
}

// partOf appends part n, from 0, of a text split at a separator; false if there are not so many.
func partOf(rest, separator []byte, n int64, dst []byte) ([]byte, bool) {
	if len(separator) == 0 || n < 0 {
		return dst, false
	}
	for ; n > 0; n-- {
		_, after, found := bytes.Cut(rest, separator)
		if !found {
			return dst, false
		}
		rest = after
	}
	part, _, _ := bytes.Cut(rest, separator)
	return append(dst, part...), true
}
