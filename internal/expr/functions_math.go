package expr

import (
	"math"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

func moreNumberFunctions() []*Function {
	const category = "Arithmetic"
	double := types.Of(types.Double)
	ofReal := func(name, doc, example, result string, f func(float64) float64) *Function {
		return &Function{
			Name: name, Category: category, Doc: doc, Example: example, Result: result,
			Signatures: []Signature{{Params: []Param{realArg}, Type: returns(double), Kernel: realToReal(f)}},
		}
	}
	constant := func(name, doc, example, result string, value float64) *Function {
		return &Function{
			Name: name, Category: category, Doc: doc, Example: example, Result: result,
			Signatures: []Signature{{Rewrite: func([]Expr, diag.Span) (Expr, error) { return NewLiteral(value, double.Required()), nil }}},
		}
	}
	of2 := func(name, doc, example, result string, first, second Param, f func(a, b float64) float64) *Function {
		return &Function{
			Name: name, Category: category, Doc: doc, Example: example, Result: result,
			Signatures: []Signature{{Params: []Param{first, second}, Type: returns(double), Kernel: toFixed(func(_ *Context, args []batch.Column, row int) float64 {
				return f(batch.Values[float64](args[0])[row], batch.Values[float64](args[1])[row])
			})}},
		}
	}
	log := of2("LOG", "The natural logarithm, or that to a base.", "LOG(2, 8)", "3.0", realArg.named("base"), realArg, func(base, v float64) float64 { return math.Log(v) / math.Log(base) })
	log.Signatures = append(log.Signatures, Signature{Params: []Param{realArg}, Type: returns(double), Kernel: realToReal(math.Log)})
	return []*Function{
		log,
		ofReal("ASIN", "The angle in radians with this sine.", "ASIN(0)", "0.0", math.Asin),
		ofReal("ACOS", "The angle in radians with this cosine.", "ACOS(1)", "0.0", math.Acos),
		ofReal("ATAN", "The angle in radians with this tangent.", "ATAN(0)", "0.0", math.Atan),
		of2("ATAN2", "The angle in radians of the point (x, y).", "ATAN2(0, 1)", "0.0", realArg.named("y"), realArg.named("x"), math.Atan2),
		ofReal("SINH", "The hyperbolic sine.", "SINH(0)", "0.0", math.Sinh),
		ofReal("COSH", "The hyperbolic cosine.", "COSH(0)", "1.0", math.Cosh),
		ofReal("TANH", "The hyperbolic tangent.", "TANH(0)", "0.0", math.Tanh),
		ofReal("COT", "The cotangent of an angle in radians.", "ROUND(COT(1), 3)", "0.642", func(v float64) float64 { return 1 / math.Tan(v) }),
		ofReal("CBRT", "The cube root.", "CBRT(27)", "3.0", math.Cbrt),
		constant("PI", "The number π.", "PI()", "3.141592653589793", math.Pi),
		constant("E", "The base of the natural logarithm.", "E()", "2.718281828459045", math.E),
	}
}

// conversionFunctions are about types. Those with syntax of their own are made by the binder.
func conversionFunctions() []*Function {
	const category = "Type conversion"
	return []*Function{
		{Name: "CAST", Category: category, Doc: "The value as a value of another type; one that has no counterpart there is an error.", Example: "CAST('42' AS INT)", Result: "42", Syntax: []string{"CAST(value AS type)", "value::type"}},
		{Name: "TRY_CAST", Category: category, Doc: "The value as a value of another type; NULL if it has no counterpart there.", Example: "TRY_CAST('x' AS INT)", Result: "NULL", Syntax: []string{"TRY_CAST(value AS type)"}},
		{
			Name: "TYPEOF", Category: category, Doc: "The name of the type that an expression has.", Example: "TYPEOF(1 + 2.5)", Result: "DECIMAL(12, 1) NOT NULL",
			Signatures: []Signature{{Params: []Param{elementArg.named("value")}, Rewrite: func(args []Expr, _ diag.Span) (Expr, error) {
				return NewLiteral(args[0].Type().String(), types.String.Required()), nil
			}}},
		},
	}
}

// syntaxFunctions are the functions with syntax of their own that the binder makes.
func syntaxFunctions() []*Function {
	return []*Function{
		{Name: "EXTRACT", Category: "Temporal", Doc: "A part of a date, time, timestamp or interval; EPOCH is the seconds since the epoch, or of an interval.", Example: "EXTRACT(EPOCH FROM INTERVAL '90' MINUTE)", Result: "5400", Syntax: []string{"EXTRACT(unit FROM time)"}},
		{Name: "FLOOR", Category: "Temporal", Doc: "The next lower whole number, or the start of the unit that a time is in; weeks begin on Sunday.", Example: "FLOOR(TIMESTAMP '2024-02-29 10:20:30' TO HOUR)", Result: "2024-02-29 10:00:00", Syntax: []string{"FLOOR(number)", "FLOOR(time TO unit)"}},
		{Name: "CEIL", Aliases: []string{"CEILING"}, Category: "Temporal", Doc: "The next higher whole number, or the end of the unit that a time is in.", Example: "CEIL(1.2)", Result: "2", Syntax: []string{"CEIL(number)", "CEIL(time TO unit)"}},
		{Name: "TIMESTAMPADD", Category: "Temporal", Doc: "The time moved by n units.", Example: "TIMESTAMPADD(MONTH, 1, DATE '2024-01-31')", Result: "2024-02-29", Syntax: []string{"TIMESTAMPADD(unit, n, time)"}},
		{Name: "TIMESTAMPDIFF", Category: "Temporal", Doc: "How many whole units there are from one time to another.", Example: "TIMESTAMPDIFF(DAY, TIMESTAMP '2024-02-28 12:00:00', TIMESTAMP '2024-03-01 00:00:00')", Result: "1", Syntax: []string{"TIMESTAMPDIFF(unit, from, to)"}},
	}
}
