package parser

import (
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// expr parses a scalar expression.
func (p *parser) expr() ast.Expr { return p.exprAt(ast.LevelNone) }

// exprs parses a list of expressions without parentheses.
func (p *parser) exprs() []ast.Expr { return list(p, "an expression", p.expr) }

// exprAt parses the longest expression whose operators are all at the level or tighter.
func (p *parser) exprAt(level int) ast.Expr {
	p.enter()
	defer p.leave()
	start := p.mark()
	left, tightest := p.prefix(level)
	for {
		op := p.operator()
		if op.level == ast.LevelNone || op.level < level {
			return left
		}
		if op.level > tightest {
			p.ambiguous(start)
			return left
		}
		p.link()
		left, tightest = op.parse(p, left, start), op.level
	}
}

// ambiguous fails at a tight operator behind a complete looser one, as in a IS NULL = b, which
// reads two ways.
func (p *parser) ambiguous(start int) {
	p.fail(syntaxErrorf(p.peek().span(), "%s after %s needs parentheses", p.describe(p.peek()), quote(clip(p.src.Text[start:p.last.end]))).
		WithHint("put parentheses around the part on the left"))
}

// prefix parses an operand with the operators before it, and returns how tight an operator that
// follows may be.
func (p *parser) prefix(level int) (operand ast.Expr, tightest int) {
	start := p.mark()
	switch {
	case p.is("NOT"):
		if level > ast.LevelNot {
			p.expectedHint("an expression", "put NOT and what follows it in parentheses")
			return p.nothing(), level
		}
		p.advance()
		e := p.exprAt(ast.LevelNot)
		return &ast.Unary{Pos: p.from(start), Op: "NOT", Expr: e}, ast.LevelNot
	case p.isAny("-", "+"):
		op := p.text(p.advance())
		e := p.exprAt(ast.LevelSign)
		return &ast.Unary{Pos: p.from(start), Op: op, Expr: e}, ast.LevelSign
	}
	return p.postfix(), ast.LevelPrimary
}

// nothing stands for an expression that could not be parsed.
func (p *parser) nothing() ast.Expr { return &ast.Literal{Kind: ast.NullLiteral} }

// operator is an operator that may follow an operand.
type operator struct {
	level int // ast.LevelNone: the token is no operator
	parse func(p *parser, left ast.Expr, start int) ast.Expr
}

// operator looks up the operator at the current token, without taking it.
func (p *parser) operator() operator {
	t := p.peek()
	switch {
	case t.kind != word && t.kind != symbol:
		return operator{}
	case p.is("IS"):
		return operator{ast.LevelIs, (*parser).isTest}
	case p.isPredicate(0), p.is("NOT") && p.isPredicate(1):
		return operator{ast.LevelRange, (*parser).predicate}
	}
	op := upper(p.text(t))
	if op == "!=" {
		op = "<>"
	}
	return operator{ast.BinaryLevel(op), func(p *parser, left ast.Expr, start int) ast.Expr {
		p.advance()
		right := p.exprAt(ast.BinaryLevel(op) + 1)
		return &ast.Binary{Pos: p.from(start), Op: op, OpPos: p.at(t), Left: left, Right: right}
	}}
}

// isPredicate reports whether the token n places ahead begins BETWEEN, IN, LIKE or the like.
func (p *parser) isPredicate(n int) bool {
	return p.isAt(n, "BETWEEN") || p.isAt(n, "IN") || p.isAt(n, "LIKE") || p.isAt(n, "ILIKE") ||
		p.isAt(n, "SIMILAR") && p.isAt(n+1, "TO")
}

// postfix parses a primary expression with ::type, [index] and .field behind it.
func (p *parser) postfix() ast.Expr {
	start := p.mark()
	e := p.primary()
	for {
		switch {
		case p.accept("::"):
			t := p.castType()
			e = &ast.Cast{Pos: p.from(start), Expr: e, Type: t, Colon: true}
		case p.is("["):
			open := p.advance()
			index := p.expr()
			p.closeWith(open, "]", `"]" to close the index`, "")
			e = &ast.Index{Pos: p.from(start), Expr: e, Index: index}
		case p.is(".") && ast.HasFields(e):
			p.advance()
			name := p.identifier(`a field name after "."`)
			e = &ast.Field{Pos: p.from(start), Expr: e, Name: name}
		default:
			return e
		}
		p.link()
	}
}

// primary parses an operand without operators.
func (p *parser) primary() ast.Expr {
	t := p.peek()
	switch t.kind {
	case number:
		return p.literal(ast.NumberLiteral, p.text(p.advance()))
	case stringText:
		return p.literal(ast.StringLiteral, p.unquote(p.advance()))
	case binaryText:
		text := p.text(p.advance())
		return p.literal(ast.BinaryLiteral, text[2:len(text)-1])
	case quotedName:
		return p.columnOrCall()
	case word:
		return p.wordExpr()
	}
	if p.is("(") {
		return p.parenExpr()
	}
	p.expectedExpr()
	return p.nothing()
}

// literal makes a literal of the token just taken.
func (p *parser) literal(kind, text string) ast.Expr {
	return &ast.Literal{Pos: p.at(p.last), Kind: kind, Text: text}
}

func (p *parser) expectedExpr() {
	t := p.peek()
	hint := ""
	switch {
	case p.last.kind == symbol && p.text(p.last) == "," && p.endsList():
		hint = "remove the comma before it"
	case p.is("SELECT"):
		hint = "put a subquery in parentheses"
	case p.is("FROM") && p.last.kind == word && isKeyword(p.text(p.last), "SELECT"):
		hint = "name the columns to select, or * for all"
	case p.is("*"):
		hint = "* stands alone in SELECT, or in COUNT(*)"
	case t.kind == word && p.goesOn(1):
		hint = p.reservedHint(t)
	}
	p.expectedHint("an expression", hint)
}

// goesOn reports whether the token n places ahead can follow a name in an expression.
func (p *parser) goesOn(n int) bool {
	t := p.peekAt(n)
	if t.kind == word {
		return oneOf(p.text(t), []string{"AS", "FROM", "AND", "OR", "IS", "IN", "NOT", "LIKE", "BETWEEN"})
	}
	return t.kind == symbol && !p.isAt(n, "(") && !p.isAt(n, ")") && !p.isAt(n, ";")
}

// parenExpr parses what begins with a parenthesis: (expr), a row (a, b), or a query.
func (p *parser) parenExpr() ast.Expr {
	start := p.mark()
	open := p.advance()
	if p.startsQuery() {
		query := p.query()
		p.close(open, "the subquery")
		return &ast.ScalarQuery{Pos: p.from(start), Query: query}
	}
	e := p.expr()
	switch {
	case p.accept(","):
		elements := append([]ast.Expr{e}, p.exprs()...)
		p.closeList(open, "the row")
		return &ast.RowLiteral{Pos: p.from(start), Elements: elements}
	case p.continuesQuery(e):
		query := p.queryFrom(e.(*ast.ScalarQuery))
		p.close(open, "the subquery")
		return &ast.ScalarQuery{Pos: p.from(start), Query: query}
	}
	p.close(open, "the expression")
	return &ast.Paren{Pos: p.from(start), Expr: e}
}
