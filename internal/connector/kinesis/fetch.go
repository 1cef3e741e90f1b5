package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// fetcher reads one shard from the service, on a goroutine of its own, one page ahead of the reader.
type fetcher struct {
	src   *source
	shard string
	meter *connector.Traffic
	bound time.Time
	pages chan fetched
	// demand has a token when the reader waits.
	demand chan struct{}

	// subscriber is nil when the shard is polled.
	subscriber *subscriber

	position  position // after the last page
	before    position // the page before that
	progress  progress
	adaptive  adaptive
	iterator  *string
	quota     quota
	idleUntil time.Time // when to look again into a shard that had nothing more
	lag       time.Duration
	reported  time.Time // when the last page was handed over
}

// fetched is a page on its way to the reader.
type fetched struct {
	records  []types.Record
	position position
	lag      time.Duration
	children []childShard
	done     bool // nothing follows
	err      error
}

const (
	// reportInterval is how often a shard that brings nothing is reported as alive.
	reportInterval = time.Second
	// maxExpired bounds how many fresh iterators in a row may be refused as expired.
	maxExpired = 10
	// maxSkew is how far two clocks may differ; the service refuses signatures beyond that as well.
	maxSkew = 5 * time.Minute
)

// run fetches pages until the end of the shard, an error or the end of ctx.
func (f *fetcher) run(ctx context.Context) {
	for done := false; !done; {
		release, err := f.admit(ctx)
		if err != nil {
			return
		}
		page := f.fetch(ctx)
		done = page.done || page.err != nil
		select {
		case f.pages <- page:
			f.reported = time.Now()
		case <-ctx.Done():
			done = true
		}
		release()
	}
}

