package ast_test

import (
	"testing"

	"github.com/penstock-io/penstock/internal/sql/ast"
)

// The printed form of parsed trees is tested with the parser. These trees are made by hand, as
// rewrites make them, and need parentheses or quotes that nobody wrote.

func column(name string) ast.Expr {
	return &ast.ColumnRef{Name: ast.Name{Parts: []ast.Identifier{{Name: name}}}}
}

func binary(op string, left, right ast.Expr) ast.Expr {
	return &ast.Binary{Op: op, Left: left, Right: right}
}

func TestPrintAddsParenthesesWhereNeeded(t *testing.T) {
	a, b, c := column("a"), column("b"), column("c")
	for _, test := range []struct {
		expr ast.Expr
		want string
	}{
		{binary("*", binary("+", a, b), c), "(a + b) * c"},
		{binary("+", a, binary("*", b, c)), "a + b * c"},
		{binary("-", a, binary("-", b, c)), "a - (b - c)"},
		{binary("-", binary("-", a, b), c), "a - b - c"},
		{binary("AND", binary("OR", a, b), &ast.Unary{Op: "NOT", Expr: c}), "(a OR b) AND NOT c"},
		{binary("=", a, &ast.Unary{Op: "NOT", Expr: b}), "a = (NOT b)"},
		{binary("=", &ast.Is{Expr: a, What: "NULL"}, b), "(a IS NULL) = b"},
		{&ast.Is{Expr: binary("=", a, b), What: "TRUE", Not: true}, "a = b IS NOT TRUE"},
		{&ast.Unary{Op: "-", Expr: binary("+", a, b)}, "-(a + b)"},
		{&ast.Unary{Op: "-", Expr: &ast.Unary{Op: "-", Expr: a}}, "- -a"},
		{&ast.Unary{Op: "-", Expr: &ast.Literal{Kind: ast.NumberLiteral, Text: "-1"}}, "- -1"},
		{&ast.Between{Expr: a, Low: binary("AND", a, b), High: c}, "a BETWEEN (a AND b) AND c"},
		{&ast.In{Expr: binary("OR", a, b), List: []ast.Expr{binary("OR", a, b)}}, "(a OR b) IN (a OR b)"},
		{&ast.LikeExpr{Op: "LIKE", Expr: a, Pattern: binary("=", b, c)}, "a LIKE (b = c)"},
		{&ast.Cast{Expr: binary("+", a, b), Type: ast.Type{Name: "INT"}, Colon: true}, "(a + b)::INT"},
		{&ast.Cast{Expr: binary("+", a, b), Type: ast.Type{Name: "INT"}}, "CAST(a + b AS INT)"},
		{&ast.Index{Expr: binary("||", a, b), Index: c}, "(a || b)[c]"},
		{&ast.Field{Expr: a, Name: ast.Identifier{Name: "x"}}, "(a).x"},
		{&ast.RowLiteral{Elements: []ast.Expr{a}}, "ROW(a)"},
	} {
		if got := ast.Print(test.expr); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestPrintQuotesNamesThatNeedIt(t *testing.T) {
	for _, test := range []struct {
		name ast.Identifier
		want string
	}{
		{ast.Identifier{Name: "plain"}, "plain"},
		{ast.Identifier{Name: "plain", Quoted: true}, "`plain`"},
		{ast.Identifier{Name: "größe_1$"}, "größe_1$"},
		{ast.Identifier{Name: "Order"}, "`Order`"},
		{ast.Identifier{Name: "timestamp"}, "timestamp"},
		{ast.Identifier{Name: "a b"}, "`a b`"},
		{ast.Identifier{Name: "a`b"}, "`a``b`"},
		{ast.Identifier{Name: "1a"}, "`1a`"},
		{ast.Identifier{Name: ""}, "``"},
	} {
		if got := ast.Print(test.name); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestPrintGroupsSetOperations(t *testing.T) {
	query := func(text string) ast.QueryBody {
		return &ast.SelectBody{Items: []ast.SelectItem{{Expr: column(text)}}}
	}
	op := func(op string, left, right ast.QueryBody) ast.QueryBody {
		return &ast.SetOperation{Op: op, Left: left, Right: right}
	}
	a, b, c := query("a"), query("b"), query("c")
	for _, test := range []struct {
		body ast.QueryBody
		want string
	}{
		{op(ast.OpUnion, op(ast.OpExcept, a, b), c), "SELECT a EXCEPT SELECT b UNION SELECT c"},
		{op(ast.OpUnion, a, op(ast.OpExcept, b, c)), "SELECT a UNION (SELECT b EXCEPT SELECT c)"},
		{op(ast.OpUnion, a, op(ast.OpIntersect, b, c)), "SELECT a UNION SELECT b INTERSECT SELECT c"},
		{op(ast.OpIntersect, op(ast.OpUnion, a, b), c), "(SELECT a UNION SELECT b) INTERSECT SELECT c"},
	} {
		if got := ast.Print(test.body); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
