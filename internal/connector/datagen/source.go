package datagen

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/bits"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

const (
	// maxPageRows and maxPageBytes bound a page.
	maxPageRows  = 4096
	maxPageBytes = 4 << 20
	// gather is how long rows gather before they make a page.
	gather = 50 * time.Millisecond
	// longestWait is how far apart pages come although no row is due.
	longestWait = time.Second
)

// source has one split: rows come in order, and a rate is easier kept by one.
type source struct {
	generators
	rate  int64
	end   int64 // the row after the last
	page  int64 // the most rows of a page
	zone  *time.Location
	meter *connector.Meter
	once  sync.Once
	start time.Time // when the first row was due, unless a position says otherwise
}

func newSource(request connector.ScanRequest) (*source, error) {
	g, err := newGenerators(request.Table, request.Columns)
	if err != nil {
		return nil, err
	}
	options := request.Table.Options
	s := &source{generators: g, rate: options.Int(optionRate), end: g.end, zone: request.Zone, meter: request.Meter}
	if options.IsSet(optionRows) {
		s.end = min(s.end, options.Int(optionRows))
	}
	width := 1
	for _, column := range g.columns {
		width += column.width
	}
	s.page = int64(min(max(maxPageBytes/width, 1), maxPageRows))
	return s, nil
}

// splitID is what the one split is called.
const splitID = "rows"

// Splits returns the one split.
func (s *source) Splits(context.Context) ([]connector.Split, error) {
	return []connector.Split{{ID: splitID}}, nil
}

// DiscoveryInterval returns 0.
func (s *source) DiscoveryInterval() time.Duration { return 0 }

// Progress is nothing: positions say when the rows began.
func (s *source) Progress() string { return "" }

// Open starts the rows, or goes on with them.
func (s *source) Open(_ context.Context, split connector.Split) (connector.Reader, error) {
	s.once.Do(func() { s.start = time.Now() })
	r := &reader{source: s, meter: s.meter.Split(splitID), start: s.start.UnixMicro()}
	if split.From != "" {
		if _, err := fmt.Sscanf(string(split.From), positionLayout, &r.next, &r.start); err != nil || r.next < 0 || r.position() != split.From {
			return nil, diag.Errorf(diag.BadData, diag.Span{}, "%q is not a position of connector datagen", split.From)
		}
	}
	return r, nil
}

// Close has nothing to release.
func (s *source) Close() error { return nil }

// positionLayout has the number of the next row and when row 0 was due, in microseconds.
const positionLayout = "row:%d start:%d"

// reader makes rows as they fall due. Row n is due n/rate seconds after the start.
type reader struct {
	*source
	meter *connector.Traffic
	next  int64
	start int64 // microseconds since the epoch
	paged time.Time
}

// Next waits for rows to fall due.
func (r *reader) Next(ctx context.Context) (connector.Page, error) {
	if err := ctx.Err(); err != nil {
		return connector.Page{}, err
	}
	if r.next >= r.end {
		return connector.Page{}, io.EOF
	}
	if err := r.wait(ctx); err != nil {
		return connector.Page{}, err
	}
	now := time.Now()
	r.paged = now
	due := min(r.dueAt(now), r.end)
	page := connector.Page{}
	if rows := int(min(due-r.next, r.page)); rows > 0 {
		page.Rows = r.rows(rows)
		r.meter.Records.Add(int64(rows))
		r.meter.Bytes.Add(int64(page.Rows.Size()))
		r.next += int64(rows)
	}
	if due > r.next {
		page.Lag = max(now.Sub(r.time(r.next)), 0)
	}
	page.Position = r.position()
	return page, nil
}

func (r *reader) position() checkpoint.Position {
	return checkpoint.Position(fmt.Sprintf(positionLayout, r.next, r.start))
}

// wait returns when the next row is due, though not before a few have gathered, and after
// longestWait at the latest.
func (r *reader) wait(ctx context.Context) error {
	now := time.Now()
	if r.dueAt(now)-r.next >= r.page {
		return nil
	}
	until := r.time(r.next)
	if earliest := r.paged.Add(gather); until.Before(earliest) {
		until = earliest
	}
	delay := min(until.Sub(now), longestWait)
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// dueAt returns how many rows are due at a moment.
func (r *reader) dueAt(now time.Time) int64 {
	elapsed := now.Sub(time.UnixMicro(r.start))
	if elapsed < 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(elapsed), uint64(r.rate))
	if high >= uint64(time.Second) {
		return math.MaxInt64
	}
	rows, _ := bits.Div64(high, low, uint64(time.Second))
	return int64(min(rows, math.MaxInt64-1)) + 1 // row 0 is due at once
}

// time returns when a row is due.
func (r *reader) time(row int64) time.Time {
	return time.UnixMicro(r.start).Add(time.Duration(r.offset(row)))
}

// offset returns how many nanoseconds after row 0 a row is due.
func (r *reader) offset(row int64) int64 {
	high, low := bits.Mul64(uint64(row), uint64(time.Second))
	if high >= uint64(r.rate) {
		return math.MaxInt64 / 2
	}
	nanos, rest := bits.Div64(high, low, uint64(r.rate))
	if rest > 0 {
		nanos++ // not before dueAt says so
	}
	return int64(min(nanos, math.MaxInt64/2))
}

// rows makes the next n rows.
func (r *reader) rows(n int) *batch.Batch {
	columns := make([]batch.Column, len(r.columns))
	due := func(row int64) int64 { return r.start + r.offset(row)/1000 }
	for i := range r.columns {
		columns[i] = r.columns[i].make(r.next, n, clock{due: due, zone: r.zone})
	}
	return batch.New(n, columns...)
}

// Close has nothing to release.
func (r *reader) Close() error { return nil }
