package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// properties parses ('key' = 'value', ...) behind WITH.
func (p *parser) properties() []ast.Property {
	return parenthesized(p, "an option", "the options", p.property)
}

// property parses key = value.
func (p *parser) property() ast.Property {
	start := p.mark()
	var o ast.Property
	o.Key, o.KeyPos = p.propertyKey()
	p.expect("=", "after the key "+quote(o.Key))
	at := p.mark()
	o.Value = p.propertyValue("the value of " + quote(o.Key))
	o.ValPos = p.from(at)
	o.Pos = p.from(start)
	return o
}

// startsProperty reports whether a key and an equals sign follow.
func (p *parser) startsProperty() bool {
	n := 1
	for p.isAt(n, ".") || p.isAt(n, "-") {
		n += 2
	}
	return p.isAt(n, "=")
}

// propertyKey parses a key in quotes of any kind, or bare, such as scan.stream.initpos.
func (p *parser) propertyKey() (string, ast.Pos) {
	start := p.mark()
	if kind := p.peek().kind; kind != stringText && kind != quotedName {
		key := p.bareKey("a key")
		return key, p.from(start)
	}
	key := p.unquote(p.advance())
	if key == "" {
		p.fail(syntaxErrorf(p.last.span(), "a key cannot be empty"))
	}
	return key, p.from(start)
}

// bareKey parses words joined by dots and hyphens without spaces, and returns them as written.
func (p *parser) bareKey(what string) string {
	if p.peek().kind != word {
		p.expected(what)
		return ""
	}
	first := p.advance()
	for p.isAny(".", "-") && p.last.touches(p.peek()) && p.peekAt(1).kind == word && p.peek().touches(p.peekAt(1)) {
		p.advance()
		p.advance()
	}
	return p.src.Text[first.start:p.last.end]
}

// propertyValue parses a string, a number or a boolean. Numbers and booleans stay as written.
func (p *parser) propertyValue(what string) string {
	switch {
	case p.peek().kind == number:
		return p.text(p.advance())
	case p.is("-") && p.peekAt(1).kind == number:
		p.advance()
		return "-" + p.text(p.advance())
	case p.isAny("TRUE", "FALSE"):
		return p.text(p.advance())
	case p.peek().kind == word:
		p.expectedHint(what, "write it in single quotes: '"+p.text(p.peek())+"'")
		return ""
	}
	return p.stringLiteral(what)
}
