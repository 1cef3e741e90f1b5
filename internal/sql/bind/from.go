package bind

import (
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// from binds a FROM clause; without one there is a single row of no columns.
func (b *Binder) from(refs []ast.TableRef, with *ctes) (*relation, error) {
	switch len(refs) {
	case 0:
		return &relation{node: &plan.Values{Rows: [][]expr.Expr{{}}}}, nil
	case 1:
		return b.tableRef(refs[0], with)
	}
	return nil, unsupported(refs[1], "a join")
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
		return b.tableFunction(ref, with)
	case *ast.Join:
		return nil, unsupported(ref, "a join")
	}
	return nil, diag.Errorf(diag.Internal, ref.Span(), "no binding for %T", ref)
}

// rename gives a relation an alias and its columns new names.
func rename(r *relation, alias *ast.Identifier, names []ast.Identifier) (*relation, error) {
	if len(names) > 0 && len(names) != len(r.columns) {
		return nil, diag.Errorf(diag.Semantic, names[0].Span(), "%d column names for %d columns", len(names), len(r.columns))
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
	switch {
	case ref.AsOf != nil:
		return nil, unsupported(ref.AsOf, "FOR SYSTEM_TIME AS OF")
	case len(ref.Hints) > 0:
		return nil, unsupported(ref.Hints[0], "hint %s", ref.Hints[0].Name)
	}
	alias := ref.Alias
	if alias == nil {
		alias = &ref.Name.Parts[len(ref.Name.Parts)-1]
	}
	r, err := b.named(ref.Name, with)
	if err != nil {
		return nil, err
	}
	return rename(r, alias, ref.Columns)
}

// named binds a common table, a view or a table by name.
func (b *Binder) named(name ast.Name, with *ctes) (*relation, error) {
	if len(name.Parts) == 1 {
		if common, outer := with.lookup(name.Parts[0].Name); common != nil {
			r, err := b.query(common.Query, outer)
			if err != nil {
				return nil, err
			}
			return rename(r, nil, common.Columns)
		}
	}
	if view := b.catalog.View(last(name)); view != nil {
		return b.view(view, name)
	}
	table := b.catalog.Table(last(name))
	if table == nil {
		err := diag.Errorf(diag.Semantic, name.Span(), "there is no table %q", last(name))
		err.Hint = diag.DidYouMean(last(name), b.catalog.Names())
		if err.Hint == "" {
			err.Hint = "create it with CREATE TABLE before this statement"
		}
		return nil, err
	}
	return Scan(table), nil
}

func (b *Binder) view(view *catalog.View, name ast.Name) (*relation, error) {
	if b.depth == maxViewDepth {
		return nil, diag.Errorf(diag.Semantic, name.Span(), "view %q nests more than %d views deep", view.Name, maxViewDepth)
	}
	b.depth++
	defer func() { b.depth-- }()
	r, err := b.query(view.Query, nil)
	if err != nil {
		return nil, diag.WithSource(err, view.Source)
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

// Scan returns the plan that reads all columns of a table: the scan, the computed columns, and the
// watermark.
func Scan(t *catalog.Table) *relation {
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
	}
	if t.Watermark != nil {
		node = &plan.Watermark{Input: node, Column: t.Watermark.Column, Expr: t.Watermark.Expr}
		columns[t.Watermark.Column].time = true
	}
	return &relation{node: node, columns: columns}
}

// tableFunction binds a window function in FROM.
func (b *Binder) tableFunction(f *ast.TableFunction, with *ctes) (*relation, error) {
	name := strings.ToUpper(f.Function.Name)
	switch name {
	case "TUMBLE":
	case "HOP", "CUMULATE", "SESSION", "UNNEST":
		return nil, unsupported(f.Function, "%s", name)
	default:
		err := diag.Errorf(diag.Semantic, f.Function.Span(), "there is no table function %q", f.Function.Name)
		err.Hint = diag.DidYouMean(f.Function.Name, []string{"TUMBLE"})
		return nil, err
	}
	arguments, err := tumbleArguments(f)
	if err != nil {
		return nil, err
	}
	input, err := b.windowInput(arguments[0], with)
	if err != nil {
		return nil, err
	}
	descriptor := arguments[1].Descriptor
	if len(descriptor) != 1 {
		return nil, diag.Errorf(diag.Semantic, arguments[1].Span(), "the second argument of TUMBLE names the time column").WithHint("write DESCRIPTOR(column)")
	}
	at := ast.Name{Pos: descriptor[0].Pos, Parts: descriptor}
	time, err := (&scope{columns: input.columns}).resolve(at)
	if err != nil {
		return nil, err
	}
	if err := checkTimeAttribute(input.columns[time], at.Span()); err != nil {
		return nil, err
	}
	spec, err := b.tumbleSpec(arguments[2:])
	if err != nil {
		return nil, err
	}
	node := &plan.Window{Input: input.node, Time: time, Spec: spec}
	columns, w := append([]column(nil), input.columns...), &window{spec: spec}
	columns[time].time = false // window_time takes its place
	for i, field := range node.Schema()[len(columns):] {
		columns = append(columns, column{
			name: field.Name, typ: field.Type, bound: windowStart + bound(i), window: w, time: i == 2,
		})
	}
	return rename(&relation{node: node, columns: columns}, f.Alias, f.Columns)
}

// tumbleArguments returns the arguments of TUMBLE in their order, named or not.
func tumbleArguments(f *ast.TableFunction) ([]ast.TableArgument, error) {
	names := []string{"DATA", "TIMECOL", "SIZE", "OFFSET"}
	ordered := make([]*ast.TableArgument, len(names))
	for i := range f.Arguments {
		argument, position := &f.Arguments[i], i
		if argument.Name != nil {
			position = -1
			for j, name := range names {
				if strings.EqualFold(argument.Name.Name, name) {
					position = j
				}
			}
		}
		if position < 0 || position >= len(names) || ordered[position] != nil {
			return nil, diag.Errorf(diag.Semantic, argument.Span(), "TUMBLE does not take this argument").
				WithHint("write TUMBLE(TABLE t, DESCRIPTOR(column), INTERVAL '1' MINUTE)")
		}
		ordered[position] = argument
	}
	var arguments []ast.TableArgument
	for i, argument := range ordered {
		if argument == nil && i < 3 {
			return nil, diag.Errorf(diag.Semantic, f.Span(), "TUMBLE lacks its argument %s", names[i]).
				WithHint("write TUMBLE(TABLE t, DESCRIPTOR(column), INTERVAL '1' MINUTE)")
		}
		if argument != nil {
			arguments = append(arguments, *argument)
		}
	}
	return arguments, nil
}

func (b *Binder) windowInput(argument ast.TableArgument, with *ctes) (*relation, error) {
	switch {
	case argument.Table != nil:
		r, err := b.named(*argument.Table, with)
		if err != nil {
			return nil, err
		}
		return rename(r, &argument.Table.Parts[len(argument.Table.Parts)-1], nil)
	case argument.Query != nil:
		return b.query(argument.Query, with)
	}
	return nil, diag.Errorf(diag.Semantic, argument.Span(), "the first argument of TUMBLE is a table").WithHint("write TABLE name")
}

func checkTimeAttribute(c column, span diag.Span) error {
	switch {
	case c.time:
		return nil
	case !c.typ.Kind.IsTimestamp():
		return diag.Errorf(diag.Semantic, span, "column %q is %s, not an event time", c.name, c.typ.Nullable()).
			WithHint("a window needs a TIMESTAMP or TIMESTAMP_LTZ column that a WATERMARK is declared for")
	}
	return diag.Errorf(diag.Semantic, span, "column %q is not an event time: no WATERMARK is declared for it", c.name).
		WithHint("add WATERMARK FOR %s AS %s - INTERVAL '5' SECOND to CREATE TABLE", c.name, c.name)
}

// tumbleSpec binds the size and the optional offset of a tumbling window.
func (b *Binder) tumbleSpec(arguments []ast.TableArgument) (plan.Tumble, error) {
	var spec plan.Tumble
	for i, argument := range arguments {
		micros, err := b.constantInterval(argument.Expr, argument.Span())
		if err != nil {
			return spec, err
		}
		if i == 0 {
			spec.Size = micros
		} else {
			spec.Offset = micros
		}
	}
	if spec.Size <= 0 {
		return spec, diag.Errorf(diag.Semantic, arguments[0].Span(), "the size of a window must be more than nothing")
	}
	spec.Offset = types.FloorMod(spec.Offset, spec.Size)
	return spec, nil
}

// constantInterval binds an interval of days to seconds, in microseconds.
func (b *Binder) constantInterval(e ast.Expr, span diag.Span) (int64, error) {
	if e == nil {
		return 0, diag.Errorf(diag.Semantic, span, "expected an interval").WithHint("write INTERVAL '1' MINUTE")
	}
	bound, err := b.expr(e, &scope{outer: "a window"})
	if err != nil {
		return 0, err
	}
	value, ok := expr.Constant(bound)
	if bound.Type().Kind == types.IntervalMonth {
		return 0, diag.Errorf(diag.Semantic, span, "a window of months or years has no fixed size").WithHint("use days or less")
	}
	if !ok || bound.Type().Kind != types.IntervalSecond {
		return 0, diag.Errorf(diag.Semantic, span, "expected an interval").WithHint("write INTERVAL '1' MINUTE")
	}
	return value.(int64), nil
}
