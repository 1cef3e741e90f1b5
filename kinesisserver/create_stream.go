package kinesisserver

// CreateStream
//
// Behaviour: the stream is CREATING for Config.StreamDelay, and its shards exist from then on, with
// equal ranges. Without ShardCount and StreamModeDetails it becomes an on-demand stream; on-demand
// streams start with four shards, as on AWS.
//
// Deliberately missing: on-demand streams do not scale by themselves (see Server.Reshard).

const (
	onDemandShards = 4 // AWS: 4 MB/s of writes to start with
	// MaxRecordSizeInKiB: AWS limits.
	defaultMaxRecordKiB = 1024
	maxMaxRecordKiB     = 10_240
)

type createStreamRequest struct {
	StreamName                 *string
	ShardCount                 *int64
	StreamModeDetails          *streamModeDetails
	MaxRecordSizeInKiB         *int64
	RecordDistributionStrategy *string
	Tags                       map[string]string
	WarmThroughputMiBps        *int64
}

func createStream(c *call, in *createStreamRequest) (any, error) {
	settings, err := in.settings()
	if err != nil {
		return nil, err
	}
	if err := c.realm.allowsWarmThroughput(in.WarmThroughputMiBps, settings.mode); err != nil {
		return nil, err
	}
	if err := c.reach(*in.StreamName, ""); err != nil {
		return nil, err
	}
	_, err = c.realm.create(*in.StreamName, settings, c.now)
	return nil, err
}

// settings checks the request by itself.
func (in *createStreamRequest) settings() (streamSettings, error) {
	s := streamSettings{shards: onDemandShards, maxRecordKiB: defaultMaxRecordKiB, tags: in.Tags, strategy: strategyKey}
	if err := in.check(); err != nil {
		return s, err
	}
	s.mode = modeProvisioned
	switch {
	case in.StreamModeDetails != nil:
		s.mode = *in.StreamModeDetails.StreamMode
	case in.ShardCount == nil:
		s.mode = modeOnDemand
	}
	if in.MaxRecordSizeInKiB != nil {
		s.maxRecordKiB = int(*in.MaxRecordSizeInKiB)
	}
	if in.RecordDistributionStrategy != nil {
		s.strategy = *in.RecordDistributionStrategy
	}
	s.warm = warmFromNow(in.WarmThroughputMiBps)
	switch {
	case s.mode == modeOnDemand && in.ShardCount != nil:
		return s, errValidation("ShardCount must not be specified for a stream in ON_DEMAND mode.")
	case s.mode == modeProvisioned && in.ShardCount == nil:
		return s, errValidation("ShardCount must be specified for a stream in PROVISIONED mode.")
	case s.mode == modeProvisioned:
		s.shards = int(*in.ShardCount)
	}
	return s, checkStrategy(s.strategy, s.mode)
}

func (in *createStreamRequest) check() error {
	var ck checks
	ck.number("shardCount", in.ShardCount, 1, -1)
	ck.requiredName("streamName", in.StreamName)
	ck.number("maxRecordSizeInKiB", in.MaxRecordSizeInKiB, defaultMaxRecordKiB, maxMaxRecordKiB)
	ck.enum("recordDistributionStrategy", in.RecordDistributionStrategy, strategyAuto, strategyKey)
	if in.StreamModeDetails != nil {
		ck.requiredEnum("streamModeDetails.streamMode", in.StreamModeDetails.StreamMode, modeProvisioned, modeOnDemand)
	}
	checkWarmThroughput(&ck, in.WarmThroughputMiBps)
	checkTags(&ck, in.Tags)
	if err := ck.err(); err != nil {
		return err
	}
	return checkTagLimit(in.Tags, nil)
}
