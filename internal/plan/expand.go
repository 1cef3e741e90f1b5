package plan

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Expand repeats every row for each grouping set: with the keys that the set has as columns, NULL for
// those that it lacks, and the number of the set, from 0.
type Expand struct {
	Input Node
	Keys  []expr.Expr
	Sets  [][]bool // by set and key
}

// Schema is the input's, the keys, and the number of the set.
func (n *Expand) Schema() types.Schema {
	schema := slices.Clone(n.Input.Schema())
	for i, key := range n.Keys {
		t := key.Type()
		if slices.ContainsFunc(n.Sets, func(set []bool) bool { return !set[i] }) {
			t = t.Nullable()
		}
		schema = append(schema, types.Field{Name: key.String(), Type: t})
	}
	return append(schema, types.Field{Name: "grouping set", Type: types.RequiredBigInt})
}

// Inputs is the one input.
func (n *Expand) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the sets of another input.
func (n *Expand) WithInputs(inputs []Node) Node {
	return &Expand{Input: inputs[0], Keys: n.Keys, Sets: n.Sets}
}

// Describe is expand (keys), (keys).
func (n *Expand) Describe() string {
	sets := make([]string, len(n.Sets))
	for i, set := range n.Sets {
		var keys []string
		for k, has := range set {
			if has {
				keys = append(keys, n.Keys[k].String())
			}
		}
		sets[i] = "(" + strings.Join(keys, ", ") + ")"
	}
	return "expand " + strings.Join(sets, ", ")
}
