package optimize

import (
	"math"
	"slices"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// LimitRanks tells a ranking how many rows of a partition anybody looks at:
//
//	filter ROW_NUMBER() <= 3          =>   rank by window_end ordered by n: ROW_NUMBER() up to 3
//	 └─ rank by window_end ordered by n: ROW_NUMBER()   └─ ...
//	     └─ ...
//
// The ranking then keeps no more than those. RANK and DENSE_RANK give many rows one number, so it
// does not know how many rows they are.
func LimitRanks(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		filter, ok := n.(*plan.Filter)
		if !ok {
			return n
		}
		rank, ok := filter.Input.(*plan.Rank)
		if !ok {
			return n
		}
		function := slices.IndexFunc(rank.Functions, func(f *expr.WindowFunction) bool { return f.Kind == expr.RowNumber })
		if function < 0 {
			return n
		}
		number := len(rank.Input.Schema()) + function
		limit := int64(math.MaxInt64)
		var left []expr.Expr
		for _, condition := range expr.Conjuncts(filter.Predicate) {
			most, all := highest(condition, number)
			limit = min(limit, most)
			if !all {
				left = append(left, condition)
			}
		}
		if limit == math.MaxInt64 || limit < 1 {
			return n
		}
		limited := *rank
		if limit < rank.Limit || rank.Limit == 0 {
			limited.Limit = limit
		}
		return filtered(&limited, left)
	})
}

// highest returns the highest value of a column of numbers from 1 on for which a condition can be
// true, and whether it is true for all values up to that.
func highest(condition expr.Expr, column int) (most int64, all bool) {
	compare, ok := condition.(*expr.Compare)
	if !ok {
		return math.MaxInt64, false
	}
	operands, op := compare.Children(), compare.Op
	if isColumn(operands[1], column) { // 3 >= n
		operands, op = []expr.Expr{operands[1], operands[0]}, op.Flip()
	}
	value, isNumber := wholeConstant(operands[1])
	if !isColumn(operands[0], column) || !isNumber {
		return math.MaxInt64, false
	}
	switch op { //nolint:exhaustive // the others have no highest value
	case expr.Le:
		return value, true
	case expr.Lt:
		return value - 1, true
	case expr.Eq:
		return value, value == 1
	}
	return math.MaxInt64, false
}

// isColumn reports whether e is the column, perhaps converted to a wider type.
func isColumn(e expr.Expr, column int) bool {
	if cast, ok := e.(*expr.Cast); ok && cast.Implicit {
		e = cast.Operand
	}
	reference, ok := e.(*expr.Column)
	return ok && reference.Index == column
}

func wholeConstant(e expr.Expr) (int64, bool) {
	if cast, ok := e.(*expr.Cast); ok && cast.Implicit {
		e = cast.Operand
	}
	value, _ := expr.Constant(e)
	switch v := value.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}
