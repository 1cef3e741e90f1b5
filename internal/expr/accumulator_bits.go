package expr

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// bitOp is how BIT_AND and its like combine values.
type bitOp uint8

const (
	bitAnd bitOp = iota
	bitOr
	bitXor
)

func newBits(t types.Type, op bitOp) Accumulator {
	switch t.Kind { //nolint:exhaustive // the aggregate accepts integers only
	case types.TinyInt:
		return &bitAccumulator[int8]{op: op}
	case types.SmallInt:
		return &bitAccumulator[int16]{op: op}
	case types.Int:
		return &bitAccumulator[int32]{op: op}
	}
	return &bitAccumulator[int64]{op: op}
}

// bitAccumulator combines the bits of integers.
type bitAccumulator[T int8 | int16 | int32 | int64] struct {
	op   bitOp
	bits []best[T]
}

// Resize makes room for groups.
func (a *bitAccumulator[T]) Resize(groups int) { a.bits = grown(a.bits, groups) }

// Add adds values.
func (a *bitAccumulator[T]) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	values := batch.Values[T](arg)[from : from+len(groups)]
	for i, group := range groups {
		if valid.Get(from + i) {
			a.combine(group, values[i])
		}
	}
	return nil
}

func (a *bitAccumulator[T]) combine(group uint32, v T) {
	b := &a.bits[group]
	switch {
	case !b.seen:
		*b = best[T]{v, true}
	case a.op == bitAnd:
		b.value &= v
	case a.op == bitOr:
		b.value |= v
	default:
		b.value ^= v
	}
}

// Merge adds a group of another accumulator.
func (a *bitAccumulator[T]) Merge(from Accumulator, at, group uint32) error {
	if v := from.(*bitAccumulator[T]).bits[at]; v.seen {
		a.combine(group, v.value)
	}
	return nil
}

// Result returns the bits.
func (a *bitAccumulator[T]) Result(groups int) batch.Column { return bestColumn(a.bits[:groups]) }

// State is the bits.
func (a *bitAccumulator[T]) State(groups int) []batch.Column {
	return []batch.Column{a.Result(groups)}
}

// Load takes over a state.
func (a *bitAccumulator[T]) Load(columns []batch.Column) (err error) {
	a.bits, err = loadedBest[T](columns)
	return err
}

// Size is at most 16 bytes per group.
func (a *bitAccumulator[T]) Size() int { return 16 * cap(a.bits) }
