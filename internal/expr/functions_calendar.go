package expr

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// calendarFunctions are the parts of times under names of their own, and what reads and writes times.
func calendarFunctions() []*Function {
	const category = "Temporal"
	part := func(name, unit, doc, result string) *Function {
		return &Function{
			Name: name, Category: category, Doc: doc, Example: name + "(TIMESTAMP '2024-02-29 10:20:30')", Result: result,
			Signatures: []Signature{{Params: []Param{{Name: "time", Accepts: hasParts}}, Rewrite: func(args []Expr, span diag.Span) (Expr, error) {
				if args[0].Type().Kind == types.Null {
					return NewLiteral(nil, types.Of(types.BigInt)), nil
				}
				return Extract(unit, args[0], span)
			}}},
		}
	}
	text := returns(types.String)
	return []*Function{
		part("YEAR", "YEAR", "The year of a date or time.", "2024"),
		part("QUARTER", "QUARTER", "The quarter of the year, from 1.", "1"),
		part("MONTH", "MONTH", "The month of the year, from 1.", "2"),
		part("WEEK", "WEEK", "The ISO week of the year, from 1.", "9"),
		part("DAYOFYEAR", "DOY", "The day of the year, from 1.", "60"),
		part("DAYOFMONTH", "DAY", "The day of the month, from 1.", "29"),
		part("DAYOFWEEK", "DOW", "The day of the week, from 1 for Sunday.", "5"),
		part("HOUR", "HOUR", "The hour of the day, from 0.", "10"),
		part("MINUTE", "MINUTE", "The minute of the hour, from 0.", "20"),
		part("SECOND", "SECOND", "The second of the minute, from 0.", "30"),
		unitFunction("DATE_PART", "A part of a date or time: 'year', 'month', 'hour' and the like, as in EXTRACT.", "DATE_PART('month', DATE '2024-02-29')", "2", Extract),
		unitFunction("DATE_TRUNC", "The start of the unit that a time is in: 'hour', 'day', 'week' (from Monday), 'month' and the like.", "DATE_TRUNC('month', TIMESTAMP '2024-02-29 10:20:30')", "2024-02-01 00:00:00",
			func(unit string, arg Expr, span diag.Span) (Expr, error) { return dateTrunc(unit, arg, span) }),
		{
			Name: "FROM_UNIXTIME", Category: category, Doc: "The time so many seconds after the epoch as a text, in the session time zone and in a pattern, yyyy-MM-dd HH:mm:ss unless given.",
			Example: "FROM_UNIXTIME(44)", Result: "1970-01-01 00:00:44", CanFail: true, Zoned: true,
			Signatures: []Signature{{Params: []Param{intArg.named("seconds"), textArg.named("pattern")}, Optional: 1, Type: text, Check: checkWrittenPattern(1), Kernel: fromUnixTime}},
		},
		{
			Name: "CONVERT_TZ", Category: category, Doc: "A time as a text (yyyy-MM-dd HH:mm:ss) in one time zone as a text in another; NULL if it is none.", Nullable: true, CanFail: true,
			Example: "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')", Result: "1969-12-31 16:00:00",
			Signatures: []Signature{{Params: []Param{textArg.named("time"), textArg.named("from"), textArg.named("to")}, Type: text, Kernel: convertZone}},
		},
	}
}

func hasParts(t types.Type) bool {
	return t.Kind.IsTimestamp() || t.Kind == types.Date || t.Kind == types.Time
}

// unitFunction makes a function whose first argument is a constant text that names a unit.
func unitFunction(name, doc, example, result string, build func(unit string, arg Expr, span diag.Span) (Expr, error)) *Function {
	return &Function{
		Name: name, Category: "Temporal", Doc: doc, Example: example, Result: result,
		Signatures: []Signature{{Params: []Param{textArg.named("unit"), {Name: "time", Accepts: hasParts}}, Rewrite: func(args []Expr, span diag.Span) (Expr, error) {
			unit, ok := Constant(args[0])
			switch {
			case !ok:
				return nil, diag.Errorf(diag.Semantic, span, "the unit of %s is no constant", name).WithHint("write it in quotes: 'hour'")
			case unit == nil || args[1].Type().Kind == types.Null:
				return NewLiteral(nil, types.Timestamp3), nil
			}
			return build(strings.ToUpper(unit.(string)), args[1], span)
		}}},
	}
}

// dateTrunc is FLOOR TO, but for weeks, which begin on Monday here as in Postgres.
func dateTrunc(unit string, arg Expr, span diag.Span) (Expr, error) {
	if unit != "WEEK" {
		return Truncate(false, arg, unit, span)
	}
	t := asTimestamp(arg.Type())
	day := NewLiteral(types.Day, types.Of(types.IntervalSecond).Required())
	earlier := NewArithmetic(Subtract, NewCast(arg, t.Nullable(), false, true, span), day, t, span)
	sunday, err := Truncate(false, earlier, unit, span)
	if err != nil {
		return nil, err
	}
	return NewArithmetic(Add, sunday, day, t, span), nil
}

