package kinesisserver

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxShardIndex is the largest number AWS reads out of a shard id.
const maxShardIndex = 1<<31 - 1

// shard is one shard of a stream. What describes it is set once under the stream's lock; the records
// and whether it is closed are guarded by its own.
type shard struct {
	index         uint32
	name          string  // its id
	parent        *uint32 // index of the parent shard, nil for one of the first shards
	adjacent      *uint32 // index of the second parent of a merge
	start, end    hashKey // both included
	createdAt     time.Time
	createdSecond int64 // in its sequence numbers; may run ahead of createdAt, see reshard.go

	limits shardLimits

	mu          sync.Mutex
	segments    []*segment // oldest first, none empty
	segmentSize int        // of the next segment
	first       int64      // oldest position that is kept
	next        int64      // position of the next record to come
	lastArrival int64      // epoch milliseconds; arrivals never go back within a shard
	paused      bool       // see Server.PauseShard
	closedAt    time.Time  // zero: open
	closedTime  int64      // second in the ending sequence number
	children    []*shard
	changed     chan struct{} // closed at the next change; nil when nobody waits
}

// shardID formats a shard's index as its id.
func shardID(index uint32) string { return fmt.Sprintf("shardId-%012d", index) }

// parseShardID reads an index the way AWS does: what stands after the last hyphen, or all of it.
func parseShardID(id string) (uint32, bool) {
	if i := strings.LastIndexByte(id, '-'); i >= 0 {
		id = id[i+1:]
	}
	if id == "" || strings.IndexFunc(id, func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(id, 10, 31)
	return uint32(n), err == nil
}

func (sh *shard) startingSequenceNumber() sequenceNumber {
	return sequenceNumber{shardCreated: sh.createdSecond, time: sh.createdSecond, shard: sh.index}
}

// sequenceAt is the number of the record at a position; its time is left to the caller.
func (sh *shard) sequenceAt(position, second int64) sequenceNumber {
	return sequenceNumber{
		shardCreated: sh.createdSecond, record: uint64(position) + 1,
		time: max(second, sh.createdSecond), shard: sh.index,
	}
}

// endingSequenceNumber returns a closed shard's end; ok is false for an open shard.
func (sh *shard) endingSequenceNumber() (n sequenceNumber, ok bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.closedAt.IsZero() {
		return sequenceNumber{}, false
	}
	return sequenceNumber{shardCreated: sh.createdSecond, record: endOfShard, time: sh.closedTime, shard: sh.index}, true
}

// closed returns when the shard was closed; the zero time means it is open.
func (sh *shard) closed() time.Time {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.closedAt
}

// append stores a record, whose arrival it shows as lag too early, and returns the text of its sequence
// number, which stays valid. The caller announces it when all that came with it is stored.
func (sh *shard) append(e *entry, now time.Time, lag time.Duration, horizon int64, encrypted bool) []byte {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.trim(horizon)
	sh.lastArrival = max(sh.lastArrival, now.UnixMilli())
	n := sh.sequenceAt(sh.next, sh.lastArrival/1000)

	s := sh.segmentFor(e.jsonBound())
	at := len(s.arena)
	s.arena = appendRecord(s.arena, e, n, sh.lastArrival-lag.Milliseconds(), encrypted)
	s.records = append(s.records, recordInfo{end: uint32(len(s.arena)), size: uint32(e.size()), arrival: sh.lastArrival})
	sh.next++
	from := at + len(jsonSequenceNumber)
	return s.arena[from : from+sequenceDigits : from+sequenceDigits]
}

// segmentFor returns the last segment if it has room for n bytes, and a new one if not.
func (sh *shard) segmentFor(n int) *segment {
	if len(sh.segments) > 0 {
		if s := sh.segments[len(sh.segments)-1]; s.room(n) {
			return s
		}
	}
	sh.segmentSize = min(max(4*sh.segmentSize, minSegmentBytes), maxSegmentBytes)
	s := newSegment(sh.next, max(sh.segmentSize, n))
	sh.segments = append(sh.segments, s)
	return s
}

// trim forgets the records that arrived before horizon (epoch milliseconds). Memory is given back
// by whole segments.
func (sh *shard) trim(horizon int64) {
	for len(sh.segments) > 0 && sh.segments[0].lastArrival() < horizon {
		sh.first = sh.segments[0].next()
		sh.segments[0] = nil
		sh.segments = sh.segments[1:]
	}
	if len(sh.segments) == 0 || sh.segments[0].records[0].arrival >= horizon {
		return
	}
	s := sh.segments[0]
	kept := sort.Search(len(s.records), func(i int) bool { return s.records[i].arrival >= horizon })
	sh.first = max(sh.first, s.base+int64(kept))
}

// expire trims a shard that is otherwise left alone.
func (sh *shard) expire(horizon int64) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.trim(horizon)
}

// pause makes the shard give nothing out, or everything again.
func (sh *shard) pause(paused bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.paused = paused
	sh.notify()
}

// close ends the shard; its children take over.
func (sh *shard) close(at time.Time, children []*shard) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.closedAt = at
	sh.closedTime = max(at.Unix(), sh.createdSecond, sh.lastArrival/1000)
	sh.children = children
	sh.notify()
}

// announce wakes whoever waits for records.
func (sh *shard) announce() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.notify()
}

// notify wakes whoever waits for a change. The caller holds the lock.
func (sh *shard) notify() {
	if sh.changed != nil {
		close(sh.changed)
		sh.changed = nil
	}
}
