// Package sqltest runs the golden cases in testdata/sql: transcripts of SQL, of records put into
// streams, and of the rows and records that come out.
//
// Every case runs on the real engine against the real Kinesis server, in memory and on fake time,
// first as it is written, then under variants that must not change what comes out in the end: other
// batch sizes, parallel tasks, more shards, each optimiser rule off, crashes after every command with a
// restart from the last checkpoint at another parallelism.
//
// Commands of a case, each followed by its arguments, its input, a line of four dashes and what it
// prints:
//
//	stream NAME [shards=N] [region=R]   creates a stream
//	exec                           statements that act on the session or look at it: CREATE, SET, SHOW
//	explain                        prints the plans of the statements
//	run                            starts the INSERT and SELECT statements as one job
//	put stream=NAME [key=FIELD]    puts a record per line; FIELD of the JSON is the partition key. With
//	                               quoted, each line is a string of Go; with gzip or zlib, it is compressed
//	advance DURATION               moves the clock
//	split stream=NAME shard=N      splits a shard in half; merge stream=NAME shard=N other=M
//	rows [ordered]                 prints the rows that SELECTs have shown since the last rows, sorted; or as each statement showed them
//	sink stream=NAME               prints the records in a stream since the last sink, sorted; with quoted,
//	                               as strings of Go
//	letters FILE                   prints the dead letters in a file, sorted, without what differs from run to run
//	files dir=NAME                 prints the lines of the visible files in a directory, sorted
//	status                         prints the counters of the job
//	drain                          drains the job and waits for its end
//
// $DIR in the input of a command is a directory of the run, empty at first.
//
// A line "# variants: none (reason)" keeps a case from running under variants, and "# crashes: none
// (reason)" under those that crash.
package sqltest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/blackhole"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/connector/file"
	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/connector/postgres"
	printsink "github.com/penstock-io/penstock/internal/connector/print"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/types"
	"github.com/penstock-io/penstock/kinesisserver"
)

// Variant is one way to run a case.
type Variant struct {
	Name     string
	Settings map[string]string
	Shards   int    // of every stream; 0: as the case says
	RuleOff  string // optimiser rule that is left out
	// Checkpoints is how often the job is saved, and says that it crashes after every command; 0: never.
	Checkpoints time.Duration
}

// Plain runs a case as it is written: one task, and what every block prints is compared.
var Plain = Variant{Name: "plain", Settings: map[string]string{"parallelism.default": "1"}}

// settle is how long after an action its effects are awaited: longer than a reader's pause and a
// writer's flush interval, shorter than the idle timeout.
const settle = 6 * time.Second

// Run runs the case at path under the variant and returns everything that came out in the end:
// rows and records, sorted. Under Plain it also compares, or rewrites, every block.
func Run(t *testing.T, path string, v Variant) (outcome []string) {
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(v)
		defer r.close()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			got := r.command(t, d)
			if v.crashesAfter(d.Cmd) {
				r.crash(t)
			}
			if v.Name == Plain.Name || d.Cmd == "exec" && (isError(got) || isError(d.Expected)) {
				return got
			}
			return d.Expected // when things come out may differ, and plans; what comes out, may not
		})
		outcome = r.outcome()
	})
	if v.Checkpoints > 0 {
		outcome = Distinct(outcome)
	}
	return outcome
}

func isError(output string) bool { return strings.HasPrefix(output, "error: ") }

// runner is the world of one run of a case.
type runner struct {
	variant Variant
	server  *kinesisserver.Server
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	engine  *engine.Engine
	client  *client
	job     *engine.Job
	printed strings.Builder
	// directory is what $DIR stands for; "": nothing has asked for it.
	directory string

	kill    context.CancelFunc // ends the job without notice
	crashes int
	runs    int      // jobs of the case
	history []string // what was prepared without being run
	running string   // the script of the job
	stores  map[string]checkpoint.Store
	ledgers map[string]*ledger

	mu   sync.Mutex
	rows []string // shown by SELECTs
	seen int      // of rows, printed by the rows command
	put  map[string]int
	sunk map[string]int // records printed by the sink command

	looked map[string]bool // directories that the files command has printed
}

