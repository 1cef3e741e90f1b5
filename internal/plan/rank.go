package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Rank numbers the rows of each partition of a window, in an order of their own, once the window is
// complete: ROW_NUMBER, RANK and DENSE_RANK whose PARTITION BY has a window in it.
type Rank struct {
	Input Node
	End   int // the column of the window's end
	Keys  []expr.Expr
	Order []expr.SortKey
	// Functions are ROW_NUMBER, RANK and DENSE_RANK, each at most once.
	Functions []*expr.WindowFunction
	// Limit is how many rows of a partition anybody looks at; 0: all.
	Limit int64
}

// Schema is the input's and the number that each function gives.
func (n *Rank) Schema() types.Schema {
	schema := slices.Clone(n.Input.Schema())
	for _, f := range n.Functions {
		call := expr.WindowCall{Function: f}
		schema = append(schema, types.Field{Name: call.String(), Type: call.Type()})
	}
	return schema
}

// Inputs is the one input.
func (n *Rank) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the ranking of another input.
func (n *Rank) WithInputs(inputs []Node) Node {
	out := *n
	out.Input = inputs[0]
	return &out
}

// PartitionKeys are the expressions of PARTITION BY.
func (n *Rank) PartitionKeys() []expr.Expr { return n.Keys }

// Describe is rank by keys ordered by order: functions.
func (n *Rank) Describe() string {
	calls := make([]string, len(n.Functions))
	for i, f := range n.Functions {
		calls[i] = f.Usage
	}
	text := "rank" + byKeys(n.Keys) + " ordered by " + sortKeys(n.Order) + ": " + strings.Join(calls, ", ")
	if n.Limit > 0 {
		text += fmt.Sprintf(" up to %d", n.Limit)
	}
	return text
}

func sortKeys(keys []expr.SortKey) string {
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = key.String()
	}
	return strings.Join(texts, ", ")
}
