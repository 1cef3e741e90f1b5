package job

import (
	"slices"
	"testing"

	"github.com/penstock-io/penstock/internal/connector"
)

func ids(splits []connector.Split) []string {
	out := []string{}
	for _, split := range splits {
		out = append(out, split.ID)
	}
	return out
}

func TestSplitWaitsForAllItsParents(t *testing.T) {
	s := newSplits()
	merged := connector.Split{ID: "c", Parents: []string{"a", "b"}}
	if got := ids(s.add([]connector.Split{{ID: "a"}, {ID: "b"}, merged})); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("ready at first: %v", got)
	}
	if children := s.end("a"); children != 1 {
		t.Errorf("a has %d children, want 1", children)
	}
	if got := ids(s.add(nil)); len(got) != 0 {
		t.Errorf("ready after one parent: %v", got)
	}
	s.end("b")
	if got := ids(s.add(nil)); !slices.Equal(got, []string{"c"}) {
		t.Errorf("ready after both parents: %v", got)
	}
	if s.finished() {
		t.Error("finished while c is read")
	}
	s.end("c")
	if !s.finished() {
		t.Error("not finished after c")
	}
}

func TestSplitIsReadOnce(t *testing.T) {
	s := newSplits()
	s.add([]connector.Split{{ID: "a"}})
	s.end("a")
	if got := ids(s.add([]connector.Split{{ID: "a"}, {ID: "b", Parents: []string{"a"}}})); !slices.Equal(got, []string{"b"}) {
		t.Errorf("ready: %v", got)
	}
}

func TestSplitWithUnknownParentsIsReady(t *testing.T) {
	s := newSplits()
	if got := ids(s.add([]connector.Split{{ID: "c", Parents: []string{"expired"}}})); !slices.Equal(got, []string{"c"}) {
		t.Errorf("ready: %v", got)
	}
}

func TestGrandchildWaitsForTheWaitingChild(t *testing.T) {
	s := newSplits()
	found := []connector.Split{{ID: "grandchild", Parents: []string{"child"}}, {ID: "child", Parents: []string{"a"}}, {ID: "a"}}
	if got := ids(s.add(found)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("ready: %v", got)
	}
	s.end("a")
	if got := ids(s.add(nil)); !slices.Equal(got, []string{"child"}) {
		t.Errorf("ready: %v", got)
	}
}
