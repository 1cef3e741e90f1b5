package expr

import (
	"bytes"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// grown returns s with length n; what is new is zero. It grows by doubling.
func grown[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	out := make([]T, n, max(n, 2*cap(s), 64))
	copy(out, s)
	return out
}

type countAccumulator struct{ counts []int64 }

func (a *countAccumulator) Resize(groups int) { a.counts = grown(a.counts, groups) }

func (a *countAccumulator) Add(groups []uint32, _ batch.Column, valid batch.Bitmap, from int) error {
	counts := a.counts
	if valid == nil {
		for _, group := range groups {
			counts[group]++
		}
		return nil
	}
	for i, group := range groups {
		if valid.Get(from + i) {
			counts[group]++
		}
	}
	return nil
}

func (a *countAccumulator) Merge(from Accumulator, at, group uint32) error {
	a.counts[group] += from.(*countAccumulator).counts[at]
	return nil
}

func (a *countAccumulator) Result(groups int) batch.Column {
	return batch.NewFixed(append([]int64(nil), a.counts[:groups]...), nil)
}

func (a *countAccumulator) State(groups int) []batch.Column { return []batch.Column{a.Result(groups)} }

func (a *countAccumulator) Load(columns []batch.Column) error {
	counts, err := loaded[int64](columns, 0, 1)
	a.counts = counts
	return err
}

func (a *countAccumulator) Size() int { return 8 * cap(a.counts) }

// summing is an accumulator of sums whose totals and counts an average can read.
type summing interface {
	Accumulator
	mean(group int) (integer int64, float float64, ok bool)
}

func newSumOf[T, S int8 | int16 | int32 | int64 | float32 | float64]() *sumAccumulator[T, S] {
	return &sumAccumulator[T, S]{}
}

func newSum(t types.Type) Accumulator {
	switch t.Kind { //nolint:exhaustive // the aggregate accepts numbers only
	case types.TinyInt:
		return newSumOf[int8, int64]()
	case types.SmallInt:
		return newSumOf[int16, int64]()
	case types.Int:
		return newSumOf[int32, int64]()
	case types.BigInt:
		return newSumOf[int64, int64]()
	case types.Decimal:
		return &decimalSum{scale: t.Scale}
	case types.Float:
		return newSumOf[float32, float64]()
	}
	return newSumOf[float64, float64]()
}

type sum[S any] struct {
	total S
	count int64
}

// sumAccumulator adds values of T into totals of S, which is int64 for integers and float64 for
// floats.
type sumAccumulator[T, S int8 | int16 | int32 | int64 | float32 | float64] struct{ sums []sum[S] }

func (a *sumAccumulator[T, S]) Resize(groups int) { a.sums = grown(a.sums, groups) }

func (a *sumAccumulator[T, S]) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	values := batch.Values[T](arg)[from : from+len(groups)]
	var overflow S
	for i, group := range groups {
		if valid != nil && !valid.Get(from+i) {
			continue
		}
		s := &a.sums[group]
		v := S(values[i])
		total := s.total + v
		overflow += overflowed(s.total, v, total)
		s.total = total
		s.count++
	}
	if overflow != 0 {
		return SumOverflow()
	}
	return nil
}

// SumOverflow is the error of a sum of integers that does not fit.
func SumOverflow() error {
	return diag.Errorf(diag.BadData, diag.Span{}, "SUM does not fit in BIGINT").WithHint("cast the argument to DOUBLE")
}

func (a *sumAccumulator[T, S]) Merge(from Accumulator, at, group uint32) error {
	v, s := from.(*sumAccumulator[T, S]).sums[at], &a.sums[group]
	total := s.total + v.total
	if overflowed(s.total, v.total, total) != 0 {
		return SumOverflow()
	}
	s.total = total
	s.count += v.count
	return nil
}

// overflowed returns 1 if adding integers a and b to total wrapped, else 0; always 0 for floats.
func overflowed[S int8 | int16 | int32 | int64 | float32 | float64](a, b, total S) S {
	if (b > 0 && total < a) || (b < 0 && total > a) {
		return 1
	}
	return 0
}

func (a *sumAccumulator[T, S]) Result(groups int) batch.Column {
	values := make([]S, groups)
	var valid batch.Bitmap
	for i := range values {
		values[i] = a.sums[i].total
		if a.sums[i].count == 0 {
			valid = without(valid, groups, i)
		}
	}
	return batch.NewFixed(values, valid)
}

