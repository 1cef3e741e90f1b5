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
				if t.Kind == types.Date {
					return repeat(int32(types.FloorDiv(at, types.Day)), rows), nil
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
		{
			Name: "DATE_FORMAT", Category: category, Doc: "A time as text in a pattern of letters as Java's: yyyy MM dd HH mm ss SSS, text in quotes.",
			Example: "DATE_FORMAT(TIMESTAMP '2001-02-03 04:05:06', 'yyyy/MM/dd HH:mm')", Result: "2001/02/03 04:05", CanFail: true,
			Signatures: []Signature{{Params: []Param{timeArg, textArg.named("pattern")}, Type: returns(types.String), Kernel: dateFormat}},
		},
		{
			Name: "TO_TIMESTAMP", Category: category, Doc: "The timestamp in a text, by default yyyy-MM-dd HH:mm:ss; NULL if the text does not fit.", Nullable: true,
			Example: "TO_TIMESTAMP('2001-02-03 04:05:06')", Result: "2001-02-03 04:05:06.000",
			Signatures: []Signature{{Params: []Param{textArg}, Type: returns(types.Timestamp3), Kernel: toTimestamp}},
		},
		{
			Name: "TO_TIMESTAMP_LTZ", Category: category, Doc: "The point in time given by a number since the epoch: seconds with precision 0, milliseconds with 3.",
			Example: "TO_TIMESTAMP_LTZ(1000, 3)", Result: "1970-01-01 00:00:01.000", CanFail: true,
			Signatures: []Signature{{Params: []Param{intArg.named("number"), intArg.named("precision")}, Optional: 1, Type: returns(types.TimestampLTZ3), Kernel: fromEpoch}},
		},
		{
			Name: "TO_DATE", Category: category, Doc: "The date in a text of the form yyyy-MM-dd; NULL if the text does not fit.", Example: "TO_DATE('2001-02-03')", Result: "2001-02-03",
			Signatures: []Signature{{Params: []Param{textArg}, Rewrite: func(args []Expr, span diag.Span) (Expr, error) {
				return NewCast(args[0], types.Of(types.Date), true, false, span), nil
			}}},
		},
		{
			Name: "UNIX_TIMESTAMP", Category: category, Doc: "The seconds since the epoch of a time.", Example: "UNIX_TIMESTAMP(TIMESTAMP '1970-01-01 00:01:00')", Result: "60",
			Signatures: []Signature{{Params: []Param{timeArg}, Type: returns(types.Of(types.BigInt)), Kernel: toFixed(func(_ *Context, args []batch.Column, row int) int64 {
				return types.FloorDiv(intAt(args, 0, row), types.Second)
			})}},
		},
	}
}

func toTimestamp(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	builder := &batch.FixedBuilder[int64]{}
	for i := range rows {
		micros, _, ok := types.ParseTimestamp(string(textAt(args, 0, i)))
		if !ok {
			builder.AppendNull()
			continue
		}
		builder.Append(types.TruncateMicros(micros, types.Timestamp3.Precision))
	}
	return builder.Finish(), nil
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
	for i := range rows {
		micros := intAt(args, 0, i)
		if zoned {
			micros = types.ToWall(micros, c.Zone)
		}
		var err error
		if text, err = appendPattern(text[:0], micros, string(textAt(args, 1, i))); err != nil {
			return nil, diag.Errorf(diag.BadData, call.span, "bad pattern %q: %w", textAt(args, 1, i), err)
		}
		builder.Append(text)
	}
	return builder.Finish(), nil
}
