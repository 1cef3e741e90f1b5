// Package job turns plans into running tasks: the readers of a source, the operators behind them,
// the exchange between tasks, watermarks, checkpoints, the start, the restart and the end of a job.
//
// A job is a set of pipelines, one per INSERT or SELECT. Pipelines that scan the same table share
// one source task. Rows flow from the source task through a chain of operators; where a pipeline
// groups by keys and runs in parallel, an exchange sends every key to the task that owns it. All
// channels are bounded, so a slow sink slows the readers down.
//
// A checkpoint begins with a trigger for every source task, which notes how far it has read and
// sends a barrier behind its rows. Where several senders meet, those that have sent it wait for the
// others; each task freezes its state between the rows before and those after. The coordinator
// collects what the tasks have noted, stores it, and lets the sinks commit.
package job

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// Config is what a job needs besides its plans.
type Config struct {
	// Resolve returns the connector of a table and the table as its connector sees it, with checked
	// options.
	Resolve func(t *catalog.Table) (*connector.Factory, connector.Table)
	// Rows receives the rows of pipelines without a table; statement is their position among those.
	Rows func(statement int, schema types.Schema, b *batch.Batch) error
	// Results makes sinks for pipelines without a table, in the place of Rows; nil: there are none.
	Results     func(statement int, schema types.Schema) connector.Sink
	Logger      *slog.Logger
	Zone        *time.Location
	Parallelism int // tasks per keyed stage, at least 1
	// MaxBatchRows bounds the rows that an operator gets at once; pages are cut. 0: no bound.
	MaxBatchRows int
	// IdleTimeout is how long a split that has nothing to read may hold back the watermark; 0: for ever.
	IdleTimeout time.Duration
	// StateLimit is how many bytes the state of all operators may take; 0: no bound.
	StateLimit int64
	// Checkpoints says where and when the job is saved; nil: never.
	Checkpoints *Checkpoints
	// Restart says what happens after a failure. A job without checkpoints fails.
	Restart RestartStrategy
}

// Job is a running job.
type Job struct {
	cfg     Config
	plans   []*plan.Sink
	keeper  *keeper // nil: the job is not saved
	started time.Time

	drain chan struct{} // closed when draining begins
	once  sync.Once
	done  chan struct{} // closed when everything has ended
	err   error         // set before done is closed

	elapsed    atomic.Int64 // set at the end
	restarts   atomic.Int64
	restarting atomic.Bool
	stopping   atomic.Bool
	stopped    atomic.Bool // the job has ended with a checkpoint from which it can go on

	mu      sync.Mutex
	current *attempt
}

// Start opens the sources and sinks of the plans and starts their tasks, from the last checkpoint if
// there is one.
func Start(ctx context.Context, plans []*plan.Sink, cfg Config) (*Job, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	j := &Job{cfg: cfg, plans: plans, started: time.Now(), drain: make(chan struct{}), done: make(chan struct{})}
	if cfg.Checkpoints != nil {
		var err error
		if j.keeper, err = newKeeper(ctx, cfg.Checkpoints, cfg.Logger); err != nil {
			return nil, err
		}
	}
	first, err := j.begin(ctx)
	if err != nil {
		return nil, errors.Join(err, j.keeper.close())
	}
	go j.supervise(ctx, first)
	if j.keeper != nil && cfg.Checkpoints.Open != nil {
		go j.serve(ctx)
	}
	return j, nil
}

// begin starts an attempt.
func (j *Job) begin(ctx context.Context) (*attempt, error) {
	from, err := j.keeper.restore(ctx)
	if err != nil {
		return nil, err
	}
	a, err := newAttempt(ctx, j, from)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	j.current = a
	j.mu.Unlock()
	return a, nil
}

// supervise waits for the end of the job, and starts it again when it fails and may be started again.
func (j *Job) supervise(ctx context.Context, a *attempt) {
	err := a.wait()
	for err != nil && ctx.Err() == nil && j.keeper != nil {
		delay, again := j.cfg.Restart.next(time.Now(), err)
		if !again {
			break
		}
		j.restarting.Store(true)
		j.cfg.Logger.Warn("the job failed and starts again", "error", err, "delay", delay)
		select {
		case <-ctx.Done():
		case <-j.keeper.stopped: // it is saved, as of its last checkpoint
			j.stopped.Store(true)
			err = nil
		case <-j.drain:
			// Nobody waits for results of a job that is to end: one more try, at once.
		case <-time.After(delay):
		}
		if err == nil {
			break
		}
		j.restarts.Add(1)
		var next *attempt
		if err = j.keeper.again(ctx); err == nil {
			next, err = j.begin(ctx)
		}
		if err == nil {
			j.restarting.Store(false)
			err = next.wait()
		}
	}
	j.restarting.Store(false)
	j.err = errors.Join(err, j.keeper.close())
	j.elapsed.Store(int64(time.Since(j.started)))
	close(j.done)
}

// Drain stops reading, lets everything that was read pass through, completes open windows and
// flushes the sinks. The job is then finished: nothing is kept to go on from. Drain returns at once;
// Wait returns when that is done.
func (j *Job) Drain() { j.once.Do(func() { close(j.drain) }) }

// Stop takes a last checkpoint and ends the job there: windows stay open, and the job goes on when it
// is started again. Without checkpoints it is Drain. Stop returns at once; Wait returns when that is
// done, with an error if the checkpoint failed.
func (j *Job) Stop() {
	if j.keeper == nil {
		j.Drain()
		return
	}
	j.stopping.Store(true)
	j.keeper.stop()
}

// Stopped reports whether the job has ended with a checkpoint from which it can go on.
func (j *Job) Stopped() bool { return j.stopped.Load() }

// Wait returns when the job has ended: nil when all input was read, or the job was drained or
// stopped.
func (j *Job) Wait() error {
	<-j.done
	return j.err
}

// Done is closed when the job has ended.
func (j *Job) Done() <-chan struct{} { return j.done }
