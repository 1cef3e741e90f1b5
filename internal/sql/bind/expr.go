package bind

import (
	"math"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// expr binds a scalar expression.
func (b *Binder) expr(e ast.Expr, s *scope) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.Paren:
		return b.expr(e.Expr, s)
	case *ast.ColumnRef:
		return b.columnRef(e, s)
	case *ast.Literal:
		return literal(e)
	case *ast.Interval:
		return interval(e)
	case *ast.Unary:
		return b.unary(e, s)
	case *ast.Binary:
		return b.binary(e, s)
	case *ast.Is:
		return b.is(e, s)
	case *ast.Between:
		return b.between(e, s)
	case *ast.In:
		return b.in(e, s)
	case *ast.LikeExpr:
		return b.like(e, s)
	case *ast.Case:
		return b.caseOf(e, s)
	case *ast.Cast:
		return b.cast(e, s)
	case *ast.Call:
		return b.call(e, s)
	case *ast.Exists, *ast.ScalarQuery:
		return nil, unsupported(e, "a subquery in an expression")
	case *ast.ArrayLiteral, *ast.MapLiteral, *ast.RowLiteral, *ast.Index, *ast.Field:
		return b.nested(e, s)
	case *ast.Keyword:
		return nil, diag.Errorf(diag.Semantic, e.Span(), "%s has no meaning here", e.Word)
	case *ast.NamedArg:
		return nil, diag.Errorf(diag.Semantic, e.Span(), "a named argument has no meaning here")
	}
	return nil, diag.Errorf(diag.Internal, e.Span(), "no binding for %T", e)
}

