package kinesisserver

// DescribeStreamSummary
//
// Behaviour: as DescribeStream without the shards, and with counts.

type describeStreamSummaryRequest struct{ streamAddress }

type streamDescriptionSummary struct {
	ChannelCount               int
	ConsumerCount              int
	EncryptionType             string
	EnhancedMonitoring         []enhancedMetrics
	KeyID                      string `json:"KeyId,omitempty"`
	MaxRecordSizeInKiB         int
	OpenShardCount             int
	RecordDistributionStrategy string `json:",omitempty"` // of on-demand streams
	RetentionPeriodHours       int
	StreamARN                  string
	StreamCreationTimestamp    timestamp
	StreamModeDetails          streamModeDetails
	StreamName                 string
	StreamStatus               streamStatus
	WarmThroughput             *warmThroughput `json:",omitempty"` // when one was asked for
}

func describeStreamSummary(c *call, in *describeStreamSummaryRequest) (any, error) {
	var ck checks
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.lockedStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	d := st.description()
	out := streamDescriptionSummary{
		ConsumerCount:           len(st.consumers),
		EncryptionType:          d.EncryptionType,
		EnhancedMonitoring:      d.EnhancedMonitoring,
		KeyID:                   d.KeyID,
		MaxRecordSizeInKiB:      st.maxRecordKiB,
		OpenShardCount:          len(st.open),
		RetentionPeriodHours:    d.RetentionPeriodHours,
		StreamARN:               d.StreamARN,
		StreamCreationTimestamp: d.StreamCreationTimestamp,
		StreamModeDetails:       d.StreamModeDetails,
		StreamName:              d.StreamName,
		StreamStatus:            d.StreamStatus,
	}
	if st.mode == modeOnDemand {
		out.RecordDistributionStrategy = st.strategy
	}
	if st.warm != (warmThroughput{}) {
		warm := st.warm
		out.WarmThroughput = &warm
	}
	return struct{ StreamDescriptionSummary streamDescriptionSummary }{out}, nil
}
