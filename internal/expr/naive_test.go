package expr_test

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// naive evaluates e for one row, without columns or bitmaps, and only what the row needs: nil for
// NULL, otherwise a bool, int64, float32, float64 or string. Calls of functions go through Eval,
// with one row.
func naive(e expr.Expr, b *batch.Batch, row int) (any, error) {
	switch e := e.(type) {
	case *expr.Column:
		return valueAt(b.Columns[e.Index], row), nil
	case *expr.Literal:
		return wide(e.Value), nil
	case *expr.Logic:
		return naiveLogic(e, b, row)
	case *expr.Not:
		v, err := naive(e.Operand, b, row)
		if v == nil || err != nil {
			return nil, err
		}
		return !v.(bool), nil
	case *expr.IsNull:
		v, err := naive(e.Operand, b, row)
		return (v == nil) != e.Negate, err
	case *expr.IsTruth:
		v, err := naive(e.Operand, b, row)
		return (v == e.Want) != e.Negate, err
	case *expr.Compare:
		return naiveCompare(e, b, row)
	case *expr.In:
		return naiveIn(e, b, row)
	case *expr.Case:
		return naiveCase(e, b, row)
	case *expr.Arithmetic:
		return naiveArithmetic(e, b, row)
	case *expr.Cast:
		v, err := naive(e.Operand, b, row)
		if v == nil || err != nil {
			return nil, err
		}
		out, ok := naiveCast(v, e.Operand.Type(), e.Type())
		switch {
		case ok:
			return out, nil
		case e.Try:
			return nil, nil
		}
		return nil, fmt.Errorf("cannot cast %v to %v", v, e.Type())
	}
	if children := e.Children(); len(children) == 1 && strings.HasSuffix(fmt.Sprintf("%T", e), "asserted") {
		return naive(children[0], b, row)
	}
	column, err := e.Eval(utc, b.Gather([]int32{int32(row)}))
	if err != nil {
		return nil, err
	}
	return valueAt(column, 0), nil
}

func wide(v any) any {
	switch v := v.(type) {
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	}
	return v
}

func valueAt(column batch.Column, row int) any {
	if !column.Valid().Get(row) {
		return nil
	}
	switch c := column.(type) {
	case *batch.Fixed[bool]:
		return c.Values[row]
	case *batch.Fixed[int8]:
		return int64(c.Values[row])
	case *batch.Fixed[int16]:
		return int64(c.Values[row])
	case *batch.Fixed[int32]:
		return int64(c.Values[row])
	case *batch.Fixed[int64]:
		return c.Values[row]
	case *batch.Fixed[float32]:
		return c.Values[row]
	case *batch.Fixed[float64]:
		return c.Values[row]
	}
	return string(column.(*batch.Bytes).At(row))
}

func naiveLogic(e *expr.Logic, b *batch.Batch, row int) (any, error) {
	result := any(!e.Or)
	for _, operand := range e.Operands {
		v, err := naive(operand, b, row)
		switch {
		case err != nil:
			return nil, err
		case v == e.Or:
			return e.Or, nil
		case v == nil:
			result = nil
		}
	}
	return result, nil
}

func naiveCompare(e *expr.Compare, b *batch.Batch, row int) (any, error) {
	left, err := naive(e.Left, b, row)
	if err != nil {
		return nil, err
	}
	right, err := naive(e.Right, b, row)
	if err != nil || left == nil || right == nil {
		return nil, err
	}
	return holds(e.Op, left, right), nil
}

func holds(op expr.CompareOp, left, right any) bool {
	less, equal := false, left == right
	switch l := left.(type) {
	case bool:
		less = !l && right.(bool)
	case int64:
		less = l < right.(int64)
	case float32:
		less = l < right.(float32)
		if l != l || right.(float32) != right.(float32) {
			return op == expr.Ne
		}
	case float64:
		less = l < right.(float64)
		if l != l || right.(float64) != right.(float64) {
			return op == expr.Ne
		}
	case string:
		less = cmp.Less(l, right.(string))
	}
	return map[expr.CompareOp]bool{
		expr.Eq: equal, expr.Ne: !equal, expr.Lt: less, expr.Le: less || equal, expr.Gt: !less && !equal, expr.Ge: !less,
	}[op]
}

func naiveIn(e *expr.In, b *batch.Batch, row int) (any, error) {
	operand, err := naive(e.Operand, b, row)
	if err != nil {
		return nil, err
	}
	found := any(false)
	for _, item := range e.List {
		v, err := naive(item, b, row)
		if err != nil {
			return nil, err
		}
		if v == nil || operand == nil {
			found = nil
			continue
		}
		if holds(expr.Eq, operand, v) {
			found = true
			break
		}
	}
	if found == nil {
		return nil, nil
	}
	return found != e.Negate, nil
}

