package connector

import (
	"sync"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/format"
)

// Counter counts what is done for a part, and with it for the whole that the part belongs to. The
// zero value is ready for use. It is safe for concurrent use.
type Counter struct {
	n     atomic.Int64
	whole *Counter // nil: belongs to nothing
}

// Add counts n more.
func (c *Counter) Add(n int64) {
	for ; c != nil; c = c.whole {
		c.n.Add(n)
	}
}

// Load returns what was counted.
func (c *Counter) Load() int64 { return c.n.Load() }

// Traffic counts what goes to and fro between a table, or a split of it, and the outside.
type Traffic struct {
	Records   Counter // records read or acknowledged by the outside
	Bytes     Counter // payload bytes of those
	Retries   Counter // calls or records sent again
	Throttles Counter // answers that asked to slow down
}

// Meter counts what a source or sink does. The engine reads it while the job runs.
type Meter struct {
	Traffic
	BadRecords atomic.Int64 // records that could not be decoded, or were refused for good
	BadCauses  format.CauseCounts
	Foreign    atomic.Int64 // records left out of a split because another one delivers them
	Gaps       atomic.Int64 // stretches of a split that may have held records and were gone before they were read

	mu     sync.Mutex // guards splits
	splits map[string]*Traffic
}

// Split returns the traffic of a split, which counts for the table as well.
func (m *Meter) Split(id string) *Traffic {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.splits[id]; t != nil {
		return t
	}
	t := &Traffic{
		Records: Counter{whole: &m.Records}, Bytes: Counter{whole: &m.Bytes},
		Retries: Counter{whole: &m.Retries}, Throttles: Counter{whole: &m.Throttles},
	}
	if m.splits == nil {
		m.splits = map[string]*Traffic{}
	}
	m.splits[id] = t
	return t
}
