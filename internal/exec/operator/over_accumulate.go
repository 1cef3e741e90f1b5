package operator

import (
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
)

// runningKernel is any aggregate over a frame that rows never leave: the accumulator of a partition,
// copied for each row.
type runningKernel struct {
	unpinned
	call        *expr.Aggregate
	byRows      bool
	accumulator expr.Accumulator
	distinct    *distinct // nil: not DISTINCT
	groups      int
}

func newRunningKernel(call *expr.Aggregate, byRows bool) *runningKernel {
	k := &runningKernel{call: call, byRows: byRows, accumulator: call.New()}
	if call.Distinct {
		k.distinct = newDistinct(call)
	}
	return k
}

func (k *runningKernel) resize(groups int) {
	k.groups = max(k.groups, groups)
	k.accumulator.Resize(k.groups)
}

func (k *runningKernel) run(s *step) (batch.Column, error) {
	out := k.call.New()
	out.Resize(len(s.groups))
	valid := s.column.Valid()
	if k.distinct != nil {
		valid = k.distinct.firstSeen(s.groups, k.call.DistinctValues(s.column), valid, s.base)
	}
	for from := 0; from < len(s.groups); {
		to := s.peers(from, k.byRows)
		if err := k.accumulator.Add(s.groups[from:to], s.column, valid, s.base+from); err != nil {
			return nil, err
		}
		for i := from; i < to; i++ {
			if err := out.Merge(k.accumulator, s.groups[i], uint32(i)); err != nil {
				return nil, err
			}
		}
		from = to
	}
	return out.Result(len(s.groups)), nil
}

// apply does nothing: where a frame is never left, no partition goes.
func (k *runningKernel) apply(*sweep) error { return nil }

func (k *runningKernel) bytes() int {
	size := k.accumulator.Size()
	if k.distinct != nil {
		size += k.distinct.pairs.Size()
	}
	return size
}

// stackKernel is any aggregate of small state over a frame that rows leave: the two stacks of
// foldKernel with accumulators, one for each row of the history.
type stackKernel struct {
	unpinned
	call   *expr.Aggregate
	byRows bool
	// front has, for each row up to the middle of its frame, what it and the rows behind it up to the
	// middle come to; back, for each row behind the middle, what the rows from there to it come to.
	front, back expr.Accumulator
	frames      []stack
	rows        int
	walk        []int32 // scratch
}

type stack struct{ mid, newest int32 }

func newStackKernel(call *expr.Aggregate, byRows bool) *stackKernel {
	return &stackKernel{call: call, byRows: byRows, front: call.New(), back: call.New()}
}

func (k *stackKernel) resize(groups int) {
	k.frames = extended(k.frames, groups, stack{mid: none, newest: none})
}

func (k *stackKernel) run(s *step) (batch.Column, error) {
	k.rows = s.base + len(s.groups)
	k.front.Resize(k.rows)
	k.back.Resize(k.rows)
	out := k.call.New()
	out.Resize(len(s.groups))
	left := int32(0)
	for from := 0; from < len(s.groups); {
		to := s.peers(from, k.byRows)
		for i := from; i < to; i++ {
			f := &k.frames[s.groups[i]]
			for end := s.left(i); left < end; left++ {
				if at := s.frame.leave[left]; at > f.mid {
					if err := k.turn(f, at, s); err != nil {
						return nil, err
					}
				}
			}
			if err := k.push(f, int32(s.base+i), s); err != nil {
				return nil, err
			}
		}
		for i := from; i < to; i++ {
			if err := k.result(out, uint32(i), k.frames[s.groups[i]], s.frame.tails[i]); err != nil {
				return nil, err
			}
		}
		from = to
	}
	return out.Result(len(s.groups)), nil
}

