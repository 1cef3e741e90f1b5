package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// selectBody parses SELECT up to QUALIFY.
func (p *parser) selectBody() ast.QueryBody {
	start := p.mark()
	p.advance()
	s := &ast.SelectBody{Hints: p.hints()}
	if s.Distinct = p.accept("DISTINCT"); !s.Distinct {
		p.accept("ALL")
	}
	s.Items = list(p, "an expression", p.selectItem)
	if p.accept("FROM") {
		s.From = list(p, "a table", p.tableRef)
	}
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.accept("GROUP") {
		p.expect("BY", "after GROUP")
		s.GroupBy = list(p, "an expression", p.groupItem)
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	p.windowAndQualify(s)
	s.Pos = p.from(start)
	return s
}

// windowAndQualify parses WINDOW and QUALIFY, in any order.
func (p *parser) windowAndQualify(s *ast.SelectBody) {
	for {
		switch {
		case s.Windows == nil && p.accept("WINDOW"):
			s.Windows = list(p, "a window name", p.namedWindow)
		case s.Qualify == nil && p.accept("QUALIFY"):
			s.Qualify = p.expr()
		default:
			return
		}
	}
}

// selectItem parses *, t.* or expr [[AS] alias].
func (p *parser) selectItem() ast.SelectItem {
	start := p.mark()
	item := ast.SelectItem{}
	switch {
	case p.accept("*"):
		item.Star = true
	case p.startsTableStar():
		item.Star = true
		item.Table = p.starQualifier()
	default:
		item.Expr = p.expr()
		item.Alias = p.alias()
	}
	item.Pos = p.from(start)
	return item
}

// startsTableStar reports whether a name with .* behind it follows.
func (p *parser) startsTableStar() bool {
	for n := 0; p.isName(n) && p.isAt(n+1, "."); n += 2 {
		if p.isAt(n+2, "*") {
			return true
		}
	}
	return false
}

func (p *parser) starQualifier() *ast.Name {
	start := p.mark()
	name := &ast.Name{}
	for !p.is("*") {
		name.Parts = append(name.Parts, p.takeIdentifier())
		name.Pos = p.from(start)
		p.advance() // the dot
	}
	p.advance()
	return name
}

// alias parses [AS] name; nil if there is none.
func (p *parser) alias() *ast.Identifier {
	if p.accept("AS") {
		name := p.identifier(`a name after "AS"`)
		return &name
	}
	if !p.isName(0) || p.peek().kind == word && oneOf(p.text(p.peek()), aliasStops) {
		return nil
	}
	name := p.takeIdentifier()
	return &name
}

// groupItem parses an expression, ROLLUP(...), CUBE(...), GROUPING SETS (...), or ().
func (p *parser) groupItem() ast.GroupItem {
	start := p.mark()
	item := ast.GroupItem{}
	switch {
	case p.accept("(", ")"): // one group of all rows
		item.Kind = ast.GroupingSets
		item.Sets = [][]ast.Expr{nil}
	case p.is("ROLLUP", "("), p.is("CUBE", "("):
		item.Kind = upper(p.text(p.advance()))
		item.Exprs = parenthesized(p, "an expression", item.Kind, p.expr)
	case p.accept("GROUPING", "SETS"):
		item.Kind = ast.GroupingSets
		item.Sets = parenthesized(p, "a grouping set", "the list of GROUPING SETS", p.groupingSet)
	default:
		item.Exprs = []ast.Expr{p.expr()}
	}
	item.Pos = p.from(start)
	return item
}

// groupingSet parses (), (a, b), or one expression.
func (p *parser) groupingSet() []ast.Expr {
	if p.accept("(", ")") {
		return nil
	}
	switch e := p.expr().(type) {
	case *ast.Paren:
		return []ast.Expr{e.Expr}
	case *ast.RowLiteral:
		return e.Elements
	default:
		return []ast.Expr{e}
	}
}
