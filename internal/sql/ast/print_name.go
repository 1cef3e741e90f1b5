package ast

import (
	"strconv"
	"strings"
	"unicode"
)

// identifier prints a name. A bare name that could not be read back is quoted, although the parser
// makes no such names.
func (p *printer) identifier(id Identifier) { p.namePart(id, Reserved(id.Name)) }

func (p *printer) namePart(id Identifier, reserved bool) {
	if id.Quoted || reserved || !isWord(id.Name) {
		p.write("`", strings.ReplaceAll(id.Name, "`", "``"), "`")
		return
	}
	p.write(id.Name)
}

// name prints a qualified name. Behind a dot no word is reserved.
func (p *printer) name(n Name) {
	for i, part := range n.Parts {
		p.optional(i > 0, ".")
		p.namePart(part, i == 0 && Reserved(part.Name))
	}
}

func (p *printer) identifiers(ids []Identifier) { inParens(p, ids, p.identifier) }

// isWord reports whether a name can stand without quotes.
func isWord(name string) bool {
	for i, r := range name {
		switch {
		case r == '_' || unicode.IsLetter(r):
		case i > 0 && (r == '$' || unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc)):
		default:
			return false
		}
	}
	return name != ""
}

func (p *printer) string(s string) { p.write("'", strings.ReplaceAll(s, "'", "''"), "'") }

func (p *printer) property(o Property) {
	p.string(o.Key)
	p.write(" = ")
	p.string(o.Value)
}

// dataType prints a type with NOT NULL.
func (p *printer) dataType(t Type) {
	p.write(t.Name)
	switch {
	case t.Name == "INTERVAL":
		p.intervalRange(typeRange(t))
	case t.Fields != nil:
		p.write("<")
		separated(p, ", ", t.Fields, p.rowField)
		p.write(">")
	case t.Arguments != nil:
		p.write("<")
		separated(p, ", ", t.Arguments, p.dataType)
		p.write(">")
	case t.Parameters != nil:
		inParens(p, t.Parameters, func(n int) { p.write(strconv.Itoa(n)) })
	}
	p.optional(t.NotNull, " NOT NULL")
}

func (p *printer) rowField(f RowField) {
	p.identifier(f.Name)
	p.write(" ")
	p.dataType(f.Type)
	if f.Comment != "" {
		p.write(" ")
		p.string(f.Comment)
	}
}

// typeRange takes the unit of an INTERVAL type apart, as an interval literal has it.
func typeRange(t Type) *Interval {
	r := &Interval{}
	r.From, r.To, _ = strings.Cut(t.Unit, " TO ")
	if len(t.Parameters) > 0 {
		r.Precision = t.Parameters[0]
	}
	if len(t.Parameters) > 1 {
		r.Fraction = t.Parameters[1]
	}
	return r
}

// intervalRange prints the unit or range of an interval with a space before it.
func (p *printer) intervalRange(i *Interval) {
	if i.From == "" {
		return
	}
	fraction := strconv.Itoa(i.Fraction)
	p.write(" ", i.From)
	switch {
	case i.To == "" && i.Fraction > 0:
		p.write("(", strconv.Itoa(i.Precision), ", ", fraction, ")")
	case i.Precision > 0:
		p.write("(", strconv.Itoa(i.Precision), ")")
	}
	if i.To == "" {
		return
	}
	p.write(" TO ", i.To)
	if i.Fraction > 0 {
		p.write("(", fraction, ")")
	}
}
