package kinesisserver

// DescribeLimits
//
// Behaviour: counts the open shards and the on-demand streams of the account in the region.

// onDemandStreamLimit is the AWS quota; it is shown, not enforced.
const onDemandStreamLimit = 50

type describeLimitsRequest struct{}

type describeLimitsResult struct {
	ChannelCount             int
	ChannelCountLimit        int
	OnDemandStreamCount      int
	OnDemandStreamCountLimit int
	OpenShardCount           int
	ShardLimit               int
}

func describeLimits(c *call, _ *describeLimitsRequest) (any, error) {
	out := describeLimitsResult{
		OnDemandStreamCountLimit: onDemandStreamLimit,
		ShardLimit:               c.srv.cfg.ShardLimit,
		OpenShardCount:           c.realm.openShards(c.now),
	}
	for _, st := range c.realm.list(c.now) {
		if st.isOnDemand() {
			out.OnDemandStreamCount++
		}
	}
	return out, nil
}

func (st *stream) isOnDemand() bool {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.mode == modeOnDemand
}
