package operator

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// WindowAggregateConfig says what a WindowAggregate computes.
type WindowAggregateConfig struct {
	Time int // position of the event-time column
	// Attached says that rows have their windows already: Time is the column of their window's end.
	// Such a window is a single pane.
	Attached   bool
	Spec       Windows
	Keys       []expr.Expr
	Aggregates []*expr.Aggregate
	Eval       *expr.Context
	Late       *atomic.Int64 // counts rows that came after their windows were emitted, or have no time
}

// WindowAggregate groups rows by window and keys. It keeps one table per pane, so that what is
// complete is freed as a whole, and so that a row is added once however many windows it falls into:
// the panes of a window are put together when it is emitted.
type WindowAggregate struct {
	cfg       WindowAggregateConfig
	in        evaluator
	panes     map[int64]*pane // by start
	watermark int64
	version   uint64   // the last one given to a pane
	usual     int      // groups of the largest pane that was completed last
	groups    []uint32 // scratch
}

// NewWindowAggregate returns an aggregation with no open windows.
func NewWindowAggregate(cfg WindowAggregateConfig) *WindowAggregate {
	return &WindowAggregate{
		cfg: cfg, in: newEvaluator(cfg.Keys, cfg.Aggregates, cfg.Eval),
		panes: map[int64]*pane{}, watermark: batch.MinWatermark,
	}
}

// Process adds rows to their windows. It emits nothing.
func (a *WindowAggregate) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	in, err := a.in.evaluate(b)
	if err != nil {
		return err
	}
	time := b.Columns[a.cfg.Time]
	times, valid := batch.Values[int64](time), time.Valid()
	for from := 0; from < b.Rows(); {
		if !valid.Get(from) {
			a.cfg.Late.Add(1)
			from++
			continue
		}
		// Rows come nearly in order of time: take the run of rows of one pane at once.
		start, low, high := a.pane(times[from])
		to := from + 1
		for to < b.Rows() && times[to] >= low && times[to] < high && valid.Get(to) {
			to++
		}
		switch first, last := a.ends(start); {
		case last < first: // between two windows
		case a.cfg.Spec.complete(last, a.watermark):
			a.cfg.Late.Add(int64(to - from))
		default:
			err = a.add(start, in, from, to)
		}
		if err != nil {
			return err
		}
		from = to
	}
	return nil
}

// pane returns the start of the pane of a row's time, and the times from low to high-1 that belong to
// the same pane.
func (a *WindowAggregate) pane(micros int64) (start, low, high int64) {
	if a.cfg.Attached {
		return micros - a.cfg.Spec.Slide, micros, micros + 1
	}
	start = a.cfg.Spec.pane(micros)
	return start, start, start + a.cfg.Spec.Pane
}

// ends returns the ends of the first and the last window that hold a pane; none does if the last is
// before the first.
func (a *WindowAggregate) ends(pane int64) (first, last int64) {
	if a.cfg.Attached {
		return pane + a.cfg.Spec.Slide, pane + a.cfg.Spec.Slide
	}
	return a.cfg.Spec.firstEnd(pane), a.cfg.Spec.lastEnd(pane)
}

// add adds rows from to to-1 to the pane that starts at start.
func (a *WindowAggregate) add(start int64, in *inputs, from, to int) error {
	p := a.panes[start]
	if p == nil {
		p = newPane(a.cfg.Aggregates, a.usual)
		a.panes[start] = p
	}
	a.version++
	p.version = a.version
	a.groups = p.table.Groups(in.keys, from, to, a.groups[:0])
	return p.add(a.groups, in, from)
}

// Advance emits the windows that the watermark completes, oldest first.
func (a *WindowAggregate) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	if wm.Idle || wm.Time <= a.watermark {
		return nil
	}
	for _, end := range a.completed(wm.Time) {
		start := a.cfg.Spec.start(end)
		p, err := a.window(start, end)
		if err != nil {
			return err
		}
		if err := out.Emit(ctx, a.result(p, start, end)); err != nil {
			return err
		}
	}
	usual := 0
	for start, p := range a.panes {
		if _, last := a.ends(start); a.cfg.Spec.complete(last, wm.Time) {
			usual = max(usual, p.table.Len())
			delete(a.panes, start)
		}
	}
	if usual > 0 {
		a.usual = usual
	}
	a.watermark = wm.Time
	return nil
}

