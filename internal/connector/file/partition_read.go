package file

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// partitions says what the directories of a partitioned table mean for the columns that are read.
type partitions struct {
	keys        []string           // columns of PARTITIONED BY
	wanted      []connector.Column // columns to deliver, in order
	defaultName string
	zone        *time.Location
}

// inFiles returns the columns to deliver that are not in the names of directories.
func (p *partitions) inFiles() types.Schema {
	var schema types.Schema
	for _, column := range p.wanted {
		if p.key(column.Name) < 0 {
			schema = append(schema, types.Field{Name: column.Name, Type: column.Type})
		}
	}
	return schema
}

// key returns the number of the partition column with the name; -1 if there is none.
func (p *partitions) key(name string) int {
	return slices.IndexFunc(p.keys, func(key string) bool { return strings.EqualFold(key, name) })
}

// list returns the files below a directory with the names key=value, in order of name.
func (p *partitions) list(directory string, depth int) ([]string, error) {
	if depth == len(p.keys) {
		return list(directory)
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if _, ok := p.value(entry.Name(), depth); !ok || !entry.IsDir() {
			continue
		}
		more, err := p.list(filepath.Join(directory, entry.Name()), depth+1)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// value returns the value in the name of a directory; false if it is not one of the nth key.
func (p *partitions) value(name string, nth int) (string, bool) {
	key, value, ok := strings.Cut(name, "=")
	return unescape(value), ok && strings.EqualFold(unescape(key), p.keys[nth])
}

// columns returns, for each column to deliver, its value in the file as a column of one row; nil for
// columns that are in the file itself.
func (p *partitions) columns(file string) ([]batch.Column, error) {
	out := make([]batch.Column, len(p.wanted))
	directories := strings.Split(filepath.ToSlash(filepath.Dir(file)), "/")
	if len(directories) < len(p.keys) {
		return nil, p.misplaced(file)
	}
	directories = directories[len(directories)-len(p.keys):]
	for i, column := range p.wanted {
		nth := p.key(column.Name)
		if nth < 0 {
			continue
		}
		text, ok := p.value(directories[nth], nth)
		if !ok {
			return nil, p.misplaced(file)
		}
		builder := batch.NewBuilder(column.Type)
		if err := p.parse(builder, text, column.Type); err != nil {
			return nil, diag.Errorf(diag.BadData, diag.Span{}, "file %q: partition %s=%s: %w", file, column.Name, text, err)
		}
		out[i] = builder.Finish()
	}
	return out, nil
}

func (p *partitions) misplaced(file string) error {
	return diag.Errorf(diag.BadData, diag.Span{}, "file %q is not in directories of the partition columns %s", file, strings.Join(p.keys, ", "))
}

// parse appends the value that a text stands for.
func (p *partitions) parse(builder batch.Builder, text string, t types.Type) error {
	switch into := builder.(type) {
	case *batch.BytesBuilder:
		if text != p.defaultName {
			into.AppendString(text)
			return nil
		}
	case *batch.FixedBuilder[int64]:
		if micros, zoned, ok := types.ParseTimestamp(text); ok && t.Kind == types.TimestampLTZ {
			if !zoned {
				micros = types.FromWall(micros, p.zone)
			}
			into.Append(micros)
			return nil
		}
	}
	if text == p.defaultName {
		text = "NULL"
	}
	return batch.AppendParsed(builder, text, t)
}

// insert puts the values of partition columns, each a column of one row, between the columns of a
// file.
func insert(fixed, columns []batch.Column, rows int) []batch.Column {
	out := make([]batch.Column, len(fixed))
	first := make([]int32, rows) // always row 0
	next := 0
	for i, column := range fixed {
		if column != nil {
			out[i] = column.Gather(first)
			continue
		}
		out[i] = columns[next]
		next++
	}
	return out
}
