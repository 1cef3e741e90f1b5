package kinesisserver

import "time"

// MergeShards
//
// Behaviour: the stream is UPDATING for Config.StreamDelay, during which both shards stay open; then
// they are closed and one child with both ranges takes their place. Provisioned streams only.

type mergeShardsRequest struct {
	streamAddress
	AdjacentShardToMerge *string
	ShardToMerge         *string
}

func mergeShards(c *call, in *mergeShardsRequest) (any, error) {
	var ck checks
	ck.requiredName("shardToMerge", in.ShardToMerge)
	in.check(&ck)
	ck.requiredName("adjacentShardToMerge", in.AdjacentShardToMerge)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.streamToReshard(in.streamAddress, func(int) int { return 0 })
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	sh, err := st.openShardOf(*in.ShardToMerge)
	if err != nil {
		return nil, err
	}
	adjacent, err := st.openShardOf(*in.AdjacentShardToMerge)
	if err != nil {
		return nil, err
	}
	if !touch(sh, adjacent) && !touch(adjacent, sh) {
		return nil, errInvalidArgument("Shards %s and %s in stream %s under account %s are not an adjacent pair of shards eligible for merging",
			sh.name, adjacent.name, st.name, st.realm.account)
	}
	st.begin(statusUpdating, c.now, func(at time.Time) {
		st.merge(sh, adjacent, at)
		st.rebuildOpen()
	})
	return nil, nil
}

// touch reports whether the range of right begins where that of left ends.
func touch(left, right *shard) bool {
	return left.end != maxHashKey && left.end.plus(1) == right.start
}
