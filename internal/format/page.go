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

// kind says what stands in a span. The order matters: everything above kindNull is a value.
type kind uint8

const (
	kindMissing kind = iota
	kindNull
	kindString  // a text as it is, without escapes
	kindEscaped // a text with escapes
	kindInt     // a number without fraction and exponent
	kindNumber  // any other number
	kindTrue
	kindFalse
	kindObject
	kindArray
)

// span is where the value of a field stands in the arena.
type span struct {
	start, end uint32
	kind       kind
}

// slack is how many bytes follow each record in the arena. A scanner chooses them so that the first
// one stops each of its loops, which then need no check for the end of the record. The others make
// it safe to load 16 bytes at any position up to the first.
const slack = 24

// rowScanner finds the rows of a text format in a record and the wanted values in a row.
type rowScanner interface {
	// scan adds the rows of the record that stands in the arena from start to end, followed by slack
	// bytes. An error means that the record is bad; the rows that it has added then do not count.
	scan(c *chunk, start, end int) error
	// padding is what stands behind a record.
	padding() byte
}

// pageDecoder decodes text formats in two phases. Scanning copies each record into the arena,
// validates it and notes where the wanted values stand; converting then goes over the spans column by
// column, one loop of one type for each.
type pageDecoder struct {
	scanner rowScanner
	columns []column
	chunk   chunk
	pad     [slack]byte
	bytes   int // of the records of the page so far
}

// chunk is what the two phases have in common.
type chunk struct {
	arena []byte // records, each followed by slack bytes
	ends  []int  // of the records in the arena
	spans []span // width for each row
	width int
	rows  []row // of the chunk
	first int   // rows of the page before those

	record  int     // the record that is being scanned
	records []int32 // for each row of the page, the record it comes from
	several bool    // a record has not exactly one row
	bad     []BadRecord
	refused []refusal
}

// row is where a row stands in the arena.
type row struct {
	start, end uint32
	// number counts the rows of a record that has several, from 1; 0: the row is the whole record.
	number uint32
	// head is what stands at the beginning of the record for all of its rows: the names of columns.
	head span
}

// refusal is a row with a value that its column does not take.
type refusal struct {
	row  int
	err  error
	data []byte // the row, if it is not the whole record
}

func newPageDecoder(scanner rowScanner, columns []column, width int) *pageDecoder {
	d := &pageDecoder{scanner: scanner, columns: columns, chunk: chunk{width: width}}
	for i := range d.pad {
		d.pad[i] = scanner.padding()
	}
	return d
}

// Decode decodes a page.
func (d *pageDecoder) Decode(records [][]byte) Decoded {
	c := &d.chunk
	c.records, c.refused, c.bad, c.several, d.bytes = c.records[:0], c.refused[:0], nil, false, 0
	for _, column := range d.columns {
		column.begin(len(records))
	}
	for next := 0; next < len(records); {
		next = d.scan(records, next)
		for _, column := range d.columns {
			column.convert(c)
		}
	}
	return d.finish(len(records))
}

// scan fills the chunk with records from the given one on and returns the first one that it left.
// All are copied before the first is scanned: so the copying does not wait for the scanning, and
// the memory that they come from is read at full speed.
func (d *pageDecoder) scan(records [][]byte, next int) int {
	c := &d.chunk
	c.arena, c.ends, c.first = c.arena[:0], c.ends[:0], len(c.records)
	from := next
	for ; next < len(records) && len(c.arena) < chunkBytes && len(c.ends)*c.width < chunkSpans; next++ {
		if d.bytes += len(records[next]); d.bytes <= maxPageBytes {
			c.arena = append(c.arena, records[next]...)
		}
		c.ends = append(c.ends, len(c.arena))
		c.arena = append(c.arena, d.pad[:]...)
	}
	c.rows, c.spans = c.rows[:0], slices.Grow(c.spans[:0], len(c.ends)*c.width)
	start := 0
	for i, end := range c.ends {
		c.record = from + i
		if err := d.scanRecord(records[from+i], start, end); err != nil {
			c.addBad(err, nil)
		}
		start = end + slack
	}
	return next
}

