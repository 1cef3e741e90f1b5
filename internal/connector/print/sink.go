package print

import (
	"context"
	"io"
	"sync"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// sink is a table whose rows become lines.
type sink struct {
	mu      sync.Mutex // held while a batch is written
	out     io.Writer
	prefix  string
	columns []connector.Column
	meter   *connector.Meter
}

// Open returns a writer. All of them write to the same place, a batch at a time.
func (s *sink) Open(context.Context, int) (connector.Writer, error) { return &writer{sink: s}, nil }

// Close leaves the outputs open: they belong to the program.
func (s *sink) Close() error { return nil }

type writer struct {
	*sink
	buffer []byte
}

// Write writes the rows at once.
func (w *writer) Write(ctx context.Context, b *batch.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.buffer = w.buffer[:0]
	for row := range b.Rows() {
		w.buffer = append(w.buffer, w.prefix...)
		w.buffer = appendRow(w.buffer, b, w.columns, row)
		w.buffer = append(w.buffer, '\n')
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.out.Write(w.buffer); err != nil {
		return diag.Errorf(diag.Unreachable, diag.Span{}, "print rows: %w", err)
	}
	w.meter.Records.Add(int64(b.Rows()))
	w.meter.Bytes.Add(int64(len(w.buffer)))
	return nil
}

// Flush has nothing to wait for.
func (w *writer) Flush(context.Context) error { return nil }

// Close has nothing to release.
func (w *writer) Close() error { return nil }
