package job

import (
	"context"
	"errors"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

// How often a job looks whether somebody asks for a savepoint: a directory is on this machine, and
// anything else may cost something.
const (
	pollLocal  = time.Second
	pollRemote = 10 * time.Second
)

// Savepoint takes a checkpoint and copies it to another store, where it stays until somebody deletes
// it.
func (j *Job) Savepoint(ctx context.Context, to checkpoint.Store) error {
	if j.keeper == nil {
		return diag.Errorf(diag.Unsupported, diag.Span{}, "the job is not saved, so there is no savepoint of it")
	}
	done := make(chan error, 1)
	select {
	case j.keeper.requests <- request{to: to, done: done}:
	case <-ctx.Done():
		return ctx.Err()
	case <-j.done:
		return diag.Errorf(diag.Interrupted, diag.Span{}, "the job has ended")
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serve answers the requests of other processes until the job has ended.
func (j *Job) serve(ctx context.Context) {
	interval := pollRemote
	if _, local := j.keeper.cfg.Store.(checkpoint.Locker); local {
		interval = pollLocal
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-j.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		all, err := j.keeper.log.Requests(ctx)
		for _, r := range all {
			err = errors.Join(err, j.keeper.log.Answer(ctx, r, j.requested(ctx, r)))
		}
		if err != nil && ctx.Err() == nil {
			j.cfg.Logger.Warn("requests for savepoints could not be answered", "error", err)
		}
	}
}

func (j *Job) requested(ctx context.Context, r checkpoint.Request) error {
	to, err := j.keeper.cfg.Open(ctx, r.To)
	if err != nil {
		return err
	}
	return j.Savepoint(ctx, to)
}
