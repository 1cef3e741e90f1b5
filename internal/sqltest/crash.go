package sqltest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// parallelisms are what a job runs with after each crash, in turn.
var parallelisms = []int{3, 1, 2}

// crash ends the job without notice, as the end of its process would, and starts it again in a new
// engine, with another parallelism, from what the store holds.
func (r *runner) crash(t *testing.T) {
	if r.job == nil {
		return
	}
	select {
	case <-r.job.Done():
		return
	default:
	}
	r.kill()
	_ = r.job.Wait() // it was killed
	r.crashes++
	r.engine = r.newEngine(parallelisms[r.crashes%len(parallelisms)])
	for _, text := range r.history {
		_, _ = r.prepare(text) // what it says was said when it was new
	}
	if text := r.start(r.running); text != "" {
		t.Fatalf("crash %d: the job does not start again: %s", r.crashes, text)
	}
	advance(settle)
}

// start starts the statements of a script as a job that crash can end.
func (r *runner) start(text string) string {
	program, err := r.prepare(text)
	if err != nil {
		return rendered(err)
	}
	ctx, kill := context.WithCancel(context.Background())
	if r.job, err = program.Start(ctx); err != nil {
		kill()
		return rendered(err)
	}
	r.kill = kill
	return ""
}

// crashesAfter reports whether the variant crashes after a command.
func (v Variant) crashesAfter(command string) bool {
	return v.Checkpoints > 0 && slices.Contains([]string{"put", "advance", "split", "merge", "run"}, command)
}

// crashSettings are those of a job that is saved at the variant's interval.
func (v Variant) crashSettings(parallelism int) map[string]string {
	settings := map[string]string{}
	maps.Copy(settings, v.Settings)
	if v.Checkpoints > 0 {
		settings["execution.checkpointing.interval"] = v.Checkpoints.String()
		settings["parallelism.default"] = strconv.Itoa(parallelism)
	}
	return settings
}

// openStore opens a place that outlives crashes.
func (r *runner) openStore(_ context.Context, place string) (checkpoint.Store, error) {
	key := fmt.Sprint(r.runs, place) // a case may run one script several times
	if r.stores[key] == nil {
		r.stores[key] = checkpoint.NewMemory()
	}
	return r.stores[key], nil
}

// ledger is an outside system that commits rows in two phases. It outlives the job, and shows a row
// once the sink has committed it.
type ledger struct {
	runner    *runner
	statement int
	schema    types.Schema

	mu     *sync.Mutex // of the runner
	staged map[string][]string
}

// results makes the sink of a SELECT: the same one after each crash.
func (r *runner) results(statement int, schema types.Schema) connector.Sink {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fmt.Sprint(r.runs, "-", statement)
	if r.ledgers[key] == nil {
		r.ledgers[key] = &ledger{runner: r, statement: statement, schema: schema, mu: &r.mu, staged: map[string][]string{}}
	}
	return r.ledgers[key]
}

// Open returns a writer.
func (l *ledger) Open(_ context.Context, lane int) (connector.Writer, error) {
	return &entry{ledger: l, lane: lane}, nil
}

// Commit shows what was staged.
func (l *ledger) Commit(_ context.Context, prepared [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range prepared {
		l.runner.rows = append(l.runner.rows, l.staged[string(name)]...)
		delete(l.staged, string(name))
	}
	return nil
}

// Recover commits what the checkpoint holds, and forgets everything else.
func (l *ledger) Recover(ctx context.Context, prepared [][]byte) error {
	err := l.Commit(ctx, prepared)
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.staged)
	return err
}

// Close does nothing: the ledger stays.
func (l *ledger) Close() error { return nil }

// entry writes to a ledger.
type entry struct {
	ledger *ledger
	lane   int
	lines  []string
}

// Write formats rows.
func (e *entry) Write(_ context.Context, b *batch.Batch) error {
	e.lines = append(e.lines, formatRows(e.ledger.statement, e.ledger.schema, b)...)
	return nil
}

// Flush is not called: Prepare is.
func (e *entry) Flush(context.Context) error { return fmt.Errorf("flush of a writer that prepares") }

// Prepare stages what was written.
func (e *entry) Prepare(_ context.Context, epoch checkpoint.Epoch, _ bool) ([]byte, error) {
	if len(e.lines) == 0 {
		return nil, nil
	}
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	name := fmt.Sprintf("%d-%d", epoch, e.lane)
	e.ledger.staged[name] = e.lines
	e.lines = nil
	return []byte(name), nil
}

// Close forgets what was not staged.
func (e *entry) Close() error { return nil }

// Distinct returns the outcome of a case without the repetitions of records that a sink may write
// again after a crash: those of streams. Rows of SELECT stay as they are.
func Distinct(outcome []string) []string {
	var last []byte
	return slices.DeleteFunc(slices.Clone(outcome), func(line string) bool {
		again := strings.HasPrefix(line, sunkPrefix) && bytes.Equal(last, []byte(line))
		last = []byte(line)
		return again
	})
}

// crashInterval is how long a job of the variant Crash may run without being saved: commands settle for
// longer, so everything before a crash is saved.
const crashInterval = 2 * time.Second

// betweenInterval is longer than a command settles, so that crashes come with work that is not saved.
const betweenInterval = 17 * time.Second

// CrashVariants are those in which the job crashes after every command that gives it something to do.
func CrashVariants() []Variant {
	return []Variant{
		{Name: "crash", Settings: Plain.Settings, Checkpoints: crashInterval},
		{Name: "crash-between", Settings: Plain.Settings, Checkpoints: betweenInterval},
		{Name: "crash-shards-4", Settings: Plain.Settings, Checkpoints: betweenInterval, Shards: 4},
	}
}