const usualPattern = "yyyy-MM-dd HH:mm:ss"

// checkWrittenPattern returns a Check that rejects a constant pattern, at the position, that no time can be
// written in.
func checkWrittenPattern(position int) func(args []Expr, span diag.Span) error {
	return func(args []Expr, span diag.Span) error {
		if len(args) <= position {
			return nil
		}
		pattern, ok := Constant(args[position])
		if !ok || pattern == nil {
			return nil
		}
		if _, err := appendPattern(nil, 0, pattern.(string)); err != nil {
			return diag.Errorf(diag.Semantic, span, "bad pattern %q: %w", pattern, err)
		}
		return nil
	}
}

// checkReadPattern is the same for patterns that times are read in.
func checkReadPattern(args []Expr, span diag.Span) error {
	if len(args) < 2 {
		return nil
	}
	pattern, ok := Constant(args[1])
	if !ok || pattern == nil {
		return nil
	}
	if _, err := compileTimePattern(pattern.(string)); err != nil {
		return diag.Errorf(diag.Semantic, span, "bad pattern %q: %w", pattern, err)
	}
	return nil
}

// farthest is how many seconds from the epoch a time can be, with room for any time zone.
const farthest = math.MaxInt64/types.Second - types.Day/types.Second

func fromUnixTime(call *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
	var builder batch.BytesBuilder
	var text []byte
	for row := range rows {
		seconds, pattern := intAt(args, 0, row), usualPattern
		if len(args) > 1 {
			pattern = string(textAt(args, 1, row))
		}
		if seconds > farthest || seconds < -farthest {
			return nil, runtimeError(call.span, "%d is too far from the epoch", seconds)
		}
		var err error
		if text, err = appendPattern(text[:0], types.ToWall(seconds*types.Second, c.Zone), pattern); err != nil {
			return nil, diag.Errorf(diag.BadData, call.span, "bad pattern %q: %w", pattern, err)
		}
		builder.Append(text)
	}
	return builder.Finish(), nil
}

func convertZone(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	var builder batch.BytesBuilder
	var zones [2]*time.Location
	var names [2]string
	var text []byte
	for row := range rows {
		for i := range zones {
			if name := textAt(args, i+1, row); zones[i] == nil || names[i] != string(name) {
				zone, err := time.LoadLocation(string(name))
				if err != nil || len(name) == 0 {
					return nil, runtimeError(call.span, "there is no time zone %q", name).WithHint("use a name such as Europe/Zurich, or UTC")
				}
				zones[i], names[i] = zone, string(name)
			}
		}
		wall, zoned, ok := types.ParseTimestamp(string(textAt(args, 0, row)))
		if !ok || zoned {
			builder.AppendNull()
			continue
		}
		text = types.AppendTimestamp(text[:0], types.ToWall(types.FromWall(wall, zones[0]), zones[1]), 0, ' ')
		builder.Append(text)
	}
	return builder.Finish(), nil
}

// parseTimes makes a kernel that reads texts as times: with a pattern as second argument in it, otherwise
// as plain does. put appends the time; what does not fit becomes NULL.
func parseTimes[B batch.Builder](newBuilder func() B, plain func(text string) (int64, bool), put func(b B, c *Context, wall int64)) kernel {
	return func(call *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
		builder := newBuilder()
		pattern, _ := call.compiled.Load().(*timePattern)
		for row := range rows {
			text := string(textAt(args, 0, row))
			var wall int64
			var ok bool
			if len(args) < 2 {
				wall, ok = plain(text)
			} else {
				if want := textAt(args, 1, row); pattern == nil || pattern.text != string(want) {
					var err error
					if pattern, err = compileTimePattern(string(want)); err != nil {
						return nil, diag.Errorf(diag.BadData, call.span, "bad pattern %q: %w", want, err)
					}
					call.compiled.Store(pattern)
				}
				wall, ok = pattern.parse(text)
			}
			if ok {
				put(builder, c, wall)
			} else {
				builder.AppendNull()
			}
		}
		return builder.Finish(), nil
	}
}

// plainTime reads a timestamp in the usual form, without an offset's effect.
func plainTime(text string) (int64, bool) {
	micros, _, ok := types.ParseTimestamp(strings.TrimSpace(text))
	return micros, ok
}

func putDay(b *batch.FixedBuilder[int32], _ *Context, wall int64) {
	b.Append(int32(types.FloorDiv(wall, types.Day)))
}

func putWall(b *batch.FixedBuilder[int64], _ *Context, wall int64) {
	b.Append(types.TruncateMicros(wall, types.Timestamp3.Precision))
}

func putInstant(b *batch.FixedBuilder[int64], c *Context, wall int64) {
	b.Append(types.TruncateMicros(types.FromWall(wall, c.Zone), types.TimestampLTZ3.Precision))
}

func putSeconds(b *batch.FixedBuilder[int64], c *Context, wall int64) {
	b.Append(types.FloorDiv(types.FromWall(wall, c.Zone), types.Second))
}

