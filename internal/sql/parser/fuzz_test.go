package parser_test

import (
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// FuzzParse checks the invariant of the package: a tree that prints back, or errors in the text.
func FuzzParse(f *testing.F) {
	for _, text := range scripts(f) {
		script, err := parser.Parse(&diag.Source{Text: text})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		for _, statement := range script.Statements { // short seeds are varied faster
			f.Add(text[statement.Span().Start:statement.Span().End])
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		script, err := parser.Parse(&diag.Source{Text: text})
		if err == nil {
			checkRoundTrip(t, script)
			return
		}
		count := 0
		for e := range diag.All(err) {
			count++
			if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(text) {
				t.Errorf("%s: span %v is outside the text of %d bytes", e.Msg, e.Span, len(text))
			}
			if e.Msg == "" || e.Source == nil {
				t.Errorf("an error has no message or no source: %#v", e)
			}
		}
		if count == 0 {
			t.Errorf("the error has no place in the text: %v", err)
		}
		diag.Render(err)
	})
}
