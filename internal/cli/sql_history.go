package cli

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-io/penstock/internal/engine"
)

// maxHistory is how many statements are kept.
const maxHistory = 1000

// history is the statements that were typed, a line for each, in a file. An empty path keeps nothing.
type history struct {
	path    string
	entries []string // oldest first
}

// historyPath returns where the history is kept; empty: nowhere.
func historyPath(getenv func(string) string) string {
	if path := getenv("PENSTOCK_HISTORY"); path != "" {
		return path
	}
	state := getenv("XDG_STATE_HOME")
	if home := getenv("HOME"); state == "" && home != "" {
		state = filepath.Join(home, ".local", "state")
	}
	if state == "" {
		return ""
	}
	return filepath.Join(state, "penstock", "history")
}

// openHistory reads the history. It can be used when there is an error: it is empty then, and not kept.
func openHistory(getenv func(string) string) (*history, error) {
	h := &history{}
	path := historyPath(getenv)
	if path == "" {
		return h, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return h, err
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return h, err
	}
	h.path = path
	scanner := bufio.NewScanner(strings.NewReader(string(text)))
	scanner.Buffer(nil, len(text)+1)
	for scanner.Scan() {
		h.entries = append(h.entries, scanner.Text())
	}
	if over := len(h.entries) - maxHistory; over > 0 {
		h.entries = h.entries[over:]
		return h, h.rewrite()
	}
	return h, nil
}

// rewrite replaces the file by the entries.
func (h *history) rewrite() error {
	return os.WriteFile(h.path, []byte(strings.Join(h.entries, "\n")+"\n"), 0o600)
}

// remember adds what was typed, on one line, unless it begins with a space or is what came last.
func (h *history) remember(text string) {
	if strings.HasPrefix(text, " ") {
		return
	}
	line := strings.TrimSpace(text)
	if !strings.HasPrefix(line, `\`) {
		var ok bool
		if line, ok = engine.OneLine(text); !ok {
			return // it would be another statement on one line
		}
	}
	if line == "" || len(h.entries) > 0 && h.entries[len(h.entries)-1] == line {
		return
	}
	h.entries = append(h.entries, line)
	if h.path == "" {
		return
	}
	file, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return // the statement matters more than its memory
	}
	_, err = file.WriteString(line + "\n")
	_ = errors.Join(err, file.Close()) // as above
}

// Add is told every line by the terminal; statements are remembered whole instead.
func (h *history) Add(string) {}

// Len returns how many entries there are.
func (h *history) Len() int { return len(h.entries) }

// At returns an entry; 0 is the newest.
func (h *history) At(i int) string { return h.entries[len(h.entries)-1-i] }
