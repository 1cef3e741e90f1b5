// Package catalog is the tables, views and functions that statements name.
//
// It holds definitions only: no data, no connection. Names compare without regard to case. A
// temporary table or view hides a permanent one of its name. A catalog is used by one session at a
// time.
package catalog

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// There is one catalog with one database; these are the names that Flink gives them, for scripts
// that qualify their tables.
const (
	DefaultCatalog  = "default_catalog"
	DefaultDatabase = "default_database"
)

// View is a named query.
type View struct {
	Name      string
	Columns   []string // empty: the query's own names
	Query     *ast.Query
	Temporary bool
	// Definition is the statement that makes the view as it is.
	Definition *ast.CreateView
}

// Function is a named expression.
type Function struct {
	Name       string
	Parameters types.Schema
	Body       expr.Expr // over the parameters by position
	Temporary  bool
}

// object is what a name stands for: a table or a view.
type object struct {
	name  string
	table *Table
	view  *View
}

// layer is the permanent or the temporary objects, in order of creation.
type layer []object

func (l layer) find(name string) int {
	return slices.IndexFunc(l, func(o object) bool { return strings.EqualFold(o.name, name) })
}

// Catalog is the tables, views and functions of a session.
type Catalog struct {
	permanent, temporary layer
	functions            []*Function
}

// New returns an empty catalog.
func New() *Catalog { return &Catalog{} }

func (c *Catalog) layer(temporary bool) *layer {
	if temporary {
		return &c.temporary
	}
	return &c.permanent
}

func (c *Catalog) lookup(name string) object {
	for _, l := range []layer{c.temporary, c.permanent} {
		if i := l.find(name); i >= 0 {
			return l[i]
		}
	}
	return object{}
}

// Table returns the table that the name stands for, or nil.
func (c *Catalog) Table(name string) *Table { return c.lookup(name).table }

// View returns the view that the name stands for, or nil.
func (c *Catalog) View(name string) *View { return c.lookup(name).view }

// Has reports whether there is a permanent, or a temporary, table or view with the name.
func (c *Catalog) Has(name string, temporary bool) bool { return c.layer(temporary).find(name) >= 0 }

// AddTable adds a table; the name must be free among the permanent or temporary ones.
func (c *Catalog) AddTable(t *Table) {
	l := c.layer(t.Temporary)
	*l = append(*l, object{name: t.Name, table: t})
}

// AddView adds a view; the name must be free among the permanent or temporary ones.
func (c *Catalog) AddView(v *View) {
	l := c.layer(v.Temporary)
	*l = append(*l, object{name: v.Name, view: v})
}

// ReplaceTable puts a table, perhaps with another name, in the place of one that is there.
func (c *Catalog) ReplaceTable(old, t *Table) {
	l := *c.layer(old.Temporary)
	l[l.find(old.Name)] = object{name: t.Name, table: t}
}

// ReplaceView puts a view, perhaps with another name, in the place of one that is there.
func (c *Catalog) ReplaceView(old, v *View) {
	l := *c.layer(old.Temporary)
	l[l.find(old.Name)] = object{name: v.Name, view: v}
}

// Remove removes the permanent, or the temporary, table or view with the name.
func (c *Catalog) Remove(name string, temporary bool) {
	l := c.layer(temporary)
	if i := l.find(name); i >= 0 {
		*l = slices.Delete(*l, i, i+1)
	}
}

// visible returns what names stand for, in order of creation, permanent objects first.
func (c *Catalog) visible() []object {
	var out []object
	for _, o := range c.permanent {
		if c.temporary.find(o.name) < 0 {
			out = append(out, o)
		}
	}
	return append(out, c.temporary...)
}

// Names returns the names of all tables and views, each once.
func (c *Catalog) Names() []string {
	var names []string
	for _, o := range c.visible() {
		names = append(names, o.name)
	}
	return names
}

// Views returns the views that names stand for.
func (c *Catalog) Views() []*View {
	var views []*View
	for _, o := range c.visible() {
		if o.view != nil {
			views = append(views, o.view)
		}
	}
	return views
}

// Function returns the function with the name, or nil.
func (c *Catalog) Function(name string) *Function {
	for _, f := range c.functions {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// AddFunction adds a function; the name must be free.
func (c *Catalog) AddFunction(f *Function) { c.functions = append(c.functions, f) }

// RemoveFunction removes the function with the name.
func (c *Catalog) RemoveFunction(name string) {
	c.functions = slices.DeleteFunc(c.functions, func(f *Function) bool { return strings.EqualFold(f.Name, name) })
}

// Functions returns the functions in order of creation.
func (c *Catalog) Functions() []*Function { return c.functions }
