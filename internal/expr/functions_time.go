package expr

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

const proctime = "PROCTIME"

// IsProctime reports whether e is a call of PROCTIME().
func IsProctime(e Expr) bool {
	call, ok := e.(*Call)
	return ok && call.Function.Name == proctime
}

func timeFunctions() []*Function {
	const category = "Temporal"
	now := func(name, doc string, t types.Type, aliases ...string) *Function {
		return &Function{
			Name: name, Aliases: aliases, Category: category, Doc: doc, Volatile: true,
			Signatures: []Signature{{Type: returns(t), Kernel: func(_ *Call, c *Context, _ []batch.Column, rows int) (batch.Column, error) {
				at := c.Now
				if t.Kind != types.TimestampLTZ {
					at = types.ToWall(at, c.Zone)
				}
				switch t.Kind { //nolint:exhaustive // the rest are timestamps
				case types.Date:
					return repeat(int32(types.FloorDiv(at, types.Day)), rows), nil
				case types.Time:
					at = types.FloorMod(at, types.Day)
				}
				return repeat(types.TruncateMicros(at, t.Precision), rows), nil
			}}},
		}
	}
	return []*Function{
		now("CURRENT_TIMESTAMP", "The time at which the row is processed.", types.TimestampLTZ3, "NOW", "CURRENT_ROW_TIMESTAMP"),
		now(proctime, "The time at which the row is processed, as an attribute that windows can be made over.", types.TimestampLTZ3),
		now("LOCALTIMESTAMP", "The time at which the row is processed, as the clock in the session time zone shows it.", types.Timestamp3),
		now("CURRENT_DATE", "The date in the session time zone when the row is processed.", types.Of(types.Date)),
		now("LOCALTIME", "The time of day in the session time zone when the row is processed.", types.Of(types.Time), "CURRENT_TIME"),
		{
			Name: "CURRENT_WATERMARK", Category: category, Doc: "The watermark that the operator has when the row is processed; NULL before the first.", Volatile: true, Nullable: true,
			Signatures: []Signature{{Params: []Param{{Name: "rowtime", Accepts: func(t types.Type) bool { return t.Kind.IsTimestamp() }, As: asTimestamp, TakesNull: true}}, Type: firstType, Kernel: currentWatermark}},
		},
		{
			Name: "DATE_FORMAT", Category: category, Doc: "A time as text in a pattern of letters as Java's: yyyy MM dd HH mm ss SSS, text in quotes.",
			Example: "DATE_FORMAT(TIMESTAMP '2001-02-03 04:05:06', 'yyyy/MM/dd HH:mm')", Result: "2001/02/03 04:05", CanFail: true,
			Signatures: []Signature{
				{Params: []Param{timeArg, textArg.named("pattern")}, Type: returns(types.String), Check: checkWrittenPattern(1), Kernel: dateFormat},
				{Params: []Param{timeText, textArg.named("pattern")}, Type: returns(types.String), Check: checkWrittenPattern(1), Kernel: dateFormat},
			},
		},
		{
			Name: "TO_TIMESTAMP", Category: category, Doc: "The timestamp in a text, in a pattern of Java's letters or else yyyy-MM-dd HH:mm:ss; NULL if the text does not fit.", Nullable: true, CanFail: true,
			Example: "TO_TIMESTAMP('03.02.2001 04:05', 'dd.MM.yyyy HH:mm')", Result: "2001-02-03 04:05:00.000",
			Signatures: []Signature{{Params: []Param{textArg, textArg.named("pattern")}, Optional: 1, Type: returns(types.Timestamp3), Check: checkReadPattern, Kernel: parseTimes(newTimes, plainTime, putWall)}},
		},
		{
			Name: "TO_TIMESTAMP_LTZ", Category: category, Doc: "The point in time given by a number since the epoch, seconds with precision 0 and milliseconds with 3, or by a text in the session time zone, as in TO_TIMESTAMP.",
			Example: "TO_TIMESTAMP_LTZ(1000, 3)", Result: "1970-01-01 00:00:01.000", CanFail: true, Nullable: true,
			Signatures: []Signature{
				{Params: []Param{intArg.named("number"), intArg.named("precision")}, Optional: 1, Type: returns(types.TimestampLTZ3), Kernel: fromEpoch},
				{Params: []Param{textArg, textArg.named("pattern")}, Optional: 1, Type: returns(types.TimestampLTZ3), Check: checkReadPattern, Kernel: parseTimes(newTimes, plainTime, putInstant)},
			},
		},
		{
			Name: "TO_DATE", Category: category, Doc: "The date in a text, in a pattern of Java's letters or else yyyy-MM-dd; NULL if the text does not fit.", Example: "TO_DATE('3.2.2001', 'd.M.yyyy')", Result: "2001-02-03",
			Nullable: true, CanFail: true,
			Signatures: []Signature{
				{Params: []Param{textArg}, Rewrite: func(args []Expr, span diag.Span) (Expr, error) {
					return NewCast(args[0], types.Of(types.Date), true, false, span), nil
				}},
				{Params: []Param{textArg, textArg.named("pattern")}, Type: returns(types.Of(types.Date)), Check: checkReadPattern, Kernel: parseTimes(newDays, plainTime, putDay)},
			},
		},
		{
			Name: "UNIX_TIMESTAMP", Category: category, Doc: "The seconds since the epoch: when the row is processed, of a time, or of a text in the session time zone, as in TO_TIMESTAMP.",
			Example: "UNIX_TIMESTAMP(TIMESTAMP '1970-01-01 00:01:00')", Result: "60", Nullable: true, CanFail: true, Volatile: true, Zoned: true,
			Signatures: []Signature{
				{Type: returns(types.Of(types.BigInt)), Kernel: func(_ *Call, c *Context, _ []batch.Column, rows int) (batch.Column, error) {
					return repeat(types.FloorDiv(c.Now, types.Second), rows), nil
				}},
				{Params: []Param{timeArg}, Type: returns(types.Of(types.BigInt)), Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int64 {
					return types.FloorDiv(intAt(args, 0, row), types.Second)
				})},
				{Params: []Param{textArg, textArg.named("pattern")}, Optional: 1, Type: returns(types.Of(types.BigInt)), Check: checkReadPattern, Kernel: parseTimes(newTimes, plainTime, putSeconds)},
			},
		},
	}
}

