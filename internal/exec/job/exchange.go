package job

import (
	"context"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// mergeWatermarks returns the smallest watermark of the senders that are not idle; idle if all are.
// It is never before current.
func mergeWatermarks(all []batch.Watermark, current batch.Watermark) batch.Watermark {
	lowest, active := int64(batch.MaxWatermark), false
	for _, wm := range all {
		if !wm.Idle {
			active = true
			lowest = min(lowest, wm.Time)
		}
	}
	if !active {
		return batch.Watermark{Time: current.Time, Idle: true}
	}
	return batch.Watermark{Time: max(lowest, current.Time)}
}

// exchange sends every row to the task that owns its key.
type exchange struct {
	keys    []expr.Expr
	eval    *expr.Context
	encoder *state.Encoder
	inboxes []*inbox
	from    int
	rows    [][]int32 // scratch: rows by receiver
}

func newExchange(keys []expr.Expr, inboxes []*inbox, from int, eval *expr.Context) *exchange {
	kinds := make([]types.Type, len(keys))
	for i, key := range keys {
		kinds[i] = key.Type()
	}
	return &exchange{keys: keys, eval: eval, encoder: state.NewEncoder(kinds), inboxes: inboxes, from: from, rows: make([][]int32, len(inboxes))}
}

// Emit distributes the rows of b.
func (e *exchange) Emit(ctx context.Context, b *batch.Batch) error {
	if len(e.inboxes) == 1 {
		return e.send(ctx, 0, b)
	}
	columns := make([]batch.Column, len(e.keys))
	for i, key := range e.keys {
		var err error
		if columns[i], err = key.Eval(e.eval, b); err != nil {
			return err
		}
	}
	keys := e.encoder.Encode(columns, b.Rows())
	for i := range e.rows {
		e.rows[i] = e.rows[i][:0]
	}
	for row, hash := range keys.Hashes {
		if !keys.Present.Get(row) {
			hash = 0
		}
		receiver := state.Partition(hash, len(e.inboxes))
		e.rows[receiver] = append(e.rows[receiver], int32(row))
	}
	for receiver, rows := range e.rows {
		if len(rows) == 0 {
			continue
		}
		if err := e.send(ctx, receiver, b.Gather(rows)); err != nil {
			return err
		}
	}
	return nil
}

func (e *exchange) send(ctx context.Context, receiver int, m batch.Message) error {
	return e.inboxes[receiver].send(ctx, e.from, m)
}

func (e *exchange) broadcast(ctx context.Context, m batch.Message) error {
	for receiver := range e.inboxes {
		if err := e.send(ctx, receiver, m); err != nil {
			return err
		}
	}
	return nil
}

func (e *exchange) watermark(ctx context.Context, wm batch.Watermark) error {
	if wm.Time == batch.MaxWatermark {
		return nil // End says it
	}
	return e.broadcast(ctx, wm)
}

func (e *exchange) barrier(ctx context.Context, b batch.Barrier, _ *ack) error {
	return e.broadcast(ctx, b)
}

func (e *exchange) finish(ctx context.Context, _ *ack) error { return e.broadcast(ctx, batch.End{}) }

func (e *exchange) close() error { return nil }
