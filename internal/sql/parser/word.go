package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// wordExpr parses an operand that begins with a bare word: a literal or a construct with a keyword,
// or else a column or a call.
func (p *parser) wordExpr() ast.Expr {
	switch {
	case p.accept("NULL"):
		return p.literal(ast.NullLiteral, "NULL")
	case p.accept("TRUE"):
		return p.literal(ast.BooleanLiteral, "TRUE")
	case p.accept("FALSE"):
		return p.literal(ast.BooleanLiteral, "FALSE")
	case p.is("CASE"):
		return p.caseExpr()
	case p.isAny("DATE", "TIME", "TIMESTAMP") && p.peekAt(1).kind == stringText:
		return p.timeLiteral()
	case p.startsInterval():
		return p.interval()
	case p.is("EXISTS", "("):
		return p.exists()
	case p.is("CAST", "("), p.is("TRY_CAST", "("):
		return p.cast()
	case p.is("ARRAY", "["), p.is("MAP", "["):
		return p.collection()
	case p.is("ROW", "("):
		return p.row()
	case p.isBareFunction():
		start := p.mark()
		name := p.takeIdentifier()
		return &ast.Call{Pos: p.from(start), Name: name, Bare: true}
	case !p.isName(0):
		p.expectedExpr()
		return p.nothing()
	}
	return p.columnOrCall()
}

// timeLiteral parses DATE '...', TIME '...' and TIMESTAMP '...'. The kinds of literals are spelled
// like the keywords.
func (p *parser) timeLiteral() ast.Expr {
	start := p.mark()
	kind := upper(p.text(p.advance()))
	text := p.unquote(p.advance())
	return &ast.Literal{Pos: p.from(start), Kind: kind, Text: text}
}

// isBareFunction reports whether the current token calls a function without parentheses.
func (p *parser) isBareFunction() bool {
	return oneOf(p.text(p.peek()), bareFunctions) && !p.isAt(1, "(") && !p.isAt(1, ".")
}

// cast parses CAST(x AS type) and TRY_CAST(x AS type).
func (p *parser) cast() ast.Expr {
	start := p.mark()
	name := upper(p.text(p.advance()))
	open := p.advance()
	c := &ast.Cast{Try: name == "TRY_CAST", Expr: p.expr()}
	p.expect("AS", "and a data type in "+name)
	c.Type = p.dataType()
	p.close(open, name)
	c.Pos = p.from(start)
	return c
}

// collection parses ARRAY[...] and MAP[...].
func (p *parser) collection() ast.Expr {
	start := p.mark()
	isMap := p.is("MAP")
	what := upper(p.text(p.advance()))
	open := p.advance()
	var elements []ast.Expr
	if !p.is("]") {
		elements = p.exprs()
	}
	p.closeWith(open, "]", `"," or "]" in `+what+"[...]", p.itemHint())
	if !isMap {
		return &ast.ArrayLiteral{Pos: p.from(start), Elements: elements}
	}
	if len(elements)%2 != 0 {
		p.fail(syntaxErrorf(p.from(start).Span(), "MAP[...] has a key without a value").
			WithHint("keys and values alternate: MAP[k1, v1, k2, v2]"))
	}
	return &ast.MapLiteral{Pos: p.from(start), Elements: elements}
}

// row parses ROW(...).
func (p *parser) row() ast.Expr {
	start := p.mark()
	p.advance()
	elements := parenthesized(p, "an expression", "ROW(...)", p.expr)
	return &ast.RowLiteral{Pos: p.from(start), Explicit: true, Elements: elements}
}

// columnOrCall parses a name, and the call if a parenthesis follows.
func (p *parser) columnOrCall() ast.Expr {
	start := p.mark()
	name := p.name("a column or function name")
	if !p.is("(") {
		return &ast.ColumnRef{Pos: p.from(start), Name: name}
	}
	if len(name.Parts) > 1 {
		p.fail(syntaxErrorf(name.Span(), "a function has no qualified name").WithHint("call %s(...)", name.Parts[len(name.Parts)-1].Name))
	}
	return p.call(name.Parts[0])
}
