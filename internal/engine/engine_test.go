package engine_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/blackhole"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

const generated = `
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
`

func newEngine(rows func(engine.Header, *batch.Batch) error) *engine.Engine {
	return engine.New(engine.Config{Connectors: connector.Registry{datagen.Factory(), blackhole.Factory()}, Rows: rows})
}

func start(t *testing.T, ctx context.Context, e *engine.Engine, sql string) *engine.Job { //nolint:revive // t first, as in the standard library
	t.Helper()
	program, err := e.Prepare(&diag.Source{Text: sql})
	if err != nil {
		t.Fatal(diag.Render(err))
	}
	job, err := program.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// pass lets fake time pass.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // fake clock
	synctest.Wait()
}

func TestDrainDeliversEverythingThatWasRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown atomic.Int64
		e := newEngine(func(_ engine.Header, b *batch.Batch) error {
			shown.Add(int64(b.Rows()))
			return nil
		})
		job := start(t, t.Context(), e, generated+"SELECT n FROM numbers; INSERT INTO nowhere SELECT n FROM numbers WHERE n % 2 = 0;")
		pass(3 * time.Second)
		job.Drain()
		job.Drain() // a second time changes nothing
		if err := job.Wait(); err != nil {
			t.Fatal(err)
		}
		status := job.Status()
		if status.State != "finished" || len(status.Sources) != 1 {
			t.Errorf("state %s with %d sources, want finished with the one that both statements share", status.State, len(status.Sources))
		}
		read := status.Sources[0].Splits[0].Rows
		if read < 200 || shown.Load() != read {
			t.Errorf("%d rows were read and %d shown", read, shown.Load())
		}
		if got := status.Sinks[1].Rows; got != read/2 {
			t.Errorf("%d of %d rows went into the table, want half", got, read)
		}
	})
}

func TestEndOfContextEndsTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		job := start(t, ctx, newEngine(nil), generated+"INSERT INTO nowhere SELECT n FROM numbers;")
		pass(time.Second)
		cancel()
		if err := job.Wait(); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := job.Status().State; got != "failed" {
			t.Errorf("state %s", got)
		}
	})
}

func TestErrorOfAStatementEndsTheJobWithItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		job := start(t, t.Context(), newEngine(nil), generated+"INSERT INTO nowhere SELECT 100 / (n - 50) FROM numbers;")
		err := job.Wait()
		if err == nil || !strings.Contains(err.Error(), "division by zero") || !strings.Contains(err.Error(), "at line 4, column") {
			t.Errorf("got %v", err)
		}
	})
}

func TestErrorOfShowingRowsEndsTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		e := newEngine(func(engine.Header, *batch.Batch) error { return full })
		if err := start(t, t.Context(), e, generated+"SELECT n FROM numbers;").Wait(); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPrepareKeepsTheSession(t *testing.T) {
	e := newEngine(nil)
	if _, err := e.Prepare(&diag.Source{Text: generated}); err != nil {
		t.Fatal(err)
	}
	program, err := e.Prepare(&diag.Source{Text: "SET 'parallelism.default' = '3'; EXPLAIN SELECT n FROM numbers; INSERT INTO nowhere SELECT n FROM numbers;"})
	if err != nil {
		t.Fatal(err)
	}
	if got := program.Statements(); got != 1 {
		t.Errorf("%d statements to run, want 1: EXPLAIN only explains", got)
	}
	if want := "show\n └─ scan numbers [n]\n\nsink nowhere, at-least-once\n └─ scan numbers [n]\n"; program.Explain() != want {
		t.Errorf("got\n%s\nwant\n%s", program.Explain(), want)
	}
	if _, err := e.Prepare(&diag.Source{Text: "SELECT n FROM numbers;"}); diag.KindOf(err) != diag.Unsupported {
		t.Errorf("SELECT without a place to show rows: %v", err)
	}
}
