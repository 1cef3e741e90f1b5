package cli

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/diag"
)

// shardReader reads one shard from a point to its end.
type shardReader struct {
	client *streamClient
	shard  string
	from   startPoint
	pages  chan<- shardPage
}

// run delivers pages until the shard or ctx ends, or a call fails for good.
func (r *shardReader) run(ctx context.Context) {
	iterator, err := r.iterator(ctx)
	for err == nil && iterator != nil {
		next := time.Now().Add(readInterval)
		var page shardPage
		if iterator, page, err = r.read(ctx, iterator); err != nil {
			break
		}
		select {
		case r.pages <- page:
		case <-ctx.Done():
			return
		}
		if r.client.local && page.lag > 0 { // a server of one's own, and there is more
			continue
		}
		if iterator != nil && awsclient.Pause(ctx, time.Until(next)) != nil {
			return
		}
	}
	if err == nil {
		return
	}
	select {
	case r.pages <- shardPage{shard: r.shard, err: err}:
	case <-ctx.Done():
	}
}

// iterator returns a shard iterator for the point where the reading goes on.
func (r *shardReader) iterator(ctx context.Context) (*string, error) {
	name, arn := r.client.target()
	in := &kinesis.GetShardIteratorInput{StreamName: name, StreamARN: arn, ShardId: &r.shard, ShardIteratorType: r.from.kind}
	switch r.from.kind {
	case types.ShardIteratorTypeAtTimestamp:
		in.Timestamp = &r.from.at
	case types.ShardIteratorTypeAfterSequenceNumber:
		in.StartingSequenceNumber = &r.from.id
	}
	out, err := r.client.GetShardIterator(ctx, in)
	if err != nil {
		return nil, r.client.explain(ctx, "GetShardIterator", err)
	}
	return out.ShardIterator, nil
}

// read reads a page and returns the iterator of the next one; nil at the end of the shard.
func (r *shardReader) read(ctx context.Context, iterator *string) (*string, shardPage, error) {
	_, arn := r.client.target()
	out, err := r.client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator, StreamARN: arn})
	var expired *types.ExpiredIteratorException
	switch {
	case errors.As(err, &expired): // iterators live for five minutes; the machine may have slept
		iterator, err = r.iterator(ctx)
		return iterator, shardPage{shard: r.shard, lag: -1}, err
	case err != nil:
		err = r.client.explain(ctx, "GetRecords", err)
		if diag.KindOf(err) == diag.Throttled { // other readers take their share: wait longer
			return iterator, shardPage{shard: r.shard, lag: -1}, awsclient.Pause(ctx, time.Second)
		}
		return nil, shardPage{}, err
	}
	if n := len(out.Records); n > 0 {
		r.from = startPoint{kind: types.ShardIteratorTypeAfterSequenceNumber, id: aws.ToString(out.Records[n-1].SequenceNumber)}
	}
	return out.NextShardIterator, shardPage{
		shard: r.shard, records: out.Records, lag: time.Duration(aws.ToInt64(out.MillisBehindLatest)) * time.Millisecond,
		ended: out.NextShardIterator == nil, children: out.ChildShards,
	}, nil
}
