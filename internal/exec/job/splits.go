package job

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
)

// splits knows the splits of a source: which wait for their parents, which are being read, which
// are done. A split is read once, after all parents that are known were read to their end.
type splits struct {
	known   map[string]bool            // every split ever seen
	reading map[string]connector.Split // From is where the reading would resume
	waiting []connector.Split          // in the order in which they were found
}

func newSplits() *splits {
	return &splits{known: map[string]bool{}, reading: map[string]connector.Split{}}
}

// add notes splits that were found and returns those that may be read now. Splits that are known
// already are ignored.
func (s *splits) add(found []connector.Split) []connector.Split {
	for _, split := range found {
		if !s.known[split.ID] {
			s.known[split.ID] = true
			s.waiting = append(s.waiting, split)
		}
	}
	var ready []connector.Split
	s.waiting = slices.DeleteFunc(s.waiting, func(split connector.Split) bool {
		if slices.ContainsFunc(split.Parents, s.unfinished) {
			return false
		}
		ready = append(ready, split)
		return true
	})
	for _, split := range ready {
		s.reading[split.ID] = split
	}
	return ready
}

// unfinished reports whether a split is known and was not read to its end.
func (s *splits) unfinished(id string) bool {
	_, reading := s.reading[id]
	return reading || slices.ContainsFunc(s.waiting, func(split connector.Split) bool { return split.ID == id })
}

// end notes that a split was read to its end, and returns how many known splits follow from it.
func (s *splits) end(id string) (children int) {
	delete(s.reading, id)
	for _, split := range s.waiting {
		if slices.Contains(split.Parents, id) {
			children++
		}
	}
	return children
}

// finished reports whether every known split was read to its end.
func (s *splits) finished() bool { return len(s.reading) == 0 && len(s.waiting) == 0 }

// move notes how far a split was read.
func (s *splits) move(id string, to checkpoint.Position) {
	split := s.reading[id]
	split.From = to
	s.reading[id] = split
}

// snapshot returns all splits, in order.
func (s *splits) snapshot() []checkpoint.Split {
	all := make([]checkpoint.Split, 0, len(s.known))
	waiting := map[string]bool{}
	for _, split := range s.waiting {
		waiting[split.ID] = true
		all = append(all, checkpoint.Split{ID: split.ID, Parents: split.Parents, Position: split.From, State: checkpoint.SplitWaiting})
	}
	for id := range s.known {
		if split, reading := s.reading[id]; reading {
			all = append(all, checkpoint.Split{ID: id, Parents: split.Parents, Position: split.From, State: checkpoint.SplitReading})
		} else if !waiting[id] {
			all = append(all, checkpoint.Split{ID: id, State: checkpoint.SplitDone})
		}
	}
	slices.SortFunc(all, func(a, b checkpoint.Split) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// restore takes over what snapshot returned, and returns the splits that were being read.
func (s *splits) restore(all []checkpoint.Split) []connector.Split {
	var reading []connector.Split
	for _, saved := range all {
		s.known[saved.ID] = true
		split := connector.Split{ID: saved.ID, Parents: saved.Parents, From: saved.Position}
		switch saved.State {
		case checkpoint.SplitReading:
			s.reading[saved.ID] = split
			reading = append(reading, split)
		case checkpoint.SplitWaiting:
			s.waiting = append(s.waiting, split)
		case checkpoint.SplitDone:
		}
	}
	return reading
}
