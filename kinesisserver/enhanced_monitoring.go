package kinesisserver

import "slices"

// metricsNames are the shard-level metrics, ALL aside.
var metricsNames = []string{
	"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
	"WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds",
}

const allMetrics = "ALL"

type enhancedMonitoringRequest struct {
	streamAddress
	ShardLevelMetrics []string
}

type enhancedMonitoringResult struct {
	CurrentShardLevelMetrics []string
	DesiredShardLevelMetrics []string
	StreamARN                string
	StreamName               string
}

// setMetrics does what switching metrics on and off have in common.
func setMetrics(c *call, in *enhancedMonitoringRequest, change func(present, named []string) []string) (any, error) {
	var ck checks
	in.check(&ck)
	if ck.required("shardLevelMetrics", in.ShardLevelMetrics != nil) && len(in.ShardLevelMetrics) == 0 {
		ck.add("'[]'", "shardLevelMetrics", "have length greater than or equal to 1")
	}
	for _, name := range in.ShardLevelMetrics {
		ck.enum("shardLevelMetrics", &name, append(slices.Clone(metricsNames), allMetrics)...)
	}
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.activeStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	named := in.ShardLevelMetrics
	if slices.Contains(named, allMetrics) {
		named = metricsNames
	}
	out := enhancedMonitoringResult{CurrentShardLevelMetrics: append([]string{}, st.metrics...), StreamARN: st.arn, StreamName: st.name}
	st.metrics = change(st.metrics, named)
	slices.Sort(st.metrics)
	out.DesiredShardLevelMetrics = append([]string{}, st.metrics...)
	return out, nil
}
