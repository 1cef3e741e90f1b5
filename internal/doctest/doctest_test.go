// Package doctest runs the examples in the documentation: README.md and the pages of docs/guide.
//
// It owns the convention below and nothing else: commands are those of the golden cases (package
// sqltest) and of the command line (package cli). It has only tests.
//
// What follows the language in the first line of a fenced block says what the block is. Everything
// between two session comments happens in one session of the golden runner: one engine, one Kinesis
// server, fake time.
//
//	sql COMMAND          the golden command exec, run or explain, with the block as its input
//	sql file=NAME        the file NAME, for the commands of console exec
//	sql                  a script that must have no errors; it is not run, but its tables stay
//	json put stream=S    the golden command put, a record per line; also: key=FIELD
//	json                 one JSON value per line
//	text put stream=S    the same, for records that are not JSON
//	text COMMAND         right after a block with the same command: what that command prints. Anywhere
//	                     else: a golden command without input (rows, sink stream=S, status) and what it
//	                     prints
//	console exec         command lines, each after "$ ", with what they print to either output. Only
//	                     penstock is run. Times and rates may differ
//	console              command lines that are not run. Commands, flags, make targets and scripts must
//	                     exist; what is printed must not be shown
//
// Other languages are not looked at. A block with a command prints nothing unless a text block
// follows. In a line of its own, <!-- doctest: COMMAND --> runs a golden command that has no input
// and prints nothing (stream, advance, split, merge, drain), and <!-- doctest: session --> begins a
// new session.
//
// Besides the blocks, relative links are checked, and commands, option keys and metrics in inline code.
//
//	go test ./internal/doctest -run TestDocumentation/windows           # one page
//	go test ./internal/doctest -run TestDocumentation/windows -rewrite  # write what is printed into it
package doctest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the root directory of the repository.
const root = "../.."

func TestDocumentation(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "guide", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages in docs/guide: %v", err)
	}
	for _, path := range append(pages, filepath.Join(root, "README.md")) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			p := readPage(t, path)
			for _, problem := range p.check(t) {
				t.Error(problem)
			}
			if rewriting() {
				p.write(t)
			}
		})
	}
}

// rewriting reports whether the flag of the golden runner asks for the actual output.
func rewriting() bool {
	f := flag.Lookup("rewrite")
	return f != nil && f.Value.String() == "true"
}

// TestChecksFail runs pages that contradict what Penstock does, each of which must be noticed.
func TestChecksFail(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("testdata", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages in testdata: %v", err)
	}
	for _, path := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			got := strings.Join(readPage(t, path).check(t), "\n") + "\n"
			got = strings.ReplaceAll(got, filepath.ToSlash(path), "page.md")
			wanted := strings.TrimSuffix(path, ".md") + ".txt"
			if rewriting() {
				if err := os.WriteFile(wanted, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wanted)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got problems\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// check returns everything that is wrong with a page.
func (p *page) check(t *testing.T) []string {
	t.Helper()
	problems := p.checkProse(t.Context())
	for n, steps := range p.sessions {
		t.Run(fmt.Sprintf("session-%d", n+1), func(t *testing.T) { problems = append(problems, p.runSession(t, steps)...) })
	}
	return problems
}
