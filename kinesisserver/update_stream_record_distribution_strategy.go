package kinesisserver

// UpdateStreamRecordDistributionStrategy
//
// Behaviour: takes effect at once. AUTO is for on-demand streams: records go to any open shard,
// whatever their keys, which they need not have; a partition key that was given is kept.

// Record distribution strategies, in AWS's spelling.
const (
	strategyAuto = "AUTO"
	strategyKey  = "USER_PARTITION_KEY"
)

type updateStreamRecordDistributionStrategyRequest struct {
	RecordDistributionStrategy *string
	StreamARN                  *string
}

func updateStreamRecordDistributionStrategy(c *call, in *updateStreamRecordDistributionStrategyRequest) (any, error) {
	var ck checks
	ck.requiredEnum("recordDistributionStrategy", in.RecordDistributionStrategy, strategyAuto, strategyKey)
	requiredStreamARN(&ck, in.StreamARN)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.activeStream(streamAddress{StreamARN: in.StreamARN})
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if err := checkStrategy(*in.RecordDistributionStrategy, st.mode); err != nil {
		return nil, err
	}
	st.strategy = *in.RecordDistributionStrategy
	st.begin(statusUpdating, c.now, nil)
	return nil, nil
}

func checkStrategy(strategy, mode string) error {
	if strategy == strategyAuto && mode != modeOnDemand {
		return errInvalidArgument("The record distribution strategy AUTO is only supported for streams in ON_DEMAND mode.")
	}
	return nil
}
