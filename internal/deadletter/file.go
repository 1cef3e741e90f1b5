package deadletter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/penstock-io/penstock/internal/diag"
)

// File keeps letters in a file, a line of JSON for each. Several may write to one file, also from
// several processes: each call of Keep is one write to its end.
type File struct {
	path  string
	limit int64

	mu   sync.Mutex
	file *os.File // nil before the first letter
}

// NewFile returns a keeper for the file, which may grow to limit bytes and is made when there is a first
// letter. Its directory has to be there.
func NewFile(path string, limit int64) (*File, error) {
	info, err := os.Stat(filepath.Dir(path))
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: filepath.Dir(path), Err: errors.New("not a directory")}
	}
	if err != nil {
		return nil, fileError("write", path, err).WithHint("make the directory first: mkdir -p %s", filepath.Dir(path))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, diag.Errorf(diag.Option, diag.Span{}, "%q is a directory, and dead letters go to a file", path).
			WithHint("name a file in it, such as %s", filepath.Join(path, "dead-letters.ndjson"))
	}
	return &File{path: path, limit: limit}, nil
}

// Keep appends the letters to the file and waits until the disk has them. A file that would grow over
// its limit is an error, because letters that are dropped are records that are lost.
func (f *File) Keep(_ context.Context, letters []Letter) error {
	var lines bytes.Buffer
	for i := range letters {
		if err := appendLine(&lines, &letters[i]); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return fileError("write", f.path, err)
	}
	info, err := f.file.Stat()
	if err != nil {
		return fileError("write", f.path, err)
	}
	if size := info.Size() + int64(lines.Len()); size > f.limit {
		return diag.Errorf(diag.Exhausted, diag.Span{}, "the dead letters in %q would have %d bytes, more than the %d that they may have", f.path, size, f.limit).
			WithHint("look at them (penstock dead-letter list %s), move the file away, or raise 'bad-records.max-size'", f.path)
	}
	if _, err := f.file.Write(lines.Bytes()); err != nil {
		return fileError("write", f.path, err)
	}
	if err := f.file.Sync(); err != nil {
		return fileError("write", f.path, err)
	}
	return nil
}

func appendLine(out *bytes.Buffer, letter *Letter) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(letter)
}

// open opens the file for the first letter. A line that a crash has cut off is ended, so that it spoils
// no other.
func (f *File) open() error {
	if f.file != nil {
		return nil
	}
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	last := make([]byte, 1)
	if end, err := file.Seek(0, io.SeekEnd); err == nil && end > 0 {
		if _, err := file.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			if _, err := file.WriteString("\n"); err != nil {
				return errors.Join(err, file.Close())
			}
		}
	}
	f.file = file
	return syncDirectory(filepath.Dir(f.path))
}

// syncDirectory makes the name of a new file last.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	err = directory.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission) {
		err = nil // not every file system does this
	}
	return errors.Join(err, directory.Close())
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

func fileError(verb, path string, err error) *diag.Error {
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err // the message names the path already
	}
	kind := diag.Unreachable
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind = diag.NotFound
	case errors.Is(err, fs.ErrPermission):
		kind = diag.Denied
	}
	return diag.Errorf(kind, diag.Span{}, "%s dead letters %q: %w", verb, path, cause)
}
