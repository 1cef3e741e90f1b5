package optimize

import (
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// FoldConstants computes expressions that depend on no row:
//
//	filter a > 1 + 2   =>   filter a > 3
//
// What fails is left alone, to fail when it is evaluated, and so is what depends on the session's
// time zone. A filter that is always true goes away.
func FoldConstants(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		n = mapExprs(n, func(e expr.Expr) expr.Expr { return expr.Rewrite(e, fold) })
		if filter, ok := n.(*plan.Filter); ok {
			if value, ok := expr.Constant(filter.Predicate); ok && value == true {
				return filter.Input
			}
		}
		return n
	})
}

func fold(e expr.Expr) expr.Expr {
	if _, ok := e.(*expr.Literal); ok || !expr.IsConstant(e) || usesZone(e) {
		return e
	}
	folded, err := expr.Fold(e, &expr.Context{Zone: time.UTC}, batch.New(1))
	if err != nil {
		return e
	}
	return folded
}

// usesZone reports whether the value of e may depend on the session time zone.
func usesZone(e expr.Expr) bool {
	uses := false
	expr.Walk(e, func(e expr.Expr) {
		if call, ok := e.(*expr.Call); ok {
			uses = uses || call.Function.Zoned
		}
		kind := e.Type().Kind
		uses = uses || kind == types.TimestampLTZ || kind.IsNested() // which may hold such times
	})
	return uses
}

// mapExprs returns n with its expressions changed; they keep their types.
func mapExprs(n plan.Node, change func(expr.Expr) expr.Expr) plan.Node {
	switch n := n.(type) {
	case *plan.Filter:
		return &plan.Filter{Input: n.Input, Predicate: change(n.Predicate)}
	case *plan.Project:
		return &plan.Project{Input: n.Input, Exprs: mapAll(n.Exprs, change), Names: n.Names}
	case *plan.Watermark:
		return &plan.Watermark{Input: n.Input, Column: n.Column, Expr: change(n.Expr), Implicit: n.Implicit}
	case *plan.WindowAggregate:
		out := *n
		out.Keys = mapAll(n.Keys, change)
		out.Aggregates = make([]*expr.Aggregate, len(n.Aggregates))
		for i, aggregate := range n.Aggregates {
			out.Aggregates[i] = aggregate.Map(change)
		}
		return &out
	case *plan.SessionWindow:
		return &plan.SessionWindow{Input: n.Input, Time: n.Time, Gap: n.Gap, Keys: mapAll(n.Keys, change)}
	case *plan.Expand:
		return &plan.Expand{Input: n.Input, Keys: mapAll(n.Keys, change), Sets: n.Sets}
	case *plan.Unnest:
		out := *n
		out.Collection = change(n.Collection)
		return &out
	case *plan.Sort:
		return &plan.Sort{Input: n.Input, Time: n.Time, Keys: mapKeys(n.Keys, change)}
	case *plan.Rank:
		out := *n
		out.Keys, out.Order = mapAll(n.Keys, change), mapKeys(n.Order, change)
		return &out
	case *plan.Over:
		out := *n
		out.Keys = mapAll(n.Keys, change)
		out.Calls = make([]*expr.WindowCall, len(n.Calls))
		for i, call := range n.Calls {
			out.Calls[i] = call.Map(change)
		}
		return &out
	}
	return n
}

func mapAll(exprs []expr.Expr, change func(expr.Expr) expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = change(e)
	}
	return out
}

func mapKeys(keys []expr.SortKey, change func(expr.Expr) expr.Expr) []expr.SortKey {
	out := make([]expr.SortKey, len(keys))
	for i, key := range keys {
		out[i] = expr.SortKey{Expr: change(key.Expr), SortOrder: key.SortOrder}
	}
	return out
}
