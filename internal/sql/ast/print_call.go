package ast

import "strings"

func (p *printer) call(c *Call) {
	p.identifier(c.Name)
	if c.Bare {
		return
	}
	p.write("(")
	switch {
	case c.Star:
		p.write("*")
	case !p.keywordArguments(c):
		p.optional(c.Distinct, "DISTINCT ")
		p.exprs(c.Args)
	}
	if !c.WithinGroup {
		p.orderBy(c.OrderBy)
	}
	p.clauses(c)
	p.write(")")
	if c.WithinGroup {
		p.write(" WITHIN GROUP (")
		p.orderItems(c.OrderBy)
		p.write(")")
	}
	if c.Filter != nil {
		p.write(" FILTER (WHERE ")
		p.expr(c.Filter)
		p.write(")")
	}
	if c.Nulls != "" {
		p.write(" ", c.Nulls, " NULLS")
	}
	if c.Over != nil {
		p.write(" OVER ")
		p.window(*c.Over)
	}
}

// keywordArguments prints the arguments of a function that has keywords between them; false if it
// has none.
func (p *printer) keywordArguments(c *Call) bool {
	args := c.Args
	switch name := functionName(c.Name); {
	case name == "EXTRACT" && len(args) == 2:
		p.joined(args, " FROM ")
	case name == "TRIM" && len(args) == 2 && isKeyword(args[0]):
		p.joined(args, " FROM ")
	case name == "TRIM" && len(args) == 3 && isKeyword(args[0]):
		p.joined(args, " ", " FROM ")
	case (name == "FLOOR" || name == "CEIL" || name == "CEILING") && len(args) == 2 && isKeyword(args[1]):
		p.joined(args, " TO ")
	case name == "POSITION" && len(args) == 2:
		p.operand(args[0], LevelRange+1)
		p.write(" IN ")
		p.expr(args[1])
	case name == "OVERLAY" && (len(args) == 3 || len(args) == 4):
		p.joined(args, " PLACING ", " FROM ", " FOR ")
	default:
		return false
	}
	return true
}

// joined prints arguments with these separators between them.
func (p *printer) joined(args []Expr, separators ...string) {
	for i, arg := range args {
		if i > 0 {
			p.write(separators[i-1])
		}
		p.expr(arg)
	}
}

func isKeyword(e Expr) bool {
	_, ok := e.(*Keyword)
	return ok
}

// clauses prints the clauses behind the arguments. The values of DEFAULT are apart from the words.
func (p *printer) clauses(c *Call) {
	defaults := c.Defaults
	for i, clause := range c.Clauses {
		p.optional(i > 0 || len(c.Args) > 0, " ")
		rest, isDefault := strings.CutPrefix(clause, "DEFAULT ")
		if !isDefault || len(defaults) == 0 {
			p.write(clause)
			continue
		}
		p.write("DEFAULT ")
		p.expr(defaults[0])
		p.write(" ", rest)
		defaults = defaults[1:]
	}
}

// window prints what follows OVER: the name alone if there is nothing else.
func (p *printer) window(w WindowSpec) {
	if w.Name != nil && w.PartitionBy == nil && w.OrderBy == nil && w.Frame == nil {
		p.identifier(*w.Name)
		return
	}
	p.windowSpec(w)
}

func (p *printer) windowSpec(w WindowSpec) {
	var parts []func()
	if w.Name != nil {
		parts = append(parts, func() { p.identifier(*w.Name) })
	}
	if w.PartitionBy != nil {
		parts = append(parts, func() { p.write("PARTITION BY "); p.exprs(w.PartitionBy) })
	}
	if w.OrderBy != nil {
		parts = append(parts, func() { p.orderItems(w.OrderBy) })
	}
	if w.Frame != nil {
		parts = append(parts, func() { p.frame(w.Frame) })
	}
	p.write("(")
	separated(p, " ", parts, func(part func()) { part() })
	p.write(")")
}

func (p *printer) frame(f *Frame) {
	p.write(f.Unit, " BETWEEN ")
	p.bound(f.Start)
	p.write(" AND ")
	p.bound(f.End)
}

func (p *printer) bound(b Bound) {
	if b.Offset != nil {
		p.operand(b.Offset, LevelRange+1)
		p.write(" ")
	}
	p.write(b.Kind)
}
