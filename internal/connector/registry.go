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
	// EventTime says how the splits of a table advance in event time; nil: as the session does.
	EventTime func(table Table) EventTime
	// Check looks at a declared table as a whole, when it is created; nil: nothing to check.
	Check func(table Table) error
}

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
