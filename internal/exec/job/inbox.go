package job

import (
	"context"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
)

// queueSize is how many messages of one sender may wait for a task. A few keep sender and receiver
// from waiting for each other; each may be thousands of rows, so more would only add memory and
// latency. It bounds what waits behind a barrier as well.
const queueSize = 4

// inbox is what a keyed task receives, from several senders. Each has its own queue: once a sender has
// sent a barrier, its queue is left alone until all others have sent theirs.
type inbox struct {
	queues     []chan batch.Message // by sender
	ready      chan struct{}        // holds a token when something was put into a queue
	last       int                  // sender of the last message, so that all have their turn
	watermarks []batch.Watermark    // by sender
	ended      []bool
	blocked    []bool        // has sent the barrier that others have not sent yet
	barrier    batch.Barrier // the one that the blocked have sent
	open       int           // senders that have not ended
	current    batch.Watermark
}

func newInbox(senders int) *inbox {
	in := &inbox{
		queues: make([]chan batch.Message, senders), ready: make(chan struct{}, 1),
		watermarks: make([]batch.Watermark, senders), ended: make([]bool, senders), blocked: make([]bool, senders), open: senders,
		current: batch.Watermark{Time: batch.MinWatermark},
	}
	for i := range in.queues {
		in.queues[i] = make(chan batch.Message, queueSize)
		in.watermarks[i].Time = batch.MinWatermark
	}
	return in
}

// send puts a message into a sender's queue, when there is room.
func (in *inbox) send(ctx context.Context, from int, m batch.Message) error {
	select {
	case in.queues[from] <- m:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case in.ready <- struct{}{}:
	default: // it will look at all queues
	}
	return nil
}

// next returns the next message and who sent it, when there is one.
func (in *inbox) next(ctx context.Context) (from int, m batch.Message, err error) {
	for {
		for i := range in.queues {
			from := (in.last + 1 + i) % len(in.queues)
			if in.blocked[from] {
				continue
			}
			select {
			case m := <-in.queues[from]:
				in.last = from
				return from, m, nil
			default:
			}
		}
		select {
		case <-ctx.Done():
			return 0, nil, context.Cause(ctx)
		case <-in.ready:
		}
	}
}

// keyedTask sends what arrives in an inbox through a chain, until all senders have ended.
type keyedTask struct {
	job   *attempt
	id    int // among the tasks of the job
	in    *inbox
	chain *chain
}

func (t *keyedTask) run(ctx context.Context) (err error) {
	defer func() { err = closeEnd(t.chain, err) }()
	for t.in.open > 0 {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		from, m, err := t.in.next(ctx)
		if err != nil {
			return err
		}
		if err := t.receive(ctx, from, m); err != nil {
			return err
		}
	}
	last := &ack{task: t.id}
	if err := t.chain.finish(ctx, last); err != nil {
		return err
	}
	return t.job.ended(ctx, last)
}

func closeEnd(c *chain, err error) error {
	if closed := c.end.close(); err == nil {
		return closed
	}
	return err
}

func (t *keyedTask) receive(ctx context.Context, from int, m batch.Message) error {
	in := t.in
	switch m := m.(type) {
	case *batch.Batch:
		return t.chain.process(ctx, m)
	case batch.Barrier:
		in.blocked[from] = true
		return t.align(ctx, m)
	case batch.Watermark:
		in.watermarks[from] = m
	case batch.End:
		in.open--
		in.ended[from] = true
		in.watermarks[from] = batch.Watermark{Time: batch.MaxWatermark}
	}
	merged := mergeWatermarks(in.watermarks, in.current)
	if merged != in.current && in.open > 0 {
		in.current = merged
		if err := t.chain.advance(ctx, merged); err != nil {
			return err
		}
	}
	if slices.Contains(in.blocked, true) && in.ended[from] {
		return t.align(ctx, in.barrier) // perhaps it was the last one to wait for
	}
	return nil
}

// align takes the snapshot of the task and passes the barrier on, once every sender has sent it or
// has ended.
func (t *keyedTask) align(ctx context.Context, b batch.Barrier) error {
	in := t.in
	for i := range in.queues {
		if !in.blocked[i] && !in.ended[i] {
			in.barrier = b
			return nil
		}
	}
	clear(in.blocked)
	a := &ack{task: t.id, epoch: b.Epoch}
	if err := t.chain.barrier(ctx, b, a); err != nil {
		return err
	}
	return t.job.coordinator.acknowledge(ctx, a)
}
