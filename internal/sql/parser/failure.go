package parser

import (
	"fmt"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// fail records the error unless the statement already has one.
func (p *parser) fail(err *diag.Error) {
	if p.err == nil {
		p.err = err
	}
}

// syntaxErrorf makes an error for fail.
func syntaxErrorf(span diag.Span, format string, args ...any) *diag.Error {
	return diag.Errorf(diag.Syntax, span, format, args...)
}

// expected fails at the current token: expected what, found the token.
func (p *parser) expected(what string) { p.expectedHint(what, "") }

// expectedHint is expected with the next step for the user; the hint may be empty. If the lexer
// could not make sense of the text at the token, its error says more, and takes precedence.
func (p *parser) expectedHint(what, hint string) {
	t := p.peek()
	if t.kind == invalid {
		p.fail(p.lexErrors[t.start])
		return
	}
	p.fail(syntaxErrorf(t.span(), "expected %s, found %s", what, p.describe(t)).WithHint("%s", hint))
}

// unsupported fails: the text is meaningful, but Penstock cannot do it.
func (p *parser) unsupported(span diag.Span, what string) {
	p.fail(diag.Errorf(diag.Unsupported, span, "%s is not supported", what))
}

// expectEnd fails unless the text ends here; what names the text, such as "the expression".
func (p *parser) expectEnd(what string) {
	if p.peek().kind != endOfScript {
		p.expected("the end of " + what)
	}
}

// endStatement takes the semicolon behind a statement, or fails with the likeliest reason.
func (p *parser) endStatement(s ast.Statement) {
	if p.accept(";") || p.peek().kind == endOfScript {
		return
	}
	hint := ""
	switch s.(type) {
	case *ast.Select, *ast.Insert, *ast.CreateTable, *ast.CreateView, *ast.Explain:
		hint = p.clauseHint()
	}
	if p.startsStatement() {
		hint = "end the statement before it with a semicolon"
	}
	p.expectedHint(`";" after the statement`, hint)
}

// clauseHint guesses why a query goes on with a token that no clause starts with.
func (p *parser) clauseHint() string {
	t := p.peek()
	switch {
	case t.kind == symbol, p.last.touches(t):
		return p.itemHint()
	case t.kind == word && isClauseWord(p.text(t)):
		return "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, ORDER BY, LIMIT"
	}
	for _, slip := range []token{t, p.last} { // the one before may have been taken as an alias
		text := p.text(slip)
		if slip.kind != word || isClauseWord(text) {
			continue
		}
		if near, ok := diag.Nearest(text, clauseWords); ok {
			return "did you mean " + quote(near) + "?"
		}
	}
	return p.itemHint()
}

// itemHint guesses why a list goes on without a comma.
func (p *parser) itemHint() string {
	t := p.peek()
	switch {
	case p.last.kind == stringText && t.kind != symbol && p.last.touches(t):
		return "a closing quote is missing, or a quote inside the string, which is written twice: 'it''s'"
	case t.kind == word && !ast.Reserved(p.text(t)), t.kind == quotedName, t.kind == stringText, t.kind == number:
		return "is a comma missing before " + p.describe(t) + "?"
	}
	return ""
}

// closeList takes the parenthesis that ends a list; what names the list.
func (p *parser) closeList(open token, what string) {
	p.closeWith(open, ")", `"," or ")" in `+what, p.itemHint())
}

// close takes the parenthesis that ends something other than a list.
func (p *parser) close(open token, what string) {
	p.closeWith(open, ")", `")" to close `+what, "")
}

func (p *parser) closeWith(open token, closing, expected, hint string) {
	if p.accept(closing) {
		return
	}
	if p.peek().kind == endOfScript {
		line, column := p.src.Position(int(open.start))
		hint = fmt.Sprintf("the %s at line %d, column %d is not closed", p.describe(open), line, column)
	}
	p.expectedHint(expected, hint)
}

// list parses items separated by commas; what names one item.
func list[T any](p *parser, what string, item func() T) []T {
	var items []T
	for {
		items = append(items, item())
		if !p.accept(",") {
			return items
		}
		if p.endsList() {
			p.expectedHint(what+` after ","`, "remove the comma before it")
			return items
		}
	}
}

// parenthesized parses a list in parentheses; what names one item and where the list.
func parenthesized[T any](p *parser, what, where string, item func() T) []T {
	open := p.peek()
	p.expect("(", "before "+where)
	items := list(p, what, item)
	p.closeList(open, where)
	return items
}

// endsList reports whether the current token can only stand behind a list.
func (p *parser) endsList() bool {
	t := p.peek()
	return t.kind == endOfScript || p.isAny(")", "]", ";", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "UNION")
}

func quote(s string) string { return `"` + s + `"` }

// clip shortens text for a message.
func clip(text string) string {
	if utf8.RuneCountInString(text) > maxShown {
		return string([]rune(text)[:maxShown]) + "..."
	}
	return text
}
