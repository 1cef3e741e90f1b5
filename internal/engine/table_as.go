package engine

import (
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
	"github.com/penstock-io/penstock/internal/sql/parser"
	"github.com/penstock-io/penstock/internal/types"
)

// createTableAs prepares CREATE TABLE ... AS: the table is created now, the query fills it when the
// program runs.
func (p *Program) createTableAs(binder *bind.Binder, s *ast.CreateTable) error {
	if done, err := p.engine.taken(s.Name, s.Temporary, s.IfNotExists, "TABLE"); done || err != nil {
		return err
	}
	t, o, sink, err := p.engine.tableAs(binder, s)
	if err != nil {
		return err
	}
	p.engine.catalog.AddTable(t)
	p.engine.tables[t] = o
	return p.add(statement{sink: sink}, nil)
}

// tableAs returns the table of CREATE TABLE ... AS, which it does not add to the catalog, and the plan
// that fills it.
func (e *Engine) tableAs(binder *bind.Binder, s *ast.CreateTable) (*catalog.Table, *openable, *plan.Sink, error) {
	if len(s.Columns) > 0 {
		return nil, nil, nil, diag.Errorf(diag.Unsupported, s.Columns[0].Span(), "columns in CREATE TABLE ... AS are not supported: they are those of the query").
			WithHint("name them in the query, with AS and CAST")
	}
	query, err := binder.Query(s.Query)
	if err != nil {
		return nil, nil, nil, err
	}
	definition := *s
	definition.Query = nil
	if definition.Columns, err = columnsLike(query.Schema(), s); err != nil {
		return nil, nil, nil, err
	}
	t, o, err := e.bindTable(binder, &definition)
	if err != nil {
		return nil, nil, nil, err
	}
	sink, err := binder.InsertInto(t, &ast.Insert{Pos: s.Pos, Table: s.Name, Query: s.Query})
	return t, o, sink, err
}

// columnsLike returns the columns of a definition for the columns of a query. The types take the way
// over their text, which is the one form that all of them have.
func columnsLike(schema types.Schema, s *ast.CreateTable) ([]ast.Column, error) {
	var text strings.Builder
	for i, field := range schema {
		if field.Type.Kind == types.Null {
			return nil, diag.Errorf(diag.Semantic, s.Query.Span(), "column %q of the query is NULL and has no type", field.Name).
				WithHint("write CAST(NULL AS type)")
		}
		if i > 0 {
			text.WriteString(", ")
		}
		name := ast.Identifier{Name: field.Name}
		text.WriteString(ast.Print(name) + " " + field.Type.String())
	}
	parsed, err := parser.ParseStatement(&diag.Source{Text: "CREATE TABLE t (" + text.String() + ")"})
	if err != nil {
		return nil, diag.Errorf(diag.Internal, s.Query.Span(), "the columns of the query have no text form: %w", err)
	}
	columns := parsed.(*ast.CreateTable).Columns
	for i := range columns {
		columns[i].Pos, columns[i].Name.Pos = s.Query.Pos, s.Query.Pos
	}
	return columns, nil
}
