package expr

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// Construct is ARRAY[...], MAP[key, value, ...] or ROW(...).
type Construct struct {
	Parts []Expr // elements; keys and values in turn; fields
	typ   types.Type
}

// NewArray returns ARRAY[elements], converted to their common type.
func NewArray(elements []Expr, span diag.Span) (*Construct, error) {
	if len(elements) == 0 {
		return &Construct{typ: types.ArrayOf(types.Of(types.Null)).Required()}, nil
	}
	elements, t, err := Unify(elements, span)
	if err != nil {
		return nil, err
	}
	return &Construct{Parts: elements, typ: types.ArrayOf(t).Required()}, nil
}

// NewMap returns MAP[key, value, ...], the keys and the values each converted to their common type. Of
// entries with equal keys the last counts.
func NewMap(keys, values []Expr, span diag.Span) (*Construct, error) {
	if len(keys) == 0 {
		return &Construct{typ: types.MapOf(types.Of(types.Null), types.Of(types.Null)).Required()}, nil
	}
	keys, k, err := Unify(keys, span)
	if err != nil {
		return nil, err
	}
	values, v, err := Unify(values, span)
	if err != nil {
		return nil, err
	}
	e := &Construct{typ: types.MapOf(k, v).Required()}
	for i := range keys {
		e.Parts = append(e.Parts, keys[i], values[i])
	}
	return e, nil
}

// NewRow returns ROW(fields), whose fields are called EXPR$0, EXPR$1 and so on, as in Flink.
func NewRow(fields []Expr) *Construct {
	schema := make(types.Schema, len(fields))
	for i, field := range fields {
		schema[i] = types.Field{Name: rowFieldName(i), Type: field.Type()}
	}
	return &Construct{Parts: fields, typ: types.RowOf(schema).Required()}
}

func rowFieldName(i int) string { return "EXPR$" + string(appendNumber(nil, int64(i), 1)) }

// Type is the type of the value, NOT NULL.
func (e *Construct) Type() types.Type { return e.typ }

// Children are the parts.
func (e *Construct) Children() []Expr { return e.Parts }

// WithChildren returns the value of other parts.
func (e *Construct) WithChildren(c []Expr) Expr { return &Construct{Parts: c, typ: e.typ} }

// String is the value as SQL writes it.
func (e *Construct) String() string {
	texts := make([]string, len(e.Parts))
	for i, part := range e.Parts {
		texts[i] = part.String()
	}
	list := strings.Join(texts, ", ")
	if e.typ.Kind == types.Row {
		return "ROW(" + list + ")"
	}
	return e.typ.Kind.String() + "[" + list + "]"
}

func (e *Construct) head() any { return e.typ }

// Eval puts the parts of each row together.
func (e *Construct) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	parts := make([]batch.Column, len(e.Parts))
	for i, part := range e.Parts {
		var err error
		if parts[i], err = part.Eval(c, b); err != nil {
			return nil, err
		}
	}
	rows := b.Rows()
	switch {
	case e.typ.Kind == types.Row:
		return batch.NewStruct(rows, parts, nil), nil
	case len(parts) == 0:
		builder := batch.NewBuilder(e.typ).(*batch.ListBuilder)
		for range rows {
			builder.Close()
		}
		return builder.Finish(), nil
	case e.typ.Kind == types.Array:
		return interleaved(parts, rows), nil
	}
	keys, values := make([]batch.Column, 0, len(parts)/2), make([]batch.Column, 0, len(parts)/2)
	for i := 0; i < len(parts); i += 2 {
		keys, values = append(keys, parts[i]), append(values, parts[i+1])
	}
	k, v := interleaved(keys, rows), interleaved(values, rows)
	entries := batch.NewStruct(k.Items.Len(), []batch.Column{k.Items, v.Items}, nil)
	return lastOfEachKey(batch.NewList(k.Offsets, entries, nil)), nil
}

