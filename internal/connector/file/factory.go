// Package file is the connector filesystem: it reads tables from local files with a record on each
// line, and writes such files exactly once.
//
// It owns paths, decompression, lines, the names of files and when they are complete; what a line
// means is the format's affair. Each file is a split that is read once, from its beginning to its end:
// a file that grows meanwhile is not followed. Files that are being written have names that readers
// leave out.
package file

import (
	"context"
	"errors"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/option"
)

const (
	optionPath        = "path"
	optionFileSize    = "sink.rolling-policy.file-size"
	optionRollover    = "sink.rolling-policy.rollover-interval"
	optionInactivity  = "sink.rolling-policy.inactivity-interval"
	optionCheck       = "sink.rolling-policy.check-interval"
	optionDefaultName = "partition.default-name"
)

// notEmpty refuses the size 0.
func notEmpty(text string) error {
	if size, err := option.ParseSize(text); err == nil && size == 0 {
		return errors.New("must be more than 0")
	}
	return nil
}

// Factory returns the connector.
func Factory() *connector.Factory {
	return &connector.Factory{
		Name: "filesystem",
		Doc: "Local files with a record on each line, such as JSON Lines. They are read plain or compressed with gzip (.gz), " +
			"and written to a directory, with a directory for each value of PARTITIONED BY.",
		Options: option.Table{
			{
				Key: optionPath, Type: option.String, Required: true,
				Doc: "The file that is read, or the directory whose files are; files that begin with '.' or '_' are left out. The directory that is written. 'file://' may stand in front.",
			},
			{
				Key: optionFileSize, Type: option.Size, Default: "128 mb", Check: notEmpty,
				Doc: "Sink: a file of this size is complete.",
			},
			{
				Key: optionRollover, Type: option.Duration, Default: "30 min",
				Doc: "Sink: a file that was begun this long ago is complete. Files can be seen when they are complete and the job has been saved.",
			},
			{
				Key: optionInactivity, Type: option.Duration, Default: "30 min",
				Doc: "Sink: a file that got its last row this long ago is complete.",
			},
			{
				Key: optionCheck, Type: option.Duration, Default: "1 min",
				Doc: "Sink: how often the two times before are looked at; not more often than the job is saved.",
			},
			{
				Key: optionDefaultName, Type: option.String, Default: "__DEFAULT_PARTITION__",
				Doc: "Sink: the name of the directory of rows whose partition column is NULL or empty.",
			},
		},
		UsesFormat: true,
		Bounded:    func(connector.Table) bool { return true },
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
