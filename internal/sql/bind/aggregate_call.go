package bind

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// aggregateOf binds a call of an aggregate whose arguments are in scope s.
func (b *Binder) aggregateOf(f *expr.AggregateFunction, call *ast.Call, s *scope) (*expr.Aggregate, error) {
	bound := expr.AggregateCall{Function: f, Star: call.Star, Distinct: call.Distinct, Nulls: call.Nulls, Span: call.Span()}
	if f.OnNull {
		if err := onNull(&bound, call); err != nil {
			return nil, err
		}
	}
	args := call.Args
	if len(args) == 1 {
		if pair, ok := args[0].(*ast.NamedArg); ok && pair.Key != nil && f.OnNull {
			args = []ast.Expr{pair.Key, pair.Value}
		}
	}
	var err error
	if bound.Args, err = b.exprs(args, s); err != nil {
		return nil, err
	}
	for _, item := range call.OrderBy {
		by, err := b.expr(item.Expr, s)
		if err != nil {
			return nil, err
		}
		if t := by.Type(); t.Kind.IsNested() {
			return nil, diag.Errorf(diag.Semantic, item.Span(), "%s has no order", t.Nullable())
		}
		bound.OrderBy = append(bound.OrderBy, by)
		bound.Order = append(bound.Order, expr.NewSortOrder(item.Desc, item.Nulls))
	}
	if call.Filter != nil {
		inner := *s
		inner.outer = "FILTER"
		if bound.Filter, err = b.predicate(call.Filter, &inner); err != nil {
			return nil, err
		}
	}
	return expr.NewAggregate(bound)
}

// onNull takes NULL ON NULL and ABSENT ON NULL.
func onNull(bound *expr.AggregateCall, call *ast.Call) error {
	if call.Nulls != "" {
		return wrongClause(call, call.Nulls+" NULLS", "NULL ON NULL or ABSENT ON NULL")
	}
	if len(call.Clauses) == 0 {
		return nil
	}
	absent, err := absentOnNull(call, false)
	bound.Nulls = "RESPECT"
	if absent {
		bound.Nulls = "IGNORE"
	}
	return err
}
