package operator

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
)

// TimeSort emits rows in the order of their time, as the watermark passes it; rows of one time in an
// order of their own, and then in that in which they came.
type TimeSort struct {
	pending *pending
	then    []expr.SortKey
	eval    *expr.Context
}

// NewTimeSort returns an operator without rows. time is the position of the event-time column; late
// counts rows that came after the watermark, or have no time.
func NewTimeSort(time int, then []expr.SortKey, eval *expr.Context, late *atomic.Int64) *TimeSort {
	return &TimeSort{pending: newPending(time, late), then: then, eval: eval}
}

// Process takes rows. It emits nothing: they wait for the watermark.
func (s *TimeSort) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	s.pending.add(b)
	return nil
}

// Advance emits the rows that the watermark has passed.
func (s *TimeSort) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	return s.pending.advance(wm, func(b *batch.Batch) error {
		if len(s.then) == 0 {
			return out.Emit(ctx, b)
		}
		var keys sortKeys
		if err := encodeSortKeys(s.then, s.eval, b, &keys); err != nil {
			return err
		}
		times, rows := s.pending.times(b), sequence(b.Rows())
		for from := 0; from < len(rows); {
			to := from + 1
			for to < len(rows) && times[to] == times[from] {
				to++
			}
			slices.SortStableFunc(rows[from:to], keys.compare)
			from = to
		}
		return out.Emit(ctx, b.Gather(rows))
	})
}

// sequence returns 0 to n-1.
func sequence(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// State is the rows that wait.
func (s *TimeSort) State() Stateful { return s }

// Snapshot freezes the rows that wait.
func (s *TimeSort) Snapshot(into *state.Snapshot) { s.pending.snapshot(into) }

// Restore takes over the rows that wait; there is one task for them.
func (s *TimeSort) Restore(from *state.Restored) error {
	s.pending.version = from.NextVersion()
	return from.Each(func(_ state.Stored, data *state.Reader) error {
		return s.pending.restore(data, func(b *batch.Batch) (*batch.Batch, error) { return b, nil })
	})
}

// Size is the memory that the rows take, in bytes.
func (s *TimeSort) Size() int { return s.pending.size() }

// Sort emits all rows in an order at the end of the input.
type Sort struct {
	order   []expr.SortKey
	eval    *expr.Context
	rows    []*batch.Batch
	keys    sortKeys
	version uint64
}

// NewSort returns an operator without rows.
func NewSort(order []expr.SortKey, eval *expr.Context) *Sort { return &Sort{order: order, eval: eval} }

// Process keeps rows. It emits nothing.
func (s *Sort) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	if b.Rows() == 0 {
		return nil
	}
	s.version++
	s.rows = append(s.rows, b)
	return encodeSortKeys(s.order, s.eval, b, &s.keys)
}

// Advance emits all rows if the input has ended.
func (s *Sort) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	if wm.Time != batch.MaxWatermark || wm.Idle || len(s.rows) == 0 {
		return nil
	}
	all, order := batch.ConcatRows(s.rows), sequence(s.keys.rows())
	slices.SortStableFunc(order, s.keys.compare)
	s.rows, s.keys = nil, sortKeys{}
	for rows := range slices.Chunk(order, chunkRows) {
		if err := out.Emit(ctx, all.Gather(rows)); err != nil {
			return err
		}
	}
	return nil
}

// State is all rows so far.
func (s *Sort) State() Stateful { return s }

const segmentRows = "rows"

// Snapshot freezes the rows, which do not change any more.
func (s *Sort) Snapshot(into *state.Snapshot) {
	into.Add(segmentRows, s.version, func() func(w *state.Writer) {
		rows := slices.Clone(s.rows)
		return func(w *state.Writer) {
			w.Uint(uint64(len(rows)))
			for _, b := range rows {
				w.Uint(uint64(b.Rows()))
				w.Columns(b.Columns)
			}
		}
	})
}

// Restore takes over the rows; there is one task for them.
func (s *Sort) Restore(from *state.Restored) error {
	err := from.Each(func(_ state.Stored, data *state.Reader) error {
		for range data.Count(1) {
			rows := data.Count(0)
			b := batch.New(rows, data.Columns(rows)...)
			if err := data.Err(); err != nil {
				return err
			}
			if err := s.Process(context.Background(), b, nil); err != nil {
				return err
			}
		}
		return data.Err()
	})
	s.version = from.NextVersion()
	return err
}

// Size is the memory that the rows take, in bytes.
func (s *Sort) Size() int {
	size := s.keys.size()
	for _, b := range s.rows {
		size += b.Size()
	}
	return size
}
