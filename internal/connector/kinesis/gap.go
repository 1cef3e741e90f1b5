package kinesis

import (
	"context"
	"log/slog"
	"math/big"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"golang.org/x/sync/singleflight"

	"github.com/penstock-io/penstock/internal/diag"
)

// minRetention is the shortest time for which AWS keeps records.
const minRetention = 24 * time.Hour

const (
	// retentionAge is how long the retention of a stream is taken for granted, and retentionRetry how
	// long it stays unknown when the service did not say.
	retentionAge   = 10 * time.Minute
	retentionRetry = 10 * time.Second
	// retentionTimeout is how long the reading of a shard may wait for the answer.
	retentionTimeout = 5 * time.Second
)

// retention is for how long the stream keeps records, as far as that is known.
type retention struct {
	calls singleflight.Group
	mu    sync.Mutex    // guards what follows; not held while the service is asked
	value time.Duration // 0: not known
	next  time.Time     // when to ask again
}

// get returns what is known, and whether to ask. While one shard asks anew, the others go on with
// what was known before.
func (r *retention) get() (value time.Duration, ask bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	ask = !now.Before(r.next)
	if ask && r.value > 0 {
		r.next = now.Add(retentionAge)
	}
	return r.value, ask
}

// set notes an answer, 0 for none, and returns what is known now.
func (r *retention) set(answer time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	again := retentionRetry
	if answer > 0 {
		r.value, again = answer, retentionAge
	}
	r.next = time.Now().Add(again)
	return r.value
}

// retention returns for how long the stream keeps records. If the service does not say, because it is
// busy or the identity may not ask, it is as long as it last said, or as long as at least: no reading
// waits for that any longer than for one call.
func (s *source) retention(ctx context.Context) time.Duration {
	value, ask := s.retained.get()
	if ask {
		asked, _, _ := s.retained.calls.Do("", func() (any, error) { return s.retained.set(s.askRetention(ctx)), nil })
		value = asked.(time.Duration)
	}
	return max(value, minRetention)
}

// askRetention returns what the service says, 0 if it does not.
func (s *source) askRetention(ctx context.Context) (answer time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, retentionTimeout)
	defer cancel()
	in := &kinesis.DescribeStreamSummaryInput{}
	in.StreamName, in.StreamARN = s.stream.address()
	err := s.once(ctx, func(ctx context.Context) error {
		out, err := s.DescribeStreamSummary(ctx, in)
		if err == nil && out.StreamDescriptionSummary != nil && out.StreamDescriptionSummary.RetentionPeriodHours != nil {
			answer = time.Duration(*out.StreamDescriptionSummary.RetentionPeriodHours) * time.Hour
		}
		return err
	})
	if err != nil {
		s.logger.DebugContext(ctx, "retention of the stream not known", slog.String("stream", s.stream.name), slog.Any("error", err))
	}
	return answer
}

// progress is up to when a shard has been read: what arrived before then has been delivered, or was
// never there. Zero: nothing is expected to have been there.
type progress struct {
	readTo time.Time
	gaps   diag.LogLimit
}

// expected returns up to when a shard had been read when reading resumes at a position.
func (p position) expected() time.Time {
	switch p.kind {
	case atTimestamp:
		return p.timestamp
	case afterSequenceNumber:
		return sequenceTime(p.sequenceNumber)
	case trimHorizon, shardEnd:
	}
	return time.Time{}
}

// sequenceTime returns the second in which a sequence number was given out; zero if it does not say.
// In its 47 hexadecimal digits the first and the last are the version, 2, and nine are the second.
func sequenceTime(number string) time.Time {
	n, ok := new(big.Int).SetString(number, 10)
	if !ok {
		return time.Time{}
	}
	const digits, begin, end = 47, 29, 38
	text := n.Text(16)
	if len(text) != digits || text[0] != '2' || text[digits-1] != '2' {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(text[begin:end], 16, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// watch notes how far a page has come, and whether records between the last page and this one have
// outlived the retention of the stream.
func (f *fetcher) watch(ctx context.Context, page *fetched) {
	now := time.Now()
	var first time.Time
	if len(page.records) > 0 && page.records[0].ApproximateArrivalTimestamp != nil {
		first = *page.records[0].ApproximateArrivalTimestamp
	}
	reached := first
	switch {
	case page.position.kind == shardEnd:
		reached = now
	case page.lag >= 0:
		reached = now.Add(-page.lag)
	}
	if !f.progress.readTo.IsZero() && now.Sub(f.progress.readTo) > minRetention {
		horizon := now.Add(-f.src.retention(ctx))
		// A record from before the horizon says that the service has not thrown anything away up to there.
		if f.progress.readTo.Before(horizon) && (first.After(horizon) || first.IsZero() && reached.After(horizon)) {
			f.reportGap(ctx, horizon, first)
		}
	}
	if reached.After(f.progress.readTo) {
		f.progress.readTo = reached
	}
}

// reportGap says that records may have been lost.
func (f *fetcher) reportGap(ctx context.Context, horizon, first time.Time) {
	f.src.meter.Gaps.Add(1)
	if _, ok := f.progress.gaps.Admit(1); !ok {
		return
	}
	attributes := []slog.Attr{
		slog.String("stream", f.src.stream.name), slog.String("shard", f.shard), slog.String("position", string(f.before.text())),
		slog.Time("read_up_to", f.progress.readTo.UTC()), slog.Time("kept_since", horizon.UTC()),
		slog.Duration("gap", horizon.Sub(f.progress.readTo).Truncate(time.Second)),
	}
	if !first.IsZero() {
		attributes = append(attributes, slog.Time("goes_on_with", first.UTC()))
	}
	f.src.logger.LogAttrs(ctx, slog.LevelWarn, "records may be lost: the stream did not keep them until they were read", attributes...)
}

// expected returns up to when a shard had been read when reading resumes at a position. Where the
// table says to begin, nothing has been read before; but LATEST, which was now when the job began,
// asks for everything since.
func (s *source) expected(from position) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from == s.start && s.settings.initpos != initposLatest {
		return time.Time{}
	}
	return from.expected()
}
