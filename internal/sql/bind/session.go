package bind

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// session makes a grouping by session windows of a table function one over the rows themselves: where
// a session ends depends on the rows of its key, so no row can carry its bounds before.
func (g *grouping) session(s *ast.SelectBody) error {
	if !g.node.Attached { // SESSION(time, gap) in GROUP BY: sessions of the other keys
		return nil
	}
	where := s.GroupBy[0].Span().To(s.GroupBy[len(s.GroupBy)-1].Span())
	if !sameExprs(g.window.partition, g.node.Keys) {
		return diag.Errorf(diag.Unsupported, where, "GROUP BY other keys than SESSION's PARTITION BY is not supported yet").
			WithHint("name the same keys in both")
	}
	input, time, ok := withoutWindow(g.node.Input)
	if !ok {
		return diag.Errorf(diag.Unsupported, where, "a condition on the bounds of a session before it is grouped is not supported yet").
			WithHint("use HAVING")
	}
	g.node.Input, g.node.Time, g.node.Attached = input, time, false
	return nil
}

func sameExprs(a, b []expr.Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		found := false
		for _, y := range b {
			found = found || expr.Equal(x, y)
		}
		if !found {
			return false
		}
	}
	return true
}

// withoutWindow removes the window node below filters that do not look at its bounds, and returns its
// time column.
func withoutWindow(n plan.Node) (input plan.Node, time int, ok bool) {
	switch n := n.(type) {
	case *plan.Window:
		return n.Input, n.Time, true
	case *plan.Filter:
		input, time, ok := withoutWindow(n.Input)
		if !ok {
			return nil, 0, false
		}
		used := map[int]bool{}
		expr.Columns(n.Predicate, used)
		for position := range used {
			if position >= len(input.Schema()) {
				return nil, 0, false
			}
		}
		return &plan.Filter{Input: input, Predicate: n.Predicate}, time, true
	}
	return nil, 0, false
}

// checkSessions reports session windows that no aggregation took up.
func checkSessions(n plan.Node) error {
	if w, ok := n.(*plan.Window); ok && w.Spec.Kind == plan.Session {
		return diag.Errorf(diag.Unsupported, diag.Span{}, "SESSION without GROUP BY window_start, window_end is not supported yet").
			WithHint("group by the bounds of the window in the same SELECT")
	}
	for _, input := range n.Inputs() {
		if err := checkSessions(input); err != nil {
			return err
		}
	}
	return nil
}
