package optimize

import "github.com/penstock-io/penstock/internal/plan"

// maxPanes is how many panes a window may be made of.
const maxPanes = 10_000

// FuseWindows lets an aggregation assign rows to windows itself:
//
//	group tumble(window_end, 1m)     =>   group tumble(ts, 1m)
//	 └─ tumble(ts, 1m)                     └─ ...
//	     └─ ...
//
// The right plan does not compute three columns per row, and rows of sliding windows are not
// repeated for each of their windows but shared between them, in panes that windows are made of. Where
// a window would be made of very many panes, rows are repeated.
func FuseWindows(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		group, ok := n.(*plan.WindowAggregate)
		if !ok {
			return n
		}
		window, ok := group.Input.(*plan.Window)
		if !ok || window.Spec != group.Spec || window.Spec.Size/window.Spec.Pane() > maxPanes {
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
