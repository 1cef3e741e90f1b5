package operator

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
)

// step is some rows in the order of their time, as one call with OVER sees them.
type step struct {
	groups []uint32 // partition of each row
	times  []int64
	// column has the values that the call reads: the row i of the step is its row base+i. For calls
	// that look back it is a column of the history, otherwise of the rows alone.
	column batch.Column
	base   int
	// frame has been moved over the rows; its leaving rows are rows of column. nil: nothing ever leaves.
	frame *frame
	next  []int32      // of the history
	rows  *batch.Batch // the rows themselves
	eval  *expr.Context
}

// peers returns the end of the rows from from on that get their values together: with RANGE the rows
// of the same time, otherwise the row alone.
func (s *step) peers(from int, byRows bool) int {
	to := from + 1
	if byRows {
		return to
	}
	for at := s.times[from]; to < len(s.times) && s.times[to] == at; {
		to++
	}
	return to
}

// left returns the end of what has left the frame before row i is added, in the frame's list.
func (s *step) left(i int) int32 {
	if s.frame == nil {
		return 0
	}
	return s.frame.ends[i]
}

// kernel computes one call for all partitions. It keeps what it needs in arrays by partition.
type kernel interface {
	// resize makes room for partitions 0 to groups-1.
	resize(groups int)
	// run takes the rows of a step and returns the value of each.
	run(s *step) (batch.Column, error)
	// pinned adds the positions in the history that are needed outside of frames.
	pinned(rows []int32) []int32
	// apply renumbers after a sweep.
	apply(s *sweep) error
	// state returns the state as columns, and load takes over what it returned. How many columns of
	// each sort there are depends on the call alone.
	state() columnsState
	load(c columnsState) error
	// bytes is the memory that the state takes.
	bytes() int
}

// unpinned is embedded by kernels that need nothing outside of frames.
type unpinned struct{}

func (unpinned) pinned(rows []int32) []int32 { return rows }

// countKernel is COUNT.
type countKernel struct {
	unpinned
	byRows bool
	counts []int64
}

func (k *countKernel) resize(groups int) { k.counts = grown(k.counts, groups) }

func (k *countKernel) run(s *step) (batch.Column, error) {
	out := make([]int64, len(s.groups))
	valid, left := s.column.Valid(), int32(0)
	for from := 0; from < len(out); {
		to := s.peers(from, k.byRows)
		for i := from; i < to; i++ {
			count := &k.counts[s.groups[i]]
			for end := s.left(i); left < end; left++ {
				if valid.Get(int(s.frame.leave[left])) {
					*count--
				}
			}
			if valid.Get(s.base + i) {
				*count++
			}
		}
		for i := from; i < to; i++ {
			out[i] = k.counts[s.groups[i]]
		}
		from = to
	}
	return batch.NewFixed(out, nil), nil
}

func (k *countKernel) apply(s *sweep) error {
	k.counts = picked(k.counts, s.groups)
	return nil
}

func (k *countKernel) bytes() int { return 8 * cap(k.counts) }

// grown returns s with length n, or longer; what is new is zero.
func grown[T any](s []T, n int) []T {
	var zero T
	return extended(s, n, zero)
}

// rankKernel is ROW_NUMBER, RANK and DENSE_RANK.
type rankKernel struct {
	unpinned
	kind   expr.WindowKind
	places []place
}

// place is how far the ranking of a partition has come.
type place struct {
	last       int64 // time of the last row
	rows       int64
	rank, tier int64
}

func (k *rankKernel) resize(groups int) { k.places = grown(k.places, groups) }

func (k *rankKernel) run(s *step) (batch.Column, error) {
	out := make([]int64, len(s.groups))
	for i, group := range s.groups {
		p := &k.places[group]
		p.rows++
		if p.rows == 1 || p.last != s.times[i] {
			p.last, p.rank = s.times[i], p.rows
			p.tier++
		}
		out[i] = numberOf(k.kind, p.rows, p.rank, p.tier)
	}
	return batch.NewFixed(out, nil), nil
}

func (k *rankKernel) apply(s *sweep) error {
	k.places = picked(k.places, s.groups)
	return nil
}

func (k *rankKernel) bytes() int { return 32 * cap(k.places) }
