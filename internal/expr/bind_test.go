package expr_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
	"github.com/penstock-io/penstock/internal/sql/parser"
	"github.com/penstock-io/penstock/internal/types"
)

// columns are those of the table that the tests' expressions read.
var columns = types.Schema{
	{Name: "p", Type: types.Of(types.Boolean)},
	{Name: "q", Type: types.Of(types.Boolean)},
	{Name: "tiny", Type: types.Of(types.TinyInt)},
	{Name: "small", Type: types.Of(types.SmallInt)},
	{Name: "a", Type: types.Of(types.Int)},
	{Name: "b", Type: types.Of(types.Int)},
	{Name: "big", Type: types.Of(types.BigInt)},
	{Name: "f", Type: types.Of(types.Float)},
	{Name: "x", Type: types.Of(types.Double)},
	{Name: "y", Type: types.Of(types.Double)},
	{Name: "s", Type: types.String},
	{Name: "t", Type: types.String},
	{Name: "j", Type: types.Of(types.JSON)},
	{Name: "d", Type: types.Of(types.Date)},
	{Name: "tod", Type: types.Type{Kind: types.Time, Precision: 3}},
	{Name: "ts", Type: types.Timestamp3},
	{Name: "ltz", Type: types.TimestampLTZ3},
	{Name: "n", Type: types.Of(types.Int).Required()},
}

// bound parses and binds an expression over the columns.
func bound(text string) (expr.Expr, error) {
	src := &diag.Source{Text: "SELECT " + text + " FROM tab"}
	script, err := parser.Parse(src)
	if err != nil {
		return nil, err
	}
	table := &catalog.Table{Name: "tab"}
	for _, field := range columns {
		table.Columns = append(table.Columns, catalog.Column{Name: field.Name, Type: field.Type})
	}
	known := catalog.New()
	known.AddTable(table)
	sink, err := bind.New(known, nil).Query(script.Statements[0].(*ast.Select).Query)
	if err != nil {
		return nil, diag.WithSource(err, src)
	}
	project := sink.Input.(*plan.Project)
	if len(project.Exprs) != 1 {
		return nil, fmt.Errorf("%q is %d expressions", text, len(project.Exprs))
	}
	return project.Exprs[0], nil
}

// boundAggregate parses and binds a call of an aggregate over rows of a schema.
func boundAggregate(schema types.Schema, call string) (*expr.Aggregate, error) {
	src := &diag.Source{Text: "SELECT " + call + " FROM TABLE(TUMBLE(TABLE tab, DESCRIPTOR(rowtime), INTERVAL '1' DAY)) GROUP BY window_start, window_end"}
	script, err := parser.Parse(src)
	if err != nil {
		return nil, err
	}
	table := &catalog.Table{Name: "tab"}
	for _, field := range schema {
		table.Columns = append(table.Columns, catalog.Column{Name: field.Name, Type: field.Type})
	}
	table.Columns = append(table.Columns, catalog.Column{Name: "rowtime", Type: types.Timestamp3})
	table.Watermark = &catalog.Watermark{Column: len(schema), Expr: expr.NewColumn(len(schema), "rowtime", types.Timestamp3)}
	known := catalog.New()
	known.AddTable(table)
	sink, err := bind.New(known, nil).Query(script.Statements[0].(*ast.Select).Query)
	if err != nil {
		return nil, diag.WithSource(err, src)
	}
	return sink.Input.(*plan.Project).Input.(*plan.WindowAggregate).Aggregates[0], nil
}

func mustBind(t *testing.T, text string) expr.Expr {
	t.Helper()
	e, err := bound(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

// utc is a context with a fixed time.
var utc = &expr.Context{Now: 1_700_000_000_123_456, Zone: time.UTC}

// textOf returns the value in a row as CAST to STRING gives it, booleans in lower case.
func textOf(e expr.Expr, column batch.Column, row int) string {
	if !column.Valid().Get(row) {
		return "NULL"
	}
	return string(batch.AppendText(nil, column, row, e.Type(), time.UTC))
}
