package parser

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// isName reports whether the token n places ahead may be a name.
func (p *parser) isName(n int) bool {
	t := p.peekAt(n)
	return t.kind == quotedName || t.kind == word && !ast.Reserved(p.text(t))
}

// identifier parses one name; what says which, such as "a column name".
func (p *parser) identifier(what string) ast.Identifier {
	if !p.isName(0) {
		p.expectedName(what)
		return ast.Identifier{}
	}
	return p.takeIdentifier()
}

func (p *parser) expectedName(what string) {
	switch t := p.peek(); t.kind {
	case word:
		p.expectedHint(what, p.reservedHint(t))
	case stringText:
		p.expectedHint(what, "'...' is a string; write a name bare, in backquotes or in double quotes")
	default:
		p.expected(what)
	}
}

// reservedHint tells how to use a reserved word as a name.
func (p *parser) reservedHint(t token) string {
	return fmt.Sprintf("%s is a reserved word; as a name, write it in backquotes: `%s`", upper(p.text(t)), p.text(t))
}

// takeIdentifier turns the current token, a word or a quoted name, into an identifier.
func (p *parser) takeIdentifier() ast.Identifier {
	start := p.mark()
	t := p.advance()
	id := ast.Identifier{Name: p.text(t)}
	if t.kind == quotedName {
		id.Quoted = true
		id.Name = p.unquote(t)
	}
	id.Pos = p.from(start)
	return id
}

// name parses a possibly qualified name. Behind a dot even a reserved word is a name.
func (p *parser) name(what string) ast.Name {
	start := p.mark()
	name := ast.Name{Parts: []ast.Identifier{p.identifier(what)}}
	for p.is(".") {
		p.advance()
		if t := p.peek(); t.kind != word && t.kind != quotedName {
			p.expected(`a name after "."`)
			break
		}
		name.Parts = append(name.Parts, p.takeIdentifier())
	}
	name.Pos = p.from(start)
	return name
}

// identifiers parses a list of names in parentheses.
func (p *parser) identifiers(what, where string) []ast.Identifier {
	return parenthesized(p, what, where, func() ast.Identifier { return p.identifier(what) })
}

// stringLiteral parses a string and returns its value.
func (p *parser) stringLiteral(what string) string {
	switch p.peek().kind {
	case stringText:
		return p.unquote(p.advance())
	case quotedName:
		p.expectedHint(what, "double quotes and backquotes are for names; a string has single quotes")
	default:
		p.expected(what)
	}
	return ""
}

// unquote returns what stands between the quotes of a string or a quoted name.
func (p *parser) unquote(t token) string {
	text := p.text(t)
	quote := text[:1]
	return strings.ReplaceAll(text[1:len(text)-1], quote+quote, quote)
}

// integer parses an unsigned number without a fraction; what says which.
func (p *parser) integer(what string) int {
	t := p.peek()
	if t.kind != number || strings.Trim(p.text(t), "0123456789") != "" {
		p.expected(what)
		return 0
	}
	p.advance()
	n, err := strconv.ParseInt(p.text(t), 10, 32)
	if err != nil {
		p.fail(syntaxErrorf(t.span(), "%s is out of range", p.describe(t)))
	}
	return int(n)
}

// expectedOneOf fails at the current token, which should be one of the words, and suggests the
// nearest.
func (p *parser) expectedOneOf(what string, words []string) {
	hint := ""
	if near, ok := diag.Nearest(p.text(p.peek()), words); ok {
		hint = "did you mean " + quote(near) + "?"
	}
	p.expectedHint(what, hint)
}
