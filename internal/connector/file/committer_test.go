package file_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/connectortest"
	"github.com/penstock-io/penstock/internal/connector/file"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// sinkTable is a table to write: the options without path and format, and what makes requests.
type sinkTable struct {
	path, format string
	schema       types.Schema
	partitions   []string
	options      []string // key, value pairs
	job          string   // empty: without state
	zone         *time.Location
}

func (s sinkTable) table(tb testing.TB) connector.Table {
	tb.Helper()
	if s.format == "" {
		s.format = "json"
	}
	f, err := format.Lookup(s.format, diag.Span{})
	if err != nil {
		tb.Fatal(err)
	}
	given := []option.Given{{Key: "path", Value: s.path}}
	for i := 0; i < len(s.options); i += 2 {
		given = append(given, option.Given{Key: s.options[i], Value: s.options[i+1]})
	}
	values, err := option.Parse(`table "t"`, given, file.Factory().Options, f.Options, format.TableOptions)
	if err != nil {
		tb.Fatal(err)
	}
	table := connector.Table{Name: "t", Options: values, Format: f, PartitionedBy: s.partitions}
	for _, field := range s.schema {
		table.Columns = append(table.Columns, connector.Column{Name: field.Name, Type: field.Type})
	}
	return table
}

func (s sinkTable) open(tb testing.TB) connector.Committer {
	tb.Helper()
	sink, err := s.newSink(tb)
	if err != nil {
		tb.Fatal(err)
	}
	return sink.(connector.Committer)
}

func (s sinkTable) newSink(tb testing.TB) (connector.Sink, error) {
	tb.Helper()
	table := s.table(tb)
	return file.Factory().NewSink(tb.Context(), connector.SinkRequest{
		Table: table, Columns: table.Columns, Logger: slog.New(slog.DiscardHandler), Meter: &connector.Meter{}, Zone: s.zone, Job: s.job, ID: "sink",
	})
}

// read reads the table back.
func (s sinkTable) read(tb testing.TB) []string {
	tb.Helper()
	table := s.table(tb)
	source, err := file.Factory().NewSource(tb.Context(), connector.ScanRequest{
		Table: table, Columns: table.Columns, Logger: slog.New(slog.DiscardHandler), Meter: &connector.Meter{}, Zone: s.zone,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return readAllAs(tb, source, s.schema)
}

func (s sinkTable) rows(tb testing.TB, text string) *batch.Batch {
	tb.Helper()
	b, err := batch.Parse(text, s.schema)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestFileKeepsTheContractOfCommitters(t *testing.T) {
	tables := map[string]sinkTable{
		"plain":       {},
		"csv":         {format: "csv"},
		"gzip":        {options: []string{"sink.compression", "gzip"}},
		"small files": {options: []string{"sink.rolling-policy.file-size", "200 b"}},
		"partitioned": {partitions: []string{"name"}, options: []string{"sink.rolling-policy.file-size", "200 b"}},
	}
	for name, table := range tables {
		t.Run(name, func(t *testing.T) {
			connectortest.TestCommitter(t, func(t *testing.T) connectortest.Outside {
				s := table
				s.path, s.schema = filepath.Join(t.TempDir(), "out"), connectortest.SinkSchema
				return connectortest.Outside{
					Open: func(t *testing.T, job string) connector.Committer {
						process := s
						process.job = job
						return process.open(t)
					},
					Rows: func(t *testing.T) []string { return s.read(t) },
				}
			})
		})
	}
}
