package bind

import (
	"slices"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// ranked reports whether a call numbers rows in another order than that of the event time. It can then
// only be computed within windows, which end: PARTITION BY must have one in it, whose end is at the
// position that is returned.
func (o *overs) ranked(columns []column, c *overCall) (end int, ok bool, err error) {
	if c.call.Function == nil || !c.call.Function.Kind.Ranks() || len(c.order) == 0 || o.byTime(columns, c) {
		return 0, false, nil
	}
	for _, key := range c.partition {
		reference, isColumn := key.(*expr.Column)
		if !isColumn || columns[reference.Index].window == nil {
			continue
		}
		bounded := columns[reference.Index]
		if bounded.bound == windowStart && bounded.window.spec.Kind != plan.Tumble && bounded.window.spec.Kind != plan.Hop {
			continue // windows that begin together end one after the other
		}
		end := slices.IndexFunc(columns, func(c column) bool { return c.window == bounded.window && c.bound == windowEnd })
		if end < 0 {
			return 0, false, diag.Errorf(diag.Unsupported, c.spec, "PARTITION BY a window whose window_end was left out by a subquery is not supported yet").
				WithHint("select window_end there")
		}
		return end, true, nil
	}
	return 0, false, o.unranked(columns, c)
}

// byTime reports whether a call is ordered by the event time alone, upwards.
func (o *overs) byTime(columns []column, c *overCall) bool {
	reference, ok := c.order[0].Expr.(*expr.Column)
	return ok && len(c.order) == 1 && !c.order[0].Desc && (columns[reference.Index].time || columns[reference.Index].clock || o.becomesTime(columns[reference.Index]))
}

// becomesTime reports whether a column would become event time by its use.
func (o *overs) becomesTime(c column) bool {
	if !c.typ.Kind.IsTimestamp() || c.origin == nil || c.origin.scan.Table.Watermark != nil {
		return false
	}
	position, used := o.binder.implicit[c.origin.scan]
	return !used || position == c.origin.position
}

// unranked is the error for rows that are ranked in a way that changes for ever.
func (o *overs) unranked(columns []column, c *overCall) error {
	const hint = "rank the rows of windows, which end: PARTITION BY window_start, window_end over TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE))"
	name := c.call.Function.Name
	reference, ok := c.order[0].Expr.(*expr.Column)
	if ok && c.order[0].Desc && (columns[reference.Index].time || columns[reference.Index].clock) {
		return diag.Errorf(diag.Unsupported, c.spans[0], "%s from the newest row on is not supported yet: every row would change the numbers of all before it", name).
			WithHint("leave out DESC to number from the first row on, or %s", hint)
	}
	return diag.Errorf(diag.Unsupported, c.spans[0], "%s in another order than that of the event time is not supported yet: every row could change the numbers of others", name).
		WithHint(hint)
}

// rank adds the node of the calls that number the rows of windows as the first one does.
func (o *overs) rank(r *relation, first *overCall, end int, positions []int) *relation {
	node := &plan.Rank{Input: r.node, End: end, Keys: first.partition, Order: first.order}
	columns := slices.Clone(r.columns)
	for i := range columns { // rows come out when their window ends
		of := &columns[i]
		if of.window == nil || of.window != columns[end].window {
			of.waited = of.waited || of.time || of.clock
			of.time, of.clock, of.origin = false, false, nil
		}
	}
	for i, c := range o.calls {
		if c.call.Function == nil || !c.call.Function.Kind.Ranks() || !sameExprs(c.partition, first.partition) || !slices.EqualFunc(c.order, first.order, sameKey) {
			continue
		}
		known := slices.Index(node.Functions, c.call.Function)
		if known < 0 {
			known = len(node.Functions)
			node.Functions = append(node.Functions, c.call.Function)
			columns = append(columns, column{name: c.call.String(), typ: c.call.Type()})
		}
		positions[i] = len(r.columns) + known
	}
	return &relation{node: node, columns: columns}
}

func sameKey(a, b expr.SortKey) bool { return a.SortOrder == b.SortOrder && expr.Equal(a.Expr, b.Expr) }