func naiveCase(e *expr.Case, b *batch.Batch, row int) (any, error) {
	for i, condition := range e.Conditions {
		v, err := naive(condition, b, row)
		if err != nil {
			return nil, err
		}
		if v == true {
			return naive(e.Results[i], b, row)
		}
	}
	return naive(e.Else, b, row)
}

func naiveArithmetic(e *expr.Arithmetic, b *batch.Batch, row int) (any, error) {
	left, err := naive(e.Left, b, row)
	if err != nil {
		return nil, err
	}
	right, err := naive(e.Right, b, row)
	if err != nil || left == nil || right == nil {
		return nil, err
	}
	switch l := left.(type) {
	case float32:
		return float32(naiveFloat(e.Op, float64(l), float64(right.(float32)))), nil
	case float64:
		return naiveFloat(e.Op, l, right.(float64)), nil
	}
	x, y, z := big.NewInt(left.(int64)), big.NewInt(right.(int64)), new(big.Int)
	switch e.Op {
	case expr.Add:
		z.Add(x, y)
	case expr.Subtract:
		z.Sub(x, y)
	case expr.Multiply:
		z.Mul(x, y)
	case expr.Divide, expr.Modulo:
		if y.Sign() == 0 {
			return nil, fmt.Errorf("%v by zero", x)
		}
		if e.Op == expr.Divide {
			z.Quo(x, y)
		} else {
			z.Rem(x, y)
		}
	}
	if low, high := limits(e.Type().Kind); !z.IsInt64() || z.Int64() < low || z.Int64() > high {
		return nil, fmt.Errorf("%v %v %v does not fit", x, e.Op, y)
	}
	return z.Int64(), nil
}

// naiveFloat computes on DOUBLE; for FLOAT the caller rounds once more, which gives the same.
func naiveFloat(op expr.ArithmeticOp, x, y float64) float64 {
	switch op {
	case expr.Add:
		return x + y
	case expr.Subtract:
		return x - y
	case expr.Multiply:
		return x * y
	case expr.Divide:
		return x / y
	case expr.Modulo:
		return math.Mod(x, y)
	}
	panic("no such operator")
}

func limits(kind types.Kind) (low, high int64) {
	bits := map[types.Kind]int{types.TinyInt: 8, types.SmallInt: 16, types.Int: 32}[kind]
	if bits == 0 {
		return math.MinInt64, math.MaxInt64
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}

// naiveCast converts a value that is not NULL; false if it has no counterpart in the type.
func naiveCast(v any, from, to types.Type) (any, bool) {
	switch {
	case to.Kind.IsText():
		return naiveText(v), true
	case from.Kind.IsText():
		return parseText(strings.TrimSpace(v.(string)), to.Kind)
	case to.Kind == types.Boolean:
		return v != int64(0), true
	}
	if yes, ok := v.(bool); ok {
		v = int64(0)
		if yes {
			v = int64(1)
		}
	}
	if whole, ok := v.(int64); ok && to.Kind.IsFloat() { // rounded once
		if to.Kind == types.Float {
			return float32(whole), true
		}
		return float64(whole), true
	}
	number, isReal := v.(float64)
	if narrow, ok := v.(float32); ok {
		number, isReal = float64(narrow), true
	}
	switch {
	case to.Kind == types.Float:
		return float32(number), true
	case to.Kind == types.Double:
		return number, true
	case isReal && (math.IsNaN(number) || math.IsInf(number, 0)):
		return nil, false
	case isReal:
		whole, _ := big.NewFloat(number).Int(nil)
		if !whole.IsInt64() {
			return nil, false
		}
		v = whole.Int64()
	}
	low, high := limits(to.Kind)
	return v, v.(int64) >= low && v.(int64) <= high
}

func naiveText(v any) string {
	switch v := v.(type) {
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return v
	}
	panic(fmt.Sprintf("no text of %T", v))
}

func parseText(text string, to types.Kind) (any, bool) {
	switch {
	case to == types.Boolean:
		switch strings.ToLower(text) {
		case "t", "true", "y", "yes", "1":
			return true, true
		case "f", "false", "n", "no", "0":
			return false, true
		}
		return nil, false
	case to.IsFloat():
		bits := 64
		if to == types.Float {
			bits = 32
		}
		v, err := strconv.ParseFloat(text, bits)
		if to == types.Float {
			return float32(v), err == nil
		}
		return v, err == nil
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "/eEpPxX_") {
		return nil, false
	}
	whole := new(big.Int).Quo(number.Num(), number.Denom())
	low, high := limits(to)
	return whole.Int64(), whole.IsInt64() && whole.Int64() >= low && whole.Int64() <= high
}
