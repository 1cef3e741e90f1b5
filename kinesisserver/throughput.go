package kinesisserver

import (
	"sync"
	"time"
)

// Throughput of one shard (AWS limits).
const (
	recordsPerSecond   = 1000
	writeBytesPerSec   = 1 << 20
	writeBurstBytes    = 10 << 20 // a bucket for large records, refilled at the rate above
	readsPerSecond     = 5
	readBytesPerSecond = 2 << 20 // shared by all polling consumers; each fan-out consumer has its own
	iteratorsPerSecond = 5
)

// bucket is a token bucket that is filled when somebody takes from it.
type bucket struct {
	tokens float64
	at     time.Time // when tokens was true; zero: full
}

// fill brings the bucket up to date.
func (b *bucket) fill(now time.Time, perSecond, capacity float64) {
	if b.at.IsZero() {
		b.tokens, b.at = capacity, now
	}
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(capacity, b.tokens+passed.Seconds()*perSecond)
		b.at = now
	}
}

// take takes n tokens if they are there.
func (b *bucket) take(n float64, now time.Time, perSecond, capacity float64) bool {
	b.fill(now, perSecond, capacity)
	if b.tokens < n {
		return false
	}
	b.tokens -= n
	return true
}

// shardLimits is what is left of a shard's throughput.
type shardLimits struct {
	mu          sync.Mutex
	records     bucket
	writeBytes  bucket
	reads       bucket
	readBytes   bucket
	iterators   bucket
	readBlocked time.Time // until when an oversized page keeps readers out
}

// takeWrite accounts for a record of that size; it reports false, and takes nothing, when the shard
// cannot take it now.
func (l *shardLimits) takeWrite(size int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records.fill(now, recordsPerSecond, recordsPerSecond)
	if l.records.tokens < 1 || !l.writeBytes.take(float64(size), now, writeBytesPerSec, writeBurstBytes) {
		return false
	}
	l.records.tokens--
	return true
}

// takeIterator accounts for a GetShardIterator.
func (l *shardLimits) takeIterator(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.iterators.take(1, now, iteratorsPerSecond, iteratorsPerSecond)
}

// takeRead accounts for the call of GetRecords itself.
func (l *shardLimits) takeRead(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !now.Before(l.readBlocked) && l.reads.take(1, now, readsPerSecond, readsPerSecond)
}

// takePage accounts for the bytes a call returns. When nothing was read in the last second a page may
// have any size; one beyond 2 MiB then keeps readers out for as long as it takes to make up for it,
// five seconds after 10 MiB.
func (l *shardLimits) takePage(size int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := float64(size)
	l.readBytes.fill(now, readBytesPerSecond, readBytesPerSecond)
	switch {
	case n <= l.readBytes.tokens:
		l.readBytes.tokens -= n
		return true
	case l.readBytes.tokens < readBytesPerSecond:
		return false
	}
	l.readBlocked = now.Add(time.Duration(n / readBytesPerSecond * float64(time.Second)))
	return true
}
