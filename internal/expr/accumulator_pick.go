package expr

import (
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
)

// pickAccumulator is FIRST_VALUE or, with last, LAST_VALUE. The rows that may be picked lie in one
// column for all groups; those that were beaten leave it when they are more than the others.
type pickAccumulator struct {
	call   *Aggregate
	last   bool
	rows   batch.Column // nil: none yet
	picked []int32      // by group: row+1; 0: none yet
	found  int          // groups that have one
	fresh  []int32      // scratch
}

func newPick(call *Aggregate, last bool) Accumulator { return &pickAccumulator{call: call, last: last} }

// Resize makes room for groups.
func (a *pickAccumulator) Resize(groups int) { a.picked = grown(a.picked, groups) }

// Add looks at rows.
func (a *pickAccumulator) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	a.fresh = a.fresh[:0]
	kept := a.kept()
	if a.ordered() {
		for i := range groups {
			if valid.Get(from + i) {
				a.fresh = append(a.fresh, int32(from+i))
			}
		}
		if len(a.fresh) == 0 {
			return nil
		}
		a.rows = batch.AppendRows(a.rows, arg, a.fresh)
		compare := a.compare()
		for i, row := range a.fresh {
			a.offer(groups[int(row)-from], int32(kept+i), compare)
		}
		return a.tidy()
	}
	// Rows come in order: a group needs the first of them or the last.
	for i, group := range groups {
		if !valid.Get(from + i) {
			continue
		}
		switch at := int(a.picked[group]) - 1; {
		case at < 0:
			a.found++
		case !a.last:
			continue
		case at >= kept:
			a.fresh[at-kept] = int32(from + i)
			continue
		}
		a.fresh = append(a.fresh, int32(from+i))
		a.picked[group] = int32(kept + len(a.fresh))
	}
	if len(a.fresh) > 0 {
		a.rows = batch.AppendRows(a.rows, arg, a.fresh)
	}
	return a.tidy()
}

func (a *pickAccumulator) kept() int {
	if a.rows == nil {
		return 0
	}
	return a.rows.Len()
}

// ordered reports whether rows may come in another order than that of the call.
func (a *pickAccumulator) ordered() bool {
	return len(a.call.Order) > 1 || len(a.call.Order) == 1 && !a.call.arrival
}

// compare returns the comparison of rows by the order of the call; nil if it has none.
func (a *pickAccumulator) compare() ordering {
	if len(a.call.Order) == 0 {
		return func(int32, int32) int { return 0 }
	}
	return orderingOf(orderColumns(a.call, a.rows), a.call.Order)
}

// offer lets a row that came after those before it become the picked one of a group.
func (a *pickAccumulator) offer(group uint32, row int32, compare ordering) {
	if a.picked[group] == 0 {
		a.found++
		a.picked[group] = row + 1
		return
	}
	if order := compare(row, a.picked[group]-1); a.last && order >= 0 || !a.last && order < 0 {
		a.picked[group] = row + 1
	}
}

// Merge looks at the picked row of a group of another accumulator.
func (a *pickAccumulator) Merge(from Accumulator, at, group uint32) error {
	other := from.(*pickAccumulator)
	if other.picked[at] == 0 {
		return nil
	}
	row := int32(a.kept())
	a.rows = batch.AppendRows(a.rows, other.rows, []int32{other.picked[at] - 1})
	a.offer(group, row, a.compare())
	return a.tidy()
}

// tidy leaves out the rows that were beaten, once they are more than the others.
func (a *pickAccumulator) tidy() error {
	const least = 1024
	if kept := a.kept(); kept < least || kept < 2*a.found {
		return nil
	}
	rows := make([]int32, 0, a.found)
	for group, at := range a.picked {
		if at > 0 {
			rows = append(rows, at-1)
			a.picked[group] = int32(len(rows))
		}
	}
	a.rows = batch.AppendRows(nil, a.rows, rows)
	return nil
}

// Result returns the picked values.
func (a *pickAccumulator) Result(groups int) batch.Column {
	if a.found == 0 {
		return Repeat(nil, a.call.Type(), groups)
	}
	rows, some := a.pickedRows(groups)
	values := valueColumn(a.call, a.rows).Gather(rows)
	return values.WithValid(batch.And(values.Valid(), some))
}

// pickedRows returns the picked row of each group, and which groups have one; nil: all.
func (a *pickAccumulator) pickedRows(groups int) (rows []int32, some batch.Bitmap) {
	rows = make([]int32, groups)
	for group, at := range a.picked[:groups] {
		if at == 0 {
			some = without(some, groups, group)
			continue
		}
		rows[group] = at - 1
	}
	return rows, some
}

// State is the picked rows, NULL where there is none.
func (a *pickAccumulator) State(groups int) []batch.Column {
	if a.found == 0 {
		return []batch.Column{Repeat(nil, a.call.Arg.Type().Nullable(), groups)}
	}
	rows, some := a.pickedRows(groups)
	return []batch.Column{a.rows.Gather(rows).WithValid(some)} // no picked row is NULL
}

// Load takes over a state.
func (a *pickAccumulator) Load(columns []batch.Column) error {
	column := oneOf(columns, 0, 1)
	if column == nil || !isOf(column, a.call.Arg.Type()) {
		return errState(columns)
	}
	var rows []int32
	a.picked = make([]int32, column.Len())
	for group := range a.picked {
		if column.Valid().Get(group) {
			rows = append(rows, int32(group))
			a.picked[group] = int32(len(rows))
		}
	}
	a.found, a.rows = len(rows), batch.AppendRows(nil, column, rows)
	return nil
}

// Size is the memory of the rows and 4 bytes per group.
func (a *pickAccumulator) Size() int {
	size := 4 * cap(a.picked)
	if a.rows != nil {
		size += a.rows.Size()
	}
	return size
}

// valueColumn returns the first argument of the rows of a call's column.
func valueColumn(call *Aggregate, rows batch.Column) batch.Column {
	if tuple, ok := rows.(*batch.Struct); ok && call.isTuple() {
		return tuple.Fields[0]
	}
	return rows
}

// orderColumns returns what the rows of a call's column are ordered by.
func orderColumns(call *Aggregate, rows batch.Column) []batch.Column {
	return slices.Clone(rows.(*batch.Struct).Fields[call.values():])
}

// isTuple reports whether the call's column is one of tuples.
func (a *Aggregate) isTuple() bool {
	_, ok := a.Arg.(*Tuple)
	return ok
}
