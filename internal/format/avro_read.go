package format

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// avroReader appends a value to its builder and returns the position after it. When it returns a
// negative one it may have appended less than a value.
type avroReader func(b []byte, i int) int

// avroCompiler makes readers for the columns of a table from the schema that the records were written
// with: their types resolve as Avro has it, and by their meaning (a date is a DATE).
type avroCompiler struct {
	// fault is why the last value is not one of its column; nil: the record is not like its schema.
	fault error
	depth int // of types that are being compiled
}

func (c *avroCompiler) refuse(format string, args ...any) int {
	c.fault = badData(format, args...)
	return -1
}

// reader returns the builder and the reader for values of a node that become values of a type. path names
// the column in messages.
func (c *avroCompiler) reader(n *avroNode, t types.Type, path string) (batch.Builder, avroReader, error) {
	if c.depth++; c.depth > 64 {
		return nil, nil, diag.Errorf(diag.Unsupported, diag.Span{}, "column %q: the type nests too deep", path)
	}
	defer func() { c.depth-- }()
	switch n.kind { //nolint:exhaustive // the others are below
	case avroUnion:
		return c.union(n, t, path)
	case avroNull:
		return c.nulls(t, path)
	}
	builder, read := c.exact(n, t, path)
	if read != nil {
		return builder, read, nil
	}
	if t.Kind.IsNested() {
		return c.nested(n, t, path)
	}
	return nil, nil, avroMismatch(n, t, path)
}

func avroMismatch(n *avroNode, t types.Type, path string) error {
	name := n.name
	if n.logical != "" {
		name += " (" + n.logical + ")"
	}
	return diag.Errorf(diag.Unsupported, diag.Span{}, "column %q is %s, but its Avro type is %s", path, t.Nullable(), name).
		WithHint("declare it as %s", n.sqlType())
}

// union returns the reader of a union of one type and perhaps null.
func (c *avroCompiler) union(n *avroNode, t types.Type, path string) (batch.Builder, avroReader, error) {
	null, other := int64(-1), int64(-1)
	for i, branch := range n.children {
		switch {
		case branch.kind == avroNull:
			null = int64(i)
		case other < 0:
			other = int64(i)
		default:
			return nil, nil, diag.Errorf(diag.Unsupported, diag.Span{}, "column %q: its Avro type is a union of several types", path).
				WithHint("leave the column out of the table: only unions of null and one type can be read")
		}
	}
	if other < 0 {
		return c.nulls(t, path)
	}
	builder, read, err := c.reader(n.children[other], t, path)
	if err != nil {
		return nil, nil, err
	}
	return builder, func(b []byte, i int) int {
		branch, i := varint(b, i)
		switch {
		case i >= 0 && branch == other:
			return read(b, i)
		case i < 0 || branch != null || null < 0:
			return -1
		case t.NotNull:
			return c.refuse("column %q is null, and it is NOT NULL", path)
		}
		builder.AppendNull()
		return i
	}, nil
}

// nulls returns the reader of the Avro type null.
func (c *avroCompiler) nulls(t types.Type, path string) (batch.Builder, avroReader, error) {
	if t.NotNull {
		return nil, nil, avroMismatch(&avroNode{name: "null"}, t, path)
	}
	builder := batch.NewBuilder(t)
	return builder, func(_ []byte, i int) int { builder.AppendNull(); return i }, nil
}

// exact returns the reader of a type that is not nested; nil: the types do not resolve.
func (c *avroCompiler) exact(n *avroNode, t types.Type, path string) (batch.Builder, avroReader) {
	switch n.kind { //nolint:exhaustive // the others are nested
	case avroBoolean:
		if t.Kind == types.Boolean {
			builder := &batch.FixedBuilder[bool]{}
			return builder, func(b []byte, i int) int {
				if i >= len(b) || b[i] > 1 {
					return -1
				}
				builder.Append(b[i] == 1)
				return i + 1
			}
		}
	case avroVarint:
		return c.number(n, t, path)
	case avroFloat:
		return avroReals(t, 4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) })
	case avroDouble:
		if t.Kind == types.Double {
			return avroReals(t, 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) })
		}
	case avroEnum:
		if t.Kind.IsText() {
			builder := &batch.BytesBuilder{}
			return builder, func(b []byte, i int) int {
				symbol, i := varint(b, i)
				if i < 0 || symbol < 0 || symbol >= int64(len(n.symbols)) {
					return -1
				}
				builder.AppendString(n.symbols[symbol])
				return i
			}
		}
	case avroBytes, avroFixed:
		return c.bytes(n, t, path)
	}
	return nil, nil
}