// exprs binds several expressions.
func (b *Binder) exprs(list []ast.Expr, s *scope) ([]expr.Expr, error) {
	bound := make([]expr.Expr, len(list))
	for i, e := range list {
		var err error
		if bound[i], err = b.expr(e, s); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

// lowestBigInt is the number whose negative is the lowest BIGINT; alone it does not fit.
const lowestBigInt = "9223372036854775808"

func (b *Binder) unary(e *ast.Unary, s *scope) (expr.Expr, error) {
	if literal, ok := e.Expr.(*ast.Literal); ok && e.Op == "-" && literal.Kind == ast.NumberLiteral && literal.Text == lowestBigInt {
		return expr.NewLiteral(int64(math.MinInt64), types.RequiredBigInt), nil
	}
	operand, err := b.expr(e.Expr, s)
	if err != nil {
		return nil, err
	}
	t := operand.Type()
	switch {
	case e.Op == "NOT" && (t.Kind == types.Boolean || t.Kind == types.Null):
		return &expr.Not{Operand: expr.NewCast(operand, types.Of(types.Boolean), false, true, e.Span())}, nil
	case e.Op == "NOT":
		return nil, diag.Errorf(diag.Semantic, e.Expr.Span(), "NOT needs a condition, but this is %s", t.Nullable())
	case !t.Kind.IsNumeric() && !t.Kind.IsInterval():
		return nil, diag.Errorf(diag.Semantic, e.Expr.Span(), "%s needs a number, but this is %s", e.Op, t.Nullable())
	case e.Op == "+":
		return operand, nil
	}
	switch e.Expr.(type) {
	case *ast.Literal, *ast.Interval:
		return negate(operand), nil
	}
	zero := zeroOf(t)
	return expr.NewArithmetic(expr.Subtract, zero, operand, t, e.Span()), nil
}

// negate folds minus into a number or interval as it was written, which is never the lowest value of
// its type.
func negate(e expr.Expr) expr.Expr {
	value, _ := expr.Constant(e)
	switch v := value.(type) {
	case int32:
		return expr.NewLiteral(-v, e.Type())
	case int64:
		if v == 1<<31 && e.Type().Kind == types.BigInt { // 2147483648 alone is BIGINT, -2147483648 is INT
			return expr.NewLiteral(int32(-1<<31), types.Of(types.Int).Required())
		}
		return expr.NewLiteral(-v, e.Type())
	case types.Decimal128:
		return expr.NewLiteral(v.Negate(), e.Type())
	}
	return expr.NewLiteral(-value.(float64), e.Type())
}

func zeroOf(t types.Type) expr.Expr {
	switch t.Kind { //nolint:exhaustive // the rest are numbers
	case types.IntervalSecond:
		return expr.NewLiteral(int64(0), t.Required())
	case types.IntervalMonth:
		return expr.NewLiteral(int32(0), t.Required())
	}
	return expr.NewCast(expr.NewLiteral(int32(0), types.Of(types.Int)), t.Nullable(), false, true, diag.Span{})
}

func (b *Binder) is(e *ast.Is, s *scope) (expr.Expr, error) {
	operand, err := b.expr(e.Expr, s)
	if err != nil {
		return nil, err
	}
	switch e.What {
	case "TRUE", "FALSE", "UNKNOWN":
		if t := operand.Type(); t.Kind != types.Boolean && t.Kind != types.Null {
			return nil, diag.Errorf(diag.Semantic, e.Expr.Span(), "IS %s needs a condition, but this is %s", e.What, t.Nullable())
		}
		operand = expr.NewCast(operand, types.Of(types.Boolean), false, true, e.Span())
	}
	switch e.What {
	case "NULL", "UNKNOWN":
		return &expr.IsNull{Operand: operand, Negate: e.Not}, nil
	case "TRUE", "FALSE":
		return &expr.IsTruth{Operand: operand, Want: e.What == "TRUE", Negate: e.Not}, nil
	case "DISTINCT FROM":
		right, err := b.expr(e.Right, s)
		if err != nil {
			return nil, err
		}
		return distinctFrom(operand, right, e)
	}
	if t := operand.Type(); !t.Kind.IsText() && t.Kind != types.JSON && t.Kind != types.Null { // the rest are about JSON
		return nil, diag.Errorf(diag.Semantic, e.Expr.Span(), "IS %s needs a text, but this is %s", e.What, t.Nullable())
	}
	what := e.What
	if what == "JSON VALUE" { // any value is one
		what = "JSON"
	}
	return &expr.IsJSON{Operand: expr.NewCast(operand, types.String, false, true, e.Span()), What: what, Negate: e.Not}, nil
}

// distinctFrom compares with NULL equal to NULL.
func distinctFrom(left, right expr.Expr, e *ast.Is) (expr.Expr, error) {
	different, err := compare(expr.Ne, left, right, e.Span())
	if err != nil {
		return nil, err
	}
	leftNull, rightNull := &expr.IsNull{Operand: left}, &expr.IsNull{Operand: right}
	distinct := expr.Expr(expr.NewCase(
		[]expr.Expr{expr.Or(leftNull, rightNull)}, []expr.Expr{expr.NewCompare(expr.Ne, leftNull, rightNull)}, different, types.Of(types.Boolean)))
	if e.Not {
		return &expr.Not{Operand: distinct}, nil
	}
	return distinct, nil
}

func (b *Binder) between(e *ast.Between, s *scope) (expr.Expr, error) {
	bound, err := b.exprs([]ast.Expr{e.Expr, e.Low, e.High}, s)
	if err != nil {
		return nil, err
	}
	within := func(low, high expr.Expr) (expr.Expr, error) {
		above, err := compare(expr.Ge, bound[0], low, e.Span())
		if err != nil {
			return nil, err
		}
		below, err := compare(expr.Le, bound[0], high, e.Span())
		if err != nil {
			return nil, err
		}
		return expr.And(above, below), nil
	}
	result, err := within(bound[1], bound[2])
	if err != nil {
		return nil, err
	}
	if e.Symmetric {
		swapped, err := within(bound[2], bound[1])
		if err != nil {
			return nil, err
		}
		result = expr.Or(result, swapped)
	}
	if e.Not {
		return &expr.Not{Operand: result}, nil
	}
	return result, nil
}

func (b *Binder) in(e *ast.In, s *scope) (expr.Expr, error) {
	if e.Query != nil {
		return nil, unsupported(e, "IN (query)")
	}
	bound, err := b.exprs(append([]ast.Expr{e.Expr}, e.List...), s)
	if err != nil {
		return nil, err
	}
	for i := range bound[1:] {
		bound[i+1] = adaptLiteral(bound[i+1], bound[0].Type(), e.List[i].Span())
	}
	bound, _, err = expr.Unify(bound, e.Span())
	if err != nil {
		return nil, err
	}
	return &expr.In{Operand: bound[0], List: bound[1:], Negate: e.Not}, nil
}

func (b *Binder) like(e *ast.LikeExpr, s *scope) (expr.Expr, error) {
	args := []ast.Expr{e.Expr, e.Pattern}
	if e.Escape != nil {
		args = append(args, e.Escape)
	}
	bound, err := b.exprs(args, s)
	if err != nil {
		return nil, err
	}
	if e.Op == "ILIKE" {
		for i, arg := range bound[:2] {
			if bound[i], err = expr.Resolve("LOWER", []expr.Expr{arg}, e.Span()); err != nil {
				return nil, err
			}
		}
	}
	name := e.Op
	if name == "ILIKE" {
		name = "LIKE"
	}
	result, err := expr.Resolve(name, bound, e.Span())
	if err == nil && e.Not {
		return &expr.Not{Operand: result}, nil
	}
	return result, err
}

func (b *Binder) caseOf(e *ast.Case, s *scope) (expr.Expr, error) {
	var operand expr.Expr
	var err error
	if e.Operand != nil {
		if operand, err = b.expr(e.Operand, s); err != nil {
			return nil, err
		}
	}
	var conditions, results []expr.Expr
	for _, when := range e.Whens {
		condition, err := b.when(operand, when, s)
		if err != nil {
			return nil, err
		}
		result, err := b.expr(when.Result, s)
		if err != nil {
			return nil, err
		}
		conditions, results = append(conditions, condition), append(results, result)
	}
	otherwise := expr.Expr(expr.NewLiteral(nil, types.Of(types.Null)))
	if e.Else != nil {
		if otherwise, err = b.expr(e.Else, s); err != nil {
			return nil, err
		}
	}
	return expr.CaseOf(conditions, results, otherwise, e.Span())
}

func (b *Binder) when(operand expr.Expr, when ast.When, s *scope) (expr.Expr, error) {
	if operand == nil {
		return b.predicate(when.Condition, s.within("WHEN"))
	}
	value, err := b.expr(when.Condition, s)
	if err != nil {
		return nil, err
	}
	return compare(expr.Eq, operand, value, when.Span())
}

func (b *Binder) cast(e *ast.Cast, s *scope) (expr.Expr, error) {
	operand, err := b.expr(e.Expr, s)
	if err != nil {
		return nil, err
	}
	t, err := Type(e.Type)
	if err != nil {
		return nil, err
	}
	if !types.CanCast(operand.Type(), t) {
		return nil, diag.Errorf(diag.Semantic, e.Span(), "cannot cast %s to %s", operand.Type().Nullable(), t)
	}
	return expr.NewCast(operand, t, e.Try, false, e.Span()), nil
}