// without clears row i, making the bitmap on first use.
func without(valid batch.Bitmap, rows, i int) batch.Bitmap {
	if valid == nil {
		valid = batch.FullBitmap(rows)
	}
	valid.Clear(i)
	return valid
}

func (a *sumAccumulator[T, S]) State(groups int) []batch.Column { return sumState(a.sums[:groups]) }

func (a *sumAccumulator[T, S]) Load(columns []batch.Column) (err error) {
	a.sums, err = loadedSums[S](columns)
	return err
}

func (a *sumAccumulator[T, S]) Size() int { return 16 * cap(a.sums) }

func (a *sumAccumulator[T, S]) mean(group int) (integer int64, float float64, ok bool) {
	s := a.sums[group]
	if s.count == 0 {
		return 0, 0, false
	}
	return int64(s.total) / s.count, float64(s.total) / float64(s.count), true
}

// averageAccumulator divides a sum by its count.
type averageAccumulator struct {
	sum  Accumulator
	kind types.Kind
}

func (a *averageAccumulator) Resize(groups int) { a.sum.Resize(groups) }

func (a *averageAccumulator) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	return a.sum.Add(groups, arg, valid, from)
}

func (a *averageAccumulator) Merge(from Accumulator, at, group uint32) error {
	return a.sum.Merge(from.(*averageAccumulator).sum, at, group)
}

func (a *averageAccumulator) Result(groups int) batch.Column {
	builder := batch.NewBuilder(types.Of(a.kind))
	for group := range groups {
		integer, float, ok := a.sum.(summing).mean(group)
		if !ok {
			builder.AppendNull()
			continue
		}
		switch b := builder.(type) {
		case *batch.FixedBuilder[int8]:
			b.Append(int8(integer))
		case *batch.FixedBuilder[int16]:
			b.Append(int16(integer))
		case *batch.FixedBuilder[int32]:
			b.Append(int32(integer))
		case *batch.FixedBuilder[int64]:
			b.Append(integer)
		case *batch.FixedBuilder[float32]:
			b.Append(float32(float))
		case *batch.FixedBuilder[float64]:
			b.Append(float)
		}
	}
	return builder.Finish()
}

func (a *averageAccumulator) State(groups int) []batch.Column { return a.sum.State(groups) }

func (a *averageAccumulator) Load(columns []batch.Column) error { return a.sum.Load(columns) }

func (a *averageAccumulator) Size() int { return a.sum.Size() }

// newExtreme makes MIN (Lt) or MAX (Gt).
func newExtreme(t types.Type, op CompareOp) Accumulator {
	switch batch.NewBuilder(t).(type) {
	case *batch.FixedBuilder[bool]:
		return &boolExtreme{max: op == Gt}
	case *batch.FixedBuilder[int8]:
		return &extremeAccumulator[int8]{max: op == Gt}
	case *batch.FixedBuilder[int16]:
		return &extremeAccumulator[int16]{max: op == Gt}
	case *batch.FixedBuilder[int32]:
		return &extremeAccumulator[int32]{max: op == Gt}
	case *batch.FixedBuilder[int64]:
		return &extremeAccumulator[int64]{max: op == Gt}
	case *batch.FixedBuilder[types.Decimal128]:
		return &decimalExtreme{max: op == Gt}
	case *batch.FixedBuilder[float32]:
		return &extremeAccumulator[float32]{max: op == Gt}
	case *batch.FixedBuilder[float64]:
		return &extremeAccumulator[float64]{max: op == Gt}
	}
	return &textExtreme{max: op == Gt}
}

type best[T any] struct {
	value T
	seen  bool
}

type extremeAccumulator[T int8 | int16 | int32 | int64 | float32 | float64] struct {
	max  bool
	best []best[T]
}

func (a *extremeAccumulator[T]) Resize(groups int) { a.best = grown(a.best, groups) }

func (a *extremeAccumulator[T]) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	values := batch.Values[T](arg)[from : from+len(groups)]
	for i, group := range groups {
		if valid != nil && !valid.Get(from+i) {
			continue
		}
		if b, v := &a.best[group], values[i]; !b.seen || a.beats(v, b.value) {
			*b = best[T]{v, true}
		}
	}
	return nil
}

