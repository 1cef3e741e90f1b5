package batch

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/types"
)

// Format returns the rows as text for tests and goldens: a header of column names, then one line
// per row, cells separated by " | ", NULL for NULL. Rows of a changelog begin with their change.
func Format(b *Batch, schema types.Schema) string {
	var out strings.Builder
	out.WriteString(strings.Join(schema.Names(), " | "))
	out.WriteByte('\n')
	for row := range b.Rows() {
		out.WriteString(FormatRow(b, schema, row))
		out.WriteByte('\n')
	}
	return out.String()
}

// FormatRow returns one row as Format prints it.
func FormatRow(b *Batch, schema types.Schema, row int) string {
	var line []byte
	if b.Changes != nil {
		line = append(line, b.Changes[row].String()...)
		line = append(line, ' ')
	}
	for i, field := range schema {
		if i > 0 {
			line = append(line, " | "...)
		}
		if !b.Columns[i].Valid().Get(row) {
			line = append(line, "NULL"...)
			continue
		}
		line = AppendText(line, b.Columns[i], row, field.Type, time.UTC)
	}
	return string(line)
}

// Parse reads what Format writes for an append-only batch: a header line with the names of the
// schema's columns, then rows whose cells are separated by '|'. Blanks around a cell are dropped,
// and a cell NULL is always NULL. It is for tests.
func Parse(text string, schema types.Schema) (*Batch, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if header := splitCells(lines[0]); strings.Join(header, ",") != strings.Join(schema.Names(), ",") {
		return nil, fmt.Errorf("header %q does not name the columns %q", header, schema.Names())
	}
	builders := make([]Builder, len(schema))
	for i, field := range schema {
		builders[i] = NewBuilder(field.Type)
	}
	for _, line := range lines[1:] {
		cells := splitCells(line)
		if len(cells) != len(schema) {
			return nil, fmt.Errorf("row %q has %d cells, want %d", line, len(cells), len(schema))
		}
		for i, cell := range cells {
			if err := AppendParsed(builders[i], cell, schema[i].Type); err != nil {
				return nil, fmt.Errorf("row %q: %w", line, err)
			}
		}
	}
	columns := make([]Column, len(builders))
	for i, builder := range builders {
		columns[i] = builder.Finish()
	}
	return New(len(lines)-1, columns...), nil
}

func splitCells(line string) []string {
	cells := strings.Split(line, "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// AppendParsed appends the value that a text cell stands for; NULL appends NULL.
func AppendParsed(builder Builder, cell string, t types.Type) error {
	if cell == "NULL" {
		builder.AppendNull()
		return nil
	}
	switch b := builder.(type) {
	case *BytesBuilder:
		b.AppendString(cell)
		return nil
	case *FixedBuilder[bool]:
		return appendWith(b, cell, strconv.ParseBool)
	case *FixedBuilder[int8]:
		return appendInteger(b, cell, 8)
	case *FixedBuilder[int16]:
		return appendInteger(b, cell, 16)
	case *FixedBuilder[int32]:
		if t.Kind == types.Date {
			days, ok := types.ParseDate(cell)
			if !ok {
				return fmt.Errorf("bad date %q", cell)
			}
			b.Append(int32(days))
			return nil
		}
		return appendInteger(b, cell, 32)
	case *FixedBuilder[int64]:
		return appendParsed64(b, cell, t)
	case *FixedBuilder[types.Decimal128]:
		v, ok := types.ParseDecimal(cell, t.Precision, t.Scale)
		if !ok {
			return fmt.Errorf("bad %v %q", t, cell)
		}
		b.Append(v)
		return nil
	case *FixedBuilder[float32]:
		v, err := strconv.ParseFloat(cell, 32)
		b.Append(float32(v))
		return err
	case *FixedBuilder[float64]:
		return appendWith(b, cell, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	}
	return fmt.Errorf("no text form for %v", t)
}

func appendWith[T Value](b *FixedBuilder[T], cell string, parse func(string) (T, error)) error {
	v, err := parse(cell)
	b.Append(v)
	return err
}

func appendInteger[T int8 | int16 | int32 | int64](b *FixedBuilder[T], cell string, bits int) error {
	v, err := strconv.ParseInt(cell, 10, bits)
	b.Append(T(v))
	return err
}

func appendParsed64(b *FixedBuilder[int64], cell string, t types.Type) error {
	var v int64
	var ok bool
	switch t.Kind {
	case types.Timestamp, types.TimestampLTZ:
		v, _, ok = types.ParseTimestamp(cell)
	case types.Time:
		v, ok = types.ParseTime(cell)
	default:
		return appendInteger(b, cell, 64)
	}
	if !ok {
		return fmt.Errorf("bad %v %q", t, cell)
	}
	b.Append(v)
	return nil
}
