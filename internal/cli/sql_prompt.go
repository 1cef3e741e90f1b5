package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

// The prompts of a statement's first line and of the others.
const (
	firstPrompt = "penstock> "
	nextPrompt  = "       -> "
)

// prompt reads statements from the terminal and runs them, until Ctrl-D or \quit.
func (s *shell) prompt(ctx context.Context) error {
	s.interactive = true
	lines, err := newEditor(s.app, s.complete)
	if err != nil {
		return err
	}
	s.app.console.printf("penstock %s. Statements end with a semicolon; \\help shows more, Ctrl-D ends.\n", currentBuild().Version)
	var pending []string // the lines of the statement that is being typed
	for {
		s.reap()
		line, err := lines.read(pending)
		switch {
		case errors.Is(err, errLineInterrupted):
			pending = nil
			continue
		case errors.Is(err, io.EOF):
			return s.drain()
		case err != nil:
			return err
		}
		if len(pending) == 0 && strings.TrimSpace(line) == "" {
			continue
		}
		if command, ok := shellCommand(line); ok && len(pending) == 0 {
			lines.remember(line)
			if s.command(ctx, command) {
				return s.drain()
			}
			continue
		}
		pending = append(pending, line)
		text := strings.Join(pending, "\n")
		if !engine.IsComplete(text) {
			continue
		}
		pending = nil
		lines.remember(text)
		s.runTyped(ctx, &diag.Source{Text: text})
	}
}

// runTyped runs statements from the prompt, where an error ends nothing else.
func (s *shell) runTyped(ctx context.Context, source *diag.Source) {
	s.rows.restart()
	if err := s.runScript(ctx, source); err != nil {
		s.app.report(err)
	}
}

// complete completes the line up to the cursor, behind the lines before it.
func (s *shell) complete(before []string, line, after string) (start int, words []string) {
	prefix := strings.Join(before, "\n")
	if prefix != "" {
		prefix += "\n"
	}
	start, words = s.engine.Complete(prefix+line, after)
	if start -= len(prefix); start < 0 {
		return len(line), nil // the word began on a line before
	}
	return start, words
}
