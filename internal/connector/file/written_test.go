package file_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// files returns the paths below a directory, hidden ones too, with what is random in their names
// left out.
func files(tb testing.TB, root string) []string {
	tb.Helper()
	random := regexp.MustCompile(`part-[0-9a-f]{8}-[a-z0-9]{8}-`)
	stateless := regexp.MustCompile(`part-0-[a-z0-9]{8}-`)
	var all []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, stateless.ReplaceAllString(random.ReplaceAllString(name, "part-OWNER-RUN-"), "part-0-RUN-"))
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func wantFiles(tb testing.TB, root string, want ...string) {
	tb.Helper()
	if got := files(tb, root); !slices.Equal(got, want) {
		tb.Errorf("got files %q, want %q", got, want)
	}
}

func openWriter(tb testing.TB, sink connector.Sink) connector.Preparer {
	tb.Helper()
	writer, err := sink.Open(tb.Context(), 0)
	if err != nil {
		tb.Fatal(err)
	}
	return writer.(connector.Preparer)
}

func mustWrite(tb testing.TB, writer connector.Writer, b *batch.Batch) {
	tb.Helper()
	if err := writer.Write(tb.Context(), b); err != nil {
		tb.Fatal(err)
	}
}

func mustPrepare(tb testing.TB, writer connector.Preparer, last bool) []byte {
	tb.Helper()
	data, err := writer.Prepare(tb.Context(), 1, last)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// writeAll writes rows as a job does that ends.
func (s sinkTable) writeAll(tb testing.TB, text string) {
	tb.Helper()
	sink := s.open(tb)
	writer := openWriter(tb, sink)
	mustWrite(tb, writer, s.rows(tb, text))
	if data := mustPrepare(tb, writer, true); data != nil {
		if err := sink.Commit(tb.Context(), [][]byte{data}); err != nil {
			tb.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		tb.Fatal(err)
	}
}

func TestFileNamesWhatItWrites(t *testing.T) {
	root := filepath.Join(t.TempDir(), "out")
	s := sinkTable{path: "file://" + root, schema: schema, job: "job"}
	sink := s.open(t)
	writer := openWriter(t, sink)
	wantFiles(t, root)
	mustWrite(t, writer, s.rows(t, "id | name\n1 | a"))
	wantFiles(t, root, ".part-OWNER-RUN-0-0.json.inprogress")
	open := mustPrepare(t, writer, false)
	mustWrite(t, writer, s.rows(t, "id | name\n2 | b"))
	if err := sink.Commit(t.Context(), [][]byte{open}); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, root, ".part-OWNER-RUN-0-0.json.inprogress") // it goes on
	if err := sink.Commit(t.Context(), [][]byte{mustPrepare(t, writer, true)}); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, root, "part-OWNER-RUN-0-0.json")
	if data := mustPrepare(t, writer, true); data != nil {
		t.Errorf("prepared %s, and nothing was written", data)
	}
	s.job = "another job"
	s.format = "csv"
	s.options = []string{"sink.compression", "gzip"}
	s.writeAll(t, "id | name\n3 | c\n4 | NULL")
	wantFiles(t, root, "part-OWNER-RUN-0-0.csv.gz", "part-OWNER-RUN-0-0.json")
}

