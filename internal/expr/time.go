package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// timeUnits are the units of EXTRACT, FLOOR TO and CEIL TO, with their length where it is fixed.
var timeUnits = map[string]int64{
	"MICROSECOND": types.Microsecond, "MILLISECOND": types.Millisecond, "SECOND": types.Second, "MINUTE": types.Minute,
	"HOUR": types.Hour, "DAY": types.Day, "WEEK": 7 * types.Day, "MONTH": 0, "QUARTER": 0, "YEAR": 0, "DECADE": 0, "CENTURY": 0,
	"EPOCH": 0, "DOW": 0, "ISODOW": 0, "DOY": 0,
}

func checkUnit(unit string, span diag.Span) error {
	if _, ok := timeUnits[unit]; ok {
		return nil
	}
	return diag.Errorf(diag.Semantic, span, "there is no time unit %q", unit).
		WithHint("use SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR")
}

// Extract returns EXTRACT(unit FROM x) for a date, time, timestamp or interval: a BIGINT.
func Extract(unit string, arg Expr, span diag.Span) (Expr, error) {
	if err := checkUnit(unit, span); err != nil {
		return nil, err
	}
	kind := arg.Type().Kind
	if kind == types.Date {
		arg, kind = NewCast(arg, types.Type{Kind: types.Timestamp}, false, true, span), types.Timestamp
	}
	if kind == types.Time && unit != "EPOCH" && (timeUnits[unit] == 0 || timeUnits[unit] >= types.Day) {
		return nil, diag.Errorf(diag.Semantic, span, "a TIME has no %s", unit).WithHint("use SECOND, MINUTE or HOUR")
	}
	if !kind.IsTimestamp() && kind != types.Time && kind != types.IntervalSecond {
		return nil, diag.Errorf(diag.Semantic, span, "EXTRACT does not take %s", arg.Type().Nullable()).
			WithHint("use EXTRACT(unit FROM time), with a DATE, TIME, TIMESTAMP or INTERVAL")
	}
	return unitCall("EXTRACT("+unit+" FROM", unit, arg, types.Of(types.BigInt), span, func(_ *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
		out := make([]int64, rows)
		for i, v := range batch.Values[int64](args[0]) {
			if kind == types.TimestampLTZ && unit != "EPOCH" {
				v = types.ToWall(v, c.Zone)
			}
			out[i] = extract(unit, v, kind == types.IntervalSecond)
		}
		return batch.NewFixed(out, nil), nil
	}), nil
}

func unitCall(name, unit string, arg Expr, t types.Type, span diag.Span, kernel kernel) Expr {
	return &unitExpr{
		Call: &Call{Function: &Function{Name: name}, Args: []Expr{arg}, signature: &Signature{Kernel: kernel}, typ: t.Required(), span: span},
		name: name, unit: unit,
	}
}

// unitExpr is a call with a time unit in its syntax.
type unitExpr struct {
	*Call
	name, unit string
}

// WithChildren returns the call on another argument.
func (e *unitExpr) WithChildren(c []Expr) Expr {
	return &unitExpr{Call: e.Call.WithChildren(c).(*Call), name: e.name, unit: e.unit}
}

// String is the call as SQL writes it.
func (e *unitExpr) String() string {
	switch {
	case strings.HasPrefix(e.name, "EXTRACT"):
		return e.name + " " + e.Args[0].String() + ")"
	case len(e.Args) == 2:
		return e.name + "(" + e.unit + ", " + e.Args[0].String() + ", " + e.Args[1].String() + ")"
	}
	return e.name + "(" + e.Args[0].String() + " TO " + e.unit + ")"
}

func (e *unitExpr) head() any { return e.name + e.unit }

func extract(unit string, v int64, interval bool) int64 {
	if interval && v < 0 { // every part of a negative interval is negative
		return -extract(unit, -max(v, -math.MaxInt64), true)
	}
	day := types.FloorDiv(v, types.Day)
	switch unit {
	case "EPOCH":
		return types.FloorDiv(v, types.Second)
	case "MICROSECOND":
		return types.FloorMod(v, types.Second)
	case "MILLISECOND":
		return types.FloorMod(v, types.Second) / types.Millisecond
	case "SECOND":
		return types.FloorMod(v, types.Minute) / types.Second
	case "MINUTE":
		return types.FloorMod(v, types.Hour) / types.Minute
	case "HOUR":
		return types.FloorMod(v, types.Day) / types.Hour
	}
	if interval {
		if unit == "DAY" {
			return day
		}
		return 0
	}
	return extractDate(unit, day)
}

