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
	Temporary     bool
	// Bounded says that the table ends when it is read.
	Bounded bool
	// Definition is the statement that makes the table as it is: LIKE and AS are carried out in it, and
	// so is every ALTER TABLE since.
	Definition *ast.CreateTable
	// Hinted are the keys of the options that a hint of the query has put in place of the table's own.
	Hinted []string
}

// Column is a column of a table: physical, computed from other columns, or metadata of the connector.
type Column struct {
	Name     string
	Type     types.Type
	Computed expr.Expr // over the table's columns by position; nil: not computed
	Metadata string    // metadata key; empty: not metadata
	Virtual  bool      // metadata that is not written on a sink
	Comment  string
}

// Watermark says how far the event time has come at least: the largest value of Expr so far.
type Watermark struct {
	Column int
	Expr   expr.Expr // over the table's columns by position
	Span   diag.Span
}

// SetOptions makes the properties the options of the table.
func (t *Table) SetOptions(properties []ast.Property) {
	t.Options, t.Connector = nil, ""
	for _, p := range properties {
		t.Options = append(t.Options, option.Given{
			Key: p.Key, Value: p.Value, KeySpan: p.KeyPos.Span(), ValueSpan: p.ValPos.Span(),
		})
		if strings.EqualFold(p.Key, "connector") {
			t.Connector = p.Value
		}
	}
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
