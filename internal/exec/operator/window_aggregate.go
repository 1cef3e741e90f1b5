package operator

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// WindowAggregateConfig says what a WindowAggregate computes.
type WindowAggregateConfig struct {
	Time       int // position of the event-time column
	Spec       Tumble
	Keys       []expr.Expr
	Aggregates []*expr.Aggregate
	Eval       *expr.Context
	Late       *atomic.Int64 // counts rows that came after their window was emitted, or have no time
}

// WindowAggregate groups rows by tumbling window and keys. It keeps one table per open window, so
// that a window that is complete is emitted and freed as a whole.
type WindowAggregate struct {
	cfg       WindowAggregateConfig
	encoder   *state.Encoder
	windows   map[int64]*openWindow // by start
	watermark int64
	groups    []uint32 // scratch
}

// openWindow is the groups of a window that is not complete.
type openWindow struct {
	table        *state.Table
	accumulators []expr.Accumulator
	distinct     []*state.Table // per aggregate: (group, value) pairs seen; nil: not DISTINCT
}

// NewWindowAggregate returns an aggregation with no open windows.
func NewWindowAggregate(cfg WindowAggregateConfig) *WindowAggregate {
	kinds := make([]types.Type, len(cfg.Keys))
	for i, key := range cfg.Keys {
		kinds[i] = key.Type()
	}
	return &WindowAggregate{
		cfg: cfg, encoder: state.NewEncoder(kinds),
		windows: map[int64]*openWindow{}, watermark: batch.MinWatermark,
	}
}

// inputs is what a batch contributes: keys, and argument and validity of each aggregate.
type inputs struct {
	keys  *state.Keys
	args  []batch.Column // nil for COUNT(*)
	valid []batch.Bitmap
}

// Process adds rows to their windows. It emits nothing.
func (a *WindowAggregate) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	in, err := a.evaluate(b)
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
		// Rows come nearly in order of time: take the run of rows of one window at once.
		start := a.cfg.Spec.start(times[from])
		end, to := start+a.cfg.Spec.Size, from+1
		for to < b.Rows() && times[to] >= start && times[to] < end && valid.Get(to) {
			to++
		}
		if end-a.cfg.Spec.Tick <= a.watermark {
			a.cfg.Late.Add(int64(to - from))
		} else if err := a.add(start, in, from, to); err != nil {
			return err
		}
		from = to
	}
	return nil
}

func (a *WindowAggregate) evaluate(b *batch.Batch) (*inputs, error) {
	in := &inputs{args: make([]batch.Column, len(a.cfg.Aggregates)), valid: make([]batch.Bitmap, len(a.cfg.Aggregates))}
	keys := make([]batch.Column, len(a.cfg.Keys))
	for i, key := range a.cfg.Keys {
		var err error
		if keys[i], err = key.Eval(a.cfg.Eval, b); err != nil {
			return nil, err
		}
	}
	in.keys = a.encoder.Encode(keys, b.Rows())
	for i, aggregate := range a.cfg.Aggregates {
		if aggregate.Filter != nil {
			passes, err := aggregate.Filter.Eval(a.cfg.Eval, b)
			if err != nil {
				return nil, err
			}
			in.valid[i] = truth(passes, b.Rows())
		}
		if aggregate.Arg == nil {
			continue
		}
		arg, err := aggregate.Arg.Eval(a.cfg.Eval, b)
		if err != nil {
			return nil, err
		}
		in.args[i], in.valid[i] = arg, batch.And(in.valid[i], arg.Valid())
	}
	return in, nil
}

// truth returns the rows where a BOOLEAN column is true.
func truth(column batch.Column, rows int) batch.Bitmap {
	out := batch.NewBitmap(rows)
	for _, row := range selected(column, rows) {
		out.Set(int(row))
	}
	return out
}

// add adds rows from to to-1 to the window that starts at start.
func (a *WindowAggregate) add(start int64, in *inputs, from, to int) error {
	w := a.windows[start]
	if w == nil {
		w = a.open()
		a.windows[start] = w
	}
	a.groups = w.table.Groups(in.keys, from, to, a.groups[:0])
	for i, accumulator := range w.accumulators {
		accumulator.Resize(w.table.Len())
		valid := in.valid[i]
		if w.distinct[i] != nil {
			valid = firstSeen(w.distinct[i], a.groups, in.args[i], valid, from)
		}
		if err := accumulator.Add(a.groups, in.args[i], valid, from); err != nil {
			return err
		}
	}
	return nil
}

func (a *WindowAggregate) open() *openWindow {
	w := &openWindow{
		table:        state.NewTable(),
		accumulators: make([]expr.Accumulator, len(a.cfg.Aggregates)),
		distinct:     make([]*state.Table, len(a.cfg.Aggregates)),
	}
	for i, aggregate := range a.cfg.Aggregates {
		w.accumulators[i] = aggregate.New()
		if aggregate.Distinct {
			w.distinct[i] = state.NewTable()
		}
	}
	return w
}

// firstSeen returns which of the rows from from on bring a value that their group did not have. The
// bitmap covers rows 0 to from+len(groups)-1.
func firstSeen(seen *state.Table, groups []uint32, arg batch.Column, valid batch.Bitmap, from int) batch.Bitmap {
	rows, numbers := make([]int32, 0, len(groups)), make([]int32, 0, len(groups))
	for i, group := range groups {
		if valid.Get(from + i) {
			rows, numbers = append(rows, int32(from+i)), append(numbers, int32(group))
		}
	}
	encoder := state.NewEncoder(nil)
	pairs := encoder.Encode([]batch.Column{batch.NewFixed(numbers, nil), arg.Gather(rows)}, len(rows))
	first := batch.NewBitmap(from + len(groups))
	var pair []uint32
	for i, row := range rows {
		before := seen.Len()
		pair = seen.Groups(pairs, i, i+1, pair[:0])
		if seen.Len() > before {
			first.Set(int(row))
		}
	}
	return first
}

// Advance emits the windows that the watermark completes, oldest first.
func (a *WindowAggregate) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	if wm.Idle || wm.Time <= a.watermark {
		return nil
	}
	a.watermark = wm.Time
	var complete []int64
	for start := range a.windows {
		if start+a.cfg.Spec.Size-a.cfg.Spec.Tick <= wm.Time {
			complete = append(complete, start)
		}
	}
	slices.Sort(complete)
	for _, start := range complete {
		w := a.windows[start]
		delete(a.windows, start)
		if err := out.Emit(ctx, a.result(w, start)); err != nil {
			return err
		}
	}
	return nil
}

// result returns the rows of a window: keys, aggregates, window_start, window_end, window_time.
func (a *WindowAggregate) result(w *openWindow, start int64) *batch.Batch {
	groups := w.table.Len()
	var columns []batch.Column
	if len(a.cfg.Keys) > 0 {
		columns = w.table.Columns(a.encoder)
	}
	for _, accumulator := range w.accumulators {
		columns = append(columns, accumulator.Result(groups))
	}
	end := start + a.cfg.Spec.Size
	for _, bound := range []int64{start, end, end - a.cfg.Spec.Tick} {
		columns = append(columns, expr.Repeat(bound, types.Of(types.BigInt), groups))
	}
	return batch.New(groups, columns...)
}

// Size is the memory that the open windows take, in bytes.
func (a *WindowAggregate) Size() int {
	size := 0
	for _, w := range a.windows {
		size += w.table.Size()
		for i, accumulator := range w.accumulators {
			size += accumulator.Size()
			if w.distinct[i] != nil {
				size += w.distinct[i].Size()
			}
		}
	}
	return size
}
