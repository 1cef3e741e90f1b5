package bind

import (
	"fmt"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// from binds a FROM clause; without one there is a single row of no columns.
func (b *Binder) from(refs []ast.TableRef, with *ctes) (*relation, error) {
	if len(refs) == 0 {
		return oneRow(), nil
	}
	left, err := b.tableRef(refs[0], with)
	for _, ref := range refs[1:] {
		if err != nil {
			return nil, err
		}
		f, ok := isUnnest(ref)
		if !ok {
			return nil, unsupported(ref, "a join")
		}
		left, err = b.unnest(f, left, false)
	}
	return left, err
}

func (b *Binder) tableRef(ref ast.TableRef, with *ctes) (*relation, error) {
	switch ref := ref.(type) {
	case *ast.TableName:
		return b.tableName(ref, with)
	case *ast.Derived:
		if ref.Lateral {
			return nil, unsupported(ref, "LATERAL")
		}
		r, err := b.query(ref.Query, with)
		if err != nil {
			return nil, err
		}
		return rename(r, ref.Alias, ref.Columns)
	case *ast.TableFunction:
		if f, ok := isUnnest(ref); ok {
			return b.unnest(f, oneRow(), false)
		}
		return b.tableFunction(ref, with)
	case *ast.Join:
		return b.join(ref, with)
	}
	return nil, diag.Errorf(diag.Internal, ref.Span(), "no binding for %T", ref)
}

// wrongNames is the error for a list of names that are not as many as the columns that they name.
func wrongNames(names []ast.Identifier, columns int) error {
	return diag.Errorf(diag.Semantic, names[0].Span().To(names[len(names)-1].Span()), "%s for %s", counted(len(names), "column name"), counted(columns, "column")).
		WithHint("name all columns, or none")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// rename gives a relation an alias and its columns new names.
func rename(r *relation, alias *ast.Identifier, names []ast.Identifier) (*relation, error) {
	if len(names) > 0 && len(names) != len(r.columns) {
		return nil, wrongNames(names, len(r.columns))
	}
	columns := make([]column, len(r.columns))
	for i, c := range r.columns {
		if alias != nil {
			c.table = alias.Name
		}
		if len(names) > 0 {
			c.name = names[i].Name
		}
		columns[i] = c
	}
	return &relation{node: r.node, columns: columns}, nil
}

func (b *Binder) tableName(ref *ast.TableName, with *ctes) (*relation, error) {
	if ref.AsOf != nil {
		return nil, unsupported(ref.AsOf, "FOR SYSTEM_TIME AS OF")
	}
	alias := ref.Alias
	if alias == nil {
		alias = &ref.Name.Parts[len(ref.Name.Parts)-1]
	}
	r, err := b.named(ref.Name, ref.Hints, with)
	if err != nil {
		return nil, err
	}
	return rename(r, alias, ref.Columns)
}

// named binds a common table, a view or a table by name. Only a table takes hints.
func (b *Binder) named(name ast.Name, hints []ast.Hint, with *ctes) (*relation, error) {
	if len(name.Parts) == 1 {
		if common, outer := with.lookup(name.Parts[0].Name); common != nil {
			if err := noHints(hints, "a common table"); err != nil {
				return nil, err
			}
			r, err := b.query(common.Query, outer)
			if err != nil {
				return nil, err
			}
			return rename(r, nil, common.Columns)
		}
	}
	if err := CheckQualifier(name); err != nil {
		return nil, err
	}
	if view := b.catalog.View(last(name)); view != nil {
		if err := noHints(hints, "a view"); err != nil {
			return nil, err
		}
		return b.view(view, name)
	}
	table := b.catalog.Table(last(name))
	if table == nil {
		err := missingTable(name)
		err.Hint = diag.DidYouMean(last(name), b.catalog.Names())
		if err.Hint == "" {
			err.Hint = "create it with CREATE TABLE before this statement"
		}
		return nil, err
	}
	table, err := b.hinted(table, hints)
	if err != nil {
		return nil, err
	}
	return scanTable(table), nil
}

func (b *Binder) view(view *catalog.View, name ast.Name) (*relation, error) {
	if b.depth == maxViewDepth {
		return nil, diag.Errorf(diag.Semantic, name.Span(), "view %q nests more than %d views deep", view.Name, maxViewDepth)
	}
	b.depth++
	defer func() { b.depth-- }()
	r, err := b.query(view.Query, nil)
	if err != nil {
		return nil, err
	}
	columns := make([]column, len(r.columns))
	for i, c := range r.columns {
		if len(view.Columns) > 0 {
			c.name = view.Columns[i]
		}
		columns[i] = c
	}
	return &relation{node: r.node, columns: columns}, nil
}

// scanTable returns the plan that reads all columns of a table: the scan, the computed columns, and the
// watermark.
func scanTable(t *catalog.Table) *relation {
	scan := &plan.Scan{Table: t}
	positions := map[int]int{} // table column to scan column
	for i, c := range t.Columns {
		if c.Computed == nil {
			positions[i] = len(scan.Columns)
			scan.Columns = append(scan.Columns, i)
		}
	}
	var node plan.Node = scan
	if len(scan.Columns) < len(t.Columns) {
		project := &plan.Project{Input: scan}
		for i, c := range t.Columns {
			e := expr.Expr(expr.NewColumn(positions[i], c.Name, c.Type))
			if c.Computed != nil {
				e = expr.Remap(c.Computed, positions)
			}
			project.Exprs, project.Names = append(project.Exprs, e), append(project.Names, c.Name)
		}
		node = project
	}
	columns := make([]column, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = column{name: c.Name, typ: c.Type}
		if c.Computed == nil {
			columns[i].origin = &origin{scan: scan, position: positions[i]}
		}
	}
	if t.Watermark != nil {
		node = &plan.Watermark{Input: node, Column: t.Watermark.Column, Expr: t.Watermark.Expr}
		columns[t.Watermark.Column].time, columns[t.Watermark.Column].scans = true, []*plan.Scan{scan}
	}
	for i, c := range t.Columns {
		columns[i].markClock(c.Computed, scan)
	}
	return &relation{node: node, columns: columns}
}
