package kinesis

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
)

// deadLetterOptions are about the stream for bad records.
var deadLetterOptions = option.Table{{
	Key: format.BadRecordsStream, Check: checkStream,
	Doc: "Name or ARN of the stream for dead letters, one record for each, reached as the table's own is. It takes the place of 'bad-records.path'.",
}}

// deadLetterStream keeps dead letters in a stream: what Keep has taken, the service has acknowledged.
type deadLetterStream struct {
	*client
}

// newDeadLetterStream returns the keeper that the options of a table ask for; nil: none.
func newDeadLetterStream(c *client, v *option.Values) (deadletter.Keeper, error) {
	if !v.IsSet(format.BadRecordsStream) {
		return nil, nil
	}
	target, err := parseStream(v.String(format.BadRecordsStream))
	switch {
	case err != nil: // the table of options has reported it
		return nil, diag.Errorf(diag.Option, v.Span(format.BadRecordsStream), "%w", err)
	case target.name == c.stream.name && cmp.Or(target.region, c.region) == c.region:
		return nil, diag.Errorf(diag.Option, v.Span(format.BadRecordsStream), "the dead letters of stream %q cannot go to the stream itself: they would be read again", target.name).
			WithHint("name another stream")
	}
	// The letters are no traffic of the table, so they have a meter of their own.
	return &deadLetterStream{&client{
		Client: c.Client, stream: target, region: c.region, http: c.http, random: c.random, meter: &connector.Meter{}, logger: c.logger, timeout: c.timeout,
	}}, nil
}

// Keep sends the letters and waits until the service has them all.
func (s *deadLetterStream) Keep(ctx context.Context, letters []deadletter.Letter) error {
	var entries []types.PutRecordsRequestEntry
	bytes := 0
	for i := range letters {
		data, err := json.Marshal(&letters[i])
		if err != nil {
			return err
		}
		data = append(data, '\n') // so that the raw records of the stream are a file of letters
		key := cmp.Or(letters[i].PartitionKey, "dead-letter")
		size := len(data) + len(key)
		if len(entries) == maxRecordsPerPut || len(entries) > 0 && bytes+size > maxBytesPerPut {
			if err := s.put(ctx, entries); err != nil {
				return err
			}
			entries, bytes = entries[:0], 0
		}
		entries = append(entries, types.PutRecordsRequestEntry{Data: data, PartitionKey: &key})
		bytes += size
	}
	return s.put(ctx, entries)
}

// put sends entries, and those that were refused for now again, for as long as it takes.
func (s *deadLetterStream) put(ctx context.Context, entries []types.PutRecordsRequestEntry) error {
	for n := 0; ; n++ {
		in := &kinesis.PutRecordsInput{Records: entries}
		in.StreamName, in.StreamARN = s.stream.address()
		var out *kinesis.PutRecordsOutput
		err := s.call(ctx, operation{name: "PutRecords", policy: putPolicy}, func(ctx context.Context) (err error) {
			out, err = s.PutRecords(ctx, in)
			return err
		})
		if err != nil {
			return s.refused(ctx, err)
		}
		_, again, reason := sortOut(entries, out.Records)
		if len(again) == 0 {
			return nil
		}
		s.logger.DebugContext(ctx, "sending dead letters again", slog.String("stream", s.stream.name), slog.Int("records", len(again)), slog.String("reason", *reason.ErrorCode))
		entries = again
		if err := awsclient.Pause(ctx, putPolicy.wait(n, s.random)); err != nil {
			return err
		}
	}
}

// refused explains why letters cannot be kept.
func (s *deadLetterStream) refused(ctx context.Context, err error) error {
	if faultOf(errorCode(err)) == recordFault {
		return diag.Errorf(diag.Exhausted, diag.Span{}, "stream %q does not take a dead letter: %w", s.stream.name, err).
			WithHint("a letter is about a third longer than its record: raise the stream's limit (aws kinesis update-max-record-size), or use 'bad-records.path'")
	}
	return s.explain(ctx, "PutRecords", err)
}

// Close has nothing to release: the connections are the source's.
func (s *deadLetterStream) Close() error { return nil }
