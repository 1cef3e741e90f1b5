package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// source reads the files of a path.
type source struct {
	files  []string // in order of name
	format *format.Format
	config format.Config
	policy *format.Policy
	meter  *connector.Meter
	header int // lines at the beginning of a file that are no records

	partitions partitions // without keys unless the table is partitioned
}

func newSource(request connector.ScanRequest) (*source, error) {
	table := request.Table
	f := table.Format
	s := &source{
		format: f,
		config: format.Config{Record: table.Record(), Options: table.Options, Zone: request.Zone, Lines: true},
		meter:  request.Meter,
	}
	var err error
	if s.policy, err = connector.NewPolicy(request, nil); err != nil {
		return nil, err
	}
	if s.config.Zone == nil {
		s.config.Zone = time.UTC
	}
	s.partitions = partitions{
		keys: table.PartitionedBy, wanted: request.Columns, defaultName: table.Options.String(optionDefaultName), zone: s.config.Zone,
	}
	s.config.Schema = s.partitions.inFiles()
	s.config.Record = slices.DeleteFunc(s.config.Record, func(f types.Field) bool { return s.partitions.key(f.Name) >= 0 })
	if _, err := f.NewDecoder(s.config); err != nil { // now rather than when the job runs
		return nil, err
	}
	if f.HeaderLines != nil {
		s.header = f.HeaderLines(table.Options)
	}
	path := directory(table.Options)
	if request.Restored != nil {
		return s, nil // the engine knows the files that there were
	}
	if s.files, err = s.partitions.list(path, 0); err != nil {
		return nil, pathError(path, table.Options.Span(optionPath), err)
	}
	return s, nil
}

// list returns the files that a path stands for, in order of name.
func list(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if name := entry.Name(); name[0] == '.' || name[0] == '_' {
			continue // what is being written, and marks of other systems
		}
		file := filepath.Join(path, entry.Name())
		if info, err := os.Stat(file); err != nil { // of what a link points to
			return nil, err
		} else if info.Mode().IsRegular() {
			files = append(files, file)
		}
	}
	return files, nil
}

func pathError(path string, span diag.Span, err error) error {
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err // the message names the path already
	}
	kind, hint := diag.Unreachable, ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind, hint = diag.NotFound, "a relative path counts from the directory that penstock was started in"
	case errors.Is(err, fs.ErrPermission):
		kind = diag.Denied
	}
	e := diag.Errorf(kind, span, "read %q: %w", path, cause)
	e.Hint = hint
	return e
}

// Splits returns the files that were there when the source was opened.
func (s *source) Splits(context.Context) ([]connector.Split, error) {
	splits := make([]connector.Split, len(s.files))
	for i, file := range s.files {
		splits[i] = connector.Split{ID: file}
	}
	return splits, nil
}

// DiscoveryInterval returns 0: files that come later are not read.
func (s *source) DiscoveryInterval() time.Duration { return 0 }

// Progress is nothing: the engine keeps the files.
func (s *source) Progress() string { return "" }

// Open opens a file.
func (s *source) Open(_ context.Context, split connector.Split) (connector.Reader, error) {
	decoder, err := s.format.NewDecoder(s.config)
	if err != nil {
		return nil, err
	}
	r := &reader{decoder: decoder, policy: s.policy, meter: s.meter.Split(split.ID)}
	if len(s.partitions.keys) > 0 {
		if r.partition, err = s.partitions.columns(split.ID); err != nil {
			return nil, err
		}
	}
	if r.lines, err = openLines(split.ID, split.From, s.header); err != nil {
		return nil, err
	}
	return r, nil
}

// Close releases the place of the dead letters; readers hold the files.
func (s *source) Close() error { return s.policy.Close() }