// completed returns the ends of the windows with rows that a watermark completes and the last one
// did not, in order.
func (a *WindowAggregate) completed(watermark int64) []int64 {
	var ends []int64
	for start := range a.panes {
		end, last := a.ends(start)
		for ; end <= last && a.cfg.Spec.complete(end, watermark); end += a.cfg.Spec.Slide {
			if !a.cfg.Spec.complete(end, a.watermark) {
				ends = append(ends, end)
			}
		}
	}
	slices.Sort(ends)
	return slices.Compact(ends)
}

// window returns the groups of a window: its one pane, or its panes put together.
func (a *WindowAggregate) window(start, end int64) (*pane, error) {
	if a.cfg.Attached || a.cfg.Spec.Slide == a.cfg.Spec.Size {
		return a.panes[end-a.cfg.Spec.Slide], nil
	}
	merged := newPane(a.cfg.Aggregates, a.usual)
	for at := start; at < end; at += a.cfg.Spec.Pane {
		if p := a.panes[at]; p != nil {
			if err := merged.merge(p); err != nil {
				return nil, err
			}
		}
	}
	return merged, nil
}

// result returns the rows of a window: keys, aggregates, window_start, window_end, window_time.
func (a *WindowAggregate) result(p *pane, start, end int64) *batch.Batch {
	groups := p.table.Len()
	var columns []batch.Column
	if len(a.cfg.Keys) > 0 {
		columns = p.table.Columns(a.in.encoder)
	}
	for _, accumulator := range p.accumulators {
		columns = append(columns, accumulator.Result(groups))
	}
	for _, bound := range []int64{start, end, end - a.cfg.Spec.Tick} {
		columns = append(columns, expr.Repeat(bound, types.Of(types.BigInt), groups))
	}
	return batch.New(groups, columns...)
}

// State is the open windows.
func (a *WindowAggregate) State() Stateful { return a }

// Names of segments: one for each pane, with its start behind the prefix, and one for the rest.
const (
	segmentPane  = "pane:"
	segmentClock = "clock"
)

// Snapshot freezes the panes that have changed.
func (a *WindowAggregate) Snapshot(into *state.Snapshot) {
	a.version++
	into.Add(segmentClock, a.version, freezeNumber(a.watermark))
	for _, start := range slices.Sorted(maps.Keys(a.panes)) {
		p := a.panes[start]
		into.Add(segmentPane+strconv.FormatInt(start, 10), p.version, p.freeze)
	}
}

// freezeNumber returns a freeze function for a number.
func freezeNumber(v int64) func() func(w *state.Writer) {
	return func() func(w *state.Writer) { return func(w *state.Writer) { w.Int(v) } }
}

// Restore takes over the groups of owned keys. All tasks of a stage have seen the same watermark at
// the barrier.
func (a *WindowAggregate) Restore(from *state.Restored) error {
	a.version = from.NextVersion()
	return from.Each(func(s state.Stored, data *state.Reader) error {
		if s.Name == segmentClock {
			a.watermark = data.Int()
			return data.Err()
		}
		text, ok := strings.CutPrefix(s.Name, segmentPane)
		start, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil {
			return state.Damaged("no window has segments of this name")
		}
		p, err := readPane(data, a.cfg.Aggregates)
		if err != nil {
			return err
		}
		if from.Whole(s) {
			p.version = s.Version
			a.panes[start] = p
			return nil
		}
		own := a.panes[start]
		if own == nil {
			own = newPane(a.cfg.Aggregates, 0)
		}
		if err := own.mergeWhere(p, from.Owns); err != nil {
			return err
		}
		if own.table.Len() > 0 {
			own.version = a.version
			a.panes[start] = own
		}
		return nil
	})
}

// Size is the memory that the open windows take, in bytes.
func (a *WindowAggregate) Size() int {
	size := 0
	for _, p := range a.panes {
		size += p.size()
	}
	return size
}