func (a *extremeAccumulator[T]) Merge(from Accumulator, at, group uint32) error {
	v, b := from.(*extremeAccumulator[T]).best[at], &a.best[group]
	if v.seen && (!b.seen || a.beats(v.value, b.value)) {
		*b = v
	}
	return nil
}

// beats reports whether v takes the place of the best value so far. NaN is the largest value, so that
// the order of the rows does not matter.
func (a *extremeAccumulator[T]) beats(v, best T) bool {
	if a.max {
		return v > best || v != v
	}
	return v < best || best != best
}

func (a *extremeAccumulator[T]) Result(groups int) batch.Column { return bestColumn(a.best[:groups]) }

func (a *extremeAccumulator[T]) State(groups int) []batch.Column {
	return []batch.Column{a.Result(groups)}
}

func (a *extremeAccumulator[T]) Load(columns []batch.Column) (err error) {
	a.best, err = loadedBest[T](columns)
	return err
}

func (a *extremeAccumulator[T]) Size() int { return 16 * cap(a.best) }

func bestColumn[T batch.Value](all []best[T]) batch.Column {
	values := make([]T, len(all))
	var valid batch.Bitmap
	for i, b := range all {
		values[i] = b.value
		if !b.seen {
			valid = without(valid, len(all), i)
		}
	}
	return batch.NewFixed(values, valid)
}

type boolExtreme struct {
	max  bool
	best []best[bool]
}

func (a *boolExtreme) Resize(groups int) { a.best = grown(a.best, groups) }

func (a *boolExtreme) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	values := batch.Values[bool](arg)
	for i, group := range groups {
		if !valid.Get(from + i) {
			continue
		}
		b := &a.best[group]
		if v := values[from+i]; !b.seen || v == a.max {
			*b = best[bool]{v, true}
		}
	}
	return nil
}

func (a *boolExtreme) Merge(from Accumulator, at, group uint32) error {
	if v := from.(*boolExtreme).best[at]; v.seen && (!a.best[group].seen || v.value == a.max) {
		a.best[group] = v
	}
	return nil
}

func (a *boolExtreme) Result(groups int) batch.Column { return bestColumn(a.best[:groups]) }

func (a *boolExtreme) State(groups int) []batch.Column { return []batch.Column{a.Result(groups)} }

func (a *boolExtreme) Load(columns []batch.Column) (err error) {
	a.best, err = loadedBest[bool](columns)
	return err
}

func (a *boolExtreme) Size() int { return 2 * cap(a.best) }

// textExtreme keeps the extreme text of each group.
type textExtreme struct {
	max  bool
	best [][]byte // nil: no value yet
	size int
}

func (a *textExtreme) Resize(groups int) { a.best = grown(a.best, groups) }

func (a *textExtreme) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	text := arg.(*batch.Bytes)
	for i, group := range groups {
		if !valid.Get(from + i) {
			continue
		}
		v, b := text.At(from+i), a.best[group]
		if order := bytes.Compare(v, b); b == nil || (a.max && order > 0) || (!a.max && order < 0) {
			a.size += len(v) - len(b)
			a.best[group] = append(make([]byte, 0, max(1, len(v))), v...)
		}
	}
	return nil
}

func (a *textExtreme) Merge(from Accumulator, at, group uint32) error {
	v, b := from.(*textExtreme).best[at], a.best[group]
	if order := bytes.Compare(v, b); v != nil && (b == nil || (a.max && order > 0) || (!a.max && order < 0)) {
		a.size += len(v) - len(b)
		a.best[group] = v // texts are replaced, never changed
	}
	return nil
}

func (a *textExtreme) Result(groups int) batch.Column {
	var builder batch.BytesBuilder
	for _, b := range a.best[:groups] {
		if b == nil {
			builder.AppendNull()
		} else {
			builder.Append(b)
		}
	}
	return builder.Finish()
}

func (a *textExtreme) State(groups int) []batch.Column { return []batch.Column{a.Result(groups)} }

func (a *textExtreme) Load(columns []batch.Column) error {
	text, ok := oneOf(columns, 0, 1).(*batch.Bytes)
	if !ok {
		return errState(columns)
	}
	a.best, a.size = make([][]byte, text.Len()), 0
	for i := range a.best {
		if text.Valid().Get(i) {
			v := text.At(i)
			a.best[i] = append(make([]byte, 0, max(1, len(v))), v...)
			a.size += len(v)
		}
	}
	return nil
}

func (a *textExtreme) Size() int { return a.size + 24*cap(a.best) }
