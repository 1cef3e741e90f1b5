package expr

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Case is CASE WHEN condition THEN result ... ELSE result END. All results have the same physical
// type. A result is evaluated only for the rows that take it, so CASE guards what can fail.
type Case struct {
	Conditions []Expr // BOOLEAN
	Results    []Expr
	Else       Expr
	typ        types.Type
}

// NewCase returns a CASE whose results all have the type t, nullability aside.
func NewCase(conditions, results []Expr, otherwise Expr, t types.Type) *Case {
	return &Case{Conditions: conditions, Results: results, Else: otherwise, typ: t}
}

// Type is the type of the results.
func (e *Case) Type() types.Type {
	t := e.typ.Required().WithNull(!e.Else.Type().NotNull)
	for _, result := range e.Results {
		t = t.WithNull(!result.Type().NotNull)
	}
	return t
}

// Children are the conditions, the results and the ELSE.
func (e *Case) Children() []Expr {
	return append(slices.Concat(e.Conditions, e.Results), e.Else)
}

// WithChildren returns a CASE of other operands.
func (e *Case) WithChildren(c []Expr) Expr {
	n := len(e.Conditions)
	return &Case{Conditions: c[:n:n], Results: c[n : 2*n : 2*n], Else: c[2*n], typ: e.typ}
}

// String is the CASE on one line.
func (e *Case) String() string {
	var out strings.Builder
	out.WriteString("CASE")
	for i, condition := range e.Conditions {
		out.WriteString(" WHEN " + condition.String() + " THEN " + e.Results[i].String())
	}
	out.WriteString(" ELSE " + e.Else.String() + " END")
	return out.String()
}

// Eval decides row by row, evaluating each branch over the rows that reach it.
func (e *Case) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	choice := make([]int32, b.Rows()) // branch of each row; len(Results) is ELSE
	open := make([]int32, b.Rows())
	for i := range open {
		open[i] = int32(i)
	}
	for branch, condition := range e.Conditions {
		if len(open) == 0 {
			break
		}
		rows := b
		if len(open) < b.Rows() {
			rows = b.Gather(open)
		}
		column, err := condition.Eval(c, rows)
		if err != nil {
			return nil, err
		}
		open = split(column, open, choice, int32(branch))
	}
	for _, row := range open {
		choice[row] = int32(len(e.Results))
	}
	return e.merge(c, b, choice)
}

// split notes the branch for the rows where the condition holds, and returns the others.
func split(condition batch.Column, open, choice []int32, branch int32) []int32 {
	values, valid := batch.Values[bool](condition), condition.Valid()
	rest := open[:0]
	for i, row := range open {
		if values[i] && valid.Get(i) {
			choice[row] = branch
		} else {
			rest = append(rest, row)
		}
	}
	return rest
}

// merge evaluates every branch that some row takes and puts the values in row order.
func (e *Case) merge(c *Context, b *batch.Batch, choice []int32) (batch.Column, error) {
	branches := make([][]int32, len(e.Results)+1)
	for row, branch := range choice {
		branches[branch] = append(branches[branch], int32(row))
	}
	columns := make([]batch.Column, len(branches))
	for i, rows := range branches {
		if len(rows) == 0 {
			continue
		}
		result := e.Else
		if i < len(e.Results) {
			result = e.Results[i]
		}
		input := b
		if len(rows) < b.Rows() {
			input = b.Gather(rows)
		}
		column, err := result.Eval(c, input)
		if err != nil {
			return nil, err
		}
		if len(rows) == b.Rows() {
			return column, nil
		}
		columns[i] = column
	}
	builder := batch.NewBuilder(e.typ)
	next := make([]int, len(branches))
	for _, branch := range choice {
		builder.AppendFrom(columns[branch], next[branch])
		next[branch]++
	}
	return builder.Finish(), nil
}

// In is x [NOT] IN (constants).
type In struct {
	Operand Expr
	List    []Expr // of the operand's type
	Negate  bool
}

// Type is BOOLEAN.
func (e *In) Type() types.Type { return e.expand().Type() }

// Children are the operand and the list.
func (e *In) Children() []Expr { return append([]Expr{e.Operand}, e.List...) }

// WithChildren returns the test of other operands.
func (e *In) WithChildren(c []Expr) Expr { return &In{Operand: c[0], List: c[1:], Negate: e.Negate} }

// String is x [NOT] IN (...).
func (e *In) String() string {
	items := make([]string, len(e.List))
	for i, item := range e.List {
		items[i] = item.String()
	}
	word := " IN ("
	if e.Negate {
		word = " NOT IN ("
	}
	return operand(e.Operand, precedenceCompare) + word + strings.Join(items, ", ") + ")"
}

func (e *In) head() any { return e.Negate }

// expand returns the test as comparisons.
func (e *In) expand() Expr {
	comparisons := make([]Expr, len(e.List))
	for i, item := range e.List {
		comparisons[i] = NewCompare(Eq, e.Operand, item)
	}
	matches := Or(comparisons...)
	if e.Negate {
		return &Not{matches}
	}
	return matches
}

// Eval tests by comparison; a list of text constants is looked up instead.
func (e *In) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	set, ok := e.textSet()
	if !ok {
		return e.expand().Eval(c, b)
	}
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	text := column.(*batch.Bytes)
	out := make([]bool, text.Len())
	for i := range out {
		_, found := set[string(text.At(i))]
		out[i] = found != e.Negate
	}
	return batch.NewFixed(out, column.Valid()), nil
}

// textSet returns the list as a set when the operand is text and no item is NULL.
func (e *In) textSet() (map[string]struct{}, bool) {
	if !e.Operand.Type().Kind.IsText() {
		return nil, false
	}
	set := make(map[string]struct{}, len(e.List))
	for _, item := range e.List {
		text, ok := Constant(item)
		if !ok || text == nil {
			return nil, false
		}
		set[text.(string)] = struct{}{}
	}
	return set, true
}
