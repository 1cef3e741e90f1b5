package format

import (
	"bytes"
	"slices"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// csvScanner finds the lines of a record and the wanted values in them.
type csvScanner struct {
	csvMode
	wanted []int32 // for each column of the table, the span of its value; negative: skipped
	last   int     // columns up to the last wanted one
	usual  bool    // lines are scanned by fastLine first
	begin  int     // of the line that is being scanned, in the arena
	// Words of eight of the bytes that end the plain part of a value; unused ones are the end of a line.
	delimiters, quotes, escapes uint64
}

func newCSVDecoder(config Config) (Decoder, error) {
	mode, err := parseCSVMode(config.Options)
	if err != nil {
		return nil, err
	}
	if err := checkTypes("csv", config.Schema, "read"); err != nil {
		return nil, err
	}
	s := &csvScanner{
		csvMode: mode, wanted: make([]int32, len(config.Record)),
		usual:      mode.quote != 0 && mode.escape == 0 && !mode.trim,
		delimiters: uint64(mode.delimiter) * ones, quotes: '\n' * ones, escapes: '\n' * ones,
	}
	if s.quote != 0 {
		s.quotes = uint64(s.quote) * ones
	}
	if s.escape != 0 {
		s.escapes = uint64(s.escape) * ones
	}
	for i := range s.wanted {
		s.wanted[i] = -1
	}
	if config.Lines {
		s.ignoreFirst = false // whoever cut the file into lines has left it out
	}
	width := 0
	columns := make([]column, len(config.Schema))
	for i, f := range config.Schema {
		at := slices.IndexFunc(config.Record, func(r types.Field) bool { return r.Name == f.Name })
		if at < 0 {
			return nil, diag.Errorf(diag.Internal, diag.Span{}, "records have no column %q", f.Name)
		}
		if s.wanted[at] < 0 {
			s.wanted[at] = int32(width)
			width++
		}
		base := field{
			what: "column", name: f.Name, typ: f.Type, slot: int(s.wanted[at]),
			ignoreErrors: mode.ignoreErrors, unescape: s.appendUnescaped,
		}
		columns[i] = newColumn(base, timestampRules{zone: zoneOf(config)}, appendCheckedJSON)
		s.last = max(s.last, at+1)
	}
	return newPageDecoder(s, columns, width), nil
}

// padding returns the end of a line, where every loop of the scanner stops.
func (s *csvScanner) padding() byte { return '\n' }

var byteOrderMark = []byte("\xef\xbb\xbf")

func (s *csvScanner) scan(c *chunk, start, end int) error {
	b := c.arena
	i := start
	if bytes.HasPrefix(b[i:end], byteOrderMark) {
		i += len(byteOrderMark)
	}
	head := span{start: uint32(i)} // of the line that names the columns
	if s.ignoreFirst {
		i = min(nextLine(b, i), end)
	}
	head.end = uint32(i)
	first, bad, leftOut := len(c.rows), 0, s.ignoreFirst
	for i < end {
		if n := lineEnd(b, i); n > 0 {
			i += n
			continue
		}
		if s.comments && b[i] == '#' {
			i = nextLine(b, i)
			leftOut = true
			continue
		}
		line, number := i, len(c.rows)-first+bad+1
		s.begin = line
		spans := c.addRow(line)
		next, err := s.line(b, line, end, spans)
		i = min(next, end)
		if err != nil {
			c.truncate(len(c.rows) - 1)
			if number == 1 && onlyEmptyLines(b, i, end) {
				return err
			}
			c.addBad(inRow(number, err), slices.Concat(b[head.start:head.end], b[line:i]))
			bad++
			continue
		}
		c.rows[len(c.rows)-1] = row{start: uint32(line), end: uint32(i), number: uint32(number), head: head}
	}
	switch rows := len(c.rows) - first; {
	case rows == 1 && bad == 0:
		c.rows[first].number = 0
	case rows == 0 && bad == 0 && !leftOut:
		return &diag.Error{Kind: diag.BadData, Msg: errEmptyRecord.Error(), Err: errEmptyRecord}
	default:
		c.several = true
	}
	return nil
}

// nextLine returns where the next line begins.
func nextLine(b []byte, i int) int { return i + bytes.IndexByte(b[i:], '\n') + 1 }

// lineEnd returns how long the end of a line is that stands at i; 0: there is none.
func lineEnd(b []byte, i int) int {
	switch {
	case b[i] == '\n':
		return 1
	case b[i] == '\r' && b[i+1] == '\n':
		return 2
	}
	return 0
}

func onlyEmptyLines(b []byte, i, end int) bool {
	for i < end {
		n := lineEnd(b, i)
		if n == 0 {
			return false
		}
		i += n
	}
	return true
}

// line scans the line that begins at i and returns where the next one begins: behind the end of the
// record, if that was the last one. Where a line is bad, it still returns where to go on.
func (s *csvScanner) line(b []byte, i, end int, spans []span) (next int, err error) {
	if s.usual {
		if at, n, ok := s.fastLine(b, i, end, spans); ok {
			if s.hasNull || s.emptyNull {
				for slot, v := range spans {
					if v.kind != kindMissing {
						spans[slot] = s.nulled(b, v)
					}
				}
			}
			return at + 1, s.checkCount(n, n > 1 && s.endsInDelimiter(b, at))
		}
		clear(spans)
	}
	for n := 0; ; n++ {
		v, next, fault := s.value(b, i, end)
		if fault != nil {
			return next, fault
		}
		if n < s.last && s.wanted[n] >= 0 {
			spans[s.wanted[n]] = s.nulled(b, v)
		}
		if i = next; b[i] != s.delimiter {
			return i + lineEnd(b, i), s.checkCount(n+1, n > 0 && b[i-1] == s.delimiter)
		}
		i++
	}
}

// endsInDelimiter reports whether the line that ends at i has nothing behind its last delimiter.
func (s *csvScanner) endsInDelimiter(b []byte, i int) bool {
	if b[i-1] == '\r' {
		i--
	}
	return b[i-1] == s.delimiter
}
