package file

import (
	"context"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
)

// reader reads one file.
type reader struct {
	lines   *lines
	decoder format.Decoder
	policy  *format.Policy
	meter   *connector.Traffic
	records [][]byte
	offsets []int64 // of records
	done    int     // records that were decoded
	tooLong []format.BadRecord

	partition []batch.Column // by column to deliver: its value in this file; nil: every column is in it
}

// Next returns the rows of the next lines.
func (r *reader) Next(ctx context.Context) (connector.Page, error) {
	if err := ctx.Err(); err != nil {
		return connector.Page{}, err
	}
	if r.done == len(r.records) {
		found, err := r.lines.read()
		if err != nil {
			return connector.Page{}, err // io.EOF as it is
		}
		r.take(found)
		if err := r.policy.Handle(ctx, r.tooLong, func(i int) (deadletter.Origin, []byte) { return r.origin(found[i].offset), nil }); err != nil {
			return connector.Page{}, err
		}
	}
	begin := r.done
	decoded := r.decoder.Decode(r.records[begin:])
	if decoded.Err != nil {
		return connector.Page{}, decoded.Err
	}
	err := r.policy.Handle(ctx, decoded.Bad, func(i int) (deadletter.Origin, []byte) { return r.origin(r.offsets[begin+i]), r.records[begin+i] })
	if err != nil {
		return connector.Page{}, err
	}
	r.done += decoded.Taken
	after := r.lines.offset
	if r.done < len(r.records) {
		after = r.offsets[r.done]
	}
	columns := decoded.Columns
	if r.partition != nil {
		columns = insert(r.partition, columns, decoded.Rows)
	}
	return connector.Page{
		Rows:     batch.New(decoded.Rows, columns...),
		Position: position(after),
		Lag:      -1, // a file says nothing about time
	}, nil
}

// take sorts the lines into records and those that are too long to be one.
func (r *reader) take(found []line) {
	r.records, r.offsets, r.tooLong, r.done = r.records[:0], r.offsets[:0], nil, 0
	size := 0
	for i, line := range found {
		if line.text == nil {
			err := diag.Errorf(diag.BadData, diag.Span{}, "the line is longer than %d MiB", maxLineBytes>>20)
			r.tooLong = append(r.tooLong, format.BadRecord{Record: i, Cause: format.Malformed, Err: err})
			continue
		}
		size += len(line.text)
		r.records = append(r.records, line.text)
		r.offsets = append(r.offsets, line.offset)
	}
	r.meter.Records.Add(int64(len(found)))
	r.meter.Bytes.Add(int64(size))
}

func (r *reader) origin(offset int64) deadletter.Origin {
	return deadletter.Origin{File: r.lines.path, Offset: offset}
}

// Close closes the file.
func (r *reader) Close() error { return r.lines.close() }
