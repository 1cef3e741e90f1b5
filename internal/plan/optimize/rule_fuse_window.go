package optimize

import "github.com/penstock-io/penstock/internal/plan"

// FuseWindows lets an aggregation assign rows to windows itself:
//
//	group tumble(window_end, 1m)     =>   group tumble(ts, 1m)
//	 └─ tumble(ts, 1m)                     └─ ...
//	     └─ ...
//
// The right plan does not compute three columns per row, and rows of sliding windows are not
// repeated for each of their windows but shared between them.
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
		if !group.Attached || group.Time != width+1 { // not the windows of this node
			return n
		}
		used := map[int]bool{}
		readBy(group, used)
		for position := range used {
			if position >= width { // a bound that is not there any more without the window below
				return n
			}
		}
		out := *group
		out.Input, out.Time, out.Attached = window.Input, window.Time, false
		return &out
	})
}
