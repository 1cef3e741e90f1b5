package kinesisserver

import "time"

// SplitShard
//
// Behaviour: the stream is UPDATING for Config.StreamDelay, during which the shard stays open; then it
// is closed and two children take its place. Provisioned streams only.

type splitShardRequest struct {
	streamAddress
	NewStartingHashKey *string
	ShardToSplit       *string
}

func splitShard(c *call, in *splitShardRequest) (any, error) {
	var ck checks
	if ck.required("newStartingHashKey", in.NewStartingHashKey != nil) {
		ck.hashKey("newStartingHashKey", in.NewStartingHashKey)
	}
	in.check(&ck)
	ck.requiredName("shardToSplit", in.ShardToSplit)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.streamToReshard(in.streamAddress, func(int) int { return 1 })
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	sh, err := st.openShardOf(*in.ShardToSplit)
	if err != nil {
		return nil, err
	}
	key, ok := parseHashKey([]byte(*in.NewStartingHashKey))
	if !ok || !sh.start.plus(1).less(key) || !key.less(sh.end) {
		return nil, errInvalidArgument("NewStartingHashKey %s used in SplitShard() on shard %s in stream %s under account %s "+
			"is not both greater than one plus the shard's StartingHashKey %s and less than the shard's EndingHashKey %s.",
			*in.NewStartingHashKey, sh.name, st.name, st.realm.account, sh.start, sh.end)
	}
	st.begin(statusUpdating, c.now, func(at time.Time) {
		st.split(sh, at, key)
		st.rebuildOpen()
	})
	return nil, nil
}

// streamToReshard finds and locks a provisioned stream that may get more shards, how many depending on
// how many are open; the caller unlocks it.
func (c *call) streamToReshard(a streamAddress, additional func(open int) int) (*stream, error) {
	st, err := c.stream(a)
	if err != nil {
		return nil, err
	}
	if err := st.realm.checkShardLimit(additional(st.openShardCount(c.now)), c.now); err != nil {
		return nil, err
	}
	if err := st.lockActive(c.now); err != nil {
		return nil, err
	}
	if err := st.mustBeProvisioned(c.op.name); err != nil {
		st.mu.Unlock()
		return nil, err
	}
	return st, nil
}

// openShardOf finds a shard that can be split or merged. The caller holds the lock.
func (st *stream) openShardOf(id string) (*shard, error) {
	sh, err := st.shardOf(id)
	if err != nil {
		return nil, err
	}
	if !sh.closed().IsZero() {
		return nil, errInvalidArgument("Shard %s in stream %s under account %s has already been merged or split, "+
			"and thus is not eligible for merging or splitting.", sh.name, st.name, st.realm.account)
	}
	return sh, nil
}
