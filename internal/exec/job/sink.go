package job

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// sinkStatus is an open sink and what went into it.
type sinkStatus struct {
	id        string // among the sinks of the job, in every run of the script
	table     string
	connector string
	sink      connector.Sink
	meter     connector.Meter
	lastEpoch checkpoint.Epoch // of what is written after the last barrier
	rows      atomic.Int64
	late      atomic.Int64 // rows of the pipeline that came too late
}

// openSink opens the table of a pipeline, or what shows the rows of a SELECT.
func (a *assembly) openSink(ctx context.Context, p *plan.Sink) (*sinkStatus, error) {
	if p.Table == nil {
		status := &sinkStatus{id: a.sinkID("SELECT", "show"), table: "SELECT", connector: "show", sink: &rowsSink{show: a.job.cfg.Rows, statement: a.shown, schema: p.Schema()}}
		if results := a.job.cfg.Results; results != nil {
			status.sink = results(a.shown, p.Schema())
		}
		a.shown++
		return status, a.adopt(ctx, status)
	}
	factory, table := a.job.cfg.Resolve(p.Table)
	if factory.NewSink == nil {
		return nil, diag.Errorf(diag.Unsupported, p.Table.Span, "table %q cannot be written: connector %q only reads", table.Name, factory.Name)
	}
	status := &sinkStatus{id: a.sinkID(table.Name, factory.Name), table: table.Name, connector: factory.Name}
	var columns []connector.Column
	for _, position := range p.Table.SinkColumns() {
		c := p.Table.Columns[position]
		columns = append(columns, connector.Column{Name: c.Name, Type: c.Type, Metadata: c.Metadata})
	}
	var err error
	status.sink, err = factory.NewSink(ctx, connector.SinkRequest{
		Table: table, Columns: columns, Logger: a.job.cfg.Logger, Meter: &status.meter, Zone: a.job.cfg.Zone,
		Job: a.job.owner.keeper.job(), ID: status.id,
	})
	if err != nil {
		return nil, err
	}
	return status, a.adopt(ctx, status)
}

func (a *assembly) sinkID(table, connector string) string {
	return a.uniqueID("sink " + table + " " + connector)
}

// adopt makes an open sink part of the job. What was prepared before the job failed is committed,
// and what came after that is discarded.
func (a *assembly) adopt(ctx context.Context, status *sinkStatus) error {
	a.job.sinks = append(a.job.sinks, status)
	keeper := a.job.owner.keeper
	if keeper == nil {
		return nil
	}
	status.lastEpoch = keeper.nextEpoch()
	prepared := a.from.sink(status.id)
	if committer, ok := status.sink.(connector.Committer); ok {
		return committer.Recover(ctx, prepared)
	}
	return nil
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

// barrier makes what was written safe: what a Preparer has written is committed with the checkpoint.
func (s *sinkEnd) barrier(ctx context.Context, b batch.Barrier, a *ack) error {
	return s.settle(ctx, b, a)
}

func (s *sinkEnd) finish(ctx context.Context, a *ack) error {
	return s.settle(ctx, batch.Barrier{Epoch: s.status.lastEpoch, Last: true}, a)
}

func (s *sinkEnd) settle(ctx context.Context, b batch.Barrier, a *ack) error {
	preparer, ok := s.writer.(connector.Preparer)
	if !ok {
		return s.writer.Flush(ctx)
	}
	data, err := preparer.Prepare(ctx, b.Epoch, b.Last)
	if err == nil && data != nil {
		a.prepared = append(a.prepared, prepared{s.status, data})
	}
	return err
}

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
