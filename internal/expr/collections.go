package expr

import (
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
)

// The kernels below make lists by choosing items: they work on positions, and the items are copied once,
// column by column. Rows that are NULL are computed like the others where that cannot fail.

func listAt(args []batch.Column, i int) *batch.List { return args[i].(*batch.List) }

func cardinality(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	list, out := listAt(args, 0), make([]int32, rows)
	for row := range out {
		out[row] = list.Offsets[row+1] - list.Offsets[row]
	}
	return batch.NewFixed(out, nil), nil
}

func element(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	list, at := listAt(args, 0), make([]int32, rows)
	for row := range at {
		from, to := list.Range(row)
		switch to - from {
		case 0:
			at[row] = -1
		case 1:
			at[row] = int32(from)
		default:
			return nil, runtimeError(call.span, "ELEMENT of an array with %d elements", to-from).WithHint("use array[1] for the first")
		}
	}
	return pick(list.Items, at, call.typ), nil
}

// firstEqual returns the position, from 1, of the first item of each row that equals the value; 0: none.
func firstEqual(args []batch.Column, rows int) []int32 {
	list, order, out := listAt(args, 0), comparer(args[0].(*batch.List).Items, args[1]), make([]int32, rows)
	for row := range out {
		from, to := list.Range(row)
		for i := from; i < to; i++ {
			if order(i, row) == 0 {
				out[row] = int32(i-from) + 1
				break
			}
		}
	}
	return out
}

func arrayContains(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	out := make([]bool, rows)
	for row, position := range firstEqual(args, rows) {
		out[row] = position > 0
	}
	return batch.NewFixed(out, nil), nil
}

func arrayPosition(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	return batch.NewFixed(firstEqual(args, rows), nil), nil
}

// appendRange appends the positions from from to to-1.
func appendRange(at []int32, from, to int) []int32 {
	for i := from; i < to; i++ {
		at = append(at, int32(i))
	}
	return at
}

// withElement returns the lists of args[0] with the values of args[1] among their items, at the positions
// that add gives them.
func withElement(args []batch.Column, rows int, add func(at []int32, from, to, element int) []int32) batch.Column {
	list := listAt(args, 0)
	n := list.Items.Len()
	both := batch.NewList(list.Offsets, batch.Concat(list.Items, args[1]), nil)
	return pickItems(both, rows, func(row, from, to int, at []int32) []int32 { return add(at, from, to, n+row) })
}

func arrayAppend(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	return withElement(args, rows, func(at []int32, from, to, element int) []int32 {
		return append(appendRange(at, from, to), int32(element))
	}), nil
}

func arrayPrepend(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	return withElement(args, rows, func(at []int32, from, to, element int) []int32 {
		return appendRange(append(at, int32(element)), from, to)
	}), nil
}

func arrayRemove(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	list := listAt(args, 0)
	order := comparer(list.Items, args[1])
	return pickItems(list, rows, func(row, from, to int, at []int32) []int32 {
		for i := from; i < to; i++ {
			if order(i, row) != 0 {
				at = append(at, int32(i))
			}
		}
		return at
	}), nil
}

// allItems returns lists over the items of all arguments, and from where on those of each argument stand.
func allItems(args []batch.Column) (items batch.Column, first []int) {
	all := make([]batch.Column, len(args))
	first = make([]int, len(args))
	position := 0
	for i, arg := range args {
		all[i], first[i] = arg.(*batch.List).Items, position
		position += all[i].Len()
	}
	return batch.Concat(all...), first
}

// joinItems returns a list per row: its items are appended by add, for one argument after the other. Their
// positions are those in items.
func joinItems(args []batch.Column, items batch.Column, first []int, rows int, add func(arg, from, to int, at []int32) []int32) *batch.List {
	offsets, at := make([]int32, rows+1), make([]int32, 0, items.Len())
	for row := range rows {
		for i := range args {
			from, to := listAt(args, i).Range(row)
			at = add(i, first[i]+from, first[i]+to, at)
		}
		offsets[row+1] = int32(len(at))
	}
	return batch.NewList(offsets, items.Gather(at), nil)
}

func arrayConcat(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	items, first := allItems(args)
	return joinItems(args, items, first, rows, func(_, from, to int, at []int32) []int32 { return appendRange(at, from, to) }), nil
}

func arrayUnion(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	items, first := allItems(args)
	seen := newItemSet(items)
	return joinItems(args, items, first, rows, func(arg, from, to int, at []int32) []int32 {
		if arg == 0 {
			seen.reset()
		}
		for i := from; i < to; i++ {
			if seen.add(i) {
				at = append(at, int32(i))
			}
		}
		return at
	}), nil
}

// arrayFilter makes ARRAY_INTERSECT, which keeps what the second array has, and ARRAY_EXCEPT, which keeps
// the rest.
func arrayFilter(keep bool) kernel {
	return func(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		items, first := allItems(args)
		second, seen := newItemSet(items), newItemSet(items)
		swapped := []batch.Column{args[1], args[0]}
		return joinItems(swapped, items, []int{first[1], first[0]}, rows, func(arg, from, to int, at []int32) []int32 {
			if arg == 0 {
				second.reset()
				seen.reset()
				for i := from; i < to; i++ {
					second.add(i)
				}
				return at
			}
			for i := from; i < to; i++ {
				if second.has(i) == keep && seen.add(i) {
					at = append(at, int32(i))
				}
			}
			return at
		}), nil
	}
}

