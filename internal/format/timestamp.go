package format

import (
	"time"

	"github.com/penstock-io/penstock/internal/types"
)

// timestampParser reads timestamps. Neighbouring records mostly have the same date, so it remembers
// the last one.
type timestampParser struct {
	standard string // only this form; empty: any
	date     [2]uint64
	days     int64
}

func newTimestampParser(standard string) timestampParser {
	return timestampParser{standard: standard, date: [2]uint64{0, ^uint64(0)}} // no date is like this
}

// parse reads what types.ParseTimestamp reads, as far as the standard allows it.
func (p *timestampParser) parse(b []byte) (micros int64, zoned, ok bool) {
	if p.standard != "" && !p.follows(b) {
		return 0, false, false
	}
	if len(b) < 19 || b[10] != 'T' && b[10] != ' ' {
		return types.ParseTimestamp(string(b))
	}
	date := [2]uint64{load(b, 0), uint64(b[8]) | uint64(b[9])<<8}
	if date != p.date {
		days, ok := types.ParseDate(string(b[:10]))
		if !ok {
			return 0, false, false
		}
		p.date, p.days = date, days
	}
	clock, ok := clockMicros(load(b, 11))
	if !ok {
		return types.ParseTimestamp(string(b))
	}
	micros = p.days*types.Day + clock
	rest := b[19:]
	if len(rest) > 1 && rest[0] == '.' {
		fraction, digits := int64(0), 0
		for rest = rest[1:]; digits < len(rest) && digits < 6 && isDigit(rest[digits]); digits++ {
			fraction = fraction*10 + int64(rest[digits]-'0')
		}
		rest = rest[digits:]
		if digits == 0 || len(rest) > 0 && isDigit(rest[0]) { // longer than microseconds
			return types.ParseTimestamp(string(b))
		}
		micros += fraction * microsPer[digits]
	}
	switch {
	case len(rest) == 0:
		return micros, false, true
	case len(rest) == 1 && rest[0] == 'Z':
		return micros, true, true
	}
	return types.ParseTimestamp(string(b))
}

// microsPer is how many microseconds the last of so many digits of a fraction counts.
var microsPer = [...]int64{1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1e0}

// follows reports whether b has the form of the standard.
func (p *timestampParser) follows(b []byte) bool {
	separator := byte(' ')
	if p.standard == standardISO {
		separator = 'T'
	}
	return len(b) > 10 && b[10] == separator
}

// clockMicros reads 15:04:05 from 8 bytes, the first in the lowest bits.
func clockMicros(x uint64) (int64, bool) {
	const colons, colonMask = 0x00003a00003a0000, 0x0000ff0000ff0000
	if x&colonMask != colons {
		return 0, false
	}
	x -= colons - '0'<<16 - '0'<<40 // now 15004005
	if (x&0xf0f0f0f0f0f0f0f0)|((x+0x0606060606060606)&0xf0f0f0f0f0f0f0f0)>>4 != 0x3333333333333333 {
		return 0, false // not eight digits
	}
	x -= '0' * ones
	x = x*10 + x>>8 // pairs of digits, in every other byte
	hour, minute, second := int64(x&0xff), int64(x>>24&0xff), int64(x>>48&0xff)
	return hour*types.Hour + minute*types.Minute + second*types.Second, hour < 24 && minute < 60 && second < 60
}

// wall reads TIMESTAMP: an offset converts to the wall clock in UTC.
func (p *timestampParser) wall(b []byte) (int64, bool) {
	micros, zoned, ok := p.parse(b)
	return micros, ok && !(zoned && p.standard == standardSQL)
}

// instant reads TIMESTAMP_LTZ: without an offset, the text is the wall clock in the zone.
func (p *timestampParser) instant(b []byte, zone *time.Location) (int64, bool) {
	micros, zoned, ok := p.parse(b)
	if ok && !zoned {
		micros = types.FromWall(micros, zone)
	}
	return micros, ok
}
