package plan

import "strings"

// Explain returns the tree as text, one node a line, inputs below and to the right of their node.
func Explain(n Node) string { return ExplainWith(n, Node.Describe) }

// ExplainWith is Explain with the caller's description of nodes.
func ExplainWith(n Node, describe func(Node) string) string {
	var out strings.Builder
	explain(&out, n, describe, "", "", "")
	return out.String()
}

func explain(out *strings.Builder, n Node, describe func(Node) string, indent, branch, below string) {
	out.WriteString(indent + branch + describe(n) + "\n")
	inputs := n.Inputs()
	for i, input := range inputs {
		if i == len(inputs)-1 {
			explain(out, input, describe, indent+below, " └─ ", "    ")
		} else {
			explain(out, input, describe, indent+below, " ├─ ", " │  ")
		}
	}
}

// Rewrite returns n with every node replaced by what change makes of it, inputs first.
func Rewrite(n Node, change func(Node) Node) Node {
	inputs := n.Inputs()
	if len(inputs) > 0 {
		rewritten := make([]Node, len(inputs))
		changed := false
		for i, input := range inputs {
			rewritten[i] = Rewrite(input, change)
			changed = changed || rewritten[i] != input
		}
		if changed {
			n = n.WithInputs(rewritten)
		}
	}
	return change(n)
}

// ChangelogMode returns which changes a node makes, as EXPLAIN CHANGELOG_MODE shows it. Every node
// there is appends rows and takes none back.
func ChangelogMode(Node) string { return "[+I]" }
