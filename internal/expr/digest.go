package expr

import (
	"math"
	"slices"
)

// A t-digest: values by size, where neighbours are put together to centroids, many to one in the middle
// and few at both ends (Dunning, "Computing extremely accurate quantiles using t-digests", the merging
// variant). Up to pendingCentroids values it has them all, and its percentiles are exact.
const (
	digestSize       = 100 // about how many centroids there are
	pendingCentroids = 256 // how many there may be before they are put together
)

// centroid is the mean of so many values.
type centroid struct{ mean, weight float64 }

// digest is the values of one group.
type digest struct {
	centroids []centroid // the first sorted of them in order, the others as they came
	sorted    int
	total     float64
	low, high float64
}

// add adds a value so many times. NaN is no value.
func (d *digest) add(v, weight float64) {
	if v != v {
		return
	}
	d.append(centroid{v, weight})
	d.low, d.high = min(d.low, v), max(d.high, v)
}

// append adds what is between low and high.
func (d *digest) append(c centroid) {
	if d.total == 0 {
		d.low, d.high = c.mean, c.mean
	}
	if len(d.centroids) >= d.sorted+pendingCentroids {
		d.compress()
	}
	d.centroids = append(d.centroids, c)
	d.total += c.weight
}

func (d *digest) merge(other *digest) {
	if other.total == 0 {
		return
	}
	for _, c := range other.centroids {
		d.append(c)
	}
	d.low, d.high = min(d.low, other.low), max(d.high, other.high)
}

// sort brings all centroids in order.
func (d *digest) sort() {
	slices.SortFunc(d.centroids, func(a, b centroid) int {
		switch {
		case a.mean < b.mean:
			return -1
		case a.mean > b.mean:
			return 1
		}
		return 0
	})
}

// compress puts neighbours together.
func (d *digest) compress() {
	d.sort()
	kept := d.centroids[:1]
	before, limit := 0.0, d.total*bound(0)
	for _, c := range d.centroids[1:] {
		last := &kept[len(kept)-1]
		if weight := last.weight + c.weight; before+weight <= limit {
			last.mean += (c.mean - last.mean) * c.weight / weight
			last.weight = weight
			continue
		}
		before += last.weight
		limit = d.total * bound(before/d.total)
		kept = append(kept, c)
	}
	d.centroids, d.sorted = kept, len(kept)
}

// bound returns up to which part of all values the centroid reaches that begins at a part.
func bound(part float64) float64 {
	const step = 2 * math.Pi / digestSize
	return (math.Sin(min(math.Asin(2*part-1)+step, math.Pi/2)) + 1) / 2
}

// percentile returns the value that a part of all values is below, interpolated between those on both
// sides of it; false if there is none.
func (d *digest) percentile(part float64) (float64, bool) {
	if d.total == 0 {
		return 0, false
	}
	d.sort()
	at := part * (d.total - 1) // the position among the values, from 0
	position, value := 0.0, d.low
	before := 0.0
	for _, c := range d.centroids {
		middle := before + (c.weight-1)/2
		if at < middle {
			return between(position, value, middle, c.mean, at), true
		}
		position, value = middle, c.mean
		before += c.weight
	}
	return between(position, value, d.total-1, d.high, at), true
}

// between interpolates: the value is a at position x and b at position y.
func between(x, a, y, b, at float64) float64 {
	switch {
	case at <= x || a == b:
		return a
	case at >= y:
		return b
	}
	return a + (b-a)*(at-x)/(y-x)
}
