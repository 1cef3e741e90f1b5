package optimize

import "github.com/penstock-io/penstock/internal/plan"

// FuseWindows lets an aggregation assign rows to windows itself:
//
//	group tumble(window_start, 1m)     =>   group tumble(ts, 1m)
//	 └─ tumble(ts, 1m)                       └─ ...
//	     └─ ...
//
// A row's window_start lies in the window that its own time lies in, so both plans group alike; the
// right one does not compute three columns per row.
func FuseWindows(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		group, ok := n.(*plan.WindowAggregate)
		if !ok {
			return n
		}
		window, ok := group.Input.(*plan.Window)
		if !ok || window.Spec != group.Spec {
			return n
		}
		width := len(window.Input.Schema())
		if group.Time != width { // the time is not this window's window_start
			return n
		}
		for position := range usedBy(group) {
			if position >= width && position != group.Time {
				return n
			}
		}
		out := *group
		out.Input, out.Time = window.Input, window.Time
		return &out
	})
}
