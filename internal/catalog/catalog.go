// Package catalog is the tables and views that statements name.
//
// It holds definitions only: no data, no connection. Names compare without regard to case. A
// catalog is used by one session at a time.
package catalog

import (
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// Table is a declared table.
type Table struct {
	Name    string
	Columns []Column
	// Watermark is set when the table has an event-time column.
	Watermark     *Watermark
	PrimaryKey    []string
	PartitionedBy []string
	Connector     string
	Options       []option.Given // as written, 'connector' included
	Span          diag.Span
}

// Column is a column of a table: physical, computed from other columns, or metadata of the connector.
type Column struct {
	Name     string
	Type     types.Type
	Computed expr.Expr // over the table's columns by position; nil: not computed
	Metadata string    // metadata key; empty: not metadata
	Virtual  bool      // metadata that is not written on a sink
}

// Watermark says how far the event time has come at least: the largest value of Expr so far.
type Watermark struct {
	Column int
	Expr   expr.Expr // over the table's columns by position
	Span   diag.Span
}

// Schema returns the names and types of all columns.
func (t *Table) Schema() types.Schema {
	schema := make(types.Schema, len(t.Columns))
	for i, column := range t.Columns {
		schema[i] = types.Field{Name: column.Name, Type: column.Type}
	}
	return schema
}

// SinkColumns returns the positions of the columns that an INSERT writes: all but computed and
// virtual ones.
func (t *Table) SinkColumns() []int {
	var positions []int
	for i, column := range t.Columns {
		if column.Computed == nil && !column.Virtual {
			positions = append(positions, i)
		}
	}
	return positions
}

// View is a named query.
type View struct {
	Name    string
	Columns []string // empty: the query's own names
	Query   *ast.Query
	Source  *diag.Source // text that the query's spans point into
}

// Catalog is the tables and views of a session.
type Catalog struct {
	tables map[string]*Table
	views  map[string]*View
	names  []string // in order of creation
}

// New returns an empty catalog.
func New() *Catalog {
	return &Catalog{tables: map[string]*Table{}, views: map[string]*View{}}
}

// Table returns the table with the name, or nil.
func (c *Catalog) Table(name string) *Table { return c.tables[strings.ToLower(name)] }

// View returns the view with the name, or nil.
func (c *Catalog) View(name string) *View { return c.views[strings.ToLower(name)] }

// Has reports whether there is a table or view with the name.
func (c *Catalog) Has(name string) bool { return c.Table(name) != nil || c.View(name) != nil }

// AddTable adds a table; the name must be free.
func (c *Catalog) AddTable(t *Table) {
	c.tables[strings.ToLower(t.Name)] = t
	c.names = append(c.names, t.Name)
}

// AddView adds a view; the name must be free.
func (c *Catalog) AddView(v *View) {
	c.views[strings.ToLower(v.Name)] = v
	c.names = append(c.names, v.Name)
}

// Remove removes the table or view with the name.
func (c *Catalog) Remove(name string) {
	delete(c.tables, strings.ToLower(name))
	delete(c.views, strings.ToLower(name))
	for i, known := range c.names {
		if strings.EqualFold(known, name) {
			c.names = append(c.names[:i:i], c.names[i+1:]...)
			return
		}
	}
}

// Names returns the names of all tables and views in order of creation.
func (c *Catalog) Names() []string { return c.names }
