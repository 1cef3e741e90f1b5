package parser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// checkRoundTrip checks that the printed node parses to the same tree, and prints the same again.
func checkRoundTrip(t *testing.T, node ast.Node) {
	t.Helper()
	printed := ast.Print(node)
	again, err := parseLike(node, printed)
	if err != nil {
		t.Fatalf("the printed text does not parse:\n%s\n%s", printed, diag.Render(err))
	}
	if path := difference("tree", reflect.ValueOf(node), reflect.ValueOf(again)); path != "" {
		t.Fatalf("the printed text parses to another tree: %s\n%s", path, printed)
	}
	if second := ast.Print(again); second != printed {
		t.Fatalf("printed twice:\n%s\n%s", printed, second)
	}
}

// parseLike parses text as the kind of node that node is.
func parseLike(node ast.Node, text string) (ast.Node, error) {
	src := &diag.Source{Text: text}
	switch node.(type) {
	case ast.Expr:
		return parser.ParseExpr(src)
	case ast.Statement:
		return parser.ParseStatement(src)
	}
	return parser.Parse(src)
}

var posType = reflect.TypeFor[ast.Pos]()

// difference compares two trees apart from positions, and returns where they differ; empty if they
// do not. An empty slice is like none.
func difference(path string, a, b reflect.Value) string {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return fmt.Sprintf("%s: %v and %v", path, a, b)
	}
	if !a.IsValid() || a.Type() == posType {
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return fmt.Sprintf("%s: %v and %v", path, a, b)
			}
			return ""
		}
		return difference(path, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if d := difference(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d elements", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := difference(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("%s: %v and %v", path, a, b)
		}
	}
	return ""
}

// scripts returns the SQL files of testdata by name.
func scripts(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no SQL files in testdata: %v", err)
	}
	texts := make(map[string]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(text)
	}
	return texts
}

func TestScriptsParseAndPrintBack(t *testing.T) {
	for name, text := range scripts(t) {
		t.Run(name, func(t *testing.T) {
			script, err := parser.Parse(&diag.Source{Name: name, Text: text})
			if err != nil {
				t.Fatal(diag.Render(err))
			}
			if len(script.Statements) == 0 {
				t.Fatal("no statements")
			}
			checkRoundTrip(t, script)
		})
	}
}
