package plan

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Over adds to every row the values of calls with OVER: of its partition, in the order of the event
// time, up to the row itself. A row comes out once the watermark has passed its time, so the rows of
// a partition come out in order of time, and the event time stays one.
type Over struct {
	Input Node
	Time  int // the event-time column
	Keys  []expr.Expr
	Calls []*expr.WindowCall
}

// Schema is the input's and a column for each call.
func (n *Over) Schema() types.Schema {
	schema := slices.Clone(n.Input.Schema())
	for _, call := range n.Calls {
		schema = append(schema, types.Field{Name: call.String(), Type: call.Type()})
	}
	return schema
}

// Inputs is the one input.
func (n *Over) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the calls over another input.
func (n *Over) WithInputs(inputs []Node) Node {
	out := *n
	out.Input = inputs[0]
	return &out
}

// PartitionKeys are the expressions of PARTITION BY.
func (n *Over) PartitionKeys() []expr.Expr { return n.Keys }

// Waits reports whether a call looks at later rows: a row then comes out when they are known, which
// may be after the watermark has passed its time.
func (n *Over) Waits() bool { return slices.ContainsFunc(n.Calls, IsLead) }

// IsLead reports whether a call looks at later rows.
func IsLead(call *expr.WindowCall) bool {
	return call.Function != nil && call.Function.Kind == expr.Lead
}

// Describe is over time by keys: calls.
func (n *Over) Describe() string {
	text := "over " + n.Input.Schema()[n.Time].Name + byKeys(n.Keys)
	calls := make([]string, len(n.Calls))
	for i, call := range n.Calls {
		calls[i] = call.String()
	}
	return text + ": " + strings.Join(calls, ", ")
}
