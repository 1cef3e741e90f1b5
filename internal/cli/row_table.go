package cli

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/types"
)

// rowTable is a table on the screen: which statement's, and how wide its columns are.
type rowTable struct {
	statement int
	schema    types.Schema
	changes   bool // there is a column for the kind of change
	widths    []int
}

func newRowTable(h engine.Header, b *batch.Batch, cells [][]string) *rowTable {
	t := &rowTable{statement: h.Statement, schema: slices.Clone(h.Schema), changes: b.Changes != nil}
	t.widths = make([]int, len(t.header()))
	for _, row := range append([][]string{t.header()}, cells...) {
		for i, cell := range row {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i, field := range t.columns() {
		t.widths[i] = max(t.widths[i], usualWidth(field.Type))
	}
	return t
}

// usualWidth is how wide a column is even if the first rows are shorter.
func usualWidth(t types.Type) int {
	switch {
	case t.Kind.IsTimestamp():
		return len("2006-01-02 15:04:05") + t.Precision
	case t.Kind.IsNumeric():
		return 8
	}
	return 0
}

// columns returns the schema with the column for the kind of change before it, if there is one.
func (t *rowTable) columns() types.Schema {
	if !t.changes {
		return t.schema
	}
	return append(types.Schema{{Name: "op", Type: types.String}}, t.schema...)
}

func (t *rowTable) header() []string { return t.columns().Names() }

// append appends a line; numbers are aligned to the right, and so are their headings.
func (t *rowTable) append(out *bytes.Buffer, cells []string) {
	var line strings.Builder
	columns := t.columns()
	for i, cell := range cells {
		if i > 0 {
			line.WriteString("  ")
		}
		padding := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(cell)))
		if columns[i].Type.Kind.IsNumeric() {
			line.WriteString(padding + cell)
		} else {
			line.WriteString(cell + padding)
		}
	}
	out.WriteString(strings.TrimRight(line.String(), " "))
	out.WriteByte('\n')
}
