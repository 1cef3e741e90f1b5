// Package job turns plans into running tasks: the readers of a source, the operators behind them,
// the exchange between tasks, watermarks, the start and the end of a job.
//
// A job is a set of pipelines, one per INSERT or SELECT. Pipelines that scan the same table share
// one source task. Rows flow from the source task through a chain of operators; where a pipeline
// groups by keys and runs in parallel, an exchange sends every key to the task that owns it. All
// channels are bounded, so a slow sink slows the readers down.
package job

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

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
	Rows        func(statement int, schema types.Schema, b *batch.Batch) error
	Logger      *slog.Logger
	Zone        *time.Location
	Parallelism int // tasks per keyed stage, at least 1
	// MaxBatchRows bounds the rows that an operator gets at once; pages are cut. 0: no bound.
	MaxBatchRows int
	// IdleTimeout is how long a split that has nothing to read may hold back the watermark; 0: for ever.
	IdleTimeout time.Duration
}

// Job is a running job.
type Job struct {
	cfg     Config
	sources []*sourceTask
	sinks   []*sinkStatus
	started time.Time

	group   *errgroup.Group
	cancel  context.CancelCauseFunc
	drain   chan struct{} // closed when draining begins
	once    sync.Once
	done    chan struct{} // closed when everything has ended
	err     error         // set before done is closed
	elapsed atomic.Int64  // set at the end
}

// Start opens the sources and sinks of the plans and starts their tasks.
func Start(ctx context.Context, plans []*plan.Sink, cfg Config) (*Job, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	group, ctx := errgroup.WithContext(ctx)
	j := &Job{
		cfg: cfg, started: time.Now(), group: group, cancel: cancel,
		drain: make(chan struct{}), done: make(chan struct{}),
	}
	tasks, err := assemble(ctx, j, plans)
	if err != nil {
		cancel(err)
		return nil, err
	}
	for _, task := range tasks {
		group.Go(func() error { return task(ctx) })
	}
	go j.finish()
	return j, nil
}

func (j *Job) finish() {
	err := j.group.Wait()
	j.cancel(nil)
	for _, source := range j.sources {
		err = errors.Join(err, source.source.Close())
	}
	for _, sink := range j.sinks {
		err = errors.Join(err, sink.sink.Close())
	}
	j.err = err
	j.elapsed.Store(int64(time.Since(j.started)))
	close(j.done)
}

// Drain stops reading, lets everything that was read pass through, completes open windows and
// flushes the sinks. It returns at once; Wait returns when that is done.
func (j *Job) Drain() { j.once.Do(func() { close(j.drain) }) }

// Wait returns when the job has ended: nil when all input was read or the job was drained.
func (j *Job) Wait() error {
	<-j.done
	return j.err
}

// Done is closed when the job has ended.
func (j *Job) Done() <-chan struct{} { return j.done }
