package file

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// inProgress ends the names of files that are being written; they begin with a dot, so that readers
// leave them out.
const inProgress = ".inprogress"

// sink writes the files of a directory. A file is written under a name of its own, which has the job
// in it, and gets its real name when the checkpoint that holds its last row is complete.
type sink struct {
	root        string
	request     connector.SinkRequest
	owner       string // in the names of files in progress: the job
	encoding    format.Config
	physical    []int // columns that are in the record itself
	partitioned []int // columns that are in the path
	policy      rollingPolicy
	defaultName string // of a partition whose value is NULL or empty
	logger      *slog.Logger
}

// rollingPolicy says when a file is complete.
type rollingPolicy struct {
	size       int64         // bytes
	age        time.Duration // since it was begun
	inactivity time.Duration // since its last row
	check      time.Duration // how often ages are looked at
}

func newSink(request connector.SinkRequest) (*sink, error) {
	v := request.Table.Options
	s := &sink{
		request: request, owner: request.Job, logger: request.Logger, defaultName: v.String(optionDefaultName),
		policy: rollingPolicy{
			size: v.Int(optionFileSize), age: v.Duration(optionRollover), inactivity: v.Duration(optionInactivity), check: v.Duration(optionCheck),
		},
		encoding: format.Config{Options: v, Zone: request.Zone, Lines: true},
	}
	if s.owner == "" {
		s.owner = rand.Text()
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.root, err = localPath(v.String(optionPath), v.Span(optionPath)); err != nil {
		return nil, err
	}
	for i, column := range request.Columns {
		if slices.ContainsFunc(request.Table.PartitionedBy, func(name string) bool { return strings.EqualFold(name, column.Name) }) {
			continue
		}
		s.physical = append(s.physical, i)
		s.encoding.Schema = append(s.encoding.Schema, types.Field{Name: column.Name, Type: column.Type})
	}
	for _, name := range request.Table.PartitionedBy {
		at := slices.IndexFunc(request.Columns, func(c connector.Column) bool { return strings.EqualFold(c.Name, name) })
		s.partitioned = append(s.partitioned, at)
	}
	if len(s.physical) == 0 {
		return nil, diag.Errorf(diag.Semantic, diag.Span{}, "table %q has no column outside PARTITIONED BY, so its files would be empty", request.Table.Name)
	}
	s.encoding.Record = s.encoding.Schema
	if _, err := request.Table.Format.NewEncoder(s.encoding); err != nil {
		return nil, err
	}
	if info, err := os.Stat(s.root); err == nil && !info.IsDir() {
		return nil, diag.Errorf(diag.Option, v.Span(optionPath), "%q is a file", s.root).WithHint("the files of a table that is written are in a directory")
	}
	if err := makeDirectory(s.root); err != nil {
		return nil, writeError(s.root, err)
	}
	return s, nil
}

// localPath returns the local path that the option stands for.
func localPath(text string, span diag.Span) (string, error) {
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if scheme != "file" {
			return "", diag.Errorf(diag.Option, span, "%q is not on this machine", text).WithHint("give a path, or file:///path")
		}
		return rest, nil
	}
	return text, nil
}

// Open returns a writer. Its files have a name that no other writer gives.
func (s *sink) Open(_ context.Context, lane int) (connector.Writer, error) {
	encoder, err := s.request.Table.Format.NewEncoder(s.encoding)
	if err != nil {
		return nil, err
	}
	const unique = 10 // characters: 50 bits
	return &writer{
		sink: s, encoder: encoder, prefix: fmt.Sprintf("part-%s-%d-", strings.ToLower(rand.Text()[:unique]), lane),
		open: map[string]*part{}, checked: time.Now(),
	}, nil
}

// Close has nothing to release: writers hold the files.
func (s *sink) Close() error { return nil }

// preparedParts is what a writer has prepared: paths below the root.
type preparedParts struct {
	Finished []string   `json:"finished,omitempty"` // to be given their names
	Open     []openPart `json:"open,omitempty"`
}

// openPart is a file that goes on, and how much of it counts.
type openPart struct {
	Path   string `json:"path"`
	Length int64  `json:"length"`
}

