package file

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// sink is a table that becomes files.
//
// The files of a job that keeps state are published when the checkpoint that has them is complete;
// those of one that does not, as soon as they are.
type sink struct {
	request  connector.SinkRequest
	place    place
	policy   rollingPolicy
	gzip     bool
	owner    string // of files; empty: the job keeps no state
	run      string // in the names of files, so that no two runs make the same
	suffix   string // of the names of files
	inFiles  []int  // columns that are in files
	config   format.Config
	unopened partitioner
	files    atomic.Int64 // that were begun, by all writers
}

func newSink(request connector.SinkRequest) (*sink, error) {
	v := request.Table.Options
	if request.Zone == nil {
		request.Zone = time.UTC
	}
	if request.Logger == nil {
		request.Logger = slog.New(slog.DiscardHandler)
	}
	path := directory(v)
	if err := makeDirectories(path); err != nil {
		err := writeError(path, err)
		err.Span = v.Span(optionPath)
		return nil, err
	}
	s := &sink{
		request: request, place: &localDirectory{root: path, logger: request.Logger}, policy: newRollingPolicy(v),
		gzip: v.String(optionCompression) == compressionGzip, run: strings.ToLower(rand.Text()[:8]), suffix: "." + request.Table.Format.Name,
	}
	if s.gzip {
		s.suffix += gzipSuffix
	}
	if request.Job != "" {
		sum := sha256.Sum256([]byte(request.Job + "\x00" + request.ID))
		s.owner = hex.EncodeToString(sum[:4])
	}
	s.unopened, s.inFiles = newPartitioner(request.Table, request.Columns, v.String(optionDefaultName), request.Zone)
	s.config = format.Config{Options: v, Zone: request.Zone, Lines: true}
	for _, at := range s.inFiles {
		s.config.Schema = append(s.config.Schema, types.Field{Name: request.Columns[at].Name, Type: request.Columns[at].Type})
	}
	s.config.Record = s.config.Schema
	if _, err := request.Table.Format.NewEncoder(s.config); err != nil { // now rather than when the job runs
		return nil, err
	}
	return s, nil
}

// ownerPrefix begins the names of the files of an owner.
func ownerPrefix(owner string) string { return "part-" + owner + "-" }

// name returns the name of a new file, in the directory of its partition.
func (s *sink) name(partition string, lane int) string {
	owner := s.owner
	if owner == "" {
		owner = "0"
	}
	return fmt.Sprintf("%s%s%s-%d-%d%s", partition, ownerPrefix(owner), s.run, lane, s.files.Add(1)-1, s.suffix)
}

// Open returns a writer for one task.
func (s *sink) Open(_ context.Context, lane int) (connector.Writer, error) {
	encoder, err := s.request.Table.Format.NewEncoder(s.config)
	if err != nil {
		return nil, err
	}
	return newWriter(s, lane, &lineContent{encoder: encoder, columns: s.inFiles}), nil
}

// Commit publishes the files that are complete.
func (s *sink) Commit(ctx context.Context, prepared [][]byte) error {
	tickets, err := decodeTickets(prepared)
	if err != nil {
		return err
	}
	return s.place.publish(ctx, slices.DeleteFunc(tickets, func(t ticket) bool { return t.Open }))
}

// Recover publishes what the checkpoint has, of files that were not complete as much as it has, and
// removes the other files that this sink has begun.
func (s *sink) Recover(ctx context.Context, prepared [][]byte) error {
	tickets, err := decodeTickets(prepared)
	if err != nil {
		return err
	}
	if err := s.place.publish(ctx, tickets); err != nil {
		return err
	}
	return s.place.sweep(ctx, s.owner, len(s.request.Table.PartitionedBy))
}

// Close has nothing to release: writers hold the files.
func (s *sink) Close() error { return nil }

// note is what writers prepare.
type note struct {
	Files []ticket `json:"files"`
}

// decodeTickets returns the tickets in what writers have prepared: of each file the last.
func decodeTickets(prepared [][]byte) ([]ticket, error) {
	var all []ticket
	at := map[string]int{}
	for _, data := range prepared {
		var n note
		if err := json.Unmarshal(data, &n); err != nil {
			return nil, diag.Errorf(diag.BadData, diag.Span{}, "what the checkpoint says about files cannot be read: %w", err)
		}
		for _, t := range n.Files {
			if !fs.ValidPath(t.Name) {
				return nil, diag.Errorf(diag.BadData, diag.Span{}, "what the checkpoint says about files cannot be read: %q is no name of one", t.Name)
			}
			if i, ok := at[t.Name]; ok {
				all[i] = t
				continue
			}
			at[t.Name] = len(all)
			all = append(all, t)
		}
	}
	return all, nil
}

// writeError explains why a path cannot be written. What is explained already stays as it is.
func writeError(path string, err error) *diag.Error {
	if explained, ok := errors.AsType[*diag.Error](err); ok {
		return explained
	}
	cause := err
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		cause = e.Err // the message names the path already
	}
	e := diag.Errorf(diag.Unreachable, diag.Span{}, "write %q: %w", path, cause)
	switch {
	case errors.Is(err, errNotDirectory):
		e.Kind = diag.Option
		e.Hint = "a sink writes many files: give it a directory"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Kind = diag.Denied
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		e.Kind = diag.Exhausted
	case errors.Is(err, fs.ErrNotExist):
		e.Kind = diag.NotFound
	}
	return e
}
