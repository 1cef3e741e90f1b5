package expr

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/types"
)

// timePattern is a pattern of Java's letters for reading a date and time.
type timePattern struct {
	text  string
	parts []patternPart
}

// patternPart is so many times a letter, or a text that stands for itself.
type patternPart struct {
	letter byte // 0: text
	count  int
	text   string
}

// compileTimePattern reads a pattern.
func compileTimePattern(pattern string) (*timePattern, error) {
	p := &timePattern{text: pattern}
	for i := 0; i < len(pattern); {
		ch := pattern[i]
		if ch == '\'' {
			text, n, err := quoted(pattern[i:])
			if err != nil {
				return nil, err
			}
			p.parts = append(p.parts, patternPart{text: text})
			i += n
			continue
		}
		n := 1
		for i+n < len(pattern) && pattern[i+n] == ch {
			n++
		}
		letter := ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z'
		switch {
		case !letter:
			p.parts = append(p.parts, patternPart{text: pattern[i : i+n]})
		case strings.IndexByte("yuMdHhmsSaE", ch) < 0:
			return nil, fmt.Errorf("letter %q has no meaning here", ch)
		default:
			p.parts = append(p.parts, patternPart{letter: ch, count: n})
		}
		i += n
	}
	return p, nil
}

// clock is the fields of a date and time.
type clock struct {
	year, month, day, hour, minute, second int
	micros                                 int
	afternoon, twelve                      bool // 12-hour clock
}

// parse reads a text as microseconds on the wall clock; false if it does not fit the pattern. What the
// pattern does not have is that of 1970-01-01 00:00:00. A number may have fewer digits than the pattern
// has letters only if another part that is no number follows, and more if the letter stands alone.
func (p *timePattern) parse(text string) (micros int64, ok bool) {
	c := clock{year: 1970, month: 1, day: 1}
	for i, part := range p.parts {
		if part.letter == 0 {
			if !strings.HasPrefix(text, part.text) {
				return 0, false
			}
			text = text[len(part.text):]
			continue
		}
		adjacent := i+1 < len(p.parts) && p.parts[i+1].letter != 0
		n, ok := c.read(text, part, adjacent)
		if !ok {
			return 0, false
		}
		text = text[n:]
	}
	if text != "" {
		return 0, false
	}
	return c.time()
}

// read reads a part at the start of a text and returns its length.
func (c *clock) read(text string, part patternPart, adjacent bool) (n int, ok bool) {
	switch {
	case part.letter == 'a':
		half := strings.ToUpper(text[:min(2, len(text))])
		c.twelve, c.afternoon = true, half == "PM"
		return 2, half == "AM" || half == "PM"
	case part.letter == 'E':
		return nameAt(text, part.count, 7, func(i int) string { return time.Weekday(i).String() }, nil)
	case part.letter == 'M' && part.count > 2:
		return nameAt(text, part.count, 12, func(i int) string { return time.Month(i + 1).String() }, &c.month)
	}
	most := part.count
	switch {
	case adjacent, part.letter == 'S':
	case part.count == 1 || part.letter == 'y' || part.letter == 'u':
		most = max(part.count, 4)
		if part.count == 2 {
			most = 2
		}
	case part.count == 2:
		most = 2
	}
	value := 0
	for n < len(text) && n < most && text[n] >= '0' && text[n] <= '9' {
		value = 10*value + int(text[n]-'0')
		n++
	}
	if n == 0 || part.letter != 'S' && n < part.count && (adjacent || part.count > 1) || n > 9 {
		return n, false
	}
	c.set(part, value, n)
	return n, true
}

// nameAt reads one of several names, short with three letters in the pattern, and puts its number, from 1,
// into out.
func nameAt(text string, letters, names int, name func(i int) string, out *int) (n int, ok bool) {
	for i := range names {
		full := name(i)
		if letters <= 3 {
			full = full[:3]
		}
		if len(text) >= len(full) && strings.EqualFold(text[:len(full)], full) {
			if out != nil {
				*out = i + 1
			}
			return len(full), true
		}
	}
	return 0, false
}

func (c *clock) set(part patternPart, value, digits int) {
	switch part.letter {
	case 'y', 'u':
		if c.year = value; part.count == 2 {
			c.year += 2000
		}
	case 'M':
		c.month = value
	case 'd':
		c.day = value
	case 'H':
		c.hour = value
	case 'h':
		c.hour, c.twelve = value, true
	case 'm':
		c.minute = value
	case 's':
		c.second = value
	case 'S':
		for ; digits < 6; digits++ {
			value *= 10
		}
		for ; digits > 6; digits-- {
			value /= 10
		}
		c.micros = value
	}
}

// time returns the fields as microseconds; false if one is out of its range.
func (c *clock) time() (micros int64, ok bool) {
	if c.twelve {
		if c.hour > 12 {
			return 0, false
		}
		if c.hour %= 12; c.afternoon {
			c.hour += 12
		}
	}
	if c.month < 1 || c.month > 12 || c.day < 1 || c.hour > 23 || c.minute > 59 || c.second > 59 {
		return 0, false
	}
	days := types.DaysFromCivil(c.year, c.month, c.day)
	if _, month, _ := types.CivilFromDays(days); month != c.month { // the month is shorter
		return 0, false
	}
	return days*types.Day + int64(c.hour)*types.Hour + int64(c.minute)*types.Minute + int64(c.second)*types.Second + int64(c.micros), true
}
