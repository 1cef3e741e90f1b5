package expr_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// generator writes random expressions. Deep ones are built from few kinds of leaves, so that NULLs,
// equal values and failing operations are common.
type generator struct {
	*rand.Rand
	constant bool // without columns
}

func (g generator) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

// leaf returns a column, or one of the constants.
func (g generator) leaf(columns []string, constants ...string) string {
	if g.constant || g.IntN(3) == 0 {
		return g.pick(constants...)
	}
	return g.pick(columns...)
}

// wrap puts parentheses around a text.
func wrap(format string, args ...any) string { return "(" + fmt.Sprintf(format, args...) + ")" }

func (g generator) boolean(depth int) string {
	if depth <= 0 {
		return g.leaf([]string{"p", "q"}, "TRUE", "FALSE", "CAST(NULL AS BOOLEAN)")
	}
	depth--
	switch g.IntN(11) {
	case 0:
		return wrap("NOT %s", g.boolean(depth))
	case 1, 2:
		return wrap("%s AND %s", g.boolean(depth), g.boolean(depth))
	case 3, 4:
		return wrap("%s OR %s", g.boolean(depth), g.boolean(depth))
	case 5:
		return wrap("%s IS %s%s", g.boolean(depth), g.pick("", "NOT "), g.pick("NULL", "TRUE", "FALSE", "UNKNOWN"))
	case 6:
		return wrap("CASE WHEN %s THEN %s ELSE %s END", g.boolean(depth), g.boolean(depth), g.boolean(depth))
	case 7:
		return wrap("%s IS %sDISTINCT FROM %s", g.integer(depth), g.pick("", "NOT "), g.integer(depth))
	}
	return g.comparison(depth)
}

func (g generator) comparison(depth int) string {
	operand := []func(int) string{g.integer, g.integer, g.real, g.text, g.boolean}[g.IntN(5)]
	switch g.IntN(6) {
	case 0:
		return wrap("%s %sIN (%s, %s, %s)", operand(depth), g.pick("", "NOT "), operand(0), operand(0), operand(depth-1))
	case 1:
		return wrap("%s %sBETWEEN %s%s AND %s", operand(depth), g.pick("", "NOT "), g.pick("", "SYMMETRIC "), operand(0), operand(0))
	case 2:
		return wrap("%s IS NOT NULL", operand(depth))
	}
	return wrap("%s %s %s", operand(depth), g.pick("=", "<>", "<", "<=", ">", ">="), operand(depth))
}

func (g generator) integer(depth int) string {
	if depth <= 0 {
		return g.leaf([]string{"a", "b", "n", "tiny", "small", "big"}, "0", "1", "-3", "2147483647", "CAST(NULL AS INT)", "CAST(7 AS BIGINT)")
	}
	depth--
	switch g.IntN(9) {
	case 7:
		return fmt.Sprintf("ARRAY[%s, %s, %s][%s]", g.integer(depth), g.integer(0), g.integer(0), g.pick("1", "2", "3", "4", "a", "tiny"))
	case 8:
		return g.pick(
			fmt.Sprintf("MAP[%s, %s, 'x', 7][%s]", g.text(depth), g.integer(0), g.text(0)),
			fmt.Sprintf("ROW(%s, %s).EXPR$0", g.integer(depth), g.text(0)),
			fmt.Sprintf("ARRAY_POSITION(ARRAY_APPEND(ARRAY[%s], %s), %s)", g.text(0), g.text(depth), g.text(0)),
			fmt.Sprintf("ARRAY_MAX(ARRAY_DISTINCT(ARRAY[%s, %s]))", g.integer(depth), g.integer(0)))
	case 0:
		return wrap("CASE WHEN %s THEN %s WHEN %s THEN %s END", g.boolean(depth), g.integer(depth), g.boolean(depth), g.integer(depth))
	case 1:
		return fmt.Sprintf("%s(%s AS %s)", g.pick("CAST", "TRY_CAST"), g.pick(g.real(depth), g.text(depth), g.integer(depth), g.boolean(depth)), g.pick("TINYINT", "SMALLINT", "INT", "BIGINT"))
	case 2:
		return fmt.Sprintf("%s(%s, %s)", g.pick("COALESCE", "NULLIF", "GREATEST", "LEAST", "MOD"), g.integer(depth), g.integer(depth))
	case 3:
		return wrap("- %s", g.integer(depth))
	}
	return wrap("%s %s %s", g.integer(depth), g.pick("+", "-", "*", "/", "%"), g.integer(depth))
}

