package job

import (
	"context"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
)

// end is where the rows of a chain go: a sink, or the exchange to other tasks.
type end interface {
	operator.Emitter
	// watermark passes a watermark on, after the rows before it.
	watermark(ctx context.Context, wm batch.Watermark) error
	// barrier passes a barrier on, after the rows before it, and notes in a what the checkpoint has to
	// know.
	barrier(ctx context.Context, b batch.Barrier, a *ack) error
	// finish passes on that nothing more comes, and returns when what was sent is safe; it notes in a
	// what is still to be committed.
	finish(ctx context.Context, a *ack) error
	// close releases what the end holds, after finish or in its place.
	close() error
}

// chain is the operators of one task in order, and where their rows go.
type chain struct {
	job     *attempt
	steps   []step
	end     end
	eval    *expr.Context
	weighed int64 // when the state of the steps was last weighed, in microseconds
}

// step is an operator of a chain.
type step struct {
	operator.Operator
	saved *savedOperator // nil: it has no state
}

// link is the place behind step i-1 of a chain.
type link struct {
	chain *chain
	next  int
}

// Emit gives rows to the next step, or to the end.
func (l link) Emit(ctx context.Context, b *batch.Batch) error {
	if l.next == len(l.chain.steps) {
		return l.chain.end.Emit(ctx, b)
	}
	return l.chain.steps[l.next].Process(ctx, b, link{l.chain, l.next + 1})
}

// process sends rows through the chain.
func (c *chain) process(ctx context.Context, b *batch.Batch) error {
	c.eval.Now = time.Now().UnixMicro()
	if err := (link{c, 0}).Emit(ctx, b); err != nil {
		return err
	}
	return c.weigh()
}

// advance sends a watermark through the chain: what it completes in a step passes the steps behind
// before the watermark does.
func (c *chain) advance(ctx context.Context, wm batch.Watermark) error {
	c.eval.Now = time.Now().UnixMicro()
	for i, step := range c.steps {
		if err := step.Advance(ctx, wm, link{c, i + 1}); err != nil {
			return err
		}
	}
	if !wm.Idle {
		c.eval.Watermark, c.eval.HasWatermark = wm.Time, true
	}
	return c.end.watermark(ctx, wm)
}

// barrier freezes the state of all steps and passes the barrier on.
func (c *chain) barrier(ctx context.Context, b batch.Barrier, a *ack) error {
	for _, s := range c.steps {
		if s.saved != nil {
			a.operators = append(a.operators, s.saved.freeze())
		}
	}
	return c.end.barrier(ctx, b, a)
}

// finish completes everything that is open and ends the chain.
func (c *chain) finish(ctx context.Context, a *ack) error {
	if err := c.advance(ctx, batch.Watermark{Time: batch.MaxWatermark}); err != nil {
		return err
	}
	for _, s := range c.steps {
		if s.saved != nil {
			a.operators = append(a.operators, s.saved.empty())
		}
	}
	return c.end.finish(ctx, a)
}
