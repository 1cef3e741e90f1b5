package kinesisserver

import "time"

// Shard filter types, in AWS's spelling.
const (
	filterAfterShardID    = "AFTER_SHARD_ID"
	filterAtTrimHorizon   = "AT_TRIM_HORIZON"
	filterFromTrimHorizon = "FROM_TRIM_HORIZON"
	filterAtLatest        = "AT_LATEST"
	filterAtTimestamp     = "AT_TIMESTAMP"
	filterFromTimestamp   = "FROM_TIMESTAMP"
)

// shardFilter selects shards by when they were open.
type shardFilter struct {
	ShardId   *string
	Timestamp *timestamp
	Type      *string
}

func (f *shardFilter) check(ck *checks) {
	if f == nil {
		return
	}
	ck.name("shardFilter.shardId", f.ShardId)
	ck.requiredEnum("shardFilter.type", f.Type, filterAfterShardID, filterAtTrimHorizon, filterFromTrimHorizon,
		filterAtLatest, filterAtTimestamp, filterFromTimestamp)
}

// missing names the parameter that the filter's type needs and the request has not, "" for none.
func (f *shardFilter) missing() string {
	if f == nil {
		return ""
	}
	switch *f.Type {
	case filterAfterShardID:
		if f.ShardId == nil {
			return "ShardId"
		}
	case filterAtTimestamp, filterFromTimestamp:
		if f.Timestamp == nil {
			return "Timestamp"
		}
	}
	return ""
}

// includes reports whether the filter lets a shard through. The caller holds the stream's lock.
func (f *shardFilter) includes(st *stream, sh *shard, now time.Time) bool {
	if f == nil {
		return true
	}
	closed := sh.closed()
	open := closed.IsZero()
	switch *f.Type {
	case filterAfterShardID:
		index, ok := parseShardID(*f.ShardId)
		return ok && sh.index > index
	case filterAtLatest:
		return open
	case filterAtTrimHorizon:
		at := st.trimHorizon(now)
		return !sh.createdAt.After(at) && (open || !closed.Before(at))
	case filterAtTimestamp:
		at := time.Time(*f.Timestamp)
		if horizon := st.trimHorizon(now); at.Before(horizon) {
			at = horizon
		}
		return !sh.createdAt.After(at) && (open || !closed.Before(at))
	case filterFromTimestamp:
		return open || !closed.Before(time.Time(*f.Timestamp))
	default:
		return true
	}
}
