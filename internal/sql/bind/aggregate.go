package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// hasAggregates reports whether an item calls an aggregate outside OVER.
func (b *Binder) hasAggregates(items []ast.SelectItem) bool {
	for _, item := range items {
		if item.Expr != nil && containsAggregate(item.Expr) {
			return true
		}
	}
	return false
}

// grouping is a GROUP BY being bound: what its input is, and what it computes so far.
type grouping struct {
	binder *Binder
	input  *relation
	scope  *scope // of the input
	node   *plan.WindowAggregate
	window *window
	sized  bool // a window was found
	// grouped is the time column of a window in GROUP BY that repeats rows.
	grouped int
	// start is the number, from 1, of the key that is the start of the window, where it does not follow
	// from the end; 0: none.
	start int
	// sets are the grouping sets: for each, which of the keys it has; nil: all rows are grouped by all
	// keys. With sets, keys are the keys as they were written.
	sets [][]bool
	keys []expr.Expr
	// used are the keys of the elements of GROUP BY that are being bound; inSet says that a key that is
	// there already is meant.
	used  []int
	inSet bool
}

// aggregateRef stands for an aggregate in an expression until the output columns are known.
type aggregateRef struct {
	expr.Expr // typed like the aggregate
	index     int
}

// Children returns nothing: what the aggregate reads is bound already.
func (*aggregateRef) Children() []expr.Expr { return nil }

// WithChildren returns r.
func (r *aggregateRef) WithChildren([]expr.Expr) expr.Expr { return r }

// boundRef stands for a bound of the group window: TUMBLE_START and the like.
type boundRef struct {
	expr.Expr
	bound bound
}

// Children returns nothing.
func (*boundRef) Children() []expr.Expr { return nil }

// WithChildren returns r.
func (r *boundRef) WithChildren([]expr.Expr) expr.Expr { return r }

// aggregate binds SELECT ... GROUP BY ... HAVING.
func (b *Binder) aggregate(s *ast.SelectBody, from *relation, order []ast.OrderItem) (*relation, error) {
	g := &grouping{
		binder: b, input: from, scope: &scope{columns: from.columns, outer: "GROUP BY"},
		node: &plan.WindowAggregate{Input: from.node}, grouped: -1,
	}
	if err := g.groupSets(s); err != nil {
		return nil, err
	}
	if !g.sized && !g.instant() {
		return nil, g.noWindow(s)
	}
	o := &overs{binder: b, windows: s.Windows}
	items, err := g.bindItems(s.Items, o)
	if err != nil {
		return nil, err
	}
	var having, qualify expr.Expr
	if s.Having != nil {
		if having, err = g.bindOverGroups(s.Having, "HAVING", nil, nil); err != nil {
			return nil, err
		}
	}
	if s.Qualify != nil {
		if qualify, err = g.bindOverGroups(s.Qualify, "QUALIFY", o, s.Items); err != nil {
			return nil, err
		}
	}
	out := &projection{over: o, move: g.output, qualify: qualify, body: s}
	for i, item := range items {
		out.add(item, itemName(s.Items[i], i), s.Items[i].Expr.Span())
	}
	err = out.orderBy(order, func(e ast.Expr) (expr.Expr, error) { return g.bindOverGroups(e, "ORDER BY", o, s.Items) })
	if err != nil {
		return nil, err
	}
	if g.node.Spec.Kind == plan.Session {
		g.session()
	}
	g.expand()
	// Only now are all aggregates known, and with them the output columns.
	var node plan.Node = g.node
	if having != nil {
		predicate, err := g.having(having, s.Having.Span())
		if err != nil {
			return nil, err
		}
		node = &plan.Filter{Input: node, Predicate: predicate}
	}
	out.input = &relation{node: node, columns: g.outputColumns()}
	return out.finish()
}

// instant groups by the event-time column itself, if it is a key: rows of one instant are a window of
// its own, final once the watermark has passed.
func (g *grouping) instant() bool {
	for i, key := range g.node.Keys {
		reference, ok := key.(*expr.Column)
		if slices.ContainsFunc(g.sets, func(set []bool) bool { return !set[i] }) {
			continue // a set without it would have no end
		}
		if !ok || g.scope.columns[reference.Index].clock || g.binder.checkTimeAttribute(g.scope.columns[reference.Index], diag.Span{}) != nil {
			continue
		}
		tick := types.Millisecond
		if reference.Type().Precision > 3 {
			tick = types.Microsecond
		}
		g.node.Time, g.node.Spec = reference.Index, plan.WindowSpec{Kind: plan.Tumble, Size: tick, Slide: tick}
		g.window, g.sized = &window{spec: g.node.Spec}, true
		return true
	}
	return false
}

