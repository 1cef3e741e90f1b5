package bind

import (
	"fmt"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// ctes are the common tables in scope, innermost first.
type ctes struct {
	table *ast.CommonTable
	outer *ctes
}

func (c *ctes) lookup(name string) (*ast.CommonTable, *ctes) {
	for ; c != nil; c = c.outer {
		if sameName(c.table.Name.Name, name, true) {
			return c.table, c.outer
		}
	}
	return nil, nil
}

// query binds a query; with are the common tables around it.
func (b *Binder) query(q *ast.Query, with *ctes) (*relation, error) {
	for i := range q.With {
		with = &ctes{table: &q.With[i], outer: with}
	}
	r, err := b.ordered(q, with)
	if err != nil {
		return nil, err
	}
	return b.limited(r, q)
}

func (b *Binder) body(body ast.QueryBody, with *ctes) (*relation, error) {
	switch body := body.(type) {
	case *ast.SelectBody:
		return b.selectBody(body, with, nil)
	case *ast.Values:
		return b.values(body)
	case *ast.Nested:
		return b.query(body.Query, with)
	case *ast.SetOperation:
		return b.setOperation(body, with)
	}
	return nil, diag.Errorf(diag.Internal, body.Span(), "no binding for %T", body)
}

// selectBody binds a SELECT, and the ORDER BY of its query, which may name what it reads.
func (b *Binder) selectBody(s *ast.SelectBody, with *ctes, order []ast.OrderItem) (*relation, error) {
	if s.Distinct {
		all := *s
		all.Distinct = false
		r, err := b.selectBody(&all, with, nil)
		if err != nil {
			return nil, err
		}
		return b.distinct(r, "SELECT DISTINCT", s.Span())
	}
	if err := selectHints(s.Hints); err != nil {
		return nil, err
	}
	from, err := b.from(s.From, with)
	if err != nil {
		return nil, err
	}
	if s.Where != nil {
		predicate, err := b.predicate(s.Where, &scope{columns: from.columns, outer: "WHERE"})
		if err != nil {
			return nil, err
		}
		from = &relation{node: &plan.Filter{Input: from.node, Predicate: predicate}, columns: from.columns}
	}
	if len(s.GroupBy) > 0 || s.Having != nil || b.hasAggregates(s.Items) {
		return b.aggregate(s, from, order)
	}
	return b.project(s, from, order)
}

// predicate binds a condition that filters rows.
func (b *Binder) predicate(e ast.Expr, s *scope) (expr.Expr, error) {
	bound, err := b.expr(e, s)
	if err != nil {
		return nil, err
	}
	if t := bound.Type(); t.Kind != types.Boolean && t.Kind != types.Null {
		return nil, diag.Errorf(diag.Semantic, e.Span(), "%s needs a condition, but this is %s", s.outer, t.Nullable())
	}
	return expr.NewCast(bound, types.Of(types.Boolean), false, true, e.Span()), nil
}

// project binds the items of a SELECT without aggregation.
func (b *Binder) project(s *ast.SelectBody, from *relation, order []ast.OrderItem) (*relation, error) {
	out := &projection{input: from, over: &overs{binder: b, windows: s.Windows}, body: s}
	for i, item := range s.Items {
		if item.Star && item.Table != nil {
			if fields, ok := b.fieldsOf(*item.Table, &scope{columns: from.columns, outer: "SELECT"}); ok {
				for _, field := range fields {
					out.add(field, field.Name(), item.Span())
				}
				continue
			}
		}
		if item.Star {
			expanded, err := expandStar(item, from.columns)
			if err != nil {
				return nil, err
			}
			for _, position := range expanded {
				c := from.columns[position]
				out.add(expr.NewColumn(position, c.name, c.typ), c.name, item.Span())
			}
			continue
		}
		e, err := b.expr(item.Expr, &scope{columns: from.columns, outer: "SELECT", over: out.over})
		if err != nil {
			return nil, err
		}
		out.add(e, itemName(item, i), item.Expr.Span())
	}
	if s.Qualify != nil {
		var err error
		if out.qualify, err = b.expr(s.Qualify, &scope{columns: from.columns, outer: "QUALIFY", over: out.over, aliases: s.Items}); err != nil {
			return nil, err
		}
	}
	err := out.orderBy(order, func(e ast.Expr) (expr.Expr, error) {
		return b.expr(e, &scope{columns: from.columns, outer: "ORDER BY", over: out.over, aliases: s.Items})
	})
	if err != nil {
		return nil, err
	}
	return out.finish()
}

// expandStar returns the positions of the columns that * or t.* stands for.
func expandStar(item ast.SelectItem, columns []column) ([]int, error) {
	var positions []int
	for i, c := range columns {
		if item.Table == nil || sameName(c.table, last(*item.Table), true) {
			positions = append(positions, i)
		}
	}
	if len(positions) == 0 {
		if item.Table != nil {
			err := diag.Errorf(diag.Semantic, item.Span(), "there is no table %q here", last(*item.Table))
			err.Hint = diag.DidYouMean(last(*item.Table), tableNames(columns))
			return nil, err
		}
		return nil, diag.Errorf(diag.Semantic, item.Span(), "SELECT * needs a FROM")
	}
	return positions, nil
}

// itemName is the name of a result column: its alias, the column it is, or Flink's EXPR$n.
func itemName(item ast.SelectItem, position int) string {
	if item.Alias != nil {
		return item.Alias.Name
	}
	if reference, ok := item.Expr.(*ast.ColumnRef); ok {
		return last(reference.Name)
	}
	if field, ok := item.Expr.(*ast.Field); ok {
		return field.Name.Name
	}
	return fmt.Sprintf("EXPR$%d", position)
}

func (b *Binder) values(v *ast.Values) (*relation, error) {
	width := len(v.Rows[0])
	byColumn := make([][]expr.Expr, width)
	for _, row := range v.Rows {
		if len(row) != width {
			return nil, diag.Errorf(diag.Semantic, row[0].Span().To(row[len(row)-1].Span()), "this row of VALUES has %s, the first has %d", counted(len(row), "value"), width)
		}
		for i, item := range row {
			e, err := b.expr(item, &scope{outer: "VALUES"})
			if err != nil {
				return nil, err
			}
			byColumn[i] = append(byColumn[i], e)
		}
	}
	node := &plan.Values{Rows: make([][]expr.Expr, len(v.Rows))}
	var columns []column
	for i, exprs := range byColumn {
		unified, t, err := expr.Unify(exprs, v.Rows[0][i].Span())
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("EXPR$%d", i)
		node.Fields = append(node.Fields, types.Field{Name: name, Type: t})
		columns = append(columns, column{name: name, typ: t})
		for row, e := range unified {
			node.Rows[row] = append(node.Rows[row], e)
		}
	}
	return &relation{node: node, columns: columns}, nil
}
