package plan

import (
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
)

// Keyed is a node whose operator keeps state for each key, or for all rows: rows of a key must come
// to one task.
type Keyed interface {
	Node
	// PartitionKeys are the expressions over the input that make the key; none: all rows have one key.
	PartitionKeys() []expr.Expr
}

// PartitionKeys are the keys of the groups.
func (n *WindowAggregate) PartitionKeys() []expr.Expr { return n.Keys }

// byKeys returns " by " and the keys; nothing if there are none.
func byKeys(keys []expr.Expr) string {
	if len(keys) == 0 {
		return ""
	}
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = key.String()
	}
	return " by " + strings.Join(texts, ", ")
}
