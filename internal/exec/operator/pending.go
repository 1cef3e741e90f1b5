package operator

import (
	"cmp"
	"container/heap"
	"math/bits"
	"slices"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
)

// pending holds rows until the watermark has passed their time, and gives them out in the order of
// their time; rows of the same time in the order in which they came.
type pending struct {
	time      int           // position of the event-time column
	late      *atomic.Int64 // counts rows that came after the watermark, or have no time
	watermark int64
	parts     partHeap
	arrived   int // batches so far
	version   uint64
}

// part is the rows of one batch that are waiting.
type part struct {
	rows  *batch.Batch
	order []int32 // the rows by time; those before next are gone. nil: all rows, as they stand
	next  int
	at    int64 // time of the next row
	seq   int   // batches that came before
}

func newPending(time int, late *atomic.Int64) *pending {
	return &pending{time: time, late: late, watermark: batch.MinWatermark}
}

func (p *pending) times(b *batch.Batch) []int64 { return batch.Values[int64](b.Columns[p.time]) }

// add takes the rows of b that are not late.
func (p *pending) add(b *batch.Batch) {
	if b.Rows() == 0 {
		return
	}
	times, valid := p.times(b), b.Columns[p.time].Valid()
	p.version++
	taken := part{rows: b, seq: p.arrived}
	p.arrived++
	whole, sorted := true, true
	last := int64(batch.MinWatermark)
	for row, at := range times {
		if at <= p.watermark || !valid.Get(row) {
			whole = false
			break
		}
		sorted = sorted && at >= last
		last = at
	}
	if !whole || !sorted {
		taken.order = p.ordered(times, valid)
		if len(taken.order) == 0 {
			return
		}
		taken.at = times[taken.order[0]]
	} else {
		taken.at = times[0]
	}
	heap.Push(&p.parts, taken)
}

// ordered returns the rows that are not late by their time, and counts those that are.
func (p *pending) ordered(times []int64, valid batch.Bitmap) []int32 {
	order := make([]int32, 0, len(times))
	for row, at := range times {
		if at > p.watermark && valid.Get(row) {
			order = append(order, int32(row))
		}
	}
	p.late.Add(int64(len(times) - len(order)))
	sortByTime(order, times)
	return order
}

// sortByTime sorts rows, which are in ascending order, by their time; rows of one time keep theirs.
func sortByTime(rows []int32, times []int64) {
	if len(rows) == 0 {
		return
	}
	first, last := times[rows[0]], times[rows[0]]
	for _, row := range rows {
		first, last = min(first, times[row]), max(last, times[row])
	}
	shift := bits.Len(uint(rows[len(rows)-1]))
	if uint64(last)-uint64(first) >= 1<<(64-shift) {
		slices.SortStableFunc(rows, func(a, b int32) int { return cmp.Compare(times[a], times[b]) })
		return
	}
	// Time and row fit into one number each: numbers sort several times faster.
	packed := make([]uint64, len(rows))
	for i, row := range rows {
		packed[i] = (uint64(times[row])-uint64(first))<<shift | uint64(row)
	}
	slices.Sort(packed)
	for i, v := range packed {
		rows[i] = int32(v & (1<<shift - 1))
	}
}

// chunkRows is about how many rows are given out at once, where they have to be put together from
// several batches. Rows of one time are never apart.
const chunkRows = 4096

