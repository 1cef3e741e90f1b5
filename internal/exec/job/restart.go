package job

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
)

// RestartKind says how a restart strategy counts.
type RestartKind string

// The restart strategies, with Flink's names.
const (
	RestartNone        RestartKind = "none"
	RestartFixed       RestartKind = "fixed-delay"
	RestartRate        RestartKind = "failure-rate"
	RestartExponential RestartKind = "exponential-delay"
)

// RestartStrategy says whether and when a job starts again after a failure.
type RestartStrategy struct {
	Kind RestartKind
	// Delay is how long to wait; RestartExponential begins with it.
	Delay time.Duration
	// Attempts is how many failures RestartFixed bears, and RestartExponential before it has been
	// well for Threshold; negative: any number.
	Attempts int
	// Failures in Interval are how many RestartRate bears.
	Failures int
	Interval time.Duration
	// The delay of RestartExponential grows by Multiplier up to Longest, and is back at Delay when
	// there was no failure for Threshold. Jitter is how much it varies, as a part of it.
	Multiplier, Jitter float64
	Longest, Threshold time.Duration

	failures []time.Time // RestartRate: those in the last Interval
	count    int         // RestartFixed: in all; RestartExponential: since it was well
	last     time.Time   // RestartExponential: when the job was last started or failed
	delay    time.Duration
}

// lasting are the kinds of failures that come again at once.
var lasting = map[diag.Kind]bool{
	diag.Usage: true, diag.Syntax: true, diag.Semantic: true, diag.Unsupported: true, diag.Option: true,
	diag.BadData: true, diag.NotFound: true, diag.Denied: true, diag.Interrupted: true, diag.Exhausted: true,
}

// next notes a failure and returns how long to wait before the next attempt; false: there is none.
func (r *RestartStrategy) next(now time.Time, err error) (time.Duration, bool) {
	if lasting[diag.KindOf(err)] {
		return 0, false
	}
	switch r.Kind {
	case RestartFixed:
		r.count++
		return r.Delay, r.Attempts < 0 || r.count <= r.Attempts
	case RestartRate:
		for len(r.failures) > 0 && now.Sub(r.failures[0]) > r.Interval {
			r.failures = r.failures[1:]
		}
		r.failures = append(r.failures, now)
		return r.Delay, len(r.failures) <= r.Failures
	case RestartExponential:
		return r.exponential(now)
	case RestartNone:
	}
	return 0, false
}

func (r *RestartStrategy) exponential(now time.Time) (time.Duration, bool) {
	if r.count == 0 || now.Sub(r.last) >= r.Threshold+r.delay {
		r.count, r.delay = 0, r.Delay
	} else {
		r.delay = time.Duration(min(float64(r.delay)*r.Multiplier, float64(r.Longest)))
	}
	r.last = now
	r.count++
	if r.Attempts >= 0 && r.count > r.Attempts {
		return 0, false
	}
	jitter := 1 + r.Jitter*(2*rand.Float64()-1)
	return time.Duration(math.Min(float64(r.delay)*jitter, float64(r.Longest))), true
}
