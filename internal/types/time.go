package types

import (
	"math"
	"time"
)

// Units of the microsecond values that times, timestamps and intervals are kept in.
const (
	Microsecond int64 = 1
	Millisecond       = 1000 * Microsecond
	Second            = 1000 * Millisecond
	Minute            = 60 * Second
	Hour              = 60 * Minute
	Day               = 24 * Hour
)

// DaysFromCivil returns the days from 1970-01-01 to a date of the proleptic Gregorian calendar.
// month is 1 to 12; day may run past the end of the month.
func DaysFromCivil(year, month, day int) int64 {
	if month <= 2 {
		year--
	}
	era := floorDiv(int64(year), 400)
	yearOfEra := int64(year) - era*400
	dayOfYear := int64((153*((month+9)%12)+2)/5 + day - 1)
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}

// CivilFromDays is the inverse of DaysFromCivil.
func CivilFromDays(days int64) (year, month, day int) {
	days += 719468
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	mp := (5*dayOfYear + 2) / 153
	day = int(dayOfYear - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if month > 12 {
		month -= 12
	}
	year = int(yearOfEra + era*400)
	if month <= 2 {
		year++
	}
	return year, month, day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// FloorDiv returns a divided by b, rounded down; b must not be 0.
func FloorDiv(a, b int64) int64 { return floorDiv(a, b) }

// FloorMod returns a - b*FloorDiv(a, b): for positive b it is between 0 and b-1.
func FloorMod(a, b int64) int64 { return a - b*floorDiv(a, b) }

// TruncateMicros cuts a microsecond value to a number of fractional digits of a second, down.
func TruncateMicros(micros int64, precision int) int64 {
	if precision >= MaxTimePrecision {
		return micros
	}
	return micros - FloorMod(micros, pow10[MaxTimePrecision-precision])
}

var pow10 = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}

// AppendDate appends a date as 2006-01-02.
func AppendDate(dst []byte, days int64) []byte {
	year, month, day := CivilFromDays(days)
	dst = appendYear(dst, year)
	dst = append(dst, '-')
	dst = appendPadded(dst, int64(month), 2)
	dst = append(dst, '-')
	return appendPadded(dst, int64(day), 2)
}

func appendYear(dst []byte, year int) []byte {
	if year < 0 {
		dst = append(dst, '-')
		year = -year
	}
	width := 4
	for limit := 10000; year >= limit && width < 10; limit *= 10 {
		width++
	}
	return appendPadded(dst, int64(year), width)
}

// AppendTime appends a time of day as 15:04:05 with precision fractional digits.
func AppendTime(dst []byte, micros int64, precision int) []byte {
	dst = appendPadded(dst, micros/Hour, 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, micros/Minute%60, 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, micros/Second%60, 2)
	if precision > 0 {
		dst = append(dst, '.')
		dst = appendPadded(dst, micros%Second/pow10[MaxTimePrecision-precision], precision)
	}
	return dst
}

// AppendTimestamp appends a timestamp as 2006-01-02 15:04:05 with precision fractional digits;
// separator stands between date and time: ' ' in SQL, 'T' in ISO 8601.
func AppendTimestamp(dst []byte, micros int64, precision int, separator byte) []byte {
	days := floorDiv(micros, Day)
	dst = AppendDate(dst, days)
	dst = append(dst, separator)
	return AppendTime(dst, micros-days*Day, precision)
}

func appendPadded(dst []byte, v int64, width int) []byte {
	var digits [20]byte
	i := len(digits)
	for n := 0; n < width || v > 0; n++ {
		i--
		digits[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, digits[i:]...)
}

// ParseDate reads 2006-01-02 exactly.
func ParseDate(s string) (days int64, ok bool) {
	if len(s) != 10 {
		return 0, false
	}
	return parseDatePrefix(s)
}

func parseDatePrefix(s string) (days int64, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	return DaysFromCivil(year, month, day), true
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// ParseTime reads 15:04, 15:04:05 or 15:04:05.999999999; digits past microseconds are dropped.
func ParseTime(s string) (micros int64, ok bool) {
	if len(s) < 5 || s[2] != ':' {
		return 0, false
	}
	hour, ok1 := digits(s[0:2])
	minute, ok2 := digits(s[3:5])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, false
	}
	micros = int64(hour)*Hour + int64(minute)*Minute
	if len(s) == 5 {
		return micros, true
	}
	if len(s) < 8 || s[5] != ':' {
		return 0, false
	}
	second, ok := digits(s[6:8])
	if !ok || second > 59 {
		return 0, false
	}
	micros += int64(second) * Second
	if len(s) == 8 {
		return micros, true
	}
	fraction, ok := parseFraction(s[8:])
	return micros + fraction, ok
}

// parseFraction reads .5 to .999999999 as microseconds.
func parseFraction(s string) (micros int64, ok bool) {
	if len(s) < 2 || len(s) > 10 || s[0] != '.' {
		return 0, false
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		if i <= MaxTimePrecision {
			micros += int64(s[i]-'0') * pow10[MaxTimePrecision-i]
		}
	}
	return micros, true
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

// ParseTimestamp reads a timestamp in SQL or ISO 8601 form: a date, then optionally ' ' or 'T', a
// time of day and an offset (Z, +hh:mm, +hhmm or +hh). zoned says whether there was an offset; then
// micros is UTC, otherwise it is the wall clock as written.
func ParseTimestamp(s string) (micros int64, zoned, ok bool) {
	days, ok := parseDatePrefix(s)
	if !ok {
		return 0, false, false
	}
	micros = days * Day
	if len(s) == 10 {
		return micros, false, true
	}
	if s[10] != ' ' && s[10] != 'T' {
		return 0, false, false
	}
	s = s[11:]
	clock := len(s)
	for i := range len(s) {
		if c := s[i]; c == 'Z' || c == '+' || c == '-' || c == ' ' {
			clock = i
			break
		}
	}
	timeOfDay, ok := ParseTime(s[:clock])
	if !ok {
		return 0, false, false
	}
	micros += timeOfDay
	if clock == len(s) {
		return micros, false, true
	}
	offset, ok := parseOffset(s[clock:])
	return micros - offset, true, ok
}

func parseOffset(s string) (micros int64, ok bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) < 3 || (s[0] != '+' && s[0] != '-') {
		return 0, false
	}
	hour, ok := digits(s[1:3])
	minute := 0
	switch {
	case len(s) == 3:
	case len(s) == 5:
		var valid bool
		minute, valid = digits(s[3:5])
		ok = ok && valid
	case len(s) == 6 && s[3] == ':':
		var valid bool
		minute, valid = digits(s[4:6])
		ok = ok && valid
	default:
		return 0, false
	}
	if !ok || hour > 18 || minute > 59 {
		return 0, false
	}
	micros = int64(hour)*Hour + int64(minute)*Minute
	if s[0] == '-' {
		micros = -micros
	}
	return micros, true
}

// ToWall returns the wall clock in a zone at a UTC instant, both in microseconds.
func ToWall(utc int64, zone *time.Location) int64 {
	if zone == time.UTC {
		return utc
	}
	return utc + zoneOffset(utc, zone)
}

// FromWall returns the UTC instant at which the clock in a zone shows the wall time. Of a wall time
// that a change of clocks repeats, that is the first; one that it skips is read as if the clock had
// not been changed yet, as in Java.
func FromWall(wall int64, zone *time.Location) int64 {
	const longest = math.MaxInt64 - 2*Day
	if zone == time.UTC || wall > longest || wall < -longest {
		return wall
	}
	before, after := zoneOffset(wall-Day, zone), zoneOffset(wall+Day, zone)
	if before != after && zoneOffset(wall-before, zone) != before && zoneOffset(wall-after, zone) == after {
		return wall - after // the clock has been changed already
	}
	return wall - before
}

// zoneOffset returns how far the clock in a zone is ahead of UTC at an instant.
func zoneOffset(utc int64, zone *time.Location) int64 {
	_, offset := time.UnixMicro(utc).In(zone).Zone()
	return int64(offset) * Second
}

// AppendIntervalMonth appends a length in months as years-months: +1-06.
func AppendIntervalMonth(dst []byte, months int64) []byte {
	sign := byte('+')
	if months < 0 {
		sign, months = '-', -months
	}
	dst = append(dst, sign)
	dst = appendPadded(dst, months/12, 1)
	dst = append(dst, '-')
	return appendPadded(dst, months%12, 2)
}

// AppendIntervalSecond appends a length in microseconds as days hours:minutes:seconds.millis:
// +1 02:03:04.500.
func AppendIntervalSecond(dst []byte, micros int64) []byte {
	sign := byte('+')
	if micros < 0 {
		sign, micros = '-', -max(micros, -math.MaxInt64) // the lowest value has no opposite
	}
	dst = append(dst, sign)
	dst = appendPadded(dst, micros/Day, 1)
	dst = append(dst, ' ')
	return AppendTime(dst, micros%Day, 3)
}
