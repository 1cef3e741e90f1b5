package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// Cast converts a value to another type. A value that has no counterpart there is an error, or
// NULL with Try.
type Cast struct {
	Operand  Expr
	Try      bool
	Implicit bool // inserted by the binder: not shown by String
	typ      types.Type
	span     diag.Span
}

// NewCast returns the conversion of e to t, or e itself when nothing changes. types.CanCast must
// hold. span is the place in the script, for run-time errors.
func NewCast(e Expr, t types.Type, try, implicit bool, span diag.Span) Expr {
	from := e.Type()
	if types.Equal(from, t) || implicit && widens(from, t) {
		return e
	}
	if literal, ok := e.(*Literal); ok && literal.Value == nil {
		return NewLiteral(nil, t)
	}
	cast := &Cast{Operand: e, Try: try, Implicit: implicit, typ: t.Nullable(), span: span}
	if _, ok := e.(*Literal); ok && !from.Kind.IsTemporal() && !t.Kind.IsTemporal() {
		return foldCast(cast)
	}
	return cast
}

// widens reports whether every value of from already is a value of the type to as it stands: longer
// texts, finer times.
func widens(from, to types.Type) bool {
	if from.Kind.IsNested() || from.Kind == types.Decimal {
		return false
	}
	if from.Kind != to.Kind {
		return from.Kind.IsText() && to.Kind == types.Varchar && to.Precision == 0
	}
	return to.Precision >= from.Precision && from.Kind.IsTemporal() || to.Kind == types.Varchar && to.Precision == 0
}

// foldCast converts a constant now; one that cannot be converted fails when it is evaluated.
func foldCast(cast *Cast) Expr {
	one := batch.New(1)
	column, err := cast.Eval(&Context{Zone: time.UTC}, one)
	if err != nil {
		return cast
	}
	return NewLiteral(valueAt(column, 0), cast.typ.Required())
}

// valueAt returns a value as Literal holds it.
func valueAt(c batch.Column, row int) any {
	if !c.Valid().Get(row) {
		return nil
	}
	switch c := c.(type) {
	case *batch.Fixed[bool]:
		return c.Values[row]
	case *batch.Fixed[int8]:
		return c.Values[row]
	case *batch.Fixed[int16]:
		return c.Values[row]
	case *batch.Fixed[int32]:
		return c.Values[row]
	case *batch.Fixed[int64]:
		return c.Values[row]
	case *batch.Fixed[types.Decimal128]:
		return c.Values[row]
	case *batch.Fixed[float32]:
		return c.Values[row]
	case *batch.Fixed[float64]:
		return c.Values[row]
	case *batch.Bytes:
		return string(c.At(row))
	case *batch.List, *batch.Struct:
		return c.Gather([]int32{int32(row)})
	}
	panic(fmt.Sprintf("expr: no value in %T", c))
}

// Type is the target type.
func (e *Cast) Type() types.Type {
	t := e.typ
	t.NotNull = e.Operand.Type().NotNull && !e.Try
	return t
}

// Children is the operand.
func (e *Cast) Children() []Expr { return []Expr{e.Operand} }

// WithChildren returns the conversion of another operand.
func (e *Cast) WithChildren(c []Expr) Expr {
	out := *e
	out.Operand = c[0]
	return &out
}

// String is CAST(x AS type), or x for a conversion that nobody wrote.
func (e *Cast) String() string {
	if e.Implicit {
		return e.Operand.String()
	}
	name := "CAST"
	if e.Try {
		name = "TRY_CAST"
	}
	return name + "(" + e.Operand.String() + " AS " + e.typ.String() + ")"
}

func (e *Cast) head() any { return [2]any{e.Try, e.typ} }

// canFail reports whether some value of the operand's type has no counterpart in the target.
func (e *Cast) canFail() bool {
	return !e.Try && castCanFail(e.Operand.Type(), e.typ)
}

