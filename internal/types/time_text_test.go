package types

import (
	"math"
	"testing"
)

func TestTimestampsPrint(t *testing.T) {
	year := func(y int) int64 { return DaysFromCivil(y, 1, 1) * Day }
	for _, c := range []struct {
		micros    int64
		precision int
		separator byte
		want      string
	}{
		{0, 0, ' ', "1970-01-01 00:00:00"},
		{0, 3, 'T', "1970-01-01T00:00:00.000"},
		{-1, 6, ' ', "1969-12-31 23:59:59.999999"},
		{-1, 3, ' ', "1969-12-31 23:59:59.999"},
		{-Day, 0, ' ', "1969-12-31 00:00:00"},
		{year(0), 0, ' ', "0000-01-01 00:00:00"},
		{year(1) - 1, 0, ' ', "0000-12-31 23:59:59"},
		{year(-1), 0, ' ', "-0001-01-01 00:00:00"},
		{year(10000) - 1, 6, ' ', "9999-12-31 23:59:59.999999"},
		{year(10000), 0, ' ', "10000-01-01 00:00:00"},
		{year(123456), 1, ' ', "123456-01-01 00:00:00.0"},
		{math.MaxInt64, 6, ' ', "294247-01-10 04:00:54.775807"},
		{math.MinInt64, 6, ' ', "-290308-12-21 19:59:05.224192"},
	} {
		if got := string(AppendTimestamp(nil, c.micros, c.precision, c.separator)); got != c.want {
			t.Errorf("%d with precision %d prints as %q, want %q", c.micros, c.precision, got, c.want)
		}
	}
}

func TestIntervalsPrint(t *testing.T) {
	for _, c := range []struct {
		micros int64
		want   string
	}{
		{0, "+0 00:00:00.000"},
		{Day + 2*Hour + 3*Minute + 4*Second + 500*Millisecond, "+1 02:03:04.500"},
		{-90 * Minute, "-0 01:30:00.000"},
		{math.MaxInt64, "+106751991 04:00:54.775"},
		{math.MinInt64, "-106751991 04:00:54.775"},
	} {
		if got := string(AppendIntervalSecond(nil, c.micros)); got != c.want {
			t.Errorf("%d µs print as %q, want %q", c.micros, got, c.want)
		}
	}
	for _, c := range []struct {
		months int64
		want   string
	}{{0, "+0-00"}, {18, "+1-06"}, {-1, "-0-01"}, {math.MinInt32, "-178956970-08"}} {
		if got := string(AppendIntervalMonth(nil, c.months)); got != c.want {
			t.Errorf("%d months print as %q, want %q", c.months, got, c.want)
		}
	}
}

func TestTimestampsParse(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  string // printed with six digits; empty: does not parse
		zoned bool
	}{
		{"2024-02-29", "2024-02-29 00:00:00.000000", false},
		{"2024-02-29 01:02", "2024-02-29 01:02:00.000000", false},
		{"2024-02-29 01:02:03", "2024-02-29 01:02:03.000000", false},
		{"2024-02-29T01:02:03.4", "2024-02-29 01:02:03.400000", false},
		{"2024-02-29 01:02:03.123456789", "2024-02-29 01:02:03.123456", false},
		{"0001-01-01 00:00:00", "0001-01-01 00:00:00.000000", false},
		{"9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999", false},
		{"2024-02-29T01:02:03Z", "2024-02-29 01:02:03.000000", true},
		{"2024-02-29T01:02:03+02:00", "2024-02-28 23:02:03.000000", true},
		{"2024-02-29T01:02:03-0230", "2024-02-29 03:32:03.000000", true},
		{"2024-02-29T01:02:03.5+02", "2024-02-28 23:02:03.500000", true},
		{"2024-02-29T01:02Z", "2024-02-29 01:02:00.000000", true},
		{"", "", false},
		{"2023-02-29", "", false},
		{"1900-02-29", "", false},
		{"2024-13-01", "", false},
		{"2024-00-01", "", false},
		{"2024-01-00", "", false},
		{"2024-04-31", "", false},
		{"2024-1-1", "", false},
		{"2024-01-01 ", "", false},
		{"2024-01-01 Z", "", false},
		{"2024-01-01 24:00:00", "", false},
		{"2024-01-01 00:60:00", "", false},
		{"2024-01-01 00:00:60", "", false},
		{"2024-01-01 00:00:00.", "", false},
		{"2024-01-01 00:00:00.1234567890", "", false},
		{"2024-01-01 00:00:00.12a", "", false},
		{"2024-01-01x00:00:00", "", false},
		{"2024-01-01 00:00:00 Z", "", false},
		{"2024-01-01 00:00:00+1", "", false},
		{"2024-01-01 00:00:00+19:00", "", false},
		{"2024-01-01 00:00:00+01:60", "", false},
		{"2024-01-01 00:00:00Z ", "", false},
		{"2024/01/01", "", false},
		{"-2024-01-01", "", false},
	} {
		micros, zoned, ok := ParseTimestamp(c.text)
		if ok != (c.want != "") {
			t.Errorf("ParseTimestamp(%q): ok is %v", c.text, ok)
			continue
		}
		if got := string(AppendTimestamp(nil, micros, 6, ' ')); ok && (got != c.want || zoned != c.zoned) {
			t.Errorf("ParseTimestamp(%q) = %s, zoned %v; want %s, zoned %v", c.text, got, zoned, c.want, c.zoned)
		}
	}
}

