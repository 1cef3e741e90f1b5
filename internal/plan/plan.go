// Package plan is what a statement means: a tree of logical nodes from scans to a sink, with every
// name resolved and every type decided.
//
// It owns the nodes and their EXPLAIN text. It runs nothing and knows no connector. Nodes are
// immutable: rules build new ones.
package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Node is a logical operation.
type Node interface {
	// Schema is the names and types of the rows that the node produces.
	Schema() types.Schema
	// Inputs are the nodes it reads from.
	Inputs() []Node
	// WithInputs returns the same operation on other inputs with the same schemas.
	WithInputs(inputs []Node) Node
	// Describe is the node's line in EXPLAIN.
	Describe() string
}

// Scan reads columns of a table. Computed columns are not among them.
type Scan struct {
	Table   *catalog.Table
	Columns []int // positions in Table.Columns
}

// Schema is the scanned columns.
func (n *Scan) Schema() types.Schema {
	schema := make(types.Schema, len(n.Columns))
	for i, position := range n.Columns {
		column := n.Table.Columns[position]
		schema[i] = types.Field{Name: column.Name, Type: column.Type}
	}
	return schema
}

// Inputs returns nothing.
func (n *Scan) Inputs() []Node { return nil }

// WithInputs returns n.
func (n *Scan) WithInputs([]Node) Node { return n }

// Describe is scan table [columns].
func (n *Scan) Describe() string {
	return fmt.Sprintf("scan %s [%s]", n.Table.Name, strings.Join(n.Schema().Names(), ", ")) + hinted(n.Table)
}

// Watermark computes the event time up to which its input is complete, for every split of the scan
// below it, and lets the rows through.
type Watermark struct {
	Input  Node
	Column int       // the event-time column
	Expr   expr.Expr // over the input's columns; the watermark is the largest value so far
	// Implicit says that nobody declared it: the column became event time by its use.
	Implicit bool
}

// Schema is the input's.
func (n *Watermark) Schema() types.Schema { return n.Input.Schema() }

// Inputs is the one input.
func (n *Watermark) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the watermark of another input.
func (n *Watermark) WithInputs(inputs []Node) Node {
	out := *n
	out.Input = inputs[0]
	return &out
}

// Describe is watermark expr.
func (n *Watermark) Describe() string {
	if n.Implicit {
		return "watermark " + n.Expr.String() + " (by default)"
	}
	return "watermark " + n.Expr.String()
}

// Clock makes processing time the time of its rows: what comes after follows the clock of the machine,
// with windows that end when it passes their end.
type Clock struct{ Input Node }

// Schema is the input's.
func (n *Clock) Schema() types.Schema { return n.Input.Schema() }

// Inputs is the one input.
func (n *Clock) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the clock over another input.
func (n *Clock) WithInputs(inputs []Node) Node { return &Clock{Input: inputs[0]} }

// Describe is processing time.
func (n *Clock) Describe() string { return "processing time" }

// Filter keeps the rows for which the predicate is true.
type Filter struct {
	Input     Node
	Predicate expr.Expr // BOOLEAN
}

// Schema is the input's.
func (n *Filter) Schema() types.Schema { return n.Input.Schema() }

// Inputs is the one input.
func (n *Filter) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the filter of another input.
func (n *Filter) WithInputs(inputs []Node) Node {
	return &Filter{Input: inputs[0], Predicate: n.Predicate}
}

// Describe is filter predicate.
func (n *Filter) Describe() string { return "filter " + n.Predicate.String() }

// Project computes columns.
type Project struct {
	Input Node
	Exprs []expr.Expr
	Names []string
}

// Schema is the computed columns.
func (n *Project) Schema() types.Schema {
	schema := make(types.Schema, len(n.Exprs))
	for i, e := range n.Exprs {
		schema[i] = types.Field{Name: n.Names[i], Type: e.Type()}
	}
	return schema
}

// Inputs is the one input.
func (n *Project) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the projection of another input.
func (n *Project) WithInputs(inputs []Node) Node {
	return &Project{Input: inputs[0], Exprs: n.Exprs, Names: n.Names}
}

// Describe is project columns.
func (n *Project) Describe() string {
	items := make([]string, len(n.Exprs))
	for i, e := range n.Exprs {
		items[i] = e.String()
		if _, ok := e.(*expr.Column); !ok || items[i] != n.Names[i] {
			items[i] += " AS " + n.Names[i]
		}
	}
	return "project " + strings.Join(items, ", ")
}

// IsRename reports whether the projection only picks, reorders and renames columns.
func (n *Project) IsRename() bool {
	return !slices.ContainsFunc(n.Exprs, func(e expr.Expr) bool {
		_, ok := e.(*expr.Column)
		return !ok
	})
}

