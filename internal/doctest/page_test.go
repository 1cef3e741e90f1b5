package doctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// page is a Markdown file.
type page struct {
	path     string
	lines    []string
	sessions [][]step
	prose    []string          // the lines outside blocks; others are empty
	actual   map[int]rewritten // by first line of the block: what it should be
}

// rewritten is a block with new content.
type rewritten struct {
	step step
	text string
}

// step is a fenced block or a comment for doctest.
type step struct {
	line     int    // of the fence or comment, from 1
	language string // of the block; empty for a comment
	command  string // what follows the language, or stands in the comment
	text     string // content of the block, every line with its end
}

// name is the first word of the command.
func (s step) name() string {
	name, _, _ := strings.Cut(s.command, " ")
	return name
}

const (
	fence        = "```"
	commentStart = "<!-- doctest: "
	commentEnd   = " -->"
	newSession   = "session"
)

func readPage(t *testing.T, path string) *page {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{path: path, lines: strings.Split(string(text), "\n"), actual: map[int]rewritten{}}
	p.prose = make([]string, len(p.lines))
	var steps []step
	for i := 0; i < len(p.lines); i++ {
		line := p.lines[i]
		switch comment, isComment := strings.CutPrefix(line, commentStart); {
		case isComment:
			comment = strings.TrimSuffix(comment, commentEnd)
			if comment == newSession {
				p.sessions, steps = append(p.sessions, steps), nil
				continue
			}
			steps = append(steps, step{line: i + 1, command: comment})
		case strings.HasPrefix(line, fence):
			s := step{line: i + 1}
			s.language, s.command, _ = strings.Cut(strings.TrimPrefix(line, fence), " ")
			for i++; i < len(p.lines) && p.lines[i] != fence; i++ {
				s.text += p.lines[i] + "\n"
			}
			if i == len(p.lines) {
				t.Fatalf("%s:%d: the block has no end", path, s.line)
			}
			steps = append(steps, s)
		default:
			p.prose[i] = line
		}
	}
	p.sessions = append(p.sessions, steps)
	return p
}

// problem is a line about something wrong in the page.
func (p *page) problem(line int, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", filepath.ToSlash(p.path), line, fmt.Sprintf(format, args...))
}

// write puts the actual output into the page.
func (p *page) write(t *testing.T) {
	t.Helper()
	if len(p.actual) == 0 {
		return
	}
	var out []string
	for i := 0; i < len(p.lines); i++ {
		out = append(out, p.lines[i])
		if block, ok := p.actual[i+1]; ok {
			if block.text != "" {
				out = append(out, strings.Split(strings.TrimSuffix(block.text, "\n"), "\n")...)
			}
			i += strings.Count(block.step.text, "\n")
		}
	}
	if err := os.WriteFile(p.path, []byte(strings.Join(out, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}
