package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// busyWait is the pause before another attempt at a shard that has a subscription of this consumer:
// the service takes over one that is five seconds old, so waiting longer and longer would not help.
const busyWait = time.Second

// subscriber stands in for GetRecords: it returns what the service pushes, one event at a time, and
// subscribes anew whenever a subscription has ended.
type subscriber struct {
	src      *source
	shard    string
	meter    *connector.Traffic
	current  *subscription // nil: none
	failures int           // since the last event
	waits    int           // since the last event
	warned   bool
}

// next waits for the next event. continuation is the one of the event before, nil if there was none;
// then reading begins at from.
func (s *subscriber) next(ctx context.Context, continuation *string, from position) (*kinesis.GetRecordsOutput, error) {
	start := startingPosition(continuation, from)
	for {
		out, err := s.event(ctx, start)
		if err == nil {
			s.failures, s.waits = 0, 0
			s.src.fanOut.used.Store(true)
			return out, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		wait, err := s.judge(ctx, start, err)
		if err == nil {
			err = awsclient.Pause(ctx, wait)
		}
		if err != nil {
			return nil, err
		}
	}
}

// event reads from the current subscription, or from a new one if there is none.
func (s *subscriber) event(ctx context.Context, start *types.StartingPosition) (*kinesis.GetRecordsOutput, error) {
	if s.current == nil {
		if err := s.subscribe(ctx, start); err != nil {
			return nil, err
		}
	}
	out, err := s.current.next()
	if err == nil {
		return out, nil
	}
	s.close()
	if isInUse(err) && !s.warned {
		s.warned = true
		s.src.logger.WarnContext(ctx, "another reader has taken over a shard with the same consumer; each job needs a consumer of its own",
			slog.String("stream", s.src.stream.name), slog.String("shard", s.shard))
	}
	return nil, err
}

func (s *subscriber) subscribe(ctx context.Context, start *types.StartingPosition) error {
	fan := s.src.fanOut
	arn, err := fan.consumer(ctx)
	if err != nil {
		return err
	}
	select {
	case fan.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	in := &kinesis.SubscribeToShardInput{ConsumerARN: &arn, ShardId: &s.shard, StartingPosition: start}
	s.current, err = fan.openSubscription(ctx, in)
	if err != nil {
		<-fan.slots
	}
	return err
}

// close ends the current subscription, if there is one.
func (s *subscriber) close() {
	if s.current != nil {
		s.current.close()
		s.current = nil
		<-s.src.fanOut.slots
	}
}

// judge returns how long to wait before subscribing anew, or the error that makes that pointless.
func (s *subscriber) judge(ctx context.Context, start *types.StartingPosition, err error) (time.Duration, error) {
	if errors.Is(err, errExpired) {
		return 0, nil
	}
	if _, explained := errors.AsType[*diag.Error](err); explained { // the consumer was not to be had
		return 0, err
	}
	next := classifySubscription(start, err)
	switch {
	case isInUse(err) || next != throttled && s.src.recoverable.match(err):
		next = recovered
	case isNotFound(err):
		if err := s.notFound(ctx, err); err != nil {
			return 0, err
		}
		next = recovered
	}
	switch next {
	case recovered:
	case permanent:
		return 0, err
	case throttled:
		s.meter.Throttles.Add(1)
	case transient:
		s.failures++
		if s.failures > s.src.fanOut.settings.subscribe.retries || !s.src.reached.Load() && isNobodyThere(err) {
			return 0, err
		}
	}
	wait := busyWait
	if !isInUse(err) {
		wait = s.src.fanOut.settings.subscribe.wait(s.waits, s.src.random)
		s.waits++
	}
	s.meter.Retries.Add(1)
	s.src.logger.DebugContext(ctx, "subscribing again", slog.String("stream", s.src.stream.name), slog.String("shard", s.shard),
		slog.Duration("wait", wait), slog.Any("error", err))
	return wait, nil
}

func isInUse(err error) bool {
	_, busy := errors.AsType[*types.ResourceInUseException](err)
	return busy
}

// classifySubscription says what to do about a subscription that ended.
func classifySubscription(start *types.StartingPosition, err error) outcome {
	var cut *cutError
	var refused *types.InvalidArgumentException
	switch {
	case errors.As(err, &cut) && !isUntrusted(err):
		return transient
	case errors.As(err, &refused):
		// By the service's clock the moment may be yet to come.
		if start.Timestamp != nil && time.Since(*start.Timestamp) < maxSkew {
			return transient
		}
		return permanent
	}
	return classify(err)
}

// notFound finds out what the service did not find. It returns nil if nothing is missing after all,
// err if the shard is, and otherwise what to tell the user.
func (s *subscriber) notFound(ctx context.Context, err error) error {
	fan := s.src.fanOut
	shards, listErr := s.src.listPages(ctx, &types.ShardFilter{Type: types.ShardFilterTypeFromTrimHorizon})
	if listErr != nil {
		return s.src.explain(ctx, "ListShards", listErr)
	}
	listed := slices.ContainsFunc(shards.shards, func(shard types.Shard) bool { return shard.ShardId != nil && *shard.ShardId == s.shard })
	arn, findErr := fan.consumer(ctx)
	if findErr != nil {
		return findErr
	}
	found, describeErr := fan.describe(ctx, &kinesis.DescribeStreamConsumerInput{ConsumerARN: &arn})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case isNotFound(describeErr), describeErr == nil && found.ConsumerStatus == types.ConsumerStatusDeleting:
		return fan.gone(ctx, err)
	case !listed:
		return err
	case describeErr != nil: // perhaps not permitted; but what else can be missing?
		return fan.gone(ctx, err)
	}
	if s.failures++; s.failures > fan.settings.subscribe.retries {
		return fan.gone(ctx, err)
	}
	return nil
}