// Window adds to every row the bounds of the windows that its time falls into, once for each: the
// columns window_start, window_end and window_time (the last instant).
type Window struct {
	Input Node
	Time  int // the event-time column
	Spec  WindowSpec
}

// WindowColumns are the names of the columns that a Window adds.
var WindowColumns = []string{"window_start", "window_end", "window_time"}

// Schema is the input's and the three bounds.
func (n *Window) Schema() types.Schema {
	input := n.Input.Schema()
	return slices.Concat(input, BoundsSchema(input[n.Time].Type))
}

// BoundsSchema returns the columns of window bounds for a time attribute of type t.
func BoundsSchema(t types.Type) types.Schema {
	wall := types.Type{Kind: t.Kind, Precision: max(t.Precision, 3), NotNull: true}
	return types.Schema{{Name: WindowColumns[0], Type: wall}, {Name: WindowColumns[1], Type: wall}, {Name: WindowColumns[2], Type: wall}}
}

// Inputs is the one input.
func (n *Window) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the windows of another input.
func (n *Window) WithInputs(inputs []Node) Node {
	return &Window{Input: inputs[0], Time: n.Time, Spec: n.Spec}
}

// Describe is kind(column, size).
func (n *Window) Describe() string { return n.Spec.Describe(n.Input.Schema()[n.Time].Name) }

// WindowAggregate groups rows by window and keys, and emits one row per group when the watermark
// has passed the window: keys, aggregates, then the bounds of the window.
type WindowAggregate struct {
	Input Node
	Time  int // the event-time column
	// Attached says that rows have their windows already: Time is the column of their window's end.
	Attached   bool
	Spec       WindowSpec
	Keys       []expr.Expr
	KeyNames   []string
	Aggregates []*expr.Aggregate
}

// Schema is keys, aggregates, window_start, window_end, window_time.
func (n *WindowAggregate) Schema() types.Schema {
	var schema types.Schema
	for i, key := range n.Keys {
		schema = append(schema, types.Field{Name: n.KeyNames[i], Type: key.Type()})
	}
	for _, aggregate := range n.Aggregates {
		schema = append(schema, types.Field{Name: aggregate.String(), Type: aggregate.Type()})
	}
	return append(schema, BoundsSchema(n.Input.Schema()[n.Time].Type)...)
}

// Inputs is the one input.
func (n *WindowAggregate) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the aggregation of another input.
func (n *WindowAggregate) WithInputs(inputs []Node) Node {
	out := *n
	out.Input = inputs[0]
	return &out
}

// Describe is group kind(column, size) by keys: aggregates.
func (n *WindowAggregate) Describe() string {
	text := "group " + n.Spec.Describe(n.Input.Schema()[n.Time].Name) + byKeys(n.Keys)
	if len(n.Aggregates) > 0 {
		calls := make([]string, len(n.Aggregates))
		for i, aggregate := range n.Aggregates {
			calls[i] = aggregate.String()
		}
		text += ": " + strings.Join(calls, ", ")
	}
	return text
}

// Sink writes rows to a table, or shows them when Table is nil (a SELECT statement).
type Sink struct {
	Input Node
	Table *catalog.Table
}

// Schema is the input's.
func (n *Sink) Schema() types.Schema { return n.Input.Schema() }

// Inputs is the one input.
func (n *Sink) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the sink of another input.
func (n *Sink) WithInputs(inputs []Node) Node { return &Sink{Input: inputs[0], Table: n.Table} }

// Describe is sink table, or show.
func (n *Sink) Describe() string {
	if n.Table == nil {
		return "show"
	}
	return "sink " + n.Table.Name + hinted(n.Table)
}

// hinted names the options of a table that a hint has set.
func hinted(t *catalog.Table) string {
	if len(t.Hinted) == 0 {
		return ""
	}
	return " options(" + strings.Join(t.Hinted, ", ") + ")"
}

// Values produces constant rows and ends.
type Values struct {
	Rows   [][]expr.Expr // constants
	Fields types.Schema
}

// Schema is the declared fields.
func (n *Values) Schema() types.Schema { return n.Fields }

// Inputs returns nothing.
func (n *Values) Inputs() []Node { return nil }

// WithInputs returns n.
func (n *Values) WithInputs([]Node) Node { return n }

// Describe is values n rows.
func (n *Values) Describe() string {
	if len(n.Rows) == 1 {
		return "values 1 row"
	}
	return fmt.Sprintf("values %d rows", len(n.Rows))
}

// Union passes on the rows of all its inputs, which have the same types.
type Union struct{ All []Node }

// Schema is the first input's.
func (n *Union) Schema() types.Schema { return n.All[0].Schema() }

// Inputs are the united nodes.
func (n *Union) Inputs() []Node { return n.All }

// WithInputs returns the union of other inputs.
func (n *Union) WithInputs(inputs []Node) Node { return &Union{All: inputs} }

// Describe is union all.
func (n *Union) Describe() string { return "union all" }