func newRunner(v Variant) *runner {
	server := kinesisserver.New(kinesisserver.Config{})
	endpoint, dial := server.StartInMemory()
	r := &runner{
		variant: v, server: server, dial: dial, put: map[string]int{}, sunk: map[string]int{}, looked: map[string]bool{},
		kill: func() {}, stores: map[string]checkpoint.Store{}, ledgers: map[string]*ledger{},
	}
	for key, value := range map[string]string{
		"AWS_ENDPOINT_URL_KINESIS": endpoint, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		_ = os.Setenv(key, value) // the same for every case
	}
	r.client = newClient(endpoint, dial)
	r.engine = r.newEngine(1)
	return r
}

func (r *runner) newEngine(parallelism int) *engine.Engine {
	cfg := engine.Config{
		Connectors: connector.Registry{
			kinesis.Factory(kinesis.Config{Dial: r.dial, Seed: 1}), file.Factory(), postgres.Factory(), postgres.JDBC(), datagen.Factory(),
			printsink.Factory(&r.printed, &r.printed), blackhole.Factory(),
		},
		Settings: r.variant.crashSettings(parallelism), WithoutRules: []string{r.variant.RuleOff},
		Logger: slog.New(slog.DiscardHandler), Rows: r.show,
	}
	if r.variant.Checkpoints > 0 {
		cfg.StateDirectory, cfg.OpenStore, cfg.Results = "state", r.openStore, r.results
	}
	return engine.New(cfg)
}

func (r *runner) close() {
	if r.job != nil {
		r.job.Drain()
		_ = r.job.Wait() // a case that cares has drained already
	}
	r.client.close()
	_ = r.server.Close() // nothing depends on it any more
}

// show collects the rows of SELECT statements.
func (r *runner) show(h engine.Header, b *batch.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = append(r.rows, formatRows(h.Statement, h.Schema, b)...)
	return nil
}

// formatRows returns rows of a SELECT as text.
func formatRows(statement int, schema types.Schema, b *batch.Batch) []string {
	lines := make([]string, b.Rows())
	for row := range lines {
		lines[row] = batch.FormatRow(b, schema, row)
		if statement > 0 {
			lines[row] = fmt.Sprintf("(%d) %s", statement, lines[row])
		}
	}
	return lines
}

