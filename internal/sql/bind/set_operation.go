package bind

import (
	"slices"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// setOperation binds UNION, INTERSECT and EXCEPT. Without ALL they compare rows, which has an end only
// within windows: the rows of a window are compared when it is complete.
func (b *Binder) setOperation(s *ast.SetOperation, with *ctes) (*relation, error) {
	if s.All && s.Op != ast.OpUnion {
		return nil, unsupported(s, "%s ALL", s.Op).WithHint("without ALL it works within windows")
	}
	left, err := b.body(s.Left, with)
	if err != nil {
		return nil, err
	}
	right, err := b.body(s.Right, with)
	if err != nil {
		return nil, err
	}
	columns, err := commonColumns(left, right, s)
	if err != nil {
		return nil, err
	}
	sides := []plan.Node{unified(left, columns, s), unified(right, columns, s)}
	switch {
	case s.All:
		return &relation{node: &plan.Union{All: sides}, columns: columns}, nil
	case s.Op == ast.OpUnion:
		return b.distinct(&relation{node: &plan.Union{All: sides}, columns: columns}, s.Op, s.Span())
	}
	return b.compareSides(sides, columns, s)
}

// commonColumns returns the columns of a set operation: they take the names of the first side and the
// common types, and are bounds of a window if they are of the same windows on both sides.
func commonColumns(left, right *relation, s *ast.SetOperation) ([]column, error) {
	if len(left.columns) != len(right.columns) {
		return nil, diag.Errorf(diag.Semantic, s.Right.Span(), "this side of %s has %s, the first has %d", s.Op, counted(len(right.columns), "column"), len(left.columns))
	}
	columns := make([]column, len(left.columns))
	windows := map[*window]*window{} // of the left side, to those of the whole
	for i, c := range left.columns {
		other := right.columns[i]
		t, ok := types.Common(c.typ, other.typ)
		if !ok {
			return nil, diag.Errorf(diag.Semantic, s.Right.Span(), "column %q of %s is %s on one side and %s on the other", c.name, s.Op, c.typ.Nullable(), other.typ.Nullable()).
				WithHint("write a CAST")
		}
		columns[i] = column{
			name: c.name, typ: t, time: c.time && other.time, clock: c.clock && other.clock, scans: slices.Concat(c.scans, other.scans),
		}
		if c.bound != notBound && c.bound == other.bound && c.window.spec == other.window.spec && c.window.spec.Kind != plan.Session {
			if windows[c.window] == nil {
				windows[c.window] = &window{spec: c.window.spec}
			}
			columns[i].bound, columns[i].window = c.bound, windows[c.window]
		}
	}
	return columns, nil
}

// unified converts a side of a set operation to the columns of the whole.
func unified(side *relation, columns []column, s *ast.SetOperation) *plan.Project {
	project := &plan.Project{Input: side.node}
	for i, c := range side.columns {
		reference := expr.NewColumn(i, c.name, c.typ)
		project.Exprs = append(project.Exprs, expr.NewCast(reference, columns[i].typ.Nullable(), false, true, s.Span()))
		project.Names = append(project.Names, columns[i].name)
	}
	return project
}

// distinct leaves out the repetitions of rows within their window, or instant.
func (b *Binder) distinct(r *relation, what string, span diag.Span) (*relation, error) {
	g, err := b.groupByAll(r, len(r.columns), what, span)
	if err != nil {
		return nil, err
	}
	return g.pick(g.node, r.columns), nil
}

// groupByAll groups rows by their first columns, all of them, and by the window whose bounds are among
// them.
func (b *Binder) groupByAll(r *relation, columns int, what string, span diag.Span) (*grouping, error) {
	g := &grouping{
		binder: b, input: r, scope: &scope{columns: r.columns}, node: &plan.WindowAggregate{Input: r.node}, grouped: -1,
	}
	for i, c := range r.columns[:columns] {
		if c.bound == notBound {
			g.node.Keys, g.node.KeyNames = append(g.node.Keys, expr.NewColumn(i, c.name, c.typ)), append(g.node.KeyNames, c.name)
			continue
		}
		if c.window.spec.Kind == plan.Session {
			return nil, unsupported(placeOf(span), "%s over session windows", what)
		}
		if err := g.windowBound(c, span); err != nil {
			return nil, err
		}
	}
	if !g.sized && !g.instant() {
		return nil, diag.Errorf(diag.Unsupported, span, "%s without a window is not supported yet: rows would have to be remembered for ever", what).
			WithHint("select window_start and window_end of TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE)) among the columns")
	}
	return g, nil
}

// placeOf makes a place of a span, for unsupported.
func placeOf(span diag.Span) ast.Pos { return ast.Pos(span) }

// pick returns the columns that were grouped by, in their order, from the output of the grouping.
func (g *grouping) pick(node plan.Node, columns []column) *relation {
	project := &plan.Project{Input: node}
	out := make([]column, len(columns))
	bounds, key := len(g.node.Keys)+len(g.node.Aggregates), 0
	for i, c := range columns {
		reference := expr.NewColumn(key, c.name, c.typ)
		if c.bound == notBound {
			key++
		} else {
			reference = g.boundColumn(bounds, c.bound).(*expr.Column)
		}
		out[i] = column{name: c.name, typ: reference.Type()}
		g.markBound(&out[i], reference)
		project.Exprs, project.Names = append(project.Exprs, reference), append(project.Names, c.name)
	}
	return &relation{node: project, columns: out}
}

// compareSides binds INTERSECT and EXCEPT: the rows of both sides are counted together, and those stay
// that have the right counts.
func (b *Binder) compareSides(sides []plan.Node, columns []column, s *ast.SetOperation) (*relation, error) {
	marked := make([]plan.Node, len(sides))
	for side, node := range sides {
		project := *node.(*plan.Project)
		project.Exprs = append(slices.Clone(project.Exprs), expr.NewLiteral(side == 0, types.Of(types.Boolean).Required()))
		project.Names = append(slices.Clone(project.Names), "left")
		marked[side] = &project
	}
	all := append(slices.Clone(columns), column{typ: types.Of(types.Boolean).Required()})
	g, err := b.groupByAll(&relation{node: &plan.Union{All: marked}, columns: all}, len(columns), s.Op, s.Span())
	if err != nil {
		return nil, err
	}
	isLeft := expr.NewColumn(len(columns), "left", types.Of(types.Boolean).Required())
	for _, filter := range []expr.Expr{isLeft, &expr.Not{Operand: isLeft}} {
		count, err := expr.NewAggregate(expr.AggregateCall{Function: expr.LookupAggregate("COUNT"), Star: true, Filter: filter, Span: s.Span()})
		if err != nil {
			return nil, err
		}
		g.node.Aggregates = append(g.node.Aggregates, count)
	}
	none := expr.NewLiteral(int64(0), types.RequiredBigInt)
	counted := func(side int, op expr.CompareOp) expr.Expr {
		at := len(g.node.Keys) + side
		return expr.NewCompare(op, expr.NewColumn(at, g.node.Aggregates[side].String(), types.RequiredBigInt), none)
	}
	onRight := expr.Gt
	if s.Op == ast.OpExcept {
		onRight = expr.Eq
	}
	filtered := &plan.Filter{Input: g.node, Predicate: expr.And(counted(0, expr.Gt), counted(1, onRight))}
	return g.pick(filtered, columns), nil
}
