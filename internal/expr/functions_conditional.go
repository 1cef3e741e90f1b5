package expr

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

func conditionalFunctions() []*Function {
	const category = "Conditional"
	return []*Function{
		{
			Name: "COALESCE", Aliases: []string{"IFNULL", "NVL"}, Category: category, Doc: "The first argument that is not NULL.",
			Example: "COALESCE(NULL, 'a', 'b')", Result: "a",
			Signatures: []Signature{{Params: []Param{anyValue}, Variadic: true, Rewrite: coalesce}},
		},
		{
			Name: "NULLIF", Category: category, Doc: "NULL if both arguments are equal, otherwise the first.",
			Example: "NULLIF(3, 3)", Result: "NULL",
			Signatures: []Signature{{Params: []Param{anyValue, anyValue}, Rewrite: nullIf}},
		},
		{
			Name: "IF", Category: category, Doc: "The second argument where the condition holds, otherwise the third.",
			Example: "IF(2 > 1, 'yes', 'no')", Result: "yes",
			Signatures: []Signature{{Params: []Param{boolArg, anyValue.named("then"), anyValue.named("else")}, Rewrite: func(args []Expr, span diag.Span) (Expr, error) {
				return CaseOf([]Expr{args[0]}, []Expr{args[1]}, args[2], span)
			}}},
		},
		{
			Name: "GREATEST", Category: category, Doc: "The largest argument; NULL if one is NULL.",
			Example: "GREATEST(3, 9, 5)", Result: "9",
			Signatures: []Signature{{Params: []Param{anyValue}, Variadic: true, Rewrite: extreme(Gt)}},
		},
		{
			Name: "LEAST", Category: category, Doc: "The smallest argument; NULL if one is NULL.",
			Example: "LEAST(3, 9, 5)", Result: "3",
			Signatures: []Signature{{Params: []Param{anyValue}, Variadic: true, Rewrite: extreme(Lt)}},
		},
	}
}

// CaseOf returns CASE WHEN conditions THEN results ELSE otherwise END with the results converted to
// their common type.
func CaseOf(conditions, results []Expr, otherwise Expr, span diag.Span) (Expr, error) {
	all := append(append([]Expr(nil), results...), otherwise)
	all, t, err := Unify(all, span)
	if err != nil {
		return nil, err
	}
	n := len(results)
	return NewCase(conditions, all[:n:n], all[n], t), nil
}

// Unify converts the expressions to their common type.
func Unify(exprs []Expr, span diag.Span) ([]Expr, types.Type, error) {
	t := exprs[0].Type()
	for _, e := range exprs[1:] {
		common, ok := types.Common(t, e.Type())
		if !ok {
			return nil, t, diag.Errorf(diag.Semantic, span, "%s and %s have no common type", t.Nullable(), e.Type().Nullable()).
				WithHint("write a CAST")
		}
		t = common
	}
	out := make([]Expr, len(exprs))
	for i, e := range exprs {
		out[i] = NewCast(e, t, false, true, span)
	}
	return out, t, nil
}

func coalesce(args []Expr, span diag.Span) (Expr, error) {
	unified, _, err := Unify(args, span)
	if err != nil {
		return nil, err
	}
	var conditions, results []Expr
	for i, arg := range args[:len(args)-1] {
		if arg.Type().NotNull {
			return coalesced(conditions, results, unified[i], span)
		}
		conditions = append(conditions, &IsNull{Operand: arg, Negate: true})
		results = append(results, unified[i])
	}
	return coalesced(conditions, results, unified[len(args)-1], span)
}

func coalesced(conditions, results []Expr, last Expr, span diag.Span) (Expr, error) {
	if len(results) == 0 {
		return last, nil
	}
	e, err := CaseOf(conditions, results, last, span)
	if err != nil || !last.Type().NotNull {
		return e, err
	}
	out := *e.(*Case)
	for i, result := range out.Results { // guarded by its own IS NOT NULL
		out.Results[i] = &asserted{result}
	}
	return &out, nil
}

// asserted is an expression that is known not to be NULL where it is evaluated.
type asserted struct{ Expr }

// Type is the operand's type, without NULL.
func (e *asserted) Type() types.Type { return e.Expr.Type().Required() }

// Children is the operand.
func (e *asserted) Children() []Expr { return []Expr{e.Expr} }

// WithChildren returns the assertion for another operand.
func (e *asserted) WithChildren(c []Expr) Expr { return &asserted{c[0]} }

func nullIf(args []Expr, span diag.Span) (Expr, error) {
	sides, _, err := Unify(args, span)
	if err != nil {
		return nil, err
	}
	return NewCase([]Expr{NewCompare(Eq, sides[0], sides[1])}, []Expr{NewLiteral(nil, args[0].Type())}, args[0], args[0].Type()), nil
}

// extreme folds the arguments pairwise: op says when the next argument replaces the best so far.
func extreme(op CompareOp) func(args []Expr, span diag.Span) (Expr, error) {
	return func(args []Expr, span diag.Span) (Expr, error) {
		args, t, err := Unify(args, span)
		if err != nil {
			return nil, err
		}
		if !hasOrder(t) {
			return nil, diag.Errorf(diag.Semantic, span, "%s values have no order", t.Kind)
		}
		best := args[0]
		for _, arg := range args[1:] {
			null := Or(&IsNull{Operand: best}, &IsNull{Operand: arg})
			best = NewCase([]Expr{null, NewCompare(op, arg, best)}, []Expr{NewLiteral(nil, t), arg}, best, t)
		}
		return best, nil
	}
}
