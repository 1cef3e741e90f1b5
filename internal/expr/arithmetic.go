package expr

import (
	"math"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// ArithmeticOp is + - * / or %.
type ArithmeticOp uint8

// The operators.
const (
	Add ArithmeticOp = iota
	Subtract
	Multiply
	Divide
	Modulo
)

var arithmeticText = [...]string{"+", "-", "*", "/", "%"}

// String is the operator as SQL writes it.
func (op ArithmeticOp) String() string { return arithmeticText[op] }

// Arithmetic is left op right on two operands of the same physical number type, which is also that of
// the result; times and intervals are integers here, and DECIMAL operands may differ in precision and
// scale. Integer and DECIMAL results that do not fit, and their division by zero, are errors; floating
// point follows IEEE 754.
type Arithmetic struct {
	Op          ArithmeticOp
	Left, Right Expr
	typ         types.Type
	span        diag.Span
}

// NewArithmetic returns an operation with a result of type t (nullability is derived); span is its
// place in the script, for run-time errors.
func NewArithmetic(op ArithmeticOp, left, right Expr, t types.Type, span diag.Span) *Arithmetic {
	return &Arithmetic{Op: op, Left: left, Right: right, typ: t, span: span}
}

// Type is the result type.
func (e *Arithmetic) Type() types.Type {
	t := e.typ
	t.NotNull = e.Left.Type().NotNull && e.Right.Type().NotNull
	return t
}

// Children are the two operands.
func (e *Arithmetic) Children() []Expr { return []Expr{e.Left, e.Right} }

// WithChildren returns the operation on other operands.
func (e *Arithmetic) WithChildren(c []Expr) Expr {
	return &Arithmetic{Op: e.Op, Left: c[0], Right: c[1], typ: e.typ, span: e.span}
}

// String is left op right.
func (e *Arithmetic) String() string {
	return infix(e.Left, e.Op.String(), e.Right, precedenceOf(e))
}

func (e *Arithmetic) head() any { return [2]any{e.Op, e.typ} }

// Eval computes row by row.
func (e *Arithmetic) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	left, err := e.Left.Eval(c, b)
	if err != nil {
		return nil, err
	}
	right, err := e.Right.Eval(c, b)
	if err != nil {
		return nil, err
	}
	valid := batch.And(left.Valid(), right.Valid())
	switch left := left.(type) {
	case *batch.Fixed[int8]:
		return integers(e, left.Values, batch.Values[int8](right), valid, math.MinInt8)
	case *batch.Fixed[int16]:
		return integers(e, left.Values, batch.Values[int16](right), valid, math.MinInt16)
	case *batch.Fixed[int32]:
		return integers(e, left.Values, batch.Values[int32](right), valid, math.MinInt32)
	case *batch.Fixed[int64]:
		return integers(e, left.Values, batch.Values[int64](right), valid, math.MinInt64)
	case *batch.Fixed[types.Decimal128]:
		return e.decimals(left.Values, batch.Values[types.Decimal128](right), valid)
	case *batch.Fixed[float32]:
		return batch.NewFixed(floats(e.Op, left.Values, batch.Values[float32](right)), valid), nil
	case *batch.Fixed[float64]:
		return batch.NewFixed(floats(e.Op, left.Values, batch.Values[float64](right)), valid), nil
	}
	panic("expr: arithmetic on an unknown column")
}

func floats[T float32 | float64](op ArithmeticOp, left, right []T) []T {
	out := make([]T, len(left))
	right = right[:len(left)]
	switch op {
	case Add:
		for i, x := range left {
			out[i] = x + right[i]
		}
	case Subtract:
		for i, x := range left {
			out[i] = x - right[i]
		}
	case Multiply:
		for i, x := range left {
			out[i] = x * right[i]
		}
	case Divide:
		for i, x := range left {
			out[i] = x / right[i]
		}
	case Modulo:
		for i, x := range left {
			out[i] = T(math.Mod(float64(x), float64(right[i])))
		}
	}
	return out
}

type integer interface{ int8 | int16 | int32 | int64 }

// integers computes on integers; lowest is the smallest value of T.
func integers[T integer](e *Arithmetic, left, right []T, valid batch.Bitmap, lowest T) (batch.Column, error) {
	out := make([]T, len(left))
	right = right[:len(left)]
	bad := -1 // first row whose result does not fit, if it is not NULL
	switch e.Op {
	case Add:
		for i, x := range left {
			y := right[i]
			s := x + y
			out[i] = s
			if (x^s)&(y^s) < 0 && bad < 0 && valid.Get(i) {
				bad = i
			}
		}
	case Subtract:
		for i, x := range left {
			y := right[i]
			s := x - y
			out[i] = s
			if (x^y)&(x^s) < 0 && bad < 0 && valid.Get(i) {
				bad = i
			}
		}
	case Multiply:
		for i, x := range left {
			y := right[i]
			p := x * y
			out[i] = p
			if x != 0 && (p/x != y || x == -1 && y == lowest) && bad < 0 && valid.Get(i) {
				bad = i
			}
		}
	case Divide, Modulo:
		return divide(e, left, right, valid, lowest)
	}
	if bad >= 0 {
		return nil, overflow(e, left[bad], right[bad])
	}
	return batch.NewFixed(out, valid), nil
}

func divide[T integer](e *Arithmetic, left, right []T, valid batch.Bitmap, lowest T) (batch.Column, error) {
	out := make([]T, len(left))
	for i, x := range left {
		if !valid.Get(i) {
			continue
		}
		y := right[i]
		switch {
		case y == 0:
			return nil, divisionByZero(e)
		case e.Op == Modulo:
			if y != -1 { // x % -1 is 0, and the lowest value would trap
				out[i] = x % y
			}
		case x == lowest && y == -1:
			return nil, overflow(e, x, y)
		default:
			out[i] = x / y
		}
	}
	return batch.NewFixed(out, valid), nil
}

func divisionByZero(e *Arithmetic) error {
	return diag.Errorf(diag.BadData, e.span, "division by zero in %s", e).
		WithHint("guard it, for example with CASE WHEN ... <> 0 or NULLIF(..., 0)")
}

func overflow[T integer](e *Arithmetic, x, y T) error {
	return diag.Errorf(diag.BadData, e.span, "%d %s %d does not fit in %s", x, e.Op, y, e.typ.Kind).
		WithHint("cast an operand to a wider type")
}
