package kinesis

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/connector"
)

// discover lists the shards and returns those that were not known. The first time they begin at the
// start position; a shard that appears later begins at its first record, because it has followed from
// one that was read.
func (s *source) discover(ctx context.Context) ([]connector.Split, error) {
	found, err := s.listShards(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from := position{kind: trimHorizon}
	if !s.listed {
		s.listed = true
		s.pin(found.skew)
		from = s.start
	}
	var added []string
	for _, shard := range found.shards {
		s.noteRange(*shard.ShardId, shard.HashKeyRange)
		split := connector.Split{ID: *shard.ShardId, Parents: parents(shard), From: from.text()}
		if s.shards.add(split) {
			added = append(added, split.ID)
		}
	}
	return s.shards.withAncestors(added), nil
}

// follow returns the splits that follow from a shard that has been read to its end: the children that
// its last page names. One that was merged from two has a parent that its page may be the first to
// name; then, and if the page names no children, the shards are listed for how they hang together.
func (s *source) follow(ctx context.Context, shard string, children []childShard) ([]connector.Split, error) {
	s.mu.Lock()
	s.shards.end(shard)
	complete := len(children) > 0 && s.shards.knowsParents(children)
	s.mu.Unlock()
	var added []string
	if !complete {
		found, err := s.discover(ctx)
		if err != nil {
			return nil, s.explain(ctx, "ListShards", err)
		}
		for _, split := range found {
			added = append(added, split.ID)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, child := range children {
		s.noteRange(child.id, child.hashKeys)
		s.shards.add(connector.Split{ID: child.id, Parents: child.parents, From: position{kind: trimHorizon}.text()})
		added = append(added, child.id)
	}
	return s.shards.withAncestors(added), nil
}

// listing is the answer to ListShards, all pages of it.
type listing struct {
	shards []types.Shard
	skew   time.Duration // how far the service's clock is ahead of ours
}

// listShards lists the shards that may hold something from the start position on.
func (s *source) listShards(ctx context.Context) (listing, error) {
	s.mu.Lock()
	start := s.start
	s.mu.Unlock()
	all := &types.ShardFilter{Type: types.ShardFilterTypeFromTrimHorizon}
	if start.kind != atTimestamp {
		return s.listPages(ctx, all)
	}
	found, err := s.listPages(ctx, &types.ShardFilter{Type: types.ShardFilterTypeFromTimestamp, Timestamp: aws.Time(start.timestamp)})
	if _, refused := errors.AsType[*types.InvalidArgumentException](err); refused {
		// The moment is before the oldest record, or by the service's clock still to come. All shards
		// are more than enough: one that ended before is read to its end at once.
		return s.listPages(ctx, all)
	}
	return found, err
}

// listPages lists the shards that a filter lets through. If that takes so long that the service
// forgets where it was, the listing begins anew.
func (s *source) listPages(ctx context.Context, filter *types.ShardFilter) (listing, error) {
	name, arn := s.stream.address()
	first := &kinesis.ListShardsInput{StreamName: name, StreamARN: arn, ShardFilter: filter}
	const tries = 3
	for n := 1; ; n++ {
		var found listing
		var err error
		for in := first; in != nil && err == nil; {
			in, err = s.listPage(ctx, in, &found)
		}
		var expired *types.ExpiredNextTokenException
		if !errors.As(err, &expired) || n == tries {
			return found, err
		}
	}
}

// listPage adds a page to found and returns the request for the next one, nil after the last. That
// request has the token alone: with it the service accepts neither filter nor name.
func (s *source) listPage(ctx context.Context, in *kinesis.ListShardsInput, found *listing) (*kinesis.ListShardsInput, error) {
	var out *kinesis.ListShardsOutput
	err := s.call(ctx, operation{name: "ListShards", policy: s.settings.listShards}, func(ctx context.Context) (err error) {
		out, err = s.ListShards(ctx, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, shard := range out.Shards {
		if shard.ShardId != nil {
			found.shards = append(found.shards, shard)
		}
	}
	found.skew, _ = middleware.GetAttemptSkew(out.ResultMetadata) // unknown is none
	if out.NextToken == nil {
		return nil, nil
	}
	return &kinesis.ListShardsInput{NextToken: out.NextToken}, nil
}

// parents returns the shards that were split or merged into a shard.
func parents(shard types.Shard) []string {
	var ids []string
	for _, id := range []*string{shard.ParentShardId, shard.AdjacentParentShardId} {
		if id != nil && *id != "" {
			ids = append(ids, *id)
		}
	}
	return ids
}

// childShard is a shard that the last page of a parent has named.
type childShard struct {
	id       string
	parents  []string
	hashKeys *types.HashKeyRange
}

// childrenOf reads the children in the last page of a shard. A server may name none; then the next
// listing does.
func childrenOf(out *kinesis.GetRecordsOutput) []childShard {
	var children []childShard
	for _, child := range out.ChildShards {
		if child.ShardId != nil {
			children = append(children, childShard{id: *child.ShardId, parents: child.ParentShards, hashKeys: child.HashKeyRange})
		}
	}
	return children
}