func TestFileRemovesTheDraftsOfItsJob(t *testing.T) {
	root := t.TempDir()
	s := sinkTable{path: root, schema: schema, partitions: []string{"name"}, job: "job"}
	for _, job := range []string{"job", "another job"} {
		s.job = job
		writer := openWriter(t, s.open(t))
		mustWrite(t, writer, s.rows(t, "id | name\n1 | a\n2 | b"))
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(files(t, root)); n != 4 {
		t.Fatalf("%d drafts", n)
	}
	write(t, filepath.Join(root, ".mine"), "x")
	s.job = "job"
	if err := s.open(t).Recover(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, root, ".mine", "name=a/.part-OWNER-RUN-0-0.json.inprogress", "name=b/.part-OWNER-RUN-0-1.json.inprogress")
	if rows := s.read(t); len(rows) > 0 {
		t.Errorf("read %v from drafts", rows)
	}
}

func TestFileCompresses(t *testing.T) {
	root := t.TempDir()
	s := sinkTable{path: root, schema: schema, options: []string{"sink.compression", "gzip"}, job: "job"}
	sink := s.open(t)
	writer := openWriter(t, sink)
	mustWrite(t, writer, s.rows(t, "id | name\n1 | a"))
	mustPrepare(t, writer, false) // ends a member
	mustWrite(t, writer, s.rows(t, "id | name\n2 | b"))
	if err := sink.Commit(t.Context(), [][]byte{mustPrepare(t, writer, true)}); err != nil {
		t.Fatal(err)
	}
	matches, err := filepath.Glob(filepath.Join(root, "*.json.gz"))
	if err != nil || len(matches) != 1 {
		t.Fatalf("got %v, %v", matches, err)
	}
	file, err := os.Open(matches[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if want := `{"id":1,"name":"a"}` + "\n" + `{"id":2,"name":"b"}` + "\n"; err != nil || string(text) != want {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestFileWithoutCheckpointsShowsFilesWhenTheyAreComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := t.TempDir()
		s := sinkTable{path: root, schema: schema, options: []string{"sink.rolling-policy.rollover-interval", "10 min"}}
		writer := openWriter(t, s.open(t))
		mustWrite(t, writer, s.rows(t, "id | name\n1 | a"))
		time.Sleep(11 * time.Minute) //nolint:forbidigo // fake clock
		synctest.Wait()
		wantFiles(t, root, "part-0-RUN-0-0.json")
		mustWrite(t, writer, s.rows(t, "id | name\n2 | b"))
		if err := writer.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, root, ".part-0-RUN-0-1.json.inprogress", "part-0-RUN-0-0.json")
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		wantFiles(t, root, "part-0-RUN-0-0.json", "part-0-RUN-0-1.json")
	})
}

func TestFileLooksAtAgesAsOftenAsItIsTold(t *testing.T) {
	for _, test := range []struct {
		interval string
		complete time.Duration // when a file that may be 10 minutes old is
	}{{"1 min", 10 * time.Minute}, {"7 min", 14 * time.Minute}} {
		synctest.Test(t, func(t *testing.T) {
			root := t.TempDir()
			s := sinkTable{path: root, schema: schema, options: []string{
				"sink.rolling-policy.rollover-interval", "10 min", "sink.rolling-policy.check-interval", test.interval,
			}}
			writer := openWriter(t, s.open(t))
			defer writer.Close()
			mustWrite(t, writer, s.rows(t, "id | name\n1 | a"))
			time.Sleep(test.complete - time.Second) //nolint:forbidigo // fake clock
			synctest.Wait()
			wantFiles(t, root, ".part-0-RUN-0-0.json.inprogress")
			time.Sleep(2 * time.Second) //nolint:forbidigo // fake clock
			synctest.Wait()
			wantFiles(t, root, "part-0-RUN-0-0.json")
		})
	}
}

func TestFilePartitionsByEveryType(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		typ       types.Type
		value     string
		directory string
	}{
		{types.String, "a b", "p=a b"},
		{types.String, `"#%'*/:=?\{[]^` + "\x01\x7f", "p=%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E%01%7F"},
		{types.String, "ä}~", "p=ä}~"},
		{types.String, "..", "p=.."},
		{types.Of(types.BigInt), "-5", "p=-5"},
		{types.Of(types.Boolean), "true", "p=true"},
		{types.Of(types.Date), "2026-01-31", "p=2026-01-31"},
		{types.Type{Kind: types.Time, Precision: 0}, "10:20:30", "p=10%3A20%3A30"},
		{types.Type{Kind: types.Decimal, Precision: 10, Scale: 2}, "1.50", "p=1.50"},
		{types.Timestamp3, "2026-01-31 10:20:30.000", "p=2026-01-31 10%3A20%3A30.000"},
		{types.TimestampLTZ3, "2026-01-31 10:20:30.000", "p=2026-01-31 11%3A20%3A30.000"}, // in Berlin
		{types.String, "NULL", "p=__DEFAULT_PARTITION__"},
	} {
		s := sinkTable{
			path: t.TempDir(), schema: types.Schema{{Name: "id", Type: types.Of(types.BigInt)}, {Name: "p", Type: test.typ}},
			partitions: []string{"p"}, zone: berlin,
		}
		row := "1 | " + test.value
		s.writeAll(t, "id | p\n"+row)
		if got, want := files(t, s.path), []string{test.directory + "/part-0-RUN-0-0.json"}; !slices.Equal(got, want) {
			t.Errorf("%s %s: got %q, want %q", test.typ, test.value, got, want)
		}
		if got := s.read(t); !slices.Equal(got, []string{row}) {
			t.Errorf("%s: read %q, want %q", test.typ, got, row)
		}
	}
}

