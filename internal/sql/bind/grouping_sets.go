package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// maxGroupingSets bounds the sets of one GROUP BY, of which every row joins all.
const maxGroupingSets = 64

// groupSets binds the elements of GROUP BY. ROLLUP, CUBE and GROUPING SETS stand for several sets of
// keys; all elements together for every combination of theirs.
func (g *grouping) groupSets(s *ast.SelectBody) error {
	sets, several := [][]int{nil}, false
	for _, item := range s.GroupBy {
		several = several || item.Kind != ""
	}
	g.inSet = several
	for _, item := range s.GroupBy {
		own, err := g.setsOf(item, s.Items)
		if err != nil {
			return err
		}
		var combined [][]int
		for _, set := range sets {
			for _, more := range own {
				combined = append(combined, slices.Concat(set, more))
			}
		}
		if sets = combined; len(sets) > maxGroupingSets {
			return diag.Errorf(diag.Semantic, item.Span(), "GROUP BY has more than %d grouping sets", maxGroupingSets).WithHint("list those that are needed with GROUPING SETS")
		}
	}
	if !several {
		return nil
	}
	g.keys = slices.Clone(g.node.Keys)
	for _, set := range sets {
		has := make([]bool, len(g.keys))
		for _, key := range set {
			has[key] = true
		}
		g.sets = append(g.sets, has)
	}
	// A key is NULL in the rows of the sets that lack it.
	used := map[int]bool{}
	for _, key := range g.keys {
		expr.Columns(key, used)
	}
	g.scope.columns = slices.Clone(g.scope.columns)
	for i := range g.scope.columns {
		if used[i] {
			g.scope.columns[i].typ = g.scope.columns[i].typ.Nullable()
		}
	}
	return nil
}

// setsOf binds an element of GROUP BY and returns its sets of keys.
func (g *grouping) setsOf(item ast.GroupItem, items []ast.SelectItem) ([][]int, error) {
	written := item.Sets
	if item.Kind != ast.GroupingSets {
		written = nil
		for _, e := range item.Exprs {
			written = append(written, []ast.Expr{e})
		}
	}
	elements := make([][]int, len(written))
	for i, set := range written {
		for _, e := range set {
			sized := g.sized
			g.used = nil
			if err := g.groupBy(e, items); err != nil {
				return nil, err
			}
			if !sized && g.sized && item.Kind != "" && !g.everywhere(written, item.Kind) {
				return nil, diag.Errorf(diag.Semantic, e.Span(), "a window stands in all grouping sets or in none").WithHint("name it beside %s", item.Kind)
			}
			elements[i] = append(elements[i], g.used...)
		}
	}
	switch item.Kind {
	case "ROLLUP":
		var sets [][]int
		for n := len(elements); n >= 0; n-- {
			sets = append(sets, slices.Concat(elements[:n]...))
		}
		return sets, nil
	case "CUBE":
		if len(elements) > 6 {
			return nil, diag.Errorf(diag.Semantic, item.Span(), "CUBE of more than 6 keys has more than %d grouping sets", maxGroupingSets).WithHint("list those that are needed with GROUPING SETS")
		}
		var sets [][]int
		for mask := 1<<len(elements) - 1; mask >= 0; mask-- {
			var set []int
			for i, element := range elements {
				if mask>>(len(elements)-1-i)&1 == 1 {
					set = append(set, element...)
				}
			}
			sets = append(sets, set)
		}
		return sets, nil
	case ast.GroupingSets:
		return elements, nil
	}
	return [][]int{slices.Concat(elements...)}, nil
}

// everywhere reports whether all written sets have a bound of a window: only GROUPING SETS can.
func (g *grouping) everywhere(written [][]ast.Expr, kind string) bool {
	return kind == ast.GroupingSets && !slices.ContainsFunc(written, func(set []ast.Expr) bool {
		return !slices.ContainsFunc(set, func(e ast.Expr) bool {
			bound, err := g.binder.expr(e, g.scope)
			reference, ok := bound.(*expr.Column)
			return err == nil && ok && g.scope.columns[reference.Index].bound != notBound
		})
	})
}

// expand repeats rows for every grouping set, with the keys as columns that are NULL where the set lacks
// them, and the number of the set as another key.
func (g *grouping) expand() {
	if g.sets == nil {
		return
	}
	node := &plan.Expand{Input: g.node.Input, Keys: slices.Clone(g.node.Keys), Sets: make([][]bool, len(g.sets))}
	for i, set := range g.sets { // the start of a session is a key of all sets
		node.Sets[i] = append(slices.Clone(set), slices.Repeat([]bool{true}, len(node.Keys)-len(set))...)
	}
	schema := node.Schema()
	width := len(g.node.Input.Schema())
	g.node.Input = node
	for i := range g.node.Keys {
		g.node.Keys[i] = expr.NewColumn(width+i, g.node.KeyNames[i], schema[width+i].Type)
	}
	number := schema[len(schema)-1]
	g.node.Keys = append(g.node.Keys, expr.NewColumn(len(schema)-1, number.Name, number.Type))
	g.node.KeyNames = append(g.node.KeyNames, number.Name)
}

// groupingRef stands for a call of GROUPING until the output columns are known.
type groupingRef struct {
	expr.Expr
	keys []int
}

// Children returns nothing.
func (*groupingRef) Children() []expr.Expr { return nil }

// WithChildren returns r.
func (r *groupingRef) WithChildren([]expr.Expr) expr.Expr { return r }

// groupingCall binds GROUPING(key, ...) and GROUPING_ID(key, ...): a bit for each key, the last one the
// lowest, that is set in rows of grouping sets without the key.
func (g *grouping) groupingCall(call *ast.Call) (expr.Expr, error) {
	name := strings.ToUpper(call.Name.Name)
	if len(call.Args) == 0 || len(call.Args) > 62 || call.Star {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s takes keys of GROUP BY", name)
	}
	ref := &groupingRef{Expr: expr.NewLiteral(int64(0), types.RequiredBigInt)}
	keys := g.node.Keys
	if g.sets != nil {
		keys = g.keys
	}
	for _, arg := range call.Args {
		e, err := g.binder.expr(arg, &scope{columns: g.scope.columns, outer: name})
		if err != nil {
			return nil, err
		}
		key := slices.IndexFunc(keys, func(key expr.Expr) bool { return expr.Equal(key, e) })
		if key < 0 {
			return nil, diag.Errorf(diag.Semantic, arg.Span(), "%s takes keys of GROUP BY, and this is none", name)
		}
		ref.keys = append(ref.keys, key)
	}
	return ref, nil
}

// groupingValue returns what GROUPING gives: it depends on the number of the set.
func (g *grouping) groupingValue(ref *groupingRef) expr.Expr {
	if g.sets == nil {
		return expr.NewLiteral(int64(0), types.RequiredBigInt)
	}
	last := len(g.node.Keys) - 1
	number := expr.NewColumn(last, g.node.KeyNames[last], g.node.Keys[last].Type())
	var conditions, results []expr.Expr
	for i, set := range g.sets {
		bits := int64(0)
		for _, key := range ref.keys {
			bits <<= 1
			if !set[key] {
				bits |= 1
			}
		}
		conditions = append(conditions, expr.NewCompare(expr.Eq, number, expr.NewLiteral(int64(i), types.RequiredBigInt)))
		results = append(results, expr.NewLiteral(bits, types.RequiredBigInt))
	}
	end := len(results) - 1
	return expr.NewCase(conditions[:end], results[:end], results[end], types.RequiredBigInt)
}
