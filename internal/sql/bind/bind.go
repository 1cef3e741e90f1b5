// Package bind turns syntax into plans: it looks up every name, decides every type, inserts
// conversions, and reports every mistake of meaning that a user can make, with its place.
//
// It owns no text of the grammar (package parser) and rewrites nothing for speed (package
// plan/optimize). Options of tables are checked by package engine, which knows the connectors.
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

// maxViewDepth bounds views over views, so that views that name each other end in an error.
const maxViewDepth = 32

// Rewire returns a table with other options in place of some of its own, all checked: what a hint
// asks for.
type Rewire func(t *catalog.Table, options []ast.Property) (*catalog.Table, error)

// Binder binds the statements of a script against a catalog.
type Binder struct {
	catalog *catalog.Catalog
	rewire  Rewire
	// spans remembers where column references were written, for errors that are found later.
	spans map[*expr.Column]diag.Span
	depth int // of views
	// implicit is the scans of the statement whose column became event time by its use.
	implicit map[*plan.Scan]int
	// clocks is the scans of the statement whose time is used: true for processing time, false for
	// event time.
	clocks map[*plan.Scan]bool
}

// New returns a binder that looks names up in the catalog. Package engine, which knows the options of
// connectors, supplies rewire.
func New(c *catalog.Catalog, rewire Rewire) *Binder {
	return &Binder{
		catalog: c, rewire: rewire, spans: map[*expr.Column]diag.Span{}, implicit: map[*plan.Scan]int{},
		clocks: map[*plan.Scan]bool{},
	}
}

// Query binds a query whose rows are shown.
func (b *Binder) Query(q *ast.Query) (*plan.Sink, error) {
	r, err := b.query(q, nil)
	if err != nil {
		return nil, err
	}
	return b.finish(&plan.Sink{Input: r.node})
}

// relation is a bound table expression: a node and what its columns are called.
type relation struct {
	node    plan.Node
	columns []column // one per column of the node
}

// column is a column in scope.
type column struct {
	table  string // alias or table name; empty: cannot be qualified
	name   string
	typ    types.Type
	time   bool    // event-time attribute: the watermark is about this column
	clock  bool    // processing-time attribute: what PROCTIME() gives
	waited bool    // was event time, until rows had to wait longer than for the watermark
	origin *origin // the scanned column it is; nil: computed
	bound  bound   // which bound of a window it is
	window *window // the window that bound is of
	// scans is, of a time attribute, the scans whose rows have the time.
	scans []*plan.Scan
}

// as returns the column under another name, which no table qualifies.
func (c column) as(name string) column {
	c.table, c.name = "", name
	return c
}

// origin is a column of a table as it was scanned.
type origin struct {
	scan     *plan.Scan
	position int // in the scan
}

// bound is which bound of a window a column holds.
type bound uint8

const (
	notBound bound = iota
	windowStart
	windowEnd
	windowTime
)

// window is the windows of one table function or GROUP BY.
type window struct{ spec plan.WindowSpec }

// scope is the columns that an expression may name.
type scope struct {
	columns []column
	outer   string    // what the expression stands in, for messages
	group   *grouping // set where aggregates may be called
	over    *overs    // set where calls with OVER may stand
	// aliases are the items of SELECT that may be named where no column has the name.
	aliases []ast.SelectItem
}

// within returns the scope for a part of what stands in s.
func (s *scope) within(outer string) *scope {
	inner := *s
	inner.outer = outer
	return &inner
}

