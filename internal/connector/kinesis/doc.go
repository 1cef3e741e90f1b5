// Package kinesis reads tables from and writes tables to Amazon Kinesis Data Streams.
//
// It owns everything that is peculiar to Kinesis: the options of the connector, the API client, the
// lineage of shards, the quotas and errors of the service, and how records become requests. The
// formats of records belong to package format. A split of the source is a shard.
//
// Files, from the outside to the inside:
//
//	factory.go               Factory; what the connector is called and what it can do
//	options.go check.go      the table of options; checks of a table as a whole
//	settings.go              options as the code uses them
//	source.go shards.go lineage.go   which shards there are, which follow from which, where each begins
//	reader.go                pages of one shard as batches of rows
//	fetch.go quota.go        calls of GetRecords: when, from where, and after which errors
//	decode.go                records to columns: format, metadata, bad records
//	sink.go writer.go        rows to records; requests, their order and number
//	put.go                   one request: its refused records, its retries
//	partition.go             partition keys
//	client.go credentials.go the SDK's client, set up from options and environment
//	call.go backoff.go       repeating calls; what went wrong, in words
//	protocol.go              reading GetRecords answers (page_json.go, json_scanner.go) and writing
//	                         PutRecords requests (put_json.go) faster than the SDK
//	position.go              the text of a position
//	stream.go timestamp.go   names and ARNs of streams; moments and their formats
//
// Invariants:
//
//   - A position means "after": resuming at it delivers exactly the records that come next. LATEST
//     becomes a moment once, when the source is opened, so that no retry and no expired iterator can
//     skip records.
//   - A shard found after the first listing is read from its beginning, and a shard names its
//     parents, so that the engine can read them first.
//   - decodePage gives what the SDK gives, or leaves the page to the SDK.
//   - A record that the sink has taken is sent until the service has acknowledged it, or the job ends
//     with an error.
package kinesis
