package parser_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// TestSplicedScriptsPrintBack puts pieces of the scripts of testdata in the place of other pieces,
// so that every construct stands inside every other one, and checks what still parses.
func TestSplicedScriptsPrintBack(t *testing.T) {
	statements, pieces := collectPieces(t)
	const rounds = 20_000
	random := rand.New(rand.NewPCG(1, 2))
	parsed := 0
	for range rounds {
		text := statements[random.IntN(len(statements))]
		for range 1 + random.IntN(3) {
			text = splice(random, text, pieces)
		}
		statement, err := parser.ParseStatement(&diag.Source{Text: text})
		if err != nil {
			continue
		}
		parsed++
		if checkRoundTrip(t, statement); t.Failed() {
			t.Fatalf("spliced script: %s", text)
		}
	}
	if parsed < rounds/10 {
		t.Errorf("only %d of %d spliced scripts parse", parsed, rounds)
	}
}

// splice replaces a piece of the text, if it parses, by another piece.
func splice(random *rand.Rand, text string, pieces []string) string {
	statement, err := parser.ParseStatement(&diag.Source{Text: text})
	if err != nil {
		return text
	}
	spans := nodeSpans(statement)
	span := spans[random.IntN(len(spans))]
	return text[:span.Start] + pieces[random.IntN(len(pieces))] + text[span.End:]
}

// collectPieces returns the text of every statement of testdata, and of every node inside.
func collectPieces(t *testing.T) (statements, pieces []string) {
	t.Helper()
	for name, text := range scripts(t) {
		script, err := parser.Parse(&diag.Source{Name: name, Text: text})
		if err != nil {
			t.Fatal(diag.Render(err))
		}
		for _, s := range script.Statements {
			statements = append(statements, text[s.Span().Start:s.Span().End])
		}
		for _, span := range nodeSpans(script) {
			pieces = append(pieces, text[span.Start:span.End])
		}
	}
	slices.Sort(statements) // scripts come in the random order of a map
	slices.Sort(pieces)
	return statements, slices.Compact(pieces)
}

// nodeSpans returns the places of the nodes of a tree.
func nodeSpans(n ast.Node) []diag.Span {
	var spans []diag.Span
	walk(reflect.ValueOf(n), func(v reflect.Value) {
		if v.Type() == posType {
			if span := diag.Span(v.Interface().(ast.Pos)); !span.IsZero() {
				spans = append(spans, span)
			}
		}
	})
	return spans
}

// walk visits every value of a tree.
func walk(v reflect.Value, visit func(reflect.Value)) {
	if !v.IsValid() {
		return
	}
	visit(v)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		walk(v.Elem(), visit)
	case reflect.Struct:
		for _, field := range v.Fields() {
			walk(field, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	}
}
