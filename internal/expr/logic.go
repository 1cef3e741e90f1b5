package expr

import (
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Logic is a AND b AND ..., or a OR b OR ..., in SQL's three-valued logic. Operands that can fail
// are evaluated only for the rows that the operands before them leave open.
type Logic struct {
	Or       bool
	Operands []Expr // at least one, BOOLEAN
}

// And returns the conjunction of the operands, flat.
func And(operands ...Expr) Expr { return newLogic(false, operands) }

// Or returns the disjunction of the operands, flat.
func Or(operands ...Expr) Expr { return newLogic(true, operands) }

func newLogic(or bool, operands []Expr) Expr {
	var flat []Expr
	for _, operand := range operands {
		if inner, ok := operand.(*Logic); ok && inner.Or == or {
			flat = append(flat, inner.Operands...)
			continue
		}
		flat = append(flat, operand)
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return &Logic{Or: or, Operands: flat}
}

// Conjuncts returns the operands of a conjunction, or e alone.
func Conjuncts(e Expr) []Expr {
	if logic, ok := e.(*Logic); ok && !logic.Or {
		return logic.Operands
	}
	return []Expr{e}
}

// Type is BOOLEAN.
func (e *Logic) Type() types.Type {
	t := types.Type{Kind: types.Boolean, NotNull: true}
	for _, operand := range e.Operands {
		t = t.WithNull(!operand.Type().NotNull)
	}
	return t
}

// Children are the operands.
func (e *Logic) Children() []Expr { return e.Operands }

// WithChildren returns the same connective of other operands.
func (e *Logic) WithChildren(c []Expr) Expr { return newLogic(e.Or, c) }

// String is the operands joined by AND or OR.
func (e *Logic) String() string {
	word, precedence := " AND ", precedenceAnd
	if e.Or {
		word, precedence = " OR ", precedenceOr
	}
	texts := make([]string, len(e.Operands))
	for i, o := range e.Operands {
		texts[i] = operand(o, precedence)
	}
	return strings.Join(texts, word)
}

func (e *Logic) head() any { return e.Or }

// Eval combines the operands from left to right.
func (e *Logic) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	first, err := e.Operands[0].Eval(c, b)
	if err != nil {
		return nil, err
	}
	values := append([]bool(nil), batch.Values[bool](first)...)
	valid := first.Valid()
	for _, operand := range e.Operands[1:] {
		right, rows, err := e.evalOpen(c, b, operand, values, valid)
		if err != nil {
			return nil, err
		}
		if rows == nil {
			valid = e.combine(values, valid, batch.Values[bool](right), right.Valid())
			continue
		}
		valid = e.combineRows(values, valid, right, rows)
	}
	return batch.NewFixed(values, valid), nil
}

// evalOpen evaluates an operand: for all rows when that is safe (rows is nil), otherwise only for
// the rows whose result it can still change.
func (e *Logic) evalOpen(c *Context, b *batch.Batch, operand Expr, values []bool, valid batch.Bitmap) (right batch.Column, rows []int32, err error) {
	if !CanFail(operand) {
		right, err = operand.Eval(c, b)
		return right, nil, err
	}
	rows = make([]int32, 0, len(values))
	for i, v := range values {
		if !valid.Get(i) || v != e.Or {
			rows = append(rows, int32(i))
		}
	}
	if len(rows) == len(values) {
		right, err = operand.Eval(c, b)
		return right, nil, err
	}
	right, err = operand.Eval(c, b.Gather(rows))
	return right, rows, err
}

// combine folds right into values: x AND y is false if either is, NULL if either is NULL otherwise;
// OR the other way round.
func (e *Logic) combine(values []bool, valid batch.Bitmap, right []bool, rightValid batch.Bitmap) batch.Bitmap {
	if valid == nil && rightValid == nil {
		if e.Or {
			for i, v := range right {
				values[i] = values[i] || v
			}
		} else {
			for i, v := range right {
				values[i] = values[i] && v
			}
		}
		return nil
	}
	out := batch.FullBitmap(len(values))
	for i := range values {
		e.combineOne(values, valid, out, i, right[i], rightValid.Get(i))
	}
	return out
}

func (e *Logic) combineRows(values []bool, valid batch.Bitmap, right batch.Column, rows []int32) batch.Bitmap {
	out := batch.FullBitmap(len(values))
	for i := range values {
		if !valid.Get(i) {
			out.Clear(i)
		}
	}
	rightValues := batch.Values[bool](right)
	for j, row := range rows {
		out.Set(int(row))
		e.combineOne(values, valid, out, int(row), rightValues[j], right.Valid().Get(j))
	}
	return out
}

func (e *Logic) combineOne(values []bool, valid, out batch.Bitmap, i int, right, rightValid bool) {
	left, leftValid := values[i], valid.Get(i)
	switch {
	case leftValid && left == e.Or, rightValid && right == e.Or:
		values[i] = e.Or
	case leftValid && rightValid:
		values[i] = !e.Or
	default:
		out.Clear(i)
	}
}

// Not is NOT x; NULL stays NULL.
type Not struct{ Operand Expr }

// Type is BOOLEAN.
func (e *Not) Type() types.Type { return e.Operand.Type() }

// Children is the operand.
func (e *Not) Children() []Expr { return []Expr{e.Operand} }

// WithChildren returns NOT of another operand.
func (e *Not) WithChildren(c []Expr) Expr { return &Not{c[0]} }

// String is NOT x.
func (e *Not) String() string { return "NOT " + operand(e.Operand, precedenceNot) }

// Eval negates.
func (e *Not) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	values := batch.Values[bool](column)
	out := make([]bool, len(values))
	for i, v := range values {
		out[i] = !v
	}
	return batch.NewFixed(out, column.Valid()), nil
}

