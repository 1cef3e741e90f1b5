package kinesis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"go.uber.org/goleak"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
	"github.com/penstock-io/penstock/kinesisserver"
)

func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	lingering := goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait") // half a second of its own
	if err := goleak.Find(lingering); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// advance moves the fake clock of a synctest bubble and lets everything due happen.
func advance(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // fake clock
	synctest.Wait()
}

// world is a server in memory with a connector in front of it, both on a fake clock.
type world struct {
	*testing.T
	srv     *kinesisserver.Server
	factory *connector.Factory
	api     *kinesis.Client
	options []string
	meter   connector.Meter
	log     *logBuffer
}

// logBuffer is what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const streamName = "clicks"

// keys keep the SDK from looking for credentials on the machine that runs the tests.
var keys = []string{"aws.credentials.basic.accesskeyid", "test", "aws.credentials.basic.secretkey", "test"}

// inWorld runs a test in a bubble with a stream of some shards. options are for every table.
func inWorld(t *testing.T, shards int, test func(w *world), options ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newWorld(t, shards, options...)) })
}

// newWorld starts a server in memory, in the bubble that the caller is in.
func newWorld(t *testing.T, shards int, options ...string) *world {
	t.Helper()
	return startWorld(t, kinesisserver.Config{Seed: 1}, shards, options...)
}

// startWorld is newWorld with a server that is set up otherwise.
func startWorld(t *testing.T, config kinesisserver.Config, shards int, options ...string) *world {
	t.Helper()
	srv := kinesisserver.New(config)
	endpoint, dial := srv.StartInMemory()
	transport := &http.Transport{DialContext: dial}
	w := &world{
		T: t, srv: srv, log: &logBuffer{},
		factory: Factory(Config{Dial: dial, Seed: 1}),
		options: append([]string{"stream", streamName, "aws.endpoint", endpoint, "aws.region", "us-east-1"}, append(slices.Clone(keys), options...)...),
		api: kinesis.New(kinesis.Options{
			Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &httpClient{Client: &http.Client{Transport: transport}},
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		}),
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		w.must(srv.Close())
	})
	if shards > 0 {
		w.must(srv.CreateStream(streamName, shards))
	}
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// jsonFormat is the format of all tables.
var jsonFormat = func() *format.Format {
	f, err := format.Lookup("json", diag.Span{})
	if err != nil {
		panic(err)
	}
	return f
}()

// parseOptions checks "key", "value" pairs as the engine does.
func parseOptions(pairs ...string) (*option.Values, error) {
	var given []option.Given
	for i := 0; i < len(pairs); i += 2 {
		given = append(given, option.Given{Key: pairs[i], Value: pairs[i+1]})
	}
	return option.Parse(`table "clicks"`, given, options, jsonFormat.Options, format.TableOptions)
}

var userAndNumber = []connector.Column{{Name: "usr", Type: types.String}, {Name: "n", Type: types.Of(types.BigInt)}}

// table declares a table over the stream; later options replace those of the world.
func (w *world) table(columns []connector.Column, options ...string) connector.Table {
	w.Helper()
	pairs := slices.Clone(w.options)
	for i := 0; i < len(options); i += 2 {
		if at := slices.Index(pairs, options[i]); at >= 0 {
			pairs[at+1] = options[i+1]
		} else {
			pairs = append(pairs, options[i], options[i+1])
		}
	}
	values, err := parseOptions(pairs...)
	w.must(err)
	return connector.Table{Name: "clicks", Columns: columns, Options: values, Format: jsonFormat}
}

func (w *world) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// open opens a table for reading; the source is closed when the test ends.
func (w *world) open(table connector.Table) connector.Source {
	w.Helper()
	w.must(w.factory.Check(table))
	src, err := w.factory.NewSource(w.Context(), connector.ScanRequest{
		Table: table, Columns: table.Columns, Logger: w.logger(), Meter: &w.meter, Zone: time.UTC,
	})
	w.must(err)
	w.Cleanup(func() { w.must(src.Close()) })
	return src
}

// sink opens a table for writing, all of its columns.
func (w *world) sink(table connector.Table) (connector.Sink, error) {
	w.Helper()
	w.must(w.factory.Check(table))
	return w.factory.NewSink(w.Context(), connector.SinkRequest{
		Table: table, Columns: table.Columns, Logger: w.logger(), Meter: &w.meter, Zone: time.UTC,
	})
}

// writer returns a writer of a table; it is closed when the test ends.
func (w *world) writer(table connector.Table) connector.Writer {
	w.Helper()
	snk, err := w.sink(table)
	w.must(err)
	writer, err := snk.Open(w.Context(), 0)
	w.must(err)
	w.Cleanup(func() { w.must(errors.Join(writer.Close(), snk.Close())) })
	return writer
}