func avroReals(t types.Type, size int, value func([]byte) float64) (batch.Builder, avroReader) {
	switch t.Kind { //nolint:exhaustive // nothing else is a float
	case types.Double:
		builder := &batch.FixedBuilder[float64]{}
		return builder, func(b []byte, i int) int {
			if size > len(b)-i {
				return -1
			}
			builder.Append(value(b[i:]))
			return i + size
		}
	case types.Float:
		builder := &batch.FixedBuilder[float32]{}
		return builder, func(b []byte, i int) int {
			if size > len(b)-i {
				return -1
			}
			builder.Append(float32(value(b[i:])))
			return i + size
		}
	}
	return nil, nil
}

// micros are how many microseconds the units of logical types have; those of nanoseconds are divided.
var avroUnits = map[string]int64{
	"time-millis": 1000, "time-micros": 1, "timestamp-millis": 1000, "timestamp-micros": 1, "timestamp-nanos": -1000,
	"local-timestamp-millis": 1000, "local-timestamp-micros": 1, "local-timestamp-nanos": -1000,
}

// number returns the reader of an int or long.
func (c *avroCompiler) number(n *avroNode, t types.Type, path string) (batch.Builder, avroReader) {
	unit, isTime := avroUnits[n.logical]
	switch kind := t.Kind; {
	case kind == types.TinyInt:
		return avroIntegers[int8](c, t, path)
	case kind == types.SmallInt:
		return avroIntegers[int16](c, t, path)
	case kind == types.Int, kind == types.Date && n.logical == "date":
		return avroIntegers[int32](c, t, path)
	case kind == types.BigInt:
		return avroIntegers[int64](c, t, path)
	case kind == types.Double:
		builder := &batch.FixedBuilder[float64]{}
		return builder, avroNumbers(func(v int64) bool { builder.Append(float64(v)); return true })
	case kind == types.Float:
		builder := &batch.FixedBuilder[float32]{}
		return builder, avroNumbers(func(v int64) bool { builder.Append(float32(v)); return true })
	case isTime && (kind == types.Time) == (n.logical[:5] == "time-") && (kind == types.Time || kind.IsTimestamp()):
		builder := &batch.FixedBuilder[int64]{}
		return builder, avroNumbers(func(v int64) bool {
			micros := v * unit
			if unit < 0 {
				micros = types.FloorDiv(v, -unit)
			} else if unit > 1 && micros/unit != v {
				c.refuse("column %q: %d is out of range for %s", path, v, t.Nullable())
				return false
			}
			builder.Append(types.TruncateMicros(micros, t.Precision))
			return true
		})
	}
	return nil, nil
}

func avroIntegers[T int8 | int16 | int32 | int64](c *avroCompiler, t types.Type, path string) (batch.Builder, avroReader) {
	builder := &batch.FixedBuilder[T]{}
	return builder, func(b []byte, i int) int {
		v, i := varint(b, i)
		if i < 0 {
			return i
		}
		if int64(T(v)) != v {
			return c.refuse("column %q: %d is out of range for %s", path, v, t.Nullable())
		}
		builder.Append(T(v))
		return i
	}
}

func avroNumbers(appendValue func(int64) bool) avroReader {
	return func(b []byte, i int) int {
		v, i := varint(b, i)
		if i < 0 || !appendValue(v) {
			return -1
		}
		return i
	}
}

// bytes returns the reader of bytes, string or fixed.
func (c *avroCompiler) bytes(n *avroNode, t types.Type, path string) (batch.Builder, avroReader) {
	value := avroLength
	if n.kind == avroFixed {
		value = func(b []byte, i int) (length, next int) {
			if n.size > len(b)-i {
				return 0, -1
			}
			return n.size, i
		}
	}
	switch kind := t.Kind; {
	case kind == types.Decimal && n.logical == "decimal":
		builder := &batch.FixedBuilder[types.Decimal128]{}
		return builder, func(b []byte, i int) int {
			length, i := value(b, i)
			if i < 0 {
				return i
			}
			v, ok := avroDecimal(b[i:i+length], n.scale, t)
			if !ok {
				return c.refuse("column %q: the decimal is out of range for %s", path, t.Nullable())
			}
			builder.Append(v)
			return i + length
		}
	case kind.IsText() && n.kind == avroBytes && n.logical != "decimal":
		return avroTexts()
	case kind == types.Varbinary:
		builder := &batch.BytesBuilder{}
		return builder, func(b []byte, i int) int {
			length, i := value(b, i)
			if i < 0 {
				return i
			}
			builder.Append(b[i : i+length])
			return i + length
		}
	case kind == types.JSON && n.name == "string":
		builder := &batch.BytesBuilder{}
		var text []byte
		return builder, func(b []byte, i int) int {
			length, i := value(b, i)
			if i < 0 {
				return i
			}
			var err error
			if text, err = appendJSON(text[:0], b[i:i+length]); err != nil {
				return c.refuse("column %q: %v", path, err)
			}
			builder.Append(text)
			return i + length
		}
	}
	return nil, nil
}

