package job

import (
	"context"
	"errors"
	"maps"
	"sync/atomic"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

// coordinator takes the checkpoints of an attempt, one after the other. Its state is touched by its
// own goroutine; what takes time runs in another, one at a time.
type coordinator struct {
	attempt *attempt
	keeper  *keeper
	logger  interface {
		WarnContext(ctx context.Context, msg string, args ...any)
	}

	acks     chan *ack
	listed   chan struct{} // a source task has listed its splits
	results  chan result
	release  chan struct{} // closed when sources may begin to read
	quit     chan struct{} // closed when all tasks have ended
	done     chan struct{} // closed when the goroutine has ended
	previous atomic.Pointer[segments]

	waiting     int          // sources that have not listed their splits, when the job begins without state
	released    bool         // release is closed
	finals      map[int]*ack // of tasks that have ended
	late        []prepared   // by tasks that ended after their part of the pending checkpoint
	uncommitted []prepared
	pending     *pending
	storing     *pending // a checkpoint that is being stored; nil: none
	began       time.Time
	ended       time.Time
	failures    int       // in a row
	savepoints  []request // to serve with the next checkpoint
	stopping    bool
	stop        <-chan struct{} // closed when the job is to stop; nil once that is known
}

// segmentKey names a segment of a job.
type segmentKey struct {
	operator    string
	lane, lanes int
	name        string
}

// segments is what the last checkpoint holds.
type segments map[segmentKey]checkpoint.Segment

// ack is what a task has to say at a barrier, or at its end.
type ack struct {
	task      int
	epoch     checkpoint.Epoch   // 0: the task has ended
	source    *checkpoint.Source // of a source task; VALUES have none
	operators []operatorState
	prepared  []prepared
}

// pending is a checkpoint that not all tasks have acknowledged.
type pending struct {
	epoch   checkpoint.Epoch
	parts   map[int]*ack
	began   time.Time
	stop    bool // sources read nothing behind it
	expired bool // the time is over: it is not stored
}

// result is how the storing of a checkpoint ended.
type result struct {
	err   error // the checkpoint failed
	fatal error // the job must end
}

func newCoordinator(a *attempt, k *keeper, from *checkpoint.State) *coordinator {
	c := &coordinator{
		attempt: a, keeper: k, logger: k.logger,
		acks: make(chan *ack), listed: make(chan struct{}), results: make(chan result), release: make(chan struct{}),
		quit: make(chan struct{}), done: make(chan struct{}), finals: map[int]*ack{}, stop: k.stopped,
	}
	known := segments{}
	if from != nil && !k.foreign {
		for _, operator := range from.Manifest.Operators {
			for _, lane := range operator.Lanes {
				for _, segment := range lane.Segments {
					known[segmentKey{operator.ID, lane.Lane, lane.Lanes, segment.Name}] = segment
				}
			}
		}
	}
	c.previous.Store(&known)
	return c
}

// known reports whether the last checkpoint has a segment with this version. Any task may ask.
func (c *coordinator) known(key segmentKey, version uint64) bool {
	segment, ok := (*c.previous.Load())[key]
	return ok && segment.Version == version
}

// acknowledge takes what a task has to say.
func (c *coordinator) acknowledge(ctx context.Context, a *ack) error {
	select {
	case c.acks <- a:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hasListed notes that a source task has listed its splits.
func (c *coordinator) hasListed(ctx context.Context) {
	select {
	case c.listed <- struct{}{}:
	case <-ctx.Done():
	}
}

// run takes checkpoints until the tasks have ended or the attempt fails.
func (c *coordinator) run(ctx context.Context) {
	defer close(c.done)
	if c.waiting == 0 {
		c.letRead()
	}
	c.began, c.ended = time.Now(), time.Now()
	for {
		timer, next := c.timer()
		select {
		case <-ctx.Done():
		case <-c.quit:
		case a := <-c.acks:
			c.receive(ctx, a)
		case <-c.listed:
			if c.waiting--; c.waiting == 0 && !c.released {
				c.trigger() // where each source begins is safe before the first row is read
			}
		case r := <-c.results:
			c.stored(r)
		case r := <-c.keeper.requests:
			c.savepoints = append(c.savepoints, r)
			c.trigger()
		case <-c.stop:
			c.stop, c.stopping = nil, true
			c.trigger()
		case <-timer:
			next()
		}
		select {
		case <-ctx.Done():
			c.abandon()
			return
		case <-c.quit:
			c.abandon()
			return
		default:
		}
	}
}

// abandon waits for a checkpoint that is being stored, and refuses savepoints.
func (c *coordinator) abandon() {
	if c.storing != nil {
		if r := <-c.results; r.err == nil && r.fatal == nil {
			c.uncommitted = nil
		}
	}
	for _, r := range c.savepoints {
		r.done <- diag.Errorf(diag.Interrupted, diag.Span{}, "the job ended before the savepoint was complete")
	}
	c.savepoints = nil
}

// timer returns the next thing that is due, and when.
func (c *coordinator) timer() (<-chan time.Time, func()) {
	switch {
	case c.storing != nil: // it has its own time
		return nil, nil
	case c.pending != nil:
		if c.pending.expired {
			return nil, nil
		}
		return time.After(time.Until(c.pending.began.Add(c.keeper.cfg.Timeout))), c.expire
	case !c.released:
		return nil, nil
	}
	due := c.began.Add(c.keeper.cfg.Interval)
	if pause := c.ended.Add(c.keeper.cfg.MinPause); pause.After(due) {
		due = pause
	}
	return time.After(time.Until(due)), c.trigger
}

// trigger begins a checkpoint, unless one is under way: then the next follows it if there is need.
func (c *coordinator) trigger() {
	if c.pending != nil || c.storing != nil {
		return
	}
	c.began = time.Now()
	c.pending = &pending{epoch: c.keeper.nextEpoch(), parts: map[int]*ack{}, began: c.began, stop: c.stopping}
	c.uncommitted, c.late = append(c.uncommitted, c.late...), nil
	maps.Copy(c.pending.parts, c.finals)
	for _, source := range c.attempt.sources {
		if c.finals[source.id] == nil {
			source.triggers <- trigger{epoch: c.pending.epoch, stop: c.pending.stop} // there is room: one at a time
		}
	}
	c.complete(context.Background())
}

// receive takes what a task has to say.
func (c *coordinator) receive(ctx context.Context, a *ack) {
	p := c.pending
	if a.epoch == 0 {
		c.finals[a.task] = a
		if p == nil || p.parts[a.task] != nil {
			c.late = append(c.late, a.prepared...)
			return
		}
	}
	p.parts[a.task] = a
	c.uncommitted = append(c.uncommitted, a.prepared...)
	c.complete(ctx)
}

// complete stores the pending checkpoint if all tasks have had their say.
func (c *coordinator) complete(ctx context.Context) {
	p := c.pending
	if len(p.parts) < c.attempt.tasks {
		return
	}
	c.pending = nil
	if p.expired {
		c.ended = time.Now()
		return
	}
	c.storing = p
	savepoints, uncommitted := c.savepoints, c.uncommitted
	c.savepoints = nil
	go func() { c.results <- c.store(ctx, p, uncommitted, savepoints) }()
}

// expire gives up a checkpoint that takes too long. Its barriers are still on their way, and the next
// one waits for them.
func (c *coordinator) expire() {
	c.pending.expired = true
	c.fail(diag.Errorf(diag.Unreachable, diag.Span{}, "not all tasks have taken their snapshots within %s", c.keeper.cfg.Timeout))
}

// stored acts on the end of the storing of a checkpoint.
func (c *coordinator) stored(r result) {
	p := c.storing
	c.storing, c.ended = nil, time.Now()
	switch {
	case r.fatal != nil:
		c.attempt.cancel(r.fatal)
		return
	case r.err != nil:
		c.fail(r.err)
		return
	}
	c.failures, c.uncommitted = 0, nil
	c.letRead()
	switch {
	case p.stop:
		c.attempt.cancel(errStopped)
	case c.stopping || len(c.savepoints) > 0:
		c.trigger()
	}
}

// fail counts a failed checkpoint; too many in a row are a failure of the job. Without its first one
// a job does not begin, and without its last it does not stop.
func (c *coordinator) fail(err error) {
	c.failures++
	c.keeper.failed.Add(1)
	for _, r := range c.savepoints {
		r.done <- err
	}
	c.savepoints = nil
	tolerable := c.keeper.cfg.Tolerable
	if !c.released || c.stopping || tolerable >= 0 && c.failures > tolerable {
		c.attempt.cancel(checkpointError(err))
		return
	}
	c.logger.WarnContext(context.Background(), "a checkpoint failed: the last one stands", "error", err, "failures", c.failures)
}

func checkpointError(err error) error {
	if failure, ok := errors.AsType[*diag.Error](err); ok {
		return diag.Errorf(failure.Kind, diag.Span{}, "checkpoint: %w", err)
	}
	return err
}

// letRead lets the sources read.
func (c *coordinator) letRead() {
	if !c.released {
		c.released = true
		close(c.release)
	}
}

// finish ends the checkpoints of an attempt whose tasks have ended with err. When they have ended well
// the job has finished: what is left to commit is committed, and nothing is kept.
func (c *coordinator) finish(err error) error {
	close(c.quit)
	<-c.done
	if err != nil {
		return err
	}
	last := &pending{epoch: c.keeper.nextEpoch(), parts: c.finals, began: time.Now()}
	r := c.storeAs(context.Background(), checkpoint.Finished, last, append(c.uncommitted, c.late...))
	if err := errors.Join(r.err, r.fatal); err != nil {
		return err
	}
	if err := c.keeper.log.Remove(context.Background()); err != nil {
		return stateError(c.keeper.cfg.Store, err)
	}
	c.keeper.finished = true
	return nil
}
