package kinesis

import (
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/connector"
)

// a and b were merged into d with c, of which the engine may not have heard yet.
func TestShardsAreAnnouncedAfterTheirAncestors(t *testing.T) {
	l := newLineage()
	for _, shard := range []connector.Split{
		{ID: "a"}, {ID: "b"}, {ID: "c", Parents: []string{"a", "gone"}}, {ID: "d", Parents: []string{"c", "b"}}, {ID: "e", Parents: []string{"d"}},
	} {
		if !l.add(shard) {
			t.Errorf("%s is not new", shard.ID)
		}
	}
	l.end("a")
	announced := func(ids ...string) string {
		var out []string
		for _, split := range l.withAncestors(ids) {
			out = append(out, split.ID)
		}
		return strings.Join(out, " ")
	}
	if got := announced("d"); got != "c b d" {
		t.Errorf("got %q, want c b d", got)
	}
	if got := announced("e", "d", "e"); got != "c b d e" {
		t.Errorf("got %q, want c b d e", got)
	}
	l.end("c")
	l.end("b")
	if got := announced("d", "a", "unknown"); got != "d" {
		t.Errorf("got %q, want d", got)
	}
	if !l.knowsParents([]childShard{{id: "f", parents: []string{"a", "e"}}}) || l.knowsParents([]childShard{{id: "f", parents: []string{"a", "x"}}}) {
		t.Error("which parents are known is wrong")
	}
}