// advance takes a watermark and gives the rows whose time it has passed to each, in chunks.
func (p *pending) advance(wm batch.Watermark, each func(*batch.Batch) error) error {
	if wm.Idle || wm.Time <= p.watermark {
		return nil
	}
	p.watermark = wm.Time
	p.version++
	runs := p.passed()
	if len(runs) == 0 {
		return nil
	}
	if len(runs) == 1 {
		return each(runs[0])
	}
	all := batch.ConcatRows(runs)
	times := p.times(all)
	order := merged(times, runs)
	for from := 0; from < len(order); {
		to := min(from+chunkRows, len(order))
		for to < len(order) && times[order[to]] == times[order[to-1]] {
			to++
		}
		if err := each(all.Gather(order[from:to])); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// passed takes the rows out that the watermark has passed: of each batch those, by their time, the
// batches in the order in which they came.
func (p *pending) passed() []*batch.Batch {
	var touched []part
	for len(p.parts) > 0 && p.parts[0].at <= p.watermark {
		touched = append(touched, heap.Pop(&p.parts).(part))
	}
	slices.SortFunc(touched, func(a, b part) int { return a.seq - b.seq })
	runs := make([]*batch.Batch, len(touched))
	for i, part := range touched {
		runs[i] = p.take(part)
	}
	return runs
}

// take returns the rows of a part that the watermark has passed, and keeps the others.
func (p *pending) take(t part) *batch.Batch {
	times := p.times(t.rows)
	if t.order == nil {
		if times[len(times)-1] <= p.watermark {
			return t.rows
		}
		t.order = make([]int32, len(times))
		for i := range t.order {
			t.order[i] = int32(i)
		}
	}
	to, _ := slices.BinarySearchFunc(t.order[t.next:], p.watermark, func(row int32, wm int64) int {
		if times[row] <= wm {
			return -1
		}
		return 1
	})
	run := t.rows.Gather(t.order[t.next : t.next+to])
	t.next += to
	if t.next == len(t.order) {
		return run
	}
	if 2*t.next > len(t.order) { // most of the batch is gone: do not hold all of it
		t.rows = t.rows.Gather(t.order[t.next:])
		t.order, t.next = nil, 0
		times = p.times(t.rows)
		t.at = times[0]
	} else {
		t.at = times[t.order[t.next]]
	}
	heap.Push(&p.parts, t)
	return run
}

// merged returns the order of time of the rows of all runs, each of which is in order, one after the
// other; of rows of one time those of the earlier run come first.
func merged(times []int64, runs []*batch.Batch) []int32 {
	order, spare := make([]int32, len(times)), make([]int32, len(times))
	for i := range order {
		order[i] = int32(i)
	}
	ends := make([]int, len(runs))
	for i, run := range runs {
		ends[i] = run.Rows()
		if i > 0 {
			ends[i] += ends[i-1]
		}
	}
	for len(ends) > 1 { // merge neighbours until one run is left
		left, halved := 0, ends[:0]
		for i := 0; i < len(ends); i += 2 {
			if i+1 == len(ends) {
				copy(spare[left:], order[left:ends[i]])
				halved = append(halved, ends[i])
				break
			}
			middle, right := ends[i], ends[i+1]
			mergeRuns(times, order[left:middle], order[middle:right], spare[left:right])
			halved = append(halved, right)
			left = right
		}
		ends = halved
		order, spare = spare, order
	}
	return order
}

func mergeRuns(times []int64, a, b, out []int32) {
	if len(a) > 0 && len(b) > 0 && times[a[len(a)-1]] <= times[b[0]] {
		copy(out[copy(out, a):], b)
		return
	}
	for i := range out {
		if len(b) == 0 || len(a) > 0 && times[a[0]] <= times[b[0]] {
			out[i], a = a[0], a[1:]
		} else {
			out[i], b = b[0], b[1:]
		}
	}
}

// size is the memory that the waiting rows take, in bytes.
func (p *pending) size() int {
	size := 0
	for _, part := range p.parts {
		size += part.rows.Size() + 4*len(part.order)
	}
	return size
}

// partHeap is a heap of parts, the one with the earliest next row first.
type partHeap []part

// Len is the number of parts.
func (h partHeap) Len() int { return len(h) }

// Less orders by the time of the next row.
func (h partHeap) Less(i, j int) bool { return h[i].at < h[j].at }

// Swap swaps two parts.
func (h partHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push appends a part.
func (h *partHeap) Push(v any) { *h = append(*h, v.(part)) }

// Pop removes the last part.
func (h *partHeap) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = part{}
	*h = (*h)[:len(*h)-1]
	return last
}
