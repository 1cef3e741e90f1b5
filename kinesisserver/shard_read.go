package kinesisserver

import (
	"sort"
	"time"
)

// page is one answer's worth of a shard.
type page struct {
	chunks   [][]byte // JSON records, each followed by a comma
	count    int
	bytes    int   // of data and partition keys
	next     int64 // position to go on from
	second   int64 // arrival second of the last record, for a continuation sequence number
	behind   time.Duration
	ended    bool // the shard is closed and the page reaches its end
	paused   bool // nothing was given out: see Server.PauseShard
	children []*shard
}

// around returns the records, without a comma after the last, between a head and a tail.
func (p *page) around(head string, tail []byte) [][]byte {
	parts := make([][]byte, 0, len(p.chunks)+2)
	parts = append(append(parts, []byte(head)), p.chunks...)
	if last := len(parts) - 1; last > 0 {
		parts[last] = parts[last][:len(parts[last])-1]
	}
	return append(parts, tail)
}

// numberedAfter reports whether a sequence number lies behind the record at a position.
func (sh *shard) numberedAfter(n sequenceNumber, position int64) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	at := sort.Search(len(sh.segments), func(i int) bool { return sh.segments[i].next() > position })
	if at == len(sh.segments) || position < sh.segments[at].base {
		return true // no such record, or none any more
	}
	return n.time > sh.sequenceAt(position, sh.segments[at].records[position-sh.segments[at].base].arrival/1000).time
}

// read returns the records from a position on, at most limit of them and maxBytes of data, but one
// at least if there is one. Trimmed positions are skipped. A limit of 0 reads as if the shard were
// paused.
func (sh *shard) read(position int64, limit, maxBytes int, now time.Time, horizon int64) page {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.trim(horizon)
	p := page{next: min(max(position, sh.first), sh.next), second: sh.createdSecond}
	if sh.paused || limit == 0 {
		p.paused, p.behind = true, sh.lag(p.next, now)
		return p
	}

	at := sort.Search(len(sh.segments), func(i int) bool { return sh.segments[i].next() > p.next })
	arrival := int64(-1)
	for full := false; !full && at < len(sh.segments); at++ {
		s := sh.segments[at]
		from := int(p.next - s.base)
		to := from
		for ; to < len(s.records); to++ {
			size := int(s.records[to].size)
			if p.count == limit || (p.count > 0 && p.bytes+size > maxBytes) {
				full = true
				break
			}
			p.bytes += size
			p.count++
			arrival = s.records[to].arrival
		}
		if to > from {
			p.chunks = append(p.chunks, s.json(from, to))
			p.next = s.base + int64(to)
		}
	}
	if p.count > 0 {
		p.second = arrival / 1000
	}
	switch {
	case p.next < sh.next:
		// Zero would say that there is nothing more.
		p.behind = max(now.Sub(time.UnixMilli(arrival)), time.Millisecond)
	case !sh.closedAt.IsZero():
		p.ended, p.children = true, sh.children
	}
	return p
}

// tip returns the position after the newest record.
func (sh *shard) tip() int64 {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.next
}

// positionAt returns the first kept position that arrived at or after a time, or the tip.
func (sh *shard) positionAt(millis int64) int64 {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	at := sort.Search(len(sh.segments), func(i int) bool { return sh.segments[i].lastArrival() >= millis })
	if at == len(sh.segments) {
		return sh.next
	}
	s := sh.segments[at]
	i := sort.Search(len(s.records), func(i int) bool { return s.records[i].arrival >= millis })
	return max(s.base+int64(i), sh.first)
}

// lag is how old the record at a position is, or, where there is none, how long ago the shard was
// closed; zero when it is open. The caller holds the lock.
func (sh *shard) lag(position int64, now time.Time) time.Duration {
	switch {
	case position < sh.next:
	case sh.closedAt.IsZero():
		return 0
	default:
		return max(now.Sub(sh.closedAt), time.Millisecond)
	}
	at := sort.Search(len(sh.segments), func(i int) bool { return sh.segments[i].next() > position })
	s := sh.segments[at]
	arrival := s.records[position-s.base].arrival
	return max(now.Sub(time.UnixMilli(arrival)), time.Millisecond)
}
