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
//	options_read.go options_retry.go options_credentials.go options_watermark.go   more of a source
//	settings.go              options as the code uses them
//	source.go shards.go lineage.go   which shards there are, which follow from which, where each begins
//	reader.go                pages of one shard as batches of rows
//	fetch.go quota.go        calls of GetRecords: when, from where, and after which errors
//	adaptive.go              for how many records; gap.go: what was gone before it could be read
//	recoverable.go           errors that a user wants to be recovered from, by their Java names
//	fanout_subscriber.go     instead of GetRecords, what the service pushes; subscribing anew
//	fanout_subscription.go   one SubscribeToShard: fanout_http.go, its connection; fanout_frame.go,
//	                         its bytes; options_fanout.go fanout_settings.go, options
//	consumer_lifecycle.go    the consumer of enhanced fan-out: found or registered, deregistered;
//	                         consumer_errors.go: what is said when it is missing
//	decode.go metadata.go    user records to columns: format, metadata, bad records
//	deaggregate.go           records to user records; aggregate.go: the KPL's aggregates;
//	                         hash_key.go: which shard a record belongs to
//	sink.go encode.go        what is written where; rows to records
//	options_sink.go settings_sink.go check_sink.go   options of the sink; producer.go: those of the KPL
//	writer.go queue.go       requests, their order and number; congestion.go: how many records in them
//	put.go                   one request: its refused records, its retries; refusals.go: rows left out
//	partition.go             partition keys
//	client.go                the SDK's client, set up from options and environment
//	options_client.go client_properties.go   properties of Java's client
//	credentials.go           the options of credentials; credentials_provider.go: what they become
//	call.go backoff.go       repeating calls; what went wrong, in words
//	service_error.go         the table of the service's errors: which of them pass
//	protocol.go              reading GetRecords answers (page_json.go, json_scanner.go, page_memory.go) and
//	                         writing PutRecords requests (put_json.go) faster than the SDK
//	protocol_cbor.go         asking for records in CBOR instead (page_cbor.go, cbor_scanner.go)
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
//   - decodePage gives what the SDK gives, or leaves the bytes to the SDK.
//   - Positions are the same whether a shard is polled or pushed. A shard counts as read only when the
//     service says so, never because a consumer or a stream is gone.
//   - Aggregates are taken apart behind the fetcher, so that both ways of reading share it. A position
//     may be within one; reading then begins with that record again and skips what is behind.
//   - A record that the sink has taken is sent until the service has acknowledged it, or the job ends
//     with an error; only 'sink.bad-records' may leave it out, and then it is counted, and kept
//     with 'dead-letter'.
//   - With 'sink.ordering' = 'per-key' no two records of a partition key are on their way together.
//
// TestReshardStorm puts all of this together: -sim.seed and -sim.seeds choose the storms.
package kinesis
