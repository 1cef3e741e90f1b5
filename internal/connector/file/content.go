package file

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/format"
)

// content turns rows into the bytes of a file. One belongs to one file, or to all of a writer if
// nothing is carried over from one row to the next. It is used by one goroutine.
type content interface {
	// append appends what is to be written for rows of b (nil: all of them); a format that writes
	// blocks may hold it back.
	append(dst []byte, b *batch.Batch, rows []int32) ([]byte, error)
	// finish appends what is still held back and what ends the file.
	finish(dst []byte) ([]byte, error)
	// divisible says that a file may end after any append, without finish.
	divisible() bool
}

// lineContent is a record on each line.
type lineContent struct {
	encoder format.Encoder
	columns []int // that are in the file
}

func (c *lineContent) append(dst []byte, b *batch.Batch, rows []int32) ([]byte, error) {
	if len(c.columns) != len(b.Columns) {
		b = b.Select(c.columns)
	}
	n := len(rows)
	if rows == nil {
		n = b.Rows()
	}
	for i := range n {
		row := i
		if rows != nil {
			row = int(rows[i])
		}
		var err error
		if dst, err = c.encoder.Append(dst, b, row); err != nil {
			return dst, err
		}
		dst = append(dst, '\n')
	}
	return dst, nil
}

func (c *lineContent) finish(dst []byte) ([]byte, error) { return dst, nil }

func (c *lineContent) divisible() bool { return true }
