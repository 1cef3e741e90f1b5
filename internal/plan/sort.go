package plan

import (
	"fmt"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Unsorted is the Time of a Sort whose rows do not come out before the end of the input.
const Unsorted = -1

// Sort puts rows in order. Where the first of Keys is the event time upwards, rows come out as the
// watermark passes their time; otherwise all of them at the end of the input.
type Sort struct {
	Input Node
	Time  int // the event-time column, by which rows come out; or Unsorted
	Keys  []expr.SortKey
}

// Schema is the input's.
func (n *Sort) Schema() types.Schema { return n.Input.Schema() }

// Inputs is the one input.
func (n *Sort) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the order of another input.
func (n *Sort) WithInputs(inputs []Node) Node {
	return &Sort{Input: inputs[0], Time: n.Time, Keys: n.Keys}
}

// PartitionKeys are none: all rows have one order.
func (n *Sort) PartitionKeys() []expr.Expr { return nil }

// Describe is sort keys, and when.
func (n *Sort) Describe() string {
	if n.Time == Unsorted {
		return "sort by " + sortKeys(n.Keys) + " at the end"
	}
	return "sort by " + sortKeys(n.Keys) + " behind the watermark"
}

// NoLimit is the Count of a Limit that lets all rows through but the first.
const NoLimit = -1

// Limit leaves out the first Offset rows and those after the next Count.
type Limit struct {
	Input         Node
	Offset, Count int64
}

// Schema is the input's.
func (n *Limit) Schema() types.Schema { return n.Input.Schema() }

// Inputs is the one input.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the limit of another input.
func (n *Limit) WithInputs(inputs []Node) Node {
	return &Limit{Input: inputs[0], Offset: n.Offset, Count: n.Count}
}

// PartitionKeys are none: all rows are counted together.
func (n *Limit) PartitionKeys() []expr.Expr { return nil }

// Describe is limit n offset m.
func (n *Limit) Describe() string {
	var texts []string
	if n.Count != NoLimit {
		texts = append(texts, fmt.Sprintf("limit %d", n.Count))
	}
	if n.Offset > 0 {
		texts = append(texts, fmt.Sprintf("offset %d", n.Offset))
	}
	return strings.Join(texts, " ")
}
