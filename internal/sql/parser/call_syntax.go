package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// keywordArguments parses the arguments of a function that has keywords between them; false if the
// function, whose name is in upper case, has none.
func (p *parser) keywordArguments(c *ast.Call, name string) bool {
	switch name {
	case "EXTRACT":
		p.extractArguments(c)
	case "FLOOR", "CEIL", "CEILING":
		p.roundArguments(c)
	case "TRIM":
		p.trimArguments(c)
	case "POSITION":
		p.positionArguments(c)
	case "SUBSTRING":
		p.substringArguments(c)
	case "OVERLAY":
		p.overlayArguments(c)
	case "TIMESTAMPADD", "TIMESTAMPDIFF":
		p.unitArguments(c)
	default:
		return false
	}
	return true
}

// extractArguments parses unit FROM x.
func (p *parser) extractArguments(c *ast.Call) {
	if p.peek().kind != word || !p.isAt(1, "FROM") {
		p.expectedHint("a unit and FROM in EXTRACT", "for example EXTRACT(HOUR FROM ts)")
		return
	}
	unit := p.keyword()
	p.advance()
	c.Args = []ast.Expr{unit, p.expr()}
}

// roundArguments parses x TO unit, or the arguments of an ordinary call.
func (p *parser) roundArguments(c *ast.Call) {
	c.Args = p.exprs()
	if len(c.Args) != 1 || !p.accept("TO") {
		return
	}
	if p.peek().kind != word {
		p.expected("a unit after TO")
		return
	}
	c.Args = append(c.Args, p.keyword())
}

// trimArguments parses [BOTH|LEADING|TRAILING] [chars] FROM x, or the arguments of an ordinary call.
func (p *parser) trimArguments(c *ast.Call) {
	var where *ast.Keyword
	if p.isAny("BOTH", "LEADING", "TRAILING") && p.startsOperand(1) {
		where = p.keyword()
	}
	if where != nil && p.accept("FROM") {
		c.Args = []ast.Expr{where, p.expr()}
		return
	}
	first := p.expr()
	switch {
	case p.accept("FROM"):
		if where == nil {
			where = &ast.Keyword{Word: "BOTH"}
		}
		c.Args = []ast.Expr{where, first, p.expr()}
	case where != nil:
		p.expected(`"FROM" in TRIM`)
	default:
		c.Args = []ast.Expr{first}
		if p.accept(",") {
			c.Args = append(c.Args, p.exprs()...)
		}
	}
}

// positionArguments parses a IN b, or a, b. IN must not become part of a.
func (p *parser) positionArguments(c *ast.Call) {
	first := p.exprAt(ast.LevelRange + 1)
	if !p.accept("IN") && !p.accept(",") {
		p.expected(`"IN" in POSITION`)
	}
	c.Args = append([]ast.Expr{first}, p.exprs()...)
}

// substringArguments parses s FROM i [FOR n], or the arguments of an ordinary call.
func (p *parser) substringArguments(c *ast.Call) {
	c.Args = p.exprs()
	if len(c.Args) != 1 || !p.accept("FROM") {
		return
	}
	c.Args = append(c.Args, p.expr())
	if p.accept("FOR") {
		c.Args = append(c.Args, p.expr())
	}
}

// overlayArguments parses s PLACING r FROM i [FOR n], or the arguments of an ordinary call.
func (p *parser) overlayArguments(c *ast.Call) {
	c.Args = p.exprs()
	if len(c.Args) != 1 || !p.accept("PLACING") {
		return
	}
	c.Args = append(c.Args, p.expr())
	p.expect("FROM", "in OVERLAY")
	c.Args = append(c.Args, p.expr())
	if p.accept("FOR") {
		c.Args = append(c.Args, p.expr())
	}
}

// unitArguments parses unit, x, y.
func (p *parser) unitArguments(c *ast.Call) {
	if p.peek().kind != word || !p.isAt(1, ",") {
		c.Args = p.exprs()
		return
	}
	unit := p.keyword()
	p.advance()
	c.Args = append([]ast.Expr{unit}, p.exprs()...)
}
