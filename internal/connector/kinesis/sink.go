package kinesis

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// sink is a table opened for writing.
type sink struct {
	*client
	request  connector.SinkRequest
	settings sinkSettings
	format   *format.Format
	seed     uint64
}

func (c Config) newSink(ctx context.Context, request connector.SinkRequest) (connector.Sink, error) {
	v := request.Table.Options
	if err := checkRole(request.Table, roleSink, "written"); err != nil {
		return nil, err
	}
	if request.Zone == nil {
		request.Zone = time.UTC
	}
	request.Logger = orDiscard(request.Logger)
	s := &sink{request: request, settings: newSinkSettings(v)}
	var err error
	if s.format, err = lookupFormat(request.Table); err != nil {
		return nil, err
	}
	if _, err = s.newEncoder(); err != nil {
		return nil, err
	}
	if s.client, err = newClient(ctx, c, v, request.Meter, request.Logger); err != nil {
		return nil, err
	}
	s.seed = s.random.uint64()
	return s, nil
}

func (s *sink) newEncoder() (format.Encoder, error) {
	if s.format.NewEncoder == nil {
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "format %q cannot be written", s.format.Name)
	}
	schema := make(types.Schema, len(s.request.Columns))
	for i, column := range s.request.Columns {
		schema[i] = types.Field{Name: column.Name, Type: column.Type}
	}
	return s.format.NewEncoder(format.Config{Schema: schema, Options: s.request.Table.Options, Zone: s.request.Zone})
}

func (s *sink) newPartitioner(lane int) partitioner {
	switch {
	case len(s.request.Table.PartitionedBy) > 0:
		return columnKeys(s.request, s.settings.delimiter)
	case s.settings.fixedKey:
		return fixedKey(lane)
	}
	return randomKeys(rand.New(rand.NewPCG(s.seed, uint64(lane))))
}

// Open returns a writer for one task.
func (s *sink) Open(ctx context.Context, lane int) (connector.Writer, error) {
	encoder, err := s.newEncoder()
	if err != nil {
		return nil, err
	}
	w := &writer{sink: s, encoder: encoder, key: s.newPartitioner(lane), changed: make(chan struct{})}
	w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return w, nil
}

// Promise says how often a row reaches the stream when a job fails and restarts.
func (s *sink) Promise() string { return "at-least-once" }

// Close closes the connections of the sink.
func (s *sink) Close() error {
	s.client.Close()
	return nil
}
