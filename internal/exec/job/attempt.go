package job

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// attempt is one life of a job: from its start or a checkpoint to its end or its next failure.
type attempt struct {
	cfg       *Config
	owner     *Job
	drain     chan struct{} // closed when draining begins
	sources   []*sourceTask
	sinks     []*sinkStatus
	operators []*savedOperator
	tasks     int

	group       *errgroup.Group
	cancel      context.CancelCauseFunc
	coordinator *coordinator // nil: the job is not saved

	mu    sync.Mutex
	final []prepared // by tasks that have ended, if the job is not saved
}

// errStopped ends the tasks of a job that was saved and is to stop.
var errStopped = errors.New("stopped")

// newAttempt opens sources and sinks and starts the tasks.
func newAttempt(ctx context.Context, j *Job, from *checkpoint.State) (*attempt, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	group, ctx := errgroup.WithContext(ctx)
	a := &attempt{cfg: &j.cfg, owner: j, drain: j.drain, group: group, cancel: cancel}
	if j.keeper != nil {
		a.coordinator = newCoordinator(a, j.keeper, from)
	}
	tasks, err := assemble(ctx, a, j.plans, from)
	if err != nil {
		cancel(err)
		return nil, err
	}
	a.tasks = len(tasks)
	for _, task := range tasks {
		group.Go(func() error { return task(ctx) })
	}
	if a.coordinator != nil {
		go a.coordinator.run(ctx)
	}
	return a, nil
}

// wait returns when all tasks have ended, and what they have left to commit is committed.
func (a *attempt) wait() error {
	err := a.group.Wait()
	if a.coordinator != nil {
		err = a.coordinator.finish(err)
	} else if err == nil {
		err = commit(context.Background(), a.final)
	}
	a.cancel(nil)
	if errors.Is(err, errStopped) {
		a.owner.stopped.Store(true)
		err = nil
	}
	for _, source := range a.sources {
		err = errors.Join(err, source.source.Close())
	}
	for _, sink := range a.sinks {
		err = errors.Join(err, sink.sink.Close())
	}
	return err
}

// ended takes what a task has to say at its end.
func (a *attempt) ended(ctx context.Context, last *ack) error {
	if a.coordinator != nil {
		return a.coordinator.acknowledge(ctx, last)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.final = append(a.final, last.prepared...)
	return nil
}

// prepared is what a writer has prepared.
type prepared struct {
	sink *sinkStatus
	data []byte
}

// commit commits what writers have prepared, sink by sink.
func commit(ctx context.Context, all []prepared) error {
	bySink := map[*sinkStatus][][]byte{}
	var order []*sinkStatus
	for _, p := range all {
		if bySink[p.sink] == nil {
			order = append(order, p.sink)
		}
		bySink[p.sink] = append(bySink[p.sink], p.data)
	}
	for _, sink := range order {
		committer, ok := sink.sink.(connector.Committer)
		if !ok {
			return diag.Errorf(diag.Internal, diag.Span{}, "sink %q has prepared something and cannot commit it", sink.table)
		}
		if err := committer.Commit(ctx, bySink[sink]); err != nil {
			return err
		}
	}
	return nil
}