// admit waits until a page may be fetched: the reader waits for one, or there is room for one that
// nobody waits for yet. That room is shared by all shards of the source; a reader that waits never
// depends on it, so shards that nobody reads cannot hold up the others.
func (f *fetcher) admit(ctx context.Context) (release func(), err error) {
	select {
	case <-f.demand:
		return func() {}, nil
	case f.src.prefetch <- struct{}{}:
		return func() { <-f.src.prefetch }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fetch returns the next page that is worth handing over: with records, or with news.
func (f *fetcher) fetch(ctx context.Context) fetched {
	for {
		if err := awsclient.Pause(ctx, time.Until(f.idleUntil)); err != nil {
			return fetched{err: err}
		}
		begun := time.Now()
		out, err := f.read(ctx)
		if err != nil {
			return f.failed(ctx, err)
		}
		page := f.accept(out)
		f.watch(ctx, &page)
		if page.lag == 0 && f.subscriber == nil {
			f.idleUntil = begun.Add(f.src.settings.idleInterval)
		}
		news := page.done || len(page.records) > 0 || page.lag != f.lag || time.Since(f.reported) >= reportInterval
		f.lag = page.lag
		if news {
			return page
		}
	}
}

// read returns what comes next in the shard, by polling or pushed.
func (f *fetcher) read(ctx context.Context) (*kinesis.GetRecordsOutput, error) {
	if f.subscriber != nil {
		return f.subscriber.next(ctx, f.iterator, f.position)
	}
	return f.getRecords(ctx)
}

// accept moves on to after an answer.
func (f *fetcher) accept(out *kinesis.GetRecordsOutput) fetched {
	page := fetched{records: out.Records, lag: lagOf(out)}
	f.before = f.position
	f.iterator = out.NextShardIterator
	cut := f.cut(&page)
	if n := len(page.records); n > 0 && page.records[n-1].SequenceNumber != nil {
		// A copy, because the texts of a page share their memory.
		f.position = after(strings.Clone(*page.records[n-1].SequenceNumber))
	}
	if out.NextShardIterator == nil && !cut {
		f.position = position{kind: shardEnd}
		page.children = childrenOf(out)
	}
	page.position = f.position
	page.done = cut || f.position.kind == shardEnd
	return page
}

// cut ends a page at the bound of the source, if there is one and the page reaches it. Records
// behind the first one beyond it are left out as well, though arrival times are not quite in order:
// so the position stays true.
func (f *fetcher) cut(page *fetched) bool {
	if f.bound.IsZero() || f.iterator == nil && len(page.records) == 0 {
		return false
	}
	for i, record := range page.records {
		if record.ApproximateArrivalTimestamp != nil && record.ApproximateArrivalTimestamp.After(f.bound) {
			page.records = page.records[:i]
			return true
		}
	}
	if f.iterator == nil {
		return false
	}
	// Nothing more at the moment, or the gap in the shard that the page ends in reaches the bound.
	return page.lag == 0 || len(page.records) == 0 && time.Now().Add(-page.lag).After(f.bound)
}

// lagOf returns how far a page is behind the tip of its shard, negative if the service does not say.
func lagOf(out *kinesis.GetRecordsOutput) time.Duration {
	switch {
	case out.MillisBehindLatest != nil:
		return time.Duration(*out.MillisBehindLatest) * time.Millisecond
	case len(out.Records) == 0:
		return 0
	}
	return -1
}

// getRecords calls GetRecords. An iterator that has expired, because the reader was held up, is
// replaced by one for the same position.
func (f *fetcher) getRecords(ctx context.Context) (*kinesis.GetRecordsOutput, error) {
	settings := &f.src.settings
	for n := 0; ; n++ {
		if f.iterator == nil {
			if err := f.openIterator(ctx); err != nil {
				return nil, err
			}
		}
		in := &kinesis.GetRecordsInput{ShardIterator: f.iterator, Limit: &settings.pageSize}
		_, in.StreamARN = f.src.stream.address()
		var out *kinesis.GetRecordsOutput
		get := operation{name: "GetRecords", policy: settings.getRecords, meter: f.meter, admit: f.quota.wait}
		err := f.src.call(ctx, get, func(ctx context.Context) (err error) {
			if settings.adaptive {
				in.Limit = aws.Int32(f.adaptive.next(settings.pageSize, settings.idleInterval))
			}
			out, err = f.src.GetRecords(ctx, in)
			return err
		})
		var expired *types.ExpiredIteratorException
		if err == nil {
			f.quota.spend(dataSize(out.Records))
			f.adaptive.note(out.Records)
			return out, nil
		}
		if !errors.As(err, &expired) || n == maxExpired {
			return nil, err
		}
		f.iterator = nil
		f.meter.Retries.Add(1)
		if n > 0 {
			if err := awsclient.Pause(ctx, settings.getIterator.wait(n, f.src.random)); err != nil {
				return nil, err
			}
		}
	}
}

func dataSize(records []types.Record) (size int) {
	for i := range records {
		size += len(records[i].Data)
	}
	return size
}

// openIterator asks for an iterator at the position.
func (f *fetcher) openIterator(ctx context.Context) error {
	in := &kinesis.GetShardIteratorInput{ShardId: &f.shard}
	in.StreamName, in.StreamARN = f.src.stream.address()
	f.position.request(in)
	policy := f.src.settings.getIterator
	for n := 0; ; n++ {
		var out *kinesis.GetShardIteratorOutput
		err := f.src.call(ctx, operation{name: "GetShardIterator", policy: policy, meter: f.meter}, func(ctx context.Context) (err error) {
			out, err = f.src.GetShardIterator(ctx, in)
			return err
		})
		if err == nil {
			f.iterator = out.ShardIterator
			return nil
		}
		// By the service's clock the moment may be yet to come.
		var refused *types.InvalidArgumentException
		ahead := f.position.kind == atTimestamp && time.Since(f.position.timestamp) < maxSkew
		if !errors.As(err, &refused) || !ahead || n == maxExpired {
			return err
		}
		if err := awsclient.Pause(ctx, policy.max); err != nil {
			return err
		}
	}
}

// failed makes the last page of a shard out of an error. A shard that has aged out of the stream
// has come to its end; what was in it is lost, and that is said.
func (f *fetcher) failed(ctx context.Context, err error) fetched {
	_, explained := errors.AsType[*diag.Error](err) // a subscriber knows what was not found
	if !isNotFound(err) || explained {
		operation := "GetRecords"
		if f.subscriber != nil {
			operation = "SubscribeToShard"
		}
		return fetched{err: f.src.explain(ctx, operation, err)}
	}
	if _, err := f.src.listShards(ctx); err != nil { // there is no stream
		return fetched{err: f.src.explain(ctx, "ListShards", err)}
	}
	f.src.meter.Gaps.Add(1)
	attributes := []slog.Attr{
		slog.String("stream", f.src.stream.name), slog.String("shard", f.shard), slog.String("position", string(f.position.text())),
	}
	if !f.progress.readTo.IsZero() {
		attributes = append(attributes, slog.Time("read_up_to", f.progress.readTo.UTC()))
	}
	if f.lag > 0 {
		attributes = append(attributes, slog.Duration("lag", f.lag))
	}
	f.src.logger.LogAttrs(ctx, slog.LevelWarn, "records are lost: shard has left the stream before it was read to its end", attributes...)
	return fetched{position: position{kind: shardEnd}, done: true}
}
