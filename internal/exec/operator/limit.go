package operator

import (
	"context"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
)

// Limit leaves out the first rows, and those after a number of rows.
type Limit struct {
	skip, left int64 // rows still to leave out, and to let through; left < 0: all
	reached    func()
	version    uint64
}

// NewLimit returns an operator that leaves out the first skip rows and lets the next count ones
// through, all if count is negative. It calls reached once no further row will come out; nil: nobody
// cares.
func NewLimit(skip, count int64, reached func()) *Limit {
	l := &Limit{skip: skip, left: count, reached: reached}
	l.check()
	return l
}

// check tells those who wait for it that no further row will come out.
func (l *Limit) check() {
	if l.left == 0 && l.reached != nil {
		l.reached()
		l.reached = nil
	}
}

// Process emits the rows that are within the limit.
func (l *Limit) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	rows := int64(b.Rows())
	from := min(l.skip, rows)
	to := rows
	if l.left >= 0 {
		to = min(rows, from+l.left)
	}
	if l.skip == 0 && l.left == 0 {
		return nil
	}
	l.version++
	l.skip -= from
	if l.left > 0 {
		l.left -= to - from
	}
	switch {
	case from == to:
		return nil
	case from > 0 || to < rows:
		b = b.Gather(sequence(int(to))[from:])
	}
	if err := out.Emit(ctx, b); err != nil {
		return err
	}
	l.check()
	return nil
}

// Advance does nothing.
func (l *Limit) Advance(context.Context, batch.Watermark, Emitter) error { return nil }

// State is how many rows there still are to come.
func (l *Limit) State() Stateful { return l }

const segmentLimit = "limit"

// Snapshot freezes the numbers of rows.
func (l *Limit) Snapshot(into *state.Snapshot) {
	into.Add(segmentLimit, l.version, func() func(w *state.Writer) {
		skip, left := l.skip, l.left
		return func(w *state.Writer) {
			w.Int(skip)
			w.Int(left)
		}
	})
}

// Restore takes over the numbers of rows.
func (l *Limit) Restore(from *state.Restored) error {
	l.version = from.NextVersion()
	err := from.Each(func(_ state.Stored, data *state.Reader) error {
		l.skip, l.left = data.Int(), data.Int()
		return data.Err()
	})
	if err == nil {
		l.check()
	}
	return err
}

// Size is small.
func (l *Limit) Size() int { return 16 }
