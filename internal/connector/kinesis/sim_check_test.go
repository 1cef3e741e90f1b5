package kinesis

import (
	"fmt"
	"slices"
)

// flaw is a kind of what can be wrong with what was delivered.
type flaw string

const (
	flawLost       flaw = "lost"
	flawRepeated   flaw = "repeated"
	flawDisordered flaw = "out of order"
	flawStrange    flaw = "strange" // anything else
)

// finding is something that a check has found.
type finding struct {
	flaw
	text string
}

// find notes a finding. The caller holds the lock, or is the only one left.
func (s *storm) find(kind flaw, format string, args ...any) {
	s.findings = append(s.findings, finding{kind, fmt.Sprintf(format, args...)})
}

// has reports whether something of a kind was found.
func (s *storm) has(kind flaw) bool {
	return slices.ContainsFunc(s.findings, func(f finding) bool { return f.flaw == kind })
}

// checkDelivered checks what the readers have delivered, in all their lives together: everything that
// is wanted, nothing that does not exist, the records of a shard in their order, those of a shard
// after all of its parents', and with that those of a key in their order.
func (s *storm) checkDelivered(truth, want contents) {
	s.Helper()
	if missing := want.missing(s.seen); missing != 0 {
		s.find(flawLost, "%d of %d records were not delivered", missing, len(want.records))
	}
	place := map[string]int{} // of each record in its shard
	for i, r := range truth.records {
		place[r.shard+"/"+r.seq] = i
	}
	first, last := map[string]int{}, map[string]int{} // deliveries of each shard
	previous := map[string]int{}                      // place of the last record of each shard
	newest := map[string]delivery{}                   // of each key
	for i, d := range s.delivered {
		at, exists := place[d.id()]
		if !exists {
			s.find(flawStrange, "%v does not exist", d)
			continue
		}
		if before, ok := previous[d.shard]; ok && at <= before {
			s.find(flawDisordered, "%v comes after a later one of its shard", d)
		}
		previous[d.shard] = at
		if s.plan.bounded && truth.records[at].arrived.After(s.bound) {
			s.find(flawStrange, "%v arrived after the bound, which is %s", d, s.bound.Format("15:04:05.000"))
		}
		if _, ok := first[d.shard]; !ok {
			first[d.shard] = i
		}
		last[d.shard] = i
		if d.n < newest[d.user].n {
			s.find(flawDisordered, "%v comes after %v; it arrived %s", d, newest[d.user], truth.records[at].arrived.Format("15:04:05.000"))
		}
		newest[d.user] = d
	}
	for _, shard := range truth.shards {
		begun, ok := first[*shard.ShardId]
		for _, parent := range parents(shard) {
			if ended, read := last[parent]; ok && read && ended > begun {
				s.find(flawDisordered, "%s was read before its parent %s was done", *shard.ShardId, parent)
			}
		}
	}
}

// checkCopy checks what the sink has written: everything that was delivered, and the records of a key
// in their order. Some may be there twice, next to each other.
func (s *storm) checkCopy() {
	s.Helper()
	written := s.contents(copyName)
	copied := map[string]bool{}
	numbers := map[string]int64{}
	for _, r := range written.records {
		id := r.data.Shard + "/" + r.data.Seq
		if !s.seen[id] {
			s.find(flawStrange, "the copy has %s, which was not delivered", id)
		}
		if r.data.N < numbers[r.data.User] {
			s.find(flawDisordered, "in the copy, %s: %d comes after %d", r.data.User, r.data.N, numbers[r.data.User])
		}
		copied[id] = true
		numbers[r.data.User] = r.data.N
	}
	for _, d := range s.delivered {
		if !copied[d.id()] {
			s.find(flawLost, "%v is not in the copy", d)
		}
	}
}
