package option

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// durationUnits are the units of Flink's durations, in all their spellings.
var durationUnits = map[string]time.Duration{
	"ns": time.Nanosecond, "nano": time.Nanosecond, "nanosecond": time.Nanosecond,
	"us": time.Microsecond, "µs": time.Microsecond, "micro": time.Microsecond, "microsecond": time.Microsecond,
	"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millisecond": time.Millisecond,
	"s": time.Second, "sec": time.Second, "second": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hour": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour,
}

// ParseDuration reads a duration as Flink writes it: a whole number and a unit ('10 s', '200ms',
// '1 day'), where no unit means milliseconds; ISO 8601 ('PT1M30S') and Go's form ('1m30s') too.
func ParseDuration(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(strings.ToUpper(text), "PT"); ok {
		d, err := time.ParseDuration(strings.ToLower(rest))
		if err != nil {
			return 0, errors.New("not an ISO 8601 duration")
		}
		return d, nil
	}
	number, unit := splitNumber(text)
	scale, ok := durationUnits[unit]
	if !ok && len(unit) > len("ms") { // secs, minutes, but no ss
		scale, ok = durationUnits[strings.TrimSuffix(unit, "s")]
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok {
		if d, err := time.ParseDuration(text); err == nil {
			return d, nil
		}
		return 0, errors.New("not a duration")
	}
	if n > math.MaxInt64/int64(scale) || n < math.MinInt64/int64(scale) {
		return 0, errors.New("too long")
	}
	return time.Duration(n) * scale, nil
}

var sizeUnits = map[string]int64{
	"": 1, "b": 1, "byte": 1, "bytes": 1,
	"k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40, "tib": 1 << 40,
}

// ParseSize reads a number of bytes: '1024', '5 mb'. Units are powers of 1024, as Flink's are.
func ParseSize(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	number, unit := splitNumber(strings.ToLower(strings.TrimSpace(text)))
	scale, ok := sizeUnits[unit]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok || n < 0 {
		return 0, errors.New("not a size")
	}
	if n > math.MaxInt64/scale {
		return 0, fmt.Errorf("more than %d bytes", int64(math.MaxInt64))
	}
	return n * scale, nil
}

// splitNumber splits "10 s" into "10" and "s".
func splitNumber(text string) (number, unit string) {
	i := 0
	for i < len(text) && (text[i] >= '0' && text[i] <= '9' || i == 0 && (text[i] == '-' || text[i] == '+')) {
		i++
	}
	return text[:i], strings.ToLower(strings.TrimSpace(text[i:]))
}

func joinFaults(faults []error) error {
	if len(faults) == 1 {
		return faults[0]
	}
	return errors.Join(faults...)
}
