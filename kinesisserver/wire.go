package kinesisserver

import (
	"encoding/json"
	"errors"
	"math"
	"time"
)

// timestamp is a point in time on the wire: in JSON, epoch seconds with a fraction.
type timestamp time.Time

// MarshalJSON writes three decimals and never an exponent.
func (t timestamp) MarshalJSON() ([]byte, error) {
	return appendEpoch(nil, time.Time(t).UnixMilli()), nil
}

// maxEpochSeconds is where a timestamp can no longer be in seconds (the year 5138): old Java SDKs
// send milliseconds in JSON.
const maxEpochSeconds = 1e11

// UnmarshalJSON reads seconds, with exponent or without, rounded to milliseconds.
func (t *timestamp) UnmarshalJSON(token []byte) error {
	var v float64
	if err := json.Unmarshal(token, &v); err != nil {
		return err
	}
	if math.Abs(v) < maxEpochSeconds {
		v *= 1000
	}
	if math.Abs(v) > 1e15 {
		return errors.New("timestamp out of range")
	}
	*t = timestamp(time.UnixMilli(int64(math.Round(v))))
	return nil
}

// time returns a member's value; ok is false when it was not sent.
func (t *timestamp) time() (value time.Time, ok bool) {
	if t == nil {
		return time.Time{}, false
	}
	return time.Time(*t), true
}

// hashKeyRange is a shard's range, both ends included.
type hashKeyRange struct {
	EndingHashKey   string
	StartingHashKey string
}

// sequenceNumberRange has an end once the shard is closed.
type sequenceNumberRange struct {
	EndingSequenceNumber   string `json:",omitempty"`
	StartingSequenceNumber string
}

// shardView is a shard as DescribeStream and ListShards show it.
type shardView struct {
	AdjacentParentShardID string `json:"AdjacentParentShardId,omitempty"`
	HashKeyRange          hashKeyRange
	ParentShardID         string `json:"ParentShardId,omitempty"`
	SequenceNumberRange   sequenceNumberRange
	ShardID               string `json:"ShardId"`
}

func (sh *shard) hashKeyRange() hashKeyRange {
	return hashKeyRange{StartingHashKey: sh.start.String(), EndingHashKey: sh.end.String()}
}

func (sh *shard) view() shardView {
	v := shardView{ShardID: sh.name, HashKeyRange: sh.hashKeyRange()}
	v.SequenceNumberRange.StartingSequenceNumber = sh.startingSequenceNumber().String()
	if end, ok := sh.endingSequenceNumber(); ok {
		v.SequenceNumberRange.EndingSequenceNumber = end.String()
	}
	if sh.parent != nil {
		v.ParentShardID = shardID(*sh.parent)
	}
	if sh.adjacent != nil {
		v.AdjacentParentShardID = shardID(*sh.adjacent)
	}
	return v
}

// childShardView is a shard as the end of its parent announces it.
type childShardView struct {
	HashKeyRange hashKeyRange
	ParentShards []string
	ShardID      string `json:"ShardId"`
}

// childShardsJSON is the list of ChildShards; names and numbers always have a JSON form.
func childShardsJSON(children []*shard) []byte {
	text, err := json.Marshal(childShardViews(children))
	if err != nil {
		return []byte("[]")
	}
	return text
}

func childShardViews(children []*shard) []childShardView {
	views := make([]childShardView, len(children))
	for i, child := range children {
		views[i] = childShardView{ShardID: child.name, ParentShards: child.parentIDs(), HashKeyRange: child.hashKeyRange()}
	}
	return views
}

// streamModeDetails is a stream's capacity mode.
type streamModeDetails struct{ StreamMode *string }

// enhancedMetrics lists the shard-level metrics that are on. They are remembered, not measured.
type enhancedMetrics struct{ ShardLevelMetrics []string }

// tagView is a tag on the wire.
type tagView struct {
	Key   string
	Value string
}
