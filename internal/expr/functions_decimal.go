package expr

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// decimalArg takes DECIMALs as they are; a bare NULL becomes one.
var decimalArg = Param{
	Name: "number", Accepts: func(t types.Type) bool { return t.Kind == types.Decimal },
	As: func(t types.Type) types.Type {
		if t.Kind == types.Null {
			return types.DecimalOf(1, 0)
		}
		return t
	},
}

// decimalCall returns a call that computes one DECIMAL of type t from each, the argument's scale given;
// what does not fit in t is an error.
func decimalCall(f *Function, arg Expr, t types.Type, span diag.Span, compute func(v types.Decimal128, scale int) (types.Decimal128, bool)) Expr {
	scale := arg.Type().Scale
	kernel := func(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		out := make([]types.Decimal128, rows)
		for i, v := range batch.Values[types.Decimal128](args[0]) {
			var ok bool
			if out[i], ok = compute(v, scale); (!ok || !out[i].Fits(t.Precision)) && args[0].Valid().Get(i) {
				return nil, runtimeError(span, "%s(%s) does not fit in %s", f.Name, types.AppendDecimal(nil, v, scale), t.Nullable())
			}
		}
		return batch.NewFixed(out, nil), nil
	}
	return &Call{Function: f, Args: []Expr{arg}, typ: t.Required(), span: span, signature: &Signature{Kernel: kernel}}
}

// decimalPlacesOf makes ROUND and TRUNCATE of a DECIMAL, whose type depends on how many places stay.
func decimalPlacesOf(name string, cut func(v types.Decimal128, from, to int) (types.Decimal128, bool)) func([]Expr, diag.Span) (Expr, error) {
	return func(args []Expr, span diag.Span) (Expr, error) {
		places := int64(0)
		if len(args) > 1 {
			value, ok := Constant(args[1])
			if ok && value == nil {
				return NewLiteral(nil, args[0].Type()), nil
			}
			if !ok {
				return nil, diag.Errorf(diag.Semantic, span, "the places of %s of a DECIMAL are no constant", name).
					WithHint("write a number, or CAST the argument to DOUBLE")
			}
			places = value.(int64)
		}
		arg := args[0]
		t := arg.Type()
		if places >= int64(t.Scale) {
			return arg, nil
		}
		places = max(places, -types.MaxDecimalPrecision)
		keep := int(places)
		out := types.DecimalOf(min(types.MaxDecimalPrecision, 1+t.Precision-t.Scale+max(keep, 0)), max(keep, 0))
		f := &Function{Name: name, CanFail: true}
		call := decimalCall(f, arg, out, span, func(v types.Decimal128, scale int) (types.Decimal128, bool) {
			if keep >= 0 {
				return cut(v, scale, keep)
			}
			whole, ok := cut(v, scale-keep, 0) // in units of 10^-keep
			if !ok {
				return whole, false
			}
			return whole.Rescale(0, -keep)
		})
		return &placesExpr{Call: call.(*Call), places: keep}, nil
	}
}

// placesExpr is ROUND or TRUNCATE of a DECIMAL.
type placesExpr struct {
	*Call
	places int
}

// WithChildren returns the call on another argument.
func (e *placesExpr) WithChildren(c []Expr) Expr {
	return &placesExpr{Call: e.Call.WithChildren(c).(*Call), places: e.places}
}

// String is the call as SQL writes it.
func (e *placesExpr) String() string {
	written := Call{Function: e.Function, Args: append(e.Args[:1:1], NewLiteral(int32(e.places), types.Of(types.Int)))}
	return written.String()
}

func (e *placesExpr) head() any { return [2]any{e.Function.Name, e.places} }

// cutTo returns v, which has the scale from, cut towards zero to the scale to, which is not larger.
func cutTo(v types.Decimal128, from, to int) (types.Decimal128, bool) {
	return v.Truncate(from - to), true
}

func decimalSign(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	out := make([]types.Decimal128, rows)
	one, _ := types.DecimalFromInt(1).Rescale(0, call.typ.Scale)
	for i, v := range batch.Values[types.Decimal128](args[0]) {
		switch v.Sign() {
		case 1:
			out[i] = one
		case -1:
			out[i] = one.Negate()
		}
	}
	return batch.NewFixed(out, nil), nil
}

// decimalFloorCeil returns FLOOR(x) or CEIL(x) of a DECIMAL: one of scale 0.
func decimalFloorCeil(name string, arg Expr, span diag.Span) Expr {
	t := arg.Type()
	out := types.DecimalOf(min(types.MaxDecimalPrecision, t.Precision-t.Scale+1), 0)
	away := 1 // the sign of numbers that move away from zero
	if name == "FLOOR" {
		away = -1
	}
	return decimalCall(&Function{Name: name}, arg, out, span, func(v types.Decimal128, scale int) (types.Decimal128, bool) {
		whole := v.Truncate(scale)
		back, _ := whole.Rescale(0, scale)
		if back == v || v.Sign() != away {
			return whole, true
		}
		return whole.Add(types.DecimalFromInt(int64(away)))
	})
}
