package operator

import (
	"math/bits"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// total is a sum of integers that cannot overflow, so that the order in which rows come and leave
// does not matter.
type total struct {
	high  int64
	low   uint64
	count int64
}

func (t *total) add(v int64) {
	low, carry := bits.Add64(t.low, uint64(v), 0)
	t.low = low
	t.high += v>>63 + int64(carry)
	t.count++
}

func (t *total) subtract(v int64) {
	low, borrow := bits.Sub64(t.low, uint64(v), 0)
	t.low = low
	t.high -= v>>63 + int64(borrow)
	t.count--
}

// value returns the sum; false if it does not fit.
func (t *total) value() (int64, bool) { return int64(t.low), t.high == int64(t.low)>>63 }

// integer is the physical types of whole numbers.
type integer interface{ int8 | int16 | int32 | int64 }

// sumKernel is SUM, and AVG if mean is set, of whole numbers: rows that leave are taken off again.
type sumKernel[T integer] struct {
	unpinned
	byRows, mean bool
	totals       []total
}

func (k *sumKernel[T]) resize(groups int) { k.totals = grown(k.totals, groups) }

func (k *sumKernel[T]) run(s *step) (batch.Column, error) {
	values, valid := batch.Values[T](s.column), s.column.Valid()
	out := results[T]{mean: k.mean, rows: len(s.groups)}
	left := int32(0)
	for from := 0; from < len(s.groups); {
		to := s.peers(from, k.byRows)
		for i := from; i < to; i++ {
			t := &k.totals[s.groups[i]]
			for end := s.left(i); left < end; left++ {
				if at := s.frame.leave[left]; valid.Get(int(at)) {
					t.subtract(int64(values[at]))
				}
			}
			if at := s.base + i; valid.Get(at) {
				t.add(int64(values[at]))
			}
		}
		for i := from; i < to; i++ {
			if err := out.set(i, &k.totals[s.groups[i]]); err != nil {
				return nil, err
			}
		}
		from = to
	}
	return out.column(), nil
}

func (k *sumKernel[T]) apply(s *sweep) error {
	k.totals = picked(k.totals, s.groups)
	return nil
}

func (k *sumKernel[T]) bytes() int { return 24 * cap(k.totals) }

// results collects sums as BIGINT, or means in the type of the values.
type results[T integer] struct {
	mean  bool
	rows  int
	sums  []int64
	means []T
	valid batch.Bitmap
}

func (r *results[T]) set(i int, t *total) error {
	if r.sums == nil && r.means == nil {
		if r.mean {
			r.means = make([]T, r.rows)
		} else {
			r.sums = make([]int64, r.rows)
		}
	}
	if t.count == 0 {
		if r.valid == nil {
			r.valid = batch.FullBitmap(r.rows)
		}
		r.valid.Clear(i)
		return nil
	}
	sum, ok := t.value()
	if !ok {
		return expr.SumOverflow()
	}
	if r.mean {
		r.means[i] = T(sum / t.count)
	} else {
		r.sums[i] = sum
	}
	return nil
}

func (r *results[T]) column() batch.Column {
	if r.mean {
		return batch.NewFixed(r.means, r.valid)
	}
	return batch.NewFixed(r.sums, r.valid)
}

// newSumKernel returns the kernel of SUM or AVG over whole numbers of type t; nil for other types.
func newSumKernel(t types.Type, byRows, mean bool) kernel {
	switch t.Kind { //nolint:exhaustive // the others are not whole numbers
	case types.TinyInt:
		return &sumKernel[int8]{byRows: byRows, mean: mean}
	case types.SmallInt:
		return &sumKernel[int16]{byRows: byRows, mean: mean}
	case types.Int:
		return &sumKernel[int32]{byRows: byRows, mean: mean}
	case types.BigInt:
		return &sumKernel[int64]{byRows: byRows, mean: mean}
	}
	return nil
}
