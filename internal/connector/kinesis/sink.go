package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// sink is a table opened for writing.
type sink struct {
	*client
	request   connector.SinkRequest
	settings  sinkSettings
	physical  []int            // columns that are in the record itself
	refused   diag.LogLimit    // rows that cannot be written, of all writers
	letters   *deadletter.File // keeps those rows; nil: they are not kept
	seed      uint64
	maxRecord int  // bytes
	described bool // the stream itself has said so
}

func (c Config) newSink(ctx context.Context, request connector.SinkRequest) (connector.Sink, error) {
	v := request.Table.Options
	if err := checkRole(request.Table, roleSink, "written"); err != nil {
		return nil, err
	}
	if err := checkWritten(request); err != nil {
		return nil, err
	}
	if request.Zone == nil {
		request.Zone = time.UTC
	}
	request.Logger = orDiscard(request.Logger)
	s := &sink{request: request, settings: newSinkSettings(v), maxRecord: maxBytesPerRecord}
	for i, column := range request.Columns {
		if column.Metadata == "" {
			s.physical = append(s.physical, i)
		}
	}
	if _, err := s.newFormatEncoder(); err != nil {
		return nil, err
	}
	var err error
	if s.settings.badRows == badRowsDeadLetter {
		if s.letters, err = deadletter.NewFile(s.settings.badPath, s.settings.badMaxSize); err != nil {
			return nil, err
		}
	}
	if s.client, err = newClient(ctx, c, v, request.Meter, request.Logger); err != nil {
		return nil, err
	}
	s.http.limit(s.settings.connections, s.settings.http2)
	s.seed = s.random.uint64()
	warnOfProducer(ctx, v, request.Table.Name, s.logger)
	if err := s.describe(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.timeout = s.settings.readTimeout
	return s, nil
}

// describe asks for the limit of the stream's records, and finds out by the way whether there is the
// stream. Who may not ask may still write.
func (s *sink) describe(ctx context.Context) error {
	in := &kinesis.DescribeStreamSummaryInput{}
	in.StreamName, in.StreamARN = s.stream.address()
	var out *kinesis.DescribeStreamSummaryOutput
	err := s.call(ctx, operation{name: "DescribeStreamSummary", policy: putPolicy}, func(ctx context.Context) (err error) {
		out, err = s.DescribeStreamSummary(ctx, in)
		return err
	})
	switch code := errorCode(err); {
	case err == nil:
	case ctx.Err() != nil || code == "" || classify(err) != permanent || faultOf(code) == streamFault:
		return s.explain(ctx, "DescribeStreamSummary", err)
	default:
		s.logger.DebugContext(ctx, "limit of records not known", slog.String("stream", s.stream.name), slog.Any("error", err))
		return nil
	}
	if out.StreamDescriptionSummary == nil || out.StreamDescriptionSummary.MaxRecordSizeInKiB == nil {
		return nil
	}
	if size := int(*out.StreamDescriptionSummary.MaxRecordSizeInKiB) << 10; size > 0 {
		s.maxRecord, s.described = size, true
	}
	return nil
}

func (s *sink) newFormatEncoder() (format.Encoder, error) {
	schema := make(types.Schema, len(s.physical))
	for i, at := range s.physical {
		column := s.request.Columns[at]
		schema[i] = types.Field{Name: column.Name, Type: column.Type}
	}
	table := s.request.Table
	return table.Format.NewEncoder(format.Config{Schema: schema, Record: table.Record(), Options: table.Options, Zone: s.request.Zone})
}

func (s *sink) newPartitioner(lane int) partitioner {
	random := randomKeys(rand.New(rand.NewPCG(s.seed, uint64(lane))))
	at := columnOf(s.request.Columns, metadataPartitionKey)
	switch {
	case len(s.request.Table.PartitionedBy) > 0:
		return columnKeys(s.request, s.settings.delimiter)
	case at >= 0:
		return metadataKeys(at, random)
	case s.settings.partitioner == spreadFixed:
		return fixedKey(lane)
	}
	return random
}

// Open returns a writer for one task.
func (s *sink) Open(ctx context.Context, lane int) (connector.Writer, error) {
	encode, err := s.newFormatEncoder()
	if err != nil {
		return nil, err
	}
	w := &writer{
		sink: s, queue: newQueue(s.settings.perKey), allowance: newAllowance(s.settings.batchRecords, s.settings.maxInFlight),
		encoder: &encoder{sink: s, format: encode, key: s.newPartitioner(lane), hashKey: columnOf(s.request.Columns, metadataExplicitHashKey)},
		changed: make(chan struct{}),
	}
	w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return w, nil
}

// Close closes the connections of the sink and its file of dead letters.
func (s *sink) Close() error {
	s.client.Close()
	if s.letters == nil {
		return nil
	}
	return s.letters.Close()
}
