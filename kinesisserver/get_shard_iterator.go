package kinesisserver

import "time"

// GetShardIterator
//
// Behaviour: all five types; closed shards until they expire. A sequence number must be one of the
// shard's, but no record need have it: its start, its end, or a number already trimmed are
// accepted; reading then starts at the next record there is.

// Shard iterator types, in AWS's spelling.
const (
	iteratorAfterSequenceNumber = "AFTER_SEQUENCE_NUMBER"
	iteratorAtSequenceNumber    = "AT_SEQUENCE_NUMBER"
	iteratorAtTimestamp         = "AT_TIMESTAMP"
	iteratorLatest              = "LATEST"
	iteratorTrimHorizon         = "TRIM_HORIZON"
)

type getShardIteratorRequest struct {
	streamAddress
	DryRun                 bool
	ShardId                *string
	ShardIteratorType      *string
	StartingSequenceNumber *string
	Timestamp              *timestamp
}

func getShardIterator(c *call, in *getShardIteratorRequest) (any, error) {
	var ck checks
	ck.requiredName("shardId", in.ShardId)
	checkIteratorType(&ck, "shardIteratorType", in.ShardIteratorType)
	ck.sequenceNumber("startingSequenceNumber", in.StartingSequenceNumber)
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.stream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	if err := c.reachShard(st.name, *in.ShardId); err != nil {
		return nil, err
	}
	if err := st.rlockForData(c.now); err != nil {
		return nil, err
	}
	defer st.mu.RUnlock()
	sh, err := st.shardToRead(*in.ShardId, c.now)
	if err != nil {
		return nil, err
	}
	if c.srv.limited() && !sh.limits.takeIterator(c.now) {
		return nil, errThroughput(st, sh)
	}
	position, err := st.startAt(sh, startingPosition{
		kind: *in.ShardIteratorType, sequenceNumber: in.StartingSequenceNumber, timestamp: in.Timestamp,
	}, "GetShardIterator", c.now)
	if err != nil {
		return nil, err
	}
	if err := dryRunResult(in.DryRun); err != nil {
		return nil, err
	}
	return struct{ ShardIterator string }{c.srv.newIterator(st, sh, position, c.now)}, nil
}

func checkIteratorType(ck *checks, member string, kind *string) {
	ck.requiredEnum(member, kind, iteratorAfterSequenceNumber, iteratorLatest, iteratorAtTimestamp,
		iteratorAtSequenceNumber, iteratorTrimHorizon)
}

// shardToRead finds a shard that has not expired. The caller holds the lock.
func (st *stream) shardToRead(id string, now time.Time) (*shard, error) {
	index, ok := parseShardID(id)
	if !ok {
		return nil, errShardNotFound(id, st.name, st.realm.account)
	}
	return st.unexpiredShard(index, now)
}

// unexpiredShard is shardToRead by index.
func (st *stream) unexpiredShard(index uint32, now time.Time) (*shard, error) {
	sh := st.shard(index)
	if sh == nil || st.expired(sh, now) {
		return nil, errNoSuchShard(shardID(index), st.name, st.realm.account)
	}
	return sh, nil
}

// startingPosition is where a reader wants to start, as the wire says it.
type startingPosition struct {
	kind           string
	sequenceNumber *string
	timestamp      *timestamp
}

// startAt finds the position of the first record to read. The caller holds the lock.
func (st *stream) startAt(sh *shard, from startingPosition, operation string, now time.Time) (int64, error) {
	numbered := from.kind == iteratorAtSequenceNumber || from.kind == iteratorAfterSequenceNumber
	if numbered != (from.sequenceNumber != nil) {
		specified := "no StartingSequenceNumber"
		if !numbered {
			specified = "also a StartingSequenceNumber"
		}
		return 0, errInvalidArgument("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "+
			"(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified %s and %s.", from.kind, specified)
	}
	switch from.kind {
	case iteratorLatest:
		return sh.tip(), nil
	case iteratorAtTimestamp:
		return st.startAtTimestamp(sh, from.timestamp, now)
	case iteratorTrimHorizon:
		return 0, nil
	default:
		return st.startAtSequenceNumber(sh, *from.sequenceNumber, from.kind == iteratorAfterSequenceNumber, operation)
	}
}

func (st *stream) startAtTimestamp(sh *shard, at *timestamp, now time.Time) (int64, error) {
	t, ok := at.time()
	if !ok {
		return 0, errInvalidArgument("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. " +
			"Current request has no timestamp parameter.")
	}
	if t.UnixMilli() > now.UnixMilli() {
		return 0, errInvalidArgument("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "+
			"timestampInMillis: %d, currentTimestampInMillis: %d", t.UnixMilli(), now.UnixMilli())
	}
	return sh.positionAt(t.UnixMilli()), nil
}

func (st *stream) startAtSequenceNumber(sh *shard, text string, after bool, operation string) (int64, error) {
	n, ok := parseSequenceNumber(text)
	switch {
	case !ok:
		return 0, errInvalidArgument("StartingSequenceNumber %s used in %s on shard %s in stream %s under account %s is invalid.",
			text, operation, sh.name, st.name, st.realm.account)
	case n.shard != sh.index:
		return 0, errInvalidArgument("Invalid StartingSequenceNumber. It encodes %s, while it was used in a call to a shard with %s",
			shardID(n.shard), sh.name)
	case n.shardCreated != sh.createdSecond:
		return 0, errInvalidArgument("StartingSequenceNumber %s used in %s on shard %s in stream %s under account %s "+
			"is invalid because it did not come from this stream.", text, operation, sh.name, st.name, st.realm.account)
	}
	// Records count from 1, positions from 0. A ContinuationSequenceNumber has the index of the last
	// record, which it is behind.
	position := int64(n.record)
	if !after && position > 0 && !sh.numberedAfter(n, position-1) {
		position--
	}
	return min(position, sh.tip()), nil
}