func TestFileReadsOnlyDirectoriesOfPartitions(t *testing.T) {
	root := t.TempDir()
	s := sinkTable{
		path: root, partitions: []string{"day", "hour"}, options: []string{"partition.default-name", "none"},
		schema: types.Schema{{Name: "day", Type: types.Of(types.Date)}, {Name: "id", Type: types.Of(types.BigInt)}, {Name: "hour", Type: types.Of(types.Int)}},
	}
	s.writeAll(t, "day | id | hour\n2026-01-01 | 1 | 1\n2026-01-01 | 2 | 1\n2026-01-02 | 3 | NULL\nNULL | 4 | 2")
	for _, other := range []string{"x.json", "day=2026-01-01/x.json", "night=2026-01-01/hour=1/x.json", "day=2026-01-01/hour=1/.x.json", "_tmp/hour=1/x.json"} {
		path := filepath.Join(root, other)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, `{"id":99}`+"\n")
	}
	got := s.read(t)
	if want := "2026-01-01 | 1 | 1, 2026-01-01 | 2 | 1, 2026-01-02 | 3 | NULL, NULL | 4 | 2"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
	// A column that is not asked for is not delivered, and files need not have partition columns.
	table := s.table(t)
	request := scan(t, root)
	request.Table, request.Columns = table, table.Columns[2:]
	source := open(t, request)
	if got := strings.Join(readAllAs(t, source, s.schema[2:]), ", "); got != "1, 1, NULL, 2" {
		t.Errorf("got only hours %s", got)
	}
	if err := os.Rename(filepath.Join(root, "day=2026-01-01"), filepath.Join(root, "day=first")); err != nil {
		t.Fatal(err)
	}
	request.Columns = table.Columns[:1]
	source = open(t, request)
	splits, err := source.Splits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := slices.IndexFunc(splits, func(s connector.Split) bool { return strings.Contains(s.ID, "day=first") })
	_, err = source.Open(t.Context(), splits[first])
	if err == nil || diag.KindOf(err) != diag.BadData || !strings.Contains(err.Error(), `partition day=first: bad date "first"`) {
		t.Errorf("got error %v", err)
	}
}

func TestFileSaysWhatItCannotWrite(t *testing.T) {
	s := sinkTable{path: t.TempDir(), schema: types.Schema{{Name: "id", Type: types.Of(types.Double)}}, job: "job"}
	writer := openWriter(t, s.open(t))
	defer writer.Close()
	if err := writer.Write(t.Context(), s.rows(t, "id\n1\nNaN")); err == nil || err.Error() != `column "id": JSON has no number for NaN` {
		t.Errorf("got error %v", err)
	}
	changes := s.rows(t, "id\n1")
	changes.Changes = []batch.Change{batch.Delete}
	if err := writer.Write(t.Context(), changes); err == nil || err.Error() != `table "t" takes inserts only, not a change -D` {
		t.Errorf("got error %v", err)
	}
	if err := s.open(t).Recover(t.Context(), [][]byte{[]byte(`{"files":[{"name":"../x","size":1}]}`)}); err == nil || diag.KindOf(err) != diag.BadData {
		t.Errorf("got error %v", err)
	}
}
