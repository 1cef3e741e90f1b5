// Package optimize rewrites plans into plans that do the same with less work.
//
// Each rule is one file and one function; Rules is the ordered list of them. A rule never changes
// what a plan means: the tests run every query with each rule switched off and compare.
package optimize

import (
	"slices"

	"github.com/penstock-io/penstock/internal/plan"
)

// Rule is one rewriting of a whole plan.
type Rule struct {
	Name  string
	Doc   string // one sentence
	Apply func(plan.Node) plan.Node
}

// Rules is the rules in the order in which they are applied, once each.
func Rules() []Rule {
	return []Rule{
		{"fold-constants", "Computes what depends on no row.", FoldConstants},
		{"push-filters", "Moves conditions towards the scan, past projections and windows.", PushFilters},
		{"limit-ranks", "Keeps no more rows of a ranking than a condition lets through.", LimitRanks},
		{"merge-projects", "Makes one projection of two that follow each other.", MergeProjects},
		{"fuse-windows", "Lets an aggregation assign rows to windows itself.", FuseWindows},
		{"prune-columns", "Reads and computes only the columns that something above uses.", PruneColumns},
		{"drop-projects", "Removes projections that change nothing.", DropProjects},
	}
}

// Optimize applies all rules but those named in off.
func Optimize(n plan.Node, off ...string) plan.Node {
	for _, rule := range Rules() {
		if !slices.Contains(off, rule.Name) {
			n = rule.Apply(n)
		}
	}
	return n
}
