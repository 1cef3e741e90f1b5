package kinesisserver

import (
	"strconv"
	"strings"
	"time"
)

// GetRecords
//
// Behaviour: up to 10,000 records and 10 MiB, oldest first. Every answer has a new iterator, also when
// it has no records, until a closed shard has been read to its end: the answer that reaches it has
// ChildShards instead. MillisBehindLatest is 0 exactly when there is nothing more to read. An
// iterator may come wrapped in double quotes, as AWS allows.
//
// Deliberately missing: pages that are empty for no reason; a Fault with EmptyPage makes them.

const (
	// maxGetBytes is the AWS limit of a page's data.
	maxGetBytes = 10 << 20
	// javaDate is how AWS writes times in the text of ExpiredIteratorException.
	javaDate = "Mon Jan 02 15:04:05 MST 2006"
)

type getRecordsRequest struct {
	DryRun        bool
	Limit         *int64
	ShardIterator *string
	StreamARN     *string
}

func getRecords(c *call, in *getRecordsRequest) (any, error) {
	limit := maxRecordsPerGet
	if in.Limit != nil {
		limit = int(min(*in.Limit, maxRecordsPerGet+1))
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	it, err := c.iterator(strings.Trim(*in.ShardIterator, `"`))
	if err != nil {
		return nil, err
	}
	st, sh, err := c.iteratorShard(&it, in.StreamARN)
	if err != nil {
		return nil, err
	}
	defer st.mu.RUnlock()
	if err := dryRunResult(in.DryRun); err != nil {
		return nil, err
	}
	if c.srv.limited() && !sh.limits.takeRead(c.now) {
		return nil, errThroughput(st, sh)
	}
	if c.fault.emptyPage {
		limit = 0
	}
	p := sh.read(it.position, limit, maxGetBytes, c.now, st.horizon(c.now))
	if c.srv.limited() && !sh.limits.takePage(p.bytes, c.now) {
		return nil, errThroughput(st, sh)
	}
	return c.pageAnswer(st, sh, p)
}

func errThroughput(st *stream, sh *shard) *apiError {
	return errorf(codeProvisionedThroughput, "Rate exceeded for shard %s in stream %s under account %s.", sh.name, st.name, st.realm.account)
}

func (in *getRecordsRequest) check() error {
	var ck checks
	ck.number("limit", in.Limit, 1, maxRecordsPerGet)
	if ck.required("shardIterator", in.ShardIterator != nil) {
		ck.text("shardIterator", *in.ShardIterator, 1, maxIteratorLength)
	}
	checkStreamARN(&ck, in.StreamARN)
	return ck.err()
}

// iterator reads the text of an iterator and refuses one that is too old.
func (c *call) iterator(text string) (iterator, error) {
	it, ok := c.srv.parseIterator(text)
	if !ok {
		return it, errInvalidArgument("Invalid ShardIterator.")
	}
	age := c.now.Sub(it.issued)
	if age > iteratorLifetime || it.epoch != c.srv.iteratorEpoch.Load() {
		return it, errorf(codeExpiredIterator, "Iterator expired. The iterator was created at time %s while right now it is %s "+
			"which is further in the future than the tolerated delay of %d milliseconds.",
			it.issued.UTC().Format(javaDate), c.now.UTC().Format(javaDate), iteratorLifetime.Milliseconds())
	}
	return it, nil
}

// iteratorShard finds the stream and shard an iterator is for, and locks the stream for reading.
func (c *call) iteratorShard(it *iterator, arn *string) (*stream, *shard, error) {
	r := c.srv.realm(it.account, it.region)
	if arn != nil && *arn != r.streamARN(it.stream) {
		return nil, nil, errInvalidArgument("StreamARN %s does not match the stream of the ShardIterator.", *arn)
	}
	st, err := r.stream(it.stream, c.now)
	if err != nil {
		return nil, nil, err
	}
	if err := c.reachStream(st); err != nil {
		return nil, nil, err
	}
	if err := c.reach(st.name, shardID(it.shard)); err != nil {
		return nil, nil, err
	}
	if st.id != it.streamID { // of an earlier stream of that name
		return nil, nil, st.errNotFound()
	}
	if err := st.rlockForData(c.now); err != nil {
		return nil, nil, err
	}
	sh, err := st.unexpiredShard(it.shard, c.now)
	if err != nil {
		st.mu.RUnlock()
	}
	return st, sh, err
}

// pageAnswer builds the answer around the stored records.
func (c *call) pageAnswer(st *stream, sh *shard, p page) (any, error) {
	next := ""
	if !p.ended {
		next = c.srv.newIterator(st, sh, p.next, c.now)
	}
	if c.cbor {
		return cborPage(&p, next)
	}
	tail := append(make([]byte, 0, 512), ']')
	if p.ended {
		tail = append(tail, `,"ChildShards":`...)
		tail = append(tail, childShardsJSON(p.children)...)
	} else {
		tail = append(tail, `,"NextShardIterator":"`...)
		tail = append(tail, next...)
		tail = append(tail, '"')
	}
	tail = append(tail, `,"MillisBehindLatest":`...)
	tail = strconv.AppendInt(tail, p.behind.Milliseconds(), 10)
	tail = append(tail, '}')

	return &encoded{parts: p.around(`{"Records":[`, tail)}, nil
}

// expired reports whether all a closed shard ever held has aged out. The caller holds the lock.
func (st *stream) expired(sh *shard, now time.Time) bool {
	closed := sh.closed()
	return !closed.IsZero() && closed.Before(now.Add(-st.retention))
}
