package expr

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// patternCompiler makes a matcher of a pattern and an escape, which may be empty.
type patternCompiler = func(pattern, escape string) (func([]byte) bool, error)

// likeFunction makes LIKE and SIMILAR TO.
func likeFunction(name, doc, example string, compile patternCompiler) *Function {
	return &Function{
		Name: name, Category: "String", Doc: doc, Example: example, Result: "TRUE", CanFail: true, Infix: name,
		Syntax: []string{"text " + name + " pattern [ESCAPE escape]"},
		Signatures: []Signature{{
			Params: []Param{textArg, textArg.named("pattern"), textArg.named("escape")}, Optional: 1, Type: returns(types.Of(types.Boolean)),
			Kernel: func(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
				return matchRows(call, args, rows, compile)
			},
		}},
	}
}

// matcher is a compiled pattern.
type matcher struct {
	pattern, escape string
	match           func([]byte) bool
}

// matchRows matches every row; the last pattern is kept in the call, so that a constant is compiled once.
func matchRows(call *Call, args []batch.Column, rows int, compile patternCompiler) (batch.Column, error) {
	m, _ := call.compiled.Load().(*matcher)
	out := make([]bool, rows)
	for i := range out {
		pattern, escape := textAt(args, 1, i), ""
		if len(args) > 2 {
			escape = string(textAt(args, 2, i))
		}
		if m == nil || m.pattern != string(pattern) || m.escape != escape {
			match, err := compile(string(pattern), escape)
			if err != nil {
				return nil, diag.Errorf(diag.BadData, call.span, "bad pattern %q: %w", pattern, err)
			}
			m = &matcher{pattern: string(pattern), escape: escape, match: match}
			call.compiled.Store(m)
		}
		out[i] = m.match(textAt(args, 0, i))
	}
	return batch.NewFixed(out, nil), nil
}

// compileLike turns a LIKE pattern into a matcher; prefixes, suffixes and infixes need no regular
// expression.
func compileLike(pattern, escape string) (func([]byte) bool, error) {
	if inner := strings.Trim(pattern, "%"); escape == "" && !strings.ContainsAny(inner, "%_") {
		start, end := strings.HasPrefix(pattern, "%"), strings.HasSuffix(pattern, "%")
		text := []byte(inner)
		switch {
		case inner == "" && start:
			return func([]byte) bool { return true }, nil
		case start && end:
			return func(s []byte) bool { return bytes.Contains(s, text) }, nil
		case start:
			return func(s []byte) bool { return bytes.HasSuffix(s, text) }, nil
		case end:
			return func(s []byte) bool { return bytes.HasPrefix(s, text) }, nil
		}
		return func(s []byte) bool { return bytes.Equal(s, text) }, nil
	}
	if utf8.RuneCountInString(escape) > 1 {
		return nil, fmt.Errorf("the escape %q is more than one character", escape)
	}
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped && r != '%' && r != '_' && string(r) != escape:
			return nil, fmt.Errorf("the escape %q can only stand before %%, _ or itself", escape)
		case escaped:
			re.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case escape != "" && string(r) == escape:
			escaped = true
		case r == '%':
			re.WriteString(".*")
		case r == '_':
			re.WriteString(".")
		default:
			re.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if escaped {
		return nil, fmt.Errorf("the pattern ends in the escape %q", escape)
	}
	re.WriteString(`\z`)
	compiled, err := regexp.Compile(re.String())
	if err != nil {
		return nil, err
	}
	return compiled.Match, nil
}

// compileSimilar turns a SQL regular expression into a matcher of the whole text.
func compileSimilar(pattern, escape string) (func([]byte) bool, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return nil, fmt.Errorf("the escape %q is more than one character", escape)
	}
	var re strings.Builder
	re.WriteString(`(?s)\A(?:`)
	escaped, class, named := false, false, false // after the escape; in brackets; in [:ALPHA:] within brackets
	for _, r := range pattern {
		switch ch := string(r); {
		case escaped:
			re.WriteString(regexp.QuoteMeta(ch))
			escaped = false
		case escape != "" && ch == escape:
			escaped = true
		case named:
			named = r != ']'
			re.WriteString(strings.ToLower(ch))
		case class:
			class, named = r != ']', r == '['
			if r == '\\' {
				ch = `\\`
			}
			re.WriteString(ch)
		case r == '%':
			re.WriteString(".*")
		case r == '_':
			re.WriteString(".")
		case r == '[':
			class = true
			re.WriteString(ch)
		case strings.ContainsRune("|*+?{}()", r):
			re.WriteString(ch)
		default:
			re.WriteString(regexp.QuoteMeta(ch))
		}
	}
	if escaped {
		return nil, fmt.Errorf("the pattern ends in the escape %q", escape)
	}
	re.WriteString(`)\z`)
	compiled, err := regexp.Compile(re.String())
	if err != nil {
		text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "error parsing regexp: "), ": `") // which quotes what was made of it
		return nil, errors.New(text)
	}
	return compiled.Match, nil
}
