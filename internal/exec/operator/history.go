package operator

import (
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
)

// history is the rows that calls with OVER may still look at, of all partitions in the order in which
// they came out of pending. Each row knows the next one of its partition. A position in the history
// is an int32; positions change when the history is swept.
type history struct {
	times   []int64
	next    []int32 // next row of the partition; none: it is the newest
	columns []batch.Column
	newest  []int32 // by partition; none: it has no row here
	kept    int     // rows that the last sweep left
}

// none is no position.
const none = -1

// rows is the number of rows.
func (h *history) rows() int { return len(h.times) }

// resize makes room for partitions 0 to groups-1.
func (h *history) resize(groups int) { h.newest = extended(h.newest, groups, none) }

// extended returns s with length n; what is new is fill.
func extended[T any](s []T, n int, fill T) []T {
	if n <= len(s) {
		return s
	}
	s = slices.Grow(s, n-len(s))
	for len(s) < n {
		s = append(s, fill)
	}
	return s
}

// append adds rows and returns the position of the first.
func (h *history) append(groups []uint32, times []int64, columns []batch.Column) int {
	base := len(h.times)
	h.times = append(h.times, times...)
	h.next = extended(h.next, len(h.times), none)
	if h.columns == nil {
		h.columns = make([]batch.Column, len(columns))
	}
	for i, column := range columns {
		h.columns[i] = batch.Append(h.columns[i], column)
	}
	for i, group := range groups {
		at := int32(base + i)
		if last := h.newest[group]; last != none {
			h.next[last] = at
		}
		h.newest[group] = at
	}
	return base
}

// sweep is a change of numbers: of partitions, of which some are gone, and of the rows in the history.
type sweep struct {
	groups []uint32 // the partitions that stay, by their new number
	rows   []int32  // the rows that stay, by their new position
	moved  []int32  // new position of each row; none: it is gone
}

// number gives the rows that stay, which are not none in moved, their new positions.
func (s *sweep) number() {
	for at, moved := range s.moved {
		if moved != none {
			s.moved[at] = int32(len(s.rows))
			s.rows = append(s.rows, int32(at))
		}
	}
}

// position returns the new position of a row.
func (s *sweep) position(at int32) int32 {
	if at == none {
		return none
	}
	return s.moved[at]
}

// positions returns the positions of the partitions that stay, moved.
func (s *sweep) positions(byGroup []int32) []int32 {
	out := make([]int32, len(s.groups))
	for i, group := range s.groups {
		out[i] = s.position(byGroup[group])
	}
	return out
}

// picked returns the values of the given indices; all of them are in range.
func picked[T any, I int32 | uint32](values []T, indices []I) []T {
	out := make([]T, len(indices))
	for i, index := range indices {
		out[i] = values[index]
	}
	return out
}

// withRoom is picked with memory for as many values again, which come before the next sweep.
func withRoom[T any](values []T, rows []int32) []T {
	return append(make([]T, 0, 2*len(rows)+sweepRows), picked(values, rows)...)
}

// apply drops the rows that are gone and renumbers the rest.
func (h *history) apply(s *sweep) {
	h.times = withRoom(h.times, s.rows)
	next := withRoom(h.next, s.rows)
	for i, at := range next {
		next[i] = s.position(at)
	}
	h.next = next
	h.newest = s.positions(h.newest)
	for i, column := range h.columns {
		h.columns[i] = column.Gather(s.rows)
	}
	h.kept = len(s.rows)
}

// size is the memory that the history takes, in bytes.
func (h *history) size() int {
	size := 8*cap(h.times) + 4*cap(h.next) + 4*cap(h.newest)
	for _, column := range h.columns {
		size += column.Size()
	}
	return size
}

// pick returns the values of a column at positions, NULL for none.
func pick(column batch.Column, positions []int32) batch.Column {
	if !slices.Contains(positions, none) {
		return column.Gather(positions)
	}
	return batch.GatherOrNull(column, positions)
}
