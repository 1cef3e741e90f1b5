package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// CreateTable binds a table definition without LIKE and AS. It does not add it to the catalog.
func (b *Binder) CreateTable(s *ast.CreateTable) (*catalog.Table, error) {
	t := &catalog.Table{Name: last(s.Name), Span: s.Name.Span(), Temporary: s.Temporary, Definition: s}
	if err := b.columns(t, s); err != nil {
		return nil, err
	}
	if err := b.watermark(t, s.Watermark); err != nil {
		return nil, err
	}
	if err := keys(t, s); err != nil {
		return nil, err
	}
	t.SetOptions(s.Options)
	if t.Connector == "" {
		return nil, diag.Errorf(diag.Option, s.Name.Span(), "table %q has no connector", t.Name).
			WithHint("add WITH ('connector' = 'kinesis', ...)")
	}
	return t, nil
}

// laminarScale is the scale of DECIMAL without parameters in Laminar, where it has 38 digits.
const laminarScale = 18

// columns binds the columns: first all that have a type, then the computed ones, which may use them.
func (b *Binder) columns(t *catalog.Table, s *ast.CreateTable) error {
	columns := s.Columns
	// Tables in the spelling of Laminar, which has an option 'type', have its DECIMAL.
	wide := slices.ContainsFunc(s.Options, func(p ast.Property) bool { return strings.EqualFold(p.Key, "type") })
	for _, c := range columns {
		if slices.ContainsFunc(t.Columns, func(other catalog.Column) bool { return strings.EqualFold(other.Name, c.Name.Name) }) {
			return diag.Errorf(diag.Semantic, c.Name.Span(), "table %q has two columns %q", t.Name, c.Name.Name)
		}
		column := catalog.Column{Name: c.Name.Name, Virtual: c.Virtual, Comment: c.Comment}
		if c.Metadata {
			column.Metadata = c.From
			if column.Metadata == "" {
				column.Metadata = c.Name.Name
			}
		}
		if c.Type != nil {
			var err error
			if column.Type, err = Type(*c.Type); err != nil {
				return err
			}
			if wide && column.Type.Kind == types.Decimal && len(c.Type.Parameters) == 0 {
				column.Type.Precision, column.Type.Scale = types.MaxDecimalPrecision, laminarScale
			}
		}
		t.Columns = append(t.Columns, column)
	}
	if len(columns) == 0 {
		return diag.Errorf(diag.Semantic, t.Span, "table %q has no columns", t.Name)
	}
	physical := &scope{outer: "a computed column"}
	for i, c := range t.Columns {
		visible := column{table: t.Name, name: c.Name, typ: c.Type}
		if columns[i].Computed != nil {
			visible.name = "" // a computed column cannot use another
		}
		physical.columns = append(physical.columns, visible)
	}
	for i, c := range columns {
		if c.Computed == nil {
			continue
		}
		if err := checkUsesPhysical(t, columns, c.Computed); err != nil {
			return err
		}
		computed, err := b.expr(c.Computed, physical)
		if err != nil {
			return err
		}
		t.Columns[i].Computed, t.Columns[i].Type = computed, computed.Type()
	}
	return nil
}

// checkUsesPhysical reports a computed column in the expression of another.
func checkUsesPhysical(t *catalog.Table, columns []ast.Column, e ast.Expr) (err error) {
	ast.WalkExpr(e, func(e ast.Expr) {
		reference, ok := e.(*ast.ColumnRef)
		if !ok {
			return
		}
		i := slices.IndexFunc(columns, func(c ast.Column) bool { return strings.EqualFold(c.Name.Name, last(reference.Name)) })
		if i >= 0 && columns[i].Computed != nil {
			err = diag.Errorf(diag.Semantic, e.Span(), "column %q of table %q is computed itself: a computed column cannot use another", columns[i].Name.Name, t.Name).
				WithHint("repeat its expression")
		}
	})
	return err
}

func (b *Binder) watermark(t *catalog.Table, w *ast.Watermark) error {
	if w == nil {
		return nil
	}
	s := &scope{outer: "WATERMARK"}
	for _, c := range t.Columns {
		s.columns = append(s.columns, column{table: t.Name, name: c.Name, typ: c.Type})
	}
	position, err := s.resolve(w.Column)
	if err != nil {
		return err
	}
	if kind := t.Columns[position].Type.Kind; !kind.IsTimestamp() {
		return diag.Errorf(diag.Semantic, w.Column.Span(), "column %q is %s: a watermark needs TIMESTAMP or TIMESTAMP_LTZ", last(w.Column), t.Columns[position].Type.Nullable()).
			WithHint("declare it TIMESTAMP(3), or add a computed column that converts it")
	}
	e, err := b.expr(w.Expr, s)
	if err != nil {
		return err
	}
	if e.Type().Kind != t.Columns[position].Type.Kind {
		return diag.Errorf(diag.Semantic, w.Expr.Span(), "the watermark is %s, but the column is %s", e.Type().Nullable(), t.Columns[position].Type.Nullable()).
			WithHint("write %s - INTERVAL '5' SECOND", last(w.Column))
	}
	t.Watermark = &catalog.Watermark{Column: position, Expr: e, Span: w.Span()}
	return nil
}

// keys binds PRIMARY KEY and PARTITIONED BY.
func keys(t *catalog.Table, s *ast.CreateTable) error {
	primary := slices.Clone(s.PrimaryKey)
	for _, c := range s.Columns {
		if c.PrimaryKey {
			primary = append(primary, c.Name)
		}
	}
	var err error
	if t.PrimaryKey, err = columnNames(t, primary, "PRIMARY KEY"); err != nil {
		return err
	}
	t.PartitionedBy, err = columnNames(t, s.PartitionedBy, "PARTITIONED BY")
	return err
}

func columnNames(t *catalog.Table, names []ast.Identifier, clause string) ([]string, error) {
	var out []string
	for _, name := range names {
		i := t.Schema().Index(name.Name)
		if i < 0 {
			err := diag.Errorf(diag.Semantic, name.Span(), "%s: table %q has no column %q", clause, t.Name, name.Name)
			err.Hint = diag.DidYouMean(name.Name, t.Schema().Names())
			return nil, err
		}
		if slices.Contains(out, t.Columns[i].Name) {
			return nil, diag.Errorf(diag.Semantic, name.Span(), "%s names column %q twice", clause, name.Name)
		}
		out = append(out, t.Columns[i].Name)
	}
	return out, nil
}

// CreateView binds a view definition, to report mistakes now, and returns it.
func (b *Binder) CreateView(s *ast.CreateView) (*catalog.View, error) {
	r, err := b.query(s.Query, nil)
	if err != nil {
		return nil, err
	}
	view := &catalog.View{Name: last(s.Name), Query: s.Query, Temporary: s.Temporary, Definition: s}
	if len(s.Columns) > 0 && len(s.Columns) != len(r.columns) {
		return nil, wrongNames(s.Columns, len(r.columns))
	}
	for _, name := range s.Columns {
		view.Columns = append(view.Columns, name.Name)
	}
	return view, nil
}

// ViewSchema returns the columns of a view; name is where it was named.
func (b *Binder) ViewSchema(v *catalog.View, name ast.Name) (types.Schema, error) {
	r, err := b.view(v, name)
	if err != nil {
		return nil, err
	}
	schema := make(types.Schema, len(r.columns))
	for i, c := range r.columns {
		schema[i] = types.Field{Name: c.name, Type: c.typ}
	}
	return schema, nil
}