func (g *grouping) noWindow(s *ast.SelectBody) error {
	where, what := s.Span(), "aggregation"
	if len(s.GroupBy) > 0 {
		where, what = s.GroupBy[0].Span().To(s.GroupBy[len(s.GroupBy)-1].Span()), "GROUP BY"
	}
	return diag.Errorf(diag.Unsupported, where, "%s without a window is not supported yet: its results would change for ever", what).
		WithHint("group by window_start, window_end over TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE))")
}

// groupBy binds one element of GROUP BY: a bound of a window, a group window, or a key.
func (g *grouping) groupBy(e ast.Expr, items []ast.SelectItem) error {
	if row, ok := e.(*ast.RowLiteral); ok && !row.Explicit { // GROUP BY (a, b)
		for _, element := range row.Elements {
			if err := g.groupBy(element, items); err != nil {
				return err
			}
		}
		return nil
	}
	if call, ok := e.(*ast.Call); ok {
		if _, isWindow := windowFunctions[strings.ToUpper(call.Name.Name)]; isWindow {
			return g.groupWindow(call)
		}
	}
	if literal, ok := e.(*ast.Literal); ok && literal.Kind == ast.NumberLiteral {
		return unsupported(e, "GROUP BY position").WithHint("name the column")
	}
	e = aliased(e, items, g.scope)
	if containsAggregate(e) {
		return diag.Errorf(diag.Semantic, e.Span(), "an aggregate cannot stand in GROUP BY")
	}
	key, err := g.binder.expr(e, g.scope)
	if err != nil {
		return err
	}
	if reference, ok := key.(*expr.Column); ok {
		if c := g.scope.columns[reference.Index]; c.bound != notBound {
			return g.windowBound(c, e.Span())
		}
	}
	g.used = append(g.used, len(g.node.Keys))
	for i, known := range g.node.Keys {
		if g.inSet && expr.Equal(known, key) {
			g.used[len(g.used)-1] = i
			return nil
		}
	}
	g.node.Keys = append(g.node.Keys, key)
	name := key.String()
	if reference, ok := e.(*ast.ColumnRef); ok {
		name = last(reference.Name)
	}
	g.node.KeyNames = append(g.node.KeyNames, name)
	return nil
}

// aliased returns the item that a name in GROUP BY is the alias of, if it is no column.
func aliased(e ast.Expr, items []ast.SelectItem, s *scope) ast.Expr {
	reference, ok := e.(*ast.ColumnRef)
	if !ok {
		return e
	}
	if _, err := s.resolve(reference.Name); err == nil {
		return e
	}
	if item := aliasOf(reference, items); item != nil {
		return item
	}
	return e
}

// aliasOf returns the item whose alias a name is; nil if there is none.
func aliasOf(reference *ast.ColumnRef, items []ast.SelectItem) ast.Expr {
	if len(reference.Name.Parts) > 1 {
		return nil
	}
	for _, item := range items {
		if item.Alias != nil && item.Expr != nil && sameName(item.Alias.Name, last(reference.Name), true) {
			return item.Expr
		}
	}
	return nil
}