// push adds a row behind the others.
func (k *stackKernel) push(f *stack, at int32, s *step) error {
	if f.newest > f.mid {
		if err := k.back.Merge(k.back, uint32(f.newest), uint32(at)); err != nil {
			return err
		}
	}
	f.newest = at
	return k.back.Add([]uint32{uint32(at)}, s.column, s.column.Valid(), int(at))
}

// turn makes the first stack of the rows from the oldest on.
func (k *stackKernel) turn(f *stack, oldest int32, s *step) error {
	k.walk = k.walk[:0]
	for at := oldest; ; at = s.next[at] {
		k.walk = append(k.walk, at)
		if at == f.newest {
			break
		}
	}
	for i, row := range slices.Backward(k.walk) {
		at := uint32(row)
		if err := k.front.Add([]uint32{at}, s.column, s.column.Valid(), int(at)); err != nil {
			return err
		}
		if i+1 < len(k.walk) {
			if err := k.front.Merge(k.front, uint32(k.walk[i+1]), at); err != nil {
				return err
			}
		}
	}
	f.mid = f.newest
	return nil
}

// result puts what a frame comes to into a group of out.
func (k *stackKernel) result(out expr.Accumulator, group uint32, f stack, tail int32) error {
	if tail <= f.mid {
		if err := out.Merge(k.front, uint32(tail), group); err != nil {
			return err
		}
	}
	if f.newest > f.mid {
		return out.Merge(k.back, uint32(f.newest), group)
	}
	return nil
}

func (k *stackKernel) apply(s *sweep) error {
	k.frames = picked(k.frames, s.groups)
	for i := range k.frames {
		f := &k.frames[i]
		f.mid, f.newest = s.position(f.mid), s.position(f.newest)
	}
	rows := make([]uint32, len(s.rows))
	for i, row := range s.rows {
		rows[i] = uint32(row)
	}
	front, back := k.call.New(), k.call.New()
	if err := gather(front, k.front, rows); err != nil {
		return err
	}
	if err := gather(back, k.back, rows); err != nil {
		return err
	}
	k.front, k.back, k.rows = front, back, len(rows)
	return nil
}

func (k *stackKernel) bytes() int { return k.front.Size() + k.back.Size() + 8*cap(k.frames) }

// againKernel is any aggregate over a frame that rows leave, computed from all rows of the frame each
// time.
type againKernel struct {
	unpinned
	call *expr.Aggregate
	// byRows as elsewhere; newest is the newest row of each partition.
	byRows bool
	newest []int32
	walk   []int32 // scratch
}

func (k *againKernel) resize(groups int) { k.newest = extended(k.newest, groups, none) }

func (k *againKernel) run(s *step) (batch.Column, error) {
	out := k.call.New()
	out.Resize(len(s.groups))
	for from := 0; from < len(s.groups); {
		to := s.peers(from, k.byRows)
		for i := from; i < to; i++ {
			k.newest[s.groups[i]] = int32(s.base + i)
		}
		for i := from; i < to; i++ {
			k.walk = k.walk[:0]
			for at := s.frame.tails[i]; ; at = s.next[at] {
				k.walk = append(k.walk, at)
				if at == k.newest[s.groups[i]] {
					break
				}
			}
			if err := k.compute(out, uint32(i), s.column); err != nil {
				return nil, err
			}
		}
		from = to
	}
	return out.Result(len(s.groups)), nil
}

// compute adds the rows of the frame to a group of out.
func (k *againKernel) compute(out expr.Accumulator, group uint32, column batch.Column) error {
	values := column.Gather(k.walk)
	groups := make([]uint32, len(k.walk))
	for i := range groups {
		groups[i] = group
	}
	valid := values.Valid()
	if k.call.Distinct {
		valid = newDistinct(k.call).firstSeen(groups, k.call.DistinctValues(values), valid, 0)
	}
	return out.Add(groups, values, valid, 0)
}

func (k *againKernel) apply(s *sweep) error {
	k.newest = s.positions(k.newest)
	return nil
}

func (k *againKernel) bytes() int { return 4 * cap(k.newest) }
