package kinesis

import (
	"context"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
)

// encoder turns the rows of a writer into records.
type encoder struct {
	*sink
	format  format.Encoder
	key     partitioner
	hashKey int // column of the explicit hash key; -1: none
	room    int // bytes that the last rows took, for a first guess
	ends    []span
}

// span is where the data of a record is.
type span struct{ start, end int }

// encode returns the records of the rows of b that can be written.
func (e *encoder) encode(ctx context.Context, b *batch.Batch) ([]record, error) {
	keys := make([]string, b.Rows())
	records := make([]record, 0, b.Rows())
	payload := e.payload(b)
	e.ends = e.ends[:0]
	data := make([]byte, 0, e.room+e.room/8)
	for row := range b.Rows() {
		if b.Changes != nil && b.Changes[row] != batch.Insert {
			return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "table %q takes inserts only, not a change %s", e.request.Table.Name, b.Changes[row])
		}
		start := len(data)
		r := record{PartitionKey: &keys[row]}
		var err error
		if data, err = e.format.Append(data, payload, row); err == nil {
			end := len(data)
			data = e.key(data, b, row)
			keys[row] = string(data[end:])
			data = data[:end]
			r.ExplicitHashKey, err = e.explicitHashKey(b, row)
		}
		if size := len(data) - start + len(keys[row]); err == nil && size > e.maxRecord {
			r.Data = data[start:]
			err = e.tooLarge(size)
		}
		if err != nil {
			letter := e.letterOf(r, causeRefused)
			if r.Data == nil {
				letter = e.letterOfRow(b, row)
			}
			if err := e.bad(ctx, err, letter); err != nil {
				return nil, err
			}
			data = data[:start]
			continue
		}
		records = append(records, r)
		e.ends = append(e.ends, span{start, len(data)})
	}
	for i, at := range e.ends {
		records[i].Data = data[at.start:at.end:at.end]
	}
	e.room = len(data)
	return records, nil
}

// payload returns the columns that are in the record itself.
func (e *encoder) payload(b *batch.Batch) *batch.Batch {
	if len(e.physical) == len(b.Columns) {
		return b
	}
	columns := make([]batch.Column, len(e.physical))
	for i, at := range e.physical {
		columns[i] = b.Columns[at]
	}
	return batch.New(b.Rows(), columns...)
}

// explicitHashKey returns the hash key that a row asks for, nil if it leaves that to the service.
func (e *encoder) explicitHashKey(b *batch.Batch, row int) (*string, error) {
	if e.hashKey < 0 || !b.Columns[e.hashKey].Valid().Get(row) {
		return nil, nil
	}
	text := textAt(b.Columns[e.hashKey], row)
	if _, ok := parseHashKey(text); !ok {
		return nil, diag.Errorf(diag.BadData, diag.Span{}, "table %q: %q is no explicit hash key", e.request.Table.Name, text).
			WithHint("it is a number from 0 to 2^128-1, in decimal digits; NULL leaves it to the service")
	}
	return &text, nil
}

func (e *encoder) tooLarge(size int) error {
	err := diag.Errorf(diag.Exhausted, diag.Span{}, "a row of table %q makes a record of %d bytes, more than the %d that stream %q takes",
		e.request.Table.Name, size, e.maxRecord, e.stream.name)
	switch {
	case e.maxRecord >= maxBytesPerPut:
		return err.WithHint("write fewer or shorter columns")
	case !e.described:
		return err.WithHint("write fewer or shorter columns; if the stream takes larger ones, permit kinesis:DescribeStreamSummary so that its limit can be seen")
	}
	return err.WithHint("write fewer or shorter columns, or raise the limit of the stream: aws kinesis update-max-record-size")
}
