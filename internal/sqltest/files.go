package sqltest

import (
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// files prints the lines of the visible files of a directory, sorted.
func (r *runner) files(t *testing.T, d *datadriven.TestData) string {
	var name string
	d.ScanArgs(t, "dir", &name)
	r.looked[name] = true
	advance(settle)
	lines, err := r.fileLines(name)
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	return sortLines(lines)
}

// fileLines returns the lines of the visible files of a directory, each behind the directory below it
// that its file is in.
func (r *runner) fileLines(name string) ([]string, error) {
	root := filepath.Join(r.directory, name)
	var lines []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		text, err := readFile(path)
		if err != nil {
			return err
		}
		directory, err := filepath.Rel(r.directory, filepath.Dir(path))
		for line := range strings.Lines(text) {
			lines = append(lines, fmt.Sprintf("%s%s: %s", filepath.ToSlash(directory), filepath.Ext(path), strings.TrimSuffix(line, "\n")))
		}
		return err
	})
	return lines, err
}

// readFile reads a file, decompressed if its name ends in .gz.
func readFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var in io.Reader = file
	if filepath.Ext(path) == ".gz" {
		if in, err = gzip.NewReader(file); err != nil {
			return "", err
		}
	}
	text, err := io.ReadAll(in)
	return string(text), err
}

// filed returns the lines of all directories that a case has looked at.
func (r *runner) filed() []string {
	var all []string
	for name := range r.looked {
		lines, err := r.fileLines(name)
		if err != nil {
			return []string{err.Error()}
		}
		all = append(all, lines...)
	}
	slices.Sort(all)
	return all
}
