package operator

import (
	"context"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Tumble is windows of a fixed size: [k*Size+Offset, (k+1)*Size+Offset), in microseconds.
type Tumble struct {
	Size, Offset int64
	// Tick is the smallest step of the event time, in microseconds: the last instant of a window is
	// one tick before its end.
	Tick int64
}

// Tick returns the smallest step of an event time of type t: a millisecond, as in Flink, unless the
// type is finer.
func Tick(t types.Type) int64 {
	if t.Precision > 3 {
		return types.Microsecond
	}
	return types.Millisecond
}

// start returns the start of the window that holds a time.
func (w Tumble) start(micros int64) int64 {
	return micros - types.FloorMod(micros-w.Offset, w.Size)
}

// Window adds the bounds of the window of each row's time.
type Window struct {
	stateless
	time int
	spec Tumble
}

// NewWindow returns an operator that reads the time column at a position.
func NewWindow(time int, spec Tumble) *Window { return &Window{time: time, spec: spec} }

// Process emits every row with window_start, window_end and window_time; rows whose time is NULL
// have no window and are dropped, as in Flink.
func (w *Window) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	if valid := b.Columns[w.time].Valid(); valid.Count(b.Rows()) < b.Rows() {
		var rows []int32
		for i := range b.Rows() {
			if valid.Get(i) {
				rows = append(rows, int32(i))
			}
		}
		b = b.Gather(rows)
	}
	times := batch.Values[int64](b.Columns[w.time])
	starts, ends, lasts := make([]int64, len(times)), make([]int64, len(times)), make([]int64, len(times))
	for i, t := range times {
		starts[i] = w.spec.start(t)
		ends[i] = starts[i] + w.spec.Size
		lasts[i] = ends[i] - w.spec.Tick
	}
	bounded := batch.New(b.Rows(), slices.Concat(b.Columns, []batch.Column{
		batch.NewFixed(starts, nil), batch.NewFixed(ends, nil), batch.NewFixed(lasts, nil),
	})...)
	bounded.Changes = b.Changes
	return out.Emit(ctx, bounded)
}
