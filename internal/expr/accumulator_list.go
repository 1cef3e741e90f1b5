package expr

import (
	"math"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
)

// listAccumulator keeps all rows, for aggregates whose result is made of every value. They lie in one
// column for all groups, and each group is a chain through it.
type listAccumulator struct {
	call   *Aggregate
	finish func(l *listAccumulator, groups int) batch.Column
	check  func(arg batch.Column, rows []int32) error // what is wrong with rows to add; nil: nothing
	rows   batch.Column                               // nil: none yet
	next   []int32                                    // by row: the next row of its group, +1; 0: none
	first  []int32                                    // by group: its first row, +1; 0: none
	last   []int32                                    // by group: its last row, +1
	fresh  []int32                                    // scratch
}

func newList(call *Aggregate, finish func(l *listAccumulator, groups int) batch.Column) Accumulator {
	return &listAccumulator{call: call, finish: finish}
}

// Resize makes room for groups.
func (a *listAccumulator) Resize(groups int) {
	a.first, a.last = grown(a.first, groups), grown(a.last, groups)
}

// Add appends rows to their groups.
func (a *listAccumulator) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	a.fresh = a.fresh[:0]
	for i, group := range groups {
		if valid.Get(from + i) {
			a.fresh = append(a.fresh, int32(from+i))
			a.link(group)
		}
	}
	return a.keep(arg)
}

// link makes the row after the last one a part of a group.
func (a *listAccumulator) link(group uint32) {
	a.next = append(a.next, 0)
	row := int32(len(a.next))
	if last := a.last[group]; last == 0 {
		a.first[group] = row
	} else {
		a.next[last-1] = row
	}
	a.last[group] = row
}

// keep appends the fresh rows, which were linked.
func (a *listAccumulator) keep(arg batch.Column) error {
	if len(a.fresh) == 0 {
		return nil
	}
	if a.check != nil {
		if err := a.check(arg, a.fresh); err != nil {
			return err
		}
	}
	a.rows = batch.AppendRows(a.rows, arg, a.fresh)
	if a.rows.Size() > math.MaxInt32 {
		return diag.Errorf(diag.BadData, diag.Span{}, "%s holds more than 2 GiB", a.call).
			WithHint("make the windows shorter, or keep less of each row")
	}
	return nil
}

// Merge appends the rows of a group of another accumulator.
func (a *listAccumulator) Merge(from Accumulator, at, group uint32) error {
	other := from.(*listAccumulator)
	a.fresh = other.chain(at, a.fresh[:0])
	for range a.fresh {
		a.link(group)
	}
	return a.keep(other.rows)
}

// chain appends the rows of a group to out.
func (a *listAccumulator) chain(group uint32, out []int32) []int32 {
	for row := a.first[group]; row > 0; row = a.next[row-1] {
		out = append(out, row-1)
	}
	return out
}

// lists returns the rows of all groups, one group after the other, each in the order of the call and
// without duplicates if it is DISTINCT, and where each group ends.
func (a *listAccumulator) lists(groups int) (rows, ends []int32) {
	rows, ends = make([]int32, 0, len(a.next)), make([]int32, groups)
	if a.rows == nil {
		return rows, ends
	}
	var order, same ordering
	if len(a.call.Order) > 0 {
		order = orderingOf(orderColumns(a.call, a.rows), a.call.Order)
	}
	if a.call.Distinct {
		same = orderingBy(valueColumn(a.call, a.rows), SortOrder{})
	}
	for group := range groups {
		start := len(rows)
		rows = a.chain(uint32(group), rows)
		if order != nil {
			slices.SortStableFunc(rows[start:], order)
		}
		if same != nil {
			rows = rows[:start+len(firstOfEach(rows[start:], same))]
		}
		ends[group] = int32(len(rows))
	}
	return rows, ends
}

// firstOfEach moves the first row of each value to the front, in the order in which they stand, and
// returns them.
func firstOfEach(rows []int32, same ordering) []int32 {
	order := make([]int, len(rows)) // positions by value, equal ones as they stand
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return same(rows[i], rows[j]) })
	first := make([]bool, len(rows))
	for i, at := range order {
		first[at] = i == 0 || same(rows[order[i-1]], rows[at]) != 0
	}
	kept := rows[:0]
	for i, row := range rows {
		if first[i] {
			kept = append(kept, row)
		}
	}
	return kept
}

// Result makes what the aggregate is of the lists.
func (a *listAccumulator) Result(groups int) batch.Column { return a.finish(a, groups) }

