package batch

import (
	"math"

	"github.com/penstock-io/penstock/internal/checkpoint"
)

// Message is what travels from operator to operator: a *Batch, a Watermark, a Barrier or an End.
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

// Barrier stands between what belongs to the checkpoint of an epoch and what comes after it.
type Barrier struct {
	Epoch checkpoint.Epoch
	Last  bool // nothing comes after it: the job stops there
}

// End says that the sender has nothing more to send.
type End struct{}

func (*Batch) message()    {}
func (Watermark) message() {}
func (Barrier) message()   {}
func (End) message()       {}
