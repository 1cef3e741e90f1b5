package job

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

// Checkpoints says where and when a job is saved.
type Checkpoints struct {
	Store    checkpoint.Store
	Interval time.Duration // between the beginnings of two checkpoints
	MinPause time.Duration // between the end of one and the beginning of the next, at least
	Timeout  time.Duration // after which a checkpoint counts as failed
	// Tolerable is how many checkpoints in a row may fail before the job does; negative: any number.
	Tolerable int
	Retained  int // checkpoints to keep, at least 1
	// Savepoint is a store with a checkpoint to begin with; nil: none.
	Savepoint checkpoint.Store
	// Fresh says to begin without state even if there are checkpoints.
	Fresh bool
	// Open opens the place of a savepoint that another process asks for.
	Open func(ctx context.Context, place string) (checkpoint.Store, error)
	// AllowDropped says to go on although the checkpoint holds state that nothing in the job takes
	// over.
	AllowDropped bool
}

// keeper owns the checkpoints of a job, through all its attempts.
type keeper struct {
	cfg      *Checkpoints
	logger   *slog.Logger
	lock     io.Closer // nil: the store has none
	log      *checkpoint.Log
	requests chan request
	stopOnce sync.Once
	stopped  chan struct{} // closed when the job is to stop with a checkpoint

	// Of the goroutine that runs the attempts:
	epoch    checkpoint.Epoch // the last one given out
	foreign  bool             // the files of what was restored are in another store
	finished bool             // nothing is left in the store

	mu     sync.Mutex // guards status
	status CheckpointStatus
	last   time.Time // when the last checkpoint was complete
	failed atomic.Int64
}

// request asks for a savepoint.
type request struct {
	to   checkpoint.Store
	done chan<- error // with room for one
}

// newKeeper takes the job over.
func newKeeper(ctx context.Context, cfg *Checkpoints, logger *slog.Logger) (*keeper, error) {
	k := &keeper{cfg: cfg, logger: logger, requests: make(chan request), stopped: make(chan struct{})}
	if err := k.take(ctx); err != nil {
		return nil, errors.Join(stateError(cfg.Store, err), k.close())
	}
	k.epoch = checkpoint.Epoch(k.log.Claim()) << 32
	return k, nil
}

func (k *keeper) take(ctx context.Context) (err error) {
	if lockable, ok := k.cfg.Store.(checkpoint.Locker); ok {
		if k.lock, err = lockable.Lock(); err != nil {
			return err
		}
	}
	if k.log, err = checkpoint.Take(ctx, k.cfg.Store, k.cfg.Retained); err != nil {
		return err
	}
	switch from := k.cfg.Savepoint; {
	case k.cfg.Fresh && from == nil:
		k.log.Begin("")
	case from == nil:
	case k.cfg.Fresh || !k.log.Any():
		k.log.Begin(from.String())
	case k.log.Origin() != from.String():
		return diag.Errorf(diag.Usage, diag.Span{}, "%s has checkpoints that do not come from the savepoint %s", k.cfg.Store, from).
			WithHint("add --fresh to begin with the savepoint, or leave the savepoint out to go on from the checkpoints")
	}
	return nil
}

// again takes the job over from the attempt that has failed.
func (k *keeper) again(ctx context.Context) error {
	if err := k.log.Again(ctx); err != nil {
		return stateError(k.cfg.Store, err)
	}
	k.epoch = max(k.epoch, checkpoint.Epoch(k.log.Claim())<<32)
	return nil
}

// stateError says what went wrong with the place of the checkpoints.
func stateError(store checkpoint.Store, err error) error {
	if _, ok := errors.AsType[*diag.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, checkpoint.ErrLocked):
		return diag.Errorf(diag.Usage, diag.Span{}, "state in %s: %w", store, err).
			WithHint("stop it first, or give this job another name with --set pipeline.name=... or another --state-dir")
	case errors.Is(err, checkpoint.ErrFenced):
		return diag.Errorf(diag.Interrupted, diag.Span{}, "state in %s: %w", store, err).
			WithHint("only one process can run a job: what this one did since its last checkpoint does not count")
	case errors.Is(err, checkpoint.ErrDamaged), errors.Is(err, checkpoint.ErrNotFound):
		return diag.Errorf(diag.BadData, diag.Span{}, "state in %s: %w", store, err).
			WithHint("start with --fresh to begin without state, or with --from-savepoint")
	}
	return diag.Errorf(diag.Unreachable, diag.Span{}, "state in %s: %w", store, err).
		WithHint("choose another place with --state-dir, or run without checkpoints: --set execution.checkpointing.interval=0")
}

