package kinesis

import (
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// Name is the name of the connector.
const Name = "kinesis"

// Config is what the program that embeds the connector decides, not the user.
type Config struct {
	// Dial opens connections; nil: as net/http does. Tests give the dial function of an in-memory
	// server, so that nothing waits for the operating system.
	Dial Dial
	// Seed makes waits and partition keys repeatable; 0: different each time.
	Seed uint64
}

// Keys of the metadata columns.
const (
	metadataTimestamp      = "timestamp"
	metadataShardID        = "shard-id"
	metadataSequenceNumber = "sequence-number"
	metadataPartitionKey   = "partition-key"
	metadataStream         = "stream"
)

var (
	varchar128 = types.Type{Kind: types.Varchar, Precision: 128, NotNull: true}
	varchar256 = types.Type{Kind: types.Varchar, Precision: 256}
)

// Factory returns the connector.
func Factory(config Config) *connector.Factory {
	return &connector.Factory{
		Name:    Name,
		Doc:     "Reads and writes Amazon Kinesis data streams.",
		Options: options,
		Metadata: []connector.Metadata{
			{Key: metadataTimestamp, Type: types.TimestampLTZ3.Required(), Doc: "When the record arrived in the stream, approximately: not always in order."},
			{Key: metadataShardID, Type: varchar128, Doc: "The shard that holds the record."},
			{Key: metadataSequenceNumber, Type: varchar128, Doc: "The number of the record, which grows within its shard."},
			{Key: metadataPartitionKey, Type: varchar256, Doc: "The partition key; NULL where the producer gave none, which streams that distribute records themselves allow."},
			{Key: metadataStream, Type: varchar128, Doc: "The name of the stream."},
		},
		UsesFormat: true,
		NewSource:  config.newSource,
		NewSink:    config.newSink,
		Check:      check,
		EventTime:  eventTime,
	}
}
