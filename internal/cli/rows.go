package cli

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// rowPrinter writes the rows of SELECT statements to standard output. It is safe for concurrent use.
type rowPrinter struct {
	app  *app
	zone *time.Location

	mu     sync.Mutex
	table  *rowTable // text output: the table that is being written
	buffer bytes.Buffer
}

func newRowPrinter(a *app, settings map[string]string) *rowPrinter {
	zone, err := time.LoadLocation(settings["table.local-time-zone"])
	if err != nil {
		zone = time.UTC // the engine says what is wrong with the setting
	}
	return &rowPrinter{app: a, zone: zone}
}

// print writes the rows of a batch. It is Config.Rows of the engine.
func (p *rowPrinter) print(statement int, schema types.Schema, b *batch.Batch) error {
	if b.Rows() == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buffer.Reset()
	if p.app.json() {
		p.appendObjects(schema, b)
	} else {
		p.appendTable(statement, schema, b)
	}
	_, err := stdout{p.app}.Write(p.buffer.Bytes())
	return err
}

// appendTable appends rows in columns. The first batch decides how wide they are; a value that is
// longer later pushes the rest of its line to the right.
func (p *rowPrinter) appendTable(statement int, schema types.Schema, b *batch.Batch) {
	cells := p.cells(schema, b)
	t := p.table
	if t == nil || t.statement != statement || t.changes != (b.Changes != nil) || !slices.Equal(t.schema, schema) {
		if t != nil {
			p.buffer.WriteByte('\n')
		}
		p.table = newRowTable(statement, schema, b, cells)
		p.table.append(&p.buffer, p.table.header())
	}
	for row := range b.Rows() {
		p.table.append(&p.buffer, cells[row])
	}
}

// cells returns the texts of the rows, with the kind of change first if there is one.
func (p *rowPrinter) cells(schema types.Schema, b *batch.Batch) [][]string {
	rows := make([][]string, b.Rows())
	for row := range rows {
		var cells []string
		if b.Changes != nil {
			cells = append(cells, b.Changes[row].String())
		}
		for i, column := range b.Columns {
			cell := "NULL"
			if column.Valid().Get(row) {
				cell = printable(batch.AppendText(nil, column, row, schema[i].Type, p.zone))
			}
			cells = append(cells, cell)
		}
		rows[row] = cells
	}
	return rows
}
