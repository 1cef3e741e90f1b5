package kinesisserver

import (
	"slices"
	"sort"
	"sync"
	"time"
)

// Stream capacity modes.
const (
	modeProvisioned = "PROVISIONED"
	modeOnDemand    = "ON_DEMAND"
)

// Retention in hours (AWS limits), which bind the operations but not Config.Retention.
const (
	minRetentionHours = 24
	maxRetentionHours = 8760
)

// streamSettings is what a stream is created with.
type streamSettings struct {
	shards       int
	mode         string
	maxRecordKiB int
	tags         map[string]string
	strategy     string
	warm         warmThroughput
}

// stream is one data stream. There are no goroutines behind it: what is due happens when somebody
// looks (settle).
type stream struct {
	realm   *realm
	name    string
	arn     string
	id      uint64 // tells incarnations of one name apart
	created time.Time

	mu sync.RWMutex
	lifeCycle
	shards        []*shard // by index; expired ones are gone
	open          []*shard // by start of their hash range
	nextShard     uint32
	firstShardsAt time.Time
	sweptAt       time.Time
	retention     time.Duration
	mode          string
	maxRecordKiB  int
	strategy      string // record distribution
	warm          warmThroughput
	attributes
	consumers map[string]*consumer
	keyID     string // "" unless encrypted
	metrics   []string
}

