package kinesisserver

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// realm holds the streams of one account in one region. Realms do not see each other.
type realm struct {
	srv     *Server
	account string
	region  string

	mu       sync.RWMutex
	streams  map[string]*stream
	settings accountSettings
}

// realmKey finds a realm.
type realmKey struct{ account, region string }

// realm returns the realm of an account and region, which comes into being when first asked for.
func (s *Server) realm(account, region string) *realm {
	key := realmKey{account, region}
	s.mu.RLock()
	r := s.realms[key]
	s.mu.RUnlock()
	if r != nil {
		return r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r = s.realms[key]; r == nil {
		r = &realm{srv: s, account: account, region: region, streams: map[string]*stream{}}
		s.realms[key] = r
	}
	return r
}

// streamARN returns the ARN of a stream of that name in this realm.
func (r *realm) streamARN(name string) string {
	return "arn:" + partition(r.region) + ":kinesis:" + r.region + ":" + r.account + ":stream/" + name
}

// partition is the AWS partition a region belongs to.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// stream returns a stream that exists; DELETING ones still do.
func (r *realm) stream(name string, now time.Time) (*stream, error) {
	r.mu.RLock()
	st := r.streams[name]
	r.mu.RUnlock()
	switch {
	case st == nil:
		return nil, errStreamNotFound(name, r.account)
	case st.gone(now):
		r.forget(st)
		return nil, errStreamNotFound(name, r.account)
	}
	return st, nil
}

// forget removes a stream whose deletion is complete.
func (r *realm) forget(st *stream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams[st.name] == st {
		delete(r.streams, st.name)
	}
}

// list returns the realm's streams in the order of their names.
func (r *realm) list(now time.Time) []*stream {
	r.mu.RLock()
	streams := slices.Collect(maps.Values(r.streams))
	r.mu.RUnlock()
	streams = slices.DeleteFunc(streams, func(st *stream) bool { return st.gone(now) })
	slices.SortFunc(streams, func(a, b *stream) int { return strings.Compare(a.name, b.name) })
	return streams
}

// openShards counts the open shards of all streams.
func (r *realm) openShards(now time.Time) int {
	n := 0
	for _, st := range r.list(now) {
		n += st.openShardCount(now)
	}
	return n
}

// checkShardLimit refuses a request that would open more shards than the account may have.
func (r *realm) checkShardLimit(additional int, now time.Time) error {
	if open := r.openShards(now); additional > 0 && open+additional > r.srv.cfg.ShardLimit {
		return errShardLimit(r.account, r.region, open, r.srv.cfg.ShardLimit, additional)
	}
	return nil
}

// maxCreating is how many streams of an account, and consumers of a stream, may be CREATING at a time
// (AWS limits).
const maxCreating = 5

// creating counts the streams that are being created.
func (r *realm) creating(now time.Time) int {
	n := 0
	for _, st := range r.list(now) {
		if st.rlock(now) != nil {
			continue
		}
		if st.status() == statusCreating {
			n++
		}
		st.mu.RUnlock()
	}
	return n
}

// create adds a stream. The caller has checked the settings.
func (r *realm) create(name string, settings streamSettings, now time.Time) (*stream, error) {
	if err := r.checkShardLimit(settings.shards, now); err != nil {
		return nil, err
	}
	if r.srv.limited() && r.creating(now) >= maxCreating {
		return nil, errLimitExceeded("Only %d streams can be in the CREATING state at a time.", maxCreating)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.streams[name]; old != nil && !old.gone(now) {
		return nil, errResourceInUse("Stream %s under account %s already exists.", name, r.account)
	}
	st := newStream(r, name, settings, now)
	r.streams[name] = st
	return st, nil
}
