package operator

import (
	"github.com/penstock-io/penstock/internal/expr"
)

// frame follows one frame through all partitions: which rows leave it before each new row.
type frame struct {
	expr.Frame
	tail []int32 // by partition: position of the oldest row in the frame; none: it is empty
	size []int32 // by partition: rows in the frame

	// Of the current step, by row: the rows that leave before it is added are leave[:ends[row]] without
	// those of the rows before it; what the frame begins with, and how many rows it has, once it is.
	leave  []int32
	ends   []int32
	tails  []int32
	counts []int32
}

// resize makes room for partitions 0 to groups-1.
func (f *frame) resize(groups int) {
	f.tail = extended(f.tail, groups, none)
	f.size = extended(f.size, groups, 0)
}

// move moves the frame over rows that were appended to the history at base.
func (f *frame) move(groups []uint32, h *history, base int) {
	f.leave, f.ends = f.leave[:0], f.ends[:0]
	f.tails, f.counts = f.tails[:0], f.counts[:0]
	if f.Rows {
		f.moveRows(groups, h, base)
	} else {
		f.moveRange(groups, h, base)
	}
}

func (f *frame) moveRows(groups []uint32, h *history, base int) {
	most := int32(f.Preceding) + 1
	for i, group := range groups {
		tail, size := f.tail[group], f.size[group]
		switch {
		case tail == none:
			tail = int32(base + i)
			size = 1
		case size == most:
			f.leave = append(f.leave, tail)
			tail = h.next[tail] // the row itself where the frame is one row
		default:
			size++
		}
		f.tail[group], f.size[group] = tail, size
		f.ends, f.tails, f.counts = append(f.ends, int32(len(f.leave))), append(f.tails, tail), append(f.counts, size)
	}
}

func (f *frame) moveRange(groups []uint32, h *history, base int) {
	for i, group := range groups {
		at := int32(base + i)
		tail, size := f.tail[group], f.size[group]
		if tail == none {
			tail = at
		}
		for first := h.times[at] - f.Preceding; h.times[tail] < first; size-- {
			f.leave = append(f.leave, tail)
			tail = h.next[tail]
		}
		size++
		f.tail[group], f.size[group] = tail, size
		f.ends, f.tails, f.counts = append(f.ends, int32(len(f.leave))), append(f.tails, tail), append(f.counts, size)
	}
}

// apply renumbers after a sweep.
func (f *frame) apply(s *sweep) {
	f.tail = s.positions(f.tail)
	f.size = picked(f.size, s.groups)
}