func castCanFail(from, to types.Type) bool {
	f, t := from.Kind, to.Kind
	switch {
	case f.IsText():
		return !t.IsText() && t != types.Varbinary
	case f.IsFloat(), f == types.Decimal && t != types.Decimal:
		return t.IsInteger() || t == types.Decimal
	case f.IsNumeric() && t == types.Decimal:
		from = types.AsDecimal(from)
		return from.Scale > to.Scale || from.Precision-from.Scale > to.Precision-to.Scale
	case f.IsInteger() && t.IsInteger():
		return t < f
	}
	if f.IsNested() && !t.IsText() {
		return partsCanFail(from, to)
	}
	return false
}

// partsCanFail is castCanFail for nested types of one kind.
func partsCanFail(from, to types.Type) bool {
	if from.Kind == types.Array {
		return castCanFail(from.Element(), to.Element())
	}
	for i, field := range from.Fields() {
		if castCanFail(field.Type, to.Fields()[i].Type) {
			return true
		}
	}
	return false
}

// Eval converts row by row.
func (e *Cast) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	return e.convert(c, column, e.Operand.Type())
}

// convert converts the values of a column of type from.
func (e *Cast) convert(c *Context, column batch.Column, from types.Type) (batch.Column, error) {
	to := e.typ
	switch {
	case from.Kind == types.Null:
		return nulls(to, column.Len()), nil
	case to.Kind.IsText():
		return e.toText(c, column, from), nil
	case from.Kind.IsText():
		return e.fromText(c, column.(*batch.Bytes))
	case from.Kind.IsNested():
		return e.castNested(c, column, from)
	case from.Kind.IsTemporal() || to.Kind.IsTemporal():
		return castTime(c, column, from, to), nil
	case from.Kind == types.Boolean:
		return e.castBool(column)
	case to.Kind == types.Boolean:
		return castToBool(column), nil
	case from.Kind == types.Decimal, to.Kind == types.Decimal:
		return e.castDecimal(column, from, to)
	default:
		return e.castNumber(column, from)
	}
}

func (e *Cast) castBool(column batch.Column) (batch.Column, error) {
	values := batch.Values[bool](column)
	numbers := make([]int64, len(values))
	for i, v := range values {
		numbers[i] = int64(boolOrder(v))
	}
	whole := batch.NewFixed(numbers, column.Valid())
	if e.typ.Kind == types.Decimal {
		return e.toDecimal(whole, types.Of(types.BigInt), e.typ)
	}
	return convertIntegers(e, numbers, column.Valid(), e.typ) // 0 and 1 fit everywhere
}

func castToBool(column batch.Column) batch.Column {
	out := make([]bool, column.Len())
	if decimals, ok := column.(*batch.Fixed[types.Decimal128]); ok {
		for i, v := range decimals.Values {
			out[i] = v.Sign() != 0
		}
	} else {
		for i, v := range asFloats(column) {
			out[i] = v != 0
		}
	}
	return batch.NewFixed(out, column.Valid())
}

func asFloats(column batch.Column) []float64 {
	switch c := column.(type) {
	case *batch.Fixed[float64]:
		return c.Values
	case *batch.Fixed[float32]:
		return convert[float32, float64](c.Values)
	case *batch.Fixed[int64]:
		return convert[int64, float64](c.Values)
	case *batch.Fixed[int32]:
		return convert[int32, float64](c.Values)
	case *batch.Fixed[int16]:
		return convert[int16, float64](c.Values)
	case *batch.Fixed[int8]:
		return convert[int8, float64](c.Values)
	}
	panic("expr: not a number column")
}

func asIntegers(column batch.Column) []int64 {
	switch c := column.(type) {
	case *batch.Fixed[int64]:
		return c.Values
	case *batch.Fixed[int32]:
		return convert[int32, int64](c.Values)
	case *batch.Fixed[int16]:
		return convert[int16, int64](c.Values)
	case *batch.Fixed[int8]:
		return convert[int8, int64](c.Values)
	}
	panic("expr: not an integer column")
}

func convert[From, To int8 | int16 | int32 | int64 | float32 | float64](values []From) []To {
	out := make([]To, len(values))
	for i, v := range values {
		out[i] = To(v)
	}
	return out
}

