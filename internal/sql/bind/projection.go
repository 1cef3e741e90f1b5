package bind

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// projection is the items of a SELECT on their way to a node: what they are computed from is known,
// the columns of the calls with OVER among them are not.
type projection struct {
	input *relation // what the SELECT reads, or its groups
	// move turns what items were bound over into the columns of input; nil: they are those.
	move    func(e expr.Expr, span diag.Span) (expr.Expr, error)
	over    *overs
	qualify expr.Expr // nil: none
	body    *ast.SelectBody

	items []expr.Expr
	names []string
	spans []diag.Span
	// visible is how many of the items are columns of the result; the rest is there for sort.
	visible int
	sort    []sortItem // ORDER BY, over the items
}

// add adds an item.
func (p *projection) add(e expr.Expr, name string, span diag.Span) {
	p.items, p.names, p.spans = append(p.items, e), append(p.names, name), append(p.spans, span)
}

// orderBy adds the items of ORDER BY: columns of the result, or expressions over what the SELECT reads,
// which bind binds. All items of the SELECT are there already.
func (p *projection) orderBy(order []ast.OrderItem, bind func(e ast.Expr) (expr.Expr, error)) error {
	p.visible = len(p.items)
	names := p.names[:p.visible:p.visible]
	for _, item := range order {
		position, err := namedPosition(item.Expr, names)
		if err != nil {
			return err
		}
		if position < 0 {
			position = len(p.items)
			e, err := bind(item.Expr)
			if err != nil {
				return err
			}
			p.add(e, "", item.Expr.Span())
		}
		p.sort = append(p.sort, sortItem{position, expr.NewSortOrder(item.Desc, item.Nulls), item.Span()})
	}
	return nil
}

// finish makes the nodes of the calls with OVER, of QUALIFY and of the items.
func (p *projection) finish() (*relation, error) {
	if p.move == nil {
		p.move = func(e expr.Expr, _ diag.Span) (expr.Expr, error) { return e, nil }
	}
	for i, item := range p.items {
		var err error
		if p.items[i], err = p.move(item, p.spans[i]); err != nil {
			return nil, err
		}
	}
	r, positions, err := p.over.apply(p.input, p.move)
	if err != nil {
		return nil, err
	}
	found := func(e expr.Expr) expr.Expr {
		return expr.Rewrite(e, func(e expr.Expr) expr.Expr { return computed(e, r, positions) })
	}
	if p.qualify != nil {
		if r, err = p.qualified(r, found); err != nil {
			return nil, err
		}
	}
	out, columns := &plan.Project{Input: r.node, Names: p.names}, make([]column, len(p.items))
	for i, item := range p.items {
		e := found(item)
		if i >= p.visible {
			p.names[i] = e.String()
		}
		if reference, ok := e.(*expr.Column); ok {
			columns[i] = r.columns[reference.Index]
		}
		columns[i] = columns[i].as(p.names[i])
		columns[i].typ = e.Type()
		columns[i].markClock(e, r.node)
		out.Exprs = append(out.Exprs, e)
	}
	r = &relation{node: out, columns: columns}
	if len(p.sort) == 0 {
		return r, nil
	}
	if r, err = p.over.binder.sorted(r, p.sort); err != nil || p.visible == len(p.items) {
		return r, err
	}
	shown := &plan.Project{Input: r.node, Names: p.names[:p.visible]}
	for i, c := range r.columns[:p.visible] {
		shown.Exprs = append(shown.Exprs, expr.NewColumn(i, c.name, c.typ))
	}
	return &relation{node: shown, columns: r.columns[:p.visible]}, nil
}

// computed returns the column of a call with OVER for what stands for it.
func computed(e expr.Expr, r *relation, positions []int) expr.Expr {
	reference, ok := e.(*overRef)
	if !ok {
		return e
	}
	c := r.columns[positions[reference.index]]
	return expr.NewColumn(positions[reference.index], c.name, c.typ)
}

// qualified filters by QUALIFY.
func (p *projection) qualified(r *relation, found func(expr.Expr) expr.Expr) (*relation, error) {
	span := p.body.Qualify.Span()
	if t := p.qualify.Type(); t.Kind != types.Boolean {
		return nil, diag.Errorf(diag.Semantic, span, "QUALIFY needs a condition, but this is %s", t.Nullable())
	}
	if len(p.over.calls) == 0 {
		return nil, diag.Errorf(diag.Semantic, span, "QUALIFY filters by calls with OVER, and there is none").WithHint("use WHERE or HAVING")
	}
	predicate, err := p.move(p.qualify, span)
	if err != nil {
		return nil, err
	}
	return &relation{node: &plan.Filter{Input: r.node, Predicate: found(predicate)}, columns: r.columns}, nil
}
