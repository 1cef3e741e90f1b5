package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
)

// statementReader cuts a stream of text into pieces that are whole statements, as soon as they are.
type statementReader struct {
	in    *bufio.Reader
	lines int // read in the pieces before
	ended bool
}

func newStatementReader(in io.Reader) *statementReader {
	return &statementReader{in: bufio.NewReader(in)}
}

// next returns the next statements, or what is left at the end; io.EOF when there is nothing more.
// Empty lines stand for the pieces before, so that places in the text are those in the stream.
func (r *statementReader) next() (*diag.Source, error) {
	var text strings.Builder
	for !r.ended && !engine.IsComplete(text.String()) {
		line, err := r.in.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		text.WriteString(line)
		r.ended = err == io.EOF
	}
	if strings.TrimSpace(text.String()) == "" {
		return nil, io.EOF
	}
	source := &diag.Source{Name: "<stdin>", Text: strings.Repeat("\n", r.lines) + text.String()}
	r.lines += strings.Count(text.String(), "\n")
	return source, nil
}
