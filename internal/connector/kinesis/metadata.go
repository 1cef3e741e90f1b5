package kinesis

import (
	"bytes"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	sqltypes "github.com/penstock-io/penstock/internal/types"
)

// metadata returns a metadata column of some rows; from says which user record a row is.
func (d *decoder) metadata(column connector.Column, from func(row int) origin, rows int) batch.Column {
	switch column.Metadata {
	case metadataTimestamp:
		return d.arrivals(column.Type, from, rows)
	case metadataShardID:
		return repeated(d.shard, rows)
	case metadataStream:
		return repeated(d.stream, rows)
	case metadataLag:
		return d.lags(rows)
	case metadataSubSequenceNumber:
		builder := &batch.FixedBuilder[int64]{}
		for row := range rows {
			builder.Append(int64(from(row).sub))
		}
		return builder.Finish()
	}
	builder := &batch.BytesBuilder{}
	for row := range rows {
		if text := d.metadataText(column.Metadata, from(row)); text == nil {
			builder.AppendNull()
		} else {
			builder.Append(text)
		}
	}
	return builder.Finish()
}

// metadataText returns what a text column has for a user record; nil is NULL.
func (d *decoder) metadataText(key string, from origin) []byte {
	record := &d.page.records[from.record]
	switch key {
	case metadataSequenceNumber:
		return bytesOf(record.SequenceNumber)
	case metadataPartitionKey:
		if from.partitionKey != none {
			return []byte(validText(string(d.users.partitionKeys[from.partitionKey])))
		}
		return bytesOf(record.PartitionKey)
	case metadataExplicitHashKey:
		if from.hashKey != none {
			return d.users.hashKeys[from.hashKey]
		}
	case metadataEncryptionType:
		if record.EncryptionType == "" { // the service leaves it out
			return []byte(types.EncryptionTypeNone)
		}
		return []byte(record.EncryptionType)
	}
	return nil
}

func bytesOf(text *string) []byte {
	if text == nil {
		return nil
	}
	return append([]byte{}, *text...)
}

// arrivals returns the arrival times. TIMESTAMP shows them on the clock of the session zone.
func (d *decoder) arrivals(want sqltypes.Type, from func(row int) origin, rows int) batch.Column {
	builder := &batch.FixedBuilder[int64]{}
	for row := range rows {
		arrival := d.page.records[from(row).record].ApproximateArrivalTimestamp
		if arrival == nil {
			builder.AppendNull()
			continue
		}
		micros := arrival.UnixMicro()
		if want.Kind == sqltypes.Timestamp {
			micros = sqltypes.ToWall(micros, d.zone)
		}
		builder.Append(sqltypes.TruncateMicros(micros, want.Precision))
	}
	return builder.Finish()
}

// lags returns how far behind the end of the shard the page was, in milliseconds.
func (d *decoder) lags(rows int) batch.Column {
	builder := &batch.FixedBuilder[int64]{}
	for range rows {
		if d.page.lag < 0 {
			builder.AppendNull()
		} else {
			builder.Append(d.page.lag.Milliseconds())
		}
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
