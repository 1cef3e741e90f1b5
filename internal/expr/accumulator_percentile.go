package expr

import (
	"cmp"
	"errors"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// checkPart reports a part that is not between 0 and 1.
func checkPart(value any) error {
	if part, ok := value.(float64); !ok || !(part >= 0 && part <= 1) {
		return errors.New("the percentage must be a number from 0 to 1")
	}
	return nil
}

// newPercentiles makes the accumulator of PERCENTILE, which keeps all values.
func newPercentiles(call *Aggregate) Accumulator {
	part := call.constants[0].Value.(float64)
	return newList(call, func(l *listAccumulator, groups int) batch.Column {
		rows, ends := l.lists(groups)
		out := make([]float64, groups)
		var valid batch.Bitmap
		var values []weighted
		start := int32(0)
		for group, end := range ends {
			values = l.weighted(rows[start:end], values[:0])
			if v, ok := percentileOf(values, part); ok {
				out[group] = v
			} else {
				valid = without(valid, groups, group)
			}
			start = end
		}
		return batch.NewFixed(out, valid)
	})
}

// weighted is a value that counts so many times.
type weighted struct {
	value float64
	times int64
}

// weighted appends the values of rows, and how often each counts if the call says so.
func (a *listAccumulator) weighted(rows []int32, out []weighted) []weighted {
	if len(rows) == 0 {
		return out
	}
	values := batch.Values[float64](valueColumn(a.call, a.rows))
	var times []int64
	if a.call.values() > 1 {
		times = batch.Values[int64](a.rows.(*batch.Struct).Fields[1])
	}
	for _, row := range rows {
		v := weighted{values[row], 1}
		if times != nil {
			v.times = times[row]
		}
		if v.times > 0 {
			out = append(out, v)
		}
	}
	return out
}

// percentileOf returns the value at a part of the way from the first to the last of the sorted values,
// interpolated between its neighbours; false if there is none.
func percentileOf(values []weighted, part float64) (float64, bool) {
	slices.SortFunc(values, func(a, b weighted) int {
		if a.value != b.value && a.value == a.value && b.value == b.value {
			return cmp.Compare(a.value, b.value)
		}
		return bit(a.value != a.value) - bit(b.value != b.value) // NaN is the largest
	})
	total := int64(0)
	for _, v := range values {
		total += v.times
	}
	if total == 0 {
		return 0, false
	}
	at := part * float64(total-1)
	below := int64(at)
	low, high := valueAtPosition(values, below), valueAtPosition(values, min(below+1, total-1))
	return between(0, low, 1, high, at-float64(below)), true
}

func valueAtPosition(values []weighted, position int64) float64 {
	for _, v := range values {
		if position -= v.times; position < 0 {
			return v.value
		}
	}
	return values[len(values)-1].value
}

// digestAccumulator is APPROX_PERCENTILE.
type digestAccumulator struct {
	part    float64
	digests []digest
}

func newDigests(call *Aggregate) Accumulator {
	return &digestAccumulator{part: call.constants[0].Value.(float64)}
}

// Resize makes room for groups.
func (a *digestAccumulator) Resize(groups int) { a.digests = grown(a.digests, groups) }

// Add adds values.
func (a *digestAccumulator) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	values := batch.Values[float64](arg)[from : from+len(groups)]
	for i, group := range groups {
		if valid.Get(from + i) {
			a.digests[group].add(values[i], 1)
		}
	}
	return nil
}

// Merge adds a group of another accumulator.
func (a *digestAccumulator) Merge(from Accumulator, at, group uint32) error {
	a.digests[group].merge(&from.(*digestAccumulator).digests[at])
	return nil
}

// Result computes the percentiles.
func (a *digestAccumulator) Result(groups int) batch.Column {
	values := make([]float64, groups)
	var valid batch.Bitmap
	for i := range values {
		v, ok := a.digests[i].percentile(a.part)
		if values[i] = v; !ok {
			valid = without(valid, groups, i)
		}
	}
	return batch.NewFixed(values, valid)
}

// State is the lowest and the highest value of each group, and its centroids.
func (a *digestAccumulator) State(groups int) []batch.Column {
	lows, highs, offsets := make([]float64, groups), make([]float64, groups), make([]int32, 1, groups+1)
	var means, weights []float64
	for i := range groups {
		d := &a.digests[i]
		lows[i], highs[i] = d.low, d.high
		for _, c := range d.centroids {
			means, weights = append(means, c.mean), append(weights, c.weight)
		}
		offsets = append(offsets, int32(len(means)))
	}
	centroids := batch.NewStruct(len(means), []batch.Column{batch.NewFixed(means, nil), batch.NewFixed(weights, nil)}, nil)
	return []batch.Column{batch.NewFixed(lows, nil), batch.NewFixed(highs, nil), batch.NewList(offsets, centroids, nil)}
}

// Load takes over a state.
func (a *digestAccumulator) Load(columns []batch.Column) error {
	double := types.Of(types.Double)
	for i, t := range []types.Type{double, double, types.MapOf(double, double)} {
		if column := oneOf(columns, i, 3); column == nil || !isOf(column, t) || column.Len() != columns[0].Len() {
			return errState(columns)
		}
	}
	lows, highs, lists := batch.Values[float64](columns[0]), batch.Values[float64](columns[1]), columns[2].(*batch.List)
	fields := lists.Items.(*batch.Struct).Fields
	means, weights := batch.Values[float64](fields[0]), batch.Values[float64](fields[1])
	a.digests = make([]digest, len(lows))
	for i := range a.digests {
		d := &a.digests[i]
		from, to := lists.Range(i)
		for row := from; row < to; row++ {
			d.centroids = append(d.centroids, centroid{means[row], weights[row]})
			d.total += weights[row]
		}
		d.low, d.high = lows[i], highs[i]
	}
	return nil
}

// Size counts all centroids.
func (a *digestAccumulator) Size() int {
	const bytes = 56
	size := bytes * cap(a.digests)
	for i := range a.digests {
		size += 16 * cap(a.digests[i].centroids)
	}
	return size
}
