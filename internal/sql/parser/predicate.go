package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// isWhat are the tests that may follow IS [NOT], longest first where one begins another.
var isWhat = [][]string{
	{"NULL"},
	{"TRUE"},
	{"FALSE"},
	{"UNKNOWN"},
	{"JSON", "VALUE"},
	{"JSON", "OBJECT"},
	{"JSON", "ARRAY"},
	{"JSON", "SCALAR"},
	{"JSON"},
}

// isTest parses x IS [NOT] test.
func (p *parser) isTest(left ast.Expr, start int) ast.Expr {
	p.advance()
	is := &ast.Is{Expr: left, Not: p.accept("NOT")}
	if p.accept("DISTINCT", "FROM") {
		is.What = "DISTINCT FROM"
		is.Right = p.exprAt(ast.LevelIs + 1)
		is.Pos = p.from(start)
		return is
	}
	if is.What = p.acceptPhrase(isWhat); is.What == "" {
		p.expectedOneOf("NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM after IS",
			[]string{"NULL", "TRUE", "FALSE", "UNKNOWN", "JSON", "DISTINCT"})
	}
	is.Pos = p.from(start)
	return is
}

// predicate parses x [NOT] BETWEEN, IN, LIKE, ILIKE or SIMILAR TO.
func (p *parser) predicate(left ast.Expr, start int) ast.Expr {
	not := p.accept("NOT")
	switch {
	case p.accept("BETWEEN"):
		return p.between(left, start, not)
	case p.accept("IN"):
		return p.in(left, start, not)
	}
	op := "SIMILAR TO"
	if !p.accept("SIMILAR", "TO") {
		op = upper(p.text(p.advance()))
	}
	like := &ast.LikeExpr{Expr: left, Not: not, Op: op, Pattern: p.exprAt(ast.LevelRange + 1)}
	if p.accept("ESCAPE") {
		like.Escape = p.exprAt(ast.LevelRange + 1)
	}
	like.Pos = p.from(start)
	return like
}

func (p *parser) between(left ast.Expr, start int, not bool) ast.Expr {
	between := &ast.Between{Expr: left, Not: not, Symmetric: p.accept("SYMMETRIC")}
	if !between.Symmetric {
		p.accept("ASYMMETRIC")
	}
	between.Low = p.exprAt(ast.LevelRange + 1)
	p.expect("AND", "between the bounds of BETWEEN")
	between.High = p.exprAt(ast.LevelRange + 1)
	between.Pos = p.from(start)
	return between
}

// in parses the list or the query behind IN. A list of one subquery in parentheses that goes on
// with UNION and the like is a query after all.
func (p *parser) in(left ast.Expr, start int, not bool) ast.Expr {
	in := &ast.In{Expr: left, Not: not}
	open := p.peek()
	p.expect("(", "after IN")
	switch {
	case p.startsQuery():
		in.Query = p.query()
		p.close(open, "the subquery of IN")
	default:
		in.List = p.exprs()
		if len(in.List) == 1 && p.continuesQuery(in.List[0]) {
			in.Query = p.queryFrom(in.List[0].(*ast.ScalarQuery))
			in.List = nil
		}
		p.closeList(open, "the list of IN")
	}
	in.Pos = p.from(start)
	return in
}

// exists parses EXISTS (query).
func (p *parser) exists() ast.Expr {
	start := p.mark()
	p.advance()
	open := p.advance()
	query := p.query()
	p.close(open, "the subquery of EXISTS")
	return &ast.Exists{Pos: p.from(start), Query: query}
}

// caseExpr parses CASE ... END.
func (p *parser) caseExpr() ast.Expr {
	start := p.mark()
	open := p.advance()
	c := &ast.Case{}
	if !p.is("WHEN") {
		c.Operand = p.expr()
	}
	for {
		at := p.mark()
		p.expect("WHEN", "in CASE")
		when := ast.When{Condition: p.expr()}
		p.expect("THEN", "after the condition of WHEN")
		when.Result = p.expr()
		when.Pos = p.from(at)
		c.Whens = append(c.Whens, when)
		if !p.is("WHEN") {
			break
		}
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	p.closeWith(open, "END", `"WHEN", "ELSE" or "END" in CASE`, "")
	c.Pos = p.from(start)
	return c
}
