package expr

import (
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Tuple is several values of a row in one: what a row contributes to an aggregate of more than one
// value. It evaluates to a *batch.Struct.
type Tuple struct {
	Fields []Expr
	// Needed is how many of the first fields a row must have: without one of them it has no tuple,
	// that is NULL. Where a tuple is NULL, its fields may be anything.
	Needed int
	typ    types.Type
}

// NewTuple returns the tuple of the fields, of which it keeps the slice.
func NewTuple(fields []Expr, needed int) *Tuple {
	schema := make(types.Schema, len(fields))
	nullable := false
	for i, field := range fields {
		schema[i] = types.Field{Name: "f" + strconv.Itoa(i), Type: field.Type()}
		nullable = nullable || i < needed && !field.Type().NotNull
	}
	return &Tuple{Fields: fields, Needed: needed, typ: types.RowOf(schema).Required().WithNull(nullable)}
}

// Type is a ROW of the fields' types.
func (e *Tuple) Type() types.Type { return e.typ }

// Children are the fields.
func (e *Tuple) Children() []Expr { return e.Fields }

// WithChildren returns the tuple of other fields.
func (e *Tuple) WithChildren(c []Expr) Expr { return NewTuple(c, e.Needed) }

// String is (a, b).
func (e *Tuple) String() string { return "(" + joined(e.Fields) + ")" }

func (e *Tuple) head() any { return e.Needed }

// Eval evaluates the fields.
func (e *Tuple) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	columns := make([]batch.Column, len(e.Fields))
	var valid batch.Bitmap
	for i, field := range e.Fields {
		column, err := field.Eval(c, b)
		if err != nil {
			return nil, err
		}
		columns[i] = column
		if i < e.Needed {
			valid = batch.And(valid, column.Valid())
		}
	}
	return batch.NewStruct(b.Rows(), columns, valid), nil
}

// Arrival is the number of the row in the order in which rows come to the task, ascending but not
// without gaps. It is a BIGINT. Every evaluation gives new numbers.
type Arrival struct{}

// Type is BIGINT.
func (Arrival) Type() types.Type { return types.RequiredBigInt }

// Children returns nothing.
func (Arrival) Children() []Expr { return nil }

// WithChildren returns e.
func (e Arrival) WithChildren([]Expr) Expr { return e }

// String says what it is; SQL has no word for it.
func (Arrival) String() string { return "arrival" }

// Eval numbers the rows.
func (Arrival) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	first := c.arrive(b.Rows())
	numbers := make([]int64, b.Rows())
	for i := range numbers {
		numbers[i] = first + int64(i)
	}
	return batch.NewFixed(numbers, nil), nil
}

// arrive returns the first of as many numbers as there are rows, all above those that it gave before.
// They begin with the time in nanoseconds, so that a job that is restored goes on above the numbers
// that its state holds.
func (c *Context) arrive(rows int) int64 {
	const nanosPerMicro = 1000
	first := max(c.arrivals, c.Now*nanosPerMicro)
	c.arrivals = first + int64(rows)
	return first
}

func joined(all []Expr) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = e.String()
	}
	return strings.Join(texts, ", ")
}
