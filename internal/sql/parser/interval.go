package parser

import (
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// intervalRange is the unit or range of units of an interval literal or type.
type intervalRange struct {
	from, to            string // upper case, singular; empty: not written
	precision, fraction int    // 0: not written
}

// intervalRange parses [unit[(precision[, fraction])] [TO unit[(fraction)]]].
func (p *parser) intervalRange() intervalRange {
	r := intervalRange{from: p.intervalUnit()}
	if r.from == "" {
		return r
	}
	if p.is("(") {
		open := p.advance()
		r.precision = p.integer("a precision")
		if r.from == "SECOND" && p.accept(",") {
			r.fraction = p.integer("a number of fraction digits")
		}
		p.close(open, "the precision")
	}
	if !p.accept("TO") {
		return r
	}
	if r.to = p.intervalUnit(); r.to == "" {
		p.expectedOneOf("a unit after TO", intervalUnits)
	}
	if r.to == "SECOND" && p.is("(") {
		open := p.advance()
		r.fraction = p.integer("a number of fraction digits")
		p.close(open, "the precision")
	}
	return r
}

// intervalUnit takes a unit; empty if there is none.
func (p *parser) intervalUnit() string {
	if p.peek().kind != word {
		return ""
	}
	unit := strings.TrimSuffix(upper(p.text(p.peek())), "S")
	if !oneOf(unit, intervalUnits) {
		return ""
	}
	p.advance()
	return unit
}

// startsInterval reports whether INTERVAL is followed by what makes it a literal.
func (p *parser) startsInterval() bool {
	if !p.is("INTERVAL") {
		return false
	}
	switch p.peekAt(1).kind {
	case stringText, number:
		return true
	}
	return (p.is("INTERVAL", "-") || p.is("INTERVAL", "+")) && p.peekAt(2).kind == stringText
}

// interval parses an interval literal.
func (p *parser) interval() ast.Expr {
	start := p.mark()
	p.advance()
	i := &ast.Interval{Negative: p.accept("-")}
	if !i.Negative {
		p.accept("+")
	}
	if t := p.advance(); t.kind == number {
		i.Text = p.text(t)
	} else {
		i.Text = p.unquote(t)
	}
	r := p.intervalRange()
	i.From, i.To, i.Precision, i.Fraction = r.from, r.to, r.precision, r.fraction
	i.Pos = p.from(start)
	if i.From == "" && !strings.ContainsFunc(i.Text, startsWord) {
		p.missingUnit(i)
	}
	return i
}

// missingUnit fails because an interval has no unit, neither in its text nor behind it.
func (p *parser) missingUnit(i *ast.Interval) {
	written := p.src.Text[i.Pos.Start:i.Pos.End]
	hint := "for example " + written + " MINUTE"
	if t := p.peek(); t.kind == word {
		if unit, ok := diag.Nearest(p.text(t), intervalUnits); ok {
			hint = "did you mean " + quote(unit) + "?"
		}
	}
	p.expectedHint("a unit after "+clip(written), hint)
}
