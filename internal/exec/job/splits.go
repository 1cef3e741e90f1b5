package job

import (
	"slices"

	"github.com/penstock-io/penstock/internal/connector"
)

// splits knows the splits of a source: which wait for their parents, which are being read, which
// are done. A split is read once, after all parents that are known were read to their end.
type splits struct {
	known   map[string]bool // every split ever seen
	reading map[string]bool
	waiting []connector.Split // in the order in which they were found
}

func newSplits() *splits {
	return &splits{known: map[string]bool{}, reading: map[string]bool{}}
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
		s.reading[split.ID] = true
	}
	return ready
}

// unfinished reports whether a split is known and was not read to its end.
func (s *splits) unfinished(id string) bool {
	return s.reading[id] || slices.ContainsFunc(s.waiting, func(split connector.Split) bool { return split.ID == id })
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
