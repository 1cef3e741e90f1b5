package expr

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// DecimalType returns the type of left op right for operands of the types a and b, of which at least one
// is DECIMAL and the other is DECIMAL or an integer.
func DecimalType(op ArithmeticOp, a, b types.Type) types.Type {
	a, b = types.AsDecimal(a), types.AsDecimal(b)
	switch op {
	case Add, Subtract:
		return types.DecimalSum(a, b)
	case Multiply:
		return types.DecimalProduct(a, b)
	case Divide:
		return types.DecimalQuotient(a, b)
	case Modulo:
	}
	return types.DecimalRemainder(a, b)
}

// decimals computes row by row. The scale of the result is that of the type, with what is finer rounded
// half away from zero.
func (e *Arithmetic) decimals(left, right []types.Decimal128, valid batch.Bitmap) (batch.Column, error) {
	out := make([]types.Decimal128, len(left))
	compute := e.decimalKernel(e.Left.Type().Scale, e.Right.Type().Scale)
	zero := types.Decimal128{}
	for i, x := range left {
		if !valid.Get(i) {
			continue
		}
		y := right[i]
		if y == zero && (e.Op == Divide || e.Op == Modulo) {
			return nil, divisionByZero(e)
		}
		v, ok := compute(x, y)
		if !ok || !v.Fits(e.typ.Precision) {
			return nil, diag.Errorf(diag.BadData, e.span, "%s %s %s does not fit in %s",
				types.AppendDecimal(nil, x, e.Left.Type().Scale), e.Op, types.AppendDecimal(nil, y, e.Right.Type().Scale), e.typ.Nullable()).
				WithHint("cast the operands to a DECIMAL of fewer digits, or to DOUBLE")
		}
		out[i] = v
	}
	return batch.NewFixed(out, valid), nil
}

// decimalKernel returns the operation on values of the scales a and b; its ok is false where the result
// needs more than 38 digits.
func (e *Arithmetic) decimalKernel(a, b int) func(x, y types.Decimal128) (types.Decimal128, bool) {
	scale := e.typ.Scale
	switch e.Op {
	case Multiply:
		return func(x, y types.Decimal128) (types.Decimal128, bool) { return x.Multiply(y, a+b-scale) }
	case Divide:
		return func(x, y types.Decimal128) (types.Decimal128, bool) { return x.Divide(y, scale-a+b) }
	case Add, Subtract, Modulo:
	}
	common := max(a, b)
	return func(x, y types.Decimal128) (types.Decimal128, bool) {
		x, ok1 := x.Rescale(a, common)
		y, ok2 := y.Rescale(b, common)
		var out types.Decimal128
		ok3 := true
		switch e.Op { //nolint:exhaustive // the others do not come here
		case Add:
			out, ok3 = x.Add(y)
		case Subtract:
			out, ok3 = x.Add(y.Negate())
		default:
			out = x.Remainder(y)
		}
		out, ok4 := out.Rescale(common, scale)
		return out, ok1 && ok2 && ok3 && ok4
	}
}

// castDecimal converts between DECIMAL and other numbers, or DECIMALs of another precision or scale.
func (e *Cast) castDecimal(column batch.Column, from, to types.Type) (batch.Column, error) {
	if to.Kind == types.Decimal {
		return e.toDecimal(column, from, to)
	}
	values, valid := batch.Values[types.Decimal128](column), column.Valid()
	if to.Kind.IsFloat() {
		out := make([]float64, len(values))
		for i, v := range values {
			out[i] = v.Float64(from.Scale)
		}
		if to.Kind == types.Float {
			return batch.NewFixed(convert[float64, float32](out), valid), nil
		}
		return batch.NewFixed(out, valid), nil
	}
	whole := make([]int64, len(values))
	for i, v := range values {
		var ok bool
		if whole[i], ok = v.Truncate(from.Scale).Int64(); ok || !valid.Get(i) {
			continue
		}
		if !e.Try {
			return nil, e.fault(string(types.AppendDecimal(nil, v, from.Scale)))
		}
		whole[i], valid = 0, cleared(valid, len(values), i)
	}
	return convertIntegers(e, whole, valid, to)
}

func (e *Cast) toDecimal(column batch.Column, from, to types.Type) (batch.Column, error) {
	one := decimalFrom(column, from, to)
	out := make([]types.Decimal128, column.Len())
	valid := column.Valid()
	for i := range out {
		if !valid.Get(i) {
			continue
		}
		var ok bool
		if out[i], ok = one(i); ok && out[i].Fits(to.Precision) {
			continue
		}
		if !e.Try {
			return nil, e.fault(string(batch.AppendText(nil, column, i, from, nil)))
		}
		out[i], valid = types.Decimal128{}, cleared(valid, len(out), i)
	}
	return batch.NewFixed(out, valid), nil
}

// decimalFrom returns what gives the value of a row as a decimal of the scale of to.
func decimalFrom(column batch.Column, from, to types.Type) func(row int) (types.Decimal128, bool) {
	switch from.Kind { //nolint:exhaustive // the rest are integers
	case types.Decimal:
		values := batch.Values[types.Decimal128](column)
		return func(row int) (types.Decimal128, bool) { return values[row].Rescale(from.Scale, to.Scale) }
	case types.Float:
		values := batch.Values[float32](column)
		return func(row int) (types.Decimal128, bool) {
			return types.ParseDecimal(batch.AppendFloat(nil, float64(values[row]), 32), to.Precision, to.Scale)
		}
	case types.Double:
		values := batch.Values[float64](column)
		return func(row int) (types.Decimal128, bool) {
			return types.DecimalFromFloat(values[row], to.Precision, to.Scale)
		}
	}
	values := asIntegers(column)
	return func(row int) (types.Decimal128, bool) {
		return types.DecimalFromInt(values[row]).Rescale(0, to.Scale)
	}
}
