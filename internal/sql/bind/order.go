package bind

import (
	"slices"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// sortItem is an item of ORDER BY: a column of what is ordered.
type sortItem struct {
	position int
	order    expr.SortOrder
	span     diag.Span
}

// ordered binds the body of a query and its ORDER BY.
func (b *Binder) ordered(q *ast.Query, with *ctes) (*relation, error) {
	if s, ok := q.Body.(*ast.SelectBody); ok && !s.Distinct {
		return b.selectBody(s, with, q.OrderBy)
	}
	r, err := b.body(q.Body, with)
	if err != nil || len(q.OrderBy) == 0 {
		return r, err
	}
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.name
	}
	var items []sortItem
	for _, item := range q.OrderBy {
		position, err := namedPosition(item.Expr, names)
		if err != nil {
			return nil, err
		}
		if position < 0 {
			return nil, diag.Errorf(diag.Semantic, item.Expr.Span(), "ORDER BY names a column of the result here").
				WithHint("put the query into a subquery to order by an expression: SELECT * FROM (...) ORDER BY ...")
		}
		items = append(items, sortItem{position, expr.NewSortOrder(item.Desc, item.Nulls), item.Span()})
	}
	return b.sorted(r, items)
}

// namedPosition returns the column of the result that an item of ORDER BY names, by its name or by its
// number from 1; -1 if it does neither.
func namedPosition(e ast.Expr, names []string) (int, error) {
	if literal, ok := e.(*ast.Literal); ok && literal.Kind == ast.NumberLiteral {
		bound, err := wholeNumber(e, "ORDER BY", func() (expr.Expr, error) { return number(literal) })
		if err != nil || bound < 1 || bound > int64(len(names)) {
			return 0, diag.Errorf(diag.Semantic, e.Span(), "ORDER BY %s: the result has %s", literal.Text, counted(len(names), "column"))
		}
		return int(bound) - 1, nil
	}
	reference, ok := e.(*ast.ColumnRef)
	if !ok || len(reference.Name.Parts) > 1 {
		return -1, nil
	}
	for _, fold := range []bool{false, true} {
		if i := slices.IndexFunc(names, func(name string) bool { return sameName(name, last(reference.Name), fold) }); i >= 0 {
			return i, nil
		}
	}
	return -1, nil
}

// sorted puts the rows of a relation in order: at the end of an input that ends, otherwise behind the
// watermark, by the event time first.
func (b *Binder) sorted(r *relation, items []sortItem) (*relation, error) {
	node := &plan.Sort{Input: r.node, Time: plan.Unsorted}
	for _, item := range items {
		c := r.columns[item.position]
		if c.typ.Kind.IsNested() {
			return nil, diag.Errorf(diag.Semantic, item.span, "%s has no order", c.typ.Nullable())
		}
		node.Keys = append(node.Keys, expr.SortKey{Expr: expr.NewColumn(item.position, c.name, c.typ), SortOrder: item.order})
	}
	columns := slices.Clone(r.columns)
	if !ends(r.node) {
		if err := b.checkSortTime(columns, items[0]); err != nil {
			return nil, err
		}
		node.Time = items[0].position
	}
	for i := range columns {
		c := &columns[i]
		switch {
		case i != node.Time:
			c.waited = c.waited || c.time || c.clock
			c.time, c.clock, c.origin = false, false, nil
		case !c.time && !c.clock: // it became event time by ORDER BY
			c.time, c.scans = true, []*plan.Scan{c.origin.scan}
		}
	}
	return &relation{node: node, columns: columns}, nil
}

// ends reports whether the input of a plan ends by itself.
func ends(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Values:
		return true
	case *plan.Scan:
		return n.Table.Bounded
	}
	return !slices.ContainsFunc(n.Inputs(), func(input plan.Node) bool { return !ends(input) })
}

// checkSortTime checks that rows of an input that does not end are ordered by the event time first.
func (b *Binder) checkSortTime(columns []column, item sortItem) error {
	c := columns[item.position]
	ok, err := b.isTimeAttribute(c, item.span)
	switch {
	case err != nil:
		return err
	case ok && !item.order.Desc:
		return nil
	case ok:
		return diag.Errorf(diag.Semantic, item.span, "the newest row of an input that does not end is not known, so rows cannot be ordered from it on").
			WithHint("leave out DESC")
	case c.waited:
		return b.checkTimeAttribute(c, item.span)
	}
	err2 := diag.Errorf(diag.Semantic, item.span, "rows of an input that does not end can only be ordered by the event time first, and this is not it")
	for _, other := range columns {
		if other.time || other.clock {
			return err2.WithHint("order by %s first, rank the rows of windows with ROW_NUMBER, or bound the input", other.name)
		}
	}
	return err2.WithHint("select the event time and order by it first, rank the rows of windows with ROW_NUMBER, or bound the input")
}

// limited leaves out the rows that OFFSET and LIMIT do not let through.
func (b *Binder) limited(r *relation, q *ast.Query) (*relation, error) {
	if q.Limit == nil && q.Offset == nil {
		return r, nil
	}
	node := &plan.Limit{Input: r.node, Count: plan.NoLimit}
	for _, part := range []struct {
		e    ast.Expr
		name string
		to   *int64
	}{{q.Offset, "OFFSET", &node.Offset}, {q.Limit, "LIMIT", &node.Count}} {
		if part.e == nil {
			continue
		}
		var err error
		bind := func() (expr.Expr, error) { return b.expr(part.e, &scope{outer: part.name}) }
		if *part.to, err = wholeNumber(part.e, part.name, bind); err != nil {
			return nil, err
		}
	}
	return &relation{node: node, columns: r.columns}, nil
}

// wholeNumber returns the value of an expression that must be a whole number from 0 on.
func wholeNumber(e ast.Expr, what string, bind func() (expr.Expr, error)) (int64, error) {
	bound, err := bind()
	if err != nil {
		return 0, err
	}
	n := int64(-1)
	value, _ := expr.Constant(bound)
	switch v := value.(type) {
	case int32:
		n = int64(v)
	case int64:
		n = v
	}
	if n < 0 || bound.Type().Kind.IsInterval() {
		return 0, diag.Errorf(diag.Semantic, e.Span(), "%s needs a whole number from 0 on", what)
	}
	return n, nil
}
