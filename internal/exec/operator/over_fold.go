package operator

import (
	"math"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// number is the physical types that are folded without an accumulator for each row.
type number interface{ integer | float32 | float64 }

// fold is how two values become one.
type fold uint8

const (
	foldSum fold = iota
	foldMin
	foldMax
)

// foldKernel is MIN, MAX, and SUM and AVG of floats, over values of T folded as S. Nothing can be taken
// off such a value, so the frame of a partition is two stacks: rows up to mid, each with the fold of
// itself and what follows it up to mid, and rows behind mid with one fold of all. When the first stack
// is used up, the second becomes the first. Every row is looked at twice.
type foldKernel[T, S number] struct {
	unpinned
	op           fold
	byRows, mean bool
	bounded      bool // rows leave the frames
	identity     S
	frames       []folded[S] // by partition
	suffix       []S         // by position in the history
	walk         []int32     // scratch
}

// folded is the frame of a partition.
type folded[S number] struct {
	back        S // fold of the rows behind mid
	count       int64
	mid, newest int32
}

func (k *foldKernel[T, S]) resize(groups int) {
	k.frames = extended(k.frames, groups, folded[S]{back: k.identity, mid: none, newest: none})
}

func (k *foldKernel[T, S]) combine(a, b S) S {
	switch k.op {
	case foldSum:
		return a + b
	case foldMin:
		if b < a || a != a { // NaN is the largest value
			return b
		}
		return a
	case foldMax:
		if b > a || b != b {
			return b
		}
	}
	return a
}

func (k *foldKernel[T, S]) run(s *step) (batch.Column, error) {
	values, valid := batch.Values[T](s.column), s.column.Valid()
	if s.frame != nil {
		k.suffix = extended(k.suffix, s.base+len(s.groups), k.identity)
	}
	folds, counts := make([]S, len(s.groups)), make([]int64, len(s.groups))
	left := int32(0)
	for from := 0; from < len(folds); {
		to := s.peers(from, k.byRows)
		for i := from; i < to; i++ {
			f := &k.frames[s.groups[i]]
			for end := s.left(i); left < end; left++ {
				at := s.frame.leave[left]
				if at > f.mid {
					k.turn(f, at, values, valid, s.next)
				}
				if valid.Get(int(at)) {
					f.count--
				}
			}
			at := s.base + i
			f.newest = int32(at)
			if valid.Get(at) {
				f.back = k.combine(f.back, S(values[at]))
				f.count++
			}
		}
		for i := from; i < to; i++ {
			f := &k.frames[s.groups[i]]
			folds[i], counts[i] = f.back, f.count
			if s.frame == nil {
				continue
			}
			if tail := s.frame.tails[i]; tail <= f.mid {
				folds[i] = k.combine(k.suffix[tail], f.back)
			}
		}
		from = to
	}
	return k.results(folds, counts), nil
}

// turn makes the first stack of the rows from the oldest on.
func (k *foldKernel[T, S]) turn(f *folded[S], oldest int32, values []T, valid batch.Bitmap, next []int32) {
	k.walk = k.walk[:0]
	for at := oldest; ; at = next[at] {
		k.walk = append(k.walk, at)
		if at == f.newest {
			break
		}
	}
	sum := k.identity
	for _, at := range slices.Backward(k.walk) {
		if valid.Get(int(at)) {
			sum = k.combine(S(values[at]), sum)
		}
		k.suffix[at] = sum
	}
	f.mid, f.back = f.newest, k.identity
}

func (k *foldKernel[T, S]) results(folds []S, counts []int64) batch.Column {
	var valid batch.Bitmap
	for i, count := range counts {
		if count == 0 {
			if valid == nil {
				valid = batch.FullBitmap(len(counts))
			}
			valid.Clear(i)
		}
	}
	if k.op == foldSum && !k.mean {
		return batch.NewFixed(folds, valid)
	}
	out := make([]T, len(folds))
	for i, v := range folds {
		if k.mean && counts[i] > 0 {
			v /= S(counts[i])
		}
		out[i] = T(v)
	}
	return batch.NewFixed(out, valid)
}

func (k *foldKernel[T, S]) apply(s *sweep) error {
	k.frames = picked(k.frames, s.groups)
	for i := range k.frames {
		f := &k.frames[i]
		f.mid, f.newest = s.position(f.mid), s.position(f.newest)
	}
	if len(k.suffix) > 0 {
		k.suffix = withRoom(k.suffix, s.rows)
	}
	return nil
}

func (k *foldKernel[T, S]) bytes() int { return 32*cap(k.frames) + 8*cap(k.suffix) }

// newFoldKernel returns the kernel of an aggregate that folds numbers; nil if it does not.
func newFoldKernel(a *expr.Aggregate, over expr.Frame) kernel {
	byRows, bounded := over.Rows, over.Preceding != expr.Unbounded
	switch a.Function.Name {
	case "SUM", "AVG":
		mean := a.Function.Name == "AVG"
		switch a.Arg.Type().Kind { //nolint:exhaustive // the others are not floats
		case types.Float:
			return &foldKernel[float32, float64]{op: foldSum, byRows: byRows, bounded: bounded, mean: mean}
		case types.Double:
			return &foldKernel[float64, float64]{op: foldSum, byRows: byRows, bounded: bounded, mean: mean}
		}
	case "MIN":
		return newExtremeKernel(a.Arg.Type(), foldMin, over)
	case "MAX":
		return newExtremeKernel(a.Arg.Type(), foldMax, over)
	}
	return nil
}

// newExtremeKernel returns the kernel of MIN or MAX; nil for types that are not numbers inside. The
// identity loses against every value.
func newExtremeKernel(t types.Type, op fold, over expr.Frame) kernel {
	highest := op == foldMin
	switch batch.NewBuilder(t).(type) {
	case *batch.FixedBuilder[int8]:
		return extremeOf(op, over, map[bool]int8{true: math.MaxInt8, false: math.MinInt8}[highest])
	case *batch.FixedBuilder[int16]:
		return extremeOf(op, over, map[bool]int16{true: math.MaxInt16, false: math.MinInt16}[highest])
	case *batch.FixedBuilder[int32]:
		return extremeOf(op, over, map[bool]int32{true: math.MaxInt32, false: math.MinInt32}[highest])
	case *batch.FixedBuilder[int64]:
		return extremeOf(op, over, map[bool]int64{true: math.MaxInt64, false: math.MinInt64}[highest])
	case *batch.FixedBuilder[float32]:
		return extremeOf(op, over, float32(floatIdentity(highest)))
	case *batch.FixedBuilder[float64]:
		return extremeOf(op, over, floatIdentity(highest))
	}
	return nil
}

func floatIdentity(highest bool) float64 {
	if highest {
		return math.NaN()
	}
	return math.Inf(-1)
}

func extremeOf[T number](op fold, over expr.Frame, identity T) kernel {
	return &foldKernel[T, T]{op: op, byRows: over.Rows, bounded: over.Preceding != expr.Unbounded, identity: identity}
}
