package expr

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

func regexpFunctions() []*Function {
	const category = "Regular expressions"
	pattern := textArg.named("pattern")
	group := intArg.named("group")
	row := func(name, doc, example, result string, t types.Type, params []Param, optional int, k kernel, aliases ...string) *Function {
		return &Function{
			Name: name, Aliases: aliases, Category: category, Doc: doc, Example: example, Result: result, CanFail: true,
			Signatures: []Signature{{Params: params, Optional: optional, Type: returns(t), Check: checkRegexp, Kernel: k}},
		}
	}
	nullable := func(f *Function) *Function { f.Nullable = true; return f }
	integer := types.Of(types.Int)
	return []*Function{
		row("REGEXP", "Whether some part of the text matches a regular expression. The syntax is RE2's: Java's without look-around and back references.",
			"REGEXP('penstock', 's.o')", "TRUE", types.Of(types.Boolean), []Param{textArg, pattern}, 0, regexpMatches, "REGEXP_LIKE"),
		nullable(row("REGEXP_EXTRACT", "The first part of the text that matches, or of it the group with a number from 1; NULL if nothing matches.",
			"REGEXP_EXTRACT('order 42', '([a-z]+) ([0-9]+)', 2)", "42", types.String, []Param{textArg, pattern, group}, 1, regexpExtract)),
		nullable(row("REGEXP_SUBSTR", "The first part of the text that matches; NULL if nothing does.", "REGEXP_SUBSTR('order 42', '[0-9]+')", "42", types.String, []Param{textArg, pattern}, 0, regexpExtract)),
		row("REGEXP_EXTRACT_ALL", "All parts of the text that match, or of each the group with a number (1 unless given, 0 for the whole).",
			"REGEXP_EXTRACT_ALL('a1, b2', '[a-z]([0-9])')", "[1, 2]", types.ArrayOf(types.String), []Param{textArg, pattern, group}, 1, regexpExtractAll),
		row("REGEXP_REPLACE", "The text with every match replaced; $1 in the replacement stands for group 1, and \\$ for a dollar sign.",
			"REGEXP_REPLACE('2001-02-03', '(\\d+)-(\\d+)', '$2/$1')", "02/2001-03", types.String, []Param{textArg, pattern, textArg.named("replacement")}, 0, regexpReplace),
		row("REGEXP_COUNT", "How many parts of the text match.", "REGEXP_COUNT('a1b22', '[0-9]+')", "2", integer, []Param{textArg, pattern}, 0, regexpCount),
		row("REGEXP_INSTR", "Where the first match begins, from 1; 0 if nothing matches.", "REGEXP_INSTR('abc12', '[0-9]')", "4", integer, []Param{textArg, pattern}, 0, regexpInstr),
	}
}

// checkRegexp rejects a constant second argument that is no regular expression.
func checkRegexp(args []Expr, span diag.Span) error {
	text, ok := Constant(args[1])
	if !ok || text == nil {
		return nil
	}
	if _, err := compileRegexp(text.(string)); err != nil {
		return badRegexp(text.(string), err, span, diag.Semantic)
	}
	return nil
}