// Commit gives files their names. One that has its name already is left alone.
func (s *sink) Commit(_ context.Context, prepared [][]byte) error {
	all, err := parsePrepared(prepared)
	if err != nil {
		return err
	}
	directories := map[string]bool{}
	for _, path := range all.Finished {
		if err := s.publish(path); err != nil {
			return err
		}
		directories[filepath.Dir(s.path(path))] = true
	}
	return s.syncAll(directories)
}

// publish gives a file its name.
func (s *sink) publish(path string) error {
	final := s.path(path)
	err := os.Rename(s.temporary(path), final)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil // it has its name since an earlier commit, and perhaps its readers have removed it
	}
	return writeError(final, err)
}

func (s *sink) syncAll(directories map[string]bool) error {
	for directory := range directories {
		if err := syncDirectory(directory); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return writeError(directory, err)
		}
	}
	return nil
}

// Recover completes the files of the checkpoint: those that were to go on end where the checkpoint
// says. Everything else that the job was writing is deleted.
func (s *sink) Recover(_ context.Context, prepared [][]byte) error {
	all, err := parsePrepared(prepared)
	if err != nil {
		return err
	}
	finished := map[string]bool{}
	for _, path := range all.Finished {
		finished[path] = true
	}
	lengths := map[string]int64{}
	for _, part := range all.Open {
		lengths[part.Path] = max(lengths[part.Path], part.Length)
	}
	for path, length := range lengths {
		if finished[path] {
			continue
		}
		if err := cut(s.temporary(path), length); err != nil {
			return writeError(s.path(path), err)
		}
		finished[path] = true
	}
	directories := map[string]bool{}
	for path := range finished {
		if err := s.publish(path); err != nil {
			return err
		}
		directories[filepath.Dir(s.path(path))] = true
	}
	if err := s.syncAll(directories); err != nil {
		return err
	}
	return s.discard()
}

// cut ends a file after length bytes. One that is not there has its name already.
func cut(path string, length int64) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && info.Size() < length {
		err = fmt.Errorf("%w: it has %d bytes, and %d were written before the checkpoint", checkpoint.ErrDamaged, info.Size(), length)
	}
	if err == nil {
		err = file.Truncate(length)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// discard deletes the files that the job was writing.
func (s *sink) discard() error {
	suffix := "." + s.owner + inProgress
	return filepath.WalkDir(s.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		s.logger.Debug("rows that belong to no checkpoint are deleted", "file", path)
		return os.Remove(path)
	})
}

func parsePrepared(prepared [][]byte) (preparedParts, error) {
	var all preparedParts
	for _, data := range prepared {
		var p preparedParts
		if err := json.Unmarshal(data, &p); err != nil {
			return all, fmt.Errorf("files of the checkpoint: %w: %w", checkpoint.ErrDamaged, err)
		}
		for _, path := range p.Finished {
			if !filepath.IsLocal(path) {
				return all, fmt.Errorf("files of the checkpoint: %w: %q is elsewhere", checkpoint.ErrDamaged, path)
			}
		}
		for _, part := range p.Open {
			if !filepath.IsLocal(part.Path) {
				return all, fmt.Errorf("files of the checkpoint: %w: %q is elsewhere", checkpoint.ErrDamaged, part.Path)
			}
		}
		all.Finished = append(all.Finished, p.Finished...)
		all.Open = append(all.Open, p.Open...)
	}
	return all, nil
}

// path is where a file is in the end.
func (s *sink) path(relative string) string {
	return filepath.Join(s.root, filepath.FromSlash(relative))
}

// temporary is where a file is while it is written.
func (s *sink) temporary(relative string) string {
	directory, name := filepath.Split(s.path(relative))
	return directory + "." + name + "." + s.owner + inProgress
}

func writeError(path string, err error) error {
	kind := diag.Unreachable
	if errors.Is(err, fs.ErrPermission) {
		kind = diag.Denied
	}
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err // the message names the path already
	}
	return diag.Errorf(kind, diag.Span{}, "write %q: %w", path, cause)
}