// resolve finds the column with a possibly qualified name.
func (s *scope) resolve(name ast.Name) (int, error) {
	table, wanted := "", name.Parts[len(name.Parts)-1]
	if len(name.Parts) > 1 {
		table = name.Parts[len(name.Parts)-2].Name
	}
	found := -1
	for pass := range 2 { // first as written, then without regard to case
		for i, c := range s.columns {
			if !sameName(c.name, wanted.Name, pass == 1) || table != "" && !strings.EqualFold(c.table, table) {
				continue
			}
			if found >= 0 {
				return 0, ambiguous(wanted, s.columns[found], c)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return 0, s.unknown(name, table)
}

func sameName(a, b string, fold bool) bool { return a == b || fold && strings.EqualFold(a, b) }

func ambiguous(name ast.Identifier, a, b column) error {
	if strings.EqualFold(a.table, b.table) {
		return diag.Errorf(diag.Semantic, name.Span(), "column %q is ambiguous: two columns have this name", name.Name).
			WithHint("give them different names with AS")
	}
	return diag.Errorf(diag.Semantic, name.Span(), "column %q is ambiguous: %s and %s have it", name.Name, quoted(a.table), quoted(b.table)).
		WithHint("qualify it: %s.%s", a.table, name.Name)
}

func quoted(name string) string { return `"` + name + `"` }

func (s *scope) unknown(name ast.Name, table string) error {
	wanted := name.Parts[len(name.Parts)-1]
	var names []string
	for _, c := range s.columns {
		if c.name != "" {
			names = append(names, c.name)
		}
	}
	tables := tableNames(s.columns)
	if table != "" && !containsFold(tables, table) {
		err := diag.Errorf(diag.Semantic, name.Span(), "there is no table %q here", table)
		err.Hint = diag.DidYouMean(table, tables)
		return err
	}
	var err *diag.Error
	switch {
	case len(s.columns) == 0:
		err = diag.Errorf(diag.Semantic, wanted.Span(), "column %q: there is no table to take it from", wanted.Name)
		if wanted.Quoted {
			err.Hint = "text is written in single quotes"
		}
		return err
	case len(tables) == 1:
		err = diag.Errorf(diag.Semantic, wanted.Span(), "table %q has no column %q", tables[0], wanted.Name)
	default:
		err = diag.Errorf(diag.Semantic, wanted.Span(), "there is no column %q", wanted.Name)
	}
	err.Hint = diag.DidYouMean(wanted.Name, names)
	return err
}

// tableNames returns the names that qualify columns, each once.
func tableNames(columns []column) []string {
	var tables []string
	for _, c := range columns {
		if c.table != "" && (len(tables) == 0 || tables[len(tables)-1] != c.table) {
			tables = append(tables, c.table)
		}
	}
	return tables
}

func containsFold(names []string, name string) bool {
	for _, candidate := range names {
		if strings.EqualFold(candidate, name) {
			return true
		}
	}
	return false
}

// MissingTableError is the cause of an error about a table that does not exist.
type MissingTableError struct{ Name string }

// Error names the table.
func (e *MissingTableError) Error() string { return "there is no table " + quoted(e.Name) }

// missingTable returns the error for a table that does not exist.
func missingTable(name ast.Name) *diag.Error {
	err := diag.Errorf(diag.Semantic, name.Span(), "there is no table %q", last(name))
	err.Err = &MissingTableError{Name: last(name)}
	return err
}

// CheckQualifier reports a name in a catalog or database that does not exist: there is one of each.
func CheckQualifier(name ast.Name) error {
	parts := name.Parts[:len(name.Parts)-1]
	for i, what := range []struct{ kind, name string }{{"database", catalog.DefaultDatabase}, {"catalog", catalog.DefaultCatalog}} {
		if i >= len(parts) {
			return nil
		}
		if part := parts[len(parts)-1-i]; !strings.EqualFold(part.Name, what.name) {
			return diag.Errorf(diag.Semantic, part.Span(), "there is no %s %q", what.kind, part.Name).
				WithHint("there is one %s, %s: leave the name out", what.kind, what.name)
		}
	}
	if len(parts) > 2 {
		return diag.Errorf(diag.Semantic, name.Span(), "a name has three parts at most").WithHint("write catalog.database.table")
	}
	return nil
}

// unsupported is the error for what parses but is not built yet.
func unsupported(n interface{ Span() diag.Span }, format string, args ...any) *diag.Error {
	return diag.Errorf(diag.Unsupported, n.Span(), format+" is not supported yet", args...)
}

func last(name ast.Name) string { return name.Parts[len(name.Parts)-1].Name }
