package bind

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// Insert binds INSERT INTO: the query, converted to the columns of the table.
func (b *Binder) Insert(s *ast.Insert) (*plan.Sink, error) {
	if s.Overwrite {
		return nil, unsupported(s, "INSERT OVERWRITE")
	}
	if err := CheckQualifier(s.Table); err != nil {
		return nil, err
	}
	table := b.catalog.Table(last(s.Table))
	if table == nil {
		err := missingTable(s.Table)
		if b.catalog.View(last(s.Table)) != nil {
			return nil, err.WithHint("%q is a view: rows cannot be inserted into it", last(s.Table))
		}
		err.Hint = diag.DidYouMean(last(s.Table), b.catalog.Names())
		return nil, err
	}
	return b.InsertInto(table, s)
}

// InsertInto is Insert into a table that need not be in the catalog.
func (b *Binder) InsertInto(table *catalog.Table, s *ast.Insert) (*plan.Sink, error) {
	table, err := b.hinted(table, s.Hints)
	if err != nil {
		return nil, err
	}
	query, err := b.query(s.Query, nil)
	if err != nil {
		return nil, err
	}
	targets, err := b.insertTargets(s, table)
	if err != nil {
		return nil, err
	}
	sink, err := assign(s, table, targets, query)
	if err != nil {
		return nil, err
	}
	return b.finish(sink)
}

// target is where a column of the sink comes from.
type target struct {
	column catalog.Column
	static expr.Expr // constant of a static partition
	query  int       // column of the query; -1: NULL
}

// insertTargets returns, for each column that the table writes, where its value comes from.
func (b *Binder) insertTargets(s *ast.Insert, table *catalog.Table) ([]target, error) {
	var targets []target
	for _, position := range table.SinkColumns() {
		targets = append(targets, target{column: table.Columns[position], query: -1})
	}
	find := func(name ast.Identifier) (*target, error) {
		var names []string
		for i := range targets {
			if strings.EqualFold(targets[i].column.Name, name.Name) {
				return &targets[i], nil
			}
			names = append(names, targets[i].column.Name)
		}
		err := diag.Errorf(diag.Semantic, name.Span(), "table %q has no column %q to write", table.Name, name.Name)
		err.Hint = diag.DidYouMean(name.Name, names)
		return nil, err
	}
	for _, partition := range s.Partition {
		t, err := find(partition.Column)
		if err != nil {
			return nil, err
		}
		if !containsFold(table.PartitionedBy, t.column.Name) {
			return nil, diag.Errorf(diag.Semantic, partition.Span(), "table %q is not partitioned by %q", table.Name, t.column.Name)
		}
		if t.static != nil {
			return nil, diag.Errorf(diag.Semantic, partition.Span(), "column %q is given twice", t.column.Name)
		}
		if t.static, err = b.expr(partition.Value, &scope{outer: "PARTITION"}); err != nil {
			return nil, err
		}
		t.static = adaptLiteral(t.static, t.column.Type, partition.Span())
	}
	next := 0
	for _, name := range s.Columns {
		t, err := find(name)
		if err != nil {
			return nil, err
		}
		if t.query >= 0 || t.static != nil {
			return nil, diag.Errorf(diag.Semantic, name.Span(), "column %q is given twice", name.Name)
		}
		t.query = next
		next++
	}
	for i := range targets {
		if len(s.Columns) == 0 && targets[i].static == nil {
			targets[i].query = next
			next++
		}
	}
	return targets, nil
}

// assign projects the query onto the columns of the table.
func assign(s *ast.Insert, table *catalog.Table, targets []target, query *relation) (*plan.Sink, error) {
	wanted := 0
	for _, t := range targets {
		wanted = max(wanted, t.query+1)
	}
	if wanted != len(query.columns) {
		return nil, diag.Errorf(diag.Semantic, s.Table.Span(), "table %q takes %s, the query gives %d", table.Name, counted(wanted, "column"), len(query.columns)).
			WithHint("%s", sideBySide(targets, query.columns))
	}
	project := &plan.Project{Input: query.node}
	for _, t := range targets {
		e := t.static
		switch {
		case e != nil:
		case t.query >= 0:
			e = expr.NewColumn(t.query, query.columns[t.query].name, query.columns[t.query].typ)
		default:
			e = expr.NewLiteral(nil, types.Of(types.Null))
		}
		from, to := e.Type(), t.column.Type
		if to.NotNull && (from.Kind == types.Null) {
			return nil, diag.Errorf(diag.Semantic, s.Table.Span(), "column %q of table %q is NOT NULL, but gets NULL", t.column.Name, table.Name)
		}
		if !types.CanAssign(from, to) {
			return nil, diag.Errorf(diag.Semantic, s.Table.Span(), "column %q of table %q is %s, the query gives %s", t.column.Name, table.Name, to.Nullable(), from.Nullable()).
				WithHint("%s", sideBySide(targets, query.columns))
		}
		project.Exprs = append(project.Exprs, expr.NewCast(e, to.Nullable(), false, true, s.Table.Span()))
		project.Names = append(project.Names, t.column.Name)
	}
	return &plan.Sink{Input: project, Table: table}, nil
}

// sideBySide lists the columns of the table beside those of the query, a line for each.
func sideBySide(targets []target, columns []column) string {
	var lines [][2]string
	width, next := 0, 0
	add := func(left, right string) {
		lines = append(lines, [2]string{left, right})
		width = max(width, utf8.RuneCountInString(left))
	}
	for _, t := range targets {
		right := "nothing"
		switch {
		case t.static != nil:
			right = t.static.String()
		case t.query >= 0 && t.query < len(columns):
			c := columns[t.query]
			right = fmt.Sprintf("%s %s", c.name, c.typ.Nullable())
			if !types.CanAssign(c.typ, t.column.Type) {
				right += ", which it does not take"
			}
			next = max(next, t.query+1)
		}
		add(fmt.Sprintf("%s %s", t.column.Name, t.column.Type.Nullable()), right)
	}
	for _, c := range columns[min(next, len(columns)):] {
		add("nothing", fmt.Sprintf("%s %s", c.name, c.typ.Nullable()))
	}
	var out strings.Builder
	for i, line := range lines {
		if i > 0 {
			out.WriteByte('\n')
		}
		fmt.Fprintf(&out, "%-*s <- %s", width, line[0], line[1])
	}
	return out.String()
}