func extractDate(unit string, days int64) int64 {
	year, month, day := types.CivilFromDays(days)
	weekday := types.FloorMod(days+3, 7) // 0 is Monday
	switch unit {
	case "DAY":
		return int64(day)
	case "MONTH":
		return int64(month)
	case "QUARTER":
		return int64(month+2) / 3
	case "YEAR":
		return int64(year)
	case "DECADE":
		return types.FloorDiv(int64(year), 10)
	case "CENTURY":
		return types.FloorDiv(int64(year)+99, 100)
	case "DOW":
		return (weekday+1)%7 + 1 // Flink: Sunday is 1
	case "ISODOW":
		return weekday + 1
	case "DOY":
		return days - types.DaysFromCivil(year, 1, 1) + 1
	case "WEEK":
		return isoWeek(days, weekday)
	}
	return 0
}

// isoWeek returns the ISO 8601 week: the week of the Thursday.
func isoWeek(days, weekday int64) int64 {
	thursday := days - weekday + 3
	year, _, _ := types.CivilFromDays(thursday)
	return (thursday-types.DaysFromCivil(year, 1, 1))/7 + 1
}

// Truncate returns FLOOR(x TO unit), or CEIL(x TO unit) with up, of a date or timestamp.
func Truncate(up bool, arg Expr, unit string, span diag.Span) (Expr, error) {
	if err := checkUnit(unit, span); err != nil {
		return nil, err
	}
	t := arg.Type()
	name := "FLOOR"
	if up {
		name = "CEIL"
	}
	if size := timeUnits[unit]; size == 0 && unit != "MONTH" && unit != "QUARTER" && unit != "YEAR" {
		return nil, diag.Errorf(diag.Semantic, span, "%s TO does not take the unit %s", name, unit).
			WithHint("use SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR")
	}
	if !t.Kind.IsTimestamp() && t.Kind != types.Date {
		return nil, diag.Errorf(diag.Semantic, span, "%s TO does not take %s", name, t.Nullable()).WithHint("use it with a DATE or TIMESTAMP")
	}
	asTime := NewCast(arg, asTimestamp(t), false, true, span)
	truncated := unitCall(name, unit, asTime, asTimestamp(t), span, func(_ *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
		out := make([]int64, rows)
		for i, v := range batch.Values[int64](args[0]) {
			if t.Kind == types.TimestampLTZ {
				out[i] = types.FromWall(truncate(types.ToWall(v, c.Zone), unit, up), c.Zone)
			} else {
				out[i] = truncate(v, unit, up)
			}
		}
		return batch.NewFixed(out, nil), nil
	})
	return NewCast(truncated, t.Nullable(), false, true, span), nil
}

// AddMonths returns a timestamp moved by an interval of months, backwards with negative. A day that
// the month does not have becomes its last.
func AddMonths(time, months Expr, negative bool, span diag.Span) Expr {
	sign, f := int64(1), &Function{Name: "ADD_MONTHS", Infix: "+"}
	if negative {
		sign, f = -1, &Function{Name: "SUBTRACT_MONTHS", Infix: "-"}
	}
	return &Call{
		Function: f, Args: []Expr{time, months}, typ: time.Type().Required(), span: span,
		signature: &Signature{Kernel: func(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
			out := make([]int64, rows)
			for i, v := range batch.Values[int64](args[0]) {
				out[i] = addMonths(v, sign*int64(batch.Values[int32](args[1])[i]))
			}
			return batch.NewFixed(out, nil), nil
		}},
	}
}

func addMonths(v, months int64) int64 {
	days := types.FloorDiv(v, types.Day)
	year, month, day := types.CivilFromDays(days)
	total := int64(year)*12 + int64(month-1) + months
	first := types.DaysFromCivil(int(types.FloorDiv(total, 12)), int(types.FloorMod(total, 12))+1, 1)
	next := types.DaysFromCivil(int(types.FloorDiv(total+1, 12)), int(types.FloorMod(total+1, 12))+1, 1)
	return min(first+int64(day-1), next-1)*types.Day + v - days*types.Day
}

