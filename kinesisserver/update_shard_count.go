package kinesisserver

import "time"

// UpdateShardCount
//
// Behaviour: after Config.StreamDelay of UPDATING, the open shards are as many equal ones as asked
// for, by splits and merges. Targets that are no multiple of the present count leave shards behind
// that were open for no time at all. At most twice the open shards, at least half of them.

const (
	uniformScaling = "UNIFORM_SCALING"
	// maxTargetShards is the AWS limit of one call.
	maxTargetShards = 10_000
	// maxShardCountChanges is the AWS limit of changes in 24 hours.
	maxShardCountChanges = 10
)

type updateShardCountRequest struct {
	streamAddress
	ScalingType      *string
	TargetShardCount *int64
}

type updateShardCountResult struct {
	CurrentShardCount int
	StreamARN         string
	StreamName        string
	TargetShardCount  int
}

func updateShardCount(c *call, in *updateShardCountRequest) (any, error) {
	var ck checks
	ck.requiredEnum("scalingType", in.ScalingType, uniformScaling)
	if ck.required("targetShardCount", in.TargetShardCount != nil) {
		ck.number("targetShardCount", in.TargetShardCount, 1, -1)
	}
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	target := int(min(*in.TargetShardCount, maxTargetShards+1))
	st, err := c.streamToReshard(in.streamAddress, func(open int) int { return target - open })
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if err := st.checkTarget(target); err != nil {
		return nil, err
	}
	if err := c.countPerDay(st, "shard count", maxShardCountChanges); err != nil {
		return nil, err
	}
	out := updateShardCountResult{CurrentShardCount: len(st.open), StreamARN: st.arn, StreamName: st.name, TargetShardCount: target}
	st.begin(statusUpdating, c.now, func(at time.Time) { st.rescale(target, at) })
	return out, nil
}

// checkTarget applies the limits of one call. The caller holds the lock.
func (st *stream) checkTarget(target int) error {
	current := len(st.open)
	switch {
	case target > maxTargetShards:
		return errLimitExceeded("UpdateShardCount cannot scale a stream to more than %d shards. Target shard count: %d",
			maxTargetShards, target)
	case target > 2*current:
		return errInvalidArgument("UpdateShardCount cannot scale up over double your current open shard count. "+
			"Current open shard count: %d Target shard count: %d", current, target)
	case 2*target < current:
		return errInvalidArgument("UpdateShardCount cannot scale down below half your current open shard count. "+
			"Current open shard count: %d Target shard count: %d", current, target)
	}
	return nil
}
