package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

var simSeeds = flag.Int("sim.seeds", 40, "how many simulations of crashes run; make sim chooses more")

// simQuery keeps every number in a window until the watermark completes it, and lets it out once.
const simQuery = `
CREATE TABLE numbers (n BIGINT, ts AS TO_TIMESTAMP_LTZ(n * 10, 3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '2000');
CREATE TABLE vault (n BIGINT) WITH ('connector' = 'vault');
SET 'execution.checkpointing.interval' = '700 ms';
SET 'execution.checkpointing.timeout' = '4 s';
SET 'parallelism.default' = '%d';
INSERT INTO vault SELECT n FROM TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY n, window_start, window_end;
`

// TestSimulatedCrashes runs a job through crashes at any operation of its store, through stores that
// fail, lose answers, are slow or leave half an object behind, and through an outside system that fails.
// In the end every row must have come out once. Seeds choose the faults and the moments; goroutines
// are scheduled as they come.
//
//	go test ./internal/engine -run TestSimulatedCrashes/seed-17
func TestSimulatedCrashes(t *testing.T) {
	for seed := range uint64(*simSeeds) {
		t.Run(fmt.Sprint("seed-", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { simulate(t, rand.New(rand.NewPCG(seed, 7))) })
		})
	}
}

func simulate(t *testing.T, random *rand.Rand) {
	w := newWorld()
	disk := checkpoint.NewMemory()
	const lives = 200
	for range lives {
		ctx, kill := context.WithCancel(t.Context())
		store := &faulty{Memory: disk, random: random, crash: kill, left: 5 + random.IntN(120)}
		w.stores["state/numbers"] = store
		if random.IntN(3) == 0 {
			w.vault.mu.Lock()
			w.vault.fail, w.vault.failures = diag.Errorf(diag.Unreachable, diag.Span{}, "vault is closed"), 1+random.IntN(2)
			w.vault.mu.Unlock()
		}
		ended := w.live(t, ctx, random)
		kill()
		synctest.Wait()
		log, err := disk.List(t.Context(), "log/")
		if err != nil {
			t.Fatal(err)
		}
		if ended && len(log) > 0 {
			t.Errorf("left after the end: %q", log)
		}
		// A crash between the end of the job and that of its process changes nothing any more.
		if ended || len(log) == 0 && len(w.vault.committed) > 0 {
			w.vault.holds(t, 2000)
			return
		}
	}
	t.Errorf("the job has not ended after %d lives: %s", lives, w.log.String())
}

// live runs the job until it has ended well, or crashes.
func (w *world) live(t *testing.T, ctx context.Context, random *rand.Rand) bool { //nolint:revive // t first, as in the standard library
	t.Helper()
	program, err := w.engine(nil).Prepare(&diag.Source{Name: "numbers.sql", Text: fmt.Sprintf(simQuery, 1+random.IntN(3))})
	if err != nil {
		t.Fatal(diag.Render(err))
	}
	j, err := program.Start(ctx)
	if err != nil {
		return false // the store has failed at the very beginning
	}
	crash := time.NewTimer(time.Duration(random.Int64N(int64(12 * time.Second))))
	defer crash.Stop()
	select {
	case <-j.Done():
		return j.Wait() == nil
	case <-ctx.Done():
	case <-crash.C:
	}
	w.stores["state/numbers"].(*faulty).end()
	_ = j.Wait() // it has crashed, or ends while it does
	return false
}

// faulty is a store of one process. After a crash nothing that the process does reaches it.
type faulty struct {
	*checkpoint.Memory
	random *rand.Rand
	crash  func()

	mu   sync.Mutex
	left int // operations until the process crashes in one
	dead bool
}

var (
	errDead = errors.New("the process has crashed")
	errLost = errors.New("the answer is lost")
	errFull = errors.New("disk is full")
)

func (f *faulty) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	f.crash()
}

// operation decides what happens to an operation.
func (f *faulty) operation(ctx context.Context) (fault int, err error) {
	f.mu.Lock()
	if f.dead {
		f.mu.Unlock()
		return 0, errDead
	}
	f.left--
	crash := f.left <= 0
	fault, slow := f.random.IntN(60), f.random.IntN(12) == 0
	pause := time.Duration(f.random.Int64N(int64(3 * time.Second)))
	if crash {
		f.dead = true
		f.crash()
	}
	f.mu.Unlock()
	if crash {
		return fault % 3, errDead
	}
	if slow {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return fault, nil
}

// write writes an object by do, or as much of it as a fault lets through.
func (f *faulty) write(ctx context.Context, name string, data []byte, do func(ctx context.Context, name string, data []byte) error) error {
	fault, err := f.operation(ctx)
	switch {
	case err != nil && fault == 1: // the crash came after the write
		_ = do(ctx, name, data)
		return err
	case err != nil && fault == 2 && strings.HasPrefix(name, "state/"):
		_ = do(ctx, name, data[:len(data)/2]) // a part of a file that no manifest names
		return err
	case err != nil:
		return err
	case fault == 0:
		return errFull
	case fault == 1:
		return errors.Join(do(ctx, name, data), errLost)
	}
	return do(ctx, name, data)
}

// Put writes an object.
func (f *faulty) Put(ctx context.Context, name string, data []byte) error {
	return f.write(ctx, name, data, f.Memory.Put)
}

// Create writes an object that does not exist.
func (f *faulty) Create(ctx context.Context, name string, data []byte) error {
	return f.write(ctx, name, data, f.Memory.Create)
}

// Get reads an object.
func (f *faulty) Get(ctx context.Context, name string) ([]byte, error) {
	if fault, err := f.operation(ctx); err != nil || fault == 0 {
		return nil, errors.Join(err, errLost)
	}
	return f.Memory.Get(ctx, name)
}

// List lists objects.
func (f *faulty) List(ctx context.Context, prefix string) ([]string, error) {
	if fault, err := f.operation(ctx); err != nil || fault == 0 {
		return nil, errors.Join(err, errLost)
	}
	return f.Memory.List(ctx, prefix)
}

// Delete deletes objects: perhaps only some, when the process crashes.
func (f *faulty) Delete(ctx context.Context, names ...string) error {
	fault, err := f.operation(ctx)
	if err != nil {
		_ = f.Memory.Delete(ctx, names[:len(names)*fault/3]...)
		return err
	}
	if fault == 0 {
		return errLost
	}
	return f.Memory.Delete(ctx, names...)
}
