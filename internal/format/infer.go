package format

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/types"
)

// Inferred is what a table would look like that reads the records of a sample.
type Inferred struct {
	Format  string
	Options [][2]string // of the format, besides its name
	Columns []InferredColumn
	Records int // looked at
	Bad     int // of those, not like the others
	// EventTime is the column whose values rise with the records; "": there is none.
	EventTime string
	// EpochUnit is what EventTime counts, if it is a number: 3 for milliseconds, 0 for seconds.
	EpochUnit int
	// Disorder is how far a value of EventTime was behind an earlier one, in microseconds.
	Disorder int64
}

// InferredColumn is a column of an inferred table. Its type is NOT NULL if every record has a value.
type InferredColumn struct {
	Name string
	Type types.Type
}

// Infer looks at records, in order of arrival, and says how to read them. header says that the first one
// may name the columns, as the first line of a file does.
func Infer(records [][]byte, header bool) Inferred {
	out := Inferred{Records: len(records)}
	d := decompressor{limit: 32 << 20}
	var texts [][]byte
	for _, record := range records {
		if how := detect(record); how != compressionNone {
			if data, err := d.append(nil, record, how); err == nil {
				record = data
			}
		}
		texts = append(texts, record)
	}
	if events, ok := logMessages(texts); ok {
		texts = events
		out.Options = append(out.Options, [2]string{envelope, envelopeLogs})
	}
	switch {
	case out.inferJSON(texts):
	case out.inferCSV(texts, header):
		out.Options = slices.DeleteFunc(out.Options, func(o [2]string) bool { return o[1] == envelopeLogs })
	default:
		out.Format, out.Columns = "raw", []InferredColumn{{"payload", types.Of(types.Varbinary)}}
		if !slices.ContainsFunc(texts, func(text []byte) bool { return !utf8.Valid(text) }) {
			out.Columns = []InferredColumn{{"line", types.String}}
		}
	}
	return out
}

// logMessages returns the events of envelopes of CloudWatch Logs, as objects, if most records are that.
func logMessages(records [][]byte) (events [][]byte, ok bool) {
	found := 0
	for _, record := range records {
		if !bytes.Contains(record, []byte(`"messageType"`)) {
			continue
		}
		e, err := parseLogsEnvelope(record)
		if err != nil {
			continue
		}
		found++
		for _, event := range e.LogEvents {
			if object, err := e.appendEvent(nil, event); err == nil {
				events = append(events, object)
			}
		}
	}
	return events, found > 0 && 2*found > len(records)
}

// inferJSON infers from objects of JSON, and reports false if most records are none.
func (out *Inferred) inferJSON(records [][]byte) bool {
	var objects []json.RawMessage
	bad := 0
	for _, record := range records {
		found, ok := jsonObjects(record)
		if !ok {
			bad++
		}
		objects = append(objects, found...)
	}
	if len(objects) == 0 || 2*bad > len(records) {
		return false
	}
	if rows, ok := debeziumRows(objects); ok {
		out.Format, objects = debeziumFormatName, rows
	} else {
		out.Format = "json"
	}
	root := &shape{}
	for _, object := range objects {
		root.see(object, 0)
	}
	out.Bad = bad
	for _, name := range root.order {
		field := root.fields[name]
		t := field.sqlType()
		if field.values == len(objects) && field.nulls == 0 {
			t = t.Required()
		}
		out.Columns = append(out.Columns, InferredColumn{Name: name, Type: t})
	}
	out.inferEventTime(func(column int) []string {
		var values []string
		for _, object := range objects {
			var fields map[string]json.RawMessage
			if json.Unmarshal(object, &fields) == nil {
				values = append(values, strings.Trim(string(fields[out.Columns[column].Name]), `"`))
			}
		}
		return values
	})
	return true
}

// jsonObjects returns the objects of a record, as the format json finds them.
func jsonObjects(record []byte) (objects []json.RawMessage, ok bool) {
	record = bytes.TrimSpace(record)
	if len(record) > 0 && record[0] == '[' {
		ok = json.Unmarshal(record, &objects) == nil
	} else {
		for in := json.NewDecoder(bytes.NewReader(record)); in.More(); {
			var object json.RawMessage
			if in.Decode(&object) != nil {
				return nil, false
			}
			objects = append(objects, object)
		}
		ok = len(objects) > 0
	}
	if slices.ContainsFunc(objects, func(o json.RawMessage) bool { return o[0] != '{' }) {
		return nil, false
	}
	return objects, ok
}

// debeziumRows returns the rows of events of Debezium, if all objects are that.
func debeziumRows(objects []json.RawMessage) (rows []json.RawMessage, ok bool) {
	for _, object := range objects {
		var event struct {
			Op            string
			Before, After json.RawMessage
		}
		if json.Unmarshal(object, &event) != nil || event.Op == "" || event.After == nil && event.Before == nil {
			return nil, false
		}
		if row := bytes.TrimSpace(event.After); len(row) > 0 && row[0] == '{' {
			rows = append(rows, event.After)
		}
	}
	return rows, len(rows) > 0
}

// delimiters are tried in this order.
var inferDelimiters = []string{",", "\t", ";", "|"}

// inferCSV infers from lines of values, and reports false if there is no delimiter that most lines have
// equally often.
func (out *Inferred) inferCSV(records [][]byte, header bool) bool {
	var lines []string
	for _, record := range records {
		if !utf8.Valid(record) {
			return false
		}
		for line := range strings.Lines(string(record)) {
			if line = strings.TrimRight(line, "\r\n"); line != "" {
				lines = append(lines, line)
			}
		}
	}
	for _, delimiter := range inferDelimiters {
		rows, width := splitLines(lines, delimiter)
		if width < 2 || 10*len(rows) < 9*len(lines) {
			continue
		}
		out.Format, out.Bad = "csv", len(lines)-len(rows)
		if delimiter != "," {
			out.Options = append(out.Options, [2]string{csvDelimiter, strings.ReplaceAll(delimiter, "\t", `\t`)})
		}
		names := make([]string, width)
		if header && len(rows) > 1 && isHeader(rows[0]) {
			copy(names, rows[0])
			rows = rows[1:]
			out.Options = append(out.Options, [2]string{csvIgnoreFirst, "true"})
		}
		out.inferCSVColumns(names, rows)
		return true
	}
	return false
}

func (out *Inferred) inferCSVColumns(names []string, rows [][]string) {
	empties := false
	for i, name := range names {
		var column shape
		for _, row := range rows {
			if row[i] == "" {
				column.nulls++
				continue
			}
			column.seeText(row[i], true)
		}
		t := column.sqlType()
		switch {
		case column.nulls == 0:
			t = t.Required()
		case !t.Kind.IsText():
			empties = true
		}
		if name == "" {
			name = "c" + strings.TrimLeft(string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10)), "0")
		}
		out.Columns = append(out.Columns, InferredColumn{Name: name, Type: t})
	}
	if empties {
		out.Options = append(out.Options, [2]string{csvEmptyNull, "true"})
	}
	out.inferEventTime(func(column int) []string {
		var values []string
		for _, row := range rows {
			values = append(values, row[column])
		}
		return values
	})
}

// isHeader reports whether a row names columns: texts that differ and none of which is a number or time.
func isHeader(row []string) bool {
	seen := map[string]bool{}
	for _, value := range row {
		var s shape
		s.seeText(value, true)
		if value == "" || seen[value] || s.texts == 0 {
			return false
		}
		seen[value] = true
	}
	return true
}