func badRegexp(pattern string, err error, span diag.Span, kind diag.Kind) error {
	out := diag.Errorf(kind, span, "bad regular expression %q: %s", pattern, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	if code, ok := errors.AsType[*syntax.Error](err); ok && slices.Contains(foreignSyntax, code.Code) {
		return out.WithHint("the syntax is RE2's, which has no look-around, back references or possessive quantifiers")
	}
	return out
}

// foreignSyntax is what Go's parser says about Java's syntax.
var foreignSyntax = []syntax.ErrorCode{syntax.ErrInvalidPerlOp, syntax.ErrInvalidEscape, syntax.ErrInvalidNamedCapture, syntax.ErrInvalidRepeatOp}

// compileRegexp compiles a regular expression of RE2's syntax, which lacks Java's look-around, back
// references and possessive quantifiers; in exchange, matching takes time linear in the text.
func compileRegexp(pattern string) (*regexp.Regexp, error) { return regexp.Compile(pattern) }

// regexpAt returns the compiled pattern of a row. The last one is kept in the call, so that a constant is
// compiled once.
type regexpUser struct {
	call *Call
	args []batch.Column
	last *regexp.Regexp
}

func (u *regexpUser) at(row int) (*regexp.Regexp, error) {
	pattern := textAt(u.args, 1, row)
	if u.last != nil && u.last.String() == string(pattern) {
		return u.last, nil
	}
	if known, ok := u.call.compiled.Load().(*regexp.Regexp); ok && known.String() == string(pattern) {
		u.last = known
		return known, nil
	}
	re, err := compileRegexp(string(pattern))
	if err != nil {
		return nil, badRegexp(string(pattern), err, u.call.span, diag.BadData)
	}
	u.call.compiled.Store(re)
	u.last = re
	return re, nil
}

// eachRegexp calls do for every row with its pattern.
func eachRegexp(call *Call, args []batch.Column, rows int, do func(row int, re *regexp.Regexp, text []byte) error) error {
	user := regexpUser{call: call, args: args}
	for row := range rows {
		re, err := user.at(row)
		if err != nil {
			return err
		}
		if err := do(row, re, textAt(args, 0, row)); err != nil {
			return err
		}
	}
	return nil
}

func regexpMatches(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	out := make([]bool, rows)
	err := eachRegexp(call, args, rows, func(row int, re *regexp.Regexp, text []byte) error {
		out[row] = re.Match(text)
		return nil
	})
	return batch.NewFixed(out, nil), err
}

func regexpCount(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	out := make([]int32, rows)
	err := eachRegexp(call, args, rows, func(row int, re *regexp.Regexp, text []byte) error {
		out[row] = int32(len(re.FindAllIndex(text, -1)))
		return nil
	})
	return batch.NewFixed(out, nil), err
}

func regexpInstr(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	out := make([]int32, rows)
	err := eachRegexp(call, args, rows, func(row int, re *regexp.Regexp, text []byte) error {
		if at := re.FindIndex(text); at != nil {
			out[row] = int32(utf8.RuneCount(text[:at[0]])) + 1
		}
		return nil
	})
	return batch.NewFixed(out, nil), err
}

// groupAt returns the number of the group that a row asks for.
func groupAt(call *Call, args []batch.Column, row, otherwise int, re *regexp.Regexp) (int, error) {
	if len(args) < 3 {
		return otherwise, nil
	}
	group := intAt(args, 2, row)
	if group < 0 || group > int64(re.NumSubexp()) {
		return 0, runtimeError(call.span, "%q has no group %d: it has %d", re, group, re.NumSubexp())
	}
	return int(group), nil
}

func regexpExtract(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	var builder batch.BytesBuilder
	err := eachRegexp(call, args, rows, func(row int, re *regexp.Regexp, text []byte) error {
		group, err := groupAt(call, args, row, 0, re)
		if err != nil {
			return err
		}
		if at := re.FindSubmatchIndex(text); at != nil && at[2*group] >= 0 {
			builder.Append(text[at[2*group]:at[2*group+1]])
		} else {
			builder.AppendNull()
		}
		return nil
	})
	return builder.Finish(), err
}

func regexpExtractAll(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	items := &batch.BytesBuilder{}
	lists := &batch.ListBuilder{Items: items}
	err := eachRegexp(call, args, rows, func(row int, re *regexp.Regexp, text []byte) error {
		group, err := groupAt(call, args, row, min(1, re.NumSubexp()), re)
		if err != nil {
			return err
		}
		for _, at := range re.FindAllSubmatchIndex(text, -1) {
			if at[2*group] < 0 {
				items.AppendNull()
			} else {
				items.Append(text[at[2*group]:at[2*group+1]])
			}
		}
		lists.Close()
		return nil
	})
	return lists.Finish(), err
}

func regexpReplace(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	offsets, data := make([]int32, rows+1), []byte(nil)
	var parts []replacementPart
	var of *regexp.Regexp
	last := -1
	err := eachRegexp(call, args, rows, func(row int, re *regexp.Regexp, text []byte) error {
		if last < 0 || of != re || string(textAt(args, 2, last)) != string(textAt(args, 2, row)) {
			var err error
			if parts, err = replacement(string(textAt(args, 2, row)), re); err != nil {
				return runtimeError(call.span, "bad replacement %q: %s", textAt(args, 2, row), err).WithHint(`write \$ for a dollar sign`)
			}
			of, last = re, row
		}
		from := 0
		for _, at := range re.FindAllSubmatchIndex(text, -1) {
			data = append(data, text[from:at[0]]...)
			for _, part := range parts {
				data = append(data, part.text...)
				if g := 2 * part.group; part.group >= 0 && at[g] >= 0 {
					data = append(data, text[at[g]:at[g+1]]...)
				}
			}
			from = at[1]
		}
		data = append(data, text[from:]...)
		offsets[row+1] = int32(len(data))
		return nil
	})
	return batch.NewBytes(offsets, data, nil), err
}

// replacementPart is a text and the group that follows it; no group: -1.
type replacementPart struct {
	text  string
	group int
}

type replacementError string

func (e replacementError) Error() string { return string(e) }

// replacement reads a replacement as Java writes it: $n or ${name} for a group, \c for the character c. Of
// several digits so many belong to the number as there are groups.
func replacement(text string, re *regexp.Regexp) ([]replacementPart, error) {
	var parts []replacementPart
	var plain strings.Builder
	add := func(group int) {
		parts = append(parts, replacementPart{plain.String(), group})
		plain.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i == len(text) {
				return nil, replacementError("it ends in a backslash")
			}
			plain.WriteByte(text[i])
		case '$':
			group, size, err := groupReference(text[i+1:], re)
			if err != nil {
				return nil, err
			}
			add(group)
			i += size
		default:
			plain.WriteByte(text[i])
		}
	}
	add(-1)
	return parts, nil
}

func groupReference(text string, re *regexp.Regexp) (group, size int, err error) {
	if strings.HasPrefix(text, "{") {
		name, _, closed := strings.Cut(text[1:], "}")
		if group = re.SubexpIndex(name); !closed || group < 0 {
			return 0, 0, replacementError("there is no group " + strconv.Quote(name))
		}
		return group, len(name) + 2, nil
	}
	for size < len(text) && text[size] >= '0' && text[size] <= '9' {
		next := 10*group + int(text[size]-'0')
		if size > 0 && next > re.NumSubexp() {
			break
		}
		group = next
		size++
	}
	switch {
	case size == 0:
		return 0, 0, replacementError("no group follows the dollar sign")
	case group > re.NumSubexp():
		return 0, 0, replacementError("there is no group " + strconv.Itoa(group))
	}
	return group, size, nil
}
