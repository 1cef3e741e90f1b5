package doctest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/sqltest"
)

// session runs steps of a page.
type session struct {
	page     *page
	golden   *sqltest.Session
	problems []string
}

// runSession returns what is wrong with the steps. Commands run in a directory with the files of the
// steps and the examples of the repository.
func (p *page) runSession(t *testing.T, steps []step) []string {
	t.Helper()
	dir := t.TempDir()
	examples, err := filepath.Abs(filepath.Join(root, "examples"))
	if err == nil {
		err = os.Symlink(examples, filepath.Join(dir, "examples"))
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &session{page: p}
	checks := p.checkConsole(t.Context(), steps) // before the directory changes
	t.Chdir(dir)
	sqltest.RunSession(t, func(t *testing.T, golden *sqltest.Session) {
		s.golden = golden
		for i := 0; i < len(steps); i++ {
			var next step
			if i+1 < len(steps) {
				next = steps[i+1]
			}
			if s.run(t, steps[i], next) {
				i++
			}
		}
	})
	return append(checks, s.problems...)
}

func (s *session) problem(at step, format string, args ...any) {
	s.problems = append(s.problems, s.page.problem(at.line, format, args...))
}

// run runs one step. It reports whether next was its output.
func (s *session) run(t *testing.T, at, next step) (usedNext bool) {
	t.Helper()
	switch at.language {
	case "":
		s.compare(at, step{}, s.golden.Command(t, at.command, ""))
	case "sql", "json":
		return s.input(t, at, next)
	case "text":
		switch at.name() {
		case "rows", "sink", "status", "printed":
			s.compare(at, at, s.golden.Command(t, at.command, ""))
		case "put":
			return s.input(t, at, next)
		default:
			s.problem(at, "say which command prints this: text rows, text explain and so on")
		}
	case "console":
		if at.command == "exec" {
			s.console(t, at)
		}
	}
	return false
}

// input runs a block that is the input of a command.
func (s *session) input(t *testing.T, at, next step) (usedNext bool) {
	t.Helper()
	name, isFile := strings.CutPrefix(at.command, "file=")
	switch {
	case isFile:
		if err := os.WriteFile(name, []byte(at.text), 0o600); err != nil {
			t.Fatal(err)
		}
	case at.command == "" && at.language == "sql":
		if fault := s.golden.Check(at.text); fault != "" {
			s.problem(at, "the script has errors:\n%s", fault)
		}
	case at.command == "":
		for line := range strings.Lines(at.text) {
			if !json.Valid([]byte(line)) {
				s.problem(at, "not JSON: %s", strings.TrimSpace(line))
			}
		}
	default:
		got := s.golden.Command(t, at.command, strings.TrimSuffix(at.text, "\n"))
		output := step{}
		if next.language == "text" && next.command == at.name() {
			output, usedNext = next, true
		}
		s.compare(at, output, got)
	}
	return usedNext
}

// compare compares what a command prints with the block that shows it; the zero step shows nothing.
func (s *session) compare(at, shown step, got string) {
	if got == shown.text {
		return
	}
	if shown.line == 0 {
		s.problem(at, "%s prints, but the page does not show:\n%s", at.name(), got)
		return
	}
	s.page.actual[shown.line] = rewritten{step: shown, text: got}
	s.problem(at, "%s prints:\n%sthe page shows:\n%s", at.name(), got, shown.text)
}
