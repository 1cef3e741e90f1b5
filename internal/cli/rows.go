package cli

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/engine"
)

// rowFormat is how rows are written.
type rowFormat string

// The formats of rows.
const (
	formatTable rowFormat = "table"
	formatJSON  rowFormat = "json" // an object per line
	formatCSV   rowFormat = "csv"
)

// rowFormats are the formats as --output takes them.
var rowFormats = []string{string(formatTable), string(formatJSON), string(formatCSV)}

// parseRowFormat returns the format with the name; text is another name of table.
func parseRowFormat(name string) (rowFormat, bool) {
	if name == outputText {
		return formatTable, true
	}
	return rowFormat(name), slices.Contains(rowFormats, name)
}

// rowPrinter writes the rows of SELECT statements, and results, to standard output. It is safe for
// concurrent use.
type rowPrinter struct {
	app    *app
	format rowFormat

	mu     sync.Mutex
	table  *rowTable // table and CSV: what is being written; nil: nothing yet
	began  bool      // something was written before
	buffer bytes.Buffer
}

// newRowPrinter returns a printer in the format of --output.
func newRowPrinter(a *app) *rowPrinter {
	p := &rowPrinter{app: a, format: formatTable}
	if a.json() {
		p.format = formatJSON
	}
	return p
}

// print writes the rows of a batch. It is Config.Rows of the engine.
func (p *rowPrinter) print(h engine.Header, b *batch.Batch) error {
	if b.Rows() == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.write(h, b)
}

// printResults writes what statements that look at the session found. Each result is a table of its
// own; as a table, a result that is one text is written as it is.
func (p *rowPrinter) printResults(results []engine.Result) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range results {
		h := engine.Header{Statement: -1, Schema: r.Schema, Zone: time.UTC}
		p.table = nil
		var err error
		if r.Text && p.format == formatTable {
			err = p.writeTexts(h, r.Rows)
		} else {
			err = p.write(h, r.Rows)
		}
		if err != nil {
			return err
		}
		p.table = nil
	}
	return nil
}

// next makes the rows that follow a table of their own.
func (p *rowPrinter) next() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.table = nil
}

// headings writes the names of the columns of a SELECT without rows, as CSV: a reader expects them.
func (p *rowPrinter) headings(program *engine.Program) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	schemas := program.Shown()
	if p.format != formatCSV || p.table != nil || len(schemas) != 1 {
		return nil
	}
	return p.write(engine.Header{Schema: schemas[0], Zone: time.UTC}, batch.New(0))
}

// restart begins a new table, without an empty line before it.
func (p *rowPrinter) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.table, p.began = nil, false
}

func (p *rowPrinter) write(h engine.Header, b *batch.Batch) error {
	p.buffer.Reset()
	switch p.format {
	case formatJSON:
		p.appendObjects(h, b)
	case formatCSV:
		p.appendCSV(h, b)
	case formatTable:
		p.appendTable(h, b)
	}
	return p.flush()
}

// writeTexts writes the texts of the first column line by line.
func (p *rowPrinter) writeTexts(h engine.Header, b *batch.Batch) error {
	p.buffer.Reset()
	if p.began {
		p.buffer.WriteByte('\n')
	}
	for row := range b.Rows() {
		text := string(batch.AppendText(nil, b.Columns[0], row, h.Schema[0].Type, h.Zone))
		for line := range strings.SplitSeq(text, "\n") {
			fmt.Fprintln(&p.buffer, printable([]byte(line)))
		}
	}
	return p.flush()
}

func (p *rowPrinter) flush() error {
	p.began = true
	_, err := stdout{p.app}.Write(p.buffer.Bytes())
	return err
}

// heads reports whether the rows are the first of a table, with an empty line between two.
func (p *rowPrinter) heads(h engine.Header, b *batch.Batch) bool {
	t := p.table
	if t != nil && t.statement == h.Statement && t.changes == (b.Changes != nil) && slices.Equal(t.schema, h.Schema) {
		return false
	}
	if p.began {
		p.buffer.WriteByte('\n')
	}
	return true
}

// appendTable appends rows in columns. The first batch decides how wide they are; a value that is
// longer later pushes the rest of its line to the right.
func (p *rowPrinter) appendTable(h engine.Header, b *batch.Batch) {
	cells := cells(h, b, "NULL", printable)
	if p.heads(h, b) {
		p.table = newRowTable(h, b, cells)
		p.table.append(&p.buffer, p.table.header())
	}
	for _, row := range cells {
		p.table.append(&p.buffer, row)
	}
}

// appendCSV appends rows as RFC 4180 has them, with a line of names first. NULL is an empty cell.
func (p *rowPrinter) appendCSV(h engine.Header, b *batch.Batch) {
	heads := p.heads(h, b)
	w := csv.NewWriter(&p.buffer)
	if heads {
		p.table = newRowTable(h, b, nil)
		_ = w.Write(p.table.header()) // a buffer takes everything
	}
	for _, row := range cells(h, b, "", func(text []byte) string { return string(text) }) {
		_ = w.Write(row)
	}
	w.Flush()
}

// cells returns the texts of the rows, with the kind of change first if there is one.
func cells(h engine.Header, b *batch.Batch, null string, show func(text []byte) string) [][]string {
	rows := make([][]string, b.Rows())
	for row := range rows {
		var cells []string
		if b.Changes != nil {
			cells = append(cells, b.Changes[row].String())
		}
		for i, column := range b.Columns {
			cell := null
			if column.Valid().Get(row) {
				cell = show(batch.AppendText(nil, column, row, h.Schema[i].Type, h.Zone))
			}
			cells = append(cells, cell)
		}
		rows[row] = cells
	}
	return rows
}
