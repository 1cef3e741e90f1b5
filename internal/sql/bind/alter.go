package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// Alter returns the definition of a table as an action of ALTER TABLE makes it. The definition that it
// is given stays as it is.
func Alter(s *ast.CreateTable, action ast.AlterAction, same SameOption) (*ast.CreateTable, error) {
	definition := *s
	definition.IfNotExists = false
	a := &alteration{CreateTable: &definition}
	var err error
	switch action := action.(type) {
	case *ast.RenameTo:
		a.Name = action.To
	case *ast.RenameColumn:
		err = a.rename(action)
	case *ast.SetOptions:
		a.Options = Override(a.Options, action.Options, same)
	case *ast.ResetOptions:
		err = a.reset(action, same)
	case *ast.AddElements:
		err = a.add(action)
	case *ast.DropElements:
		err = a.drop(action)
	default:
		err = diag.Errorf(diag.Internal, action.Span(), "no alteration for %T", action)
	}
	return a.CreateTable, err
}

// alteration is a definition being altered; its slices are cloned before they change.
type alteration struct{ *ast.CreateTable }

func (a *alteration) reset(r *ast.ResetOptions, same SameOption) error {
	for _, key := range r.Keys {
		i := slices.IndexFunc(a.Options, func(o ast.Property) bool { return same(o.Key, key.Key) })
		if i < 0 {
			err := diag.Errorf(diag.Option, key.KeyPos.Span(), "table %q does not set option %q", last(a.Name), key.Key)
			var keys []string
			for _, o := range a.Options {
				keys = append(keys, o.Key)
			}
			err.Hint = diag.DidYouMean(key.Key, keys)
			return err
		}
		a.Options = slices.Delete(slices.Clone(a.Options), i, i+1)
	}
	return nil
}

// column returns the position of a column.
func (a *alteration) column(name ast.Identifier) (int, error) {
	var names []string
	for i, c := range a.Columns {
		if strings.EqualFold(c.Name.Name, name.Name) {
			return i, nil
		}
		names = append(names, c.Name.Name)
	}
	err := diag.Errorf(diag.Semantic, name.Span(), "table %q has no column %q", last(a.Name), name.Name)
	err.Hint = diag.DidYouMean(name.Name, names)
	return 0, err
}

func (a *alteration) rename(r *ast.RenameColumn) error {
	i, err := a.column(r.From)
	if err != nil {
		return err
	}
	if err := a.unused(r.From, "rename"); err != nil {
		return err
	}
	a.Columns = slices.Clone(a.Columns)
	c := &a.Columns[i]
	if c.Metadata && c.From == "" {
		c.From = c.Name.Name // the key of the metadata is not renamed
	}
	c.Name = r.To
	return nil
}

// unused reports where else in the table a column is used.
func (a *alteration) unused(name ast.Identifier, verb string) error {
	used := func(by string) error {
		return diag.Errorf(diag.Semantic, name.Span(), "cannot %s column %q of table %q: %s uses it", verb, name.Name, last(a.Name), by)
	}
	names := func(e ast.Expr) (found bool) {
		ast.WalkExpr(e, func(e ast.Expr) {
			reference, ok := e.(*ast.ColumnRef)
			found = found || ok && strings.EqualFold(last(reference.Name), name.Name)
		})
		return found
	}
	for _, c := range a.Columns {
		if c.Computed != nil && names(c.Computed) {
			return used("column " + quoted(c.Name.Name))
		}
	}
	is := func(id ast.Identifier) bool { return strings.EqualFold(id.Name, name.Name) }
	switch {
	case a.Watermark != nil && (is(a.Watermark.Column.Parts[len(a.Watermark.Column.Parts)-1]) || names(a.Watermark.Expr)):
		return used("the WATERMARK")
	case slices.ContainsFunc(a.PrimaryKey, is):
		return used("the PRIMARY KEY")
	case slices.ContainsFunc(a.PartitionedBy, is):
		return used("PARTITIONED BY")
	}
	return nil
}

// add carries out ADD and MODIFY.
func (a *alteration) add(e *ast.AddElements) error {
	for _, placed := range e.Columns {
		if err := a.place(placed, e.Modify); err != nil {
			return err
		}
	}
	if e.Watermark != nil {
		if err := a.expect(e.Modify, a.Watermark != nil, e.Watermark.Span(), "WATERMARK"); err != nil {
			return err
		}
		a.Watermark = e.Watermark
	}
	if e.PrimaryKey != nil {
		if err := a.expect(e.Modify, a.keyed(), e.PrimaryKey[0].Span(), "PRIMARY KEY"); err != nil {
			return err
		}
		a.dropKey()
		a.PrimaryKey = e.PrimaryKey
	}
	return nil
}

// expect reports what is added but there already, or modified but not there.
func (a *alteration) expect(modify, there bool, span diag.Span, what string) error {
	switch {
	case modify && !there:
		return diag.Errorf(diag.Semantic, span, "table %q has no %s", last(a.Name), what).WithHint("write ADD")
	case !modify && there:
		return diag.Errorf(diag.Semantic, span, "table %q has a %s already", last(a.Name), what).WithHint("write MODIFY")
	}
	return nil
}

func (a *alteration) keyed() bool {
	return a.PrimaryKey != nil || slices.ContainsFunc(a.Columns, func(c ast.Column) bool { return c.PrimaryKey })
}

func (a *alteration) dropKey() {
	a.PrimaryKey, a.Columns = nil, slices.Clone(a.Columns)
	for i := range a.Columns {
		a.Columns[i].PrimaryKey = false
	}
}

// place puts a column where it belongs; a modified one that is not moved stays where it is.
func (a *alteration) place(p ast.PlacedColumn, modify bool) error {
	name := p.Column.Name
	at := slices.IndexFunc(a.Columns, func(c ast.Column) bool { return strings.EqualFold(c.Name.Name, name.Name) })
	if err := a.expect(modify, at >= 0, name.Span(), "column "+quoted(name.Name)); err != nil {
		return err
	}
	a.Columns = slices.Clone(a.Columns)
	to := len(a.Columns)
	if at >= 0 {
		a.Columns = slices.Delete(a.Columns, at, at+1)
		to = at
	}
	switch {
	case p.First:
		to = 0
	case p.After != nil:
		after, err := a.column(*p.After)
		if err != nil {
			return err
		}
		to = after + 1
	}
	a.Columns = slices.Insert(a.Columns, to, p.Column)
	return nil
}

func (a *alteration) drop(d *ast.DropElements) error {
	switch {
	case d.PrimaryKey:
		if !a.keyed() {
			return diag.Errorf(diag.Semantic, d.Span(), "table %q has no PRIMARY KEY", last(a.Name))
		}
		a.dropKey()
	case d.Watermark:
		if a.Watermark == nil {
			return diag.Errorf(diag.Semantic, d.Span(), "table %q has no WATERMARK", last(a.Name))
		}
		a.Watermark = nil
	}
	for _, name := range d.Columns {
		i, err := a.column(name)
		if err != nil {
			return err
		}
		a.Columns = slices.Delete(slices.Clone(a.Columns), i, i+1)
		if err := a.unused(name, "drop"); err != nil {
			return err
		}
	}
	return nil
}
