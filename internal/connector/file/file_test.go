package file_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/connectortest"
	"github.com/penstock-io/penstock/internal/connector/file"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

var schema = types.Schema{{Name: "id", Type: types.Of(types.BigInt)}, {Name: "name", Type: types.String}}

// scan is a request to read path, with more options as key, value pairs.
func scan(tb testing.TB, path string, pairs ...string) connector.ScanRequest {
	tb.Helper()
	return scanAs(tb, "json", path, pairs...)
}

// scanAs is scan for another format.
func scanAs(tb testing.TB, name, path string, pairs ...string) connector.ScanRequest {
	tb.Helper()
	given := []option.Given{{Key: "path", Value: path}}
	for i := 0; i < len(pairs); i += 2 {
		given = append(given, option.Given{Key: pairs[i], Value: pairs[i+1]})
	}
	f, err := format.Lookup(name, diag.Span{})
	if err != nil {
		tb.Fatal(err)
	}
	values, err := option.Parse(`table "t"`, given, file.Factory().Options, f.Options, format.TableOptions)
	if err != nil {
		tb.Fatal(err)
	}
	request := connector.ScanRequest{
		Table: connector.Table{Name: "t", Options: values, Format: f}, Logger: slog.New(slog.DiscardHandler),
		Meter: &connector.Meter{}, Zone: time.UTC,
	}
	for _, field := range schema {
		request.Columns = append(request.Columns, connector.Column{Name: field.Name, Type: field.Type})
	}
	request.Table.Columns = request.Columns
	return request
}

func open(tb testing.TB, request connector.ScanRequest) connector.Source {
	tb.Helper()
	source, err := file.Factory().NewSource(tb.Context(), request)
	if err != nil {
		tb.Fatal(err)
	}
	return source
}

// readSplit returns the rows of a split from its position on as text, and the last position.
func readSplit(tb testing.TB, source connector.Source, split connector.Split) (rows []string, last checkpoint.Position, err error) {
	tb.Helper()
	return readSplitAs(tb, source, split, schema)
}

// readSplitAs is readSplit of a source that delivers other columns.
func readSplitAs(tb testing.TB, source connector.Source, split connector.Split, schema types.Schema) (rows []string, last checkpoint.Position, err error) {
	tb.Helper()
	reader, err := source.Open(tb.Context(), split)
	if err != nil {
		return nil, "", err
	}
	defer reader.Close()
	for {
		page, err := reader.Next(tb.Context())
		if errors.Is(err, io.EOF) {
			return rows, last, nil
		}
		if err != nil {
			return rows, last, err
		}
		last = page.Position
		for row := range page.Rows.Rows() {
			rows = append(rows, batch.FormatRow(page.Rows, schema, row))
		}
	}
}

func readAll(tb testing.TB, source connector.Source) []string {
	tb.Helper()
	return readAllAs(tb, source, schema)
}

func readAllAs(tb testing.TB, source connector.Source, schema types.Schema) []string {
	tb.Helper()
	splits, err := source.Splits(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	for _, split := range splits {
		rows, _, err := readSplitAs(tb, source, split, schema)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, rows...)
	}
	return all
}

func write(tb testing.TB, path, content string) string {
	tb.Helper()
	if strings.HasSuffix(path, ".gz") {
		var zipped bytes.Buffer
		writer := gzip.NewWriter(&zipped)
		writer.Write([]byte(content))
		writer.Close()
		content = zipped.String()
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// numbered is n records, each on its line; some are long, so that they take more than one page.
func numbered(n int) string {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, `{"id":%d,"name":"row %d","filler":"%s"}`+"\n", i, i, strings.Repeat("x", i%7*1000))
	}
	return lines.String()
}

func TestFileKeepsTheContractOfSources(t *testing.T) {
	for _, name := range []string{"plain.json", "compressed.json.gz"} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			write(t, filepath.Join(directory, name), numbered(500))
			write(t, filepath.Join(directory, "second.json"), numbered(3))
			connectortest.TestSource(t, func(t *testing.T) connector.Source { return open(t, scan(t, directory)) }, schema, 503)
		})
	}
}

func TestFileReadsLines(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"one line", `{"id":1,"name":"a"}` + "\n", "1 | a"},
		{"last line without end", `{"id":1}` + "\n" + `{"id":2}`, "1 | NULL, 2 | NULL"},
		{"ends of Windows", "{\"id\":1}\r\n{\"id\":2}\r\n", "1 | NULL, 2 | NULL"},
		{"empty lines", "\n\n{\"id\":1}\n\r\n\n{\"id\":2}\n\n", "1 | NULL, 2 | NULL"},
		{"bad line", "{\"id\":1}\n{\"id\":\n{\"id\":3}\n", "1 | NULL, 3 | NULL"},
		{"nothing", "", ""},
		{"only an end", "\n", ""},
	}
	for _, test := range tests {
		for _, name := range []string{"t.json", "t.json.gz"} {
			path := write(t, filepath.Join(t.TempDir(), name), test.content)
			if got := strings.Join(readAll(t, open(t, scan(t, path))), ", "); got != test.want {
				t.Errorf("%s in %s: got %s, want %s", test.name, name, got, test.want)
			}
		}
	}
}

