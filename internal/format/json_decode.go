package format

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
)

// A page is decoded in chunks of about chunkBytes so that a record is still in the fastest cache
// when its values are converted.
const (
	chunkBytes = 48 << 10
	chunkSpans = 32 << 10
)

// maxPageBytes bounds the records of one page: the text of a column must stay below 2 GiB, and a
// byte that is not UTF-8 takes three in it.
const maxPageBytes = math.MaxInt32 / 3

// jsonDecoder decodes in two phases. Scanning copies each record into the arena, validates it and
// notes where the wanted fields stand; converting then goes over the spans column by column, one
// loop of one type for each.
type jsonDecoder struct {
	scanner scanner
	columns []jsonColumn
	chunk   chunk
	records []int32 // for each row, the record it comes from
	bytes   int     // of the records of the page so far
	bad     []BadRecord
	refused []refusal
}

// chunk is what the two phases have in common.
type chunk struct {
	arena   []byte // records, each followed by slack zero bytes
	ends    []int  // of the records in the arena
	spans   []span // width for each row
	width   int
	starts  []uint32 // where the record of a row begins in the arena
	first   int      // the first row of the chunk, in the page
	page    int      // the most rows that the page can have
	refused *[]refusal
}

// refusal is a row with a value that its column does not take.
type refusal struct {
	row int
	err error
}

func newJSONDecoder(config Config) (Decoder, error) {
	mode, err := parseJSONMode(config.Options)
	if err != nil {
		return nil, err
	}
	if err := checkTypes(config.Schema, "read"); err != nil {
		return nil, err
	}
	d := &jsonDecoder{}
	zone := cmp.Or(config.Zone, time.UTC)
	var names []string
	for _, field := range config.Schema {
		slot := slices.Index(names, field.Name)
		if slot < 0 {
			slot = len(names)
			names = append(names, field.Name)
		}
		d.columns = append(d.columns, newJSONColumn(field, slot, mode, zone))
	}
	d.scanner.keys = newKeyTable(names)
	d.chunk.width = len(names)
	d.chunk.refused = &d.refused
	return d, nil
}

// Decode decodes one JSON object per record.
func (d *jsonDecoder) Decode(records [][]byte) Decoded {
	d.records, d.refused, d.bad, d.bytes = d.records[:0], d.refused[:0], nil, 0
	for _, column := range d.columns {
		column.begin(len(records))
	}
	d.chunk.page = len(records)
	for next := 0; next < len(records); {
		next = d.scan(records, next)
		for _, column := range d.columns {
			column.convert(&d.chunk)
		}
	}
	return d.finish(len(records))
}

// scan fills the chunk with records from the given one on and returns the first one that it left.
// All are copied before the first is scanned: so the copying does not wait for the scanning, and
// the memory that they come from is read at full speed.
func (d *jsonDecoder) scan(records [][]byte, next int) int {
	c := &d.chunk
	c.arena, c.ends, c.first = c.arena[:0], c.ends[:0], len(d.records)
	from := next
	for ; next < len(records) && len(c.arena) < chunkBytes && len(c.ends)*c.width < chunkSpans; next++ {
		if d.bytes += len(records[next]); d.bytes <= maxPageBytes {
			c.arena = append(c.arena, records[next]...)
		}
		c.ends = append(c.ends, len(c.arena))
		c.arena = append(c.arena, make([]byte, slack)...)
	}
	c.starts, c.spans = c.starts[:0], slices.Grow(c.spans[:0], len(c.ends)*c.width)
	start := 0
	for i, end := range c.ends {
		if err := d.scanRecord(records[from+i], start, end); err != nil {
			d.bad = append(d.bad, BadRecord{Record: from + i, Err: err})
		} else {
			d.records = append(d.records, int32(from+i))
		}
		start = end + slack
	}
	return next
}

func (d *jsonDecoder) scanRecord(record []byte, start, end int) error {
	c := &d.chunk
	switch {
	case len(record) == 0:
		return &diag.Error{Kind: diag.BadData, Msg: errEmptyRecord.Error(), Err: errEmptyRecord}
	case end-start < len(record):
		return badData("the records of the page have more than %d bytes", maxPageBytes)
	}
	row := len(c.spans)
	c.spans = c.spans[:row+c.width]
	clear(c.spans[row:])
	if i := d.scanner.record(c.arena, start, end, c.spans[row:]); i < 0 {
		c.spans = c.spans[:row]
		return d.explain(record, ^i-start)
	}
	c.starts = append(c.starts, uint32(start))
	return nil
}

// explain says why the record cannot go on as it does at the position.
func (d *jsonDecoder) explain(record []byte, at int) error {
	switch {
	case d.scanner.tooDeep:
		return badData("not JSON: nested deeper than %d levels at byte %d", maxDepth, at)
	case at >= len(record):
		return badData("not JSON: unexpected end at byte %d", len(record))
	}
	for _, c := range record[:at] {
		if c > ' ' {
			return badData("not JSON: unexpected %s at byte %d", quoteByte(record[at]), at)
		}
	}
	return badData("not a JSON object: unexpected %s at byte %d", quoteByte(record[at]), at)
}

func quoteByte(c byte) string {
	if c >= 0x80 {
		return fmt.Sprintf("0x%02x", c)
	}
	return fmt.Sprintf("%q", c)
}

// finish makes the result of what the chunks left in the columns.
func (d *jsonDecoder) finish(records int) Decoded {
	out := Decoded{Rows: len(d.records), Columns: make([]batch.Column, len(d.columns))}
	for i, column := range d.columns {
		out.Columns[i] = column.finish(out.Rows)
	}
	if len(d.refused) > 0 {
		d.dropRefused(&out)
	}
	if out.Bad = d.bad; out.Rows < records {
		out.Records = slices.Clone(d.records)
	}
	return out
}

// dropRefused takes out the rows that a column has refused. The first column that did so counts.
func (d *jsonDecoder) dropRefused(out *Decoded) {
	slices.SortStableFunc(d.refused, func(a, b refusal) int { return cmp.Compare(a.row, b.row) })
	d.refused = slices.CompactFunc(d.refused, func(a, b refusal) bool { return a.row == b.row })
	rows := make([]int32, 0, out.Rows-len(d.refused))
	kept := d.records[:0]
	next := 0
	for row, record := range d.records {
		if next < len(d.refused) && d.refused[next].row == row {
			d.bad = append(d.bad, BadRecord{Record: int(record), Err: d.refused[next].err})
			next++
			continue
		}
		rows = append(rows, int32(row))
		kept = append(kept, record)
	}
	for i, column := range out.Columns {
		out.Columns[i] = column.Gather(rows)
	}
	d.records = kept
	out.Rows = len(rows)
	slices.SortFunc(d.bad, func(a, b BadRecord) int { return cmp.Compare(a.Record, b.Record) })
}

// errEmptyRecord is the cause of the error of a record without any byte. Flink drops such records
// even where others end the job, and so does Policy.
var errEmptyRecord = errors.New("the record is empty")
