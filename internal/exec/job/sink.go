package job

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// sinkStatus is an open sink and what went into it.
type sinkStatus struct {
	table     string
	connector string
	sink      connector.Sink
	meter     connector.Meter
	rows      atomic.Int64
	late      atomic.Int64 // rows of the pipeline that came too late
}

// openSink opens the table of a pipeline, or what shows the rows of a SELECT.
func (a *assembly) openSink(ctx context.Context, p *plan.Sink) (*sinkStatus, error) {
	if p.Table == nil {
		status := &sinkStatus{table: "SELECT", connector: "show", sink: &rowsSink{show: a.job.cfg.Rows, statement: a.shown, schema: p.Schema()}}
		a.shown++
		a.job.sinks = append(a.job.sinks, status)
		return status, nil
	}
	factory, table := a.job.cfg.Resolve(p.Table)
	if factory.NewSink == nil {
		return nil, diag.Errorf(diag.Unsupported, p.Table.Span, "table %q cannot be written: connector %q only reads", table.Name, factory.Name)
	}
	status := &sinkStatus{table: table.Name, connector: factory.Name}
	var columns []connector.Column
	for _, position := range p.Table.SinkColumns() {
		c := p.Table.Columns[position]
		columns = append(columns, connector.Column{Name: c.Name, Type: c.Type, Metadata: c.Metadata})
	}
	var err error
	status.sink, err = factory.NewSink(ctx, connector.SinkRequest{
		Table: table, Columns: columns, Logger: a.job.cfg.Logger, Meter: &status.meter, Zone: a.job.cfg.Zone,
	})
	if err != nil {
		return nil, err
	}
	a.job.sinks = append(a.job.sinks, status)
	return status, nil
}

// sinkEnd ends a chain in a writer.
type sinkEnd struct {
	writer connector.Writer
	status *sinkStatus
}

// Emit writes rows.
func (s *sinkEnd) Emit(ctx context.Context, b *batch.Batch) error {
	if err := s.writer.Write(ctx, b); err != nil {
		return err
	}
	s.status.rows.Add(int64(b.Rows()))
	return nil
}

func (s *sinkEnd) watermark(context.Context, batch.Watermark) error { return nil }

func (s *sinkEnd) finish(ctx context.Context) error { return s.writer.Flush(ctx) }

func (s *sinkEnd) close() error { return s.writer.Close() }

// rowsSink shows the rows of a SELECT to the caller.
type rowsSink struct {
	mu        sync.Mutex
	show      func(statement int, schema types.Schema, b *batch.Batch) error
	statement int
	schema    types.Schema
}

// Open returns the sink itself: tasks take turns.
func (s *rowsSink) Open(context.Context, int) (connector.Writer, error) { return s, nil }

// Promise says that rows are shown once; nothing is kept for a restart.
func (s *rowsSink) Promise() string { return "shown once" }

// Write shows rows.
func (s *rowsSink) Write(_ context.Context, b *batch.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.show(s.statement, s.schema, b)
}

// Flush does nothing: rows are shown as they come.
func (s *rowsSink) Flush(context.Context) error { return nil }

// Close does nothing.
func (s *rowsSink) Close() error { return nil }