func TestFileLeavesOutTheLineThatNamesTheColumns(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "t.csv"), "id,name\n1,a\n2,\"b, c\"\n")
	source := open(t, scanAs(t, "csv", path, "csv.ignore-first-line", "true"))
	if got := strings.Join(readAll(t, source), ", "); got != "1 | a, 2 | b, c" {
		t.Errorf("got %s", got)
	}
	rows, _, err := readSplit(t, source, connector.Split{ID: path, From: "byte:12"})
	if got := strings.Join(rows, ", "); got != "2 | b, c" {
		t.Errorf("from the middle: got %s, error %v", got, err)
	}
}

func TestFileReadsADirectoryInOrderOfName(t *testing.T) {
	directory := t.TempDir()
	for i, name := range []string{"b.json", "a.json.gz", "_SUCCESS", ".hidden", "c.json"} {
		write(t, filepath.Join(directory, name), fmt.Sprintf(`{"id":%d}`, i))
	}
	if err := os.Mkdir(filepath.Join(directory, "nested"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{directory, "file://" + directory} {
		if got := strings.Join(readAll(t, open(t, scan(t, path))), ", "); got != "1 | NULL, 0 | NULL, 4 | NULL" {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

func TestFileRefusesLinesThatAreTooLong(t *testing.T) {
	long := `{"id":2,"name":"` + strings.Repeat("x", 11<<20) + `"}`
	for _, content := range []string{"{\"id\":1}\n" + long + "\n{\"id\":3}\n", "{\"id\":1}\n{\"id\":3}\n" + long} {
		var log bytes.Buffer
		path := write(t, filepath.Join(t.TempDir(), "t.json"), content)
		request := scan(t, path)
		request.Logger = slog.New(slog.NewTextHandler(&log, nil))
		if got := strings.Join(readAll(t, open(t, request)), ", "); got != "1 | NULL, 3 | NULL" {
			t.Errorf("got %s", got)
		}
		at := strings.Index(content, long)
		if want := fmt.Sprintf(`where="file \"%s\", byte %d" error="the line is longer than 10 MiB"`, path, at); !strings.Contains(log.String(), want) {
			t.Errorf("got log %s, want %s", log.String(), want)
		}
		if n := request.Meter.BadRecords.Load(); n != 1 {
			t.Errorf("got %d bad records, want 1", n)
		}
	}
}

func TestFileCountsWhatItReads(t *testing.T) {
	request := scan(t, write(t, filepath.Join(t.TempDir(), "t.json"), "{\"id\":1}\n{}\n{\n"))
	readAll(t, open(t, request))
	if records, size, bad := request.Meter.Records.Load(), request.Meter.Bytes.Load(), request.Meter.BadRecords.Load(); records != 3 || size != 11 || bad != 1 {
		t.Errorf("got %d records, %d bytes, %d bad ones; want 3, 11, 1", records, size, bad)
	}
}

func TestFileEndsTheJobAtABadRecordWhenAsked(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "t.json"), "{\"id\":1}\n{\"id\":x}\n")
	source := open(t, scan(t, path, "bad-records", "fail"))
	_, _, err := readSplit(t, source, connector.Split{ID: path})
	if want := fmt.Sprintf(`bad record at file %q, byte 9: not JSON: unexpected 'x' at byte 6`, path); err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestFileReadsItsOptions(t *testing.T) {
	s := sinkTable{path: t.TempDir(), schema: schema}
	table := s.table(t)
	factory := file.Factory()
	if err := factory.Check(table); err != nil {
		t.Fatal(err)
	}
	request := scan(t, s.path)
	request.Table = table
	open(t, request)
	sink, err := factory.NewSink(t.Context(), connector.SinkRequest{Table: table, Columns: table.Columns, Meter: &connector.Meter{}})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	if unread := table.Options.Unread(); len(unread) > 0 {
		t.Errorf("nothing reads the options %v", unread)
	}
}

func TestFileSaysWhatIsWrong(t *testing.T) {
	directory := t.TempDir()
	short := write(t, filepath.Join(directory, "short.json"), "{}\n")
	zipped := write(t, filepath.Join(directory, "short.json.gz"), "{}\n")
	notZipped := filepath.Join(directory, "plain.gz")
	if err := os.WriteFile(notZipped, []byte("not a gzip file"), 0o600); err != nil {
		t.Fatal(err)
	}
	cut := write(t, filepath.Join(directory, "cut.gz"), numbered(100))
	if err := os.Truncate(cut, 300); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(directory, "missing.json")
	tests := []struct {
		path string
		from checkpoint.Position
		want string
		kind diag.Kind
	}{
		{missing, "", fmt.Sprintf("read %q: no such file or directory", missing), diag.NotFound},
		{short, "byte:4", fmt.Sprintf("%q is shorter than the 4 bytes that were read from it before", short), diag.BadData},
		{zipped, "byte:4", fmt.Sprintf("%q is shorter than the 4 bytes that were read from it before", zipped), diag.BadData},
		{short, "4", `"4" is not a position in a file`, diag.BadData},
		{short, "byte:-1", `"byte:-1" is not a position in a file`, diag.BadData},
		{notZipped, "", fmt.Sprintf("decompress %q: gzip: invalid header", notZipped), diag.BadData},
		{cut, "", fmt.Sprintf("decompress %q: unexpected EOF", cut), diag.BadData},
	}
	for _, test := range tests {
		source, err := file.Factory().NewSource(t.Context(), scan(t, test.path))
		if err == nil {
			_, _, err = readSplit(t, source, connector.Split{ID: test.path, From: test.from})
		}
		if err == nil || err.Error() != test.want || diag.KindOf(err) != test.kind {
			t.Errorf("%s from %q: got error %v, want %s", filepath.Base(test.path), test.from, err, test.want)
		}
	}
}
