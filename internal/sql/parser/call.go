package parser

import (
	"strings"

	"github.com/penstock-io/penstock/internal/sql/ast"
)

// call parses the arguments of a call and what may follow them; the name has been taken.
func (p *parser) call(name ast.Identifier) ast.Expr {
	c := &ast.Call{Name: name}
	open := p.advance()
	if !p.is(")") {
		p.callArguments(c)
	}
	p.closeList(open, "the arguments of "+clip(name.Name))
	p.callSuffix(c)
	c.Pos = p.from(name.Pos.Start)
	return c
}

func (p *parser) callArguments(c *ast.Call) {
	name := ""
	if !c.Name.Quoted {
		name = upper(c.Name.Name)
	}
	if p.keywordArguments(c, name) {
		return
	}
	if p.is("*", ")") {
		p.advance()
		c.Star = true
		return
	}
	isJSON := strings.HasPrefix(name, "JSON_")
	if c.Distinct = p.accept("DISTINCT"); !c.Distinct {
		p.accept("ALL")
	}
	switch {
	case !isJSON:
		c.Args = list(p, "an argument", p.argument)
	case !p.startsJSONClause():
		c.Args = list(p, "an argument", p.jsonArgument)
	}
	c.Nulls = p.nullTreatment()
	c.OrderBy = p.orderBy()
	if isJSON {
		p.jsonClauses(c)
	}
}

// argument parses expr or name => expr.
func (p *parser) argument() ast.Expr {
	if !p.startsNamedArg() {
		return p.expr()
	}
	start := p.mark()
	name := p.takeIdentifier()
	p.advance()
	value := p.expr()
	return &ast.NamedArg{Pos: p.from(start), Name: &name, Value: value}
}

func (p *parser) startsNamedArg() bool { return p.isName(0) && p.isAt(1, "=>") }

// nullTreatment parses IGNORE NULLS and RESPECT NULLS, which stand inside or behind the
// parentheses.
func (p *parser) nullTreatment() string {
	switch {
	case p.accept("IGNORE", "NULLS"):
		return "IGNORE"
	case p.accept("RESPECT", "NULLS"):
		return "RESPECT"
	}
	return ""
}

// callSuffix parses what makes a call an aggregate or a window function.
func (p *parser) callSuffix(c *ast.Call) {
	if p.is("WITHIN", "GROUP", "(") {
		p.advance()
		p.advance()
		open := p.advance()
		c.WithinGroup = true
		if c.OrderBy = p.orderBy(); c.OrderBy == nil {
			p.expected(`"ORDER BY" in WITHIN GROUP`)
		}
		p.closeList(open, "WITHIN GROUP")
	}
	if p.is("FILTER", "(") {
		p.advance()
		open := p.advance()
		p.expect("WHERE", "in FILTER")
		c.Filter = p.expr()
		p.close(open, "FILTER")
	}
	if c.Nulls == "" {
		c.Nulls = p.nullTreatment()
	}
	if p.is("OVER", "(") || p.is("OVER") && p.isName(1) {
		p.advance()
		c.Over = p.over()
	}
}

// keyword makes a Keyword of the current word.
func (p *parser) keyword() *ast.Keyword {
	t := p.advance()
	return &ast.Keyword{Pos: p.at(t), Word: upper(p.text(t))}
}

// startsOperand reports whether the token n places ahead can begin an operand, so that a word
// before it is a keyword and not a column.
func (p *parser) startsOperand(n int) bool {
	t := p.peekAt(n)
	switch t.kind {
	case word:
		return !oneOf(p.text(t), []string{"AND", "OR", "IS", "IN", "LIKE", "BETWEEN"})
	case symbol:
		return p.isAt(n, "(") || p.isAt(n, "-") || p.isAt(n, "+")
	case endOfScript, invalid:
		return false
	}
	return true
}
