package kinesis

import (
	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// Name is the name of the connector.
const Name = "kinesis"

// Config is what the program that embeds the connector decides, not the user.
type Config struct {
	// Dial opens connections; nil: as net/http does. Tests give the dial function of an in-memory
	// server, so that nothing waits for the operating system.
	Dial awsclient.Dial
	// Seed makes waits and partition keys repeatable; 0: different each time.
	Seed uint64
	// SystemProperties are what Java programs are given with -D: the credentials provider SYS_PROP
	// looks for aws.accessKeyId and aws.secretAccessKey there.
	SystemProperties map[string]string
}

// Keys of the metadata columns.
const (
	metadataTimestamp         = "timestamp"
	metadataShardID           = "shard-id"
	metadataSequenceNumber    = "sequence-number"
	metadataSubSequenceNumber = "sub-sequence-number"
	metadataPartitionKey      = "partition-key"
	metadataExplicitHashKey   = "explicit-hash-key"
	metadataEncryptionType    = "encryption-type"
	metadataStream            = "stream"
	metadataLag               = "lag"
)

var (
	varchar16  = types.Type{Kind: types.Varchar, Precision: 16, NotNull: true}
	varchar39  = types.Type{Kind: types.Varchar, Precision: 39}
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
			{Key: metadataSubSequenceNumber, Type: types.Of(types.BigInt).Required(), Doc: "The number of the record within its KPL aggregate, from 0; 0 for a record that is not aggregated."},
			{Key: metadataPartitionKey, Type: varchar256, Writable: true, Doc: "The partition key; NULL where the producer gave none, which streams that distribute records themselves allow."},
			{Key: metadataExplicitHashKey, Type: varchar39, Writable: true, Doc: "The explicit hash key of a record in a KPL aggregate that has one; NULL for all others, because the service does not hand it out."},
			{Key: metadataEncryptionType, Type: varchar16, Doc: "How the service keeps the record: NONE or KMS."},
			{Key: metadataStream, Type: varchar128, Doc: "The name of the stream."},
			{Key: metadataLag, Type: types.Of(types.BigInt), Doc: "How far, in milliseconds, the reading was behind the end of the shard when the record was read; NULL where the service did not say."},
		},
		UsesFormat: true,
		NewSource:  config.newSource,
		NewSink:    config.newSink,
		Check:      check,
		Bounded:    func(table connector.Table) bool { return newSourceSettings(table.Options).bounded },
		EventTime:  eventTime,
	}
}
