package file

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// sinkOf opens a table (n BIGINT, k STRING) for writing, partitioned by the given columns.
func sinkOf(t *testing.T, root string, partitionedBy []string, options ...string) (*sink, error) {
	t.Helper()
	given := []option.Given{{Key: "connector", Value: "filesystem"}, {Key: "format", Value: "json"}, {Key: optionPath, Value: root}}
	for i := 0; i < len(options); i += 2 {
		given = append(given, option.Given{Key: options[i], Value: options[i+1]})
	}
	f, err := format.Lookup("json", diag.Span{})
	if err != nil {
		t.Fatal(err)
	}
	values, err := option.Parse("table", given, option.Table{{Key: "connector"}, {Key: "format"}}, Factory().Options, format.TableOptions, f.Options)
	if err != nil {
		t.Fatal(err)
	}
	columns := []connector.Column{{Name: "n", Type: types.Of(types.BigInt)}, {Name: "k", Type: types.String}}
	return newSink(connector.SinkRequest{
		Table:   connector.Table{Name: "t", Columns: columns, PartitionedBy: partitionedBy, Options: values, Format: f},
		Columns: columns, Meter: &connector.Meter{}, Zone: time.UTC, Job: "job",
	})
}

func mustSink(t *testing.T, root string, partitionedBy []string, options ...string) *sink {
	t.Helper()
	s, err := sinkOf(t, root, partitionedBy, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openWriter(t *testing.T, s *sink, lane int) *writer {
	t.Helper()
	w, err := s.Open(t.Context(), lane)
	if err != nil {
		t.Fatal(err)
	}
	return w.(*writer)
}

func write(t *testing.T, w *writer, numbers []int64, keys []string) {
	t.Helper()
	var builder batch.BytesBuilder
	for _, key := range keys {
		if key == "NULL" {
			builder.AppendNull()
		} else {
			builder.Append([]byte(key))
		}
	}
	if err := w.Write(t.Context(), batch.New(len(numbers), batch.NewFixed(numbers, nil), builder.Finish())); err != nil {
		t.Fatal(err)
	}
}

func prepare(t *testing.T, w *writer, last bool) []byte {
	t.Helper()
	data, err := w.Prepare(t.Context(), 1, last)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// visible returns the lines of all files that a reader sees, each with its directory, in order.
func visible(t *testing.T, root string) []string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		text, err := os.ReadFile(path)
		directory, _ := filepath.Rel(root, filepath.Dir(path))
		for line := range strings.Lines(string(text)) {
			lines = append(lines, directory+" "+strings.TrimSuffix(line, "\n"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

func wantVisible(t *testing.T, root string, want ...string) {
	t.Helper()
	if got := visible(t, root); !slices.Equal(got, want) {
		t.Errorf("visible:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRowsCanBeSeenWhenTheyAreCommitted(t *testing.T) {
	root := filepath.Join(t.TempDir(), "new", "directory")
	s := mustSink(t, root, []string{"k"})
	w := openWriter(t, s, 0)
	write(t, w, []int64{1, 2, 3, 4, 5}, []string{"a", "b/c", "a", "NULL", ""})
	wantVisible(t, root)
	data := prepare(t, w, true)
	wantVisible(t, root)
	for range 2 { // again after a failure: nothing more happens
		if err := s.Commit(t.Context(), [][]byte{data}); err != nil {
			t.Fatal(err)
		}
		wantVisible(t, root, `k=__DEFAULT_PARTITION__ {"n":4}`, `k=__DEFAULT_PARTITION__ {"n":5}`, `k=a {"n":1}`, `k=a {"n":3}`, `k=b%2Fc {"n":2}`)
	}
	if got := s.request.Meter.Records.Load(); got != 5 {
		t.Errorf("counted %d records", got)
	}
}

func TestFilesAreRolled(t *testing.T) {
	for _, test := range []struct {
		name    string
		options []string
		pause   time.Duration // between two rows
		files   int           // complete at the barrier behind the second
	}{
		{"not", nil, time.Second, 0},
		{"by size", []string{optionFileSize, "10 b"}, time.Second, 2},
		{"by age", []string{optionRollover, "1 min"}, 2 * time.Minute, 1},
		{"by age that is not looked at", []string{optionRollover, "1 min", optionCheck, "1 h"}, 2 * time.Minute, 0},
		{"by inactivity", []string{optionInactivity, "1 min"}, time.Hour / 4, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := mustSink(t, t.TempDir(), nil, test.options...)
				w := openWriter(t, s, 0)
				write(t, w, []int64{1}, []string{"a"})
				if test.name == "by inactivity" {
					advance(test.pause)
				} else {
					advance(test.pause)
					write(t, w, []int64{2}, []string{"b"})
				}
				all, err := parsePrepared([][]byte{prepare(t, w, false)})
				if err != nil || len(all.Finished) != test.files {
					t.Errorf("%d files complete, %v; want %d", len(all.Finished), err, test.files)
				}
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func advance(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // fake clock

func TestWriterHoldsFewFilesOpen(t *testing.T) {
	root := t.TempDir()
	s := mustSink(t, root, []string{"k"})
	w := openWriter(t, s, 0)
	for i := range maxOpen + 10 {
		write(t, w, []int64{int64(i)}, []string{fmt.Sprint(i)})
		if len(w.open) > maxOpen {
			t.Fatalf("%d files are open", len(w.open))
		}
	}
	if err := s.Commit(t.Context(), [][]byte{prepare(t, w, true)}); err != nil {
		t.Fatal(err)
	}
	if got := len(visible(t, root)); got != maxOpen+10 {
		t.Errorf("%d rows", got)
	}
}

func TestSinkRefusesWhatItCannotWrite(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path  string
		by    []string
		error string
	}{
		{path, nil, "is a file"},
		{"hdfs://host/x", nil, "is not on this machine"},
		{root, []string{"n", "k"}, "has no column outside PARTITIONED BY"},
	} {
		if _, err := sinkOf(t, test.path, test.by); err == nil || !strings.Contains(err.Error(), test.error) {
			t.Errorf("%s by %v: %v", test.path, test.by, err)
		}
	}
}

// TestCrashesLoseAndRepeatNothing writes numbers with checkpoints, some of which fail, and crashes at
// every step of them. The source goes on where the checkpoint that was restored says.
func TestCrashesLoseAndRepeatNothing(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed-", seed), func(t *testing.T) {
			world := &crashWorld{t: t, root: t.TempDir(), random: rand.New(rand.NewPCG(seed, 1))}
			for range 8 {
				world.live()
			}
			world.finish()
			want := make([]string, world.next)
			for i := range want {
				want[i] = fmt.Sprintf("k=%d {\"n\":%d}", i%3, i)
			}
			slices.Sort(want)
			wantVisible(t, world.root, want...)
			if left, err := filepath.Glob(filepath.Join(world.root, "*", ".*")); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

type crashWorld struct {
	t      *testing.T
	root   string
	random *rand.Rand
	next   int // of the source

	saved       int      // position in the last durable checkpoint
	manifest    [][]byte // what it says was prepared
	uncommitted [][]byte
}

// live is one life of the job: it ends in a crash.
func (w *crashWorld) live() {
	s, writers := w.recover()
	for range w.random.IntN(8) {
		w.step(writers)
		if !w.checkpoint(s, writers, false) {
			break
		}
	}
	w.step(writers) // rows that no checkpoint has
	for _, writer := range writers {
		_ = writer.Close() // as the end of the process would
	}
}

func (w *crashWorld) recover() (*sink, []*writer) {
	s := mustSink(w.t, w.root, []string{"k"}, optionFileSize, "60 b")
	if err := s.Recover(w.t.Context(), w.manifest); err != nil {
		w.t.Fatal(err)
	}
	w.next, w.uncommitted = w.saved, nil
	return s, []*writer{openWriter(w.t, s, 0), openWriter(w.t, s, 1)}
}

func (w *crashWorld) step(writers []*writer) {
	for range w.random.IntN(10) {
		write(w.t, writers[w.random.IntN(len(writers))], []int64{int64(w.next)}, []string{fmt.Sprint(w.next % 3)})
		w.next++
	}
}

// checkpoint takes a checkpoint; false: the process has crashed in it.
func (w *crashWorld) checkpoint(s *sink, writers []*writer, last bool) bool {
	for _, writer := range writers {
		if data := prepare(w.t, writer, last); data != nil {
			w.uncommitted = append(w.uncommitted, data)
		}
		if !last && w.random.IntN(20) == 0 {
			return false
		}
	}
	if !last && w.random.IntN(5) == 0 {
		return true // the manifest could not be written: the next one has what was prepared
	}
	w.saved, w.manifest = w.next, slices.Clone(w.uncommitted)
	if !last && w.random.IntN(6) == 0 {
		return false
	}
	if err := s.Commit(w.t.Context(), w.uncommitted); err != nil {
		w.t.Fatal(err)
	}
	w.uncommitted = nil
	return true
}

func (w *crashWorld) finish() {
	s, writers := w.recover()
	w.checkpoint(s, writers, true)
}

var _ connector.Committer = (*sink)(nil)

var _ connector.Preparer = (*writer)(nil)

func TestRecoverReportsAFileThatIsShorterThanItWas(t *testing.T) {
	s := mustSink(t, t.TempDir(), nil)
	w := openWriter(t, s, 0)
	write(t, w, []int64{1, 2}, []string{"a", "b"})
	data := prepare(t, w, false)
	if err := os.Truncate(w.open[""].file.Name(), 3); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Recover(t.Context(), [][]byte{data}); err == nil || !strings.Contains(err.Error(), checkpoint.ErrDamaged.Error()) {
		t.Errorf("recover: %v", err)
	}
}
