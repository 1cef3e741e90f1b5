package bind

import (
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// windowBound notes that the rows are grouped by the windows of a table function.
func (g *grouping) windowBound(c column, span diag.Span) error {
	if g.sized && g.window != c.window {
		return diag.Errorf(diag.Semantic, span, "GROUP BY names bounds of two different windows")
	}
	if g.sized {
		return nil
	}
	g.window, g.sized, g.node.Spec = c.window, true, c.window.spec
	start := -1
	for i, other := range g.scope.columns {
		switch {
		case other.window != c.window:
		case other.bound == windowEnd:
			g.node.Time, g.node.Attached = i, true
			return nil
		case other.bound == windowStart:
			start = i
		}
	}
	if start < 0 || c.window.spec.Kind != plan.Tumble {
		return diag.Errorf(diag.Unsupported, span, "GROUP BY a window whose window_end was left out by a subquery is not supported yet").
			WithHint("select window_end there")
	}
	g.node.Time = start // a time in the window as good as any
	return nil
}

// groupWindow binds TUMBLE(time, size [, offset]) and HOP(time, slide, size [, offset]) in GROUP BY.
func (g *grouping) groupWindow(call *ast.Call) error {
	if g.sized {
		return diag.Errorf(diag.Semantic, call.Span(), "GROUP BY has two windows")
	}
	position, spec, err := g.windowCall(call, strings.ToUpper(call.Name.Name))
	if err != nil {
		return err
	}
	if spec.Kind == plan.Tumble || spec.Kind == plan.Session {
		g.node.Time, g.node.Spec = position, spec
		g.window, g.sized = &window{spec: spec}, true
		return nil
	}
	// The same windows as those of the table function, over the same rows.
	g.grouped = position
	g.input = windowed(g.input, position, spec)
	g.node.Input, g.scope.columns = g.input.node, g.input.columns
	g.node.Time, g.node.Attached, g.node.Spec = len(g.input.columns)-len(plan.WindowColumns)+1, true, spec
	g.window, g.sized = g.input.columns[g.node.Time].window, true
	return nil
}

// windowCall binds the arguments of a window function in GROUP BY, and of TUMBLE_START and the like,
// which repeat them.
func (g *grouping) windowCall(call *ast.Call, name string) (position int, spec plan.WindowSpec, err error) {
	function, args := windowFunctions[name], call.Args
	written := strings.ToUpper(call.Name.Name)
	if len(args) < len(function.sizes) || len(args) > len(function.sizes)+1 {
		return 0, spec, diag.Errorf(diag.Semantic, call.Span(), "%s takes a time column and %s", written, strings.ToLower(strings.Join(function.sizes[:len(function.sizes)-1], " and "))).
			WithHint("write %s(time, INTERVAL '1' MINUTE%s)", written, strings.Repeat(", INTERVAL '5' MINUTE", len(function.sizes)-2))
	}
	time, err := g.binder.expr(args[0], g.scope)
	if err != nil {
		return 0, spec, err
	}
	reference, ok := time.(*expr.Column)
	if !ok {
		return 0, spec, diag.Errorf(diag.Semantic, args[0].Span(), "the first argument of %s must be a time column", written)
	}
	if g.grouped != reference.Index || !g.sized { // a window that was found took the attribute over
		if err := g.binder.checkTimeAttribute(g.scope.columns[reference.Index], args[0].Span()); err != nil {
			return 0, spec, err
		}
	}
	var sizes []ast.TableArgument
	for _, arg := range args[1:] {
		sizes = append(sizes, ast.TableArgument{Pos: ast.Pos(arg.Span()), Expr: arg})
	}
	spec, err = g.binder.windowSpec(function, sizes)
	return reference.Index, spec, err
}

// boundCall binds TUMBLE_START(time, size) and the like over a group window.
func (g *grouping) boundCall(b groupBound, call *ast.Call) (expr.Expr, error) {
	position, spec, err := g.windowCall(call, b.function)
	if err != nil {
		return nil, err
	}
	if position != g.timeColumn() || spec != g.node.Spec {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s does not name the window in GROUP BY", strings.ToUpper(call.Name.Name)).
			WithHint("repeat the arguments of %s", b.function)
	}
	if b.bound == notBound {
		return expr.Resolve("PROCTIME", nil, call.Span())
	}
	t := plan.BoundsSchema(g.input.node.Schema()[position].Type)[b.bound-windowStart].Type
	return &boundRef{Expr: expr.NewLiteral(nil, t).As(t), bound: b.bound}, nil
}

// timeColumn returns the column that the window in GROUP BY was written over.
func (g *grouping) timeColumn() int {
	if g.node.Spec.Kind == plan.Tumble || g.node.Spec.Kind == plan.Session {
		return g.node.Time
	}
	return g.grouped
}

// groupBound is a function that gives a bound of a group window, or the processing time when it ends.
type groupBound struct {
	function string
	bound    bound // notBound: the processing time
}

var groupBounds = map[string]groupBound{
	"TUMBLE_START": {"TUMBLE", windowStart}, "TUMBLE_END": {"TUMBLE", windowEnd}, "TUMBLE_ROWTIME": {"TUMBLE", windowTime}, "TUMBLE_PROCTIME": {"TUMBLE", notBound},
	"HOP_START": {"HOP", windowStart}, "HOP_END": {"HOP", windowEnd}, "HOP_ROWTIME": {"HOP", windowTime}, "HOP_PROCTIME": {"HOP", notBound},
	"SESSION_START": {"SESSION", windowStart}, "SESSION_END": {"SESSION", windowEnd}, "SESSION_ROWTIME": {"SESSION", windowTime}, "SESSION_PROCTIME": {"SESSION", notBound},
}
