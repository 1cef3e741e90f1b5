// Package file is the connector filesystem: it reads tables from local files with a record on each
// line, and writes such files exactly once.
//
// It owns paths, compression, lines, partition directories, the names of files and when they are
// complete; what a line means is the format's affair. Each file is a split that is read once, from its
// beginning to its end: a file that grows meanwhile is not followed.
//
// A file that is written goes through three states. It is a draft while rows come: hidden from
// readers, with the job in its name. At a barrier what is in it becomes durable, and a ticket that goes
// into the checkpoint says how much that is. When the checkpoint is complete, drafts that are complete
// are published. After a crash the tickets of the checkpoint are published, each cut back to what it
// says, and all other drafts of the job are removed. All of it can be repeated.
package file

import (
	"context"

	"github.com/penstock-io/penstock/internal/connector"
)

// Factory returns the connector.
func Factory() *connector.Factory {
	return &connector.Factory{
		Name: "filesystem",
		Doc: "Local files with a record on each line, such as JSON Lines, plain or compressed with gzip (.gz). " +
			"A table that is written becomes files in a directory, or with PARTITIONED BY in a directory for each partition, such as day=2026-01-31. " +
			"What is written becomes visible file by file: when a file is complete and a checkpoint has it. " +
			"Together with checkpoints every row is in the files exactly once.",
		Options:    options,
		UsesFormat: true,
		Bounded:    func(connector.Table) bool { return true },
		Check:      check,
		Promise:    func(connector.Table) connector.Promise { return connector.ExactlyOnce },
		NewSource: func(_ context.Context, request connector.ScanRequest) (connector.Source, error) {
			s, err := newSource(request)
			if err != nil {
				return nil, err // and no source: a nil pointer would be one
			}
			return s, nil
		},
		NewSink: func(_ context.Context, request connector.SinkRequest) (connector.Sink, error) {
			return newSink(request)
		},
	}
}
