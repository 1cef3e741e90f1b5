package connector

import (
	"context"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// Metadata is a column that the connector can deliver beside the record's own fields.
type Metadata struct {
	Key      string
	Type     types.Type
	Writable bool // may be written on a sink
	Doc      string
}

// Factory describes a connector and opens its tables.
type Factory struct {
	Name     string // value of the option 'connector'
	Doc      string // one sentence
	Options  option.Table
	Metadata []Metadata
	// UsesFormat says that records are bytes in a format: the option 'format' and the format's own
	// options belong to the table.
	UsesFormat bool
	// NewSource opens a table for reading; nil: the connector cannot be read.
	NewSource func(ctx context.Context, request ScanRequest) (Source, error)
	// NewSink opens a table for writing; nil: the connector cannot be written.
	NewSink func(ctx context.Context, request SinkRequest) (Sink, error)
	// Identity names the outside thing that a table reads, such as its stream: positions that were
	// saved of another one are refused. nil: the table's name is enough.
	Identity func(table Table) string
	// Promise says how often a row reaches a table that is written when a job fails and goes on from a
	// checkpoint, for EXPLAIN; nil: at least once.
	Promise func(table Table) Promise
	// EventTime says how the splits of a table advance in event time; nil: as the session does.
	EventTime func(table Table) EventTime
	// Bounded reports whether a table ends when it is read; nil: never.
	Bounded func(table Table) bool
	// Check looks at a declared table as a whole, when it is created; nil: nothing to check.
	Check func(table Table) error
}

// Promise is how often a row that a job has made reaches the outside.
type Promise string

// The promises of sinks.
const (
	AtLeastOnce Promise = "at-least-once"
	ExactlyOnce Promise = "exactly-once"
)

// EventTime is how the splits of a table advance in event time.
type EventTime struct {
	// IdleTimeout is how long a split that has nothing to read may hold back the watermark; 0: as
	// the session says; negative: for ever.
	IdleTimeout time.Duration
	// Lookahead is how far a split may be ahead of the slowest before its reading pauses; 0: as far
	// as it comes.
	Lookahead time.Duration
}

// Registry is the connectors of a program, in the order in which the documentation lists them.
type Registry []*Factory

// Lookup returns the connector with the name.
func (r Registry) Lookup(name string, span diag.Span) (*Factory, error) {
	names := make([]string, len(r))
	for i, factory := range r {
		if factory.Name == name {
			return factory, nil
		}
		names[i] = factory.Name
	}
	err := diag.Errorf(diag.Option, span, "there is no connector %q", name)
	err.Hint = diag.DidYouMean(name, names)
	return nil, err
}
