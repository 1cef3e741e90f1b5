package parser

import "github.com/penstock-io/penstock/internal/sql/ast"

// namedWindow parses name AS (specification).
func (p *parser) namedWindow() ast.NamedWindow {
	start := p.mark()
	w := ast.NamedWindow{Name: p.identifier("a window name")}
	p.expect("AS", "after the window name")
	w.Spec = p.windowSpec()
	w.Pos = p.from(start)
	return w
}

// over parses what follows OVER: the name of a window or a specification.
func (p *parser) over() *ast.WindowSpec {
	if p.is("(") {
		spec := p.windowSpec()
		return &spec
	}
	start := p.mark()
	name := p.identifier("a window name")
	return &ast.WindowSpec{Pos: p.from(start), Name: &name}
}

// windowSpec parses ([name] [PARTITION BY ...] [ORDER BY ...] [frame]).
func (p *parser) windowSpec() ast.WindowSpec {
	start := p.mark()
	spec := ast.WindowSpec{}
	open := p.peek()
	p.expect("(", "before the window")
	if p.isName(0) && !p.isAny("PARTITION", "ROWS", "RANGE") {
		name := p.takeIdentifier()
		spec.Name = &name
	}
	if p.accept("PARTITION") {
		p.expect("BY", "after PARTITION")
		spec.PartitionBy = p.exprs()
	}
	spec.OrderBy = p.orderBy()
	if p.isAny("ROWS", "RANGE") {
		spec.Frame = p.frame()
	}
	p.closeWith(open, ")", `"PARTITION BY", "ORDER BY", "ROWS", "RANGE" or ")" in the window`, p.itemHint())
	spec.Pos = p.from(start)
	return spec
}

// frame parses ROWS|RANGE start, or ROWS|RANGE BETWEEN start AND end.
func (p *parser) frame() *ast.Frame {
	start := p.mark()
	f := &ast.Frame{Unit: upper(p.text(p.advance()))}
	if p.accept("BETWEEN") {
		f.Start = p.bound()
		p.expect("AND", "between the bounds of the frame")
		f.End = p.bound()
	} else {
		f.Start = p.bound()
		f.End = ast.Bound{Kind: ast.CurrentRow}
	}
	f.Pos = p.from(start)
	return f
}

// bounds are the ends of a frame without an offset.
var bounds = [][]string{
	{"UNBOUNDED", "PRECEDING"},
	{"UNBOUNDED", "FOLLOWING"},
	{"CURRENT", "ROW"},
}

// bound parses one end of a frame. AND must not become part of its offset.
func (p *parser) bound() ast.Bound {
	start := p.mark()
	b := ast.Bound{Kind: p.acceptPhrase(bounds)}
	if b.Kind == "" {
		b.Offset = p.exprAt(ast.LevelRange + 1)
		kind, ok := p.acceptAny("PRECEDING", "FOLLOWING")
		if !ok {
			p.expected(`"PRECEDING" or "FOLLOWING" after the offset of the frame`)
		}
		b.Kind = kind
	}
	b.Pos = p.from(start)
	return b
}