// State is the rows of each group, as they were added.
func (a *listAccumulator) State(groups int) []batch.Column {
	rows, offsets := make([]int32, 0, len(a.next)), make([]int32, 1, groups+1)
	for group := range groups {
		rows = a.chain(uint32(group), rows)
		offsets = append(offsets, int32(len(rows)))
	}
	items := batch.NewBuilder(a.call.Arg.Type()).Finish()
	if a.rows != nil {
		items = a.rows.Gather(rows)
	}
	return []batch.Column{batch.NewList(offsets, items, nil)}
}

// Load takes over a state.
func (a *listAccumulator) Load(columns []batch.Column) error {
	lists, ok := oneOf(columns, 0, 1).(*batch.List)
	if !ok || !isOf(lists.Items, a.call.Arg.Type()) {
		return errState(columns)
	}
	a.rows, a.next, a.first, a.last, a.fresh = nil, nil, nil, nil, a.fresh[:0]
	a.Resize(lists.Len())
	for group := range lists.Len() {
		from, to := lists.Range(group)
		for row := from; row < to; row++ {
			a.fresh = append(a.fresh, int32(row))
			a.link(uint32(group))
		}
	}
	return a.keep(lists.Items)
}

// Size is the memory of the rows, 4 bytes more for each, and 8 per group.
func (a *listAccumulator) Size() int {
	size := 4 * (cap(a.next) + cap(a.first) + cap(a.last) + cap(a.fresh))
	if a.rows != nil {
		size += a.rows.Size()
	}
	return size
}

// newArrays makes the accumulator of ARRAY_AGG.
func newArrays(call *Aggregate) Accumulator {
	return newList(call, func(l *listAccumulator, groups int) batch.Column {
		rows, ends := l.lists(groups)
		if l.rows == nil {
			return Repeat(nil, call.Type(), groups)
		}
		var valid batch.Bitmap
		start := int32(0)
		for group, end := range ends {
			if end == start {
				valid = without(valid, groups, group)
			}
			start = end
		}
		return batch.NewList(append([]int32{0}, ends...), valueColumn(call, l.rows).Gather(rows), valid)
	})
}

// newTexts makes the accumulator of LISTAGG.
func newTexts(call *Aggregate) Accumulator {
	separator := []byte(",")
	if len(call.constants) > 0 {
		text, _ := call.constants[0].Value.(string) // NULL is no separator
		separator = []byte(text)
	}
	return newList(call, func(l *listAccumulator, groups int) batch.Column {
		rows, ends := l.lists(groups)
		var builder batch.BytesBuilder
		var text []byte
		start := int32(0)
		for _, end := range ends {
			text = text[:0]
			for i := start; i < end; i++ {
				if i > start {
					text = append(text, separator...)
				}
				text = append(text, valueColumn(call, l.rows).(*batch.Bytes).At(int(rows[i]))...)
			}
			if end == start {
				builder.AppendNull()
			} else {
				builder.Append(text)
			}
			start = end
		}
		return builder.Finish()
	})
}

// newMultisets makes the accumulator of COLLECT.
func newMultisets(call *Aggregate) Accumulator {
	return newList(call, func(l *listAccumulator, groups int) batch.Column {
		rows, ends := l.lists(groups)
		items := batch.NewBuilder(call.argType())
		var counts batch.FixedBuilder[int32]
		offsets := make([]int32, 1, groups+1)
		start := int32(0)
		for _, end := range ends {
			if end == start {
				offsets = append(offsets, offsets[len(offsets)-1])
				continue
			}
			l.countEach(rows[start:end], func(row, count int32) {
				items.AppendFrom(valueColumn(call, l.rows), int(row))
				counts.Append(count)
			})
			offsets = append(offsets, int32(items.Len()))
			start = end
		}
		entries := batch.NewStruct(items.Len(), []batch.Column{items.Finish(), counts.Finish()}, nil)
		return batch.NewList(offsets, entries, nil)
	})
}

// countEach calls visit with a row of each value and how often it occurs, the lowest value first.
func (a *listAccumulator) countEach(rows []int32, visit func(row, count int32)) {
	same := orderingBy(valueColumn(a.call, a.rows), SortOrder{})
	slices.SortStableFunc(rows, same)
	for start := 0; start < len(rows); {
		end := start + 1
		for end < len(rows) && same(rows[start], rows[end]) == 0 {
			end++
		}
		visit(rows[start], int32(end-start))
		start = end
	}
}
