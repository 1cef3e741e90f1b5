package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/diag"
)

// faults is two errors in one script, as the engine reports them.
func faults() error {
	source := &diag.Source{Name: "job.sql", Text: "SELECT usr\nFROM clics;\n"}
	return diag.WithSource(errors.Join(
		diag.Errorf(diag.Semantic, diag.Span{Start: 7, End: 10}, "there is no column %q", "usr").WithHint("did you mean %q?", "user"),
		diag.Errorf(diag.NotFound, diag.Span{Start: 16, End: 21}, "there is no table %q", "clics"),
	), source)
}

func testApp(p process, args ...string) (*app, *strings.Builder) {
	var stderr strings.Builder
	return newApp(p.env(&strings.Builder{}, &stderr, args)), &stderr
}

func TestReportNamesScriptAndPlace(t *testing.T) {
	a, stderr := testApp(process{})
	if code := a.report(faults()); code != 3 {
		t.Errorf("exit code %d, want that of the first error, 3", code)
	}
	want := `error: job.sql: there is no column "usr" at line 1, column 8
  SELECT usr
         ~~~
  hint: did you mean "user"?
error: job.sql: there is no table "clics" at line 2, column 6
  FROM clics;
       ~~~~~
`
	if got := stderr.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReportAsJSON(t *testing.T) {
	a, stderr := testApp(process{}, "--output", "json")
	a.report(faults())
	want := `{"error":{"kind":"semantic","message":"there is no column \"usr\"","file":"job.sql","line":1,"column":8,"hint":"did you mean \"user\"?"},` +
		`"errors":[{"kind":"semantic","message":"there is no column \"usr\"","file":"job.sql","line":1,"column":8,"hint":"did you mean \"user\"?"},` +
		`{"kind":"not-found","message":"there is no table \"clics\"","file":"job.sql","line":2,"column":6}]}` + "\n"
	if got := stderr.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReportOfAnUnknownErrorIsADefect(t *testing.T) {
	a, stderr := testApp(process{})
	if code := a.report(errors.New("index out of range")); code != 1 || stderr.String() != "error: index out of range\n" {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

func TestReportShowsWhatWasShownOnlyOnce(t *testing.T) {
	a, stderr := testApp(process{})
	if code := a.report(reportedError{faults()}); code != 3 || stderr.String() != "" {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

func TestColourOnlyOnATerminalThatWantsIt(t *testing.T) {
	for _, test := range []struct {
		name string
		p    process
		want bool
	}{
		{"terminal", process{width: 80}, true},
		{"file", process{}, false},
		{"NO_COLOR", process{width: 80, vars: map[string]string{"NO_COLOR": "1"}}, false},
		{"dumb terminal", process{width: 80, vars: map[string]string{"TERM": "dumb"}}, false},
	} {
		a, stderr := testApp(test.p)
		a.report(faults())
		if got := strings.Contains(stderr.String(), "\x1b"); got != test.want {
			t.Errorf("%s: colour %v, want %v: %q", test.name, got, test.want, stderr.String())
		}
	}
}

func TestColourChangesNoText(t *testing.T) {
	plainApp, plainErr := testApp(process{})
	colourApp, colourErr := testApp(process{width: 80, vars: map[string]string{"TERM": "xterm"}})
	plainApp.report(faults())
	colourApp.report(faults())
	stripped := strings.NewReplacer(red, "", bold, "", plain, "").Replace(colourErr.String())
	if stripped != plainErr.String() {
		t.Errorf("got\n%s\nwant\n%s", stripped, plainErr.String())
	}
}
