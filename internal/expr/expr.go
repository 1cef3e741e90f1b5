// Package expr is typed expressions that evaluate themselves over a batch, column at a time, and the
// tables of functions and aggregates.
//
// Package sql/bind makes expressions, with every type decided and every conversion inserted;
// operators evaluate them. Nothing here reads SQL text.
//
// Invariant: Eval returns a column with exactly one value per row of the batch and changes nothing
// it was given. Values in NULL rows are unspecified, so a kernel that can fail must look at
// validity before it fails.
package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// Expr is a typed scalar expression. Expressions are immutable and safe for concurrent use.
type Expr interface {
	// Type is the type of the values, with their nullability.
	Type() types.Type
	// Eval computes one value per row of b.
	Eval(c *Context, b *batch.Batch) (batch.Column, error)
	// Children are the operands, in order.
	Children() []Expr
	// WithChildren returns the same operation on other operands of the same types.
	WithChildren(children []Expr) Expr
	// String is the SQL text of the expression as EXPLAIN shows it.
	String() string
}

// Context is what an evaluation may depend on besides its rows.
type Context struct {
	// Now is the time at which the rows are processed, in microseconds since the epoch. It is fixed
	// while one batch passes a chain of operators, so that all uses within a row agree.
	Now int64
	// Zone is the session time zone.
	Zone *time.Location
	// Watermark is the last watermark that the task has passed on, in the unit of the event time; there
	// is none before HasWatermark.
	Watermark    int64
	HasWatermark bool

	arrivals int64 // the next number that Arrival gives at least
}

// Column is a reference to a column of the input by position.
type Column struct {
	Index int
	Name  string
	typ   types.Type
}

// NewColumn returns a reference to the input column at index.
func NewColumn(index int, name string, t types.Type) *Column {
	return &Column{Index: index, Name: name, typ: t}
}

// Type is the type of the column.
func (e *Column) Type() types.Type { return e.typ }

// Eval returns the column itself.
func (e *Column) Eval(_ *Context, b *batch.Batch) (batch.Column, error) {
	return b.Columns[e.Index], nil
}

// Children returns nothing.
func (e *Column) Children() []Expr { return nil }

// WithChildren returns e.
func (e *Column) WithChildren([]Expr) Expr { return e }

// String is the name of the column.
func (e *Column) String() string { return e.Name }

// Literal is a constant. Value is nil for NULL, otherwise the Go value of the physical type: bool,
// int8, int16, int32, int64, types.Decimal128, float32, float64 or string; for nested types a
// batch.Column of one row.
type Literal struct {
	Value any
	typ   types.Type
}

// NewLiteral returns a constant of the type; value as in Literal.
func NewLiteral(value any, t types.Type) *Literal {
	return &Literal{Value: value, typ: t.WithNull(value == nil)}
}

// As returns the constant with another type, nullability included. It is for placeholders that are
// replaced before anything is evaluated.
func (e *Literal) As(t types.Type) *Literal { return &Literal{Value: e.Value, typ: t} }

// Type is the type of the constant.
func (e *Literal) Type() types.Type { return e.typ }

// Eval repeats the constant.
func (e *Literal) Eval(_ *Context, b *batch.Batch) (batch.Column, error) {
	return Repeat(e.Value, e.typ, b.Rows()), nil
}

// Children returns nothing.
func (e *Literal) Children() []Expr { return nil }

// WithChildren returns e.
func (e *Literal) WithChildren([]Expr) Expr { return e }

// String is the constant as SQL writes it.
func (e *Literal) String() string {
	switch v := e.Value.(type) {
	case nil:
		return "NULL"
	case string:
		if e.typ.Kind == types.Varbinary {
			return fmt.Sprintf("X'%X'", v)
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	}
	text := string(batch.AppendText(nil, Repeat(e.Value, e.typ, 1), 0, e.typ, time.UTC))
	switch e.typ.Kind { //nolint:exhaustive // the rest are plain numbers
	case types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		return e.typ.Kind.String() + " '" + text + "'"
	case types.Float, types.Double:
		if finite := text[len(text)-1] <= '9'; finite && !strings.Contains(text, "E") {
			return text + "E0" // without the exponent it is a DECIMAL
		}
	case types.IntervalSecond:
		return Span(e.Value.(int64))
	case types.IntervalMonth:
		return fmt.Sprintf("%d months", e.Value)
	case types.Array, types.Map, types.Row:
		return e.nestedText()
	}
	return text
}

// nestedText returns a constant of a nested type as the constructor that makes it.
func (e *Literal) nestedText() string {
	parts := &Construct{typ: e.typ}
	add := func(c batch.Column, row int, t types.Type) {
		parts.Parts = append(parts.Parts, NewLiteral(valueAt(c, row), t))
	}
	switch c := e.Value.(type) {
	case *batch.Struct:
		for i, field := range e.typ.Fields() {
			add(c.Fields[i], 0, field.Type)
		}
	case *batch.List:
		from, to := c.Range(0)
		for item := from; item < to; item++ {
			if e.typ.Kind == types.Array {
				add(c.Items, item, e.typ.Element())
				continue
			}
			entries := c.Items.(*batch.Struct)
			add(entries.Fields[0], item, e.typ.Key())
			add(entries.Fields[1], item, e.typ.Value())
		}
	}
	return parts.String()
}

// Span returns a length in microseconds as EXPLAIN shows it: 1d, 90m, 5s, 250ms.
func Span(micros int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{types.Day, "d"}, {types.Hour, "h"}, {types.Minute, "m"}, {types.Second, "s"}, {types.Millisecond, "ms"}} {
		if micros != 0 && micros%unit.size == 0 {
			return strconv.FormatInt(micros/unit.size, 10) + unit.name
		}
	}
	if micros == 0 {
		return "0s"
	}
	return strconv.FormatInt(micros, 10) + "us"
}

// Repeat returns a column of rows times the same value; value as in Literal.
func Repeat(value any, t types.Type, rows int) batch.Column {
	if value == nil {
		return nulls(t, rows)
	}
	switch v := value.(type) {
	case bool:
		return repeat(v, rows)
	case int8:
		return repeat(v, rows)
	case int16:
		return repeat(v, rows)
	case int32:
		return repeat(v, rows)
	case int64:
		return repeat(v, rows)
	case float32:
		return repeat(v, rows)
	case float64:
		return repeat(v, rows)
	case types.Decimal128:
		return repeat(v, rows)
	case batch.Column:
		return v.Gather(make([]int32, rows))
	case string:
		offsets := make([]int32, rows+1)
		data := make([]byte, 0, rows*len(v))
		for i := range rows {
			data = append(data, v...)
			offsets[i+1] = int32(len(data))
		}
		return batch.NewBytes(offsets, data, nil)
	}
	panic(fmt.Sprintf("expr: no column of %T", value))
}

func repeat[T batch.Value](v T, rows int) batch.Column {
	values := make([]T, rows)
	for i := range values {
		values[i] = v
	}
	return batch.NewFixed(values, nil)
}

// nulls returns a column of rows NULLs.
func nulls(t types.Type, rows int) batch.Column {
	builder := batch.NewBuilder(t)
	for range rows {
		builder.AppendNull()
	}
	return builder.Finish()
}

// Constant returns the value of a literal; false if e is anything else.
func Constant(e Expr) (value any, ok bool) {
	literal, ok := e.(*Literal)
	if !ok {
		return nil, false
	}
	return literal.Value, true
}

// runtimeError is an error while evaluating, at the place of the expression in the script.
func runtimeError(span diag.Span, format string, args ...any) *diag.Error {
	return diag.Errorf(diag.BadData, span, format, args...)
}
