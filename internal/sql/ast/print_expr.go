package ast

import "strings"

// operand prints an expression where only operators of the level or tighter may stand bare.
func (p *printer) operand(e Expr, loosest int) {
	if level(e) >= loosest {
		p.expr(e)
		return
	}
	p.write("(")
	p.expr(e)
	p.write(")")
}

func (p *printer) exprs(list []Expr) { separated(p, ", ", list, p.expr) }

func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case nil:
	case *Literal:
		p.literal(e)
	case *Interval:
		p.write("INTERVAL ")
		p.optional(e.Negative, "-")
		p.string(e.Text)
		p.intervalRange(e)
	case *ColumnRef:
		p.name(e.Name)
	case *Unary, *Binary, *Is, *Between, *In, *LikeExpr:
		p.operator(e)
	case *Exists:
		p.write("EXISTS ")
		p.subquery(e.Query)
	case *ScalarQuery:
		p.subquery(e.Query)
	case *Case:
		p.caseExpr(e)
	case *Cast:
		p.cast(e)
	case *Call:
		p.call(e)
	case *Keyword:
		p.write(e.Word)
	case *NamedArg:
		p.namedArg(e)
	case *Paren:
		p.write("(")
		p.expr(e.Expr)
		p.write(")")
	default:
		p.collection(e)
	}
}

func (p *printer) literal(l *Literal) {
	switch l.Kind {
	case StringLiteral:
		p.string(l.Text)
	case BinaryLiteral:
		p.write("X'", l.Text, "'")
	case DateLiteral, TimeLiteral, TimestampLiteral:
		p.write(l.Kind, " ")
		p.string(l.Text)
	case NullLiteral:
		p.write("NULL")
	default:
		p.write(l.Text)
	}
}

// operator prints operators and predicates. All group to the left: the right side has to bind
// tighter.
func (p *printer) operator(e Expr) {
	at := level(e)
	switch e := e.(type) {
	case *Unary:
		p.unary(e, at)
	case *Binary:
		p.operand(e.Left, at)
		p.write(" ", e.Op, " ")
		p.operand(e.Right, at+1)
	case *Is:
		p.operand(e.Expr, at)
		p.write(" IS ")
		p.optional(e.Not, "NOT ")
		p.write(e.What)
		if e.Right != nil {
			p.write(" ")
			p.operand(e.Right, at+1)
		}
	case *Between:
		p.operand(e.Expr, at)
		p.optional(e.Not, " NOT")
		p.write(" BETWEEN ")
		p.optional(e.Symmetric, "SYMMETRIC ")
		p.operand(e.Low, at+1)
		p.write(" AND ")
		p.operand(e.High, at+1)
	case *In:
		p.operand(e.Expr, at)
		p.optional(e.Not, " NOT")
		p.write(" IN ")
		if e.Query != nil {
			p.subquery(e.Query)
		} else {
			inParens(p, e.List, p.expr)
		}
	case *LikeExpr:
		p.operand(e.Expr, at)
		p.optional(e.Not, " NOT")
		p.write(" ", e.Op, " ")
		p.operand(e.Pattern, at+1)
		if e.Escape != nil {
			p.write(" ESCAPE ")
			p.operand(e.Escape, at+1)
		}
	}
}

func (p *printer) unary(u *Unary, at int) {
	p.write(u.Op)
	p.optional(u.Op == "NOT" || startsWithMinus(u.Expr), " ") // two hyphens would begin a comment
	p.operand(u.Expr, at)
}

func startsWithMinus(e Expr) bool {
	switch e := e.(type) {
	case *Unary:
		return e.Op == "-"
	case *Literal: // no parser makes such a number, but folding constants may
		return e.Kind == NumberLiteral && strings.HasPrefix(e.Text, "-")
	}
	return false
}

func (p *printer) caseExpr(c *Case) {
	p.write("CASE")
	if c.Operand != nil {
		p.write(" ")
		p.expr(c.Operand)
	}
	for _, when := range c.Whens {
		p.write(" WHEN ")
		p.expr(when.Condition)
		p.write(" THEN ")
		p.expr(when.Result)
	}
	if c.Else != nil {
		p.write(" ELSE ")
		p.expr(c.Else)
	}
	p.write(" END")
}

func (p *printer) cast(c *Cast) {
	if c.Colon {
		p.operand(c.Expr, LevelPostfix)
		p.write("::")
		p.dataType(c.Type)
		return
	}
	p.optional(c.Try, "TRY_")
	p.write("CAST(")
	p.expr(c.Expr)
	p.write(" AS ")
	p.dataType(c.Type)
	p.write(")")
}

// collection prints arrays, maps and rows, and what is taken out of them.
func (p *printer) collection(e Expr) {
	switch e := e.(type) {
	case *ArrayLiteral:
		p.write("ARRAY[")
		p.exprs(e.Elements)
		p.write("]")
	case *MapLiteral:
		p.write("MAP[")
		p.exprs(e.Elements)
		p.write("]")
	case *RowLiteral:
		p.optional(e.Explicit || len(e.Elements) < 2, "ROW") // (x) would not be a row
		inParens(p, e.Elements, p.expr)
	case *Index:
		p.operand(e.Expr, LevelPostfix)
		p.write("[")
		p.expr(e.Index)
		p.write("]")
	case *Field:
		if HasFields(e.Expr) {
			p.expr(e.Expr)
		} else {
			p.write("(")
			p.expr(e.Expr)
			p.write(")")
		}
		p.write(".")
		p.identifier(e.Name)
	default:
		p.part(e)
	}
}

func (p *printer) subquery(q *Query) {
	p.write("(")
	p.query(q)
	p.write(")")
}

func (p *printer) namedArg(a *NamedArg) {
	if a.Name != nil {
		p.identifier(*a.Name)
		p.write(" => ")
	} else {
		p.write("KEY ")
		p.expr(a.Key)
		p.write(" VALUE ")
	}
	p.expr(a.Value)
}

// functionName is the upper-case name by which a call may have keywords between its arguments;
// quoting the name turns that off.
func functionName(id Identifier) string {
	if id.Quoted {
		return ""
	}
	return strings.ToUpper(id.Name)
}
