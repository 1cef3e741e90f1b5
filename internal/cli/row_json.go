package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/types"
)

// appendObjects appends each row as an object on a line. In a changelog, the member "$op" says what
// the row does; no column can be called that without quotes.
func (p *rowPrinter) appendObjects(h engine.Header, b *batch.Batch) {
	names := make([][]byte, len(h.Schema))
	for i, field := range h.Schema {
		names[i] = bytes.TrimSuffix(marshal(field.Name), []byte("\n"))
	}
	for row := range b.Rows() {
		separator := byte('{')
		if b.Changes != nil {
			p.buffer.WriteString(`{"$op":"` + b.Changes[row].String() + `"`)
			separator = ','
		}
		for i, column := range b.Columns {
			p.buffer.WriteByte(separator)
			separator = ','
			p.buffer.Write(names[i])
			p.buffer.WriteByte(':')
			p.buffer.Write(jsonValue(column, row, h.Schema[i].Type, h.Zone))
		}
		if separator == '{' {
			p.buffer.WriteByte('{')
		}
		p.buffer.WriteString("}\n")
	}
}

func jsonValue(column batch.Column, row int, t types.Type, zone *time.Location) []byte {
	if !column.Valid().Get(row) {
		return []byte("null")
	}
	text := batch.AppendText(nil, column, row, t, zone)
	switch {
	case t.Kind == types.Boolean, t.Kind.IsInteger(), t.Kind == types.Decimal:
		return text
	case t.Kind.IsNested():
		return jsonNested(column, row, t, zone)
	case t.Kind.IsFloat() && text[len(text)-1] <= '9': // not NaN, not Infinity: JSON has no number for them
		return text
	case t.Kind == types.JSON && json.Valid(text):
		return compactJSON(text)
	case t.Kind == types.Varbinary:
		return []byte(`"` + base64.StdEncoding.EncodeToString(text) + `"`)
	}
	return bytes.TrimSuffix(marshal(string(text)), []byte("\n"))
}

// jsonNested returns an array for an ARRAY and an object for a ROW, and for a MAP or MULTISET, whose keys
// become texts.
func jsonNested(column batch.Column, row int, t types.Type, zone *time.Location) []byte {
	var out []byte
	switch c := column.(type) {
	case *batch.Struct:
		for i, field := range t.Fields() {
			out = append(out, ',')
			out = append(out, bytes.TrimSuffix(marshal(field.Name), []byte("\n"))...)
			out = append(out, ':')
			out = append(out, jsonValue(c.Fields[i], row, field.Type, zone)...)
		}
	case *batch.List:
		from, to := c.Range(row)
		if t.Kind == types.Array {
			for item := from; item < to; item++ {
				out = append(append(out, ','), jsonValue(c.Items, item, t.Element(), zone)...)
			}
			return enclosed('[', out, ']')
		}
		entries := c.Items.(*batch.Struct)
		for item := from; item < to; item++ {
			key := string(batch.AppendText(nil, entries.Fields[0], item, t.Key(), zone))
			out = append(out, ',')
			out = append(out, bytes.TrimSuffix(marshal(key), []byte("\n"))...)
			out = append(out, ':')
			out = append(out, jsonValue(entries.Fields[1], item, t.Value(), zone)...)
		}
	}
	return enclosed('{', out, '}')
}

// enclosed returns items, each with a comma before it, between brackets.
func enclosed(open byte, items []byte, closing byte) []byte {
	if len(items) == 0 {
		return []byte{open, closing}
	}
	items[0] = open
	return append(items, closing)
}

// compactJSON removes the white space between the tokens of a JSON text, so that it fits on a line.
func compactJSON(text []byte) []byte {
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return text
	}
	return out.Bytes()
}
