package option

import (
	"math"
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		text string
		want time.Duration
	}{
		{"10 s", 10 * time.Second},
		{"200ms", 200 * time.Millisecond},
		{"0", 0},
		{"1500", 1500 * time.Millisecond},
		{" 5 min ", 5 * time.Minute},
		{"1 day", 24 * time.Hour},
		{"2 DAYS", 48 * time.Hour},
		{"3 h", 3 * time.Hour},
		{"3hours", 3 * time.Hour},
		{"7 secs", 7 * time.Second},
		{"7 milliseconds", 7 * time.Millisecond},
		{"9 micros", 9 * time.Microsecond},
		{"9 µs", 9 * time.Microsecond},
		{"9 ns", 9},
		{"PT1M30S", 90 * time.Second},
		{"pt0.5s", 500 * time.Millisecond},
		{"PT-5S", -5 * time.Second},
		{"1m30s", 90 * time.Second},
		{"1.5s", 1500 * time.Millisecond},
		{"-2 s", -2 * time.Second},
		{"106751 d", 106751 * 24 * time.Hour},
	} {
		if got, err := ParseDuration(c.text); err != nil || got != c.want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", c.text, got, err, c.want)
		}
	}
}

func TestBadDurations(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "not a duration"},
		{"s", "not a duration"},
		{"10 x", "not a duration"},
		{"10 ss", "not a duration"},
		{"10 s s", "not a duration"},
		{"1,5 s", "not a duration"},
		{"1e3", "not a duration"},
		{"PT", "not an ISO 8601 duration"},
		{"PTx", "not an ISO 8601 duration"},
		{"106752 d", "too long"},
		{"-106752 d", "too long"},
		{"9223372036854775807", "too long"},
		{"99999999999999999999 s", "not a duration"},
	} {
		if got, err := ParseDuration(c.text); err == nil || err.Error() != c.want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %q", c.text, got, err, c.want)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
	}{
		{"1024", 1024},
		{"0", 0},
		{"5 mb", 5 << 20},
		{"5MB", 5 << 20},
		{"5 MiB", 5 << 20},
		{"1k", 1 << 10},
		{"2 g", 2 << 30},
		{"1 tb", 1 << 40},
		{"7 bytes", 7},
		{"8388607 tb", 8388607 << 40},
		{"9223372036854775807", math.MaxInt64},
	} {
		if got, err := ParseSize(c.text); err != nil || got != c.want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", c.text, got, err, c.want)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"-1", "not a size"},
		{"1.5 mb", "not a size"},
		{"mb", "not a size"},
		{"1 pb", "not a size"},
		{"8388608 tb", "more than 9223372036854775807 bytes"},
	} {
		if got, err := ParseSize(c.text); err == nil || err.Error() != c.want {
			t.Errorf("ParseSize(%q) = %d, %v; want %q", c.text, got, err, c.want)
		}
	}
}

// FuzzUnits checks that no text makes the parsers panic, and that a duration that parses prints as
// one that parses to the same.
func FuzzUnits(f *testing.F) {
	for _, seed := range []string{"10 s", "PT1M30S", "1m30s", "5 mb", "-1", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if size, err := ParseSize(text); err == nil && size < 0 {
			t.Errorf("size %q is %d", text, size)
		}
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if again, err := ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("duration %q prints as %q, which is %v, %v", text, d, again, err)
		}
	})
}
