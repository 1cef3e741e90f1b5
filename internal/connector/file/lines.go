package file

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

const (
	// bufferBytes is how much is read at a time, and so about how large a page is.
	bufferBytes = 256 << 10
	// maxLines is the most lines of a page.
	maxLines = 4096
	// maxLineBytes bounds a record.
	maxLineBytes = 10 << 20
)

// positionPrefix begins a position; the number after it counts uncompressed bytes.
const positionPrefix = "byte:"

func position(offset int64) checkpoint.Position {
	return checkpoint.Position(positionPrefix + strconv.FormatInt(offset, 10))
}

func parsePosition(p checkpoint.Position) (int64, error) {
	if p == "" {
		return 0, nil
	}
	text, ok := strings.CutPrefix(string(p), positionPrefix)
	offset, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || offset < 0 {
		return 0, diag.Errorf(diag.BadData, diag.Span{}, "%q is not a position in a file", p)
	}
	return offset, nil
}

// lines reads the lines of a file, many at a time.
type lines struct {
	path   string
	file   *os.File
	in     io.Reader // the file, decompressed
	buffer []byte    // what was read; before next it has been delivered
	next   int
	offset int64 // of buffer[next] in the uncompressed file
	atEnd  bool  // nothing comes after the buffer
	found  []line
	header int // lines that are still to be left out

	skip     bool  // buffer[next] is inside a line that is too long
	skipFrom int64 // where that line begins
}

// line is one line without its end; text is valid until the next call of read.
type line struct {
	offset int64
	text   []byte // nil: too long
}

// openLines opens a file whose first header lines are none of its records.
func openLines(path string, from checkpoint.Position, header int) (*lines, error) {
	offset, err := parsePosition(from)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, pathError(path, diag.Span{}, err)
	}
	l := &lines{path: path, file: file, in: file, offset: offset}
	if offset == 0 {
		l.header = header
	}
	if err := l.seek(offset); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return l, nil
}

// seek goes to the offset: in a compressed file by reading up to there.
func (l *lines) seek(offset int64) error {
	if !strings.HasSuffix(l.path, ".gz") {
		info, err := l.file.Stat()
		if err != nil {
			return pathError(l.path, diag.Span{}, err)
		}
		if info.Size() < offset {
			return l.shorter(offset)
		}
		if _, err := l.file.Seek(offset, io.SeekStart); err != nil {
			return pathError(l.path, diag.Span{}, err)
		}
		return nil
	}
	unzipped, err := gzip.NewReader(l.file)
	if err != nil {
		return l.readError(err)
	}
	l.in = unzipped
	switch _, err := io.CopyN(io.Discard, unzipped, offset); {
	case errors.Is(err, io.EOF):
		return l.shorter(offset)
	case err != nil:
		return l.readError(err)
	}
	return nil
}

func (l *lines) shorter(offset int64) error {
	return diag.Errorf(diag.BadData, diag.Span{}, "%q is shorter than the %d bytes that were read from it before", l.path, offset).
		WithHint("the file was replaced: start the job without its checkpoint")
}

func (l *lines) readError(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError(l.path, diag.Span{}, err)
	}
	return diag.Errorf(diag.BadData, diag.Span{}, "decompress %q: %w", l.path, err)
}

// read returns the lines that the next piece of the file ends, at least one; io.EOF after the last.
// Empty lines are left out.
func (l *lines) read() ([]line, error) {
	l.found = l.found[:0]
	for {
		l.split()
		switch {
		case len(l.found) > 0:
			return l.found, nil
		case l.atEnd:
			return nil, io.EOF
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// split takes the complete lines out of the buffer, and at the end of the file the last one, which
// need not have an end of its own. It stops at maxLines.
func (l *lines) split() {
	for len(l.found) < maxLines {
		rest := l.buffer[l.next:]
		end := bytes.IndexByte(rest, '\n')
		size := end + 1
		if end < 0 {
			if !l.atEnd || len(rest) == 0 && !l.skip {
				return
			}
			end, size = len(rest), len(rest)
		}
		text := bytes.TrimSuffix(rest[:end], []byte{'\r'})
		switch {
		case l.header > 0:
			l.header--
		case l.skip:
			l.found = append(l.found, line{offset: l.skipFrom})
		case len(text) > maxLineBytes:
			l.found = append(l.found, line{offset: l.offset})
		case len(text) > 0:
			l.found = append(l.found, line{offset: l.offset, text: text})
		}
		l.skip = false
		l.next += size
		l.offset += int64(size)
	}
}

// fill reads more behind what is left in the buffer, which has no end of a line.
func (l *lines) fill() error {
	left := copy(l.buffer, l.buffer[l.next:])
	l.next = 0
	if left > maxLineBytes && !l.skip {
		l.skip, l.skipFrom = true, l.offset
	}
	if l.skip {
		l.offset += int64(left)
		left = 0
	}
	if room := left + bufferBytes; cap(l.buffer) < room {
		grown := make([]byte, left, max(room, 2*cap(l.buffer)))
		copy(grown, l.buffer[:left])
		l.buffer = grown
	}
	for l.buffer = l.buffer[:left]; len(l.buffer) < cap(l.buffer); {
		n, err := l.in.Read(l.buffer[len(l.buffer):cap(l.buffer)])
		l.buffer = l.buffer[:len(l.buffer)+n]
		if errors.Is(err, io.EOF) {
			l.atEnd = true
			return nil
		}
		if err != nil {
			return l.readError(err)
		}
	}
	return nil
}

func (l *lines) close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