// restore reads the checkpoint to go on from; nil: the job begins without state.
func (k *keeper) restore(ctx context.Context) (*checkpoint.State, error) {
	if k == nil {
		return nil, nil
	}
	state, skipped, err := k.log.Restore(ctx)
	if err != nil {
		return nil, stateError(k.cfg.Store, err)
	}
	for _, skip := range skipped {
		k.logger.Warn("a checkpoint cannot be read and an earlier one is used: rows that sinks wrote since are written again", "error", skip)
	}
	from := k.cfg.Store
	if state == nil && k.log.Origin() != "" {
		from = k.cfg.Savepoint
		if from == nil {
			return nil, nil
		}
		if state, err = checkpoint.Newest(ctx, from); err != nil {
			return nil, stateError(from, err)
		}
		if state == nil {
			return nil, diag.Errorf(diag.NotFound, diag.Span{}, "there is no savepoint in %s", from)
		}
	}
	k.foreign = from != k.cfg.Store
	if state != nil {
		k.logger.Info("going on from a checkpoint", "place", from.String(), "number", state.Manifest.Number,
			"age", time.Since(state.Manifest.Created).Round(time.Millisecond))
		k.noteRestored(state.Manifest)
	}
	return state, nil
}

// job is the name of the job; empty if it is not saved.
func (k *keeper) job() string {
	if k == nil {
		return ""
	}
	return k.log.Job()
}

func (k *keeper) close() error {
	if k == nil {
		return nil
	}
	var err error
	if store, ok := k.cfg.Store.(checkpoint.Removable); ok && k.finished {
		err = store.RemoveAll()
	}
	if k.lock != nil {
		err = errors.Join(err, k.lock.Close())
	}
	return err
}

func (k *keeper) stop() { k.stopOnce.Do(func() { close(k.stopped) }) }

func (k *keeper) nextEpoch() checkpoint.Epoch {
	k.epoch++
	return k.epoch
}

// checkFrom compares the checkpoint with the job that goes on from it: nothing is dropped or starts
// empty without a word.
func (k *keeper) checkFrom(o *origin) error {
	if o == nil {
		return nil
	}
	if dropped := o.dropped(); len(dropped) > 0 {
		if !k.cfg.AllowDropped {
			return diag.Errorf(diag.Semantic, diag.Span{}, "the script has changed: the checkpoint in %s has state that nothing in it takes over: %s",
				k.cfg.Store, strings.Join(dropped, ", ")).
				WithHint("run the script as it was, add --allow-non-restored-state to drop that state, or --fresh to begin without any")
		}
		k.logger.Warn("state of the checkpoint is dropped", "state", strings.Join(dropped, ", "))
	}
	for _, what := range o.empty {
		k.logger.Warn("the checkpoint has nothing for a part of the script: it starts empty", "part", what)
	}
	return nil
}

// CheckpointStatus is what is known of a job's checkpoints.
type CheckpointStatus struct {
	Place     string `json:"place"`
	Completed int64  `json:"completed"` // by this process
	Failed    int64  `json:"failed"`
	// Number is the newest checkpoint's; 0: there is none.
	Number uint64 `json:"number"`
	// Age is how long ago the newest checkpoint was complete; negative: there is none.
	Age      time.Duration `json:"age_ns"`
	Duration time.Duration `json:"duration_ns"` // of the last one that this process completed
	Bytes    int64         `json:"bytes"`       // of the state in the newest
	Written  int64         `json:"written"`     // bytes that were new in the last one
	// Restored is the number of the checkpoint that the job went on from; 0: it began without.
	Restored uint64 `json:"restored"`
}

func (k *keeper) noteRestored(m *checkpoint.Manifest) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.status.Restored = m.Number
	if !k.foreign {
		k.status.Number, k.status.Bytes, k.last = m.Number, m.Bytes(), m.Created
	}
}

func (k *keeper) noteComplete(m *checkpoint.Manifest, took time.Duration, written int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.status.Completed++
	k.status.Number, k.status.Bytes, k.last = m.Number, m.Bytes(), time.Now()
	k.status.Duration, k.status.Written = took, written
}

// snapshot returns the status; nil if the job is not saved.
func (k *keeper) snapshot() *CheckpointStatus {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.status
	s.Place, s.Failed, s.Age = k.cfg.Store.String(), k.failed.Load(), -1
	if !k.last.IsZero() {
		s.Age = time.Since(k.last)
	}
	return &s
}
