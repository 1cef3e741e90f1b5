package cli

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/diag"
)

// Limits of a PutRecords request.
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
const (
	maxRequestRecords = 500
	maxRequestBytes   = 10 << 20 // payloads and partition keys
)

const (
	// linger is how long a record waits for others before a request goes out with what there is.
	linger = 50 * time.Millisecond
	// maxFutile is how many times in a row a request may be refused as a whole.
	maxFutile  = 12
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// putter sends records, one request at a time.
type putter struct {
	client   *streamClient
	pace     pace
	progress *putProgress

	records, bytes, retried int64
}

// run sends the lines until there are no more. Lines before one that is wrong are sent.
func (p *putter) run(ctx context.Context, lines <-chan inputLine) error {
	var batch putBatch
	var fault error
	p.progress.begin()
	for more := true; more || len(batch.entries) > 0; {
		if more {
			more, fault = p.fill(ctx, &batch, lines)
		}
		if ctx.Err() != nil {
			return p.client.explain(ctx, "PutRecords", ctx.Err())
		}
		if len(batch.entries) > 0 {
			if err := p.send(ctx, batch.take()); err != nil {
				return err
			}
			p.progress.show(p)
		}
	}
	return fault
}

// fill adds lines to the batch: it waits for the first one, then takes what comes soon. It reports
// false when no more lines will come.
func (p *putter) fill(ctx context.Context, batch *putBatch, lines <-chan inputLine) (more bool, err error) {
	var late <-chan time.Time
	if len(batch.entries) > 0 { // it did not fit into the request before
		late = time.After(linger)
	}
	for {
		select {
		case line, ok := <-lines:
			if !ok || line.err != nil {
				return false, line.err
			}
			if batch.add(line.data, line.key, p.pace.batchSize()) {
				return true, nil
			}
			if late == nil {
				late = time.After(linger)
			}
		case <-late:
			return true, nil
		case <-ctx.Done():
			return false, nil
		}
	}
}

// send sends the entries, and those that were refused again until they are taken.
func (p *putter) send(ctx context.Context, entries []types.PutRecordsRequestEntry) error {
	if err := p.pace.wait(ctx, len(entries)); err != nil {
		return p.client.explain(ctx, "PutRecords", err)
	}
	name, arn := p.client.target()
	for futile := 0; ; futile++ {
		out, err := p.client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: name, StreamARN: arn, Records: entries})
		if err != nil {
			return p.client.explain(ctx, "PutRecords", err)
		}
		refused, reason := p.settle(entries, out.Records)
		if len(refused) == 0 {
			return nil
		}
		if len(refused) < len(entries) {
			futile = 0
		}
		if futile == maxFutile {
			return diag.Errorf(diag.Throttled, diag.Span{}, "stream %q takes no more records: %s", p.client.name, reason).
				WithHint("send fewer with --rate, or add shards: a shard takes 1,000 records and 1 MiB per second")
		}
		entries = refused
		if err := awsclient.Pause(ctx, retryWait(futile)); err != nil {
			return p.client.explain(ctx, "PutRecords", err)
		}
	}
}

// settle counts what was taken and returns what was not, with the reason of the first.
func (p *putter) settle(entries []types.PutRecordsRequestEntry, results []types.PutRecordsResultEntry) (refused []types.PutRecordsRequestEntry, reason string) {
	for i, result := range results {
		if result.ErrorCode == nil {
			p.records++
			p.bytes += int64(len(entries[i].Data))
			continue
		}
		if reason == "" {
			reason = aws.ToString(result.ErrorMessage)
		}
		refused = append(refused, entries[i])
	}
	p.retried += int64(len(refused))
	return refused, reason
}

// retryWait grows with each futile request and is partly random, so that several producers do not
// come back together.
func retryWait(futile int) time.Duration {
	wait := min(firstRetry<<futile, lastRetry)
	return wait/2 + rand.N(wait/2)
}

// putBatch is a request that is being filled.
type putBatch struct {
	entries []types.PutRecordsRequestEntry
	bytes   int
	next    []types.PutRecordsRequestEntry // a record that did not fit
}

// add adds a record and reports whether the request should go now, because it has so many records
// or because the record did not fit.
func (b *putBatch) add(data []byte, key string, records int) (full bool) {
	entry := types.PutRecordsRequestEntry{Data: data, PartitionKey: aws.String(key)}
	size := len(data) + len(key)
	if b.bytes+size > maxRequestBytes && len(b.entries) > 0 {
		b.next = append(b.next, entry)
		return true
	}
	b.entries = append(b.entries, entry)
	b.bytes += size
	return len(b.entries) >= records
}

// take returns the request's records and begins the next request.
func (b *putBatch) take() []types.PutRecordsRequestEntry {
	entries := b.entries
	b.entries, b.bytes, b.next = b.next, 0, nil
	for _, entry := range b.entries {
		b.bytes += len(entry.Data) + len(*entry.PartitionKey)
	}
	return entries
}

// pace holds records back so that no more than a number of them go out in a second.
type pace struct {
	perSecond float64 // 0: no limit
	due       time.Time
}

// batchSize is how many records to send at a time: at a limited rate so few that they flow.
func (p *pace) batchSize() int {
	const requestsPerSecond = 20
	if p.perSecond == 0 {
		return maxRequestRecords
	}
	return min(max(int(p.perSecond/requestsPerSecond), 1), maxRequestRecords)
}

// wait waits until the next request, of n records, may go. It makes up for at most a second in which
// there was nothing to send.
func (p *pace) wait(ctx context.Context, n int) error {
	if p.perSecond == 0 {
		return ctx.Err()
	}
	now := time.Now()
	switch earliest := now.Add(-time.Second); {
	case p.due.IsZero():
		p.due = now
	case p.due.Before(earliest):
		p.due = earliest
	}
	wait := p.due.Sub(now)
	p.due = p.due.Add(time.Duration(float64(n) / p.perSecond * float64(time.Second)))
	return awsclient.Pause(ctx, wait)
}
