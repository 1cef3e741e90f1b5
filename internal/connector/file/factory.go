// Package file is the connector filesystem: it reads tables from local files with a record on each
// line.
//
// It owns paths, decompression and lines; what a line means is the format's affair. Each file is a
// split that is read once, from its beginning to its end: a file that grows meanwhile is not
// followed.
package file

import (
	"context"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/option"
)

const optionPath = "path"

// Factory returns the connector.
func Factory() *connector.Factory {
	return &connector.Factory{
		Name: "filesystem",
		Doc:  "Local files with a record on each line, such as JSON Lines, plain or compressed with gzip (.gz).",
		Options: option.Table{{
			Key: optionPath, Type: option.String, Required: true,
			Doc: "The file, or a directory whose files are read; files that begin with '.' or '_' are left out. 'file://' may stand in front.",
		}},
		UsesFormat: true,
		Bounded:    func(connector.Table) bool { return true },
		NewSource: func(_ context.Context, request connector.ScanRequest) (connector.Source, error) {
			s, err := newSource(request)
			if err != nil {
				return nil, err // and no source: a nil pointer would be one
			}
			return s, nil
		},
	}
}
