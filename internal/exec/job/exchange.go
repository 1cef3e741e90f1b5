package job

import (
	"context"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// envelope is a message and who sent it.
type envelope struct {
	from    int
	message batch.Message
}

// inboxSize is how many messages may wait for a task. A few keep sender and receiver from waiting
// for each other; each may be thousands of rows, so more would only add memory and latency.
const inboxSize = 8

// inbox is what a keyed task receives, from several senders.
type inbox struct {
	messages   chan envelope
	watermarks []batch.Watermark // by sender
	open       int               // senders that have not ended
	current    batch.Watermark   // last one passed on
}

func newInbox(senders int) *inbox {
	in := &inbox{
		messages: make(chan envelope, inboxSize), watermarks: make([]batch.Watermark, senders), open: senders,
		current: batch.Watermark{Time: batch.MinWatermark},
	}
	for i := range in.watermarks {
		in.watermarks[i].Time = batch.MinWatermark
	}
	return in
}

// run returns the task that sends what arrives through the chain, until all senders have ended.
func (in *inbox) run(c *chain) task {
	return func(ctx context.Context) (err error) {
		defer func() { err = closeEnd(c, err) }()
		for in.open > 0 {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case e := <-in.messages:
				if err := in.receive(ctx, c, e); err != nil {
					return err
				}
			}
		}
		return c.finish(ctx)
	}
}

func closeEnd(c *chain, err error) error {
	if closed := c.end.close(); err == nil {
		return closed
	}
	return err
}

func (in *inbox) receive(ctx context.Context, c *chain, e envelope) error {
	switch m := e.message.(type) {
	case *batch.Batch:
		return c.process(ctx, m)
	case batch.Watermark:
		in.watermarks[e.from] = m
	case batch.End:
		in.open--
		in.watermarks[e.from] = batch.Watermark{Time: batch.MaxWatermark}
	}
	merged := mergeWatermarks(in.watermarks, in.current)
	if merged == in.current || in.open == 0 {
		return nil
	}
	in.current = merged
	return c.advance(ctx, merged)
}

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
	select {
	case e.inboxes[receiver].messages <- envelope{e.from, m}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
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

func (e *exchange) finish(ctx context.Context) error { return e.broadcast(ctx, batch.End{}) }

func (e *exchange) close() error { return nil }
