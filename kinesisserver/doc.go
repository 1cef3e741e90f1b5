// Package kinesisserver is an Amazon Kinesis Data Streams server for development and tests. The AWS
// SDKs talk to it over HTTP and cannot tell it from the service.
//
//	srv, endpoint := kinesisserver.StartForTest(t, kinesisserver.Config{}, "clicks:2")
//
// in a test, and elsewhere New, Start and Close; then, in the client, BaseEndpoint: &endpoint.
//
// It keeps records in memory only, for as long as their stream's retention says. What makes it of use
// in tests: its clock may be a fake one (StartInMemory inside testing/synctest, or Config.Now) or be
// moved (AdvanceClock), and it misbehaves on demand (Fault, ExpireIterators, EndSubscriptions, Reshard,
// PauseShard, Config.Limits), repeatably (Config.Seed).
//
// # The control API
//
// With Config.ControlAPI, programs in any language can do the same over HTTP, on the same port. It is
// off unless asked for, so that nobody else's server can be made to fail by who happens to reach it.
// The command penstock kinesis --control turns it on; without the flag it is on for this machine only.
// Requests and answers are JSON; an error is an object of what is wrong and what to do next. Durations
// are texts such as "1m30s".
//
//	GET    /_penstock/                   list what there is, with examples
//	GET    /_penstock/health             {"status":"ok"}
//	GET    /_penstock/faults             {"faults":[{"id":1,"hits":2,"operation":"GetRecords",...}]}
//	POST   /_penstock/faults             add a fault, answered with its id; the members are Fault's
//	                                     fields: operation, stream, shard, count, percent, delay, code,
//	                                     message, status, drop, drop_answer, empty_page, record_percent,
//	                                     record_code
//	DELETE /_penstock/faults             remove all
//	DELETE /_penstock/faults/{id}        remove one
//	POST   /_penstock/expire-iterators   no body
//	POST   /_penstock/end-subscriptions  {} or {"code":"InternalFailureException"}
//	POST   /_penstock/reshard            {"stream":"orders","shards":8}
//	POST   /_penstock/pause-shard        {"stream":"orders","shard":"shardId-000000000000"}
//	POST   /_penstock/resume-shard       {"stream":"orders","shard":"shardId-000000000000"}
//	GET    /_penstock/calls              {"calls":{"GetRecords":12}}
//	GET    /_penstock/clock              {"now":"2030-01-02T03:04:05Z","ahead":"1h0m0s"}
//	POST   /_penstock/clock              {"advance":"1h"} or {"set":"2030-01-02T03:04:05Z"}
//
// Streams are those of the configured account and region. Calls of the control API are not counted
// and use up no chance: with a Config.Seed the same calls meet the same faults with and without it.
//
// # What it does not do
//
// Signatures are not verified and policies not evaluated: everybody may do everything. Nothing is
// encrypted, no metrics are measured, on-demand streams do not scale by themselves, and there are no
// channels. Texts of errors are AWS's where they are known; where they are not, the code is what
// counts. HTTP/2 without TLS is by prior knowledge, not by Upgrade.
//
// # What to know before changing it
//
//   - Nothing happens by itself. There is no goroutine behind a stream or a shard: every change that
//     is due is done when somebody looks, by stream.settle. Without that, synctest could not tell
//     when the server is idle.
//   - Time is Server.Now, except where somebody waits: that is real.
//   - A record is stored as the JSON in which it is read, in arenas that never move. GetRecords hands
//     sub-slices of them to net/http after it has let go of all locks.
//   - Locks are taken in the order realm, stream, shard. Writers and readers of records hold their
//     stream's lock for reading, so that a reshard, which holds it for writing, sees none of them.
//   - A position is the number of records that were ever written to the shard before it; the record
//     index in a sequence number is one more.
//
// # File map
//
// One file per operation, named after it, with a comment on its behaviour and on what is
// deliberately missing: create_stream.go, get_records.go, ... The rest:
//
//	config.go server.go testing.go     settings; the server and what can be done to it from Go; in tests
//	listen.go pipe_listener.go         listeners: TCP, in memory; HTTP/1.1 and HTTP/2 on one port
//	request_body.go                    reading a request; time limits of slow clients
//	certificate.go                     TLS with a generated certificate authority
//	dispatch.go operation.go           from an HTTP request to an operation; the table of operations
//	answer.go api_error.go             from a result or an error to an HTTP response
//	credential.go                      account and region of a request, from its signature
//	stream_address.go                  finding the stream that a request names
//	validation.go wire.go blob.go      value constraints and their texts; types of the wire; base64
//	cbor_decode.go cbor_encode.go      the legacy protocol of Java's SDKs, to and from JSON and results
//	realm.go                           the streams of one account in one region
//	stream.go life_cycle.go reshard.go a stream; its status, and consumers'; splits, merges, rescaling
//	shard.go shard_read.go             a shard: writing and trimming; reading
//	segment.go record_json.go          how records are stored
//	shard_filter.go                    ListShards' filters
//	sequence_number.go hash_key.go     186-bit sequence numbers; 128-bit hash keys
//	token.go list_token.go             shard iterators and NextTokens
//	put_records_scan.go                the fast reader of PutRecords' bodies
//	consumer.go                        fan-out consumers; what an ARN may name besides a stream
//	subscription.go event_stream.go    a running SubscribeToShard; its frames
//	throughput.go request_rate.go      LimitsAWS: of shards; of the control plane
//	fault.go random.go                 faults on demand; seeded chance
//	clock.go sweep.go                  the time, which can be moved ahead; freeing what is past its retention
//	control.go control_fault.go control_action.go
//	                                   the control API: its table; faults; everything else
//	retention_period.go tags.go enhanced_monitoring.go stream_encryption.go
//	                                   what several operations share
//	channel.go                         the five operations that are not supported
package kinesisserver
