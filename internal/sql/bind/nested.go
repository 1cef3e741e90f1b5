package bind

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// nested binds the constructors of ARRAY, MAP and ROW values, and what takes their parts.
func (b *Binder) nested(e ast.Expr, s *scope) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.ArrayLiteral:
		elements, err := b.exprs(e.Elements, s)
		if err != nil {
			return nil, err
		}
		return orError(expr.NewArray(elements, e.Span()))
	case *ast.MapLiteral:
		parts, err := b.exprs(e.Elements, s)
		if err != nil {
			return nil, err
		}
		var keys, values []expr.Expr
		for i := 0; i < len(parts); i += 2 {
			keys, values = append(keys, parts[i]), append(values, parts[i+1])
		}
		return orError(expr.NewMap(keys, values, e.Span()))
	case *ast.RowLiteral:
		fields, err := b.exprs(e.Elements, s)
		if err != nil {
			return nil, err
		}
		return expr.NewRow(fields), nil
	case *ast.Index:
		parts, err := b.exprs([]ast.Expr{e.Expr, e.Index}, s)
		if err != nil {
			return nil, err
		}
		return expr.NewItem(parts[0], parts[1], e.Span())
	case *ast.Field:
		row, err := b.expr(e.Expr, s)
		if err != nil {
			return nil, err
		}
		return orError(expr.NewField(row, e.Name.Name, e.Name.Span()))
	}
	return nil, diag.Errorf(diag.Internal, e.Span(), "no binding for %T", e)
}

// orError returns e as an Expr; nil with an error.
func orError[E expr.Expr](e E, err error) (expr.Expr, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

// columnRef binds a name: a column, perhaps qualified, and the fields of rows behind it. The longest part
// of the name that is a column is one.
func (b *Binder) columnRef(e *ast.ColumnRef, s *scope) (expr.Expr, error) {
	parts := e.Name.Parts
	i, err := s.resolve(e.Name)
	known := len(parts)
	for err != nil && known > 1 {
		known--
		prefix := ast.Name{Pos: e.Name.Pos, Parts: parts[:known]}
		var inner error
		if i, inner = s.resolve(prefix); inner == nil {
			if s.columns[i].typ.Kind != types.Row && known == 1 && containsFold(tableNames(s.columns), parts[0].Name) {
				return nil, err // a column and a table of the same name: the table was meant
			}
			err = nil
		}
	}
	if err != nil {
		if item := aliasOf(e, s.aliases); item != nil {
			return b.expr(item, s)
		}
		return nil, err
	}
	c := expr.NewColumn(i, s.columns[i].name, s.columns[i].typ)
	b.spans[c] = e.Span()
	bound := expr.Expr(c)
	for _, name := range parts[known:] {
		if bound, err = orError(expr.NewField(bound, name.Name, name.Span())); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

// fieldsOf returns the fields of the ROW that r.* names, when r is no table; false if it is none.
func (b *Binder) fieldsOf(name ast.Name, s *scope) ([]*expr.Field, bool) {
	if containsFold(tableNames(s.columns), last(name)) {
		return nil, false
	}
	row, err := b.columnRef(&ast.ColumnRef{Pos: name.Pos, Name: name}, s)
	if err != nil || row.Type().Kind != types.Row {
		return nil, false
	}
	fields := make([]*expr.Field, len(row.Type().Fields()))
	for i := range fields {
		fields[i] = &expr.Field{Operand: row, Index: i}
	}
	return fields, true
}
