package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// hints parses /*+ name(...), ... */; nil if there are none.
func (p *parser) hints() []ast.Hint {
	if !p.is("/*+") {
		return nil
	}
	open := p.advance()
	var hints []ast.Hint
	for p.peek().kind == word {
		hints = append(hints, p.hint())
		p.accept(",")
	}
	p.closeWith(open, "*/", `a hint or "*/"`, "for example /*+ OPTIONS('key' = 'value') */")
	return hints
}

// hint parses name, name('key' = 'value', ...) or name(argument, ...).
func (p *parser) hint() ast.Hint {
	start := p.mark()
	h := ast.Hint{Name: upper(p.text(p.advance()))}
	if p.accept("(", ")") || !p.is("(") {
		h.Pos = p.from(start)
		return h
	}
	parenthesized(p, "an argument", "the hint "+h.Name, func() struct{} {
		if p.startsProperty() {
			h.Properties = append(h.Properties, p.property())
		} else {
			h.Arguments = append(h.Arguments, p.hintArgument())
		}
		return struct{}{}
	})
	h.Pos = p.from(start)
	return h
}

// hintArgument parses a string, a number or a possibly qualified name.
func (p *parser) hintArgument() string {
	switch p.peek().kind {
	case stringText:
		return p.unquote(p.advance())
	case number:
		return p.text(p.advance())
	case quotedName:
		return p.unquote(p.advance())
	}
	return p.bareKey("an argument of the hint")
}