// IsNull is x IS NULL; with Negate, x IS NOT NULL.
type IsNull struct {
	Operand Expr
	Negate  bool
}

// Type is BOOLEAN NOT NULL.
func (e *IsNull) Type() types.Type { return types.Type{Kind: types.Boolean, NotNull: true} }

// Children is the operand.
func (e *IsNull) Children() []Expr { return []Expr{e.Operand} }

// WithChildren returns the test of another operand.
func (e *IsNull) WithChildren(c []Expr) Expr { return &IsNull{Operand: c[0], Negate: e.Negate} }

// String is x IS [NOT] NULL.
func (e *IsNull) String() string {
	if e.Negate {
		return operand(e.Operand, precedenceCompare) + " IS NOT NULL"
	}
	return operand(e.Operand, precedenceCompare) + " IS NULL"
}

func (e *IsNull) head() any { return e.Negate }

// Eval looks at validity alone.
func (e *IsNull) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	valid := column.Valid()
	out := make([]bool, b.Rows())
	for i := range out {
		out[i] = valid.Get(i) == e.Negate
	}
	return batch.NewFixed(out, nil), nil
}

// IsTruth is x IS [NOT] TRUE or FALSE: never NULL.
type IsTruth struct {
	Operand Expr
	Want    bool // TRUE or FALSE
	Negate  bool
}

// Type is BOOLEAN NOT NULL.
func (e *IsTruth) Type() types.Type { return types.Type{Kind: types.Boolean, NotNull: true} }

// Children is the operand.
func (e *IsTruth) Children() []Expr { return []Expr{e.Operand} }

// WithChildren returns the test of another operand.
func (e *IsTruth) WithChildren(c []Expr) Expr {
	return &IsTruth{Operand: c[0], Want: e.Want, Negate: e.Negate}
}

// String is x IS [NOT] TRUE or FALSE.
func (e *IsTruth) String() string {
	text := operand(e.Operand, precedenceCompare) + " IS "
	if e.Negate {
		text += "NOT "
	}
	if e.Want {
		return text + "TRUE"
	}
	return text + "FALSE"
}

func (e *IsTruth) head() any { return [2]bool{e.Want, e.Negate} }

// Eval tests each row.
func (e *IsTruth) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	valid := column.Valid()
	out := make([]bool, b.Rows())
	for i, v := range batch.Values[bool](column) {
		out[i] = (valid.Get(i) && v == e.Want) != e.Negate
	}
	return batch.NewFixed(out, nil), nil
}