func arrayDistinct(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	seen := newItemSet(listAt(args, 0).Items)
	return pickItems(listAt(args, 0), rows, func(_, from, to int, at []int32) []int32 {
		seen.reset()
		for i := from; i < to; i++ {
			if seen.add(i) {
				at = append(at, int32(i))
			}
		}
		return at
	}), nil
}

func arrayReverse(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	return pickItems(listAt(args, 0), rows, func(_, from, to int, at []int32) []int32 {
		for i := to - 1; i >= from; i-- {
			at = append(at, int32(i))
		}
		return at
	}), nil
}

func arraySlice(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	return pickItems(listAt(args, 0), rows, func(row, from, to int, at []int32) []int32 {
		n := int64(to - from)
		fromStart := func(position int64) int64 {
			if position < 0 {
				return position + n + 1
			}
			return position
		}
		first, last := max(1, fromStart(intAt(args, 1, row))), n
		if len(args) > 2 {
			last = min(n, fromStart(intAt(args, 2, row)))
		}
		if first > last {
			return at
		}
		return appendRange(at, from+int(first)-1, from+int(last))
	}), nil
}

func arraySort(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	list := listAt(args, 0)
	order, valid := comparer(list.Items, list.Items), list.Items.Valid()
	flag := func(arg, row int, otherwise bool) bool {
		if len(args) > arg {
			return batch.Values[bool](args[arg])[row]
		}
		return otherwise
	}
	return pickItems(list, rows, func(row, from, to int, at []int32) []int32 {
		start := len(at)
		at = appendRange(at, from, to)
		ascending := flag(1, row, true)
		nullsFirst := flag(2, row, ascending)
		slices.SortStableFunc(at[start:], func(a, b int32) int {
			x, y := valid.Get(int(a)), valid.Get(int(b))
			switch {
			case x != y && nullsFirst == y:
				return -1
			case x != y:
				return 1
			case ascending:
				return order(int(a), int(b))
			}
			return order(int(b), int(a))
		})
		return at
	}), nil
}

// arrayExtreme makes ARRAY_MAX, with sign 1, and ARRAY_MIN, with sign -1.
func arrayExtreme(sign int) kernel {
	return func(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		list := listAt(args, 0)
		order, valid := comparer(list.Items, list.Items), list.Items.Valid()
		at := make([]int32, rows)
		for row := range at {
			from, to := list.Range(row)
			best := -1
			for i := from; i < to; i++ {
				if valid.Get(i) && (best < 0 || sign*order(i, best) > 0) {
					best = i
				}
			}
			at[row] = int32(best)
		}
		return pick(list.Items, at, call.typ), nil
	}
}

func arrayJoin(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	list := listAt(args, 0)
	items := list.Items.(*batch.Bytes)
	offsets, data := make([]int32, rows+1), []byte(nil)
	for row := range rows {
		from, to := list.Range(row)
		first := true
		for i := from; i < to; i++ {
			text := items.At(i)
			if !items.Valid().Get(i) {
				if len(args) < 3 {
					continue
				}
				text = textAt(args, 2, row)
			}
			if !first {
				data = append(data, textAt(args, 1, row)...)
			}
			first = false
			data = append(data, text...)
		}
		offsets[row+1] = int32(len(data))
	}
	return batch.NewBytes(offsets, data, nil), nil
}

func mapPart(part int) kernel {
	return func(_ *Call, _ *Context, args []batch.Column, _ int) (batch.Column, error) {
		list := listAt(args, 0)
		return batch.NewList(list.Offsets, list.Items.(*batch.Struct).Fields[part], nil), nil
	}
}

func mapEntries(_ *Call, _ *Context, args []batch.Column, _ int) (batch.Column, error) {
	list := listAt(args, 0)
	return batch.NewList(list.Offsets, list.Items, nil), nil
}

func mapFromArrays(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	keys, values := listAt(args, 0), listAt(args, 1)
	var keyAt, valueAt []int32
	offsets := make([]int32, rows+1)
	for row := range rows {
		from, to := keys.Range(row)
		otherFrom, otherTo := values.Range(row)
		if to-from != otherTo-otherFrom {
			return nil, runtimeError(call.span, "MAP_FROM_ARRAYS of %d keys and %d values", to-from, otherTo-otherFrom)
		}
		keyAt, valueAt = appendRange(keyAt, from, to), appendRange(valueAt, otherFrom, otherTo)
		offsets[row+1] = int32(len(keyAt))
	}
	entries := batch.NewStruct(len(keyAt), []batch.Column{keys.Items.Gather(keyAt), values.Items.Gather(valueAt)}, nil)
	return lastOfEachKey(batch.NewList(offsets, entries, nil)), nil
}

func mapUnion(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	items, first := allItems(args)
	all := joinItems(args, items, first, rows, func(_, from, to int, at []int32) []int32 { return appendRange(at, from, to) })
	return lastOfEachKey(all), nil
}
