// Package blackhole is the connector blackhole: a sink that throws rows away, for measuring a query
// without its output.
//
// It owns nothing but the count of what it was given.
package blackhole

import (
	"context"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
)

// Factory returns the connector. It has no options.
func Factory() *connector.Factory {
	return &connector.Factory{
		Name: "blackhole",
		Doc:  "Throws the rows away and counts them.",
		NewSink: func(_ context.Context, request connector.SinkRequest) (connector.Sink, error) {
			return sink{meter: request.Meter}, nil
		},
	}
}

// sink is the table, and its own writer: there is nothing to keep apart.
type sink struct{ meter *connector.Meter }

// Open returns a writer.
func (s sink) Open(context.Context, int) (connector.Writer, error) { return s, nil }

// Write counts the rows. Bytes are what they took in memory.
func (s sink) Write(ctx context.Context, b *batch.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.meter.Records.Add(int64(b.Rows()))
	s.meter.Bytes.Add(int64(b.Size()))
	return nil
}

// Flush has nothing to wait for.
func (s sink) Flush(context.Context) error { return nil }

// Close has nothing to release.
func (s sink) Close() error { return nil }
