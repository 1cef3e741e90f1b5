package kinesisserver

import (
	"net/http"
	"time"
)

// SubscribeToShard
//
// Behaviour: an event stream of at most five minutes over HTTP/1.1 or HTTP/2. Its first frame is
// initial-response, without which Go and Python SDKs give up. Records are pushed when they are
// written; a quiet shard sends an empty event every five seconds. ContinuationSequenceNumber moves
// on also without records; starting AT or AFTER it repeats nothing. At the end of a closed shard it
// is absent and ChildShards is there instead, and the stream ends.
//
// One subscription per consumer and shard: another within five seconds of one is refused with
// ResourceInUseException; a later one takes over, and the older ends with that exception. A consumer
// or stream that is deleted ends it with ResourceNotFoundException, Server.EndSubscriptions with
// anything. Always JSON: in CBOR AWS answers with an internal failure, and so does this.

const (
	// DefaultSubscriptionLifetime is how long AWS lets a subscription live.
	DefaultSubscriptionLifetime = 5 * time.Minute
	// heartbeatInterval is how often AWS lets a quiet shard say so; Java's read timeout is 10 s.
	heartbeatInterval = 5 * time.Second
	// resubscribeInterval must pass before a subscription may be taken over (AWS).
	resubscribeInterval = 5 * time.Second
	// maxEventBytes is the data of one event; a single record may be larger.
	maxEventBytes = 1 << 20
)

type subscribeToShardRequest struct {
	ConsumerARN      *string
	DryRun           bool
	ShardId          *string
	StartingPosition *struct {
		SequenceNumber *string
		Timestamp      *timestamp
		Type           *string
	}
}

func (in *subscribeToShardRequest) check() error {
	var ck checks
	ck.required("consumerARN", in.ConsumerARN != nil)
	checkConsumerARN(&ck, in.ConsumerARN)
	ck.requiredName("shardId", in.ShardId)
	if ck.required("startingPosition", in.StartingPosition != nil) {
		checkIteratorType(&ck, "startingPosition.type", in.StartingPosition.Type)
		ck.sequenceNumber("startingPosition.sequenceNumber", in.StartingPosition.SequenceNumber)
	}
	return ck.err()
}

func subscribeToShard(c *call, w http.ResponseWriter) error {
	if c.cbor {
		return errInternalFailure()
	}
	var in subscribeToShardRequest
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	sub, err := c.subscribe(&in)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", eventStreamType)
	w.WriteHeader(http.StatusOK)
	sub.serve(c, w)
	return nil
}

// subscribe checks everything that can be refused before the stream begins, and takes over from an
// older subscription.
func (c *call) subscribe(in *subscribeToShardRequest) (*subscription, error) {
	streamARN, _, _ := parseConsumerARN(*in.ConsumerARN)
	ref, _ := parseStreamARN(streamARN)
	if err := c.reachShard(ref.name, *in.ShardId); err != nil {
		return nil, err
	}
	co, err := c.lockedConsumer(consumerAddress{ConsumerARN: in.ConsumerARN})
	if err != nil {
		return nil, err
	}
	st := co.stream
	defer st.mu.Unlock()
	if !st.carriesData() {
		return nil, st.errNotFound()
	}
	if co.status() != statusActive {
		return nil, errResourceInUse("Consumer %s under stream %s is not in ACTIVE status, instead in state %s.", co.arn, st.name, co.status())
	}
	sh, err := st.shardToRead(*in.ShardId, c.now)
	if err != nil {
		return nil, err
	}
	from := in.StartingPosition
	position, err := st.startAt(sh, startingPosition{
		kind: *from.Type, sequenceNumber: from.SequenceNumber, timestamp: from.Timestamp,
	}, "SubscribeToShard", c.now)
	if err != nil {
		return nil, err
	}
	if err := dryRunResult(in.DryRun); err != nil {
		return nil, err
	}
	if old := co.subscriptions[sh.index]; old != nil {
		if c.now.Sub(old.started) < resubscribeInterval {
			return nil, errResourceInUse("Another active subscription exists for this consumer: %s:%s:%s:%s",
				st.realm.account, st.name, sh.name, co.name)
		}
		old.end(errResourceInUse("Another subscription of consumer %s has taken over shard %s.", co.arn, sh.name))
	}
	sub := &subscription{
		stream: st, shard: sh, position: position, started: c.now,
		expires: time.Now().Add(c.srv.cfg.SubscriptionLifetime), ahead: c.srv.clock.ahead(), ended: make(chan struct{}),
	}
	co.subscriptions[sh.index] = sub
	return sub, nil
}
