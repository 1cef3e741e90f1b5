package kinesisserver

import (
	"slices"
	"sort"
	"time"
)

// split closes a shard and divides its range at a key, which becomes the start of the second child.
// The caller holds the stream's lock and calls rebuildOpen when it is done.
func (st *stream) split(parent *shard, at time.Time, key hashKey) (left, right *shard) {
	left = &shard{start: parent.start, end: key.minus(1)}
	right = &shard{start: key, end: parent.end}
	st.replace(at, []*shard{parent}, left, right)
	return left, right
}

// merge closes two shards whose ranges touch and puts one in their place. The caller holds the
// stream's lock and calls rebuildOpen when it is done.
func (st *stream) merge(parent, adjacent *shard, at time.Time) *shard {
	child := &shard{start: parent.start, end: adjacent.end}
	if adjacent.start.less(parent.start) {
		child.start, child.end = adjacent.start, parent.end
	}
	st.replace(at, []*shard{parent, adjacent}, child)
	return child
}

// replace closes the parents and opens the children. In sequence numbers a child is created one
// second after its parents end, as AWS does it, so that its numbers are all greater than theirs; a
// shard that is replaced in the very second it was made pushes that ahead of the clock.
func (st *stream) replace(at time.Time, parents []*shard, children ...*shard) {
	for _, parent := range parents {
		parent.close(at, children)
	}
	for _, child := range children {
		st.addShard(child)
		child.createdAt = at
		child.parent = &parents[0].index
		if len(parents) == 2 {
			child.adjacent = &parents[1].index
		}
		for _, parent := range parents {
			child.createdSecond = max(child.createdSecond, parent.closedTime+1)
		}
	}
}

// rescale makes the open shards n equal ones by splits followed by merges. Ranges that already fit
// stay as they are; others may leave shards behind that were open for no time at all, as on AWS.
func (st *stream) rescale(n int, at time.Time) {
	pieces := slices.Clone(st.open)
	for i := 1; i < n; i++ {
		boundary, _ := uniformRange(i, n)
		pieces = st.cut(pieces, boundary, at)
	}
	var run []*shard // pieces of one target range
	for i := range n {
		_, end := uniformRange(i, n)
		run = run[:0]
		for len(pieces) > 0 && !end.less(pieces[0].end) {
			run, pieces = append(run, pieces[0]), pieces[1:]
		}
		for len(run) > 1 {
			merged := st.merge(run[0], run[1], at)
			run = append([]*shard{merged}, run[2:]...)
		}
	}
	st.rebuildOpen()
}

// cut splits the piece that has boundary inside it; pieces are in the order of their ranges.
func (st *stream) cut(pieces []*shard, boundary hashKey, at time.Time) []*shard {
	i := sort.Search(len(pieces), func(i int) bool { return !pieces[i].end.less(boundary) })
	if pieces[i].start == boundary {
		return pieces
	}
	left, right := st.split(pieces[i], at, boundary)
	pieces[i] = left
	return slices.Insert(pieces, i+1, right)
}

// parentIDs returns the ids of the shards a shard came from.
func (sh *shard) parentIDs() []string {
	var ids []string
	for _, parent := range []*uint32{sh.parent, sh.adjacent} {
		if parent != nil {
			ids = append(ids, shardID(*parent))
		}
	}
	return ids
}
