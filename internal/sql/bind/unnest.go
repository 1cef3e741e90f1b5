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

// isUnnest returns the call if a table reference is UNNEST(...).
func isUnnest(ref ast.TableRef) (*ast.TableFunction, bool) {
	f, ok := ref.(*ast.TableFunction)
	return f, ok && strings.EqualFold(f.Function.Name, "UNNEST")
}

// join binds a join. Only those with UNNEST, whose argument may name the columns of the left side, are
// there.
func (b *Binder) join(j *ast.Join, with *ctes) (*relation, error) {
	f, ok := isUnnest(j.Right)
	if !ok {
		return nil, unsupported(j, "a join")
	}
	left, err := b.tableRef(j.Left, with)
	if err != nil {
		return nil, err
	}
	literal, isLiteral := j.On.(*ast.Literal)
	always := j.On == nil || isLiteral && literal.Kind == ast.BooleanLiteral && strings.EqualFold(literal.Text, "TRUE")
	switch {
	case j.Natural || j.Using != nil || j.Kind != "CROSS" && j.Kind != "INNER" && j.Kind != "LEFT":
		return nil, diag.Errorf(diag.Unsupported, j.Span(), "%s JOIN with UNNEST is not supported", j.Kind).
			WithHint("write CROSS JOIN UNNEST(...), or LEFT JOIN UNNEST(...) ON TRUE")
	case j.Kind == "LEFT" && !always:
		return nil, diag.Errorf(diag.Unsupported, j.On.Span(), "LEFT JOIN UNNEST with a condition is not supported").
			WithHint("write ON TRUE, and the condition in WHERE")
	}
	r, err := b.unnest(f, left, j.Kind == "LEFT")
	if err != nil || always {
		return r, err
	}
	predicate, err := b.predicate(j.On, &scope{columns: r.columns, outer: "ON"})
	if err != nil {
		return nil, err
	}
	return &relation{node: &plan.Filter{Input: r.node, Predicate: predicate}, columns: r.columns}, nil
}

// unnest puts the elements of a collection behind the columns of a relation.
func (b *Binder) unnest(f *ast.TableFunction, left *relation, outer bool) (*relation, error) {
	if len(f.Arguments) != 1 || f.Arguments[0].Expr == nil {
		return nil, diag.Errorf(diag.Semantic, f.Span(), "UNNEST takes one ARRAY, MAP or MULTISET").WithHint("for example CROSS JOIN UNNEST(t.items) AS i (sku, qty)")
	}
	written := f.Arguments[0].Expr
	collection, err := b.expr(written, &scope{columns: left.columns, outer: "UNNEST"})
	if err != nil {
		return nil, err
	}
	t := collection.Type()
	if t.Kind != types.Array && t.Kind != types.Map && t.Kind != types.Multiset {
		return nil, diag.Errorf(diag.Semantic, written.Span(), "UNNEST takes an ARRAY, MAP or MULTISET, but this is %s", t.Nullable())
	}
	node := &plan.Unnest{Input: left.node, Collection: collection, Outer: outer, Ordinality: f.Ordinality, Names: elementNames(t, f)}
	if len(f.Columns) > 0 {
		if len(f.Columns) != len(node.Names) {
			return nil, wrongNames(f.Columns, len(node.Names))
		}
		for i, name := range f.Columns {
			node.Names[i] = name.Name
		}
	}
	columns := slices.Clone(left.columns)
	for _, field := range node.Schema()[len(columns):] {
		c := column{name: field.Name, typ: field.Type}
		if f.Alias != nil {
			c.table = f.Alias.Name
		}
		columns = append(columns, c)
	}
	return &relation{node: node, columns: columns}, nil
}

// elementNames returns what the columns of the elements are called when the query does not name them: like
// the fields of a ROW, KEY and VALUE of a MAP, and like the alias where there is one column.
func elementNames(t types.Type, f *ast.TableFunction) []string {
	var names []string
	switch {
	case t.Kind == types.Map:
		names = []string{"KEY", "VALUE"}
	case t.Element().Kind == types.Row:
		names = t.Element().Fields().Names()
	case f.Alias != nil:
		names = []string{f.Alias.Name}
	default:
		names = []string{"EXPR$0"}
	}
	if f.Ordinality {
		names = append(names, "ORDINALITY")
	}
	return names
}

// oneRow is a relation of one row without columns.
func oneRow() *relation { return &relation{node: &plan.Values{Rows: [][]expr.Expr{{}}}} }
