package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// session parses SET ['key' = 'value'] and RESET ['key'].
func (p *parser) session() ast.Statement {
	start := p.mark()
	isSet := p.is("SET")
	p.advance()
	empty := p.peek().kind == endOfScript || p.is(";")
	if !isSet {
		reset := &ast.Reset{}
		if !empty {
			reset.Key, _ = p.propertyKey()
		}
		reset.Pos = p.from(start)
		return reset
	}
	set := &ast.Set{}
	if !empty {
		set.Property = p.setting()
	}
	set.Pos = p.from(start)
	return set
}

// setting parses key = value like property, but the value may also be a bare word, as shells of
// other engines allow.
func (p *parser) setting() ast.Property {
	start := p.mark()
	var o ast.Property
	o.Key, o.KeyPos = p.propertyKey()
	p.expect("=", "after the key "+quote(o.Key))
	at := p.mark()
	if p.peek().kind == word {
		o.Value = p.bareKey("a value")
	} else {
		o.Value = p.propertyValue("the value of " + quote(o.Key))
	}
	o.ValPos = p.from(at)
	o.Pos = p.from(start)
	return o
}

// shown are the objects of SHOW that take no name.
var shown = []string{"TABLES", "VIEWS", "FUNCTIONS", "JOBS"}

// show parses SHOW object and SHOW CREATE TABLE|VIEW name.
func (p *parser) show() ast.Statement {
	start := p.mark()
	p.advance()
	s := &ast.Show{}
	if p.accept("CREATE") {
		s.Object = "CREATE " + p.tableOrView("SHOW CREATE")
		name := p.name("a name after SHOW " + s.Object)
		s.Name = &name
		s.Pos = p.from(start)
		return s
	}
	object, ok := p.acceptAny(shown...)
	if !ok {
		p.expectedOneOf("TABLES, VIEWS, FUNCTIONS, JOBS or CREATE after SHOW", append([]string{"CREATE"}, shown...))
	}
	s.Object = object
	s.Pos = p.from(start)
	return s
}
