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

// shown are the objects of SHOW that may be filtered, and those that may not.
var (
	shown      = []string{"TABLES", "VIEWS", "FUNCTIONS", "COLUMNS", "CATALOGS", "DATABASES"}
	shownWhole = []string{"JOBS"}
)

// show parses SHOW object [FROM name] [[NOT] LIKE pattern] and SHOW CREATE TABLE|VIEW name.
func (p *parser) show() ast.Statement {
	start := p.mark()
	p.advance()
	s := &ast.Show{}
	switch {
	case p.accept("CREATE"):
		s.Object = "CREATE " + p.object("SHOW CREATE", "TABLE", "VIEW")
		name := p.name("a name after SHOW " + s.Object)
		s.Name = &name
	case p.accept("CURRENT"):
		s.Object = "CURRENT " + p.object("SHOW CURRENT", "CATALOG", "DATABASE")
	case p.accept("USER"):
		p.expect("FUNCTIONS", "after SHOW USER")
		s.Object = "USER FUNCTIONS"
		p.showLike(s)
	default:
		p.showObject(s)
	}
	s.Pos = p.from(start)
	return s
}

func (p *parser) showObject(s *ast.Show) {
	if object, ok := p.acceptAny(shownWhole...); ok {
		s.Object = object
		return
	}
	object, ok := p.acceptAny(shown...)
	if !ok {
		p.expectedOneOf("TABLES, VIEWS, FUNCTIONS, COLUMNS, JOBS or CREATE after SHOW", append([]string{"CREATE", "JOBS"}, shown...))
	}
	s.Object = object
	if _, from := p.acceptAny("FROM", "IN"); from {
		name := p.name("a name after FROM")
		s.Name = &name
	} else if object == "COLUMNS" {
		p.expected(`"FROM" and a table after SHOW COLUMNS`)
	}
	p.showLike(s)
}

// showLike parses [[NOT] LIKE|ILIKE pattern].
func (p *parser) showLike(s *ast.Show) {
	s.Not = p.accept("NOT")
	like, ok := p.acceptAny("LIKE", "ILIKE")
	if !ok {
		if s.Not {
			p.expected(`"LIKE" after NOT`)
		}
		return
	}
	s.Like = like
	s.Pattern = p.stringLiteral("a pattern after " + like)
}
