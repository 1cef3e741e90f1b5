package kinesis

import (
	"fmt"

	"github.com/penstock-io/penstock/internal/option"
)

// Values of options of the sink that the code compares with.
const (
	spreadRandom   = "random"
	spreadFixed    = "fixed"
	spreadMetadata = "metadata"

	orderNone   = "none"
	orderPerKey = "per-key"

	badRowsFail       = "fail"
	badRowsSkip       = "skip"
	badRowsDeadLetter = "dead-letter"

	protocolHTTP1 = "HTTP1_1"
	protocolHTTP2 = "HTTP2"
)

// Keys of options of the sink that stand in messages.
const (
	keyPartitioner    = "sink.partitioner"
	keySinkBadRecords = "sink.bad-records"
	keySinkBadPath    = "sink.bad-records.path"
	keySinkBadMaxSize = "sink.bad-records.max-size"
	keyBatchSize      = "sink.batch.max-size"
	keyMaxBuffered    = "sink.requests.max-buffered"
	keyFlushSize      = "sink.flush-buffer.size"
	keyFlushTimeout   = "sink.flush-buffer.timeout"
	keyFailOnError    = "sink.fail-on-error"
)

// sinkOptions are the options of a table that is written.
var sinkOptions = option.Table{
	{
		Key: keyPartitioner, Type: option.Enum, Enum: []string{spreadRandom, spreadFixed, spreadMetadata},
		Doc: "How records are spread over the shards when the table has no PARTITIONED BY: a random partition key for each record, one fixed key for each writer, " +
			"or the key in the table's column METADATA FROM 'partition-key'. Default: metadata if the table has such a column that is not VIRTUAL, else random.",
	},
	{
		Key: "sink.partitioner-field-delimiter", Default: "|",
		Doc: "Stands between the PARTITIONED BY columns in the partition key.",
	},
	{
		Key: "sink.ordering", Type: option.Enum, Enum: []string{orderNone, orderPerKey}, Default: orderNone,
		Doc: "'per-key' keeps the records of a partition key in the order in which a writer got them, whatever is refused and sent again: " +
			"a record waits until the one before it with the same key is acknowledged, which limits a key to one record per round trip. 'none' does not wait.",
	},
	{
		Key: keyBatchSize, Aliases: []string{"sink.records_per_batch", "sink.max_records_per_batch", "type.recordsPerBatch", "type.records_per_batch"},
		Type: option.Int, Default: "500", Check: option.Range(1, maxRecordsPerPut),
		Doc: "Most records in a request.",
	},
	{
		Key: "sink.requests.max-inflight", Type: option.Int, Default: "50", Check: option.Range(1, 10_000),
		Doc: "Most requests on their way at a time, of one writer. The records in them are limited too: by as many as fit into one request at first, 10 more after each request that succeeds and 1 % less after each that does not.",
	},
	{
		Key: keyMaxBuffered, Type: option.Int, Default: "10000", Check: option.Range(1, 10_000_000),
		Doc: "Most records that one writer holds back for coming requests before the job has to wait. It also waits from 64 MiB on.",
	},
	{
		Key: keyFlushSize, Aliases: []string{"sink.batch_max_buffer_size", "sink.max_bytes_per_batch", "type.batchMaxBufferSize", "type.batch_max_buffer_size"},
		Type: option.Size, Default: "5242880", Check: checkFlushSize,
		Doc: "Most bytes in a request, data and partition keys; a record that is larger by itself still goes.",
	},
	{
		Key:  keyFlushTimeout,
		Type: option.Milliseconds, Default: "5000", Check: checkPositiveTime,
		Aliases: []string{"sink.batch_flush_interval_millis", "sink.flush_interval_millis", "type.batchFlushIntervalMillis", "type.batch_flush_interval_millis"},
		Doc:     "Longest time that a record waits for others to share its request.",
	},
	{
		Key: keyFailOnError, Type: option.Bool, Default: "false",
		Doc: "Ends the job at the first record or request that is refused, instead of sending it again. Without it these end the job too: " + docFinalErrors(),
	},
	{
		Key: keySinkBadRecords, Type: option.Enum, Enum: []string{badRowsFail, badRowsSkip, badRowsDeadLetter}, Default: badRowsFail,
		Doc: "What happens to a row that cannot become a record, or whose record the stream refuses for good: it ends the job (fail); it is counted, logged and left out (skip); " +
			"or it is kept as well (dead-letter), for `penstock dead-letter`. " +
			"Such are rows that the format cannot write, records that are too large for the stream, and " + docBadRecordErrors(),
	},
	{
		Key: keySinkBadPath, Type: option.String,
		Doc: "The file for the dead letters of the sink, a line of JSON for each: the record, or the values of a row that did not become one, and what is wrong with it. Several tables may share it.",
	},
	{
		Key: keySinkBadMaxSize, Type: option.Size, Default: "1 gb",
		Doc: "How large that file may grow. At the limit the job ends, because it may neither lose rows nor fill the disk.",
	},
	{
		Key: "sink.http-client.max-concurrency", Type: option.Int, Default: "10000", Check: checkCount,
		Doc: "Most connections of the sink, of all its writers; 0: no limit. A request needs one of its own, unless the protocol is HTTP2.",
	},
	{
		Key: "sink.http-client.read-timeout", Type: option.Milliseconds, Default: "360000", Check: checkPositiveTime,
		Doc: "Longest time that a request may take before it is given up and sent again.",
	},
	{
		Key: "sink.http-client.protocol.version", Type: option.Enum, Enum: []string{protocolHTTP1, protocolHTTP2}, Default: protocolHTTP1,
		Doc: "HTTP version of the sink's requests. With HTTP2, which needs https, they share a connection; with HTTP1_1 one that is slow does not hold up the others.",
	},
	{
		Key: producerPrefix, Prefix: true,
		Doc: "Options of the Kinesis Producer Library, as older Flink versions took them. These mean: " + docProducerKeys() + " The others are ignored with a warning.",
	},
}

func checkFlushSize(text string) error {
	if n, _ := option.ParseSize(text); n < 1 || n > maxBytesPerPut {
		return fmt.Errorf("must be between 1 and %d bytes, the most in a request", maxBytesPerPut)
	}
	return nil
}
