package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/exec/job"
)

// vault is an outside system that takes numbers in two phases, and fails when it is told to.
type vault struct {
	mu        sync.Mutex
	staged    map[string][]int64
	committed []int64
	fail      error // of the next write
	failures  int   // how many times
	opened    int
}

func newVault() *vault { return &vault{staged: map[string][]int64{}} }

func (v *vault) factory() *connector.Factory {
	return &connector.Factory{
		Name: "vault", Promise: func(connector.Table) connector.Promise { return connector.ExactlyOnce },
		NewSink: func(context.Context, connector.SinkRequest) (connector.Sink, error) { return v, nil },
	}
}

func (v *vault) Open(context.Context, int) (connector.Writer, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.opened++
	return &vaultWriter{vault: v, lane: v.opened}, nil
}

func (v *vault) Commit(_ context.Context, prepared [][]byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, name := range prepared {
		v.committed = append(v.committed, v.staged[string(name)]...)
		delete(v.staged, string(name))
	}
	return nil
}

func (v *vault) Recover(ctx context.Context, prepared [][]byte) error {
	err := v.Commit(ctx, prepared)
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.staged)
	return err
}

func (v *vault) Close() error { return nil }

type vaultWriter struct {
	*vault
	lane    int
	numbers []int64
}

func (w *vaultWriter) Write(_ context.Context, b *batch.Batch) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failures > 0 {
		w.failures--
		return w.fail
	}
	w.numbers = append(w.numbers, batch.Values[int64](b.Columns[0])...)
	return nil
}

func (w *vaultWriter) Prepare(_ context.Context, epoch checkpoint.Epoch, _ bool) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.numbers) == 0 {
		return nil, nil
	}
	name := fmt.Sprint(epoch, " ", w.lane)
	w.staged[name] = w.numbers
	w.numbers = nil
	return []byte(name), nil
}

func (w *vaultWriter) Flush(context.Context) error { return errors.New("flush") }

func (w *vaultWriter) Close() error { return nil }

// holds checks that the vault has the numbers 1 to n, each once.
func (v *vault) holds(t *testing.T, n int) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	got := slices.Sorted(slices.Values(v.committed))
	for i := range max(n, len(got)) {
		if i >= len(got) || got[i] != int64(i+1) {
			t.Fatalf("of 1 to %d the vault has %d, first wrong at %d: %v", n, len(got), i, got[max(0, i-2):min(len(got), i+3)])
		}
	}
}

const toVault = `
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '2000');
CREATE TABLE vault (n BIGINT) WITH ('connector' = 'vault');
SET 'execution.checkpointing.interval' = '1 s';
`

const insert = "INSERT INTO vault SELECT n FROM numbers;"

// world is what outlives a process.
type world struct {
	vault  *vault
	stores map[string]checkpoint.Store
	log    bytes.Buffer
}

func newWorld() *world { return &world{vault: newVault(), stores: map[string]checkpoint.Store{}} }

func (w *world) open(_ context.Context, place string) (checkpoint.Store, error) {
	if w.stores[place] == nil {
		w.stores[place] = checkpoint.NewMemory()
	}
	return w.stores[place], nil
}

func (w *world) engine(change func(*engine.Config)) *engine.Engine {
	cfg := engine.Config{
		Connectors:     connector.Registry{datagen.Factory(), w.vault.factory()},
		StateDirectory: "state", OpenStore: w.open, Logger: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if change != nil {
		change(&cfg)
	}
	return engine.New(cfg)
}

func (w *world) start(t *testing.T, ctx context.Context, sql string) (*engine.Job, error) { //nolint:revive // t first, as in the standard library
	t.Helper()
	program, err := w.engine(nil).Prepare(&diag.Source{Name: "dir/numbers.sql", Text: toVault + sql})
	if err != nil {
		t.Fatal(diag.Render(err))
	}
	if got := program.StatePlace(); got != "state/numbers" {
		t.Errorf("saved in %q", got)
	}
	return program.Start(ctx)
}

func (w *world) mustStart(t *testing.T, ctx context.Context, sql string) *engine.Job { //nolint:revive // as above
	t.Helper()
	j, err := w.start(t, ctx, sql)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// crash ends a job without notice.
func crash(t *testing.T, j *engine.Job, kill context.CancelFunc) {
	t.Helper()
	kill()
	if err := j.Wait(); err == nil {
		t.Fatal("the job had ended before it was killed")
	}
}

func wait(t *testing.T, j *engine.Job) {
	t.Helper()
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestJobGoesOnAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for range 3 {
			ctx, kill := context.WithCancel(t.Context())
			j := w.mustStart(t, ctx, insert)
			pass(3700 * time.Millisecond)
			crash(t, j, kill)
		}
		j := w.mustStart(t, t.Context(), insert)
		if n := j.Status().Checkpoint.Restored; n == 0 {
			t.Error("it began anew")
		}
		wait(t, j)
		w.vault.holds(t, 2000)
		if names, err := w.stores["state/numbers"].List(t.Context(), ""); err != nil || len(names) > 0 {
			t.Errorf("left after the end: %q, %v", names, err)
		}
	})
}

func TestJobStopsWithACheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		j := w.mustStart(t, t.Context(), insert)
		pass(2500 * time.Millisecond)
		j.Stop()
		wait(t, j)
		if j.Status().State != job.Stopped {
			t.Errorf("state %s", j.Status().State)
		}
		w.vault.mu.Lock()
		saved := len(w.vault.committed)
		w.vault.mu.Unlock()
		if saved < 200 {
			t.Errorf("only %d rows were committed when the job stopped", saved)
		}
		wait(t, w.mustStart(t, t.Context(), insert))
		w.vault.holds(t, 2000)
	})
}

func TestJobStartsAgainAfterAFailureThatMayPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		j := w.mustStart(t, t.Context(), insert)
		pass(2500 * time.Millisecond)
		w.vault.mu.Lock()
		w.vault.fail, w.vault.failures = diag.Errorf(diag.Unreachable, diag.Span{}, "vault is closed"), 2
		w.vault.mu.Unlock()
		wait(t, j)
		if got := j.Status().Restarts; got != 2 {
			t.Errorf("%d restarts", got)
		}
		w.vault.holds(t, 2000)
	})
}

func TestJobEndsAtAFailureThatStays(t *testing.T) {
	for name, test := range map[string]struct {
		kind     diag.Kind
		strategy string
		restarts int64
	}{
		"bad data":       {diag.BadData, "exponential-delay", 0},
		"no strategy":    {diag.Unreachable, "none", 0},
		"fixed attempts": {diag.Unreachable, "fixed-delay", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.vault.fail, w.vault.failures = diag.Errorf(test.kind, diag.Span{}, "vault says no"), 100
				j := w.mustStart(t, t.Context(), "SET 'restart-strategy.type' = '"+test.strategy+"';"+insert)
				if err := j.Wait(); diag.KindOf(err) != test.kind {
					t.Errorf("got %v", err)
				}
				if got := j.Status().Restarts; got != test.restarts {
					t.Errorf("%d restarts", got)
				}
			})
		})
	}
}

func TestChangedScriptIsRefusedOrTold(t *testing.T) {
	const grouped = `CREATE VIEW clocked AS SELECT n, PROCTIME() AS p FROM numbers;
		INSERT INTO vault SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE clocked, DESCRIPTOR(p), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;`
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, kill := context.WithCancel(t.Context())
		j := w.mustStart(t, ctx, grouped)
		pass(3 * time.Second)
		crash(t, j, kill)
		_, err := w.start(t, t.Context(), insert)
		if err == nil || !strings.Contains(err.Error(), `the script has changed: the checkpoint in memory has state that nothing in it takes over: "processing time of table numbers", "group tumble(`) {
			t.Fatalf("changed script: %v", err)
		}
		if !strings.Contains(diag.Render(err), "--allow-non-restored-state") {
			t.Errorf("no hint in %s", diag.Render(err))
		}
		j = w.mustStart(t, t.Context(), "SET 'execution.state-recovery.ignore-unclaimed-state' = 'true';"+insert)
		wait(t, j)
		if !strings.Contains(w.log.String(), "state of the checkpoint is dropped") {
			t.Errorf("not told: %s", w.log.String())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, kill := context.WithCancel(t.Context())
		j := w.mustStart(t, ctx, insert)
		pass(3 * time.Second)
		crash(t, j, kill)
		wait(t, w.mustStart(t, t.Context(), insert+grouped))
		if !strings.Contains(w.log.String(), "it starts empty") {
			t.Errorf("not told: %s", w.log.String())
		}
	})
}

func TestFreshJobForgetsWhatWasSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, kill := context.WithCancel(t.Context())
		j := w.mustStart(t, ctx, insert)
		pass(3 * time.Second)
		crash(t, j, kill)
		w.vault.committed = nil
		program, err := w.engine(func(c *engine.Config) { c.Fresh = true }).Prepare(&diag.Source{Name: "dir/numbers.sql", Text: toVault + insert})
		if err != nil {
			t.Fatal(err)
		}
		if j, err = program.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		wait(t, j)
		w.vault.holds(t, 2000)
	})
}

func TestSavepointIsAPlaceToBeginWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, kill := context.WithCancel(t.Context())
		j := w.mustStart(t, ctx, insert)
		pass(3500 * time.Millisecond)
		to, _ := w.open(ctx, "savepoint")
		if err := j.Savepoint(ctx, to); err != nil {
			t.Fatal(err)
		}
		w.vault.mu.Lock()
		atSavepoint := slices.Clone(w.vault.committed)
		w.vault.mu.Unlock()
		pass(5 * time.Second)
		crash(t, j, kill)

		w.vault = newVault() // another job, elsewhere
		w.vault.committed = atSavepoint
		delete(w.stores, "state/numbers")
		const from = "SET 'execution.state-recovery.path' = 'savepoint';"
		ctx, kill = context.WithCancel(t.Context())
		j = w.mustStart(t, ctx, from+insert)
		pass(2 * time.Second)
		crash(t, j, kill)
		wait(t, w.mustStart(t, t.Context(), from+insert)) // not with the savepoint again
		w.vault.holds(t, 2000)
	})
}

func TestSavepointIsNotMixedWithOtherCheckpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, kill := context.WithCancel(t.Context())
		j := w.mustStart(t, ctx, insert)
		pass(3 * time.Second)
		crash(t, j, kill)
		_, err := w.start(t, t.Context(), "SET 'execution.state-recovery.path' = 'savepoint';"+insert)
		if err == nil || !strings.Contains(err.Error(), "has checkpoints that do not come from the savepoint") {
			t.Errorf("got %v", err)
		}
	})
}

func TestJobIsAskedForASavepointByAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, kill := context.WithCancel(t.Context())
		j := w.mustStart(t, ctx, insert)
		pass(2 * time.Second)
		answer, err := checkpoint.Ask(ctx, w.stores["state/numbers"], checkpoint.Request{To: "there"}, time.Second)
		if err != nil || answer.Error != "" {
			t.Errorf("answer %+v, %v", answer, err)
		}
		if state, err := checkpoint.Newest(ctx, w.stores["there"]); err != nil || state == nil {
			t.Errorf("savepoint %v, %v", state, err)
		}
		crash(t, j, kill)
	})
}

func TestOneProcessRunsAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		first := w.mustStart(t, t.Context(), insert)
		pass(3500 * time.Millisecond)
		second := w.mustStart(t, t.Context(), insert) // the store has no lock: it takes the job over
		if err := first.Wait(); err == nil || !strings.Contains(err.Error(), "another process has taken over this job") {
			t.Errorf("the first one ended with %v", err)
		}
		wait(t, second)
		w.vault.holds(t, 2000)
	})
}

// brittle is a store whose writes fail while it is told so.
type brittle struct {
	*checkpoint.Memory
	mu     sync.Mutex
	broken bool
}

func (b *brittle) set(broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = broken
}

func (b *brittle) Put(ctx context.Context, name string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return errors.New("disk is full")
	}
	return b.Memory.Put(ctx, name, data)
}

func (b *brittle) Create(ctx context.Context, name string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return errors.New("disk is full")
	}
	return b.Memory.Create(ctx, name, data)
}

func TestFailedCheckpointsAreTolerated(t *testing.T) {
	for name, test := range map[string]struct {
		tolerable string
		end       string
	}{
		"for a while":    {"10", ""},
		"only a few":     {"2", "disk is full"},
		"without bounds": {"-1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				store := &brittle{Memory: checkpoint.NewMemory()}
				w.stores["state/numbers"] = store
				j := w.mustStart(t, t.Context(), "SET 'restart-strategy.type' = 'none'; SET 'execution.checkpointing.tolerable-failed-checkpoints' = '"+test.tolerable+"';"+insert)
				pass(2500 * time.Millisecond)
				store.set(true)
				pass(5 * time.Second)
				store.set(false)
				err := j.Wait()
				if test.end == "" && err != nil || test.end != "" && (err == nil || !strings.Contains(err.Error(), test.end)) {
					t.Fatalf("ended with %v", err)
				}
				if test.end != "" {
					wait(t, w.mustStart(t, t.Context(), insert))
				}
				w.vault.holds(t, 2000)
			})
		})
	}
}

func TestStateLimitEndsTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		j := w.mustStart(t, t.Context(), `SET 'state.memory-limit' = '32 kb';
			CREATE VIEW clocked AS SELECT n, PROCTIME() AS p FROM numbers;
			INSERT INTO vault SELECT n FROM TABLE(TUMBLE(TABLE clocked, DESCRIPTOR(p), INTERVAL '1' HOUR)) GROUP BY n, window_start, window_end;`)
		err := j.Wait()
		if diag.KindOf(err) != diag.Exhausted || !strings.Contains(err.Error(), `most of it is in "group tumble(`) {
			t.Errorf("got %v", err)
		}
	})
}
