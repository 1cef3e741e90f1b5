package engine

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/exec/job"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// Job is a started program.
type Job struct {
	*job.Job
	ID      string // within the session, from "1"
	Name    string // what it runs
	started time.Time
	stop    context.CancelFunc
	stopped atomic.Bool
}

// Stop makes the job end: with a last checkpoint, from which it goes on when it is started again; at
// once if it is not saved, and then windows that are open are given up.
func (j *Job) Stop() {
	j.stopped.Store(true)
	if j.Status().Checkpoint != nil {
		j.Job.Stop()
		return
	}
	j.stop()
}

// Stopped reports whether the job was told to stop.
func (j *Job) Stopped() bool { return j.stopped.Load() }

// Start opens the sources and sinks and runs the program's statements as one job. The job ends when
// all input was read, when it is drained, or when ctx is done.
func (p *Program) Start(ctx context.Context) (*Job, error) {
	e := p.engine
	checkpoints, err := p.checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	started, err := job.Start(ctx, p.plans(), job.Config{
		Resolve: func(t *catalog.Table) (*connector.Factory, connector.Table) {
			o := e.tables[t]
			return o.factory, o.table
		},
		Rows: func(statement int, schema types.Schema, b *batch.Batch) error {
			return e.cfg.Rows(Header{Statement: statement, Schema: schema, Zone: p.settings.zone}, b)
		},
		Results: e.cfg.Results,
		Logger:  e.cfg.Logger,
		Zone:    p.settings.zone, Parallelism: p.settings.parallelism,
		MaxBatchRows: p.settings.batchRows, IdleTimeout: p.settings.idleTimeout,
		StateLimit: p.settings.recovery.stateLimit, Checkpoints: checkpoints, Restart: p.settings.recovery.restart,
	})
	if err != nil {
		stop()
		return nil, err
	}
	j := &Job{Job: started, ID: strconv.Itoa(len(e.jobs) + 1), Name: p.name(), started: time.Now(), stop: stop}
	go func() {
		<-started.Done()
		stop()
	}()
	e.jobs = append(e.jobs, j)
	return j, nil
}

// name says what the statements of a program do: SELECT, INSERT INTO a, b.
func (p *Program) name() string {
	var tables []string
	for _, sink := range p.plans() {
		if sink.Table != nil {
			tables = append(tables, sink.Table.Name)
		}
	}
	if len(tables) == 0 {
		return "SELECT"
	}
	return "INSERT INTO " + strings.Join(tables, ", ")
}

// Jobs returns the jobs that were started in the session, in that order.
func (e *Engine) Jobs() []*Job { return e.jobs }

// stopJob carries out STOP JOB.
func (e *Engine) stopJob(s *ast.StopJob) error {
	for _, j := range e.jobs {
		switch {
		case j.ID != s.ID:
		case s.Drain:
			j.Drain()
			return nil
		default:
			j.Stop()
			return nil
		}
	}
	return diag.Errorf(diag.NotFound, s.Span(), "there is no job %q", s.ID).WithHint("SHOW JOBS lists them")
}
