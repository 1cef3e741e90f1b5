package bind

import (
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// session makes a grouping by session windows one over the rows themselves, where every group is one
// session: its windows end when the rows of its key say so. Otherwise rows have to wait for the bounds of
// their session before they are grouped by them.
func (g *grouping) session() {
	if !g.node.Attached { // SESSION(time, gap) in GROUP BY: sessions of the other keys
		if g.sets == nil {
			return
		}
		time, spec := g.node.Time, g.node.Spec
		g.input = sessions(g.input, time, spec, g.node.Keys)
		g.node.Input, g.node.Attached, g.node.Time = g.input.node, true, len(g.input.columns)-len(plan.WindowColumns)+1
	} else if input, time, ok := withoutSessions(g.node.Input, g.node.Keys); ok && g.sets == nil {
		g.node.Input, g.node.Time, g.node.Attached = input, time, false
		return
	}
	start := g.node.Time - 1 // sessions that end together may have begun apart
	c := g.node.Input.Schema()[start]
	g.node.Keys, g.node.KeyNames = append(g.node.Keys, expr.NewColumn(start, c.Name, c.Type)), append(g.node.KeyNames, c.Name)
	g.start = len(g.node.Keys)
}

// sessions adds the bounds of the sessions of keys to a relation.
func sessions(input *relation, time int, spec plan.WindowSpec, keys []expr.Expr) *relation {
	out := windowed(input, time, spec)
	out.node = &plan.SessionWindow{Input: input.node, Time: time, Gap: spec.Size, Keys: keys}
	return out
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

// withoutSessions removes the node that adds sessions of the keys, and returns its time column: below
// filters that keep or drop whole sessions, because they look at nothing but the keys.
func withoutSessions(n plan.Node, keys []expr.Expr) (input plan.Node, time int, ok bool) {
	switch n := n.(type) {
	case *plan.SessionWindow:
		return n.Input, n.Time, sameExprs(n.Keys, keys)
	case *plan.Filter:
		input, time, ok := withoutSessions(n.Input, keys)
		used := map[int]bool{}
		expr.Columns(n.Predicate, used)
		for _, key := range keys {
			if column, isColumn := key.(*expr.Column); isColumn {
				delete(used, column.Index)
			}
		}
		return &plan.Filter{Input: input, Predicate: n.Predicate}, time, ok && len(used) == 0
	}
	return nil, 0, false
}
