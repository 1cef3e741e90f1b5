package batch

import "math"

// Message is what travels from operator to operator: a *Batch, a Watermark or an End.
type Message interface{ message() }

// Watermark says that no row with an event time at or before Time is expected any more from the
// sender. An idle sender promises nothing and does not hold back those who wait for it.
type Watermark struct {
	Time int64 // microseconds, in the unit of the event-time column
	Idle bool
}

// MinWatermark is the watermark before the first one; MaxWatermark comes at the end of bounded input.
const (
	MinWatermark = math.MinInt64
	MaxWatermark = math.MaxInt64
)

// End says that the sender has nothing more to send.
type End struct{}

func (*Batch) message()    {}
func (Watermark) message() {}
func (End) message()       {}
