package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// appendObjects appends each row as an object on a line. In a changelog, the member "$op" says what
// the row does; no column can be called that without quotes.
func (p *rowPrinter) appendObjects(schema types.Schema, b *batch.Batch) {
	names := make([][]byte, len(schema))
	for i, field := range schema {
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
			p.buffer.Write(p.jsonValue(column, row, schema[i].Type))
		}
		if separator == '{' {
			p.buffer.WriteByte('{')
		}
		p.buffer.WriteString("}\n")
	}
}

func (p *rowPrinter) jsonValue(column batch.Column, row int, t types.Type) []byte {
	if !column.Valid().Get(row) {
		return []byte("null")
	}
	text := batch.AppendText(nil, column, row, t, p.zone)
	switch {
	case t.Kind == types.Boolean, t.Kind.IsInteger():
		return text
	case t.Kind.IsFloat() && text[len(text)-1] <= '9': // not NaN, not Infinity: JSON has no number for them
		return text
	case t.Kind == types.JSON && json.Valid(text):
		return compactJSON(text)
	case t.Kind == types.Varbinary:
		return []byte(`"` + base64.StdEncoding.EncodeToString(text) + `"`)
	}
	return bytes.TrimSuffix(marshal(string(text)), []byte("\n"))
}

// compactJSON removes the white space between the tokens of a JSON text, so that it fits on a line.
func compactJSON(text []byte) []byte {
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return text
	}
	return out.Bytes()
}
