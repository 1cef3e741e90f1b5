package engine

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
	"github.com/penstock-io/penstock/internal/types"
)

// describe prepares DESCRIBE of a table or view.
func (p *Program) describe(binder *bind.Binder, name ast.Name) error {
	result, err := p.columnsOf(binder, name, &ast.Show{})
	if err != nil {
		return err
	}
	p.results = append(p.results, result.finish())
	return nil
}

// columnsOf lists the columns of a table or view that SHOW's LIKE lets through.
func (p *Program) columnsOf(binder *bind.Binder, name ast.Name, s *ast.Show) (*resultBuilder, error) {
	matches, err := matcher(s)
	if err != nil {
		return nil, err
	}
	result := newResult("name", "type", "null", "key", "extras", "watermark", "comment")
	if err := bind.CheckQualifier(name); err != nil {
		return nil, err
	}
	if v := p.engine.catalog.View(lastPart(name).Name); v != nil {
		schema, err := binder.ViewSchema(v, name)
		if err != nil {
			return nil, err
		}
		for _, field := range schema {
			if matches(field.Name) {
				result.add(field.Name, field.Type.Nullable().String(), nullText(field.Type), null, null, null, null)
			}
		}
		return result, nil
	}
	t, err := p.engine.table(name)
	if err != nil {
		return nil, err
	}
	for i, c := range t.Columns {
		if matches(c.Name) {
			result.add(describeColumn(t, i)...)
		}
	}
	return result, nil
}

func describeColumn(t *catalog.Table, i int) []string {
	c, written := t.Columns[i], t.Definition.Columns[i]
	typ, key, extras, watermark, comment := c.Type.Nullable().String(), null, null, null, null
	if slices.Contains(t.PrimaryKey, c.Name) {
		key = "PRI(" + strings.Join(t.PrimaryKey, ", ") + ")"
	}
	switch {
	case written.Computed != nil:
		extras = "AS " + ast.Print(written.Computed)
	case c.Metadata != "":
		extras = "METADATA"
		if written.From != "" {
			extras += " FROM '" + written.From + "'"
		}
		if c.Virtual {
			extras += " VIRTUAL"
		}
	}
	if t.Watermark != nil && t.Watermark.Column == i {
		typ += " *ROWTIME*"
		watermark = ast.Print(t.Definition.Watermark.Expr)
	}
	if c.Comment != "" {
		comment = c.Comment
	}
	return []string{c.Name, typ, nullText(c.Type), key, extras, watermark, comment}
}

func nullText(t types.Type) string {
	if t.NotNull {
		return "FALSE"
	}
	return "TRUE"
}
