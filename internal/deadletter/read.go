package deadletter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/penstock-io/penstock/internal/diag"
)

// Reader reads the letters of a file, or of the payloads of a stream of letters, line by line.
type Reader struct {
	path   string
	lines  *bufio.Reader
	closer io.Closer
	number int // of the last line
}

// Open opens a file of letters.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fileError("read", path, err)
	}
	return NewReader(path, file, file), nil
}

// NewReader reads from in; path is its name for messages. Close closes closer, which may be nil.
func NewReader(path string, in io.Reader, closer io.Closer) *Reader {
	return &Reader{path: path, lines: bufio.NewReaderSize(in, 1<<16), closer: closer}
}

// Next returns the next letter and its number, from 1; io.EOF after the last. A line that is no letter,
// such as one that a crash has cut off, is an error of kind bad-data; the next call goes on behind it.
func (r *Reader) Next() (letter Letter, number int, err error) {
	for {
		line, err := r.lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return Letter{}, 0, fileError("read", r.path, err)
		}
		if len(line) == 0 {
			return Letter{}, 0, io.EOF
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		r.number++
		if err := json.Unmarshal(line, &letter); err != nil || letter.Kept.IsZero() || letter.Cause == "" {
			return Letter{}, r.number, diag.Errorf(diag.BadData, diag.Span{}, "%q: entry %d is no dead letter", r.path, r.number).
				WithHint("a process that was killed may have cut it off; the others can be read")
		}
		return letter, r.number, nil
	}
}

// Close closes the file.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}
