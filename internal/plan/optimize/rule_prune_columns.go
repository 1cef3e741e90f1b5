package optimize

import (
	"maps"
	"slices"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// PruneColumns keeps only the columns that something above uses, down to the scans:
//
//	project a                =>   project a
//	 └─ filter b > 1               └─ filter b > 1
//	     └─ scan t [a, b, c]           └─ scan t [a, b]
func PruneColumns(n plan.Node) plan.Node {
	needed := map[int]bool{}
	for i := range n.Schema() {
		needed[i] = true
	}
	pruned, _ := prune(n, needed)
	return pruned
}

// prune returns n with at least the needed columns, and where each kept column went.
func prune(n plan.Node, needed map[int]bool) (plan.Node, map[int]int) {
	switch n := n.(type) {
	case *plan.Scan:
		return pruneScan(n, needed)
	case *plan.Project:
		return pruneProject(n, needed)
	case *plan.Filter:
		below := maps.Clone(needed)
		expr.Columns(n.Predicate, below)
		input, moved := prune(n.Input, below)
		return &plan.Filter{Input: input, Predicate: expr.Remap(n.Predicate, moved)}, moved
	case *plan.Watermark:
		below := maps.Clone(needed)
		below[n.Column] = true
		expr.Columns(n.Expr, below)
		input, moved := prune(n.Input, below)
		return &plan.Watermark{Input: input, Column: moved[n.Column], Expr: expr.Remap(n.Expr, moved), Implicit: n.Implicit}, moved
	case *plan.Clock:
		input, moved := prune(n.Input, needed)
		return &plan.Clock{Input: input}, moved
	case *plan.Unnest:
		return pruneUnnest(n, needed)
	case *plan.Window:
		return pruneWindow(n, needed)
	case *plan.SessionWindow:
		return pruneSessions(n, needed)
	case *plan.WindowAggregate:
		return pruneAggregate(n)
	case *plan.Over:
		return pruneOver(n, needed)
	case *plan.Rank:
		return pruneRank(n, needed)
	case *plan.Expand:
		return pruneExpand(n, needed)
	case *plan.Sort:
		return pruneSort(n, needed)
	case *plan.Limit:
		input, moved := prune(n.Input, needed)
		return n.WithInputs([]plan.Node{input}), moved
	case *plan.Union:
		return pruneUnion(n, needed)
	}
	inputs := n.Inputs()
	if len(inputs) == 0 {
		return n, identity(len(n.Schema()))
	}
	pruned := make([]plan.Node, len(inputs))
	for i, input := range inputs { // a sink: everything is needed
		pruned[i] = PruneColumns(input)
	}
	return n.WithInputs(pruned), identity(len(n.Schema()))
}

func identity(width int) map[int]int {
	moved := make(map[int]int, width)
	for i := range width {
		moved[i] = i
	}
	return moved
}

func pruneScan(n *plan.Scan, needed map[int]bool) (plan.Node, map[int]int) {
	out, moved := &plan.Scan{Table: n.Table}, map[int]int{}
	for i, position := range n.Columns {
		if needed[i] {
			moved[i] = len(out.Columns)
			out.Columns = append(out.Columns, position)
		}
	}
	return out, moved
}

func pruneProject(n *plan.Project, needed map[int]bool) (plan.Node, map[int]int) {
	below := map[int]bool{}
	for i, e := range n.Exprs {
		if needed[i] {
			expr.Columns(e, below)
		}
	}
	input, positions := prune(n.Input, below)
	out, moved := &plan.Project{Input: input}, map[int]int{}
	for i, e := range n.Exprs {
		if needed[i] {
			moved[i] = len(out.Exprs)
			out.Exprs, out.Names = append(out.Exprs, expr.Remap(e, positions)), append(out.Names, n.Names[i])
		}
	}
	return out, moved
}

// pruneWindow keeps all three bounds: they cost little, and the schema says that they are there.
func pruneWindow(n *plan.Window, needed map[int]bool) (plan.Node, map[int]int) {
	input, moved := belowBounds(n.Input, n.Time, nil, needed)
	return &plan.Window{Input: input, Time: moved[n.Time], Spec: n.Spec}, moved
}

func pruneSessions(n *plan.SessionWindow, needed map[int]bool) (plan.Node, map[int]int) {
	input, moved := belowBounds(n.Input, n.Time, n.Keys, needed)
	pruned := mapExprs(n, func(e expr.Expr) expr.Expr { return expr.Remap(e, moved) }).(*plan.SessionWindow)
	pruned.Input, pruned.Time = input, moved[n.Time]
	return pruned, moved
}

// belowBounds prunes the input of a node that adds the bounds of windows.
func belowBounds(n plan.Node, time int, keys []expr.Expr, needed map[int]bool) (plan.Node, map[int]int) {
	width := len(n.Schema())
	below := map[int]bool{time: true}
	for position := range needed {
		if position < width {
			below[position] = true
		}
	}
	for _, key := range keys {
		expr.Columns(key, below)
	}
	input, moved := prune(n, below)
	moved = maps.Clone(moved)
	first := len(input.Schema())
	for i := range plan.WindowColumns {
		moved[width+i] = first + i
	}
	return input, moved
}

// pruneUnnest keeps all columns of the elements.
func pruneUnnest(n *plan.Unnest, needed map[int]bool) (plan.Node, map[int]int) {
	width := len(n.Input.Schema())
	below := map[int]bool{}
	for position := range needed {
		if position < width {
			below[position] = true
		}
	}
	expr.Columns(n.Collection, below)
	input, moved := prune(n.Input, below)
	out := *n
	out.Input, out.Collection = input, expr.Remap(n.Collection, moved)
	moved = maps.Clone(moved)
	for i := range n.Names {
		moved[width+i] = len(input.Schema()) + i
	}
	return &out, moved
}

// usedBy returns the input columns that an aggregation reads.
func usedBy(n *plan.WindowAggregate) map[int]bool {
	used := map[int]bool{n.Time: true}
	readBy(n, used)
	return used
}

// readBy adds the input columns that the keys and aggregates read.
func readBy(n *plan.WindowAggregate, used map[int]bool) {
	for _, key := range n.Keys {
		expr.Columns(key, used)
	}
	for _, aggregate := range n.Aggregates {
		for _, e := range aggregate.Exprs() {
			expr.Columns(e, used)
		}
	}
}

func pruneAggregate(n *plan.WindowAggregate) (plan.Node, map[int]int) {
	input, moved := prune(n.Input, usedBy(n))
	remap := func(e expr.Expr) expr.Expr { return expr.Remap(e, moved) }
	out := mapExprs(n, remap).(*plan.WindowAggregate)
	out.Input, out.Time = input, moved[n.Time]
	return out, identity(len(n.Schema()))
}

// pruneOver drops calls that nothing uses. One stays: the node drops late rows, so it cannot go.
func pruneOver(n *plan.Over, needed map[int]bool) (plan.Node, map[int]int) {
	width := len(n.Input.Schema())
	out, below := *n, map[int]bool{n.Time: true}
	out.Calls = nil
	for position := range needed {
		if position < width {
			below[position] = true
		}
	}
	for _, key := range n.Keys {
		expr.Columns(key, below)
	}
	kept := map[int]int{} // position of a call to its number among those kept
	for i, call := range n.Calls {
		last := i == len(n.Calls)-1 && len(out.Calls) == 0
		if !needed[width+i] && !last {
			continue
		}
		kept[width+i] = len(out.Calls)
		out.Calls = append(out.Calls, call)
		for _, e := range call.Exprs() {
			expr.Columns(e, below)
		}
	}
	input, moved := prune(n.Input, below)
	pruned := mapExprs(&out, func(e expr.Expr) expr.Expr { return expr.Remap(e, moved) }).(*plan.Over)
	pruned.Input, pruned.Time = input, moved[n.Time]
	moved = maps.Clone(moved)
	for position, call := range kept {
		moved[position] = len(input.Schema()) + call
	}
	return pruned, moved
}

// pruneRank drops functions that nothing uses. One stays: the node drops late rows, so it cannot go.
func pruneRank(n *plan.Rank, needed map[int]bool) (plan.Node, map[int]int) {
	width := len(n.Input.Schema())
	below := map[int]bool{n.End: true}
	for position := range needed {
		if position < width {
			below[position] = true
		}
	}
	for _, key := range n.Keys {
		expr.Columns(key, below)
	}
	for _, key := range n.Order {
		expr.Columns(key.Expr, below)
	}
	input, moved := prune(n.Input, below)
	pruned := mapExprs(n, func(e expr.Expr) expr.Expr { return expr.Remap(e, moved) }).(*plan.Rank)
	pruned.Input, pruned.End, pruned.Functions = input, moved[n.End], nil
	moved = maps.Clone(moved)
	for i, f := range n.Functions {
		last := i == len(n.Functions)-1 && len(pruned.Functions) == 0
		if needed[width+i] || last {
			moved[width+i] = len(input.Schema()) + len(pruned.Functions)
			pruned.Functions = append(pruned.Functions, f)
		}
	}
	return pruned, moved
}

// pruneExpand keeps all keys: without one of them, rows of different groups would be the same.
func pruneExpand(n *plan.Expand, needed map[int]bool) (plan.Node, map[int]int) {
	width := len(n.Input.Schema())
	below := map[int]bool{}
	for position := range needed {
		if position < width {
			below[position] = true
		}
	}
	for _, key := range n.Keys {
		expr.Columns(key, below)
	}
	input, moved := prune(n.Input, below)
	pruned := mapExprs(n, func(e expr.Expr) expr.Expr { return expr.Remap(e, moved) }).(*plan.Expand)
	pruned.Input = input
	moved = maps.Clone(moved)
	for i := range len(n.Keys) + 1 {
		moved[width+i] = len(input.Schema()) + i
	}
	return pruned, moved
}

func pruneSort(n *plan.Sort, needed map[int]bool) (plan.Node, map[int]int) {
	below := maps.Clone(needed)
	for _, key := range n.Keys {
		expr.Columns(key.Expr, below)
	}
	input, moved := prune(n.Input, below)
	pruned := mapExprs(n, func(e expr.Expr) expr.Expr { return expr.Remap(e, moved) }).(*plan.Sort)
	pruned.Input = input
	if n.Time != plan.Unsorted {
		pruned.Time = moved[n.Time]
	}
	return pruned, moved
}

// pruneUnion puts a projection over every input, so that all have the same columns again.
func pruneUnion(n *plan.Union, needed map[int]bool) (plan.Node, map[int]int) {
	kept := slices.Sorted(maps.Keys(needed))
	moved := map[int]int{}
	for i, position := range kept {
		moved[position] = i
	}
	inputs := make([]plan.Node, len(n.All))
	for i, input := range n.All {
		pruned, positions := prune(input, needed)
		project := &plan.Project{Input: pruned}
		for _, position := range kept {
			field := input.Schema()[position]
			project.Exprs = append(project.Exprs, expr.NewColumn(positions[position], field.Name, field.Type))
			project.Names = append(project.Names, field.Name)
		}
		inputs[i] = project
	}
	return &plan.Union{All: inputs}, moved
}