func newDays() *batch.FixedBuilder[int32] { return &batch.FixedBuilder[int32]{} }

func newTimes() *batch.FixedBuilder[int64] { return &batch.FixedBuilder[int64]{} }

// TimestampAdd returns TIMESTAMPADD(unit, n, time): a time moved by n units.
func TimestampAdd(unit string, n, at Expr, span diag.Span) (Expr, error) {
	unit, err := shiftUnit("TIMESTAMPADD", unit, span)
	if err != nil {
		return nil, err
	}
	t := at.Type()
	if t.Kind == types.Null {
		return NewLiteral(nil, types.Timestamp3), nil
	}
	if !n.Type().Kind.IsInteger() && n.Type().Kind != types.Null || !t.Kind.IsTimestamp() && t.Kind != types.Date {
		return nil, diag.Errorf(diag.Semantic, span, "TIMESTAMPADD does not take (%s, %s)", n.Type().Nullable(), t.Nullable()).
			WithHint("use TIMESTAMPADD(unit, n, time)")
	}
	if months := unitMonths[unit]; months > 0 {
		count := NewCast(n, types.Of(types.Int), false, true, span)
		one := NewLiteral(int32(months), types.Of(types.IntervalMonth).Required())
		moved := AddMonths(NewCast(at, asTimestamp(t).Nullable(), false, true, span), NewArithmetic(Multiply, one, count, types.Of(types.IntervalMonth), span), false, span)
		return NewCast(moved, t.Nullable(), false, true, span), nil
	}
	out := asTimestamp(t)
	one := NewLiteral(timeUnits[unit], types.Of(types.IntervalSecond).Required())
	length := NewArithmetic(Multiply, one, NewCast(n, types.Of(types.BigInt), false, true, span), types.Of(types.IntervalSecond), span)
	moved := NewArithmetic(Add, NewCast(at, out.Nullable(), false, true, span), length, out, span)
	if t.Kind == types.Date && timeUnits[unit]%types.Day == 0 {
		return NewCast(moved, t.Nullable(), false, true, span), nil
	}
	return moved, nil
}

// unitMonths are the units that are months.
var unitMonths = map[string]int64{"MONTH": 1, "QUARTER": 3, "YEAR": 12}

// shiftUnit returns the unit that times are moved and counted by; SQL_TSI_DAY is DAY.
func shiftUnit(function, unit string, span diag.Span) (string, error) {
	unit = strings.TrimPrefix(unit, "SQL_TSI_")
	if slices.Contains([]string{"MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}, unit) {
		return unit, nil
	}
	return "", diag.Errorf(diag.Semantic, span, "%s does not take the unit %q", function, unit).WithHint("use SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER or YEAR")
}

// TimestampDiff returns TIMESTAMPDIFF(unit, from, to): how many whole units there are between two times.
func TimestampDiff(unit string, from, to Expr, span diag.Span) (Expr, error) {
	unit, err := shiftUnit("TIMESTAMPDIFF", unit, span)
	if err != nil {
		return nil, err
	}
	if from.Type().Kind == types.Null || to.Type().Kind == types.Null {
		return NewLiteral(nil, types.Of(types.Int)), nil
	}
	sides, t, err := Unify([]Expr{from, to}, span)
	if err != nil || !t.Kind.IsTimestamp() && t.Kind != types.Date {
		return nil, diag.Errorf(diag.Semantic, span, "TIMESTAMPDIFF does not take (%s, %s)", from.Type().Nullable(), to.Type().Nullable()).
			WithHint("use TIMESTAMPDIFF(unit, from, to) with dates or timestamps")
	}
	for i, side := range sides {
		sides[i] = NewCast(side, asTimestamp(t).Nullable(), false, true, span)
	}
	zoned := t.Kind == types.TimestampLTZ
	call := unitCall("TIMESTAMPDIFF", unit, sides[0], types.Of(types.Int), span, func(_ *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
		out := make([]int32, rows)
		for i := range out {
			a, b := intAt(args, 0, i), intAt(args, 1, i)
			if zoned && unitMonths[unit] > 0 {
				a, b = types.ToWall(a, c.Zone), types.ToWall(b, c.Zone)
			}
			out[i] = int32(unitsBetween(unit, a, b))
		}
		return batch.NewFixed(out, nil), nil
	}).(*unitExpr)
	call.Args = sides
	return call, nil
}

// unitsBetween counts whole units from a to b; negative if b is before a.
func unitsBetween(unit string, a, b int64) int64 {
	months := unitMonths[unit]
	if months == 0 {
		return (b - a) / timeUnits[unit]
	}
	if b < a {
		return -unitsBetween(unit, b, a)
	}
	fromYear, fromMonth, _ := types.CivilFromDays(types.FloorDiv(a, types.Day))
	toYear, toMonth, _ := types.CivilFromDays(types.FloorDiv(b, types.Day))
	n := int64(toYear-fromYear)*12 + int64(toMonth-fromMonth)
	if addMonths(a, n) > b {
		n--
	}
	return n / months
}