// interleaved returns the lists of the values of the columns in each row.
func interleaved(columns []batch.Column, rows int) *batch.List {
	n := len(columns)
	offsets, at := make([]int32, rows+1), make([]int32, 0, n*rows)
	for row := range rows {
		for i := range n {
			at = append(at, int32(i*rows+row))
		}
		offsets[row+1] = int32(len(at))
	}
	items := batch.Concat(columns...)
	if n > 1 {
		items = items.Gather(at)
	}
	return batch.NewList(offsets, items, nil)
}

// lastOfEachKey returns maps without the entries whose key another entry behind them has.
func lastOfEachKey(maps *batch.List) *batch.List {
	entries := maps.Items.(*batch.Struct)
	order := comparer(entries.Fields[0], entries.Fields[0])
	out := pickItems(maps, maps.Len(), func(_, from, to int, at []int32) []int32 {
		for i := from; i < to; i++ {
			again := false
			for j := i + 1; j < to && !again; j++ {
				again = order(i, j) == 0
			}
			if !again {
				at = append(at, int32(i))
			}
		}
		return at
	})
	return out.WithValid(maps.Valid()).(*batch.List)
}

// pickItems returns lists of some items of the lists: pick appends which ones a row gets, out of the items
// from to to-1 of the row.
func pickItems(list *batch.List, rows int, pick func(row, from, to int, at []int32) []int32) *batch.List {
	offsets, at := make([]int32, rows+1), make([]int32, 0, list.Items.Len())
	for row := range rows {
		from, to := list.Range(row)
		at = pick(row, from, to, at)
		offsets[row+1] = int32(len(at))
	}
	return batch.NewList(offsets, list.Items.Gather(at), nil)
}

// pick returns a column of the values at the positions in items, NULL for negative positions.
func pick(items batch.Column, at []int32, t types.Type) batch.Column {
	if items.Len() == 0 {
		return nulls(t, len(at))
	}
	var valid batch.Bitmap
	for i, position := range at {
		if position < 0 {
			if valid == nil {
				valid = batch.FullBitmap(len(at))
			}
			valid.Clear(i)
		}
	}
	if valid == nil {
		return items.Gather(at)
	}
	at = slices.Clone(at)
	for i := range at {
		at[i] = max(0, at[i])
	}
	out := items.Gather(at)
	return out.WithValid(batch.And(valid, out.Valid()))
}

// Item is x[i]: the element of an ARRAY at a position from 1, or the value of a MAP for a key; NULL where
// there is none.
type Item struct {
	Operand, Index Expr
}

// NewItem returns operand[index], with the index converted as the operand needs it.
func NewItem(operand, index Expr, span diag.Span) (Expr, error) {
	t, i := operand.Type(), index.Type()
	switch {
	case t.Kind == types.Array && (i.Kind.IsInteger() || i.Kind == types.Null):
		if value, ok := Constant(index); ok && value != nil && wholeValue(value) < 1 {
			return nil, diag.Errorf(diag.Semantic, span, "there is no element %v: the first has the position 1", value)
		}
		return &Item{Operand: operand, Index: NewCast(index, types.Of(types.BigInt), false, true, span)}, nil
	case t.Kind == types.Array:
		return nil, diag.Errorf(diag.Semantic, span, "the position in an ARRAY is a whole number, but this is %s", i.Nullable())
	case t.Kind == types.Map && types.CanAssign(i, t.Key()):
		return &Item{Operand: operand, Index: NewCast(index, t.Key().Nullable(), false, true, span)}, nil
	case t.Kind == types.Map:
		return nil, diag.Errorf(diag.Semantic, span, "the key of %s is %s, but this is %s", t.Nullable(), t.Key().Nullable(), i.Nullable())
	case t.Kind == types.JSON && i.Kind.IsText():
		return Resolve("->", []Expr{operand, index}, span)
	}
	err := diag.Errorf(diag.Semantic, span, "%s has no elements", t.Nullable())
	if t.Kind == types.Row {
		return nil, err.WithHint("write .name to take a field of a ROW")
	}
	return nil, err.WithHint("x[i] needs an ARRAY, a MAP or JSON")
}

