package kinesis

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// decoder turns the pages of one shard into batches with the columns that the query wants.
type decoder struct {
	format    format.Decoder
	policy    *format.Policy
	columns   []connector.Column
	stream    string
	shard     string
	zone      *time.Location
	meter     *connector.Meter
	logger    *slog.Logger
	aggregate bool // aggregates are taken apart
	hashRange func(ctx context.Context, shard string) (r hashRange, known bool, err error)

	page  fetched // what is being decoded
	users userRecords

	foreign diag.LogLimit
}

func (s *source) newDecoder(shard string) (*decoder, error) {
	var schema types.Schema
	for _, column := range s.request.Columns {
		if column.Metadata == "" {
			schema = append(schema, types.Field{Name: column.Name, Type: column.Type})
		}
	}
	target, err := parseStream(s.request.Table.Options.String(keyStream))
	if err != nil {
		return nil, err
	}
	table := s.request.Table
	decode, err := table.Format.NewDecoder(format.Config{Schema: schema, Record: table.Record(), Options: table.Options, Zone: s.request.Zone})
	if err != nil {
		return nil, err
	}
	return &decoder{
		format: decode, policy: s.policy, columns: s.request.Columns, stream: target.name, shard: shard, zone: s.request.Zone,
		meter: s.request.Meter, logger: s.request.Logger, aggregate: s.settings.deaggregate, hashRange: s.hashRange,
	}, nil
}

// load takes a page that begins at a position; rows decodes it.
func (d *decoder) load(ctx context.Context, page fetched, from position) error {
	d.page = page
	d.users.reset()
	shardRange := sync.OnceValues(func() (hashRange, error) {
		r, known, err := d.hashRange(ctx, d.shard)
		if !known {
			r = everyHash
		}
		return r, err
	})
	for i := range page.records {
		if !d.aggregate {
			d.users.addPlain(i, page.records[i].Data)
		} else if err := d.users.add(i, page.records[i].Data, shardRange); err != nil {
			return err
		}
	}
	if d.aggregate && from.taken > 0 && len(page.records) > 0 && text(page.records[0].SequenceNumber) == from.sequenceNumber {
		d.users.skip(from.taken)
	}
	d.reportForeign(ctx)
	return d.policy.Handle(ctx, d.users.malformed, func(i int) (deadletter.Origin, []byte) {
		return d.place(origin{record: int32(i), partitionKey: none, hashKey: none}), page.records[i].Data
	})
}

// place says where a user record comes from.
func (d *decoder) place(from origin) deadletter.Origin {
	record := &d.page.records[from.record]
	return deadletter.Origin{
		Stream: d.stream, Shard: d.shard, SequenceNumber: text(record.SequenceNumber), SubSequenceNumber: int64(from.sub),
		PartitionKey: string(d.metadataText(metadataPartitionKey, from)), ExplicitHashKey: string(d.metadataText(metadataExplicitHashKey, from)),
		Arrived: record.ApproximateArrivalTimestamp,
	}
}

// rows decodes some of the user records of the page, up to next; nil if there are no rows in them.
func (d *decoder) rows(ctx context.Context, begin, end int) (rows *batch.Batch, next int, err error) {
	if begin == end {
		return nil, end, nil
	}
	decoded := d.format.Decode(d.users.data[begin:end])
	if decoded.Err != nil {
		return nil, begin, decoded.Err
	}
	err = d.policy.Handle(ctx, decoded.Bad, func(i int) (deadletter.Origin, []byte) {
		return d.place(d.users.origins[begin+i]), d.users.data[begin+i]
	})
	if err != nil {
		return nil, begin, err
	}
	next = begin + decoded.Taken
	if decoded.Rows == 0 {
		return nil, next, nil
	}
	origin := func(row int) origin {
		if decoded.Records != nil {
			row = int(decoded.Records[row])
		}
		return d.users.origins[begin+row]
	}
	columns := make([]batch.Column, len(d.columns))
	physical := 0
	for i, column := range d.columns {
		if column.Metadata == "" {
			columns[i] = decoded.Columns[physical]
			physical++
			continue
		}
		columns[i] = d.metadata(column, origin, decoded.Rows)
	}
	return batch.New(decoded.Rows, columns...), next, nil
}
