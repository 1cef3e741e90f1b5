package cli

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/term"
)

// errLineInterrupted says that Ctrl-C was pressed while a line was edited.
var errLineInterrupted = errors.New("cli: line interrupted")

// completer returns what the word at the end of line may become: where it starts in the line, and the
// words. The lines before it are given, and what stands behind the cursor.
type completer func(before []string, line, after string) (start int, words []string)

// editor reads lines from the terminal with editing, history and completion. The terminal is raw only
// while a line is read, so that Ctrl-C is a signal at all other times.
type editor struct {
	app      *app
	terminal *term.Terminal
	keys     *keyReader
	history  *history
	complete completer
	before   []string // the lines of the statement that stand above the one being read
	tabs     int      // how often Tab was pressed in a row
}

func newEditor(a *app, complete completer) (*editor, error) {
	e := &editor{app: a, keys: &keyReader{in: a.env.In}, complete: complete}
	var err error
	if e.history, err = openHistory(a.env.Getenv); err != nil {
		a.console.printf("the history is not kept: %v\n", err)
	}
	out := a.env.Out
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e.keys, out}, firstPrompt)
	e.terminal.History = e.history
	e.terminal.AutoCompleteCallback = e.key
	// What jobs print while a line is edited goes above it.
	through := &promptWriter{editor: e, direct: out}
	a.env.Out, a.console.w = through, &promptWriter{editor: e, direct: a.console.w}
	return e, nil
}

// read reads a line; before are the lines of the statement so far.
func (e *editor) read(before []string) (string, error) {
	restore, err := e.app.env.Raw(e.app.env.In)
	if err != nil {
		return "", err
	}
	defer restore()
	e.before = before
	prompt := firstPrompt
	if len(before) > 0 {
		prompt = nextPrompt
	}
	e.terminal.SetPrompt(prompt)
	if width := e.app.console.width(); width > 0 {
		const anyHeight = 24 // the terminal does not use it
		_ = e.terminal.SetSize(width, anyHeight)
	}
	e.terminal.SetBracketedPasteMode(true)
	defer e.terminal.SetBracketedPasteMode(false)
	e.keys.editing.Store(true)
	defer e.keys.editing.Store(false)
	line, err := e.terminal.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	if e.keys.interrupted.Swap(false) {
		return "", errLineInterrupted
	}
	return line, err
}

// remember adds a statement to the history.
func (e *editor) remember(text string) { e.history.remember(text) }

// key is told every key that the terminal does not know; it acts on Tab.
func (e *editor) key(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		e.tabs = 0
		return "", 0, false
	}
	start, words := e.complete(e.before, line[:pos], line[pos:])
	if len(words) == 0 {
		return line, pos, true
	}
	typed := line[start:pos]
	completed := commonPrefix(words)
	if len(words) == 1 && pos == len(line) {
		completed += " "
		if strings.Count(line[:start], "'")%2 != 0 {
			completed = words[0] + "'"
		}
	}
	if len(completed) <= len(typed) { // nothing to add: the second Tab lists what there is
		if e.tabs++; e.tabs > 1 {
			_, _ = e.terminal.Write([]byte(columns(words, e.app.console.width())))
			e.tabs = 0
		}
		return line, pos, true
	}
	e.tabs = 0
	return line[:start] + completed + line[pos:], start + len(completed), true
}

// commonPrefix returns what all words begin with, in any case, in the spelling of the first.
func commonPrefix(words []string) string {
	prefix := words[0]
	for _, word := range words[1:] {
		n := 0
		for n < len(prefix) && n < len(word) && strings.EqualFold(prefix[n:n+1], word[n:n+1]) {
			n++
		}
		prefix = prefix[:n]
	}
	return prefix
}

// columns returns the words in columns that fit into width.
func columns(words []string, width int) string {
	longest := 0
	for _, word := range words {
		longest = max(longest, len(word))
	}
	const gap = 2
	perLine := max(1, width/(longest+gap))
	var out strings.Builder
	for chunk := range slices.Chunk(words, perLine) {
		for i, word := range chunk {
			out.WriteString(word)
			if i < len(chunk)-1 {
				out.WriteString(strings.Repeat(" ", longest+gap-len(word)))
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// promptWriter writes above the line that is being edited, or to the terminal directly if none is.
type promptWriter struct {
	editor *editor
	direct io.Writer
}

func (w *promptWriter) Write(p []byte) (int, error) {
	if w.editor.keys.editing.Load() {
		return w.editor.terminal.Write(p)
	}
	return w.direct.Write(p)
}

// keyReader is the keys that are pressed. Ctrl-C, which the terminal would take for the end, becomes
// an emptied line and a note.
type keyReader struct {
	in          io.Reader
	pending     []byte
	interrupted atomic.Bool
	editing     atomic.Bool
}

const ctrlC = 3

// emptyLine is what is typed to end a line with nothing in it: to its end, delete to its start, Enter.
var emptyLine = []byte{5, 21, '\r'}

func (r *keyReader) Read(p []byte) (int, error) {
	if len(r.pending) == 0 {
		buffer := make([]byte, len(p))
		n, err := r.in.Read(buffer)
		if n == 0 {
			return 0, err
		}
		for _, key := range buffer[:n] {
			if key == ctrlC {
				r.interrupted.Store(true)
				r.pending = append(r.pending, emptyLine...)
			} else {
				r.pending = append(r.pending, key)
			}
		}
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}
