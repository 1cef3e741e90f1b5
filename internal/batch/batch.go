// Package batch is the data in flight: columns in Arrow's memory layout kept in plain Go slices,
// batches of rows, and the messages that travel between operators.
//
// It owns no schema: the plan knows names and types, a batch knows positions and physical columns.
// Booleans take a byte per row (kernels run on them without unpacking); everything else has
// Arrow's layout.
//
// Invariant: a batch and its columns are never changed after they were handed on, so any number of
// operators may hold them; the garbage collector frees them.
package batch

// Change is the kind of a row in a changelog stream.
type Change int8

// The kinds of change, as Flink writes them.
const (
	Insert       Change = iota // +I
	UpdateBefore               // -U
	UpdateAfter                // +U
	Delete                     // -D
)

// String returns the two-character form: +I -U +U -D.
func (c Change) String() string { return [...]string{"+I", "-U", "+U", "-D"}[c] }

// Batch is a number of rows, column by column.
type Batch struct {
	Columns []Column
	Changes []Change // nil: every row is an Insert (append-only stream)
	rows    int
}

// New returns a batch of the columns, each of which has the given number of rows.
func New(rows int, columns ...Column) *Batch { return &Batch{Columns: columns, rows: rows} }

// Rows is the number of rows.
func (b *Batch) Rows() int { return b.rows }

// Gather returns the given rows in the given order as a new batch.
func (b *Batch) Gather(rows []int32) *Batch {
	columns := make([]Column, len(b.Columns))
	for i, column := range b.Columns {
		columns[i] = column.Gather(rows)
	}
	out := New(len(rows), columns...)
	if b.Changes != nil {
		out.Changes = make([]Change, len(rows))
		for i, row := range rows {
			out.Changes[i] = b.Changes[row]
		}
	}
	return out
}

// Select returns a batch of the columns at the given positions, sharing them with b.
func (b *Batch) Select(positions []int) *Batch {
	columns := make([]Column, len(positions))
	for i, position := range positions {
		columns[i] = b.Columns[position]
	}
	return &Batch{Columns: columns, Changes: b.Changes, rows: b.rows}
}

// Size is the memory that the columns take, in bytes.
func (b *Batch) Size() int {
	size := len(b.Changes)
	for _, column := range b.Columns {
		size += column.Size()
	}
	return size
}
