package kinesis

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// defaultTimestampFormat is ISO 8601 with milliseconds and zone: 2016-04-04T19:58:46.480-00:00.
const defaultTimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"

// parseMoment reads a moment in a format, or else as seconds since the epoch with decimals. Unlike
// Java, which rolls 31 February over and ignores what follows, it takes the text as it stands. A
// format without a zone means zone.
func parseMoment(text, format string, zone *time.Location) (time.Time, error) {
	fields, err := parseFormat(format)
	if err != nil {
		return time.Time{}, err
	}
	if t, ok := fields.parse(text, zone); ok {
		return t, nil
	}
	if t, ok := parseEpoch(text); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("neither in the format %s nor a number of seconds since 1970", format)
}

var epochPattern = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$`)

// parseEpoch reads seconds since the epoch; what is less than a millisecond is cut off.
func parseEpoch(text string) (time.Time, bool) {
	if !epochPattern.MatchString(text) {
		return time.Time{}, false
	}
	seconds, ok := new(big.Rat).SetString(text)
	if !ok {
		return time.Time{}, false
	}
	millis := seconds.Mul(seconds, big.NewRat(1000, 1))
	whole := new(big.Int).Quo(millis.Num(), millis.Denom())
	const limit = 253_402_300_800_000 // year 10000
	if !whole.IsInt64() || whole.Int64() >= limit {
		return time.Time{}, false
	}
	return time.UnixMilli(whole.Int64()), true
}

// timestampFormat is a pattern of SimpleDateFormat, field by field.
type timestampFormat []timestampField

// timestampField is a run of one pattern letter, or, with letter 0, a text that stands for itself.
type timestampField struct {
	letter byte
	width  int
	text   string
}

const formatLetters = "yMdHmsSXZ"

// parseFormat reads a pattern.
func parseFormat(pattern string) (timestampFormat, error) {
	var format timestampFormat
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, next, ok := quotedText(pattern, i)
			if !ok {
				return nil, errors.New("a quotation mark is not closed")
			}
			format = append(format, timestampField{text: text})
			i = next
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			end := i
			for end < len(pattern) && pattern[end] == c {
				end++
			}
			field := timestampField{letter: c, width: end - i}
			if err := field.check(); err != nil {
				return nil, err
			}
			format = append(format, field)
			i = end
		default:
			format = append(format, timestampField{text: string(c)})
			i++
		}
	}
	return format, nil
}

// quotedText reads 'text', in which two quotation marks stand for one; alone they are one as well.
func quotedText(pattern string, i int) (text string, next int, ok bool) {
	if strings.HasPrefix(pattern[i:], "''") {
		return "'", i + 2, true
	}
	var out strings.Builder
	for j := i + 1; j < len(pattern); j++ {
		switch {
		case pattern[j] != '\'':
			out.WriteByte(pattern[j])
		case strings.HasPrefix(pattern[j:], "''"):
			out.WriteByte('\'')
			j++
		default:
			return out.String(), j + 1, true
		}
	}
	return "", 0, false
}

func (f timestampField) check() error {
	most := map[byte]int{'y': 4, 'M': 2, 'd': 2, 'H': 2, 'm': 2, 's': 2, 'S': 3, 'X': 3, 'Z': 3}[f.letter]
	written := strings.Repeat(string(f.letter), f.width)
	switch {
	case most == 0:
		return fmt.Errorf("the letter %q is not one of %s", f.letter, strings.Join(strings.Split(formatLetters, ""), " "))
	case f.width > most:
		return fmt.Errorf("%q is too long, at most %d letters are possible", written, most)
	case f.letter == 'y' && f.width == 2:
		return fmt.Errorf("%q leaves the century open, write yyyy", written)
	}
	return nil
}

func (f timestampField) isNumber() bool {
	return strings.IndexByte("yMdHmsS", f.letter) >= 0 && f.letter != 0
}

// parse reads a text in the format.
func (format timestampFormat) parse(text string, zone *time.Location) (time.Time, bool) {
	values := map[byte]int{'y': 1970, 'M': 1, 'd': 1}
	for i, field := range format {
		var ok bool
		switch {
		case field.letter == 0:
			text, ok = strings.CutPrefix(text, field.text)
		case field.isNumber():
			abuts := i+1 < len(format) && format[i+1].isNumber()
			values[field.letter], text, ok = field.number(text, abuts)
		default:
			zone, text, ok = field.offset(text)
		}
		if !ok {
			return time.Time{}, false
		}
	}
	if text != "" || zone == nil {
		return time.Time{}, false
	}
	return validDate(values, zone)
}

func validDate(v map[byte]int, zone *time.Location) (time.Time, bool) {
	if v['H'] > 23 || v['m'] > 59 || v['s'] > 59 || v['y'] < 1 {
		return time.Time{}, false
	}
	day := time.Date(v['y'], time.Month(v['M']), v['d'], 0, 0, 0, 0, time.UTC)
	if day.Month() != time.Month(v['M']) || day.Day() != v['d'] || day.Year() != v['y'] {
		return time.Time{}, false
	}
	return time.Date(v['y'], time.Month(v['M']), v['d'], v['H'], v['m'], v['s'], v['S']*int(time.Millisecond), zone), true
}

// number reads the digits of a field. When another number follows without anything between them,
// there are as many as the pattern has letters.
func (f timestampField) number(text string, abuts bool) (value int, rest string, ok bool) {
	least, most := 1, 2
	switch {
	case abuts:
		least, most = f.width, f.width
	case f.letter == 'y':
		least, most = 4, 4
	case f.letter == 'S' && f.width == 3:
		least, most = 3, 3
	case f.letter == 'S':
		most = 3
	}
	n := 0
	for n < len(text) && n < most && text[n] >= '0' && text[n] <= '9' {
		value = value*10 + int(text[n]-'0')
		n++
	}
	return value, text[n:], n >= least
}

// offset reads a zone: Z, +hh, +hhmm or +hh:mm, depending on the pattern.
func (f timestampField) offset(text string) (zone *time.Location, rest string, ok bool) {
	layouts := []string{"Z07", "Z0700", "Z07:00"}
	layout := layouts[f.width-1]
	if f.letter == 'Z' {
		layout = "-0700"
		for _, name := range []string{"UTC", "GMT"} {
			if rest, ok := strings.CutPrefix(text, name); ok {
				return time.UTC, rest, true
			}
		}
	}
	n := len(layout)
	if layout[0] == 'Z' {
		if rest, ok := strings.CutPrefix(text, "Z"); ok {
			return time.UTC, rest, true
		}
	}
	if len(text) < n {
		return nil, "", false
	}
	t, err := time.Parse(layout, text[:n])
	if err != nil {
		return nil, "", false
	}
	_, seconds := t.Zone()
	return time.FixedZone("", seconds), text[n:], true
}
