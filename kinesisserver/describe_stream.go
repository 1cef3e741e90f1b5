package kinesisserver

import "sort"

// DescribeStream
//
// Behaviour: shards come in pages of up to 100, after ExclusiveStartShardId. While a stream is
// CREATING it has none. Expired shards are not shown.

const maxDescribedShards = 100 // AWS limit, and the default

type describeStreamRequest struct {
	streamAddress
	ExclusiveStartShardId *string
	Limit                 *int64
}

type streamDescription struct {
	EncryptionType          string
	EnhancedMonitoring      []enhancedMetrics
	HasMoreShards           bool
	KeyID                   string `json:"KeyId,omitempty"`
	RetentionPeriodHours    int
	Shards                  []shardView
	StreamARN               string
	StreamCreationTimestamp timestamp
	StreamModeDetails       streamModeDetails
	StreamName              string
	StreamStatus            streamStatus
}

func describeStream(c *call, in *describeStreamRequest) (any, error) {
	var ck checks
	ck.name("exclusiveStartShardId", in.ExclusiveStartShardId)
	ck.number("limit", in.Limit, 1, maxRecordsPerGet)
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.lockedStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()

	shards := st.shards
	if in.ExclusiveStartShardId != nil {
		if shards, err = st.shardsAfter(*in.ExclusiveStartShardId); err != nil {
			return nil, err
		}
	}
	limit := maxDescribedShards
	if in.Limit != nil {
		limit = min(limit, int(*in.Limit))
	}
	d := st.description()
	d.HasMoreShards = len(shards) > limit
	for _, sh := range shards[:min(limit, len(shards))] {
		d.Shards = append(d.Shards, sh.view())
	}
	return struct{ StreamDescription streamDescription }{d}, nil
}

func (st *stream) description() streamDescription {
	mode := st.mode
	return streamDescription{
		EncryptionType:          st.encryptionType(),
		EnhancedMonitoring:      []enhancedMetrics{{ShardLevelMetrics: append([]string{}, st.metrics...)}},
		KeyID:                   st.keyID,
		RetentionPeriodHours:    st.retentionHours(),
		Shards:                  []shardView{},
		StreamARN:               st.arn,
		StreamCreationTimestamp: timestamp(st.created),
		StreamModeDetails:       streamModeDetails{StreamMode: &mode},
		StreamName:              st.name,
		StreamStatus:            st.status(),
	}
}

func (st *stream) encryptionType() string {
	if st.keyID != "" {
		return "KMS"
	}
	return "NONE"
}

// shardsAfter returns the shards whose ids follow an id, which need not be a shard's.
func (st *stream) shardsAfter(id string) ([]*shard, error) {
	index, ok := parseShardID(id)
	if !ok {
		return nil, errShardNotFound(id, st.name, st.realm.account)
	}
	at := sort.Search(len(st.shards), func(i int) bool { return st.shards[i].index > index })
	return st.shards[at:], nil
}
