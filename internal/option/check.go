package option

import (
	"fmt"
	"math"
	"strconv"
)

// Range returns a check for Row.Check: the value is a whole number from least to most. With
// math.MaxInt64 there is no upper limit.
func Range(least, most int64) func(text string) error {
	return func(text string) error {
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case err == nil && n >= least && n <= most:
			return nil
		case most == math.MaxInt64:
			return fmt.Errorf("must be %d or more", least)
		}
		return fmt.Errorf("must be between %d and %d", least, most)
	}
}
