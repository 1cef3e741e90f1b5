package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
)

func TestComplete(t *testing.T) {
	e := newEngine(nil)
	if _, err := e.Prepare(&diag.Source{Text: generated + "CREATE VIEW n_view AS SELECT n AS renamed FROM numbers; CREATE FUNCTION renown (x INT) RETURN x;"}); err != nil {
		t.Fatal(err)
	}
	if start, words := e.Complete("SELECT rena", " FROM n_view"); start != len("SELECT ") || !slices.Contains(words, "renamed") {
		t.Errorf("the columns of a table that is named behind the cursor: %v", words)
	}
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"sel", "select"},
		{"SEL", "SELECT"},
		{"SELECT * FROM nu", "numbers"},
		{"SELECT * FROM N", "n_view nowhere numbers"},
		{"DESCRIBE n_", "n_view"},
		{"SELECT reno", "renown"},
		{"SELECT 1 FROM n_view WHERE renam", "rename renamed"},
		{"SELECT 1 FROM n_view AS v WHERE v.", "n renamed"},
		{"SELECT appro", "APPROX_COUNT_DISTINCT APPROX_PERCENTILE"},
		{"SELECT nothing_", ""},
		{"SELECT uppe", "UPPER"},
		{"SET 'table.local", "table.local-time-zone"},
		{"RESET 'par", "parallelism.default"},
		{"CREATE TABLE t (a INT) WITH ('connector' = 'data", "datagen"},
		{"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'rows", "rows-per-second"},
		{"SELECT * FROM numbers /*+ OPTIONS('number-of", "number-of-rows"},
		{"SELECT 'it''s ", ""},
	} {
		start, words := e.Complete(c.text, "")
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
		if start < 0 || start > len(c.text) || !slices.ContainsFunc(append(words, c.text[start:]), func(w string) bool {
			return strings.HasPrefix(strings.ToLower(w), strings.ToLower(c.text[start:]))
		}) {
			t.Errorf("%q: the word starts at %d", c.text, start)
		}
	}
}
