package optimize

import (
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// PushFilters moves every condition as far down as it can stand:
//
//	filter a > 1 AND window_start > t      =>   filter window_start > t
//	 └─ tumble(ts, 1m)                           └─ tumble(ts, 1m)
//	     └─ watermark ...                            └─ filter a > 1
//	                                                     └─ watermark ...
//
// Conditions pass projections (their columns replaced by what computes them), windows and other
// filters, orders, and OVER, rankings and sessions if they only look at their PARTITION BY. They stay above watermarks, which look at
// every row, and above aggregations.
func PushFilters(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		filter, ok := n.(*plan.Filter)
		if !ok {
			return n
		}
		node := filter.Input
		var left []expr.Expr
		for _, condition := range expr.Conjuncts(filter.Predicate) {
			guarded := len(left) > 0 && expr.CanFail(condition) // by the conditions that stay
			if pushed, ok := push(node, condition); ok && !guarded {
				node = pushed
			} else {
				left = append(left, condition)
			}
		}
		return filtered(node, left)
	})
}

// push returns node with the condition below it; false if it cannot pass.
func push(node plan.Node, condition expr.Expr) (plan.Node, bool) {
	switch n := node.(type) {
	case *plan.Project:
		used := map[int]bool{}
		expr.Columns(condition, used)
		for position := range used {
			if expr.CanFail(n.Exprs[position]) { // would fail in a filter before it fails here
				return nil, false
			}
		}
		return n.WithInputs([]plan.Node{pushOrFilter(n.Input, expr.Substitute(condition, n.Exprs))}), true
	case *plan.Unnest: // what fails must not meet rows without elements, and RAND() is another for each element
		return pushPast(n, condition, !expr.CanFail(condition) && !expr.IsVolatile(condition))
	case *plan.Window:
		return pushPast(n, condition, true)
	case *plan.Over:
		if readsOnly(condition, n.Keys) {
			return n.WithInputs([]plan.Node{pushOrFilter(n.Input, condition)}), true
		}
	case *plan.SessionWindow:
		if readsOnly(condition, n.Keys) {
			return n.WithInputs([]plan.Node{pushOrFilter(n.Input, condition)}), true
		}
	case *plan.Sort:
		return n.WithInputs([]plan.Node{pushOrFilter(n.Input, condition)}), true
	case *plan.Rank:
		if readsOnly(condition, n.Keys) {
			return n.WithInputs([]plan.Node{pushOrFilter(n.Input, condition)}), true
		}
	case *plan.Union:
		inputs := make([]plan.Node, len(n.All))
		for i, input := range n.All {
			inputs[i] = pushOrFilter(input, condition)
		}
		return n.WithInputs(inputs), true
	case *plan.Filter:
		return filtered(n.Input, append(append([]expr.Expr(nil), expr.Conjuncts(n.Predicate)...), condition)), true
	}
	return nil, false
}

// readsOnly reports whether a condition that cannot fail reads nothing but keys, so that it is true for
// all rows of a partition or for none.
func readsOnly(condition expr.Expr, keys []expr.Expr) bool {
	used := map[int]bool{}
	expr.Columns(condition, used)
	for _, key := range keys {
		if column, ok := key.(*expr.Column); ok {
			delete(used, column.Index)
		}
	}
	return len(used) == 0 && !expr.CanFail(condition)
}

// pushPast returns node, which adds columns to its input, with the condition below it if the condition uses
// none of them and may pass.
func pushPast(node plan.Node, condition expr.Expr, may bool) (plan.Node, bool) {
	input := node.Inputs()[0]
	used := map[int]bool{}
	expr.Columns(condition, used)
	for position := range used {
		may = may && position < len(input.Schema())
	}
	if !may {
		return nil, false
	}
	return node.WithInputs([]plan.Node{pushOrFilter(input, condition)}), true
}

func pushOrFilter(node plan.Node, condition expr.Expr) plan.Node {
	if pushed, ok := push(node, condition); ok {
		return pushed
	}
	return filtered(node, []expr.Expr{condition})
}

func filtered(node plan.Node, conditions []expr.Expr) plan.Node {
	if len(conditions) == 0 {
		return node
	}
	return &plan.Filter{Input: node, Predicate: expr.And(conditions...)}
}
