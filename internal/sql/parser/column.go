package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// tableElements parses the columns, the watermark and the primary key of a table.
func (p *parser) tableElements(t *ast.CreateTable) {
	parenthesized(p, "a column", "the columns of "+t.Name.Parts[len(t.Name.Parts)-1].Name, func() struct{} {
		switch {
		case p.is("WATERMARK", "FOR"):
			p.watermark(t)
		case p.is("PRIMARY", "KEY", "("):
			p.primaryKey(t)
		case p.is("CONSTRAINT") && p.isName(1) && p.isAt(2, "PRIMARY"):
			p.advance()
			p.advance() // nothing refers to the name of a constraint
			p.primaryKey(t)
		default:
			t.Columns = append(t.Columns, p.column())
		}
		return struct{}{}
	})
}

// watermark parses WATERMARK FOR column AS expr.
func (p *parser) watermark(t *ast.CreateTable) {
	start := p.mark()
	p.advance()
	p.advance()
	w := &ast.Watermark{Column: p.name("a column name after WATERMARK FOR")}
	p.expect("AS", "and an expression in WATERMARK")
	w.Expr = p.expr()
	w.Pos = p.from(start)
	if t.Watermark != nil {
		p.fail(syntaxErrorf(w.Span(), "a table has only one WATERMARK"))
	}
	t.Watermark = w
}

// primaryKey parses PRIMARY KEY (columns) NOT ENFORCED.
func (p *parser) primaryKey(t *ast.CreateTable) {
	start := p.mark()
	p.advance()
	p.expect("KEY", "after PRIMARY")
	columns := p.identifiers("a column name", "the columns of PRIMARY KEY")
	p.notEnforced()
	if t.PrimaryKey != nil {
		p.fail(syntaxErrorf(p.from(start).Span(), "a table has only one PRIMARY KEY"))
	}
	t.PrimaryKey = columns
}

func (p *parser) notEnforced() {
	if !p.accept("NOT", "ENFORCED") {
		p.expectedHint(`"NOT ENFORCED" after PRIMARY KEY`, "rows of a stream are not checked against the key, and the table has to say so")
	}
}

// column parses one column: name type, name AS expr, or name type METADATA.
func (p *parser) column() ast.Column {
	start := p.mark()
	c := ast.Column{Name: p.identifier("a column name")}
	if p.accept("AS") {
		c.Computed = p.expr()
		c.Comment = p.comment()
		c.Pos = p.from(start)
		return c
	}
	t := p.dataType()
	c.Type = &t
	for p.columnAttribute(&c) {
	}
	c.Pos = p.from(start)
	return c
}

// columnAttribute parses one of the attributes behind the type of a column; false if there is none.
func (p *parser) columnAttribute(c *ast.Column) bool {
	switch {
	case p.accept("METADATA"):
		c.Metadata = true
		if p.accept("FROM") {
			c.From = p.stringLiteral("the metadata key after FROM")
		}
		c.Virtual = p.accept("VIRTUAL")
	case p.accept("PRIMARY", "KEY"):
		c.PrimaryKey = true
		p.notEnforced()
	case p.accept("NOT", "NULL"):
		c.Type.NotNull = true
	case p.is("COMMENT"):
		c.Comment = p.comment()
	default:
		return false
	}
	return true
}
