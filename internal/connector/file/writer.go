package file

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
)

const (
	// maxOpen bounds the files that a writer has open at the same time.
	maxOpen = 256
	// partBuffer is how much of a file waits for more, in bytes.
	partBuffer = 64 << 10
)

// writer writes the rows of one task to files, one for each partition at a time.
type writer struct {
	*sink
	encoder  format.Encoder
	prefix   string // of the names of its files
	count    int    // of files so far
	open     map[string]*part
	finished []string // complete since the last barrier
	checked  time.Time
	rows     int64 // written since the last barrier
	bytes    int64
	line     []byte
	key      []byte
}

// part is a file that is being written.
type part struct {
	path   string // below the root, as it will be
	file   *os.File
	buffer *bufio.Writer
	length int64
	begun  time.Time
	last   time.Time
}

// Write appends rows to the files of their partitions.
func (w *writer) Write(ctx context.Context, b *batch.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	payload := b.Select(w.physical)
	now := time.Now()
	for row := range b.Rows() {
		if b.Changes != nil && b.Changes[row] != batch.Insert {
			return diag.Errorf(diag.Unsupported, diag.Span{}, "table %q takes inserts only, not a change %s", w.request.Table.Name, b.Changes[row])
		}
		var err error
		if w.line, err = w.encoder.Append(w.line[:0], payload, row); err != nil {
			return err
		}
		w.line = append(w.line, '\n')
		p, err := w.part(b, row, now)
		if err != nil {
			return err
		}
		if _, err := p.buffer.Write(w.line); err != nil {
			return writeError(w.path(p.path), err)
		}
		p.length += int64(len(w.line))
		p.last = now
		w.bytes += int64(len(w.line))
		if p.length >= w.policy.size {
			if err := w.finish(p); err != nil {
				return err
			}
		}
	}
	w.rows += int64(b.Rows())
	return nil
}

// part returns the open file of a row's partition.
func (w *writer) part(b *batch.Batch, row int, now time.Time) (*part, error) {
	w.key = w.appendPartition(w.key[:0], b, row)
	if p := w.open[string(w.key)]; p != nil {
		return p, nil
	}
	if len(w.open) >= maxOpen {
		oldest := slices.MinFunc(slices.Collect(maps.Values(w.open)), func(a, b *part) int { return a.last.Compare(b.last) })
		if err := w.finish(oldest); err != nil {
			return nil, err
		}
	}
	w.count++
	directory := string(w.key)
	p := &part{path: path.Join(directory, w.prefix+strconv.Itoa(w.count)), begun: now, last: now}
	if err := makeDirectory(filepath.Dir(w.path(p.path))); err != nil {
		return nil, writeError(w.path(directory), err)
	}
	var err error
	if p.file, err = os.OpenFile(w.temporary(p.path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return nil, writeError(w.path(p.path), err)
	}
	p.buffer = bufio.NewWriterSize(p.file, partBuffer)
	w.open[directory] = p
	return p, nil
}

// appendPartition appends the directory of a row's partition: a=1/b=x.
func (w *writer) appendPartition(dst []byte, b *batch.Batch, row int) []byte {
	for i, at := range w.partitioned {
		if i > 0 {
			dst = append(dst, '/')
		}
		column := w.request.Columns[at]
		dst = appendEscaped(dst, column.Name)
		dst = append(dst, '=')
		text := ""
		if b.Columns[at].Valid().Get(row) {
			text = string(batch.AppendText(nil, b.Columns[at], row, column.Type, w.encoding.Zone))
		}
		if text == "" {
			text = w.defaultName
		}
		dst = appendEscaped(dst, text)
	}
	return dst
}

// appendEscaped appends a part of a path as Hive and Flink write it.
func appendEscaped(dst []byte, text string) []byte {
	const hexadecimal = "0123456789ABCDEF"
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c == 0x7f || strings.IndexByte("\"#%'*/:=?\\{[]^", c) >= 0 {
			dst = append(dst, '%', hexadecimal[c>>4], hexadecimal[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// finish completes a file: nothing more is written to it.
func (w *writer) finish(p *part) error {
	if err := w.force(p); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return writeError(w.path(p.path), err)
	}
	directory := path.Dir(p.path)
	if directory == "." {
		directory = ""
	}
	delete(w.open, directory)
	w.finished = append(w.finished, p.path)
	return nil
}

// force writes what a file holds back, to the disk.
func (w *writer) force(p *part) error {
	if err := p.buffer.Flush(); err != nil {
		return writeError(w.path(p.path), err)
	}
	if err := p.file.Sync(); err != nil {
		return writeError(w.path(p.path), err)
	}
	return nil
}

// Prepare forces all files to disk. Those that are to be rolled, and all of them at the end, are
// complete; the others go on.
func (w *writer) Prepare(_ context.Context, _ checkpoint.Epoch, last bool) ([]byte, error) {
	now := time.Now()
	look := now.Sub(w.checked) >= w.policy.check
	if look {
		w.checked = now
	}
	var out preparedParts
	directories := map[string]bool{}
	for _, directory := range slices.Sorted(maps.Keys(w.open)) {
		p := w.open[directory]
		directories[filepath.Dir(w.path(p.path))] = true
		if last || look && (now.Sub(p.begun) >= w.policy.age || now.Sub(p.last) >= w.policy.inactivity) {
			if err := w.finish(p); err != nil {
				return nil, err
			}
			continue
		}
		if err := w.force(p); err != nil {
			return nil, err
		}
		out.Open = append(out.Open, openPart{Path: p.path, Length: p.length})
	}
	for _, finished := range w.finished {
		directories[filepath.Dir(w.path(finished))] = true
	}
	out.Finished, w.finished = w.finished, nil
	if err := w.syncAll(directories); err != nil {
		return nil, err
	}
	w.request.Meter.Records.Add(w.rows)
	w.request.Meter.Bytes.Add(w.bytes)
	w.rows, w.bytes = 0, 0
	if len(out.Open)+len(out.Finished) == 0 {
		return nil, nil
	}
	return json.Marshal(out)
}

// Flush is not called: Prepare is.
func (w *writer) Flush(context.Context) error { return errors.New("flush of a writer that prepares") }

// Close closes the files that are not complete. They stay, for Recover.
func (w *writer) Close() error {
	var err error
	for _, p := range w.open {
		err = errors.Join(err, p.file.Close())
	}
	clear(w.open)
	return err
}

// makeDirectory makes a directory and those above it, and forces their entries to disk.
func makeDirectory(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeDirectory(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(parent)
}

// syncDirectory forces the entries of a directory to disk.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
