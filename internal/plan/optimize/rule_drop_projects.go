package optimize

import (
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// DropProjects removes projections that pass every column through in its place:
//
//	project a, b              =>   scan t [a, b]
//	 └─ scan t [a, b]
func DropProjects(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		project, ok := n.(*plan.Project)
		if !ok || len(project.Exprs) != len(project.Input.Schema()) {
			return n
		}
		for i, e := range project.Exprs {
			column, ok := e.(*expr.Column)
			if !ok || column.Index != i || project.Names[i] != project.Input.Schema()[i].Name {
				return n
			}
		}
		return project.Input
	})
}
