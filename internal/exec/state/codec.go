package state

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/types"
)

// Writer encodes state. Numbers are little-endian or varints, texts have their length in front.
type Writer struct{ data []byte }

// NewWriter returns a writer with room for about size bytes.
func NewWriter(size int) *Writer { return &Writer{data: make([]byte, 0, size)} }

// Data is what was written so far.
func (w *Writer) Data() []byte { return w.data }

// Uint writes a number.
func (w *Writer) Uint(v uint64) { w.data = binary.AppendUvarint(w.data, v) }

// Int writes a number that may be negative.
func (w *Writer) Int(v int64) { w.data = binary.AppendVarint(w.data, v) }

// Bool writes a truth value.
func (w *Writer) Bool(v bool) {
	if v {
		w.data = append(w.data, 1)
	} else {
		w.data = append(w.data, 0)
	}
}

// Bytes writes a text.
func (w *Writer) Bytes(v []byte) {
	w.Uint(uint64(len(v)))
	w.data = append(w.data, v...)
}

// String writes a text.
func (w *Writer) String(v string) {
	w.Uint(uint64(len(v)))
	w.data = append(w.data, v...)
}

// Reader decodes what a Writer has encoded. After the first fault everything reads as zero; Err has
// the fault. Lengths are checked before anything is allocated for them.
type Reader struct {
	data []byte
	err  error
}

// NewReader returns a reader of data, which it does not copy.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Err is the first fault; nil if there was none.
func (r *Reader) Err() error { return r.err }

// End returns the first fault, or one if something is left.
func (r *Reader) End() error {
	if r.err == nil && len(r.data) > 0 {
		r.fail("%d bytes too many", len(r.data))
	}
	return r.err
}

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("state: %w: %s", checkpoint.ErrDamaged, fmt.Sprintf(format, args...))
	}
	r.data = nil
}

// Uint reads a number.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.fail("no number")
		return 0
	}
	r.data = r.data[n:]
	return v
}

// Int reads a number that may be negative.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.fail("no number")
		return 0
	}
	r.data = r.data[n:]
	return v
}

// Bool reads a truth value.
func (r *Reader) Bool() bool {
	b := r.take(1)
	return len(b) == 1 && b[0] == 1
}

// Count reads the number of things of which each takes at least width bytes of what is left. Things
// that may take none have width 0, and at most maxEmpty of them are accepted.
func (r *Reader) Count(width int) int {
	const maxEmpty = math.MaxInt32
	n := r.Uint()
	limit := uint64(maxEmpty)
	if width > 0 {
		limit = uint64(len(r.data) / width)
	}
	if n > limit {
		r.fail("%d of something in %d bytes", n, len(r.data))
		return 0
	}
	return int(n)
}

// Bytes reads a text, which stays in the reader's data.
func (r *Reader) Bytes() []byte { return r.take(r.Count(1)) }

// String reads a text.
func (r *Reader) String() string { return string(r.Bytes()) }

func (r *Reader) take(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.fail("%d bytes of %d", n, len(r.data))
		return nil
	}
	taken := r.data[:n:n]
	r.data = r.data[n:]
	return taken
}

// The kinds of columns in a snapshot. They are stored: numbers stay.
const (
	columnNone byte = iota
	columnBool
	columnInt8
	columnInt16
	columnInt32
	columnInt64
	columnFloat32
	columnFloat64
	columnBytes
	columnDecimal
	columnList
	columnStruct
)

// Column writes a column, or nil.
func (w *Writer) Column(c batch.Column) {
	switch c := c.(type) {
	case nil:
		w.data = append(w.data, columnNone)
	case *batch.Fixed[bool]:
		w.header(columnBool, c)
		for _, v := range c.Values {
			w.Bool(v)
		}
	case *batch.Fixed[int8]:
		w.header(columnInt8, c)
		for _, v := range c.Values {
			w.data = append(w.data, byte(v))
		}
	case *batch.Fixed[int16]:
		w.header(columnInt16, c)
		for _, v := range c.Values {
			w.data = binary.LittleEndian.AppendUint16(w.data, uint16(v))
		}
	case *batch.Fixed[int32]:
		w.header(columnInt32, c)
		for _, v := range c.Values {
			w.data = binary.LittleEndian.AppendUint32(w.data, uint32(v))
		}
	case *batch.Fixed[int64]:
		w.header(columnInt64, c)
		for _, v := range c.Values {
			w.data = binary.LittleEndian.AppendUint64(w.data, uint64(v))
		}
	case *batch.Fixed[float32]:
		w.header(columnFloat32, c)
		for _, v := range c.Values {
			w.data = binary.LittleEndian.AppendUint32(w.data, math.Float32bits(v))
		}
	case *batch.Fixed[float64]:
		w.header(columnFloat64, c)
		for _, v := range c.Values {
			w.data = binary.LittleEndian.AppendUint64(w.data, math.Float64bits(v))
		}
	case *batch.Fixed[types.Decimal128]:
		w.header(columnDecimal, c)
		for _, v := range c.Values {
			w.data = binary.LittleEndian.AppendUint64(w.data, v.Low)
			w.data = binary.LittleEndian.AppendUint64(w.data, uint64(v.High))
		}
	case *batch.List:
		w.header(columnList, c)
		w.lengths(c.Offsets)
		w.Column(itemsOf(c))
	case *batch.Struct:
		w.header(columnStruct, c)
		w.Columns(c.Fields)
	case *batch.Bytes:
		w.header(columnBytes, c)
		w.lengths(c.Offsets)
		w.Bytes(c.Data[c.Offsets[0]:c.Offsets[c.Len()]])
	default:
		panic(fmt.Sprintf("no encoding for a column of type %T", c)) // a defect: columns have these types
	}
}

