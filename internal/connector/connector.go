// Package connector is the contract between the engine and the systems it reads from and writes to.
//
// It owns the Source, Reader, Sink and Writer interfaces, what a table tells its connector, and the
// registry that names connectors. The connectors themselves are subpackages; package cli puts them
// into a Registry. Nothing here knows a concrete system.
//
// Words: a split is a part of a source that is read in order by one reader (for Kinesis, a shard);
// a position is where the reading of a split resumes.
package connector

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// Column is a column of a table as its connector sees it.
type Column struct {
	Name     string
	Type     types.Type
	Metadata string // metadata key; empty: a physical column, held in the record itself
}

// Table is what a CREATE TABLE statement tells the connector.
type Table struct {
	Name          string
	Columns       []Column       // physical and metadata columns in declared order; computed ones are not here
	PartitionedBy []string       // column names
	PrimaryKey    []string       // column names
	Options       *option.Values // checked against the tables of the connector and the format
	Format        *format.Format // of the records; nil: the connector has no use for one
}

// Record returns the fields that a record of the table holds: its physical columns.
func (t *Table) Record() types.Schema {
	var record types.Schema
	for _, column := range t.Columns {
		if column.Metadata == "" {
			record = append(record, types.Field{Name: column.Name, Type: column.Type})
		}
	}
	return record
}

// ScanRequest opens a table for reading.
type ScanRequest struct {
	Table Table
	// Columns are the columns to deliver, in this order: a subset of Table.Columns. It may be empty:
	// then only the number of rows matters.
	Columns []Column
	Logger  *slog.Logger
	Meter   *Meter
	// Zone is the session time zone, for texts without one.
	Zone *time.Location
	// Restored is how far the checkpoint says that the table was read; nil: the job starts anew.
	Restored *Progress
}

// Progress is how far a table was read, as a checkpoint keeps it.
type Progress struct {
	// Source is what Source.Progress returned.
	Source string
	// Splits are the splits that were known and not read to their end. The engine opens them itself,
	// at their From, so Source.Splits need not return them again.
	Splits []Split
	// Done are the splits that were read to their end.
	Done []string
}

// SinkRequest opens a table for writing.
type SinkRequest struct {
	Table   Table
	Columns []Column // columns of the batches that will be written, in order: Table.Columns that are writable
	Logger  *slog.Logger
	Meter   *Meter
	Zone    *time.Location
	// Job names the job, the same in all its processes and no other; empty: the job keeps no state.
	Job string
	// ID names the sink among those of the job, the same in every run of the script.
	ID string
}

// Split is a part of a source that one reader reads in order.
type Split struct {
	ID string
	// Parents are the splits that must have been read to their end before this one is opened.
	// Parents that the engine does not know count as read.
	Parents []string
	// From is where to begin.
	From checkpoint.Position
}

// Page is what a Reader delivers at a time.
type Page struct {
	// Rows has one column per requested column; nil when the page only reports progress.
	Rows *batch.Batch
	// Position is where to resume so that exactly the rows after this page are delivered.
	Position checkpoint.Position
	// Lag is how far, in time, the page is from the end of the split; 0: caught up; negative: unknown.
	Lag time.Duration
	// Splits are splits that were found to follow from this one.
	Splits []Split
}

// Source is a table opened for reading.
//
// The engine calls Splits at the start and then every DiscoveryInterval, opens each new split once
// its parents were read to the end, and closes the source when all readers are closed. Methods are
// safe for concurrent use.
type Source interface {
	// Splits returns the splits that exist, or that came into being since the last call; the engine
	// ignores those it knows. Errors end the job: transient ones are retried inside.
	Splits(ctx context.Context) ([]Split, error)
	// DiscoveryInterval is how often to ask for new splits; 0: the first answer is final.
	DiscoveryInterval() time.Duration
	// Progress returns what the source has fixed for good when it listed its splits and has to know
	// after a restart, such as the moment at which it began or is to end. The engine calls it at
	// checkpoints, after the first answer of Splits; a source opened with it in Restored must go on as
	// this one would have. Its text is the connector's own, and stable across versions.
	Progress() string
	// Open starts reading a split at split.From.
	Open(ctx context.Context, split Split) (Reader, error)
	// Close releases what the source holds.
	Close() error
}

// Reader reads one split. It is used by one goroutine.
type Reader interface {
	// Next waits for the next page. It returns io.EOF when the split has been read to its end and
	// will never have more; ctx's error when ctx is done. An idle split still returns a page without
	// rows from time to time (at most a few seconds apart) so that progress can be seen. Any other
	// error ends the job: transient ones are retried inside. The page is owned by the caller.
	Next(ctx context.Context) (Page, error)
	// Close releases what the reader holds. Next is not running when it is called.
	Close() error
}

// Sink is a table opened for writing.
type Sink interface {
	// Open returns a writer for one task. lane numbers the tasks from 0.
	Open(ctx context.Context, lane int) (Writer, error)
	// Close releases what the sink holds, after all writers are closed.
	Close() error
}

// Writer writes rows. It is used by one goroutine.
type Writer interface {
	// Write takes the rows of b. It may keep them back to send larger requests, and it waits while
	// the outside is slower than the job. An error ends the job.
	Write(ctx context.Context, b *batch.Batch) error
	// Flush returns when everything written so far has been acknowledged by the outside. The engine
	// calls it at barriers, unless the writer is a Preparer, and at the end.
	Flush(ctx context.Context) error
	// Close releases what the writer holds without sending anything more.
	Close() error
}

// Committer is a sink that shows what was written when the checkpoint that holds it is complete, and
// so writes every row exactly once. Its writers are Preparers.
type Committer interface {
	Sink
	// Commit makes visible what writers have prepared. It is called again with the same after a
	// failure, and must then do nothing that it has done.
	Commit(ctx context.Context, prepared [][]byte) error
	// Recover is called once before the first Open when the job keeps state: prepared is what the
	// checkpoint holds, nothing if there is none. It makes that visible, and discards what writers of
	// this job have written beyond it.
	Recover(ctx context.Context, prepared [][]byte) error
}

// Preparer is a writer whose rows are committed by the sink.
type Preparer interface {
	Writer
	// Prepare makes durable, but not visible, what was written since the last Prepare, and returns
	// what Commit needs to know of it; nil: nothing to commit. The engine calls it at barriers, and at
	// the end in the place of Flush. last says that nothing more is written: everything must be visible
	// after the commit.
	Prepare(ctx context.Context, epoch checkpoint.Epoch, last bool) ([]byte, error)
}
