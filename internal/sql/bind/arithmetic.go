package bind

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

var compareOps = map[string]expr.CompareOp{
	"=": expr.Eq, "<>": expr.Ne, "!=": expr.Ne, "<": expr.Lt, "<=": expr.Le, ">": expr.Gt, ">=": expr.Ge,
}

var arithmeticOps = map[string]expr.ArithmeticOp{
	"+": expr.Add, "-": expr.Subtract, "*": expr.Multiply, "/": expr.Divide, "%": expr.Modulo,
}

func (b *Binder) binary(e *ast.Binary, s *scope) (expr.Expr, error) {
	bound, err := b.exprs([]ast.Expr{e.Left, e.Right}, s)
	if err != nil {
		return nil, err
	}
	left, right := bound[0], bound[1]
	if op, ok := compareOps[e.Op]; ok {
		return compare(op, left, right, e.Span())
	}
	if op, ok := arithmeticOps[e.Op]; ok {
		return arithmetic(op, left, right, e.Span())
	}
	switch e.Op {
	case "AND", "OR":
		for i, side := range []ast.Expr{e.Left, e.Right} {
			if t := bound[i].Type(); t.Kind != types.Boolean && t.Kind != types.Null {
				return nil, diag.Errorf(diag.Semantic, side.Span(), "%s needs conditions, but this is %s", e.Op, t.Nullable())
			}
			bound[i] = expr.NewCast(bound[i], types.Of(types.Boolean), false, true, side.Span())
		}
		if e.Op == "AND" {
			return expr.And(bound...), nil
		}
		return expr.Or(bound...), nil
	case "||":
		return expr.Resolve("CONCAT", bound, e.Span())
	case "->", "->>":
		return expr.Resolve(e.Op, bound, e.Span())
	}
	return nil, unsupported(e, "operator %s", e.Op)
}

// compare binds a comparison, converting both sides to their common type; a text constant is read
// as the other side's type.
func compare(op expr.CompareOp, left, right expr.Expr, span diag.Span) (expr.Expr, error) {
	left, right = adaptLiteral(left, right.Type(), span), adaptLiteral(right, left.Type(), span)
	t, ok := types.Common(left.Type(), right.Type())
	if !ok {
		return nil, diag.Errorf(diag.Semantic, span, "cannot compare %s with %s", left.Type().Nullable(), right.Type().Nullable()).
			WithHint("write a CAST")
	}
	if t.Kind == types.JSON {
		return nil, diag.Errorf(diag.Semantic, span, "JSON values do not compare").WithHint("cast them to STRING")
	}
	if t.Kind.IsNested() && op != expr.Eq && op != expr.Ne {
		return nil, diag.Errorf(diag.Semantic, span, "%s values have no order", t.Kind).WithHint("compare them with = or <>")
	}
	return expr.NewCompare(op, expr.NewCast(left, t, false, true, span), expr.NewCast(right, t, false, true, span)), nil
}

// adaptLiteral reads a text constant as a value of the type t when t is no text.
func adaptLiteral(e expr.Expr, t types.Type, span diag.Span) expr.Expr {
	value, ok := expr.Constant(e)
	if _, isText := value.(string); !ok || !isText || !e.Type().Kind.IsText() || t.Kind.IsText() || !types.CanCast(e.Type(), t) || t.Kind == types.Null {
		return e
	}
	return expr.NewCast(e, t.Nullable(), false, false, span)
}

