package operator

import (
	"context"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Windows is a series of windows, in microseconds. Time is cut into panes, moved by Offset; every window
// is made of whole panes:
//
//   - tumbling windows are one pane each (Pane = Slide = Size);
//   - hopping windows begin every Slide and are Size/Pane panes, where Pane divides both;
//   - cumulating windows begin at multiples of Size and are the first 1, 2, ... panes from there
//     (Pane = Slide).
type Windows struct {
	Size, Slide, Offset int64
	Pane                int64
	Cumulate            bool
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

// pane returns the start of the pane that holds a time.
func (w Windows) pane(micros int64) int64 {
	return micros - types.FloorMod(micros-w.Offset, w.Pane)
}

// start returns the start of the window that ends at end.
func (w Windows) start(end int64) int64 {
	if w.Cumulate {
		return end - w.Slide - types.FloorMod(end-w.Slide-w.Offset, w.Size)
	}
	return end - w.Size
}

// firstEnd and lastEnd return the ends of the first and the last window that hold a pane; those between
// are Slide apart. If none does, the last end is before the first.
func (w Windows) firstEnd(pane int64) int64 {
	if w.Cumulate {
		return pane + w.Slide
	}
	end := pane + w.Pane
	return end + types.FloorMod(w.Offset+w.Size-end, w.Slide)
}

func (w Windows) lastEnd(pane int64) int64 {
	if w.Cumulate {
		return w.start(pane+w.Slide) + w.Size
	}
	return pane - types.FloorMod(pane-w.Offset, w.Slide) + w.Size
}

// complete reports whether no more row is expected in the window that ends at end.
func (w Windows) complete(end, watermark int64) bool { return end-w.Tick <= watermark }

// Window adds the bounds of the windows of each row's time.
type Window struct {
	stateless
	time int
	spec Windows
}

// NewWindow returns an operator that reads the time column at a position.
func NewWindow(time int, spec Windows) *Window { return &Window{time: time, spec: spec} }

// Process emits every row once for each of its windows, with window_start, window_end and
// window_time; rows whose time is NULL have no window and are dropped, as in Flink.
func (w *Window) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	time := b.Columns[w.time]
	times, valid := batch.Values[int64](time), time.Valid()
	rows := make([]int32, 0, b.Rows())
	starts, ends, lasts := make([]int64, 0, b.Rows()), make([]int64, 0, b.Rows()), make([]int64, 0, b.Rows())
	for row, t := range times {
		if !valid.Get(row) {
			continue
		}
		pane := w.spec.pane(t)
		for end := w.spec.firstEnd(pane); end <= w.spec.lastEnd(pane); end += w.spec.Slide {
			rows = append(rows, int32(row))
			starts, ends, lasts = append(starts, w.spec.start(end)), append(ends, end), append(lasts, end-w.spec.Tick)
		}
	}
	if len(rows) != b.Rows() || w.spec.Slide != w.spec.Size {
		b = b.Gather(rows)
	}
	bounded := batch.New(len(rows), slices.Concat(b.Columns, []batch.Column{
		batch.NewFixed(starts, nil), batch.NewFixed(ends, nil), batch.NewFixed(lasts, nil),
	})...)
	bounded.Changes = b.Changes
	return out.Emit(ctx, bounded)
}
