package optimize

import (
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// MergeProjects makes one projection of two:
//
//	project a + 1 AS b          =>   project x * 2 + 1 AS b
//	 └─ project x * 2 AS a            └─ ...
//	     └─ ...
//
// It does not when that would compute something costly more than once.
func MergeProjects(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		outer, ok := n.(*plan.Project)
		if !ok {
			return n
		}
		inner, ok := outer.Input.(*plan.Project)
		if !ok || repeatsWork(outer, inner) {
			return n
		}
		exprs := make([]expr.Expr, len(outer.Exprs))
		for i, e := range outer.Exprs {
			exprs[i] = expr.Substitute(e, inner.Exprs)
		}
		return &plan.Project{Input: inner.Input, Exprs: exprs, Names: outer.Names}
	})
}

// repeatsWork reports whether a computed column of inner is used more than once in outer.
func repeatsWork(outer, inner *plan.Project) bool {
	uses := make([]int, len(inner.Exprs))
	for _, e := range outer.Exprs {
		expr.Walk(e, func(e expr.Expr) {
			if column, ok := e.(*expr.Column); ok {
				uses[column.Index]++
			}
		})
	}
	for i, e := range inner.Exprs {
		if uses[i] > 1 && !isCheap(e) {
			return true
		}
	}
	return false
}

func isCheap(e expr.Expr) bool { return len(e.Children()) == 0 }
