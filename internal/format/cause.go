package format

import "sync/atomic"

// Cause is why a record is bad, for counters: the error says more.
type Cause uint8

// The causes.
const (
	Malformed   Cause = iota // the record is not in the format: no JSON, too few values, cut off
	Mismatch                 // a value does not fit its column, or one is missing
	Empty                    // there is not one byte
	Unpackable               // it cannot be decompressed, or becomes too large, or its envelope is none
	Unsupported              // it is right, but the table cannot take it: a change to a row, a schema that does not resolve
	causes
)

var causeNames = [causes]string{"malformed", "mismatch", "empty", "unpackable", "unsupported"}

// String returns the stable name of the cause.
func (c Cause) String() string { return causeNames[c] }

// CauseNames returns the names of the causes.
func CauseNames() []string { return causeNames[:] }

// CauseCounts counts bad records by cause. The zero value is ready for use. It is safe for concurrent
// use.
type CauseCounts struct{ n [causes]atomic.Int64 }

// Add counts a record.
func (c *CauseCounts) Add(cause Cause) { c.n[cause].Add(1) }

// All returns what was counted, by the name of the cause; nil if there was nothing.
func (c *CauseCounts) All() map[string]int64 {
	var all map[string]int64
	for i := range c.n {
		if n := c.n[i].Load(); n > 0 {
			if all == nil {
				all = map[string]int64{}
			}
			all[Cause(i).String()] = n
		}
	}
	return all
}
