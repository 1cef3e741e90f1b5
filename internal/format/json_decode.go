package format

import (
	"bytes"
	"slices"
	"time"

	"github.com/penstock-io/penstock/internal/rawjson"
	"github.com/penstock-io/penstock/internal/types"
)

// jsonScanner finds the rows of a record: one object, several one after the other, or an array of
// them.
type jsonScanner struct {
	scanner scanner
}

func newJSONDecoder(config Config) (Decoder, error) {
	mode, err := parseJSONMode(config.Options)
	if err != nil {
		return nil, err
	}
	return newJSONDecoderOf(config, mode, "json")
}

// newJSONDecoderOf returns a decoder of the objects of a format, which has a mode.
func newJSONDecoderOf(config Config, mode jsonMode, format string) (Decoder, error) {
	if err := checkTypes(format, config.Schema, "read"); err != nil {
		return nil, err
	}
	var names []string
	columns := make([]column, len(config.Schema))
	for i, f := range config.Schema {
		slot := slices.Index(names, f.Name)
		if slot < 0 {
			slot = len(names)
			names = append(names, f.Name)
		}
		columns[i] = newJSONColumn(f, slot, mode, zoneOf(config))
	}
	s := &jsonScanner{scanner: scanner{keys: newKeyTable(names)}}
	return newPageDecoder(s, columns, len(names)), nil
}

func newJSONColumn(f types.Field, slot int, mode jsonMode, zone *time.Location) column {
	base := field{
		what: "field", name: f.Name, typ: f.Type, slot: slot,
		failOnMissing: mode.failOnMissing, ignoreErrors: mode.ignoreErrors, quote: 1, unescape: rawjson.AppendUnescaped,
	}
	return newColumn(base, timestampRules{standard: mode.standard, zone: zone, zeroNull: mode.zeroNull}, appendRaw)
}

// padding returns a byte that JSON allows nowhere.
func (s *jsonScanner) padding() byte { return 0 }

func (s *jsonScanner) scan(c *chunk, start, end int) error {
	i := s.scanner.object(c.arena, start, c.addRow(start))
	if i >= 0 {
		i = space(c.arena, i)
	}
	if i == end {
		c.rows[len(c.rows)-1].end = uint32(end)
		return nil
	}
	c.truncate(len(c.rows) - 1)
	if at := space(c.arena, start); c.arena[at] == '[' {
		c.several = true
		return s.array(c, start, at, end)
	}
	if i < 0 && !bytes.Contains(c.arena[start:end], nextObject) {
		return s.scanner.explain(c.arena[start:end], ^i-start)
	}
	c.several = true
	return s.sequence(c, start, end)
}

// array scans an array of objects.
func (s *jsonScanner) array(c *chunk, start, i, end int) error {
	s.scanner.outer = 1
	defer func() { s.scanner.outer = 0 }()
	b := c.arena
	i = space(b, i+1)
	for number := 1; b[i] != ']'; number++ {
		if b[i] != '{' && i < end {
			return badData("not a JSON object: unexpected %s at byte %d", quoteByte(b[i]), i-start)
		}
		element := i
		if i = s.scanner.object(b, i, c.addRow(i)); i < 0 {
			return s.scanner.explain(b[start:end], ^i-start)
		}
		c.rows[len(c.rows)-1] = row{start: uint32(element), end: uint32(i), number: uint32(number)}
		if i = space(b, i); b[i] != ',' {
			break
		}
		if i = space(b, i+1); b[i] == ']' {
			return s.scanner.explain(b[start:end], i-start)
		}
	}
	if b[i] == ']' {
		if i = space(b, i+1); i == end {
			return nil
		}
	}
	return s.scanner.explain(b[start:end], i-start)
}

// nextObject is where the reading goes on behind a part of a record that is not JSON.
var nextObject = []byte("\n{")

// sequence scans objects that follow each other, mostly each on a line of its own. Where they stop
// being JSON, the line is bad, with all that is on it, and so are the lines that follow up to one that
// begins with an object.
func (s *jsonScanner) sequence(c *chunk, start, end int) error {
	b := c.arena
	number, rows, line := 1, len(c.rows), start // line: where the line begins, after so many rows
	for i := space(b, start); i < end; number++ {
		begin := i
		if i = s.scanner.object(b, i, c.addRow(i)); i >= 0 {
			c.rows[len(c.rows)-1] = row{start: uint32(begin), end: uint32(i), number: uint32(number)}
			next := space(b, i)
			if bytes.IndexByte(b[i:next], '\n') >= 0 {
				rows, line = len(c.rows), next
			}
			i = next
			continue
		}
		err := s.scanner.explain(b[line:end], ^i-line)
		c.truncate(rows)
		at := min(^i, end)
		for at > line && b[at-1] <= ' ' { // to see an end of line before it
			at--
		}
		next := bytes.Index(b[at:end], nextObject)
		if next < 0 {
			if line == start {
				return err
			}
			c.addBad(inRow(number, err), slices.Clone(b[line:end]))
			return nil
		}
		next += at + 1
		c.addBad(inRow(number, err), slices.Clone(b[line:next-1]))
		i, line = next, next
	}
	return nil
}

// explain says why the record cannot go on as it does at the position.
func (s *scanner) explain(record []byte, at int) error {
	switch {
	case s.tooDeep:
		s.tooDeep = false
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