// bindItems binds the items of SELECT over the groups.
func (g *grouping) bindItems(items []ast.SelectItem, o *overs) ([]expr.Expr, error) {
	bound := make([]expr.Expr, len(items))
	for i, item := range items {
		if item.Star {
			return nil, diag.Errorf(diag.Semantic, item.Span(), "SELECT * cannot be grouped").WithHint("name the columns")
		}
		var err error
		if bound[i], err = g.bindOverGroups(item.Expr, "SELECT", o, nil); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

// outputColumns returns the columns of the aggregation.
func (g *grouping) outputColumns() []column {
	var columns []column
	for i, field := range g.node.Schema() {
		c := column{name: field.Name, typ: field.Type}
		g.markBound(&c, expr.NewColumn(i, field.Name, field.Type))
		columns = append(columns, c)
	}
	return columns
}

// markBound notes which window bound a column of the aggregation is, or that it is the event time.
func (g *grouping) markBound(c *column, reference *expr.Column) {
	if reference.Index < len(g.node.Keys) {
		// A key that is the event time stays it: rows come out in its order.
		key, isColumn := g.node.Keys[reference.Index].(*expr.Column)
		c.time = isColumn && key.Index == g.node.Time && !g.node.Attached && g.sets == nil
		if reference.Index == g.start-1 {
			c.bound, c.window = windowStart, g.window
		}
		return
	}
	if first := len(g.node.Keys) + len(g.node.Aggregates); reference.Index >= first && (g.start == 0 || reference.Index > first) {
		c.bound = windowStart + bound(reference.Index-first)
		c.window, c.time = g.window, c.bound == windowTime
	}
}

// having moves the condition of HAVING to the output of the aggregation.
func (g *grouping) having(e expr.Expr, span diag.Span) (expr.Expr, error) {
	if e.Type().Kind != types.Boolean {
		return nil, diag.Errorf(diag.Semantic, span, "HAVING needs a condition, but this is %s", e.Type().Nullable())
	}
	return g.output(e, span)
}

// bindOverGroups binds an expression whose aggregates become aggregateRefs and whose TUMBLE_START
// and the like become boundRefs. Calls with OVER go to o; nil: there may be none.
func (g *grouping) bindOverGroups(e ast.Expr, outer string, o *overs, aliases []ast.SelectItem) (expr.Expr, error) {
	return g.binder.expr(e, &scope{columns: g.scope.columns, outer: outer, group: g, over: o, aliases: aliases})
}

// output moves an expression from the input's columns to those of the aggregation.
func (g *grouping) output(e expr.Expr, span diag.Span) (expr.Expr, error) {
	keys := g.node.Keys
	if g.sets != nil {
		keys = g.keys
	}
	for i, key := range keys {
		if expr.Equal(e, key) {
			return expr.NewColumn(i, g.node.KeyNames[i], g.node.Keys[i].Type()), nil
		}
	}
	bounds := len(g.node.Keys) + len(g.node.Aggregates)
	switch e := e.(type) {
	case *aggregateRef:
		return expr.NewColumn(len(g.node.Keys)+e.index, g.node.Aggregates[e.index].String(), e.Type()), nil
	case *boundRef:
		return g.boundColumn(bounds, e.bound), nil
	case *groupingRef:
		return g.groupingValue(e), nil
	case *expr.Column:
		if c := g.scope.columns[e.Index]; c.bound != notBound && c.window == g.window {
			return g.boundColumn(bounds, c.bound), nil
		}
		if at, ok := g.binder.spans[e]; ok {
			span = at
		}
		return nil, diag.Errorf(diag.Semantic, span, "column %q is neither in GROUP BY nor inside an aggregate", e.Name).
			WithHint("add it to GROUP BY, or take MIN(%s) or MAX(%s)", e.Name, e.Name)
	}
	children := e.Children()
	if len(children) == 0 {
		return e, nil
	}
	moved := make([]expr.Expr, len(children))
	for i, child := range children {
		var err error
		if moved[i], err = g.output(child, span); err != nil {
			return nil, err
		}
	}
	return e.WithChildren(moved), nil
}

func (g *grouping) boundColumn(first int, which bound) expr.Expr {
	schema := plan.BoundsSchema(g.input.node.Schema()[g.node.Time].Type)
	i := int(which - windowStart)
	if which == windowStart && g.start > 0 {
		first = g.start - 1
	}
	return expr.NewColumn(first+i, schema[i].Name, schema[i].Type)
}

// aggregateCall binds a call of an aggregate function over groups.
func (g *grouping) aggregateCall(f *expr.AggregateFunction, call *ast.Call) (expr.Expr, error) {
	for _, arg := range call.Args {
		if containsAggregate(arg) {
			return nil, diag.Errorf(diag.Semantic, arg.Span(), "an aggregate cannot stand inside another")
		}
	}
	aggregate, err := g.binder.aggregateOf(f, call, &scope{columns: g.scope.columns, outer: f.Name})
	if err != nil {
		return nil, err
	}
	aggregate = aggregate.InArrivalOrder()
	index := -1
	for i, known := range g.node.Aggregates {
		if known.Equal(aggregate) {
			index = i
		}
	}
	if index < 0 {
		index = len(g.node.Aggregates)
		g.node.Aggregates = append(g.node.Aggregates, aggregate)
	}
	return &aggregateRef{Expr: expr.NewLiteral(nil, aggregate.Type()).As(aggregate.Type()), index: index}, nil
}
