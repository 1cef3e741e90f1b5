package parser_test

import (
	"reflect"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// TestNodesLieInTheirStatement checks the places of all nodes of the scripts of testdata.
func TestNodesLieInTheirStatement(t *testing.T) {
	for name, text := range scripts(t) {
		script, err := parser.Parse(&diag.Source{Name: name, Text: text})
		if err != nil {
			t.Fatal(diag.Render(err))
		}
		for _, s := range script.Statements {
			for _, span := range nodeSpans(s) {
				if span.Start < s.Span().Start || span.End > s.Span().End || span.Start >= span.End {
					t.Errorf("%s: a node at %v in the statement at %v", name, span, s.Span())
				}
			}
		}
	}
}

// TestTextOfExpressionParsesToIt checks that the place of an expression is all of it and no more.
func TestTextOfExpressionParsesToIt(t *testing.T) {
	for name, text := range scripts(t) {
		script, err := parser.Parse(&diag.Source{Name: name, Text: text})
		if err != nil {
			t.Fatal(diag.Render(err))
		}
		walk(reflect.ValueOf(script), func(v reflect.Value) {
			e, ok := asExpr(v)
			if !ok {
				return
			}
			written := text[e.Span().Start:e.Span().End]
			again, err := parser.ParseExpr(&diag.Source{Text: written})
			if err != nil {
				t.Errorf("%s: %s", name, diag.Render(err))
				return
			}
			if path := difference("expr", reflect.ValueOf(e), reflect.ValueOf(again)); path != "" {
				t.Errorf("%s: the text of a node, %s, is another expression: %s", name, written, path)
			}
		})
	}
}

// asExpr returns the expression that v points to, unless it is one that cannot stand alone.
func asExpr(v reflect.Value) (ast.Expr, bool) {
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, false
	}
	e, ok := reflect.TypeAssert[ast.Expr](v)
	switch e.(type) {
	case *ast.Keyword, *ast.NamedArg:
		return nil, false
	}
	return e, ok && !e.Span().IsZero() // FETCH NEXT ROW has a 1 that is not written
}
