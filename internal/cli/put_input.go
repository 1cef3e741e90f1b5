package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/diag"
)

// maxRecordBytes is the largest record of any stream; the service's own limit for a stream may be less.
// https://docs.aws.amazon.com/streams/latest/dev/large-records.html
const maxRecordBytes = 10 << 20

// input is a file or standard input.
type input struct {
	name string
	raw  io.Reader
	file io.Closer    // nil: not ours to close
	size int64        // of the file, packed; 0: unknown
	read atomic.Int64 // bytes of the file, packed
}

// Close closes the file.
func (in *input) Close() error {
	if in.file == nil {
		return nil
	}
	return in.file.Close()
}

func (a *app) openInput(path string) (*input, error) {
	in := &input{name: path, raw: a.env.In}
	if path == "-" {
		in.name = "standard input"
		if _, terminal := a.env.Terminal(a.env.In); terminal {
			a.console.printf("reading records from the terminal, one for each line, until Ctrl-D\n")
		}
	} else {
		file, err := os.Open(path)
		if err != nil {
			return nil, fileError(path, err, ".ndjson")
		}
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			in.size = info.Size()
		}
		in.raw, in.file = file, file
	}
	return in, nil
}

// unpacked returns the content. It waits for the first bytes, to see whether they are packed.
func (in *input) unpacked() (io.Reader, error) {
	buffered := bufio.NewReader(countingReader{in.raw, &in.read})
	if magic, _ := buffered.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	content, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, in.failure(err)
	}
	return content, nil
}

func (in *input) failure(err error) error {
	return diag.Errorf(diag.BadData, diag.Span{}, "cannot read %s: %w", in.name, err)
}

// countingReader counts what is read through it.
type countingReader struct {
	io.Reader
	n *atomic.Int64
}

// Read reads and counts.
func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n.Add(int64(n))
	return n, err
}

// inputLine is a record to be, or why there is none.
type inputLine struct {
	data []byte
	key  string
	err  error // the last line
}

// readLines delivers the lines that are not empty, with their keys, until the input ends or ctx does.
// It reads in a goroutine of its own: reading a terminal or a pipe cannot be interrupted.
func readLines(ctx context.Context, in *input, keys keyer) <-chan inputLine {
	lines := make(chan inputLine, 2*maxRequestRecords)
	go func() {
		defer close(lines)
		content, err := in.unpacked()
		if err != nil {
			lines <- inputLine{err: err} // there is room
			return
		}
		scanner := bufio.NewScanner(content)
		scanner.Buffer(make([]byte, 0, 64<<10), maxRecordBytes+2) // and the end of the line
		for number := 1; ; number++ {
			line, ok := in.next(scanner, keys, number)
			if !ok {
				return
			}
			if line.err == nil && len(line.data) == 0 {
				continue
			}
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
			if line.err != nil {
				return
			}
		}
	}()
	return lines
}

// next reads a line; it reports false at the end of the input.
func (in *input) next(scanner *bufio.Scanner, keys keyer, number int) (line inputLine, ok bool) {
	switch more := scanner.Scan(); {
	case more:
		if line.data = bytes.Clone(bytes.TrimSuffix(scanner.Bytes(), []byte("\r"))); len(line.data) > 0 {
			line.key, line.err = keys.key(line.data, number)
		}
	case errors.Is(scanner.Err(), bufio.ErrTooLong):
		line.err = diag.Errorf(diag.BadData, diag.Span{}, "line %d is longer than the 10 MiB that a record may have", number)
	case scanner.Err() != nil:
		line.err = in.failure(scanner.Err())
	default:
		return line, false
	}
	return line, true
}

// keyer chooses partition keys: always the same, a field of the record, or a random one.
type keyer struct{ constant, field string }

func (k keyer) key(data []byte, number int) (string, error) {
	switch {
	case k.constant != "":
		return k.constant, nil
	case k.field == "":
		return randomKey(), nil
	}
	key, err := fieldText(data, k.field)
	if err != nil {
		return "", diag.Errorf(diag.BadData, diag.Span{}, "line %d: %w", number, err).
			WithHint("leave out --partition-key-field for random partition keys")
	}
	return key, nil
}

func randomKey() string { return strconv.FormatUint(rand.Uint64(), 36) }

// fieldText returns a member of a JSON object as text.
func fieldText(object []byte, field string) (string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return "", fmt.Errorf("not a JSON object: %w", err)
	}
	value, ok := members[field]
	if !ok {
		return "", fmt.Errorf("the record has no field %q", field)
	}
	var text string
	switch value[0] {
	case '"':
		if err := json.Unmarshal(value, &text); err != nil {
			return "", fmt.Errorf("field %q: %w", field, err)
		}
	case '{', '[', 'n':
	default:
		text = string(value)
	}
	if text == "" {
		return "", fmt.Errorf("field %q is %s, which is no partition key", field, value)
	}
	return text, nil
}
