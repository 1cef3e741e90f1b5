package kinesis

import (
	"bytes"
	"fmt"
	"time"

	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// decoder turns records into batches with the columns that the query wants.
type decoder struct {
	format  format.Decoder
	policy  *format.Policy
	columns []connector.Column
	stream  string
	zone    *time.Location
	records [][]byte // the data of a page, kept for the next one
}

func (s *source) newDecoder() (*decoder, error) {
	var schema types.Schema
	for _, column := range s.request.Columns {
		if column.Metadata == "" {
			schema = append(schema, types.Field{Name: column.Name, Type: column.Type})
		}
	}
	target, err := parseStream(s.request.Table.Options.String("stream"))
	if err != nil {
		return nil, err
	}
	config := format.Config{Schema: schema, Options: s.request.Table.Options, Zone: s.request.Zone}
	decode, err := s.format.NewDecoder(config)
	if err != nil {
		return nil, err
	}
	return &decoder{format: decode, policy: s.policy, columns: s.request.Columns, stream: target.name, zone: s.request.Zone}, nil
}

// decode returns the rows of a page, nil if there are none.
func (d *decoder) decode(shard string, page []kinesistypes.Record) (*batch.Batch, error) {
	if len(page) == 0 {
		return nil, nil
	}
	d.records = d.records[:0]
	for i := range page {
		d.records = append(d.records, page[i].Data)
	}
	decoded := d.format.Decode(d.records)
	clear(d.records) // the page may go
	if len(decoded.Bad) > 0 {
		err := d.policy.Handle(decoded.Bad, func(record int) string {
			return fmt.Sprintf("shard %s, sequence number %s", shard, text(page[record].SequenceNumber))
		})
		if err != nil {
			return nil, err
		}
	}
	if decoded.Rows == 0 {
		return nil, nil
	}
	columns := make([]batch.Column, len(d.columns))
	physical := 0
	for i, column := range d.columns {
		if column.Metadata == "" {
			columns[i] = decoded.Columns[physical]
			physical++
			continue
		}
		columns[i] = d.metadata(column, shard, page, decoded)
	}
	return batch.New(decoded.Rows, columns...), nil
}

// metadata returns a metadata column.
func (d *decoder) metadata(column connector.Column, shard string, page []kinesistypes.Record, decoded format.Decoded) batch.Column {
	record := func(row int) *kinesistypes.Record {
		if decoded.Records != nil {
			row = int(decoded.Records[row])
		}
		return &page[row]
	}
	switch column.Metadata {
	case metadataTimestamp:
		return d.arrivals(column.Type.Kind, record, decoded.Rows)
	case metadataShardID:
		return repeated(shard, decoded.Rows)
	case metadataStream:
		return repeated(d.stream, decoded.Rows)
	}
	builder := &batch.BytesBuilder{}
	for row := range decoded.Rows {
		value := record(row).SequenceNumber
		if column.Metadata == metadataPartitionKey {
			value = record(row).PartitionKey
		}
		if value == nil {
			builder.AppendNull()
		} else {
			builder.AppendString(*value)
		}
	}
	return builder.Finish()
}

// arrivals returns the arrival times. TIMESTAMP shows them on the clock of the session zone.
func (d *decoder) arrivals(kind types.Kind, record func(row int) *kinesistypes.Record, rows int) batch.Column {
	builder := &batch.FixedBuilder[int64]{}
	for row := range rows {
		arrival := record(row).ApproximateArrivalTimestamp
		if arrival == nil {
			builder.AppendNull()
			continue
		}
		micros := arrival.UnixMicro()
		if kind == types.Timestamp {
			micros = types.ToWall(micros, d.zone)
		}
		builder.Append(micros)
	}
	return builder.Finish()
}

// repeated returns a column with the same text in every row.
func repeated(text string, rows int) batch.Column {
	offsets := make([]int32, rows+1)
	for i := range offsets {
		offsets[i] = int32(i * len(text))
	}
	return batch.NewBytes(offsets, bytes.Repeat([]byte(text), rows), nil)
}

func text(s *string) string {
	if s == nil {
		return "unknown"
	}
	return *s
}
