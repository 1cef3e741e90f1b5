package parser_test

import (
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// TestErrors shows what a user sees for text that does not parse; TestPrint shows the canonical form
// of text that does. Commands: parse (a script), statement, expr. Rewrite the expected output with
// go test ./internal/sql/parser -rewrite.
func TestErrors(t *testing.T) {
	datadriven.Walk(t, "testdata/errors", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			_, err := parse(t, d)
			if err == nil {
				return "no error\n"
			}
			return diag.Render(err)
		})
	})
}

func TestPrint(t *testing.T) {
	datadriven.Walk(t, "testdata/print", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			node, err := parse(t, d)
			if err != nil {
				return diag.Render(err)
			}
			checkRoundTrip(t, node)
			return ast.Print(node)
		})
	})
}

func parse(t *testing.T, d *datadriven.TestData) (ast.Node, error) {
	src := &diag.Source{Text: d.Input}
	switch d.Cmd {
	case "parse":
		return parser.Parse(src)
	case "statement":
		return parser.ParseStatement(src)
	case "expr":
		return parser.ParseExpr(src)
	}
	d.Fatalf(t, "unknown command %q", d.Cmd)
	return nil, nil
}
