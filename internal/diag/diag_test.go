package diag_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
)

func TestRenderPointsAtTheSpan(t *testing.T) {
	src := &diag.Source{Text: "SELECT a,\n  nope FROM clicks;\n"}
	err := error(diag.Errorf(diag.Semantic, diag.Span{Start: 12, End: 16}, "table %q has no column %q", "clicks", "nope").WithHint("did you mean %q?", "nape"))
	diag.WithSource(fmt.Errorf("prepare: %w", err), src)
	want := `error: table "clicks" has no column "nope" at line 2, column 3
    nope FROM clicks;
    ~~~~
  hint: did you mean "nape"?
`
	if got := diag.Render(err); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRenderCountsCharactersNotBytes(t *testing.T) {
	src := &diag.Source{Text: "SELECT 'Zürich→', x"}
	err := &diag.Error{Kind: diag.Semantic, Msg: "no x", Span: diag.Span{Start: 21, End: 22}, Source: src}
	want := "error: no x at line 1, column 19\n  SELECT 'Zürich→', x\n                    ~\n"
	if got := diag.Render(err); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRenderJoinedErrorsOneBlockEach(t *testing.T) {
	err := errors.Join(errors.New("one"), &diag.Error{Msg: "two", Hint: "three"})
	if got, want := diag.Render(err), "error: one\nerror: two\n  hint: three\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRenderSurvivesSpansOutsideTheText(t *testing.T) {
	for _, span := range []diag.Span{{Start: 5, End: 99}, {Start: 98, End: 99}, {Start: 3, End: 1}} {
		diag.Render(&diag.Error{Msg: "x", Span: span, Source: &diag.Source{Text: "abc\ndef"}})
	}
}

func TestKindOfLooksThroughWrapping(t *testing.T) {
	err := fmt.Errorf("run: %w", diag.Errorf(diag.NotFound, diag.Span{}, "stream %q does not exist", "x"))
	if got := diag.KindOf(err); got != diag.NotFound {
		t.Errorf("got %v", got)
	}
	if got := diag.KindOf(errors.New("x")); got != diag.Internal {
		t.Errorf("got %v", got)
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"scan.stream.initpos", "stream", "aws.region", "format"}
	for _, test := range []struct{ name, want string }{
		{"scan.stream.initpso", "scan.stream.initpos"},
		{"steam", "stream"},
		{"AWS.REGION", "aws.region"},
		{"zzzzzzzzzz", ""},
	} {
		got, ok := diag.Nearest(test.name, candidates)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("Nearest(%q) = %q, %v; want %q", test.name, got, ok, test.want)
		}
	}
}
