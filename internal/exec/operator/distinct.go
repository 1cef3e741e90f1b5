package operator

import (
	"fmt"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// newAccumulator makes an empty accumulator of a call, also of a DISTINCT one.
func newAccumulator(call *expr.Aggregate) expr.Accumulator {
	if call.Distinct {
		return &distinctAccumulator{seen: newDistinct(call), inner: call.New()}
	}
	return call.New()
}

func newAccumulators(calls []*expr.Aggregate) []expr.Accumulator {
	all := make([]expr.Accumulator, len(calls))
	for i, call := range calls {
		all[i] = newAccumulator(call)
	}
	return all
}

// distinct is the values that each group has seen.
type distinct struct {
	call    *expr.Aggregate
	pairs   *state.Table // (group, value)
	encoder *state.Encoder
}

func newDistinct(call *expr.Aggregate) *distinct {
	return &distinct{
		call:    call,
		pairs:   state.NewTable(),
		encoder: state.NewEncoder([]types.Type{types.Of(types.Int), call.DistinctType()}),
	}
}

// firstSeen returns which of the rows from, from+1, ... bring a value that their group did not have.
// The bitmap covers rows 0 to from+len(groups)-1.
func (d *distinct) firstSeen(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) batch.Bitmap {
	rows, numbers := make([]int32, 0, len(groups)), make([]int32, 0, len(groups))
	for i, group := range groups {
		if valid.Get(from + i) {
			rows, numbers = append(rows, int32(from+i)), append(numbers, int32(group))
		}
	}
	pairs := d.encoder.Encode([]batch.Column{batch.NewFixed(numbers, nil), arg.Gather(rows)}, len(rows))
	first := batch.NewBitmap(from + len(groups))
	var pair []uint32
	for i, row := range rows {
		before := d.pairs.Len()
		pair = d.pairs.Groups(pairs, i, i+1, pair[:0])
		if d.pairs.Len() > before {
			first.Set(int(row))
		}
	}
	return first
}

// distinctAccumulator hands rows on to another accumulator that bring their group a value for the first
// time. The pairs of a group and a value are numbered as they came, and those of a group are a chain.
type distinctAccumulator struct {
	seen        *distinct
	inner       expr.Accumulator
	next        []int32 // by pair: the next one of its group, +1; 0: none
	first, last []int32 // by group: its first and last pair, +1
}

// Resize makes room for groups.
func (a *distinctAccumulator) Resize(groups int) {
	a.inner.Resize(groups)
	for len(a.first) < groups {
		a.first, a.last = append(a.first, 0), append(a.last, 0)
	}
}

// Add adds the rows that bring a new value.
func (a *distinctAccumulator) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	return a.inner.Add(groups, arg, a.note(groups, a.seen.call.DistinctValues(arg), valid, from), from)
}

// note returns the rows that bring a new value, and links their pairs.
func (a *distinctAccumulator) note(groups []uint32, values batch.Column, valid batch.Bitmap, from int) batch.Bitmap {
	fresh := a.seen.firstSeen(groups, values, valid, from)
	for i, group := range groups {
		if !fresh.Get(from + i) {
			continue
		}
		a.next = append(a.next, 0)
		pair := int32(len(a.next))
		if last := a.last[group]; last == 0 {
			a.first[group] = pair
		} else {
			a.next[last-1] = pair
		}
		a.last[group] = pair
	}
	return fresh
}

// Merge adds the values of a group of another accumulator that group does not have.
func (a *distinctAccumulator) Merge(from expr.Accumulator, at, group uint32) error {
	return a.mergeAll(from.(*distinctAccumulator), []uint32{at}, []uint32{group})
}

// mergeAll adds group taken[i] of the other accumulator to groups[i], for all i.
func (a *distinctAccumulator) mergeAll(from *distinctAccumulator, taken, groups []uint32) error {
	var moved []uint32
	var pairs []uint32
	for i, group := range taken {
		for pair := from.first[group]; pair > 0; pair = from.next[pair-1] {
			pairs, moved = append(pairs, uint32(pair-1)), append(moved, groups[i])
		}
	}
	values := from.seen.pairs.ColumnsOf(from.seen.encoder, pairs)[1]
	fresh := a.note(moved, values, nil, 0)
	if a.seen.call.KeepsRows() { // the pairs do not have all of a row
		return mergeGroups(a.inner, from.inner, taken, groups)
	}
	return a.inner.Add(moved, values, fresh, 0)
}

// mergeGroups adds group taken[i] of from to group groups[i] of to, for all i.
func mergeGroups(to, from expr.Accumulator, taken, groups []uint32) error {
	if a, ok := to.(*distinctAccumulator); ok {
		return a.mergeAll(from.(*distinctAccumulator), taken, groups)
	}
	for i, group := range taken {
		if err := to.Merge(from, group, groups[i]); err != nil {
			return err
		}
	}
	return nil
}

// Result is that of the other accumulator.
func (a *distinctAccumulator) Result(groups int) batch.Column { return a.inner.Result(groups) }

// State is the values of each group as a list, and then the state of the other accumulator.
func (a *distinctAccumulator) State(groups int) []batch.Column {
	var pairs []uint32
	offsets := make([]int32, 1, groups+1)
	for _, first := range a.first[:groups] {
		for pair := first; pair > 0; pair = a.next[pair-1] {
			pairs = append(pairs, uint32(pair-1))
		}
		offsets = append(offsets, int32(len(pairs)))
	}
	values := batch.NewList(offsets, a.seen.pairs.ColumnsOf(a.seen.encoder, pairs)[1], nil)
	return append([]batch.Column{values}, a.inner.State(groups)...)
}

// Load takes over a state.
func (a *distinctAccumulator) Load(columns []batch.Column) error {
	lists, ok := oneList(columns)
	if !ok || fmt.Sprintf("%T", lists.Items) != fmt.Sprintf("%T", batch.NewBuilder(a.seen.call.DistinctType()).Finish()) {
		return state.Damaged("the values of a DISTINCT aggregate are of another type")
	}
	if err := a.inner.Load(columns[1:]); err != nil {
		return err
	}
	a.seen, a.next, a.first, a.last = newDistinct(a.seen.call), nil, nil, nil
	a.Resize(lists.Len())
	var owners []uint32
	for group := range lists.Len() {
		from, to := lists.Range(group)
		for range to - from {
			owners = append(owners, uint32(group))
		}
	}
	a.note(owners, lists.Items, nil, 0)
	return nil
}

func oneList(columns []batch.Column) (*batch.List, bool) {
	if len(columns) == 0 {
		return nil, false
	}
	lists, ok := columns[0].(*batch.List)
	return lists, ok
}

// Size is the memory of the pairs and of the other accumulator.
func (a *distinctAccumulator) Size() int {
	return a.inner.Size() + a.seen.pairs.Size() + 4*(cap(a.next)+cap(a.first)+cap(a.last))
}
