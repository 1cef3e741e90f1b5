package engine

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Result is what a statement that looks at the session found: rows of text. A text may have several
// lines.
type Result struct {
	Schema types.Schema
	Rows   *batch.Batch
	// Text says that the rows are texts to be read as they are, such as a plan.
	Text bool
}

// resultBuilder collects the rows of a result.
type resultBuilder struct {
	schema  types.Schema
	columns []*batch.BytesBuilder
	rows    int
	text    bool
}

// null is a cell without a value.
const null = "\x00"

func newResult(names ...string) *resultBuilder {
	r := &resultBuilder{}
	for _, name := range names {
		r.schema = append(r.schema, types.Field{Name: name, Type: types.String})
		r.columns = append(r.columns, &batch.BytesBuilder{})
	}
	return r
}

// newText returns a result that is one text.
func newText(name, text string) *resultBuilder {
	r := newResult(name)
	r.text = true
	r.add(text)
	return r
}

// add adds a row, a cell for each column.
func (r *resultBuilder) add(cells ...string) {
	for i, cell := range cells {
		if cell == null {
			r.columns[i].AppendNull()
		} else {
			r.columns[i].AppendString(cell)
		}
	}
	r.rows++
}

func (r *resultBuilder) finish() Result {
	columns := make([]batch.Column, len(r.columns))
	for i, c := range r.columns {
		columns[i] = c.Finish()
	}
	return Result{Schema: r.schema, Rows: batch.New(r.rows, columns...), Text: r.text}
}