func (g generator) real(depth int) string {
	if depth <= 0 {
		return g.leaf([]string{"x", "y", "f"}, "0e0", "1.5e0", "-2.25e0", "1e300", "CAST(NULL AS DOUBLE)")
	}
	depth--
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf("CAST(%s AS %s)", g.integer(depth), g.pick("FLOAT", "DOUBLE"))
	case 1:
		return wrap("CASE WHEN %s THEN %s ELSE %s END", g.boolean(depth), g.real(depth), g.integer(depth))
	case 2:
		return fmt.Sprintf("TRY_CAST(%s AS DOUBLE)", g.text(depth))
	}
	return wrap("%s %s %s", g.real(depth), g.pick("+", "-", "*", "/", "%"), g.pick(g.real(depth), g.integer(depth)))
}

func (g generator) text(depth int) string {
	if depth <= 0 {
		return g.leaf([]string{"s", "t"}, "'x'", "''", "'12'", "'it''s'", "CAST(NULL AS STRING)")
	}
	depth--
	switch g.IntN(5) {
	case 0:
		return fmt.Sprintf("CAST(%s AS STRING)", g.pick(g.integer(depth), g.boolean(depth), g.text(depth)))
	case 1:
		return wrap("CASE %s WHEN %s THEN %s ELSE %s END", g.integer(depth), g.integer(0), g.text(depth), g.text(depth))
	case 2:
		return wrap("%s || %s", g.text(depth), g.text(depth))
	case 3:
		return fmt.Sprintf("UPPER(%s)", g.text(depth))
	}
	return fmt.Sprintf("COALESCE(%s, %s)", g.text(depth), g.text(depth))
}

// expression returns an expression of any of the types.
func (g generator) expression(depth int) string {
	return []func(int) string{g.boolean, g.boolean, g.integer, g.real, g.text}[g.IntN(5)](depth)
}

// rows returns a random batch of the test's columns. The values in NULL rows are as random as the
// others: no kernel may look at them.
func (g generator) rows(n int) *batch.Batch {
	out := make([]batch.Column, len(columns))
	for i, field := range columns {
		var valid batch.Bitmap
		if !field.Type.NotNull && g.IntN(6) > 0 {
			valid = batch.NewBitmap(n)
			for row := range n {
				if g.IntN(3) > 0 {
					valid.Set(row)
				}
			}
		}
		out[i] = g.values(field.Type, n).WithValid(valid)
		if _, ok := out[i].(*batch.Bytes); ok { // a NULL text is empty
			builder := batch.NewBuilder(field.Type)
			for row := range n {
				builder.AppendFrom(out[i], row)
			}
			out[i] = builder.Finish()
		}
	}
	return batch.New(n, out...)
}

func (g generator) values(t types.Type, n int) batch.Column {
	integers := []int64{0, 0, 1, -1, 2, -3, 7, 100, math.MaxInt8, math.MinInt8, math.MaxInt16, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}
	reals := []float64{0, math.Copysign(0, -1), 1.5, -2.25, 3, 1e10, 1e300, -1e300, math.NaN(), math.Inf(1), 0.1}
	switch t.Kind { //nolint:exhaustive // the rest are texts
	case types.Boolean:
		return column(n, func() bool { return g.IntN(2) == 0 })
	case types.TinyInt:
		return column(n, func() int8 { return int8(integers[g.IntN(10)]) })
	case types.SmallInt:
		return column(n, func() int16 { return int16(integers[g.IntN(11)]) })
	case types.Int:
		return column(n, func() int32 { return int32(integers[g.IntN(13)]) })
	case types.BigInt:
		return column(n, func() int64 { return integers[g.IntN(15)] })
	case types.Float:
		return column(n, func() float32 { return float32(reals[g.IntN(len(reals))]) })
	case types.Double:
		return column(n, func() float64 { return reals[g.IntN(len(reals))] })
	case types.Date:
		return column(n, func() int32 { return int32(g.IntN(40000) - 20000) })
	case types.Time:
		return column(n, func() int64 { return g.Int64N(types.Day) })
	case types.Timestamp, types.TimestampLTZ:
		return column(n, func() int64 { return g.Int64N(40000*types.Day) - 20000*types.Day })
	}
	var builder batch.BytesBuilder
	for range n {
		builder.AppendString(g.pick("", "x", "12", " -3 ", "1.5", "true", "é", "it's", strings.Repeat("y", 20)))
	}
	return builder.Finish()
}

func column[T batch.Value](n int, value func() T) batch.Column {
	values := make([]T, n)
	for i := range values {
		values[i] = value()
	}
	return batch.NewFixed(values, nil)
}
