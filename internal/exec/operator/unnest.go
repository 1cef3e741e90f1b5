package operator

import (
	"context"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Unnest emits every row once for each element of a collection, with the element's columns behind it.
type Unnest struct {
	stateless
	collection expr.Expr
	outer      bool
	ordinality bool
	eval       *expr.Context
}

// NewUnnest returns an operator over the elements of collection, an ARRAY, MAP or MULTISET: the fields of
// ROW elements and the key and value of entries are columns of their own. With outer, rows without an
// element come once, with NULLs; with ordinality, the position from 1 is a last INT column.
func NewUnnest(collection expr.Expr, outer, ordinality bool, eval *expr.Context) *Unnest {
	return &Unnest{collection: collection, outer: outer, ordinality: ordinality, eval: eval}
}

// unnestRows is how many rows a batch has at least before the next one begins.
const unnestRows = 4096

// Process emits the rows of b with their elements.
func (u *Unnest) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	column, err := u.collection.Eval(u.eval, b)
	if err != nil {
		return err
	}
	e := &elements{list: column.(*batch.List), kind: u.collection.Type().Kind}
	for row := range b.Rows() {
		before := len(e.rows)
		if column.Valid().Get(row) {
			e.append(row)
		}
		if u.outer && len(e.rows) == before {
			e.add(row, -1, -1)
		}
		if len(e.rows) >= unnestRows || row == b.Rows()-1 && len(e.rows) > 0 {
			if err := out.Emit(ctx, u.batch(b, e)); err != nil {
				return err
			}
			e.rows, e.items, e.positions = nil, nil, nil
		}
	}
	return nil
}

// elements is the rows that wait to be emitted.
type elements struct {
	list      *batch.List
	kind      types.Kind
	rows      []int32
	items     []int32 // of the list; -1: NULL
	positions []int32 // from 1; -1: NULL
}

func (e *elements) add(row, item, position int) {
	e.rows, e.items, e.positions = append(e.rows, int32(row)), append(e.items, int32(item)), append(e.positions, int32(position))
}

// append appends the elements of a row.
func (e *elements) append(row int) {
	from, to := e.list.Range(row)
	position := 0
	for item := from; item < to; item++ {
		times := int32(1)
		if e.kind == types.Multiset {
			times = batch.Values[int32](e.list.Items.(*batch.Struct).Fields[1])[item]
		}
		for range times {
			position++
			e.add(row, item, position)
		}
	}
}

func (u *Unnest) batch(b *batch.Batch, e *elements) *batch.Batch {
	items := e.list.Items
	t := u.collection.Type()
	element := items
	if t.Kind == types.Multiset {
		element = items.(*batch.Struct).Fields[0]
	}
	var added []batch.Column
	switch fields, isRow := element.(*batch.Struct); {
	case !isRow:
		added = []batch.Column{pickItems(element, e.items, t.Element())}
	case t.Kind == types.Map:
		for i, field := range fields.Fields {
			added = append(added, pickItems(field, e.items, t.Fields()[i].Type))
		}
	default:
		for i, field := range fields.Fields {
			field = field.WithValid(batch.And(fields.Valid(), field.Valid()))
			added = append(added, pickItems(field, e.items, t.Element().Fields()[i].Type))
		}
	}
	if u.ordinality {
		var valid batch.Bitmap
		if slices.Contains(e.positions, -1) {
			valid = batch.NewBitmap(len(e.positions))
			for i, position := range e.positions {
				if position > 0 {
					valid.Set(i)
				}
			}
		}
		added = append(added, batch.NewFixed(e.positions, valid))
	}
	gathered := b.Gather(e.rows)
	out := batch.New(len(e.rows), slices.Concat(gathered.Columns, added)...)
	out.Changes = gathered.Changes
	return out
}

// pickItems returns the values at positions, NULL for -1.
func pickItems(column batch.Column, at []int32, t types.Type) batch.Column {
	if !slices.Contains(at, -1) {
		return column.Gather(at)
	}
	null := batch.NewBuilder(t)
	null.AppendNull()
	at = slices.Clone(at)
	for i := range at {
		if at[i] < 0 {
			at[i] = int32(column.Len())
		}
	}
	return batch.Concat(column, null.Finish()).Gather(at)
}
