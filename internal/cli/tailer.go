package cli

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/diag"
)

// readInterval is the time between two reads of a shard: five a second are allowed, for all readers
// of the shard together.
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
const readInterval = 250 * time.Millisecond

// tailer follows the shards of a stream. Each is read by a goroutine; what they read comes together
// in run, which alone prints and decides.
type tailer struct {
	client   *streamClient
	from     startPoint
	only     string // the shard to read; empty: all
	idleExit time.Duration
	print    func(shard string, records []types.Record) error

	pages   chan shardPage
	readers sync.WaitGroup
	shards  map[string]*followedShard
}

// followedShard is a shard that is read, will be, or was.
type followedShard struct {
	parents  []string
	from     startPoint
	started  bool
	caughtUp bool
	ended    bool
}

// shardPage is what a reader has read.
type shardPage struct {
	shard    string
	records  []types.Record
	lag      time.Duration
	ended    bool // there will be no more
	children []types.ChildShard
	err      error
}

// run returns nil when there is nothing more to come, or the limit or the idle time is reached.
func (t *tailer) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	t.pages = make(chan shardPage)
	t.shards = map[string]*followedShard{}
	defer t.readers.Wait()
	defer cancel()
	if err := t.discover(ctx); err != nil {
		return err
	}
	t.start(ctx)
	lastRecord := time.Now()
	for t.active() {
		idle, stop := ticker(t.idleExit)
		select {
		case page := <-t.pages:
			if len(page.records) > 0 {
				lastRecord = time.Now()
			}
			if err := t.take(ctx, page); err != nil {
				stop()
				return ignoreLimit(err)
			}
		case <-idle:
		case <-ctx.Done():
			stop()
			return t.client.explain(ctx, "GetRecords", ctx.Err())
		}
		stop()
		if t.idleExit > 0 && t.caughtUp() && time.Since(lastRecord) >= t.idleExit {
			return nil
		}
	}
	return nil
}

func ignoreLimit(err error) error {
	if errors.Is(err, errLimit) {
		return nil
	}
	return err
}

// take prints a page and opens the shards that follow when one has ended.
func (t *tailer) take(ctx context.Context, page shardPage) error {
	if page.err != nil {
		return page.err
	}
	shard := t.shards[page.shard]
	shard.caughtUp = page.lag == 0
	if len(page.records) > 0 {
		if err := t.print(page.shard, page.records); err != nil {
			return err
		}
	}
	if page.ended {
		shard.ended = true
		for _, child := range page.children {
			if id := aws.ToString(child.ShardId); t.only == "" && t.shards[id] == nil {
				t.shards[id] = &followedShard{parents: child.ParentShards, from: startPoint{kind: types.ShardIteratorTypeTrimHorizon}}
			}
		}
		t.start(ctx)
	}
	return nil
}

// discover lists the shards. Those that are closed hold nothing that is latest.
func (t *tailer) discover(ctx context.Context) error {
	shards, err := t.client.listShards(ctx)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		id := aws.ToString(shard.ShardId)
		closed := shard.SequenceNumberRange != nil && shard.SequenceNumberRange.EndingSequenceNumber != nil
		if t.only != "" && id != t.only || t.only == "" && closed && t.from.kind == types.ShardIteratorTypeLatest {
			continue
		}
		parents := slices.DeleteFunc([]string{aws.ToString(shard.ParentShardId), aws.ToString(shard.AdjacentParentShardId)},
			func(parent string) bool { return parent == "" })
		t.shards[id] = &followedShard{parents: parents, from: t.from}
	}
	if len(t.shards) == 0 && t.only != "" {
		return noShard(t.only, t.client.name, shards)
	}
	return nil
}

func noShard(id, stream string, shards []types.Shard) error {
	ids := make([]string, len(shards))
	for i, shard := range shards {
		ids[i] = aws.ToString(shard.ShardId)
	}
	err := diag.Errorf(diag.NotFound, diag.Span{}, "stream %q has no shard %q", stream, id)
	err.Hint = diag.DidYouMean(id, ids)
	return err
}

// start begins to read every shard whose parents have been read to their end. Parents that are not
// followed hold nothing that is asked for.
func (t *tailer) start(ctx context.Context) {
	for id, shard := range t.shards {
		waiting := slices.ContainsFunc(shard.parents, func(parent string) bool {
			followed := t.shards[parent]
			return followed != nil && !followed.ended
		})
		if shard.started || waiting {
			continue
		}
		shard.started = true
		reader := &shardReader{client: t.client, shard: id, from: shard.from, pages: t.pages}
		t.readers.Go(func() { reader.run(ctx) })
	}
}

// active reports whether any shard may still deliver records.
func (t *tailer) active() bool {
	for _, shard := range t.shards {
		if !shard.ended {
			return true
		}
	}
	return false
}

// caughtUp reports whether every shard has been read to its end so far.
func (t *tailer) caughtUp() bool {
	for _, shard := range t.shards {
		if !shard.caughtUp && !shard.ended {
			return false
		}
	}
	return true
}

func (c *streamClient) listShards(ctx context.Context) ([]types.Shard, error) {
	var shards []types.Shard
	name, arn := c.target()
	in := &kinesis.ListShardsInput{StreamName: name, StreamARN: arn}
	for {
		out, err := c.ListShards(ctx, in)
		if err != nil {
			return nil, c.explain(ctx, "ListShards", err)
		}
		shards = append(shards, out.Shards...)
		if out.NextToken == nil {
			return shards, nil
		}
		in = &kinesis.ListShardsInput{NextToken: out.NextToken, StreamARN: arn} // a token stands for the name
	}
}
