package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/types"
)

// shape is what values of a column, or of a field inside one, look like.
type shape struct {
	values, nulls                                               int
	booleans, integers, numbers, texts, dates, times, timesZone int
	fraction                                                    int // most digits behind the seconds
	objects, arrays                                             int
	fields                                                      map[string]*shape
	order                                                       []string
	element                                                     *shape
}

// maxInferFields is how many names of fields make an object one with any keys.
const maxInferFields = 100

// see adds a valid value.
func (s *shape) see(raw json.RawMessage, depth int) {
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case 'n':
		s.nulls++
		return
	case 't', 'f':
		s.values++
		s.booleans++
	case '"':
		var text string
		if json.Unmarshal(raw, &text) == nil {
			s.seeText(text, false)
		}
	case '{':
		s.values++
		s.objects++
		if depth < 8 {
			s.seeObject(raw, depth)
		}
	case '[':
		s.values++
		s.arrays++
		var elements []json.RawMessage
		if s.element == nil {
			s.element = &shape{}
		}
		if depth < 8 && json.Unmarshal(raw, &elements) == nil {
			for _, element := range elements {
				s.element.see(element, depth+1)
			}
		}
	default:
		s.seeNumber(string(raw))
	}
}

// seeObject adds the fields of an object, in the order in which they were first seen.
func (s *shape) seeObject(raw json.RawMessage, depth int) {
	if s.fields == nil {
		s.fields = map[string]*shape{}
	}
	in := json.NewDecoder(bytes.NewReader(raw))
	for _, err := in.Token(); err == nil && in.More(); {
		var token json.Token
		if token, err = in.Token(); err != nil {
			return
		}
		var value json.RawMessage
		if err = in.Decode(&value); err != nil {
			return
		}
		name, _ := token.(string) // a key always is
		if s.fields[name] == nil {
			s.fields[name] = &shape{}
			s.order = append(s.order, name)
		}
		s.fields[name].see(value, depth+1)
	}
}

func (s *shape) seeNumber(text string) {
	s.values++
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		s.integers++
		return
	}
	s.numbers++
}

// seeText adds a text. bare says that it may also be a number or a boolean, as texts of CSV may.
func (s *shape) seeText(text string, bare bool) {
	if bare {
		trimmed := strings.TrimSpace(text)
		if _, err := strconv.ParseFloat(trimmed, 64); err == nil && !strings.ContainsAny(trimmed, "xXpP_nNiI") {
			s.seeNumber(trimmed)
			return
		}
		if strings.EqualFold(trimmed, "true") || strings.EqualFold(trimmed, "false") {
			s.values++
			s.booleans++
			return
		}
	}
	s.values++
	if _, zoned, ok := types.ParseTimestamp(text); ok && len(text) > 10 {
		if zoned {
			s.timesZone++
		} else {
			s.times++
		}
		if _, fraction, ok := strings.Cut(text, "."); ok {
			s.fraction = max(s.fraction, len(fraction)-len(strings.TrimLeft(fraction, "0123456789")))
		}
		return
	}
	if _, ok := types.ParseDate(text); ok {
		s.dates++
		return
	}
	s.texts++
}

// sqlType returns the type that takes all values, nullable.
func (s *shape) sqlType() types.Type {
	precision := 3
	if s.fraction > 3 {
		precision = 6
	}
	switch n := s.values; {
	case n == 0:
		return types.String
	case s.objects == n:
		return s.objectType()
	case s.arrays == n:
		return types.ArrayOf(s.element.sqlType())
	case s.objects+s.arrays > 0:
		return types.Of(types.JSON)
	case s.booleans == n:
		return types.Of(types.Boolean)
	case s.integers == n:
		return types.Of(types.BigInt)
	case s.integers+s.numbers == n:
		return types.Of(types.Double)
	case s.dates == n:
		return types.Of(types.Date)
	case s.timesZone == n:
		return types.Type{Kind: types.TimestampLTZ, Precision: precision}
	case s.times+s.timesZone == n:
		return types.Type{Kind: types.Timestamp, Precision: precision}
	}
	return types.String
}

// objectType is a ROW, or a MAP where the fields have ever other names.
func (s *shape) objectType() types.Type {
	if len(s.order) == 0 {
		return types.Of(types.JSON)
	}
	var fields types.Schema
	for _, name := range s.order {
		fields = append(fields, types.Field{Name: name, Type: s.fields[name].sqlType()})
	}
	if len(fields) <= maxInferFields {
		return types.RowOf(fields)
	}
	for _, field := range fields {
		if !types.Equal(field.Type, fields[0].Type) {
			return types.Of(types.JSON)
		}
	}
	return types.MapOf(types.String, fields[0].Type)
}

// splitLines reads lines of values, and returns those that have as many as most.
func splitLines(lines []string, delimiter string) (rows [][]string, width int) {
	counts := map[int]int{}
	for _, line := range lines {
		in := csv.NewReader(strings.NewReader(line))
		in.Comma = rune(delimiter[0])
		in.LazyQuotes = true
		row, err := in.Read()
		if err != nil && !errors.Is(err, io.EOF) {
			continue
		}
		counts[len(row)]++
		rows = append(rows, row)
	}
	for n, count := range counts {
		if count > counts[width] || count == counts[width] && n > width {
			width = n
		}
	}
	return slices.DeleteFunc(rows, func(row []string) bool { return len(row) != width }), width
}

// eventTimeNames are likely names of an event time, the likeliest first.
var eventTimeNames = []string{"event_time", "eventtime", "ts", "timestamp", "time", "event_timestamp", "created_at", "createdat", "at", "datetime", "date"}

// inferEventTime looks for the column that says when things happened. values returns the texts of a
// column.
func (out *Inferred) inferEventTime(values func(column int) []string) {
	best, bestRank := -1, 0
	for i, column := range out.Columns {
		rank := slices.Index(eventTimeNames, strings.ToLower(column.Name))
		if rank < 0 {
			rank = len(eventTimeNames)
		}
		isNumber := column.Type.Kind == types.BigInt && rank < len(eventTimeNames) && epochUnit(values(i)) >= 0
		if (column.Type.Kind.IsTimestamp() || isNumber) && (best < 0 || rank < bestRank) {
			best, bestRank = i, rank
		}
	}
	if best < 0 {
		return
	}
	column, texts := out.Columns[best], values(best)
	out.EventTime, out.EpochUnit = column.Name, -1
	if column.Type.Kind == types.BigInt {
		out.EpochUnit = epochUnit(texts)
	}
	latest := int64(0)
	for _, text := range texts {
		var micros int64
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			micros = n * 1000
			if out.EpochUnit == 0 {
				micros = n * 1_000_000
			}
		} else if parsed, _, ok := types.ParseTimestamp(text); ok {
			micros = parsed
		} else {
			continue
		}
		out.Disorder = max(out.Disorder, latest-micros)
		latest = max(latest, micros)
	}
}

// epochUnit returns the unit of times that are numbers, by their size: between the years 2001 and 2100;
// -1: they are none.
func epochUnit(texts []string) int {
	unit := -1
	for _, text := range texts {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			continue
		}
		this := -1
		switch {
		case n >= 1_000_000_000 && n < 4_102_444_800:
			this = 0
		case n >= 1_000_000_000_000 && n < 4_102_444_800_000:
			this = 3
		}
		if this < 0 || unit >= 0 && this != unit {
			return -1
		}
		unit = this
	}
	return unit
}
