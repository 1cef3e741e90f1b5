package operator

import (
	"maps"
	"slices"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Watermarks follows the event time of each split of a source and says how far the source as a
// whole has come: the smallest watermark of the splits that are neither idle nor read to their end.
// It is used by one goroutine.
type Watermarks struct {
	expr        expr.Expr
	eval        *expr.Context
	idleTimeout time.Duration // 0: splits are never idle
	splits      map[string]*splitWatermark
	current     int64 // last one given out
	idle        bool
	clock       bool // the time is that of the clock, not that of the rows
	version     uint64
	restored    bool // those behind have not heard of current yet
}

type splitWatermark struct {
	time   int64 // largest value of the expression so far
	seen   time.Time
	idle   bool
	behind bool // has more to read: silence does not make it idle
	// unopened is set on a split that was read to its end: how many of its children are still to be
	// opened. Until they are, its watermark stands for theirs.
	unopened int
	ended    bool
}

// NewWatermarks returns a tracker without splits. e computes the watermark of a row.
func NewWatermarks(e expr.Expr, idleTimeout time.Duration, eval *expr.Context) *Watermarks {
	return &Watermarks{
		expr: e, eval: eval, idleTimeout: idleTimeout,
		splits: map[string]*splitWatermark{}, current: batch.MinWatermark,
	}
}

// NewClock returns a tracker without splits whose event time is that of the clock.
func NewClock() *Watermarks {
	return &Watermarks{splits: map[string]*splitWatermark{}, current: batch.MinWatermark, clock: true}
}

// Open adds a split. It inherits the smallest watermark of its parents that are known, so that a
// reshard neither stops the event time nor lets it run ahead of the children.
func (w *Watermarks) Open(split string, parents []string, now time.Time) {
	inherited := int64(batch.MaxWatermark)
	for _, id := range parents {
		parent := w.splits[id]
		if parent == nil {
			continue
		}
		inherited = min(inherited, parent.time)
		if parent.unopened--; parent.unopened <= 0 && parent.ended {
			delete(w.splits, id)
		}
	}
	if inherited == batch.MaxWatermark {
		inherited = batch.MinWatermark
	}
	w.splits[split] = &splitWatermark{time: inherited, seen: now}
}

// End notes that a split was read to its end and how many children of it will be opened.
func (w *Watermarks) End(split string, children int) {
	if children == 0 {
		delete(w.splits, split)
		return
	}
	s := w.splits[split]
	s.ended, s.unopened, s.idle = true, children, false
}

// Observe notes the rows of a page. behind says that the split has more to read at once.
func (w *Watermarks) Observe(split string, b *batch.Batch, behind bool, now time.Time) error {
	s := w.splits[split]
	s.behind = behind
	if b == nil || b.Rows() == 0 {
		return nil
	}
	s.seen, s.idle = now, false
	if w.clock {
		return nil
	}
	column, err := w.expr.Eval(w.eval, b)
	if err != nil {
		return err
	}
	values, valid := batch.Values[int64](column), column.Valid()
	if valid == nil {
		s.time = max(s.time, slices.Max(values))
		return nil
	}
	for i, v := range values {
		if valid.Get(i) {
			s.time = max(s.time, v)
		}
	}
	return nil
}

// Next returns the watermark of the source if it changed since the last call: it is never smaller
// than before.
func (w *Watermarks) Next(now time.Time) (wm batch.Watermark, changed bool) {
	lowest, active := int64(batch.MaxWatermark), false
	if w.clock { // rows of this millisecond may still come
		wm.Time = types.TruncateMicros(now.UnixMicro(), 3) - types.Millisecond
		changed = wm.Time > w.current
		w.current = max(w.current, wm.Time)
		return batch.Watermark{Time: w.current}, changed
	}
	for _, s := range w.splits {
		if w.idleTimeout > 0 && !s.behind && !s.ended && now.Sub(s.seen) >= w.idleTimeout {
			s.idle = true
		}
		if !s.idle {
			active = true
			lowest = min(lowest, s.time)
		}
	}
	wasIdle := w.idle
	w.idle = !active && len(w.splits) > 0
	announce := w.restored && w.current != batch.MinWatermark
	w.restored = false
	if !active || lowest <= w.current {
		return batch.Watermark{Time: w.current, Idle: w.idle}, announce || w.idle != wasIdle
	}
	w.current = lowest
	return batch.Watermark{Time: lowest}, true
}

// Idle reports whether the split has been silent for so long that it holds back nothing.
func (w *Watermarks) Idle(split string) bool {
	s := w.splits[split]
	return s != nil && s.idle
}

// Of returns the watermark of a split; false before its first one, and when it is not followed any
// more.
func (w *Watermarks) Of(split string) (time int64, ok bool) {
	s := w.splits[split]
	if s == nil || s.time == batch.MinWatermark {
		return 0, false
	}
	return s.time, true
}

// Follows reports whether the watermark of a split is followed.
func (w *Watermarks) Follows(split string) bool { return w.splits[split] != nil }

// Ahead reports whether a split is further ahead of the slowest one that is not idle than by.
func (w *Watermarks) Ahead(split string, by time.Duration) bool {
	s := w.splits[split]
	if s == nil || s.time == batch.MinWatermark {
		return false
	}
	lowest, others := int64(batch.MaxWatermark), false
	for id, other := range w.splits {
		if id != split && !other.idle {
			others = true
			lowest = min(lowest, other.time)
		}
	}
	if !others || lowest == batch.MinWatermark {
		return others // nothing is known of the slowest yet: wait for it
	}
	return s.time-lowest > by.Microseconds()
}

const segmentSplits = "splits"

// Snapshot freezes the watermarks of all splits. Which of them are idle is not kept: after a restart
// a split has its time to say something.
func (w *Watermarks) Snapshot(into *state.Snapshot) {
	w.version++
	into.Add(segmentSplits, w.version, func() func(*state.Writer) {
		current, splits := w.current, make(map[string]splitWatermark, len(w.splits))
		for id, s := range w.splits {
			splits[id] = *s
		}
		return func(out *state.Writer) {
			out.Int(current)
			out.Uint(uint64(len(splits)))
			for _, id := range slices.Sorted(maps.Keys(splits)) {
				s := splits[id]
				out.String(id)
				out.Int(s.time)
				out.Bool(s.ended)
				out.Uint(uint64(s.unopened))
			}
		}
	})
}

// Restore takes over the watermarks of splits; there is one task for them.
func (w *Watermarks) Restore(from *state.Restored) error {
	w.version, w.restored = from.NextVersion(), true
	now := time.Now()
	return from.Each(func(_ state.Stored, data *state.Reader) error {
		w.current = data.Int()
		for range data.Count(1) {
			id := data.String()
			w.splits[id] = &splitWatermark{time: data.Int(), ended: data.Bool(), unopened: int(data.Uint()), seen: now}
		}
		return data.Err()
	})
}

// Size is the memory that the watermarks take, in bytes.
func (w *Watermarks) Size() int {
	const each = 128 // a map entry with a name and what it points to
	return each * len(w.splits)
}