// castNumber converts between numbers. Floats are cut towards zero; what does not fit is an error.
func (e *Cast) castNumber(column batch.Column, from types.Type) (batch.Column, error) {
	to := e.typ
	switch {
	case to.Kind == types.Double:
		return batch.NewFixed(asFloats(column), column.Valid()), nil
	case to.Kind == types.Float && from.Kind.IsFloat():
		return batch.NewFixed(convert[float64, float32](asFloats(column)), column.Valid()), nil
	case from.Kind.IsInteger():
		return convertIntegers(e, asIntegers(column), column.Valid(), to)
	}
	numbers, valid := asFloats(column), column.Valid()
	whole := make([]int64, len(numbers))
	for i, v := range numbers {
		cut := math.Trunc(v)
		if cut >= -(1<<63) && cut < 1<<63 {
			whole[i] = int64(cut)
			continue
		}
		if !valid.Get(i) {
			continue
		}
		if !e.Try {
			return nil, e.fault(string(batch.AppendFloat(nil, v, 64)))
		}
		valid = cleared(valid, len(numbers), i)
	}
	return convertIntegers(e, whole, valid, to)
}

// cleared returns valid without row i, in memory of its own.
func cleared(valid batch.Bitmap, rows, i int) batch.Bitmap {
	out := batch.FullBitmap(rows)
	if valid != nil {
		copy(out, valid)
	}
	out.Clear(i)
	return out
}

func convertIntegers(e *Cast, values []int64, valid batch.Bitmap, to types.Type) (batch.Column, error) {
	low, high := integerRange(to.Kind)
	for i, v := range values {
		if v >= low && v <= high || !valid.Get(i) {
			continue
		}
		if !e.Try {
			return nil, e.fault(strconv.FormatInt(v, 10))
		}
		valid = cleared(valid, len(values), i)
	}
	switch to.Kind { //nolint:exhaustive // the caller asks for numbers only
	case types.TinyInt:
		return batch.NewFixed(convert[int64, int8](values), valid), nil
	case types.SmallInt:
		return batch.NewFixed(convert[int64, int16](values), valid), nil
	case types.Int:
		return batch.NewFixed(convert[int64, int32](values), valid), nil
	case types.Float:
		return batch.NewFixed(convert[int64, float32](values), valid), nil
	case types.Double:
		return batch.NewFixed(convert[int64, float64](values), valid), nil
	}
	return batch.NewFixed(values, valid), nil
}

func integerRange(kind types.Kind) (low, high int64) {
	switch kind { //nolint:exhaustive // everything else has 64 bits
	case types.TinyInt:
		return math.MinInt8, math.MaxInt8
	case types.SmallInt:
		return math.MinInt16, math.MaxInt16
	case types.Int:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

func (e *Cast) fault(value string) error {
	if short := cutCharacters([]byte(value), 80); len(short) < len(value) {
		value = string(short) + "..."
	}
	return diag.Errorf(diag.BadData, e.span, "cannot cast %q to %s", value, e.typ).
		WithHint("use TRY_CAST to get NULL for values that do not convert")
}

// toText prints every value; CHAR and VARCHAR lengths cut.
func (e *Cast) toText(c *Context, column batch.Column, from types.Type) batch.Column {
	var builder batch.BytesBuilder
	var text []byte
	for row := range column.Len() {
		if !column.Valid().Get(row) {
			builder.AppendNull()
			continue
		}
		text = batch.AppendText(text[:0], column, row, from, c.Zone)
		if from.Kind == types.Boolean {
			text = []byte(strings.ToUpper(string(text)))
		}
		if e.typ.Precision > 0 {
			text = cutCharacters(text, e.typ.Precision)
		}
		if e.typ.Kind == types.Char {
			for n := countCharacters(text); n < e.typ.Precision; n++ {
				text = append(text, ' ')
			}
		}
		builder.Append(text)
	}
	return builder.Finish()
}