func newStream(r *realm, name string, settings streamSettings, now time.Time) *stream {
	st := &stream{
		realm:        r,
		name:         name,
		arn:          r.streamARN(name),
		id:           r.srv.streamIDs.Add(1),
		created:      now.Truncate(time.Second),
		lifeCycle:    lifeCycle{delay: r.srv.cfg.StreamDelay},
		sweptAt:      now,
		retention:    r.srv.cfg.Retention,
		mode:         settings.mode,
		maxRecordKiB: settings.maxRecordKiB,
		strategy:     settings.strategy,
		warm:         settings.warm,
		attributes:   attributes{tags: settings.tags},
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.begin(statusCreating, now, func(at time.Time) { st.addFirstShards(settings.shards, at) })
	return st
}

func (st *stream) addFirstShards(n int, at time.Time) {
	for i := range n {
		start, end := uniformRange(i, n)
		st.addShard(&shard{start: start, end: end, createdAt: at, createdSecond: at.Unix()})
	}
	st.rebuildOpen()
	st.firstShardsAt = at
}

// delete starts the stream's end; the caller holds the lock.
func (st *stream) delete(now time.Time) {
	for _, co := range st.consumers {
		co.delete(now)
	}
	st.begin(statusDeleting, now, func(time.Time) { st.shards, st.open = nil, nil })
}

// finishChange ends a status change ahead of its time.
func (st *stream) finishChange(now time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.change != nil {
		st.change.until = now
	}
	st.settle(now)
}

// settle lets happen what has become due: the end of a status change, and the sweep of old data. The
// caller holds the lock.
func (st *stream) settle(now time.Time) {
	st.complete(now)
	for _, co := range st.consumers {
		co.complete(now)
	}
	if now.Sub(st.sweptAt) >= sweepInterval {
		st.sweptAt = now
		for _, sh := range st.shards {
			sh.expire(st.horizon(now))
		}
	}
	st.dropExpired(now)
}

// dropExpired forgets closed shards whose last data has aged out.
func (st *stream) dropExpired(now time.Time) {
	if len(st.shards) == len(st.open) {
		return
	}
	st.shards = slices.DeleteFunc(st.shards, func(sh *shard) bool { return st.expired(sh, now) })
}

// lock takes the stream's lock and brings it up to date; the caller unlocks. A stream that has been
// deleted, maybe since it was found, is refused and not locked.
func (st *stream) lock(now time.Time) error {
	st.mu.Lock()
	st.settle(now)
	if st.deleted {
		st.mu.Unlock()
		return st.errNotFound()
	}
	return nil
}

// lockActive is lock for a stream that must be ACTIVE.
func (st *stream) lockActive(now time.Time) error {
	if err := st.lock(now); err != nil {
		return err
	}
	if err := st.mustBeActive(); err != nil {
		st.mu.Unlock()
		return err
	}
	return nil
}

// rlock is lock for reading; the caller unlocks by RUnlock.
func (st *stream) rlock(now time.Time) error {
	st.mu.RLock()
	if st.isDue(now) || now.Sub(st.sweptAt) >= sweepInterval {
		st.mu.RUnlock()
		st.mu.Lock()
		st.settle(now)
		st.mu.Unlock()
		st.mu.RLock()
	}
	if st.deleted {
		st.mu.RUnlock()
		return st.errNotFound()
	}
	return nil
}

// gone reports whether the stream's deletion is complete.
func (st *stream) gone(now time.Time) bool {
	if st.rlock(now) != nil {
		return true
	}
	st.mu.RUnlock()
	return false
}

// errNotFound is the answer where the stream is gone, or should carry data and does not.
func (st *stream) errNotFound() *apiError { return errStreamNotFound(st.name, st.realm.account) }

// mustBeActive refuses what AWS refuses while a stream changes. The caller holds the lock.
func (st *stream) mustBeActive() error {
	if status := st.status(); status != statusActive {
		return errResourceInUse("Stream %s under account %s not ACTIVE, instead in state %s",
			st.name, st.realm.account, status)
	}
	return nil
}

// mustBeProvisioned refuses resharding by hand of an on-demand stream. The caller holds the lock.
func (st *stream) mustBeProvisioned(operation string) error {
	if st.mode == modeOnDemand {
		return errValidation("Request is invalid. Cannot perform %s on stream %s under account %s because its "+
			"stream mode is ON_DEMAND.", operation, st.name, st.realm.account)
	}
	return nil
}

// carriesData reports whether records can be written and read. The caller holds the lock.
func (st *stream) carriesData() bool {
	status := st.status()
	return status == statusActive || status == statusUpdating
}

// retentionHours is the retention as the API has it, in whole hours; a shorter one, which only
// Config.Retention can set, is shown as one hour.
func (st *stream) retentionHours() int {
	return int((st.retention + time.Hour - 1) / time.Hour)
}

// horizon is the oldest arrival that is still kept, in epoch milliseconds.
func (st *stream) horizon(now time.Time) int64 { return now.Add(-st.retention).UnixMilli() }

// trimHorizon is the oldest instant the stream can tell of.
func (st *stream) trimHorizon(now time.Time) time.Time {
	horizon := now.Add(-st.retention)
	if horizon.Before(st.firstShardsAt) {
		return st.firstShardsAt
	}
	return horizon
}

// openShardCount is 0 for a stream that is gone.
func (st *stream) openShardCount(now time.Time) int {
	if st.rlock(now) != nil {
		return 0
	}
	defer st.mu.RUnlock()
	return len(st.open)
}

// shard finds a shard by its index. The caller holds the lock.
func (st *stream) shard(index uint32) *shard {
	at := sort.Search(len(st.shards), func(i int) bool { return st.shards[i].index >= index })
	if at < len(st.shards) && st.shards[at].index == index {
		return st.shards[at]
	}
	return nil
}

// route returns the open shard a hash key belongs to. The caller holds the lock, and the stream
// carries data: then the open shards cover the whole space.
func (st *stream) route(key hashKey) *shard {
	at := sort.Search(len(st.open), func(i int) bool { return key.less(st.open[i].start) })
	return st.open[at-1]
}

// addShard gives a shard the next index.
func (st *stream) addShard(sh *shard) {
	sh.index = st.nextShard
	sh.name = shardID(sh.index)
	st.nextShard++
	st.shards = append(st.shards, sh)
}

// rebuildOpen renews the routing table after shards were added or closed.
func (st *stream) rebuildOpen() {
	st.open = slices.DeleteFunc(slices.Clone(st.shards), func(sh *shard) bool { return !sh.closed().IsZero() })
	slices.SortFunc(st.open, func(a, b *shard) int { return a.start.compare(b.start) })
}
