package kinesisserver

import (
	"sync"
	"time"
)

// rate is how often an operation may be called.
type rate struct {
	perSecond float64
	perStream bool // else per account and region
}

// requestRates are the AWS limits of the control plane. Operations that are not listed have none.
func requestRates() map[string]rate {
	rates := map[string]rate{
		"DescribeLimits":                {perSecond: 1},
		"DescribeStream":                {perSecond: 10},
		"DescribeStreamConsumer":        {perSecond: 20, perStream: true},
		"DescribeStreamSummary":         {perSecond: 20},
		"DecreaseStreamRetentionPeriod": {perSecond: 5, perStream: true},
		"DeregisterStreamConsumer":      {perSecond: 5, perStream: true},
		"DisableEnhancedMonitoring":     {perSecond: 5, perStream: true},
		"EnableEnhancedMonitoring":      {perSecond: 5, perStream: true},
		"IncreaseStreamRetentionPeriod": {perSecond: 5, perStream: true},
		"ListShards":                    {perSecond: 1000, perStream: true},
		"ListStreamConsumers":           {perSecond: 5, perStream: true},
		"UpdateShardCount":              {perSecond: 10},
	}
	for _, operation := range []string{
		"AddTagsToStream", "CreateStream", "DeleteStream", "DescribeAccountSettings", "ListStreams", "ListTagsForStream",
		"MergeShards", "RegisterStreamConsumer", "RemoveTagsFromStream", "SplitShard", "UpdateAccountSettings",
		"UpdateStreamWarmThroughput",
	} {
		rates[operation] = rate{perSecond: 5}
	}
	return rates
}

// rateKey is whose calls are counted together: those of a realm, or of a stream in it, by whatever
// name and from whatever realm it was called.
type rateKey struct {
	operation string
	realm     *realm
	stream    string
}

// requestLimits counts control-plane calls. It is used with LimitsAWS only.
type requestLimits struct {
	mu      sync.Mutex
	rates   map[string]rate
	buckets map[rateKey]*bucket
	days    map[rateKey][]time.Time
}

// takeCall refuses a call that comes too soon. It is asked twice: with the caller's realm and no
// stream, and with those of the stream that the call has found.
func (c *call) takeCall(r *realm, stream string) error {
	l := &c.srv.limits
	limit, ok := l.rates[c.op.name]
	if !c.srv.limited() || !ok || limit.perStream != (stream != "") {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := rateKey{c.op.name, r, stream}
	b := l.buckets[key]
	if b == nil {
		b = &bucket{}
		l.buckets[key] = b
	}
	if !b.take(1, c.now, limit.perSecond, limit.perSecond) {
		return errLimitExceeded("Rate exceeded for account %s.", r.account)
	}
	return nil
}

// countPerDay refuses a change of a stream that was made that often in the last 24 hours.
func (c *call) countPerDay(st *stream, change string, limit int) error {
	if !c.srv.limited() {
		return nil
	}
	l := &c.srv.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	key := rateKey{change, st.realm, st.name}
	recent := l.days[key]
	for len(recent) > 0 && c.now.Sub(recent[0]) >= 24*time.Hour {
		recent = recent[1:]
	}
	if len(recent) >= limit {
		return errLimitExceeded("Stream %s under account %s has reached the limit of %d such changes in 24 hours.",
			st.name, st.realm.account, limit)
	}
	l.days[key] = append(recent, c.now)
	return nil
}
