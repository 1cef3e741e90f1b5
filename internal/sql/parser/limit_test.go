package parser_test

import (
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// TestDeepScriptsAreRefused nests and chains every construct that can be, far beyond the limits.
func TestDeepScriptsAreRefused(t *testing.T) {
	const n = 100_000
	for name, text := range map[string]string{
		"parentheses":      "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"open parentheses": "SELECT " + strings.Repeat("(", n),
		"NOT":              "SELECT " + strings.Repeat("NOT ", n) + "a",
		"signs":            "SELECT " + strings.Repeat("- ", n) + "1",
		"CASE":             "SELECT " + strings.Repeat("CASE WHEN a THEN ", n) + "1" + strings.Repeat(" END", n),
		"subqueries":       "SELECT " + strings.Repeat("(SELECT ", n) + "1" + strings.Repeat(")", n),
		"query bodies":     strings.Repeat("(", n) + "SELECT 1" + strings.Repeat(")", n),
		"derived tables":   strings.Repeat("SELECT * FROM (", n) + "SELECT 1" + strings.Repeat(")", n),
		"joins in parens":  "SELECT * FROM " + strings.Repeat("(", n) + "a" + strings.Repeat(")", n),
		"types":            "SELECT CAST(a AS " + strings.Repeat("ARRAY<", n) + "INT" + strings.Repeat(">", n) + ")",
		"row types":        "CREATE TABLE t (a " + strings.Repeat("ROW<a ", n) + "INT" + strings.Repeat(">", n) + ")",
		"calls":            "SELECT " + strings.Repeat("f(", n) + "1" + strings.Repeat(")", n),
		"IN":               "SELECT " + strings.Repeat("a IN (", n) + "1" + strings.Repeat(")", n),
		"EXISTS":           "SELECT " + strings.Repeat("EXISTS (SELECT ", n) + "1" + strings.Repeat(")", n),
		"WITH":             strings.Repeat("WITH a AS (", n) + "SELECT 1" + strings.Repeat(") SELECT 1", n),
		"arrays":           "SELECT " + strings.Repeat("ARRAY[", n) + "1" + strings.Repeat("]", n),
		"JSON":             "SELECT " + strings.Repeat("JSON_OBJECT(KEY ", n) + "1" + strings.Repeat(" VALUE 1)", n),
		"EXPLAIN":          strings.Repeat("EXPLAIN ", n) + "SELECT 1",
		"sums":             "SELECT 1" + strings.Repeat("+1", n),
		"OR":               "SELECT a" + strings.Repeat(" OR a", n),
		"IS":               "SELECT a" + strings.Repeat(" IS NULL", n),
		"casts":            "SELECT a" + strings.Repeat("::INT", n),
		"indexes":          "SELECT a" + strings.Repeat("[1]", n),
		"fields":           "SELECT f()" + strings.Repeat(".a", n),
		"array types":      "SELECT CAST(a AS INT" + strings.Repeat(" ARRAY", n) + ")",
		"bracket types":    "SELECT a::INT" + strings.Repeat("[]", n),
		"UNION":            "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"joins":            "SELECT * FROM a" + strings.Repeat(" CROSS JOIN a", n),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parser.Parse(&diag.Source{Text: text})
			if err == nil {
				t.Fatal("no error")
			}
			if diag.KindOf(err) != diag.Syntax {
				t.Errorf("got kind %v", diag.KindOf(err))
			}
		})
	}
}

// TestLongListsAreFine checks that the limits leave room for what programs generate.
func TestLongListsAreFine(t *testing.T) {
	const n = 50_000
	for name, text := range map[string]string{
		"VALUES":     "INSERT INTO t VALUES (1, -1)" + strings.Repeat(", (1, -1)", n),
		"IN":         "SELECT a IN (1" + strings.Repeat(", 1", n) + ")",
		"columns":    "SELECT a" + strings.Repeat(", a", n),
		"statements": strings.Repeat("SELECT 1 + 1;", n),
		"conditions": "SELECT a = 1" + strings.Repeat(" OR a = 1", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			script, err := parser.Parse(&diag.Source{Text: text})
			if err != nil {
				t.Fatal(diag.Render(err))
			}
			ast.Print(script)
		})
	}
}

func TestHugeScriptIsRefused(t *testing.T) {
	_, err := parser.Parse(&diag.Source{Text: strings.Repeat(" ", 5<<20)})
	if err == nil || !strings.Contains(err.Error(), "more than the limit of 4194304") {
		t.Errorf("got %v", err)
	}
}

func TestExprAndStatementTakeOnlyOne(t *testing.T) {
	if _, err := parser.ParseStatement(&diag.Source{Text: "SELECT 1;"}); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "SELECT 1; SELECT 2", "SELECT 1;;", "1"} {
		if _, err := parser.ParseStatement(&diag.Source{Text: text}); err == nil {
			t.Errorf("statement %q: no error", text)
		}
	}
	for _, text := range []string{"", "1;", "1, 2", "SELECT 1"} {
		if _, err := parser.ParseExpr(&diag.Source{Text: text}); err == nil {
			t.Errorf("expression %q: no error", text)
		}
	}
}