func truncate(v int64, unit string, up bool) int64 {
	low := truncateDown(v, unit)
	if !up || low == v {
		return low
	}
	if size := timeUnits[unit]; size > 0 {
		return low + size
	}
	const longest = 400 // days that are sure to reach into the next year, and no further
	switch unit {
	case "MONTH":
		return truncateDown(low+31*types.Day, unit)
	case "QUARTER":
		return truncateDown(low+92*types.Day, unit)
	}
	return truncateDown(low+longest*types.Day, "YEAR")
}

func truncateDown(v int64, unit string) int64 {
	days := types.FloorDiv(v, types.Day)
	year, month, _ := types.CivilFromDays(days)
	switch unit {
	case "WEEK": // weeks begin on Sunday, as Flink's do
		return (days - types.FloorMod(days+4, 7)) * types.Day
	case "MONTH":
		return types.DaysFromCivil(year, month, 1) * types.Day
	case "QUARTER":
		return types.DaysFromCivil(year, (month-1)/3*3+1, 1) * types.Day
	case "YEAR":
		return types.DaysFromCivil(year, 1, 1) * types.Day
	}
	return v - types.FloorMod(v, max(1, timeUnits[unit]))
}

// appendPattern appends a time in a pattern of Java's letters.
func appendPattern(dst []byte, micros int64, pattern string) ([]byte, error) {
	days := types.FloorDiv(micros, types.Day)
	rest := micros - days*types.Day
	year, month, day := types.CivilFromDays(days)
	for i := 0; i < len(pattern); {
		ch := pattern[i]
		if ch == '\'' {
			text, n, err := quoted(pattern[i:])
			if err != nil {
				return dst, err
			}
			dst = append(dst, text...)
			i += n
			continue
		}
		n := 1
		for i+n < len(pattern) && pattern[i+n] == ch {
			n++
		}
		i += n
		switch ch {
		case 'y', 'u':
			if n == 2 {
				dst = appendNumber(dst, int64(year%100), 2)
			} else {
				dst = appendNumber(dst, int64(year), n)
			}
		case 'M':
			dst = appendName(dst, time.Month(month).String(), int64(month), n)
		case 'E':
			dst = appendName(dst, time.Weekday(types.FloorMod(days+4, 7)).String(), 0, max(n, 3))
		case 'd':
			dst = appendNumber(dst, int64(day), n)
		case 'H':
			dst = appendNumber(dst, rest/types.Hour, n)
		case 'h':
			dst = appendNumber(dst, (rest/types.Hour+11)%12+1, n)
		case 'm':
			dst = appendNumber(dst, rest/types.Minute%60, n)
		case 's':
			dst = appendNumber(dst, rest/types.Second%60, n)
		case 'S':
			fraction := fmt.Sprintf("%06d000", rest%types.Second)
			dst = append(dst, fraction[:min(n, 9)]...)
		case 'a':
			dst = append(dst, [2]string{"AM", "PM"}[rest/(12*types.Hour)]...)
		case 'D':
			dst = appendNumber(dst, extractDate("DOY", days), n)
		default:
			if ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' {
				return dst, fmt.Errorf("letter %q has no meaning here", ch)
			}
			dst = append(dst, pattern[i-n:i]...)
		}
	}
	return dst, nil
}

// quoted reads a quoted part of a pattern. Two quotes are one, inside of it and alone.
func quoted(pattern string) (text string, length int, err error) {
	if strings.HasPrefix(pattern, "''") {
		return "'", 2, nil
	}
	for i := 1; i < len(pattern); i++ {
		quote := pattern[i] == '\''
		if quote && !strings.HasPrefix(pattern[i:], "''") {
			return text, i + 1, nil
		}
		text += pattern[i : i+1]
		if quote {
			i++
		}
	}
	return "", 0, fmt.Errorf("quote is not closed")
}

// appendName appends a month or a day of the week: one or two letters stand for the number, three for
// the short name, four for the whole.
func appendName(dst []byte, name string, number int64, letters int) []byte {
	switch {
	case letters < 3:
		return appendNumber(dst, number, letters)
	case letters == 3:
		return append(dst, name[:3]...)
	}
	return append(dst, name...)
}

func appendNumber(dst []byte, v int64, width int) []byte {
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], v, 10)
	for n := len(text); n < width; n++ {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}