// command runs one command and returns what it prints.
func (r *runner) command(t *testing.T, d *datadriven.TestData) string {
	ctx := t.Context()
	if strings.Contains(d.Input, "$DIR") {
		if r.directory == "" {
			r.directory = t.TempDir()
		}
		d.Input = strings.ReplaceAll(d.Input, "$DIR", r.directory)
	}
	switch d.Cmd {
	case "stream":
		return r.createStream(ctx, d)
	case "exec":
		return r.exec(d.Input)
	case "explain":
		program, err := r.prepare(d.Input)
		if err != nil {
			return rendered(err)
		}
		return program.Explain()
	case "run":
		return r.run(ctx, d.Input)
	case "put":
		return r.putRecords(ctx, t, d)
	case "split", "merge":
		return r.reshard(ctx, t, d)
	case "advance":
		pause, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		advance(pause)
		return ""
	case "rows":
		return r.shown(d.HasArg("ordered"))
	case "sink":
		return r.sink(ctx, t, d)
	case "files":
		return r.files(t, d)
	case "printed":
		text := r.printed.String()
		r.printed.Reset()
		return sortLines(strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
	case "letters":
		return letters(filepath.Join(r.directory, d.CmdArgs[0].Key))
	case "status":
		return r.status()
	case "drain":
		return r.drain()
	}
	d.Fatalf(t, "there is no command %q", d.Cmd)
	return ""
}

// advance moves the fake clock and waits until nothing can happen without it moving again.
func advance(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // fake clock
	synctest.Wait()
}

func rendered(err error) string { return diag.Render(err) }

func (r *runner) prepare(text string) (*engine.Program, error) {
	return r.engine.Prepare(&diag.Source{Text: text})
}

func (r *runner) exec(text string) string {
	program, err := r.prepare(text)
	if err != nil {
		return rendered(err)
	}
	r.history = append(r.history, text)
	if n := program.Statements(); n > 0 {
		return fmt.Sprintf("error: exec has %d statements to run: use run\n", n)
	}
	return results(program)
}

// results returns what the statements of a program found: a line of names and a line per row, or the
// text that a result is.
func results(program *engine.Program) string {
	var out strings.Builder
	for _, result := range program.Results() {
		if !result.Text {
			fmt.Fprintln(&out, strings.Join(result.Schema.Names(), " | "))
		}
		for row := range result.Rows.Rows() {
			fmt.Fprintln(&out, batch.FormatRow(result.Rows, result.Schema, row))
		}
	}
	return out.String()
}

func (r *runner) run(ctx context.Context, text string) string {
	program, err := r.prepare(text)
	if err == nil {
		ctx, r.kill = context.WithCancel(ctx)
		r.running = text
		r.runs++
		r.job, err = program.Start(ctx)
	}
	if err != nil {
		return rendered(err)
	}
	advance(settle)
	found := results(program)
	select {
	case <-r.job.Done():
		if err := r.job.Wait(); err != nil {
			return found + rendered(err)
		}
		return found + "ended\n"
	default:
		return found
	}
}

func (r *runner) drain() string {
	if r.job == nil {
		return "error: no job runs\n"
	}
	r.job.Drain()
	err := r.job.Wait()
	r.job = nil
	synctest.Wait()
	if err != nil {
		return rendered(err)
	}
	return ""
}

// shown returns the rows since the last call: as they were shown, or sorted.
func (r *runner) shown(ordered bool) string {
	advance(settle)
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := slices.Clone(r.rows[r.seen:])
	r.seen = len(r.rows)
	if ordered && len(fresh) > 0 {
		slices.SortStableFunc(fresh, func(a, b string) int { return statementOf(a) - statementOf(b) })
		return strings.Join(fresh, "\n") + "\n"
	}
	return sortLines(fresh)
}

// statementOf returns the number of the statement that a line that was shown is of.
func statementOf(line string) int {
	var n int
	_, _ = fmt.Sscanf(line, "(%d) ", &n) // no number: the first statement
	return n
}

func sortLines(lines []string) string {
	slices.Sort(lines)
	if len(lines) == 0 || len(lines) == 1 && lines[0] == "" {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

func (r *runner) status() string {
	if r.job == nil {
		return "no job\n"
	}
	var out strings.Builder
	s := r.job.Status()
	for _, source := range s.Sources {
		watermark := "none"
		if source.Watermark != nil {
			watermark = string(types.AppendTimestamp(nil, *source.Watermark, 3, ' '))
		}
		fmt.Fprintf(&out, "source %s: %d records, %d bad, watermark %s\n", source.Table, source.Records, source.BadRecords, watermark)
	}
	for _, sink := range s.Sinks {
		fmt.Fprintf(&out, "sink %s: %d rows, %d late\n", sink.Table, sink.Rows, s.LateRows[sink.Table])
	}
	return out.String()
}

// outcome drains what still runs and returns everything that came out.
func (r *runner) outcome() []string {
	if r.job != nil {
		if text := r.drain(); text != "" {
			return []string{text}
		}
	}
	r.mu.Lock()
	all := slices.Clone(r.rows)
	r.mu.Unlock()
	all = append(all, r.client.sunk(context.Background(), r.sunk)...)
	all = append(all, r.filed()...)
	slices.Sort(all)
	return all
}