// lengths writes how far offsets are apart.
func (w *Writer) lengths(offsets []int32) {
	for i := range len(offsets) - 1 {
		w.Uint(uint64(offsets[i+1] - offsets[i]))
	}
}

// itemsOf returns the items that belong to the rows of a list, and no others.
func itemsOf(c *batch.List) batch.Column {
	first, last := c.Offsets[0], c.Offsets[c.Len()]
	if first == 0 && int(last) == c.Items.Len() {
		return c.Items
	}
	rows := make([]int32, last-first)
	for i := range rows {
		rows[i] = first + int32(i)
	}
	return c.Items.Gather(rows)
}

// Columns writes columns.
func (w *Writer) Columns(columns []batch.Column) {
	w.Uint(uint64(len(columns)))
	for _, c := range columns {
		w.Column(c)
	}
}

// Columns reads columns, which must have the given number of rows.
func (r *Reader) Columns(rows int) []batch.Column {
	columns := make([]batch.Column, r.Count(1))
	for i := range columns {
		columns[i] = r.Column()
		if r.err == nil && (columns[i] == nil || columns[i].Len() != rows) {
			r.fail("a column has not %d rows", rows)
		}
	}
	return columns
}

// header writes the kind of a column, its length and its validity.
func (w *Writer) header(kind byte, c batch.Column) {
	w.data = append(w.data, kind)
	w.Uint(uint64(c.Len()))
	valid := c.Valid()
	w.Bool(valid != nil)
	if valid != nil {
		for _, word := range valid[:(c.Len()+63)/64] {
			w.data = binary.LittleEndian.AppendUint64(w.data, word)
		}
	}
}

// Column reads a column; nil if nil was written, or after a fault.
func (r *Reader) Column() batch.Column {
	kind := r.take(1)
	if len(kind) == 0 || kind[0] == columnNone {
		return nil
	}
	widths := [...]int{
		columnBool: 1, columnInt8: 1, columnInt16: 2, columnInt32: 4, columnInt64: 8, columnFloat32: 4, columnFloat64: 8,
		columnBytes: 1, columnDecimal: 16, columnList: 1, columnStruct: 0,
	}
	if int(kind[0]) >= len(widths) {
		r.fail("column of kind %d", kind[0])
		return nil
	}
	width := widths[kind[0]]
	rows := r.Count(width)
	valid := r.validity(rows)
	switch kind[0] {
	case columnBytes:
		return r.texts(rows, valid)
	case columnList:
		offsets := r.offsets(rows)
		items := r.Column()
		if r.err == nil && (items == nil || items.Len() != int(offsets[rows])) {
			r.fail("list of %d items", offsets[rows])
		}
		if r.err != nil {
			return nil
		}
		return batch.NewList(offsets, items, valid)
	case columnStruct:
		fields := r.Columns(rows)
		if r.err != nil {
			return nil
		}
		return batch.NewStruct(rows, fields, valid)
	}
	data := r.take(rows * width)
	if r.err != nil {
		return nil
	}
	switch kind[0] {
	case columnBool:
		return fixed(rows, valid, func(i int) bool { return data[i] == 1 })
	case columnInt8:
		return fixed(rows, valid, func(i int) int8 { return int8(data[i]) })
	case columnInt16:
		return fixed(rows, valid, func(i int) int16 { return int16(binary.LittleEndian.Uint16(data[2*i:])) })
	case columnInt32:
		return fixed(rows, valid, func(i int) int32 { return int32(binary.LittleEndian.Uint32(data[4*i:])) })
	case columnInt64:
		return fixed(rows, valid, func(i int) int64 { return int64(binary.LittleEndian.Uint64(data[8*i:])) })
	case columnDecimal:
		return fixed(rows, valid, func(i int) types.Decimal128 {
			return types.Decimal128{Low: binary.LittleEndian.Uint64(data[16*i:]), High: int64(binary.LittleEndian.Uint64(data[16*i+8:]))}
		})
	case columnFloat32:
		return fixed(rows, valid, func(i int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])) })
	}
	return fixed(rows, valid, func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])) })
}

func fixed[T batch.Value](rows int, valid batch.Bitmap, at func(i int) T) batch.Column {
	values := make([]T, rows)
	for i := range values {
		values[i] = at(i)
	}
	return batch.NewFixed(values, valid)
}

func (r *Reader) validity(rows int) batch.Bitmap {
	if !r.Bool() {
		return nil
	}
	words := r.take((rows + 63) / 64 * 8)
	if r.err != nil {
		return nil
	}
	valid := batch.NewBitmap(rows)
	for i := range valid {
		valid[i] = binary.LittleEndian.Uint64(words[8*i:])
	}
	return valid
}

// offsets reads lengths.
func (r *Reader) offsets(rows int) []int32 {
	offsets := make([]int32, rows+1)
	end := uint64(0)
	for i := range rows {
		end += r.Uint()
		if end > math.MaxInt32 {
			r.fail("column of %d bytes", end)
			end = 0
		}
		offsets[i+1] = int32(end)
	}
	return offsets
}

func (r *Reader) texts(rows int, valid batch.Bitmap) batch.Column {
	offsets := r.offsets(rows)
	data := r.Bytes()
	if r.err == nil && len(data) != int(offsets[rows]) {
		r.fail("texts of %d bytes in %d", offsets[rows], len(data))
	}
	if r.err != nil {
		return nil
	}
	return batch.NewBytes(offsets, data, valid)
}
