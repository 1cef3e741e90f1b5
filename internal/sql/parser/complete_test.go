package parser_test

import (
	"slices"
	"testing"

	"github.com/penstock-io/penstock/internal/sql/parser"
)

func TestComplete(t *testing.T) {
	for text, want := range map[string]bool{
		"":                     false,
		"SELECT 1":             false,
		"SELECT 1;":            true,
		"SELECT 1; -- done":    true,
		"SELECT 1; SELECT":     false,
		"SELECT ';":            false,
		"SELECT ';'":           false,
		"SELECT ';';":          true,
		"SELECT `;":            false,
		"SELECT /* ;":          false,
		"SELECT 1 /*+ x */;":   true,
		"SELECT ^;":            true, // an error, which the parser reports
		"BEGIN STATEMENT SET;": false,
		"BEGIN STATEMENT SET; INSERT INTO t SELECT 1;":                                  false,
		"BEGIN STATEMENT SET; INSERT INTO t SELECT 1; END;":                             true,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;":                           false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT CASE WHEN a THEN b END;":      false,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT CASE WHEN a THEN b END; END;": true,
		"EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END":                       false,
		"EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;":                      true,
		"SELECT 1; EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;":                 false,
	} {
		if got := parser.Complete(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT a, -- the first\n  b\nFROM t;": "SELECT a, b FROM t;",
		"SELECT 'a  b' ;":                      "SELECT 'a  b' ;",
		"SELECT 'a\nb';":                       "",
	} {
		got, ok := parser.OneLine(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestKeywordsAreThere(t *testing.T) {
	words := parser.Keywords()
	for _, want := range []string{"SELECT", "WATERMARK", "INTERVAL", "BETWEEN"} {
		if !slices.Contains(words, want) {
			t.Errorf("%s is missing", want)
		}
	}
}
