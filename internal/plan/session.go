package plan

import (
	"slices"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// SessionWindow adds to every row the bounds of the session that it belongs to, when the session is
// over: a session of a key lasts from its first row until Gap has passed without another.
type SessionWindow struct {
	Input Node
	Time  int   // the event-time column
	Gap   int64 // microseconds
	Keys  []expr.Expr
}

// Schema is the input's and the three bounds.
func (n *SessionWindow) Schema() types.Schema {
	input := n.Input.Schema()
	return slices.Concat(input, BoundsSchema(input[n.Time].Type))
}

// Inputs is the one input.
func (n *SessionWindow) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the sessions of another input.
func (n *SessionWindow) WithInputs(inputs []Node) Node {
	return &SessionWindow{Input: inputs[0], Time: n.Time, Gap: n.Gap, Keys: n.Keys}
}

// PartitionKeys are the keys of the sessions.
func (n *SessionWindow) PartitionKeys() []expr.Expr { return n.Keys }

// Describe is session(time, gap) by keys.
func (n *SessionWindow) Describe() string {
	spec := WindowSpec{Kind: Session, Size: n.Gap, Slide: n.Gap}
	return spec.Describe(n.Input.Schema()[n.Time].Name) + byKeys(n.Keys)
}
