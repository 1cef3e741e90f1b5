package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

// savepointPoll is how often the command looks whether the job has answered.
const savepointPoll = 100 * time.Millisecond

// silence is how long a bucket is left alone until the job counts as one that does not run: jobs look
// for requests every ten seconds.
const silence = 25 * time.Second

// silentError says that nobody has answered.
type silentError struct{ err error }

// Error is what users see.
func (e *silentError) Error() string { return e.err.Error() }

// Unwrap returns the error with its kind and its hint.
func (e *silentError) Unwrap() error { return e.err }

func isURL(place string) bool { return strings.Contains(place, "://") }

type savepointFlags struct {
	stateDir string
	timeout  time.Duration
}

func newSavepoint(a *app) *cobra.Command {
	var flags savepointFlags
	cmd := &cobra.Command{
		Use:   "savepoint job place",
		Short: "Copy the state of a job to a place of its own",
		Example: `  penstock savepoint delays /backup/delays-1
  penstock run delays.sql --from-savepoint /backup/delays-1`,
		Long: `A savepoint is a checkpoint that stays until you delete it: to go back to, to move a job to another
machine, or to begin another job with. A job that runs takes a new checkpoint for it and goes on; of one
that does not run the newest checkpoint is copied.

The job is the name of a directory below --state-dir, or the path of one.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError(cmd, "savepoint needs a job and a place")
			}
			return a.savepoint(cmd.Context(), args[0], args[1], &flags)
		},
	}
	cmd.Flags().StringVar(&flags.stateDir, "state-dir", defaultStateDir, "`directory` that holds the directories in which jobs are saved")
	cmd.Flags().DurationVar(&flags.timeout, "timeout", time.Minute, "how much `time` a running job has for it")
	mustRegister(cmd.MarkFlagDirname("state-dir"), cmd.RegisterFlagCompletionFunc("timeout", cobra.NoFileCompletions))
	return cmd
}

func (a *app) savepoint(ctx context.Context, job, place string, flags *savepointFlags) error {
	session := engine.New(engine.Config{Logger: a.logger(), OpenStore: a.openStore})
	directory := job
	switch {
	case isURL(job):
	case filepath.Base(job) == job && isURL(flags.stateDir):
		directory = strings.TrimSuffix(flags.stateDir, "/") + "/" + job
	case filepath.Base(job) == job:
		directory = filepath.Join(flags.stateDir, job)
	}
	if info, err := os.Stat(directory); !isURL(directory) && (err != nil || !info.IsDir()) {
		return diag.Errorf(diag.NotFound, diag.Span{}, "no job is saved in %q", directory).
			WithHint("give the name of the job's directory, and with --state-dir the directory above it")
	}
	store, err := session.Store(ctx, directory)
	if err != nil {
		return err
	}
	if !isURL(place) {
		if place, err = filepath.Abs(place); err != nil { // the job may run in another directory
			return err
		}
	}
	if err := a.copyOrAsk(ctx, store, session, place, flags); err != nil {
		return err
	}
	a.console.printf("savepoint in %s\n", place)
	return nil
}

// copyOrAsk copies the newest checkpoint, or lets the process do it that runs the job.
func (a *app) copyOrAsk(ctx context.Context, store checkpoint.Store, session *engine.Engine, place string, flags *savepointFlags) error {
	locker, ok := store.(checkpoint.Locker)
	if !ok { // nobody knows whether the job runs, but who runs it answers
		err := ask(ctx, store, place, min(flags.timeout, silence))
		if _, silent := errors.AsType[*silentError](err); !silent {
			return err
		}
		to, err := session.Store(ctx, place)
		if err != nil {
			return err
		}
		return copyNewest(ctx, store, to)
	}
	lock, err := locker.Lock()
	if errors.Is(err, checkpoint.ErrLocked) {
		return ask(ctx, store, place, flags.timeout)
	}
	if err != nil {
		return err
	}
	to, err := session.Store(ctx, place)
	if err == nil {
		err = copyNewest(ctx, store, to)
	}
	return errors.Join(err, lock.Close())
}

func copyNewest(ctx context.Context, store, to checkpoint.Store) error {
	state, err := checkpoint.Newest(ctx, store)
	switch {
	case err != nil:
		return diag.Errorf(diag.BadData, diag.Span{}, "state in %s: %w", store, err)
	case state == nil:
		return diag.Errorf(diag.NotFound, diag.Span{}, "the job in %s has no checkpoint yet", store)
	}
	if err := checkpoint.Copy(ctx, state, to); err != nil {
		return diag.Errorf(diag.Unreachable, diag.Span{}, "savepoint in %s: %w", to, err)
	}
	return nil
}

func ask(ctx context.Context, store checkpoint.Store, place string, timeout time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer, err := checkpoint.Ask(limited, store, checkpoint.Request{To: place}, savepointPoll)
	switch {
	case err != nil && limited.Err() != nil && ctx.Err() == nil:
		return &silentError{diag.Errorf(diag.Unreachable, diag.Span{}, "the process that runs the job in %s has not answered for %s", store, span(timeout)).
			WithHint("raise --timeout, or look into the log of that process")}
	case err != nil:
		return diag.Errorf(diag.Unreachable, diag.Span{}, "state in %s: %w", store, err)
	case answer.Error != "":
		return diag.Errorf(diag.Unreachable, diag.Span{}, "%s", answer.Error)
	}
	return nil
}
