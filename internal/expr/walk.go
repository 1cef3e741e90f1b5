package expr

import (
	"reflect"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
)

// Walk calls visit for e and everything below it, parents first.
func Walk(e Expr, visit func(Expr)) {
	visit(e)
	for _, child := range e.Children() {
		Walk(child, visit)
	}
}

// Rewrite returns e with every node replaced by what change makes of it, children first.
func Rewrite(e Expr, change func(Expr) Expr) Expr {
	children := e.Children()
	if len(children) > 0 {
		changed := false
		rewritten := make([]Expr, len(children))
		for i, child := range children {
			rewritten[i] = Rewrite(child, change)
			changed = changed || rewritten[i] != child
		}
		if changed {
			e = e.WithChildren(rewritten)
		}
	}
	return change(e)
}

// Columns adds the positions of all columns that e reads to used.
func Columns(e Expr, used map[int]bool) {
	Walk(e, func(e Expr) {
		if column, ok := e.(*Column); ok {
			used[column.Index] = true
		}
	})
}

// Remap returns e with every column reference moved: column i becomes positions[i].
func Remap(e Expr, positions map[int]int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if column, ok := e.(*Column); ok {
			return NewColumn(positions[column.Index], column.Name, column.typ)
		}
		return e
	})
}

// Substitute returns e with every column reference i replaced by exprs[i].
func Substitute(e Expr, exprs []Expr) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if column, ok := e.(*Column); ok {
			return exprs[column.Index]
		}
		return e
	})
}

// head is implemented by nodes whose operation is more than their Go type: two nodes are the same
// operation when their heads are equal.
type head interface{ head() any }

func (e *Column) head() any  { return e.Index }
func (e *Literal) head() any { return [2]any{e.Value, e.typ} }

// Equal reports whether a and b compute the same thing.
func Equal(a, b Expr) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	if ha, ok := a.(head); ok && ha.head() != b.(head).head() {
		return false
	}
	return slices.EqualFunc(a.Children(), b.Children(), Equal)
}

// IsConstant reports whether e gives the same value whatever the row and whenever it is evaluated.
func IsConstant(e Expr) bool {
	constant := true
	Walk(e, func(e Expr) {
		switch e := e.(type) {
		case *Column, Arrival:
			constant = false
		case *Call:
			constant = constant && !e.Function.Volatile
		}
	})
	return constant
}

// IsVolatile reports whether e may give another value at every evaluation.
func IsVolatile(e Expr) bool {
	volatile := false
	Walk(e, func(e Expr) {
		if call, ok := e.(*Call); ok {
			volatile = volatile || call.Function.Volatile
		}
	})
	return volatile
}

// failing is implemented by nodes that can fail for some operands only.
type failing interface{ canFail() bool }

// CanFail reports whether evaluating e on some row can be an error (a division, a CAST, a function
// that rejects arguments). Such an expression is evaluated only for the rows that need it.
func CanFail(e Expr) bool {
	fails := false
	Walk(e, func(e Expr) {
		switch e := e.(type) {
		case *Arithmetic:
			fails = fails || !e.typ.Kind.IsFloat()
		case *Call:
			fails = fails || e.Function.CanFail
		case failing:
			fails = fails || e.canFail()
		}
	})
	return fails
}

// Fold evaluates a constant expression over a batch of one row and returns the literal.
func Fold(e Expr, c *Context, one *batch.Batch) (Expr, error) {
	column, err := e.Eval(c, one)
	if err != nil {
		return nil, err
	}
	value := valueAt(column, 0)
	return &Literal{Value: value, typ: e.Type().WithNull(value == nil)}, nil
}
