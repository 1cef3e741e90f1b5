package parser

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// create parses CREATE [TEMPORARY] TABLE|VIEW|FUNCTION.
func (p *parser) create() ast.Statement {
	start := p.mark()
	p.advance()
	temporary := p.accept("TEMPORARY")
	switch {
	case p.accept("TABLE"):
		return p.createTable(start, temporary)
	case p.accept("VIEW"):
		return p.createView(start, temporary)
	case p.accept("FUNCTION"):
		return p.createFunction(start, temporary)
	}
	for _, what := range []string{"MATERIALIZED", "CATALOG", "DATABASE", "MODEL", "SYSTEM", "OR"} {
		if p.is(what) {
			p.unsupported(p.peek().span(), "CREATE "+what)
			return &ast.CreateTable{}
		}
	}
	p.object("CREATE", "TABLE", "VIEW", "FUNCTION")
	return &ast.CreateTable{}
}

// createView parses what follows CREATE VIEW.
func (p *parser) createView(start int, temporary bool) ast.Statement {
	v := &ast.CreateView{Temporary: temporary, IfNotExists: p.accept("IF", "NOT", "EXISTS")}
	v.Name = p.name("a view name")
	if p.is("(") {
		v.Columns = p.identifiers("a column name", "the columns of the view")
	}
	v.Comment = p.comment()
	p.expect("AS", "and a query in CREATE VIEW")
	v.Query = p.query()
	v.Pos = p.from(start)
	return v
}

// createFunction parses what follows CREATE FUNCTION.
func (p *parser) createFunction(start int, temporary bool) ast.Statement {
	f := &ast.CreateFunction{Temporary: temporary, IfNotExists: p.accept("IF", "NOT", "EXISTS")}
	f.Name = p.name("a function name")
	if p.is("AS") {
		p.fail(diag.Errorf(diag.Unsupported, p.peek().span(), "a function in another language is not supported").
			WithHint("write CREATE FUNCTION %s(x INT) RETURNS INT RETURN x + 1", f.Name.Parts[len(f.Name.Parts)-1].Name))
		return f
	}
	if !p.accept("(", ")") {
		f.Parameters = parenthesized(p, "a parameter", "the parameters of the function", p.parameter)
	}
	if p.accept("RETURNS") {
		t := p.dataType()
		f.Returns = &t
	}
	if p.accept("LANGUAGE") {
		p.expect("SQL", "after LANGUAGE")
	}
	p.expect("RETURN", "and an expression in CREATE FUNCTION")
	f.Body = p.expr()
	f.Pos = p.from(start)
	return f
}

// parameter parses name type.
func (p *parser) parameter() ast.Parameter {
	start := p.mark()
	parameter := ast.Parameter{Name: p.identifier("a parameter name")}
	parameter.Type = p.dataType()
	parameter.Pos = p.from(start)
	return parameter
}

// comment parses COMMENT 'text'; empty if there is none.
func (p *parser) comment() string {
	if !p.accept("COMMENT") {
		return ""
	}
	return p.stringLiteral("a string after COMMENT")
}

// createTable parses what follows CREATE TABLE.
func (p *parser) createTable(start int, temporary bool) ast.Statement {
	t := &ast.CreateTable{Temporary: temporary, IfNotExists: p.accept("IF", "NOT", "EXISTS")}
	t.Name = p.name("a table name")
	if p.is("(") {
		p.tableElements(t)
	}
	p.tableClauses(t)
	switch {
	case p.accept("LIKE"):
		t.Like = p.like()
	case p.accept("AS"):
		t.Query = p.query()
	case t.Columns == nil && t.Options == nil:
		p.expected(`"(" and the columns of the table`)
	}
	t.Pos = p.from(start)
	return t
}

// tableClauses parses the clauses between the columns and LIKE or AS, each at most once.
func (p *parser) tableClauses(t *ast.CreateTable) {
	seen := make(map[string]bool)
	for {
		clause, ok := p.acceptAny("COMMENT", "PARTITIONED", "WITH")
		if !ok {
			return
		}
		if seen[clause] {
			p.fail(syntaxErrorf(p.last.span(), "%s is written twice", quote(clause)))
		}
		seen[clause] = true
		switch clause {
		case "COMMENT":
			t.Comment = p.stringLiteral("a string after COMMENT")
		case "PARTITIONED":
			p.expect("BY", "after PARTITIONED")
			t.PartitionedBy = p.identifiers("a column name", "the columns of PARTITIONED BY")
		case "WITH":
			t.Options = p.properties()
		}
	}
}

// Words of the options of LIKE.
var (
	likeActions  = []string{"INCLUDING", "EXCLUDING", "OVERWRITING"}
	likeFeatures = []string{"ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS"}
)

// like parses table [(option [,] ...)] behind LIKE.
func (p *parser) like() *ast.Like {
	start := p.mark()
	l := &ast.Like{Table: p.name("a table name after LIKE")}
	if p.is("(") {
		open := p.advance()
		for p.err == nil && !p.is(")") {
			action, ok := p.acceptAny(likeActions...)
			if !ok {
				p.expectedOneOf("INCLUDING, EXCLUDING or OVERWRITING in LIKE", likeActions)
			}
			feature, ok := p.acceptAny(likeFeatures...)
			if !ok {
				p.expectedOneOf("a feature after "+action, likeFeatures)
			}
			l.Options = append(l.Options, action+" "+feature)
			p.accept(",")
		}
		p.close(open, "LIKE")
	}
	l.Pos = p.from(start)
	return l
}