func wholeValue(value any) int64 {
	switch v := value.(type) {
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	}
	return value.(int64)
}

// Type is that of the elements, or of the values, and nullable.
func (e *Item) Type() types.Type {
	if t := e.Operand.Type(); t.Kind == types.Map {
		return t.Value().Nullable()
	}
	return e.Operand.Type().Element().Nullable()
}

// Children are the operand and the index.
func (e *Item) Children() []Expr { return []Expr{e.Operand, e.Index} }

// WithChildren returns the item of another operand.
func (e *Item) WithChildren(c []Expr) Expr { return &Item{Operand: c[0], Index: c[1]} }

// String is x[i].
func (e *Item) String() string {
	return operand(e.Operand, precedenceAtom) + "[" + e.Index.String() + "]"
}

// Eval looks each row's element up.
func (e *Item) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	index, err := e.Index.Eval(c, b)
	if err != nil {
		return nil, err
	}
	list, valid := column.(*batch.List), batch.And(column.Valid(), index.Valid())
	if e.Operand.Type().Kind == types.Map {
		entries := list.Items.(*batch.Struct)
		order := comparer(entries.Fields[0], index)
		return pick(entries.Fields[1], positions(list, valid, func(row, from, to int) int {
			for i := to - 1; i >= from; i-- {
				if order(i, row) == 0 {
					return i
				}
			}
			return -1
		}), e.Type()), nil
	}
	numbers := batch.Values[int64](index)
	return pick(list.Items, positions(list, valid, func(row, from, to int) int {
		if n := numbers[row]; n >= 1 && n <= int64(to-from) {
			return from + int(n) - 1
		}
		return -1
	}), e.Type()), nil
}

// positions returns which item find chooses in each valid row, -1 in the others.
func positions(list *batch.List, valid batch.Bitmap, find func(row, from, to int) int) []int32 {
	at := make([]int32, list.Len())
	for row := range at {
		at[row] = -1
		if valid.Get(row) {
			from, to := list.Range(row)
			at[row] = int32(find(row, from, to))
		}
	}
	return at
}

// Field is x.name: a field of a ROW.
type Field struct {
	Operand Expr
	Index   int // of the field
}

// NewField returns the field of operand with the name, first as it is written, then in any case; the error
// names the nearest field.
func NewField(operand Expr, name string, span diag.Span) (*Field, error) {
	t := operand.Type()
	if t.Kind != types.Row {
		return nil, diag.Errorf(diag.Semantic, span, "%s is %s: it has no field %q", operand, t.Nullable(), name).
			WithHint("only a ROW has fields")
	}
	index := slices.IndexFunc(t.Fields(), func(f types.Field) bool { return f.Name == name })
	if index < 0 {
		index = t.Fields().Index(name)
	}
	if index < 0 {
		err := diag.Errorf(diag.Semantic, span, "%s has no field %q", operand, name)
		err.Hint = diag.DidYouMean(name, t.Fields().Names())
		return nil, err
	}
	return &Field{Operand: operand, Index: index}, nil
}

// Name is the name of the field.
func (e *Field) Name() string { return e.Operand.Type().Fields()[e.Index].Name }

// Type is that of the field; nullable if the row is.
func (e *Field) Type() types.Type {
	t := e.Operand.Type()
	return t.Fields()[e.Index].Type.WithNull(!t.NotNull)
}

// Children is the row.
func (e *Field) Children() []Expr { return []Expr{e.Operand} }

// WithChildren returns the field of another row.
func (e *Field) WithChildren(c []Expr) Expr { return &Field{Operand: c[0], Index: e.Index} }

// String is x.name.
func (e *Field) String() string {
	switch e.Operand.(type) {
	case *Column, *Field, *Item:
		return e.Operand.String() + "." + e.Name()
	}
	return "(" + e.Operand.String() + ")." + e.Name()
}

func (e *Field) head() any { return e.Index }

// Eval takes the field out of the rows.
func (e *Field) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	field := column.(*batch.Struct).Fields[e.Index]
	return field.WithValid(batch.And(column.Valid(), field.Valid())), nil
}
