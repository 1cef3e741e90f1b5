package ast

import "slices"

// WalkExpr calls visit for e and every expression inside it, parents first. It does not enter
// queries.
func WalkExpr(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, child := range children(e) {
		WalkExpr(child, visit)
	}
}

func children(e Expr) []Expr {
	switch e := e.(type) {
	case *Unary:
		return []Expr{e.Expr}
	case *Binary:
		return []Expr{e.Left, e.Right}
	case *Is:
		return []Expr{e.Expr, e.Right}
	case *Between:
		return []Expr{e.Expr, e.Low, e.High}
	case *In:
		return append([]Expr{e.Expr}, e.List...)
	case *LikeExpr:
		return []Expr{e.Expr, e.Pattern, e.Escape}
	case *Case:
		out := []Expr{e.Operand, e.Else}
		for _, when := range e.Whens {
			out = append(out, when.Condition, when.Result)
		}
		return out
	case *Cast:
		return []Expr{e.Expr}
	case *Call:
		out := slices.Concat(e.Args, e.Defaults, []Expr{e.Filter})
		if e.Over != nil {
			out = append(out, e.Over.PartitionBy...)
			for _, item := range e.Over.OrderBy {
				out = append(out, item.Expr)
			}
		}
		return out
	case *NamedArg:
		return []Expr{e.Key, e.Value}
	case *ArrayLiteral:
		return e.Elements
	case *MapLiteral:
		return e.Elements
	case *RowLiteral:
		return e.Elements
	case *Index:
		return []Expr{e.Expr, e.Index}
	case *Field:
		return []Expr{e.Expr}
	case *Paren:
		return []Expr{e.Expr}
	}
	return nil
}
