package engine

import (
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/types"
)

// open checks the options of a table against its connector and format.
func (e *Engine) open(t *catalog.Table) (*openable, error) {
	factory, err := e.cfg.Connectors.Lookup(t.Connector, connectorSpan(t))
	if err != nil {
		return nil, err
	}
	o := &openable{factory: factory, table: connector.Table{Name: t.Name, PartitionedBy: t.PartitionedBy, PrimaryKey: t.PrimaryKey}}
	o.options = []option.Table{{{Key: "connector"}}, factory.Options}
	if factory.UsesFormat {
		own, err := formatOptions(t, &o.table)
		if err != nil {
			return nil, err
		}
		o.options = append(o.options, own...)
	}
	if o.table.Options, err = option.Parse(`table "`+t.Name+`"`, t.Options, o.options...); err != nil {
		return nil, placed(err, t.Span)
	}
	for _, c := range t.Columns {
		if c.Computed != nil {
			continue
		}
		if err := checkMetadata(t, c, factory); err != nil {
			return nil, err
		}
		o.table.Columns = append(o.table.Columns, connector.Column{Name: c.Name, Type: c.Type, Metadata: c.Metadata})
	}
	if o.table.Format != nil {
		if err := o.table.Format.Check(format.Config{Record: o.table.Record(), Options: o.table.Options}); err != nil {
			return nil, placed(err, t.Span)
		}
	}
	if factory.Check != nil {
		if err := factory.Check(o.table); err != nil {
			return nil, placed(err, t.Span)
		}
	}
	t.Bounded = factory.Bounded != nil && factory.Bounded(o.table)
	return o, nil
}

// placed gives errors without a place the place of the table's name.
func placed(err error, span diag.Span) error {
	for fault := range diag.All(err) {
		if fault.Span.IsZero() {
			fault.At(span) //nolint:errcheck // not a failure of At: it returns the error
		}
	}
	return err
}

func connectorSpan(t *catalog.Table) diag.Span { return given(t, "connector").ValueSpan }

func given(t *catalog.Table, key string) option.Given {
	for _, g := range t.Options {
		if strings.EqualFold(g.Key, key) {
			return g
		}
	}
	return option.Given{ValueSpan: t.Span}
}

// formatOptions looks up the format of a table and returns the option tables that come with it.
func formatOptions(t *catalog.Table, out *connector.Table) ([]option.Table, error) {
	g := given(t, "format")
	if g.Key == "" {
		return nil, diag.Errorf(diag.Option, t.Span, "table %q has no format", t.Name).WithHint("add 'format' = 'json' to WITH")
	}
	f, err := format.Lookup(g.Value, g.ValueSpan)
	if err != nil {
		return nil, err
	}
	out.Format = f
	return []option.Table{{{Key: "format"}}, format.TableOptions, f.Options}, nil
}

// checkMetadata checks that the connector has the metadata that a column asks for.
func checkMetadata(t *catalog.Table, c catalog.Column, factory *connector.Factory) error {
	if c.Metadata == "" {
		return nil
	}
	var keys []string
	for _, m := range factory.Metadata {
		if m.Key != c.Metadata {
			keys = append(keys, m.Key)
			continue
		}
		switch {
		case !types.CanAssign(m.Type, c.Type):
			return diag.Errorf(diag.Semantic, t.Span, "column %q of table %q is %s, but metadata %q is %s", c.Name, t.Name, c.Type.Nullable(), m.Key, m.Type.Nullable())
		case !m.Writable && !c.Virtual && factory.NewSource == nil:
			return diag.Errorf(diag.Semantic, t.Span, "metadata %q of connector %q cannot be written", m.Key, factory.Name).WithHint("declare column %q VIRTUAL", c.Name)
		}
		return nil
	}
	err := diag.Errorf(diag.Semantic, t.Span, "connector %q has no metadata %q for column %q", factory.Name, c.Metadata, c.Name)
	err.Hint = diag.DidYouMean(c.Metadata, keys)
	return err
}
