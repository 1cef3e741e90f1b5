package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// startsQuery reports whether the current token can only begin a query.
func (p *parser) startsQuery() bool { return p.isAny("SELECT", "WITH", "VALUES") }

// query parses [WITH ...] body [ORDER BY ...] [LIMIT ...] [OFFSET ...].
func (p *parser) query() *ast.Query {
	p.enter()
	defer p.leave()
	start := p.mark()
	q := &ast.Query{}
	if p.accept("WITH") {
		q.With = list(p, "a common table", p.commonTable)
	}
	q.Body = p.queryBody(ast.OpUnion)
	p.queryTail(q)
	q.Pos = p.from(start)
	return q
}

// continuesQuery reports whether an expression, or an item of FROM, is a query in parentheses that
// turns out to be the left side of a larger query.
func (p *parser) continuesQuery(e ast.Expr) bool {
	_, ok := e.(*ast.ScalarQuery)
	return ok && p.continuesBody()
}

func (p *parser) continuesBody() bool {
	return p.isAny("UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH")
}

// queryFrom parses the rest of a query that begins with a query in parentheses, already parsed.
func (p *parser) queryFrom(left *ast.ScalarQuery) *ast.Query {
	return p.queryAfter(&ast.Nested{Pos: left.Pos, Query: left.Query})
}

func (p *parser) queryAfter(left *ast.Nested) *ast.Query {
	q := &ast.Query{Body: p.setOperations(left, left.Pos.Start, ast.OpUnion)}
	p.queryTail(q)
	q.Pos = p.from(left.Pos.Start)
	return q
}

func (p *parser) commonTable() ast.CommonTable {
	start := p.mark()
	c := ast.CommonTable{Name: p.identifier("a name in WITH")}
	if p.is("(") {
		c.Columns = p.identifiers("a column name", "the columns of "+c.Name.Name)
	}
	p.expect("AS", "and a query in parentheses in WITH")
	open := p.peek()
	p.expect("(", "before the query of "+c.Name.Name)
	c.Query = p.query()
	p.close(open, "the query of "+c.Name.Name)
	c.Pos = p.from(start)
	return c
}

// queryBody parses set operations that bind at least as tightly as the operator: INTERSECT binds
// tighter than UNION and EXCEPT.
func (p *parser) queryBody(op string) ast.QueryBody {
	start := p.mark()
	return p.setOperations(p.queryTerm(), start, op)
}

func (p *parser) setOperations(left ast.QueryBody, start int, loosest string) ast.QueryBody {
	for {
		op, ok := p.setOperator()
		if !ok || ast.SetLevel(op) < ast.SetLevel(loosest) {
			return left
		}
		p.link()
		p.advance()
		all := p.accept("ALL")
		if !all {
			p.accept("DISTINCT")
		}
		right := p.queryTerm()
		if op != ast.OpIntersect {
			right = p.setOperations(right, right.Span().Start, ast.OpIntersect)
		}
		left = &ast.SetOperation{Pos: p.from(start), Op: op, All: all, Left: left, Right: right}
	}
}

// setOperator looks at the current token; MINUS is another word for EXCEPT.
func (p *parser) setOperator() (string, bool) {
	for _, op := range []string{ast.OpUnion, ast.OpIntersect, ast.OpExcept} {
		if p.is(op) {
			return op, true
		}
	}
	return ast.OpExcept, p.is("MINUS")
}

// queryTerm parses SELECT, VALUES or a query in parentheses.
func (p *parser) queryTerm() ast.QueryBody {
	start := p.mark()
	switch {
	case p.is("SELECT"):
		return p.selectBody()
	case p.accept("VALUES"):
		rows := list(p, "a row", p.valuesRow)
		return &ast.Values{Pos: p.from(start), Rows: rows}
	case p.is("("):
		open := p.advance()
		query := p.query()
		p.close(open, "the query")
		return &ast.Nested{Pos: p.from(start), Query: query}
	}
	p.expectedOneOf("a query", []string{"SELECT", "VALUES", "WITH"})
	return &ast.Values{}
}

// valuesRow parses (a, b), ROW(a, b), or a single expression.
func (p *parser) valuesRow() []ast.Expr {
	if p.is("(") {
		return parenthesized(p, "an expression", "the row of VALUES", p.expr)
	}
	e := p.expr()
	if row, ok := e.(*ast.RowLiteral); ok {
		return row.Elements
	}
	return []ast.Expr{e}
}

// queryTail parses ORDER BY, LIMIT, OFFSET and FETCH.
func (p *parser) queryTail(q *ast.Query) {
	q.OrderBy = p.orderBy()
	for {
		switch {
		case q.Limit == nil && p.accept("LIMIT"):
			if !p.accept("ALL") {
				q.Limit = p.expr()
			}
		case q.Offset == nil && p.accept("OFFSET"):
			q.Offset = p.expr()
			p.acceptAny("ROWS", "ROW")
		case q.Limit == nil && p.accept("FETCH"):
			q.Limit = p.fetch()
		default:
			return
		}
	}
}

// fetch parses {FIRST|NEXT} [n] {ROW|ROWS} ONLY behind FETCH.
func (p *parser) fetch() ast.Expr {
	if _, ok := p.acceptAny("FIRST", "NEXT"); !ok {
		p.expected(`"FIRST" or "NEXT" after FETCH`)
	}
	var limit ast.Expr = &ast.Literal{Kind: ast.NumberLiteral, Text: "1"}
	if !p.isAny("ROW", "ROWS") {
		limit = p.expr()
	}
	if _, ok := p.acceptAny("ROWS", "ROW"); !ok {
		p.expected(`"ROWS" in FETCH`)
	}
	p.expect("ONLY", "in FETCH")
	return limit
}

// orderBy parses ORDER BY and its items; nil if there is none.
func (p *parser) orderBy() []ast.OrderItem {
	if !p.accept("ORDER") {
		return nil
	}
	p.expect("BY", "after ORDER")
	return list(p, "an expression", p.orderItem)
}

func (p *parser) orderItem() ast.OrderItem {
	start := p.mark()
	item := ast.OrderItem{Expr: p.expr()}
	if item.Desc = p.accept("DESC"); !item.Desc {
		p.accept("ASC")
	}
	if p.accept("NULLS") {
		nulls, ok := p.acceptAny("FIRST", "LAST")
		if !ok {
			p.expected(`"FIRST" or "LAST" after NULLS`)
		}
		item.Nulls = nulls
	}
	item.Pos = p.from(start)
	return item
}