// avroTexts returns the reader of texts. What is not UTF-8 becomes U+FFFD.
func avroTexts() (batch.Builder, avroReader) {
	builder := &batch.BytesBuilder{}
	var valid []byte
	return builder, func(b []byte, i int) int {
		length, i := avroLength(b, i)
		if i < 0 {
			return i
		}
		text := b[i : i+length]
		if !utf8.Valid(text) {
			valid = appendValid(append(valid[:0], text...), 0)
			text = valid
		}
		builder.Append(text)
		return i + length
	}
}

// avroDecimal reads a big-endian number in two's complement, with so many digits behind the point.
func avroDecimal(b []byte, scale int, t types.Type) (types.Decimal128, bool) {
	if len(b) > 64 { // more digits than any DECIMAL has, whatever the scale
		return types.Decimal128{}, false
	}
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return types.ParseDecimal(fmt.Sprintf("%se-%d", v, scale), t.Precision, t.Scale)
}

// nested returns the reader of an array, map or record.
func (c *avroCompiler) nested(n *avroNode, t types.Type, path string) (batch.Builder, avroReader, error) {
	switch {
	case n.kind == avroArray && t.Kind == types.Array:
		element, read, err := c.reader(n.children[0], t.Element(), path+"[]")
		if err != nil {
			return nil, nil, err
		}
		builder := &batch.ListBuilder{Items: element}
		return builder, func(b []byte, i int) int {
			if i = avroBlocks(b, i, func(i int) int { return read(b, i) }); i >= 0 {
				builder.Close()
			}
			return i
		}, nil
	case n.kind == avroMap && (t.Kind == types.Map || t.Kind == types.Multiset) && t.Key().Kind.IsText():
		value, read, err := c.reader(n.children[0], t.Value(), path+"{}")
		if err != nil {
			return nil, nil, err
		}
		key, readKey := c.bytes(&avroNode{kind: avroBytes, name: "string"}, t.Key(), path)
		entries := &batch.StructBuilder{Fields: []batch.Builder{key, value}}
		builder := &batch.ListBuilder{Items: entries}
		return builder, func(b []byte, i int) int {
			i = avroBlocks(b, i, func(i int) int {
				if i = readKey(b, i); i >= 0 {
					if i = read(b, i); i >= 0 {
						entries.Close()
					}
				}
				return i
			})
			if i >= 0 {
				builder.Close()
			}
			return i
		}, nil
	case n.kind == avroRecord && t.Kind == types.Row:
		builder := &batch.StructBuilder{}
		read, err := c.record(n, t.Fields(), path+".", &builder.Fields)
		if err != nil {
			return nil, nil, err
		}
		return builder, func(b []byte, i int) int {
			if i = read(b, i); i >= 0 {
				builder.Close()
			}
			return i
		}, nil
	}
	return nil, nil, avroMismatch(n, t, path)
}

// record returns the reader of a record, of which fields are wanted. It adds their builders to builders.
func (c *avroCompiler) record(n *avroNode, fields types.Schema, path string, builders *[]batch.Builder) (avroReader, error) {
	var program []avroStep
	var absent []batch.Builder
	wanted := make([][]avroStep, len(n.children))
	for _, field := range fields {
		at := -1
		for i, name := range n.names {
			if name == field.Name {
				at = i
			}
		}
		if at < 0 {
			if field.Type.NotNull {
				return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "column %q is NOT NULL, but the Avro schema has no field of that name", path+field.Name).
					WithHint("leave NOT NULL out: a field that is not there is NULL")
			}
			builder := batch.NewBuilder(field.Type)
			*builders, absent = append(*builders, builder), append(absent, builder)
			continue
		}
		step, builder, err := c.readStep(n.children[at], field.Type, path+field.Name)
		if err != nil {
			return nil, err
		}
		*builders = append(*builders, builder)
		wanted[at] = append(wanted[at], step)
	}
	for i, child := range n.children {
		if len(wanted[i]) == 0 {
			program = append(program, skipStep(child))
			continue
		}
		for j, step := range wanted[i] {
			step.again = j < len(wanted[i])-1
			program = append(program, step)
		}
	}
	return func(b []byte, i int) int {
		if i = runAvro(program, b, i); i >= 0 {
			for _, builder := range absent {
				builder.AppendNull()
			}
		}
		return i
	}, nil
}
