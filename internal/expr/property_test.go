package expr_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
)

// FuzzKernels compares kernels with the naive evaluator, for random expressions over random rows.
func FuzzKernels(f *testing.F) {
	for seed := range uint64(3000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{Rand: rand.New(rand.NewPCG(seed, 1))}
		text := g.expression(1 + g.IntN(4))
		e, err := bound(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		checkKernels(t, text, e, g.rows([]int{0, 1, 7, 63, 64, 65, 130}[g.IntN(7)]))
	})
}

// checkKernels compares Eval with the naive evaluator. An error of a row is an error of the batch.
func checkKernels(t *testing.T, text string, e expr.Expr, b *batch.Batch) {
	t.Helper()
	want := make([]any, b.Rows())
	var fails error
	for row := range want {
		var err error
		if want[row], err = naive(e, b, row); err != nil {
			fails = err
		}
	}
	column, err := e.Eval(utc, b)
	if (err != nil) != (fails != nil) {
		t.Fatalf("%s\nbound %s\nerror is %v, want %v", text, e, err, fails)
	}
	if err != nil {
		if !expr.CanFail(e) {
			t.Fatalf("%s\nbound %s\nfails with %v, but is said not to", text, e, err)
		}
		return
	}
	if column.Len() != b.Rows() {
		t.Fatalf("%s\nbound %s\n%d rows, want %d", text, e, column.Len(), b.Rows())
	}
	for row := range want {
		if got := valueAt(column, row); !same(got, want[row]) {
			t.Fatalf("%s\nbound %s\nrow %d is %v, want %v", text, e, row, got, want[row])
		}
		if want[row] == nil && e.Type().NotNull {
			t.Fatalf("%s\nbound %s\nrow %d is NULL, but the type is %v", text, e, row, e.Type())
		}
	}
}

// same reports whether two values are the same, NaN and the sign of zero included.
func same(a, b any) bool {
	if x, ok := a.(float64); ok {
		y, ok := b.(float64)
		return ok && (math.Float64bits(x) == math.Float64bits(y) || x != x && y != y)
	}
	if x, ok := a.(float32); ok {
		y, ok := b.(float32)
		return ok && (math.Float32bits(x) == math.Float32bits(y) || x != x && y != y)
	}
	return a == b
}

// FuzzFold checks that replacing constant parts by their values changes no result and no error.
func FuzzFold(f *testing.F) {
	for seed := range uint64(1000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{Rand: rand.New(rand.NewPCG(seed, 2)), constant: seed%2 == 0}
		text := g.expression(1 + g.IntN(4))
		e, err := bound(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		folded := expr.Rewrite(e, func(e expr.Expr) expr.Expr {
			if _, ok := e.(*expr.Literal); ok || !expr.IsConstant(e) {
				return e
			}
			if value, err := expr.Fold(e, utc, batch.New(1)); err == nil {
				return value
			}
			return e
		})
		g.constant = false
		b := g.rows(20)
		want, wantErr := e.Eval(utc, b)
		got, gotErr := folded.Eval(utc, b)
		if (wantErr != nil) != (gotErr != nil) {
			t.Fatalf("%s: folded %s\nerror is %v, want %v", text, folded, gotErr, wantErr)
		}
		if wantErr != nil {
			return
		}
		if folded.Type().Kind != e.Type().Kind {
			t.Fatalf("%s: folded %s\ntype is %v, want %v", text, folded, folded.Type(), e.Type())
		}
		for row := range b.Rows() {
			if x, y := valueAt(want, row), valueAt(got, row); !same(x, y) {
				t.Fatalf("%s: folded %s\nrow %d is %v, want %v", text, folded, row, y, x)
			}
		}
	})
}

// FuzzPrint checks that the text of an expression means the expression: it binds to the same shape.
func FuzzPrint(f *testing.F) {
	for seed := range uint64(2000) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{Rand: rand.New(rand.NewPCG(seed, 3))}
		checkPrint(t, typedNulls.Replace(g.expression(1+g.IntN(4))))
	})
}

// typedNulls takes out NULLs with a type, which print as NULL.
var typedNulls = strings.NewReplacer("CAST(NULL AS BOOLEAN)", "q", "CAST(NULL AS INT)", "b", "CAST(NULL AS DOUBLE)", "y", "CAST(NULL AS STRING)", "t")

func checkPrint(t *testing.T, text string) {
	t.Helper()
	e, err := bound(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	again, err := bound(e.String())
	if err != nil {
		t.Fatalf("%s prints as\n%s: %v", text, e, err)
	}
	if want, got := shape(e), shape(again); want != got {
		t.Fatalf("%s prints as\n%s, which is\n%s, want\n%s", text, e, got, want)
	}
}

// shape is an expression with its structure spelled out. What nobody wrote is left out, and so are
// the types of constants: CAST(1 AS BIGINT) is a constant that prints as 1.
func shape(e expr.Expr) string {
	children := e.Children()
	head := strings.TrimPrefix(fmt.Sprintf("%T", e), "*expr.")
	switch e := e.(type) {
	case *expr.Column, *expr.Literal:
		return e.String()
	case *expr.Cast:
		if e.Implicit {
			return shape(e.Operand)
		}
		head = fmt.Sprintf("%s %v %v", head, e.Try, e.Type().Nullable())
	case *expr.Compare:
		head = e.Op.String()
	case *expr.Arithmetic:
		head = e.Op.String()
	case *expr.Logic:
		head = fmt.Sprintf("or:%v", e.Or)
	case *expr.IsNull:
		head = fmt.Sprintf("%s:%v", head, e.Negate)
	case *expr.IsTruth:
		head = fmt.Sprintf("%s:%v:%v", head, e.Want, e.Negate)
	case *expr.In:
		head = fmt.Sprintf("%s:%v", head, e.Negate)
	case *expr.Call:
		head = e.Function.Name
	case *expr.Case, *expr.Not:
	default:
		if head == "asserted" {
			return shape(children[0])
		}
		head += " " + e.String()
	}
	parts := make([]string, len(children))
	for i, child := range children {
		parts[i] = shape(child)
	}
	return head + "[" + strings.Join(parts, " ") + "]"
}

// TestEvaluationChangesNothing evaluates over a batch whose columns are compared before and after.
func TestEvaluationChangesNothing(t *testing.T) {
	for seed := range uint64(300) {
		g := generator{Rand: rand.New(rand.NewPCG(seed, 4))}
		text := g.expression(3)
		e := mustBind(t, text)
		b := g.rows(70)
		before := snapshot(b)
		if _, err := e.Eval(utc, b); err != nil && !expr.CanFail(e) {
			t.Fatalf("%s: %v", text, err)
		}
		if after := snapshot(b); !slices.Equal(before, after) {
			t.Fatalf("%s changes the batch it reads", text)
		}
	}
}

func snapshot(b *batch.Batch) []string {
	var all []string
	for row := range b.Rows() {
		for _, c := range b.Columns {
			all = append(all, fmt.Sprint(valueAt(c, row)))
		}
	}
	return all
}
