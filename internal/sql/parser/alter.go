package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// alterActions are the words that an action of ALTER TABLE begins with.
var alterActions = []string{"RENAME", "SET", "RESET", "ADD", "MODIFY", "DROP"}

// alter parses ALTER TABLE|VIEW [IF EXISTS] name action.
func (p *parser) alter() ast.Statement {
	start := p.mark()
	p.advance()
	a := &ast.Alter{Object: p.object("ALTER", "TABLE", "VIEW")}
	a.IfExists = p.accept("IF", "EXISTS")
	a.Name = p.name("a name after ALTER " + a.Object)
	if a.Object == "VIEW" {
		a.Action = p.alterView()
	} else {
		a.Action = p.alterTable()
	}
	a.Pos = p.from(start)
	return a
}

// alterView parses RENAME TO name or AS query.
func (p *parser) alterView() ast.AlterAction {
	start := p.mark()
	if p.is("RENAME") {
		return p.rename()
	}
	p.expect("AS", "or RENAME after the view")
	query := p.query()
	return &ast.Redefine{Pos: p.from(start), Query: query}
}

func (p *parser) alterTable() ast.AlterAction {
	start := p.mark()
	switch {
	case p.is("RENAME"):
		return p.rename()
	case p.accept("SET"):
		options := p.properties()
		return &ast.SetOptions{Pos: p.from(start), Options: options}
	case p.accept("RESET"):
		keys := parenthesized(p, "a key", "the keys of RESET", p.resetKey)
		return &ast.ResetOptions{Pos: p.from(start), Keys: keys}
	case p.isAny("ADD", "MODIFY"):
		return p.addElements()
	case p.accept("DROP"):
		return p.dropElements(start)
	}
	p.expectedOneOf("RENAME, SET, RESET, ADD, MODIFY or DROP after the table", alterActions)
	return &ast.SetOptions{}
}

func (p *parser) resetKey() ast.Property {
	start := p.mark()
	var o ast.Property
	o.Key, o.KeyPos = p.propertyKey()
	o.Pos = p.from(start)
	return o
}

// rename parses RENAME TO name and RENAME column TO name.
func (p *parser) rename() ast.AlterAction {
	start := p.mark()
	p.advance()
	if p.accept("TO") {
		to := p.name("a name after TO")
		return &ast.RenameTo{Pos: p.from(start), To: to}
	}
	r := &ast.RenameColumn{From: p.identifier(`a column name or "TO" after RENAME`)}
	p.expect("TO", "after the column")
	r.To = p.identifier("a column name after TO")
	r.Pos = p.from(start)
	return r
}

// addElements parses ADD|MODIFY element and ADD|MODIFY (element, ...).
func (p *parser) addElements() ast.AlterAction {
	start := p.mark()
	what, _ := p.acceptAny("ADD", "MODIFY")
	a := &ast.AddElements{Modify: what == "MODIFY"}
	into := &ast.CreateTable{} // takes the watermark and the key
	element := func() struct{} {
		switch {
		case p.is("WATERMARK", "FOR"):
			p.watermark(into)
		case p.is("PRIMARY", "KEY"), p.is("CONSTRAINT") && p.isName(1) && p.isAt(2, "PRIMARY"):
			if p.accept("CONSTRAINT") {
				p.advance() // nothing refers to the name of a constraint
			}
			p.primaryKey(into)
		default:
			a.Columns = append(a.Columns, p.placedColumn())
		}
		return struct{}{}
	}
	if p.is("(") {
		parenthesized(p, "a column", what+" ...", element)
	} else {
		element()
	}
	a.Watermark, a.PrimaryKey = into.Watermark, into.PrimaryKey
	a.Pos = p.from(start)
	return a
}

// placedColumn parses column [FIRST | AFTER column].
func (p *parser) placedColumn() ast.PlacedColumn {
	c := ast.PlacedColumn{Column: p.column()}
	switch {
	case p.accept("FIRST"):
		c.First = true
	case p.accept("AFTER"):
		after := p.identifier("a column name after AFTER")
		c.After = &after
	}
	return c
}

// dropElements parses what follows DROP.
func (p *parser) dropElements(start int) ast.AlterAction {
	d := &ast.DropElements{}
	switch {
	case p.accept("PRIMARY", "KEY"):
		d.PrimaryKey = true
	case p.is("WATERMARK"):
		p.advance()
		d.Watermark = true
	case p.is("("):
		d.Columns = p.identifiers("a column name", "the columns of DROP")
	default:
		d.Columns = []ast.Identifier{p.identifier("a column name after DROP")}
	}
	d.Pos = p.from(start)
	return d
}
