package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
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
				tickets, err := decodeTickets([][]byte{prepare(t, w, false)})
				complete := slices.DeleteFunc(tickets, func(t ticket) bool { return t.Open })
				if err != nil || len(complete) != test.files {
					t.Errorf("%d files complete, %v; want %d", len(complete), err, test.files)
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
	for i := range maxOpenParts + 10 {
		write(t, w, []int64{int64(i)}, []string{fmt.Sprint(i)})
		if len(w.open) > maxOpenParts {
			t.Fatalf("%d files are open", len(w.open))
		}
	}
	if err := s.Commit(t.Context(), [][]byte{prepare(t, w, true)}); err != nil {
		t.Fatal(err)
	}
	if got := len(visible(t, root)); got != maxOpenParts+10 {
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
		{path, nil, "it is a file, not a directory"},
	} {
		if _, err := sinkOf(t, test.path, test.by); err == nil || !strings.Contains(err.Error(), test.error) {
			t.Errorf("%s by %v: %v", test.path, test.by, err)
		}
	}
}

var _ connector.Committer = (*sink)(nil)

var _ connector.Preparer = (*writer)(nil)

func TestRecoverReportsAFileThatIsShorterThanItWas(t *testing.T) {
	s := mustSink(t, t.TempDir(), nil)
	w := openWriter(t, s, 0)
	write(t, w, []int64{1, 2}, []string{"a", "b"})
	data := prepare(t, w, false)
	if err := os.Truncate(w.open[""].draft.(*localDraft).file.Name(), 3); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Recover(t.Context(), [][]byte{data}); err == nil || diag.KindOf(err) != diag.BadData || !strings.Contains(err.Error(), "has 3 bytes, but 32 had been written") {
		t.Errorf("recover: %v", err)
	}
}
