package file

import (
	"time"

	"github.com/penstock-io/penstock/internal/option"
)

// rollingPolicy says when a file is complete.
type rollingPolicy struct {
	size                 int64
	rollover, inactivity time.Duration
	check                time.Duration // how often to look at the two
}

func newRollingPolicy(v *option.Values) rollingPolicy {
	return rollingPolicy{
		size: v.Int(optionFileSize), rollover: v.Duration(optionRollover), inactivity: v.Duration(optionInactivity),
		check: v.Duration(optionCheck),
	}
}

func (p rollingPolicy) old(f *part, now time.Time) bool {
	return now.Sub(f.began) >= p.rollover || now.Sub(f.touched) >= p.inactivity
}
