package ast

func (p *printer) query(q *Query) {
	if q.With != nil {
		p.write("WITH ")
		separated(p, ", ", q.With, p.commonTable)
		p.write(" ")
	}
	p.queryBody(q.Body)
	p.orderBy(q.OrderBy)
	if q.Limit != nil {
		p.write(" LIMIT ")
		p.expr(q.Limit)
	}
	if q.Offset != nil {
		p.write(" OFFSET ")
		p.expr(q.Offset)
	}
}

func (p *printer) commonTable(c CommonTable) {
	p.identifier(c.Name)
	if c.Columns != nil {
		p.write(" ")
		p.identifiers(c.Columns)
	}
	p.write(" AS ")
	p.subquery(c.Query)
}

func (p *printer) queryBody(b QueryBody) {
	switch b := b.(type) {
	case *SelectBody:
		p.selectBody(b)
	case *SetOperation:
		p.bodyOperand(b.Left, SetLevel(b.Op))
		p.write(" ", b.Op, " ")
		p.optional(b.All, "ALL ")
		p.bodyOperand(b.Right, SetLevel(b.Op)+1)
	case *Values:
		p.write("VALUES ")
		separated(p, ", ", b.Rows, func(row []Expr) { inParens(p, row, p.expr) })
	case *Nested:
		p.subquery(b.Query)
	default:
		p.part(b)
	}
}

// bodyOperand prints a side of a set operation, in parentheses if it would group otherwise.
func (p *printer) bodyOperand(b QueryBody, loosest int) {
	if s, ok := b.(*SetOperation); ok && SetLevel(s.Op) < loosest {
		p.write("(")
		p.queryBody(b)
		p.write(")")
		return
	}
	p.queryBody(b)
}

func (p *printer) selectBody(s *SelectBody) {
	p.write("SELECT ")
	if p.hints(s.Hints) {
		p.write(" ")
	}
	p.optional(s.Distinct, "DISTINCT ")
	separated(p, ", ", s.Items, p.selectItem)
	if s.From != nil {
		p.write(" FROM ")
		separated(p, ", ", s.From, p.tableRef)
	}
	p.clause(" WHERE ", s.Where)
	if s.GroupBy != nil {
		p.write(" GROUP BY ")
		separated(p, ", ", s.GroupBy, p.groupItem)
	}
	p.clause(" HAVING ", s.Having)
	if s.Windows != nil {
		p.write(" WINDOW ")
		separated(p, ", ", s.Windows, func(w NamedWindow) {
			p.identifier(w.Name)
			p.write(" AS ")
			p.windowSpec(w.Spec)
		})
	}
	p.clause(" QUALIFY ", s.Qualify)
}

// clause prints an expression behind its keyword, if there is one.
func (p *printer) clause(keyword string, e Expr) {
	if e != nil {
		p.write(keyword)
		p.expr(e)
	}
}

func (p *printer) selectItem(item SelectItem) {
	if item.Star {
		if item.Table != nil {
			p.name(*item.Table)
			p.write(".")
		}
		p.write("*")
		return
	}
	p.expr(item.Expr)
	if item.Alias != nil {
		p.write(" AS ")
		p.identifier(*item.Alias)
	}
}

func (p *printer) groupItem(g GroupItem) {
	switch g.Kind {
	case "":
		p.exprs(g.Exprs)
	case GroupingSets:
		p.write(g.Kind, " ")
		inParens(p, g.Sets, func(set []Expr) { inParens(p, set, p.expr) })
	default:
		p.write(g.Kind)
		inParens(p, g.Exprs, p.expr)
	}
}

// orderBy prints ORDER BY with a space before it, if there are items.
func (p *printer) orderBy(items []OrderItem) {
	if items != nil {
		p.write(" ")
		p.orderItems(items)
	}
}

func (p *printer) orderItems(items []OrderItem) {
	p.write("ORDER BY ")
	separated(p, ", ", items, p.orderItem)
}

func (p *printer) orderItem(o OrderItem) {
	p.expr(o.Expr)
	p.optional(o.Desc, " DESC")
	if o.Nulls != "" {
		p.write(" NULLS ", o.Nulls)
	}
}

// hints prints a hint comment; false if there are none.
func (p *printer) hints(hints []Hint) bool {
	if hints == nil {
		return false
	}
	p.write("/*+ ")
	separated(p, ", ", hints, p.hint)
	p.write(" */")
	return true
}

func (p *printer) hint(h Hint) {
	p.write(h.Name)
	if h.Properties == nil && h.Arguments == nil {
		return
	}
	p.write("(")
	separated(p, ", ", h.Arguments, func(argument string) {
		if isWord(argument) {
			p.write(argument)
		} else {
			p.string(argument)
		}
	})
	p.optional(h.Arguments != nil && h.Properties != nil, ", ")
	separated(p, ", ", h.Properties, p.property)
	p.write(")")
}