// put writes a row as a producer would and returns it as a line of read.
func (w *world) put(user string, n int) string {
	w.Helper()
	_, err := w.api.PutRecord(w.Context(), &kinesis.PutRecordInput{
		StreamName: aws.String(streamName), PartitionKey: &user, Data: fmt.Appendf(nil, `{"usr":%q,"n":%d}`, user, n),
	})
	w.must(err)
	return fmt.Sprintf("%s | %d", user, n)
}

// rows returns the rows of a batch as lines.
func rows(b *batch.Batch, columns []connector.Column) []string {
	if b == nil {
		return nil
	}
	schema := make(types.Schema, len(columns))
	for i, column := range columns {
		schema[i] = types.Field{Name: column.Name, Type: column.Type}
	}
	var lines []string
	for row := range b.Rows() {
		lines = append(lines, batch.FormatRow(b, schema, row))
	}
	return lines
}

// job is a stand-in for the engine: it opens shards when their parents are done and reads all of
// them at the same time.
type job struct {
	*world
	src     connector.Source
	columns []connector.Column
	ctx     context.Context //nolint:containedctx // of the test
	stop    context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	known  map[string]connector.Split
	opened []string // shards, in order
	done   map[string]bool
	rows   []string
	err    error
}

// state is a copy of what a job has done so far.
type state struct {
	rows, opened, known, done []string
	err                       error
}

func (j *job) state() state {
	j.mu.Lock()
	defer j.mu.Unlock()
	return state{
		rows: slices.Clone(j.rows), opened: slices.Clone(j.opened), err: j.err,
		known: slices.Sorted(maps.Keys(j.known)), done: slices.Sorted(maps.Keys(j.done)),
	}
}

// newJob returns a job that reads nothing yet.
func (w *world) newJob(src connector.Source, columns []connector.Column) *job {
	j := &job{world: w, src: src, columns: columns, known: map[string]connector.Split{}, done: map[string]bool{}}
	j.ctx, j.stop = context.WithCancel(w.Context())
	w.Cleanup(j.end)
	return j
}

// run reads a source until stopped or until everything is read.
func (w *world) run(src connector.Source, columns []connector.Column) *job {
	j := w.newJob(src, columns)
	j.discover()
	if interval := src.DiscoveryInterval(); interval > 0 {
		j.running.Go(func() {
			for awsclient.Pause(j.ctx, interval) == nil {
				j.discover()
			}
		})
	}
	return j
}

// end stops the job and waits for its readers.
func (j *job) end() {
	j.stop()
	j.running.Wait()
}

func (j *job) discover() {
	splits, err := j.src.Splits(j.ctx)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.note(err)
	j.add(splits)
}

func (j *job) note(err error) {
	if j.err == nil && err != nil && !errors.Is(err, context.Canceled) {
		j.err = err
	}
}

func (j *job) add(splits []connector.Split) {
	for _, split := range splits {
		if _, ok := j.known[split.ID]; !ok {
			j.known[split.ID] = split
		}
	}
	for _, split := range j.known {
		ready := !slices.ContainsFunc(split.Parents, func(parent string) bool {
			_, known := j.known[parent]
			return known && !j.done[parent]
		})
		if ready && !slices.Contains(j.opened, split.ID) {
			j.opened = append(j.opened, split.ID)
			j.running.Go(func() { j.read(split) })
		}
	}
}

func (j *job) read(split connector.Split) {
	reader, err := j.src.Open(j.ctx, split)
	if err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.note(err)
		return
	}
	defer reader.Close()
	for {
		page, err := reader.Next(j.ctx)
		j.mu.Lock()
		if err != nil {
			if errors.Is(err, io.EOF) {
				j.done[split.ID] = true
			} else {
				j.note(err)
			}
			j.add(nil)
			j.mu.Unlock()
			return
		}
		j.rows = append(j.rows, rows(page.Rows, j.columns)...)
		j.add(page.Splits)
		j.mu.Unlock()
	}
}

// want checks what has been read so far, in any order.
func (j *job) want(want ...string) {
	j.Helper()
	s := j.state()
	if s.err != nil {
		j.Fatal(s.err)
	}
	got, want := slices.Sorted(slices.Values(s.rows)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		j.Fatalf("got %d rows %q\nwant %d %q", len(got), got, len(want), want)
	}
}

// wantError checks the text that a user sees.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want\n%s", want)
	}
	if got := strings.TrimSpace(diag.Render(err)); got != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