func arithmetic(op expr.ArithmeticOp, left, right expr.Expr, span diag.Span) (expr.Expr, error) {
	l, r := left.Type(), right.Type()
	switch {
	case l.Kind == types.Null && r.Kind == types.Null:
		return expr.NewLiteral(nil, types.Of(types.Int)), nil
	case l.Kind == types.Null:
		left, l = expr.NewLiteral(nil, r), r
	case r.Kind == types.Null:
		right, r = expr.NewLiteral(nil, l), l
	}
	if l.Kind.IsNumeric() && r.Kind.IsNumeric() {
		if exact := !l.Kind.IsFloat() && !r.Kind.IsFloat(); exact && (l.Kind == types.Decimal || r.Kind == types.Decimal) {
			return decimalArithmetic(op, left, right, span), nil
		}
		t, _ := types.Common(l, r) // numbers always have one
		return expr.NewArithmetic(op, expr.NewCast(left, t, false, true, span), expr.NewCast(right, t, false, true, span), t, span), nil
	}
	if e := timeArithmetic(op, left, right, span); e != nil {
		return e, nil
	}
	err := diag.Errorf(diag.Semantic, span, "cannot compute %s %s %s", l.Nullable(), op, r.Nullable())
	err.Hint = arithmeticHint(l.Kind, r.Kind)
	return nil, err
}

// decimalArithmetic binds an operation on DECIMALs, or on one and an integer.
func decimalArithmetic(op expr.ArithmeticOp, left, right expr.Expr, span diag.Span) expr.Expr {
	l, r := types.AsDecimal(left.Type()), types.AsDecimal(right.Type())
	return expr.NewArithmetic(op, expr.NewCast(left, l, false, true, span), expr.NewCast(right, r, false, true, span), expr.DecimalType(op, l, r), span)
}

// arithmeticHint says how to compute with kinds that no operator takes.
func arithmeticHint(l, r types.Kind) string {
	switch {
	case l.IsText() || r.IsText():
		return "join texts with ||, or CAST them to a number"
	case l == types.Date && r == types.Date:
		return "CAST both to TIMESTAMP to get an interval"
	case l.IsTemporal() && r.IsNumeric():
		return "times move by intervals, such as INTERVAL '1' DAY"
	}
	return ""
}

// timeArithmetic binds sums of times and intervals; nil if the operands are something else.
func timeArithmetic(op expr.ArithmeticOp, left, right expr.Expr, span diag.Span) expr.Expr {
	l, r := left.Type(), right.Type()
	sum := op == expr.Add || op == expr.Subtract
	switch {
	case op == expr.Add && l.Kind.IsInterval() && r.Kind.IsTemporal():
		return timeArithmetic(op, right, left, span)
	case sum && l.Kind.IsTimestamp() && r.Kind == types.IntervalSecond:
		return expr.NewArithmetic(op, left, right, l, span)
	case sum && l.Kind == types.Date && r.Kind.IsInterval():
		shifted := timeArithmetic(op, expr.NewCast(left, types.Type{Kind: types.Timestamp}, false, true, span), right, span)
		if value, ok := expr.Constant(right); ok && r.Kind == types.IntervalSecond && value != nil && value.(int64)%types.Day != 0 {
			return shifted // a date and some hours are a point in time
		}
		return expr.NewCast(shifted, l.Nullable(), false, true, span)
	case sum && l.Kind.IsTimestamp() && r.Kind == types.IntervalMonth:
		return expr.AddMonths(left, right, op == expr.Subtract, span)
	case op == expr.Subtract && l.Kind.IsTimestamp() && l.Kind == r.Kind:
		return expr.NewArithmetic(op, left, right, types.Of(types.IntervalSecond), span)
	case sum && l.Kind.IsInterval() && l.Kind == r.Kind:
		return expr.NewArithmetic(op, left, right, l, span)
	case op == expr.Multiply && l.Kind.IsInteger() && r.Kind.IsInterval():
		return timeArithmetic(op, right, left, span)
	case (op == expr.Multiply || op == expr.Divide) && l.Kind.IsInterval() && r.Kind.IsInteger():
		number := types.Of(types.BigInt)
		if l.Kind == types.IntervalMonth {
			number = types.Of(types.Int)
		}
		return expr.NewArithmetic(op, left, expr.NewCast(right, number, false, true, span), l, span)
	}
	return nil
}
