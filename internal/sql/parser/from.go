package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// tableRef parses an item of FROM with its joins, which group to the left.
func (p *parser) tableRef() ast.TableRef {
	p.enter()
	defer p.leave()
	start := p.mark()
	left := p.tableTerm()
	for {
		join, ok := p.joinKind()
		if !ok {
			return left
		}
		p.link()
		join.Left = left
		join.Right = p.tableTerm()
		p.joinCondition(join)
		join.Pos = p.from(start)
		left = join
	}
}

// joinWords are the words before JOIN and the kind they stand for, longest first.
var joinWords = []struct {
	words []string
	kind  string
}{
	{[]string{"LEFT", "OUTER"}, "LEFT"},
	{[]string{"LEFT", "SEMI"}, "SEMI"},
	{[]string{"LEFT", "ANTI"}, "ANTI"},
	{[]string{"LEFT"}, "LEFT"},
	{[]string{"RIGHT", "OUTER"}, "RIGHT"},
	{[]string{"RIGHT"}, "RIGHT"},
	{[]string{"FULL", "OUTER"}, "FULL"},
	{[]string{"FULL"}, "FULL"},
	{[]string{"INNER"}, "INNER"},
	{[]string{"CROSS"}, "CROSS"},
	{[]string{"SEMI"}, "SEMI"},
	{[]string{"ANTI"}, "ANTI"},
}

// joinKind takes the words up to JOIN.
func (p *parser) joinKind() (*ast.Join, bool) {
	join := &ast.Join{Kind: "INNER", Natural: p.accept("NATURAL")}
	for _, j := range joinWords {
		if p.accept(j.words...) {
			join.Kind = j.kind
			p.expect("JOIN", "after "+j.words[len(j.words)-1])
			return join, p.err == nil
		}
	}
	if p.accept("JOIN") {
		return join, true
	}
	if join.Natural {
		p.expected(`"JOIN" after NATURAL`)
	}
	return nil, false
}

// joinCondition parses ON condition or USING (columns). Every join has one, except those that
// cannot.
func (p *parser) joinCondition(join *ast.Join) {
	free := join.Kind == "CROSS" || join.Natural
	switch {
	case free && p.isAny("ON", "USING"):
		p.expectedHint("the end of the join", "CROSS and NATURAL joins have no condition")
	case free:
	case p.accept("ON"):
		join.On = p.expr()
	case p.accept("USING"):
		join.Using = p.identifiers("a column name", "the columns of USING")
	default:
		p.expectedHint(`"ON" or "USING" after the joined table`, "for all pairs of rows, write CROSS JOIN")
	}
}

// tableTerm parses an item of FROM without joins.
func (p *parser) tableTerm() ast.TableRef {
	start := p.mark()
	lateral := p.accept("LATERAL")
	switch {
	case p.is("("):
		return p.parenTable(start, lateral)
	case p.is("TABLE", "("):
		p.advance()
		open := p.advance()
		f := p.tableFunction()
		p.close(open, "TABLE(...)")
		return p.finishFunction(f, start, lateral)
	case p.isName(0) && p.isAt(1, "("):
		return p.finishFunction(p.tableFunction(), start, lateral)
	case lateral:
		p.expected(`"TABLE", "UNNEST" or a query in parentheses after LATERAL`)
	case p.is("TABLE"):
		p.expectedHint("a table", "write the name of the table alone, or TABLE(function(...))")
	}
	return p.tableName()
}

// tableName parses name [hints] [FOR SYSTEM_TIME AS OF expr] [alias [(columns)]].
func (p *parser) tableName() ast.TableRef {
	start := p.mark()
	t := &ast.TableName{Name: p.name("a table"), Hints: p.hints()}
	t.AsOf = p.asOf()
	t.Alias, t.Columns = p.tableAlias()
	if t.AsOf == nil {
		t.AsOf = p.asOf() // some write the alias first
	}
	if p.is("MATCH_RECOGNIZE") {
		p.unsupported(p.peek().span(), "MATCH_RECOGNIZE")
	}
	t.Pos = p.from(start)
	return t
}

// asOf parses FOR SYSTEM_TIME AS OF expr; nil if it is not there.
func (p *parser) asOf() ast.Expr {
	if !p.accept("FOR") {
		return nil
	}
	p.expect("SYSTEM_TIME", "after FOR")
	p.expect("AS", "after SYSTEM_TIME")
	p.expect("OF", "after AS")
	return p.expr()
}

// tableAlias parses [[AS] alias [(columns)]].
func (p *parser) tableAlias() (*ast.Identifier, []ast.Identifier) {
	alias := p.alias()
	if alias == nil || !p.is("(") {
		return alias, nil
	}
	return alias, p.identifiers("a column name", "the columns of "+alias.Name)
}

// parenTable parses what begins with a parenthesis in FROM: a query, or joins that belong together.
func (p *parser) parenTable(start int, lateral bool) ast.TableRef {
	open := p.advance()
	var query *ast.Query
	if p.startsQuery() {
		query = p.query()
	} else {
		inner := p.tableRef()
		nested, ok := p.asNested(inner)
		if !ok {
			p.close(open, "the table")
			if lateral {
				p.fail(syntaxErrorf(p.from(start).Span(), "LATERAL takes a query or a function"))
			}
			return inner
		}
		query = p.queryAfter(nested)
	}
	p.close(open, "the query")
	d := &ast.Derived{Lateral: lateral, Query: query}
	d.Alias, d.Columns = p.tableAlias()
	d.Pos = p.from(start)
	return d
}

// asNested reports whether an item of FROM in parentheses is but a query in parentheses, alone or
// as the left side of a larger query, and returns it as that.
func (p *parser) asNested(t ast.TableRef) (*ast.Nested, bool) {
	d, ok := t.(*ast.Derived)
	if !ok || d.Lateral || d.Alias != nil || !p.is(")") && !p.continuesBody() {
		return nil, false
	}
	return &ast.Nested{Pos: d.Pos, Query: d.Query}, true
}
