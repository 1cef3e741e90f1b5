package file

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
)

// localDirectory is a place on this machine. A file that is not visible yet lies in the directory
// that it is for, under a hidden name, so that a rename makes it visible.
type localDirectory struct {
	root   string
	logger *slog.Logger
}

const (
	hiddenPrefix = "."
	draftSuffix  = ".inprogress"
)

func (d *localDirectory) growing() bool { return true }

// visible and hidden return the paths of a file.
func (d *localDirectory) visible(name string) string {
	return filepath.Join(d.root, filepath.FromSlash(name))
}

func (d *localDirectory) hidden(name string) string {
	directory, base := path.Split(name)
	return filepath.Join(d.root, filepath.FromSlash(directory), hiddenPrefix+base+draftSuffix)
}

func (d *localDirectory) create(_ context.Context, name string) (draft, error) {
	path := d.hidden(name)
	if err := makeDirectories(filepath.Dir(path)); err != nil {
		return nil, writeError(filepath.Dir(path), err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, writeError(path, err)
	}
	return &localDraft{name: name, file: file}, nil
}

// publish cuts files back to what their tickets say, renames them and forces the directories to
// disk. A file that is there under neither name was published before, and somebody has taken it away
// since.
func (d *localDirectory) publish(ctx context.Context, tickets []ticket) error {
	touched := map[string]bool{}
	for _, t := range tickets {
		from, to := d.hidden(t.Name), d.visible(t.Name)
		err := d.cut(from, t)
		if errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Stat(to); err != nil {
				d.logger.WarnContext(ctx, "a file that was written is no longer there", slog.String("file", to))
				continue
			}
			touched[filepath.Dir(to)] = true // its directory may not have been forced to disk
			continue
		}
		if err == nil {
			err = os.Rename(from, to)
		}
		if err != nil {
			return writeError(from, err)
		}
		touched[filepath.Dir(to)] = true
	}
	for directory := range touched {
		if err := syncDirectory(directory); err != nil {
			return writeError(directory, err)
		}
	}
	return nil
}

// cut takes off what was written to a file after its ticket was made.
func (d *localDirectory) cut(path string, t ticket) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch {
	case info.Size() == t.Size:
		return nil
	case info.Size() < t.Size:
		return diag.Errorf(diag.BadData, diag.Span{}, "%q has %d bytes, but %d had been written to it when the checkpoint was taken", path, info.Size(), t.Size).
			WithHint("the file was changed, or the disk has lost data: start with --fresh to begin anew")
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := file.Truncate(t.Size); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(file.Sync(), file.Close())
}

func (d *localDirectory) sweep(_ context.Context, owner string, depth int) error {
	return sweepDirectory(d.root, hiddenPrefix+ownerPrefix(owner), depth)
}

func sweepDirectory(directory, prefix string, depth int) error {
	entries, err := os.ReadDir(directory)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeError(directory, err)
	}
	for _, entry := range entries {
		name, path := entry.Name(), filepath.Join(directory, entry.Name())
		switch {
		case entry.IsDir() && depth > 0:
			if err := sweepDirectory(path, prefix, depth-1); err != nil {
				return err
			}
		case !entry.IsDir() && strings.HasPrefix(name, prefix) && strings.HasSuffix(name, draftSuffix):
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return writeError(path, err)
			}
		}
	}
	return nil
}

// localDraft is a hidden file.
type localDraft struct {
	name  string
	file  *os.File
	size  int64
	saved bool // the entry in its directory is durable
}

func (d *localDraft) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	d.size += int64(n)
	if err != nil {
		return n, writeError(d.file.Name(), err)
	}
	return n, nil
}

func (d *localDraft) save(_ context.Context, done bool) (ticket, error) {
	if err := d.file.Sync(); err != nil {
		return ticket{}, writeError(d.file.Name(), err)
	}
	if !d.saved {
		if err := syncDirectory(filepath.Dir(d.file.Name())); err != nil {
			return ticket{}, writeError(d.file.Name(), err)
		}
		d.saved = true
	}
	return ticket{Name: d.name, Size: d.size, Open: !done}, nil
}

func (d *localDraft) close() error {
	if err := d.file.Close(); err != nil {
		return writeError(d.file.Name(), err)
	}
	return nil
}

var errNotDirectory = errors.New("it is a file, not a directory")

// makeDirectories makes a directory and those above it, and forces their entries to disk.
func makeDirectories(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return &fs.PathError{Op: "mkdir", Path: path, Err: errNotDirectory}
	case err == nil:
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeDirectories(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDirectory(parent)
}

// syncDirectory forces the entries of a directory to disk.
func syncDirectory(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
