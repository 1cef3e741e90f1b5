package expr

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"math"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// comparer returns the three-way comparison of row i of a with row j of b, columns of one type. NULL equals
// NULL and comes before all values, NaN equals NaN and comes behind all numbers; parts of nested values compare one after the other.
func comparer(a, b batch.Column) func(i, j int) int {
	values, left, right := valueComparer(a, b), a.Valid(), b.Valid()
	if left == nil && right == nil {
		return values
	}
	return func(i, j int) int {
		if x, y := left.Get(i), right.Get(j); !x || !y {
			return boolOrder(x) - boolOrder(y)
		}
		return values(i, j)
	}
}

func valueComparer(a, b batch.Column) func(i, j int) int {
	switch a := a.(type) {
	case *batch.Fixed[bool]:
		other := batch.Values[bool](b)
		return func(i, j int) int { return boolOrder(a.Values[i]) - boolOrder(other[j]) }
	case *batch.Fixed[int8]:
		return orderedComparer(a.Values, batch.Values[int8](b))
	case *batch.Fixed[int16]:
		return orderedComparer(a.Values, batch.Values[int16](b))
	case *batch.Fixed[int32]:
		return orderedComparer(a.Values, batch.Values[int32](b))
	case *batch.Fixed[int64]:
		return orderedComparer(a.Values, batch.Values[int64](b))
	case *batch.Fixed[types.Decimal128]:
		other := batch.Values[types.Decimal128](b)
		return func(i, j int) int { return a.Values[i].Compare(other[j]) }
	case *batch.Fixed[float32]:
		return floatComparer(a.Values, batch.Values[float32](b))
	case *batch.Fixed[float64]:
		return floatComparer(a.Values, batch.Values[float64](b))
	case *batch.Bytes:
		other := b.(*batch.Bytes)
		return func(i, j int) int { return bytes.Compare(a.At(i), other.At(j)) }
	case *batch.Struct:
		return structComparer(a, b.(*batch.Struct))
	}
	return listComparer(a.(*batch.List), b.(*batch.List))
}

func floatComparer[T float32 | float64](a, b []T) func(i, j int) int {
	return func(i, j int) int {
		x, y := a[i], b[j]
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return bit(x != x) - bit(y != y)
	}
}

func orderedComparer[T int8 | int16 | int32 | int64](a, b []T) func(i, j int) int {
	return func(i, j int) int { return cmp.Compare(a[i], b[j]) }
}

func structComparer(a, b *batch.Struct) func(i, j int) int {
	fields := make([]func(i, j int) int, len(a.Fields))
	for k := range fields {
		fields[k] = comparer(a.Fields[k], b.Fields[k])
	}
	return func(i, j int) int {
		for _, field := range fields {
			if order := field(i, j); order != 0 {
				return order
			}
		}
		return 0
	}
}

func listComparer(a, b *batch.List) func(i, j int) int {
	item := comparer(a.Items, b.Items)
	return func(i, j int) int {
		from, to := a.Range(i)
		otherFrom, otherTo := b.Range(j)
		for k := range min(to-from, otherTo-otherFrom) {
			if order := item(from+k, otherFrom+k); order != 0 {
				return order
			}
		}
		return cmp.Compare(to-from, otherTo-otherFrom)
	}
}

// hashSeed is the same for all hashes of the process: equal values of different columns hash alike.
var hashSeed = maphash.MakeSeed()

// hasher returns the hash of row i of a column; rows that comparer finds equal have the same one.
func hasher(c batch.Column) func(i int) uint64 {
	values, valid := valueHasher(c), c.Valid()
	if valid == nil {
		return values
	}
	return func(i int) uint64 {
		if !valid.Get(i) {
			return 0
		}
		return values(i)
	}
}

func valueHasher(c batch.Column) func(i int) uint64 {
	switch c := c.(type) {
	case *batch.Fixed[bool]:
		return func(i int) uint64 { return maphash.Comparable(hashSeed, c.Values[i]) }
	case *batch.Fixed[int8]:
		return comparableHasher(c.Values)
	case *batch.Fixed[int16]:
		return comparableHasher(c.Values)
	case *batch.Fixed[int32]:
		return comparableHasher(c.Values)
	case *batch.Fixed[int64]:
		return comparableHasher(c.Values)
	case *batch.Fixed[types.Decimal128]:
		return comparableHasher(c.Values)
	case *batch.Fixed[float32]:
		return func(i int) uint64 { return hashFloat(float64(c.Values[i])) }
	case *batch.Fixed[float64]:
		return func(i int) uint64 { return hashFloat(c.Values[i]) }
	case *batch.Bytes:
		return func(i int) uint64 { return maphash.Bytes(hashSeed, c.At(i)) }
	case *batch.Struct:
		fields := make([]func(i int) uint64, len(c.Fields))
		for k, field := range c.Fields {
			fields[k] = hasher(field)
		}
		return func(i int) uint64 {
			h := uint64(1)
			for _, field := range fields {
				h = h*31 + field(i)
			}
			return h
		}
	}
	list := c.(*batch.List)
	item := hasher(list.Items)
	return func(i int) uint64 {
		h := uint64(1)
		for k := list.Offsets[i]; k < list.Offsets[i+1]; k++ {
			h = h*31 + item(int(k))
		}
		return h
	}
}

func comparableHasher[T comparable](values []T) func(i int) uint64 {
	return func(i int) uint64 { return maphash.Comparable(hashSeed, values[i]) }
}

// hashFloat hashes all NaNs alike, and both zeros.
func hashFloat(v float64) uint64 {
	switch {
	case v != v:
		v = math.NaN()
	case v == 0:
		v = 0
	}
	return maphash.Comparable(hashSeed, math.Float64bits(v))
}

// itemSet is a set of items of one column.
type itemSet struct {
	order   func(i, j int) int
	hash    func(i int) uint64
	members []int32
	byHash  map[uint64][]int32 // once there are many
}

func newItemSet(items batch.Column) *itemSet {
	return &itemSet{order: comparer(items, items), hash: hasher(items)}
}

// reset empties the set.
func (s *itemSet) reset() { s.members, s.byHash = s.members[:0], nil }

// manyItems is from how many members on a set looks them up by hash.
const manyItems = 16

// has reports whether an item that equals i is in the set.
func (s *itemSet) has(i int) bool {
	candidates := s.members
	if s.byHash != nil {
		candidates = s.byHash[s.hash(i)]
	}
	for _, j := range candidates {
		if s.order(i, int(j)) == 0 {
			return true
		}
	}
	return false
}

// add adds item i; false if an equal one was there.
func (s *itemSet) add(i int) bool {
	if s.has(i) {
		return false
	}
	s.members = append(s.members, int32(i))
	switch {
	case s.byHash != nil:
		h := s.hash(i)
		s.byHash[h] = append(s.byHash[h], int32(i))
	case len(s.members) == manyItems:
		s.byHash = make(map[uint64][]int32, 4*manyItems)
		for _, j := range s.members {
			h := s.hash(int(j))
			s.byHash[h] = append(s.byHash[h], j)
		}
	}
	return true
}