func TestDatesParseExactly(t *testing.T) {
	for _, text := range []string{"2024-02-29", "0000-01-01", "1969-12-31", "9999-12-31"} {
		days, ok := ParseDate(text)
		if got := string(AppendDate(nil, days)); !ok || got != text {
			t.Errorf("ParseDate(%q) = %s, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "2024-02-30", "2024-02-29 ", "2024-02-29T00:00", "20240229", "2024-2-29", "２024-01-0"} {
		if days, ok := ParseDate(text); ok {
			t.Errorf("ParseDate(%q) = %d, want no date", text, days)
		}
	}
}

func TestTimesOfDayParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"00:00", "00:00:00.000000"},
		{"23:59:59.999999999", "23:59:59.999999"},
		{"01:02:03", "01:02:03.000000"},
		{"01:02:03.04", "01:02:03.040000"},
		{"", ""},
		{"1:02", ""},
		{"01:02:", ""},
		{"01:02:3", ""},
		{"24:00", ""},
		{"01:60", ""},
		{"01:02:03,5", ""},
		{"-1:00", ""},
	} {
		micros, ok := ParseTime(c.text)
		if ok != (c.want != "") {
			t.Errorf("ParseTime(%q): ok is %v", c.text, ok)
			continue
		}
		if got := string(AppendTime(nil, micros, 6)); ok && got != c.want {
			t.Errorf("ParseTime(%q) = %s, want %s", c.text, got, c.want)
		}
	}
}

// FuzzTimeText checks that no text makes the parsers panic, and that what parses prints as a text
// that parses to the same value.
func FuzzTimeText(f *testing.F) {
	for _, seed := range []string{"2024-02-29", "2024-02-29T23:59:59.999999+01:00", "01:02:03.4", "0000-01-01 00:00:00+18:59", "9999-12-31 23:59:59-18", "", "-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if days, ok := ParseDate(text); ok {
			if printed := string(AppendDate(nil, days)); printed != text {
				t.Errorf("date %q prints as %q", text, printed)
			}
		}
		if micros, ok := ParseTime(text); ok {
			printed := string(AppendTime(nil, micros, 6))
			if again, ok := ParseTime(printed); !ok || again != micros {
				t.Errorf("time %q prints as %q, which is %d, not %d", text, printed, again, micros)
			}
		}
		micros, _, ok := ParseTimestamp(text)
		if first, last := DaysFromCivil(0, 1, 1)*Day, DaysFromCivil(10000, 1, 1)*Day; !ok || micros < first || micros >= last {
			return // an offset may lead out of the years that can be written
		}
		printed := string(AppendTimestamp(nil, micros, 6, 'T'))
		if again, zoned, ok := ParseTimestamp(printed); !ok || zoned || again != micros {
			t.Errorf("timestamp %q prints as %q, which is %d, not %d", text, printed, again, micros)
		}
	})
}
