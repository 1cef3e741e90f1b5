package expr

import (
	"math"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

func numberFunctions() []*Function {
	double := returns(types.Of(types.Double))
	ofReal := func(name, doc, example, result string, f func(float64) float64) *Function {
		return &Function{
			Name: name, Category: "Arithmetic", Doc: doc, Example: example, Result: result,
			Signatures: []Signature{{Params: []Param{realArg}, Type: double, Kernel: realToReal(f)}},
		}
	}
	return []*Function{
		{
			Name: "ABS", Category: "Arithmetic", Doc: "The absolute value.", Example: "ABS(-3)", Result: "3",
			Signatures: []Signature{{Params: []Param{{Name: "number", Accepts: isNumber}}, Rewrite: abs}},
		},
		{
			Name: "MOD", Category: "Arithmetic", Doc: "The remainder of a division, with the sign of the first argument.", Example: "MOD(-7, 3)", Result: "-1",
			Signatures: []Signature{{Params: []Param{{Name: "number", Accepts: isNumber}, {Name: "divisor", Accepts: isNumber}}, Rewrite: func(args []Expr, span diag.Span) (Expr, error) {
				sides, t, err := Unify(args, span)
				if err != nil || t.Kind == types.Null {
					return args[0], err
				}
				if t.Kind == types.Decimal { // each with its own scale, as %
					for i, arg := range args {
						if arg.Type().Kind != types.Null {
							sides[i] = NewCast(arg, types.AsDecimal(arg.Type()), false, true, span)
						}
					}
					t = DecimalType(Modulo, sides[0].Type(), sides[1].Type())
				}
				return NewArithmetic(Modulo, sides[0], sides[1], t, span), nil
			}}},
		},
		{
			Name: "ROUND", Category: "Arithmetic", Doc: "The number rounded half away from zero to a number of decimal places (0 unless given).", Example: "ROUND(2.345, 2)", Result: "2.35",
			Signatures: []Signature{
				{Params: []Param{wholeArg}, Type: firstType, Kernel: identity},
				{Params: []Param{decimalArg, intArg.named("places")}, Optional: 1, Rewrite: decimalPlacesOf("ROUND", types.Decimal128.Rescale)},
				{Params: []Param{realArg, intArg.named("places")}, Optional: 1, Type: double, Kernel: toFixed(roundAt)},
			},
		},
		{
			Name: "TRUNCATE", Category: "Arithmetic", Doc: "The number cut towards zero to a number of decimal places (0 unless given).", Example: "TRUNCATE(2.349, 2)", Result: "2.34",
			Signatures: []Signature{
				{Params: []Param{wholeArg}, Type: firstType, Kernel: identity},
				{Params: []Param{decimalArg, intArg.named("places")}, Optional: 1, Rewrite: decimalPlacesOf("TRUNCATE", cutTo)},
				{Params: []Param{realArg, intArg.named("places")}, Optional: 1, Type: double, Kernel: toFixed(truncateAt)},
			},
		},
		{
			Name: "POWER", Aliases: []string{"POW"}, Category: "Arithmetic", Doc: "The first argument raised to the second.", Example: "POWER(2, 10)", Result: "1024.0",
			Signatures: []Signature{{Params: []Param{realArg, realArg.named("exponent")}, Type: double, Kernel: toFixed(func(_ *Context, args []batch.Column, row int) float64 {
				return math.Pow(batch.Values[float64](args[0])[row], batch.Values[float64](args[1])[row])
			})}},
		},
		{
			Name: "SIGN", Category: "Arithmetic", Doc: "-1, 0 or 1 with the sign of the number.", Example: "SIGN(-2.5)", Result: "-1.0",
			Signatures: []Signature{
				{Params: []Param{decimalArg}, Type: firstType, Kernel: decimalSign},
				{Params: []Param{realArg}, Type: double, Kernel: realToReal(sign)},
			},
		},
		ofReal("SQRT", "The square root.", "SQRT(16)", "4.0", math.Sqrt),
		ofReal("EXP", "e raised to the number.", "EXP(0)", "1.0", math.Exp),
		ofReal("LN", "The natural logarithm.", "LN(1)", "0.0", math.Log),
		ofReal("LOG10", "The logarithm to base 10.", "LOG10(1000)", "3.0", math.Log10),
		ofReal("LOG2", "The logarithm to base 2.", "LOG2(8)", "3.0", math.Log2),
		ofReal("SIN", "The sine of an angle in radians.", "SIN(0)", "0.0", math.Sin),
		ofReal("COS", "The cosine of an angle in radians.", "COS(0)", "1.0", math.Cos),
		ofReal("TAN", "The tangent of an angle in radians.", "TAN(0)", "0.0", math.Tan),
		ofReal("RADIANS", "An angle in degrees as radians.", "RADIANS(0)", "0.0", func(v float64) float64 { return v / 180 * math.Pi }),
		ofReal("DEGREES", "An angle in radians as degrees.", "DEGREES(0)", "0.0", func(v float64) float64 { return v / math.Pi * 180 }),
	}
}

func isNumber(t types.Type) bool { return t.Kind.IsNumeric() }

func identity(_ *Call, _ *Context, args []batch.Column, _ int) (batch.Column, error) {
	return args[0], nil
}

func abs(args []Expr, span diag.Span) (Expr, error) {
	if args[0].Type().Kind == types.Null {
		return args[0], nil
	}
	zero := NewCast(NewLiteral(int32(0), types.Of(types.Int)), args[0].Type().Nullable(), false, true, span)
	negated := NewArithmetic(Subtract, zero, args[0], args[0].Type(), span)
	return NewCase([]Expr{NewCompare(Lt, args[0], zero)}, []Expr{negated}, args[0], args[0].Type()), nil
}

// FloorCeil returns FLOOR(x) or CEIL(x) of a number: integers stay as they are.
func FloorCeil(name string, arg Expr, span diag.Span) (Expr, error) {
	if !arg.Type().Kind.IsNumeric() {
		return nil, diag.Errorf(diag.Semantic, span, "%s does not take %s", name, arg.Type().Nullable()).
			WithHint("use %s(number) or %s(time TO unit)", name, name)
	}
	if arg.Type().Kind.IsInteger() {
		return arg, nil
	}
	if arg.Type().Kind == types.Decimal {
		return decimalFloorCeil(name, arg, span), nil
	}
	f := math.Floor
	if name != "FLOOR" {
		f = math.Ceil
	}
	double := &Call{
		Function: &Function{Name: name}, Args: []Expr{NewCast(arg, types.Of(types.Double), false, true, span)}, typ: types.Of(types.Double).Required(), span: span,
		signature: &Signature{Kernel: realToReal(f)},
	}
	return NewCast(double, arg.Type().Nullable(), false, true, span), nil // back to FLOAT, which has every whole part of a FLOAT
}

func placesAt(args []batch.Column, row int) int {
	if len(args) < 2 {
		return 0
	}
	return int(min(max(intAt(args, 1, row), -400), 400))
}

func roundAt(_ *Context, args []batch.Column, row int) float64 {
	return decimalPlaces(batch.Values[float64](args[0])[row], placesAt(args, row), true)
}

func truncateAt(_ *Context, args []batch.Column, row int) float64 {
	return decimalPlaces(batch.Values[float64](args[0])[row], placesAt(args, row), false)
}

// decimalPlaces cuts a number after so many decimal places, or rounds it half away from zero. It
// works on the decimal text, so that 2.345, which is a little less in binary, becomes 2.35.
func decimalPlaces(v float64, places int, round bool) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	text := strconv.FormatFloat(math.Abs(v), 'e', -1, 64) // d.ddde+00
	mantissa, exponent, _ := strings.Cut(text, "e")
	digits := strings.Replace(mantissa, ".", "", 1)
	point, _ := strconv.Atoi(exponent) // always a number: strconv wrote it
	keep := point + 1 + places
	switch {
	case keep >= len(digits):
		return v
	case keep < 0:
		return math.Copysign(0, v)
	}
	kept, _ := strconv.ParseUint("0"+digits[:keep], 10, 64) // 17 digits at most
	if round && digits[keep] >= '5' {
		kept++
	}
	result, _ := strconv.ParseFloat(strconv.FormatUint(kept, 10)+"e"+strconv.Itoa(-places), 64)
	return math.Copysign(result, v)
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}
