package checkpoint

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Directory is a store in a local directory. Objects are files; one that is being written has a name
// that ends in tmpSuffix, which no object has.
type Directory struct{ root string }

const tmpSuffix = ".tmp"

// NewDirectory returns a store in the directory, which is made when something is written.
func NewDirectory(root string) *Directory { return &Directory{root: filepath.Clean(root)} }

// String is the path of the directory.
func (d *Directory) String() string { return d.root }

func (d *Directory) path(name string) string { return filepath.Join(d.root, filepath.FromSlash(name)) }

// Put writes a file next to its place, forces it to disk, moves it there, and forces the directory.
func (d *Directory) Put(_ context.Context, name string, data []byte) error {
	return d.write(name, data, os.Rename)
}

// Create is Put with a link in the place of the move: it fails if the name is taken.
func (d *Directory) Create(_ context.Context, name string, data []byte) error {
	err := d.write(name, data, func(from, to string) error {
		return errors.Join(os.Link(from, to), os.Remove(from))
	})
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", name, ErrExists)
	}
	return err
}

func (d *Directory) write(name string, data []byte, place func(from, to string) error) error {
	path := d.path(name)
	if err := makeDirectories(filepath.Dir(path)); err != nil {
		return err
	}
	tmp := path + "." + rand.Text() + tmpSuffix
	if err := writeFile(tmp, data); err != nil {
		_ = os.Remove(tmp) // the first error is the one that matters
		return err
	}
	if err := place(tmp, path); err != nil {
		_ = os.Remove(tmp) // as above
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

// writeFile writes a file and forces it to disk.
func writeFile(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := file.Sync(); err != nil {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}

// makeDirectories makes a directory and those above it, and forces their entries to disk.
func makeDirectories(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeDirectories(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
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

// Get reads a file.
func (d *Directory) Get(_ context.Context, name string) ([]byte, error) {
	data, err := os.ReadFile(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, ErrNotFound)
	}
	return data, err
}

// List walks the directory.
func (d *Directory) List(_ context.Context, prefix string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(d.root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile, or the root was never made
		}
		if err != nil || entry.IsDir() || strings.HasSuffix(path, tmpSuffix) {
			return err
		}
		relative, err := filepath.Rel(d.root, path)
		if name := filepath.ToSlash(relative); err == nil && strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// Delete removes files, and directories that became empty.
func (d *Directory) Delete(_ context.Context, names ...string) error {
	for _, name := range names {
		path := d.path(name)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for parent := filepath.Dir(path); parent != d.root; parent = filepath.Dir(parent) {
			if os.Remove(parent) != nil {
				break // not empty
			}
		}
	}
	return nil
}

// RemoveAll removes the directory with what interrupted writes have left in it, if nothing else is
// there.
func (d *Directory) RemoveAll() error {
	left, err := filepath.Glob(filepath.Join(d.root, "*", "*"+tmpSuffix))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, name := range []string{logPrefix, statePrefix, requestPrefix, lockName, "."} {
		if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil // something else is in it: not ours to remove
		}
	}
	return nil
}
