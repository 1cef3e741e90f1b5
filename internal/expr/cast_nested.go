package expr

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// castNested converts ARRAYs, MAPs, MULTISETs and ROWs part by part.
func (e *Cast) castNested(c *Context, column batch.Column, from types.Type) (batch.Column, error) {
	if list, ok := column.(*batch.List); ok {
		var items batch.Column
		var err error
		if from.Kind == types.Array {
			items, err = e.part(c, list.Items, from.Element(), e.typ.Element())
		} else {
			items, err = e.castFields(c, list.Items.(*batch.Struct), from)
		}
		if err != nil {
			return nil, err
		}
		return batch.NewList(list.Offsets, items, list.Valid()), nil
	}
	return e.castFields(c, column.(*batch.Struct), from)
}

func (e *Cast) castFields(c *Context, rows *batch.Struct, from types.Type) (batch.Column, error) {
	fields := make([]batch.Column, len(rows.Fields))
	for i, field := range rows.Fields {
		// What a field holds in a NULL row is no value, so it must not fail.
		field = field.WithValid(batch.And(rows.Valid(), field.Valid()))
		var err error
		if fields[i], err = e.part(c, field, from.Fields()[i].Type, e.typ.Fields()[i].Type); err != nil {
			return nil, err
		}
	}
	return batch.NewStruct(rows.Len(), fields, rows.Valid()), nil
}

// part converts a part of a nested value.
func (e *Cast) part(c *Context, column batch.Column, from, to types.Type) (batch.Column, error) {
	if types.Equal(from, to) {
		return column, nil
	}
	part := *e
	part.typ = to
	return part.convert(c, column, from)
}
