package expr

import (
	"math"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// moments is a count, a mean, and the sum of the squares of the differences from the mean. Both are
// corrected with every value: sums of squares would lose the digits that matter.
type moments struct {
	count, mean, squares float64
}

func (m *moments) add(v float64) {
	m.count++
	difference := v - m.mean
	m.mean += difference / m.count
	m.squares += difference * (v - m.mean)
}

func (m *moments) merge(other moments) {
	switch {
	case other.count == 0:
		return
	case m.count == 0:
		*m = other
		return
	}
	count := m.count + other.count
	difference := other.mean - m.mean
	m.squares += other.squares + difference*difference*m.count/count*other.count
	m.mean += difference / count * other.count
	m.count = count
}

// momentAccumulator is a variance or, with root, a standard deviation: that of the values, or with
// sample an estimate of that of the whole that they were drawn from.
type momentAccumulator struct {
	sample, root bool
	scale        int // of DECIMALs
	groups       []moments
}

func newMoments(t types.Type, sample, root bool) Accumulator {
	return &momentAccumulator{sample: sample, root: root, scale: t.Scale}
}

// Resize makes room for groups.
func (a *momentAccumulator) Resize(groups int) { a.groups = grown(a.groups, groups) }

// Add adds values.
func (a *momentAccumulator) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	switch c := arg.(type) {
	case *batch.Fixed[int8]:
		addMoments(a.groups, groups, c.Values, valid, from)
	case *batch.Fixed[int16]:
		addMoments(a.groups, groups, c.Values, valid, from)
	case *batch.Fixed[int32]:
		addMoments(a.groups, groups, c.Values, valid, from)
	case *batch.Fixed[int64]:
		addMoments(a.groups, groups, c.Values, valid, from)
	case *batch.Fixed[float32]:
		addMoments(a.groups, groups, c.Values, valid, from)
	case *batch.Fixed[float64]:
		addMoments(a.groups, groups, c.Values, valid, from)
	case *batch.Fixed[types.Decimal128]:
		for i, group := range groups {
			if valid.Get(from + i) {
				a.groups[group].add(c.Values[from+i].Float64(a.scale))
			}
		}
	}
	return nil
}

func addMoments[T int8 | int16 | int32 | int64 | float32 | float64](all []moments, groups []uint32, values []T, valid batch.Bitmap, from int) {
	values = values[from : from+len(groups)]
	for i, group := range groups {
		if valid.Get(from + i) {
			all[group].add(float64(values[i]))
		}
	}
}

// Merge adds a group of another accumulator.
func (a *momentAccumulator) Merge(from Accumulator, at, group uint32) error {
	a.groups[group].merge(from.(*momentAccumulator).groups[at])
	return nil
}

// Result computes the variances.
func (a *momentAccumulator) Result(groups int) batch.Column {
	values := make([]float64, groups)
	var valid batch.Bitmap
	for i, m := range a.groups[:groups] {
		count := m.count
		if a.sample {
			count--
		}
		if count <= 0 {
			valid = without(valid, groups, i)
			continue
		}
		values[i] = m.squares / count
		if a.root {
			values[i] = math.Sqrt(values[i])
		}
	}
	return batch.NewFixed(values, valid)
}

// State is the counts, the means and the sums of squares.
func (a *momentAccumulator) State(groups int) []batch.Column {
	counts, means, squares := make([]float64, groups), make([]float64, groups), make([]float64, groups)
	for i, m := range a.groups[:groups] {
		counts[i], means[i], squares[i] = m.count, m.mean, m.squares
	}
	return []batch.Column{batch.NewFixed(counts, nil), batch.NewFixed(means, nil), batch.NewFixed(squares, nil)}
}

// Load takes over a state.
func (a *momentAccumulator) Load(columns []batch.Column) error {
	var parts [3][]float64
	for i := range parts {
		var err error
		if parts[i], err = loaded[float64](columns, i, len(parts)); err != nil {
			return err
		}
		if len(parts[i]) != len(parts[0]) {
			return errState(columns)
		}
	}
	a.groups = make([]moments, len(parts[0]))
	for i := range a.groups {
		a.groups[i] = moments{parts[0][i], parts[1][i], parts[2][i]}
	}
	return nil
}

// Size is 24 bytes per group.
func (a *momentAccumulator) Size() int { return 24 * cap(a.groups) }