func (d *pageDecoder) scanRecord(record []byte, start, end int) error {
	switch {
	case len(record) == 0:
		return &diag.Error{Kind: diag.BadData, Msg: errEmptyRecord.Error(), Err: errEmptyRecord}
	case end-start < len(record):
		return badData("the records of the page have more than %d bytes", maxPageBytes)
	}
	before, bad := len(d.chunk.rows), len(d.chunk.bad)
	err := d.scanner.scan(&d.chunk, start, end)
	if err != nil {
		d.chunk.truncate(before)
		d.chunk.bad = d.chunk.bad[:bad]
	}
	return err
}

// addRow adds a row that begins in the arena at start and returns its spans, all of them missing.
func (c *chunk) addRow(start int) []span {
	c.rows = append(c.rows, row{start: uint32(start)})
	c.records = append(c.records, int32(c.record))
	at := len(c.spans)
	c.spans = slices.Grow(c.spans, c.width)[:at+c.width]
	spans := c.spans[at:]
	clear(spans)
	return spans
}

// truncate leaves n rows in the chunk.
func (c *chunk) truncate(n int) {
	c.rows, c.records, c.spans = c.rows[:n], c.records[:c.first+n], c.spans[:n*c.width]
}

// addBad notes that the record that is being scanned is bad, or the part of it that data is.
func (c *chunk) addBad(err error, data []byte) {
	cause := Malformed
	if isEmpty(err) {
		cause = Empty
	}
	c.bad = append(c.bad, BadRecord{Record: c.record, Cause: cause, Err: err, Data: data})
}

// refuse notes that a column does not take a value of the row.
func (c *chunk) refuse(row int, err error) {
	r := refusal{row: c.first + row, err: err}
	if at := c.rows[row]; at.number > 0 {
		r.err = inRow(int(at.number), err)
		r.data = slices.Concat(c.arena[at.head.start:at.head.end], c.arena[at.start:at.end])
	}
	c.refused = append(c.refused, r)
}

// inRow says in which row of a record something is wrong.
func inRow(number int, err error) error {
	out := diag.Errorf(diag.BadData, diag.Span{}, "row %d of the record: %w", number, err)
	if e, ok := errors.AsType[*diag.Error](err); ok {
		out.Hint = e.Hint
	}
	return out
}

// finish makes the result of what the chunks left in the columns.
func (d *pageDecoder) finish(records int) Decoded {
	c := &d.chunk
	out := Decoded{Rows: len(c.records), Taken: records, Columns: make([]batch.Column, len(d.columns))}
	for i, column := range d.columns {
		out.Columns[i] = column.finish(out.Rows)
	}
	if len(c.refused) > 0 {
		c.dropRefused(&out)
	}
	if out.Bad = c.bad; c.several || out.Rows != records {
		out.Records = append([]int32{}, c.records...) // not nil: that would say something else
	}
	return out
}

// dropRefused takes out the rows that a column has refused. The first column that did so counts.
func (c *chunk) dropRefused(out *Decoded) {
	slices.SortStableFunc(c.refused, func(a, b refusal) int { return cmp.Compare(a.row, b.row) })
	c.refused = slices.CompactFunc(c.refused, func(a, b refusal) bool { return a.row == b.row })
	rows := make([]int32, 0, out.Rows-len(c.refused))
	kept := c.records[:0]
	next := 0
	for row, record := range c.records {
		if next < len(c.refused) && c.refused[next].row == row {
			c.bad = append(c.bad, BadRecord{Record: int(record), Cause: Mismatch, Err: c.refused[next].err, Data: c.refused[next].data})
			next++
			continue
		}
		rows = append(rows, int32(row))
		kept = append(kept, record)
	}
	for i, column := range out.Columns {
		out.Columns[i] = column.Gather(rows)
	}
	c.records = kept
	out.Rows = len(rows)
	slices.SortStableFunc(c.bad, func(a, b BadRecord) int { return cmp.Compare(a.Record, b.Record) })
}

// errEmptyRecord is the cause of the error of a record without any byte. Flink drops such records
// even where others end the job, and so does Policy.
var errEmptyRecord = errors.New("the record is empty")

func badData(format string, args ...any) error {
	return diag.Errorf(diag.BadData, diag.Span{}, "%s", fmt.Sprintf(format, args...))
}

func quoteByte(c byte) string {
	if c >= 0x80 {
		return fmt.Sprintf("0x%02x", c)
	}
	return fmt.Sprintf("%q", c)
}

func zoneOf(config Config) *time.Location { return cmp.Or(config.Zone, time.UTC) }