// timeText takes texts in the place of times.
var timeText = Param{Name: "text", Accepts: textArg.Accepts, As: fixedType(types.Type{Kind: types.Timestamp, Precision: types.MaxTimePrecision})}

func currentWatermark(call *Call, c *Context, _ []batch.Column, rows int) (batch.Column, error) {
	if !c.HasWatermark {
		return nulls(call.typ, rows), nil
	}
	return repeat(types.TruncateMicros(c.Watermark, call.typ.Precision), rows), nil
}

// fromEpoch reads seconds or milliseconds since the epoch.
func fromEpoch(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	out := make([]int64, rows)
	for i, v := range batch.Values[int64](args[0]) {
		unit := types.Millisecond
		if len(args) > 1 {
			switch precision := intAt(args, 1, i); precision {
			case 0:
				unit = types.Second
			case 3:
			default:
				return nil, runtimeError(call.span, "TO_TIMESTAMP_LTZ does not know the precision %d: use 0 for seconds or 3 for milliseconds", precision)
			}
		}
		if out[i] = v * unit; out[i]/unit != v {
			return nil, runtimeError(call.span, "%d is too far from the epoch for a TIMESTAMP_LTZ", v)
		}
	}
	return batch.NewFixed(out, nil), nil
}

func dateFormat(call *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
	var builder batch.BytesBuilder
	var text []byte
	zoned := call.Args[0].Type().Kind == types.TimestampLTZ
	pattern := ""
	for i := range rows {
		if given := textAt(args, 1, i); string(given) != pattern {
			pattern = string(given)
		}
		micros := intAt(args, 0, i)
		if zoned {
			micros = types.ToWall(micros, c.Zone)
		}
		var err error
		if text, err = appendPattern(text[:0], micros, pattern); err != nil {
			return nil, diag.Errorf(diag.BadData, call.span, "bad pattern %q: %w", pattern, err)
		}
		builder.Append(text)
	}
	return builder.Finish(), nil
}
