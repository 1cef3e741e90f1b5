package plan

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Unnest emits every row once for each element of its collection, with the element behind its columns: the
// fields of a ROW, key and value of a MAP, one column otherwise. An element of a MULTISET comes as often
// as it occurs.
type Unnest struct {
	Input      Node
	Collection expr.Expr // ARRAY, MAP or MULTISET, over the input's columns
	Outer      bool      // rows without an element come once, with NULLs
	Ordinality bool      // the position of the element, from 1, is a last column
	Names      []string  // of the added columns
}

// ElementTypes returns the types of the columns that the elements of a collection become.
func ElementTypes(t types.Type) []types.Type {
	var fields types.Schema
	switch {
	case t.Kind == types.Map:
		fields = t.Fields()
	case t.Element().Kind == types.Row:
		fields = t.Element().Fields()
	default:
		return []types.Type{t.Element()}
	}
	out := make([]types.Type, len(fields))
	for i, field := range fields {
		out[i] = field.Type.WithNull(t.Kind != types.Map && !t.Element().NotNull)
	}
	return out
}

// Schema is the input's, the columns of the elements, and the ordinality.
func (n *Unnest) Schema() types.Schema {
	added := ElementTypes(n.Collection.Type())
	if n.Ordinality {
		added = append(added, types.Of(types.Int).Required())
	}
	schema := slices.Clip(n.Input.Schema())
	for i, t := range added {
		schema = append(schema, types.Field{Name: n.Names[i], Type: t.WithNull(n.Outer)})
	}
	return schema
}

// Inputs is the one input.
func (n *Unnest) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the same over another input.
func (n *Unnest) WithInputs(inputs []Node) Node {
	out := *n
	out.Input = inputs[0]
	return &out
}

// Describe is unnest collection AS columns.
func (n *Unnest) Describe() string {
	text := "unnest " + n.Collection.String() + " AS " + strings.Join(n.Names, ", ")
	if n.Outer {
		text += " (left)"
	}
	return text
}
