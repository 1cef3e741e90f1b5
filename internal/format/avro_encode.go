package format

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/twmb/avro"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// avroWriter appends the value of a row.
type avroWriter func(dst []byte, c batch.Column, row int) ([]byte, error)

// avroEncoder writes rows as records of one schema.
type avroEncoder struct {
	members []avroMember
	prefix  []byte // of every record
	schema  *avro.Schema
	json    bool
	scratch []byte
}

// avroMember is a field of the schema: a column, or -1 for one that is always null.
type avroMember struct {
	column int
	name   string
	write  avroWriter
}

func newAvroEncoder(config Config) (Encoder, error) {
	schema, err := avroSchemaOf(config)
	if err != nil {
		return nil, err
	}
	e, err := compileAvroEncoder(schema, config.Schema)
	if err != nil {
		return nil, err
	}
	e.json = config.Options.String(avroEncoding) == avroJSON
	return e, nil
}

// compileAvroEncoder makes an encoder of rows with the columns to records of a schema.
func compileAvroEncoder(schema *avro.Schema, columns types.Schema) (*avroEncoder, error) {
	root, err := newAvroNode(schema)
	if err != nil {
		return nil, err
	}
	members, err := avroMembers(root, columns, "")
	return &avroEncoder{members: members, schema: schema}, err
}

func avroMembers(n *avroNode, columns types.Schema, path string) ([]avroMember, error) {
	if n.kind != avroRecord {
		return nil, avroMismatch(n, types.RowOf(columns), path)
	}
	for _, column := range columns {
		if !slices.Contains(n.names, column.Name) {
			return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "the Avro schema has no field for column %q", path+column.Name).
				WithHint("add the field to the schema, or leave the column out")
		}
	}
	var members []avroMember
	for i, name := range n.names {
		m := avroMember{column: -1, name: path + name}
		for at, column := range columns {
			if column.Name != name {
				continue
			}
			m.column = at
			var err error
			if m.write, err = avroWriterOf(n.children[i], column.Type, path+name); err != nil {
				return nil, err
			}
		}
		if m.column < 0 {
			null, _ := nullBranch(n.children[i])
			if null < 0 {
				return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "the Avro schema has a field %q that may not be null, but the table has no such column", path+name).
					WithHint("declare the column")
			}
			m.write = func(dst []byte, _ batch.Column, _ int) ([]byte, error) { return appendVarint(dst, null), nil }
		}
		members = append(members, m)
	}
	return members, nil
}

// nullBranch returns the number of the branch null of a union, and of the only other one; -1: there is
// none.
func nullBranch(n *avroNode) (null, other int64) {
	null, other = -1, -1
	if n.kind != avroUnion {
		return null, other
	}
	for i, branch := range n.children {
		switch {
		case branch.kind == avroNull:
			null = int64(i)
		case other < 0:
			other = int64(i)
		default:
			return null, -1
		}
	}
	return null, other
}

// avroWriterOf returns the writer of values of a type as values of a node.
func avroWriterOf(n *avroNode, t types.Type, path string) (avroWriter, error) {
	if n.kind == avroUnion {
		null, other := nullBranch(n)
		if other < 0 {
			return nil, avroMismatch(n, t, path)
		}
		write, err := avroWriterOf(n.children[other], t.Required(), path)
		if err != nil {
			return nil, err
		}
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			if !c.Valid().Get(row) {
				if null < 0 {
					return dst, avroNullError(path)
				}
				return appendVarint(dst, null), nil
			}
			return write(appendVarint(dst, other), c, row)
		}, nil
	}
	write, err := avroValueWriter(n, t, path)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, c batch.Column, row int) ([]byte, error) {
		if !c.Valid().Get(row) {
			return dst, avroNullError(path)
		}
		return write(dst, c, row)
	}, nil
}

func avroNullError(path string) error {
	return badData("column %q is NULL, and its Avro type has no null", path)
}

// avroValueWriter returns the writer of values that are not NULL.
func avroValueWriter(n *avroNode, t types.Type, path string) (avroWriter, error) {
	switch n.kind { //nolint:exhaustive // unions and null have been seen to
	case avroBoolean:
		if t.Kind == types.Boolean {
			return func(dst []byte, c batch.Column, row int) ([]byte, error) {
				return append(dst, boolByte(batch.Values[bool](c)[row])), nil
			}, nil
		}
	case avroVarint:
		return avroNumberWriter(n, t, path)
	case avroFloat:
		if t.Kind == types.Float {
			return func(dst []byte, c batch.Column, row int) ([]byte, error) {
				return binary.LittleEndian.AppendUint32(dst, math.Float32bits(batch.Values[float32](c)[row])), nil
			}, nil
		}
	case avroDouble:
		switch t.Kind { //nolint:exhaustive // nothing else fits
		case types.Double:
			return func(dst []byte, c batch.Column, row int) ([]byte, error) {
				return binary.LittleEndian.AppendUint64(dst, math.Float64bits(batch.Values[float64](c)[row])), nil
			}, nil
		case types.Float:
			return func(dst []byte, c batch.Column, row int) ([]byte, error) {
				return binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(batch.Values[float32](c)[row]))), nil
			}, nil
		}
	case avroBytes:
		return avroBytesWriter(n, t, path)
	case avroEnum:
		if t.Kind.IsText() {
			return func(dst []byte, c batch.Column, row int) ([]byte, error) {
				text := c.(*batch.Bytes).At(row)
				for i, symbol := range n.symbols {
					if symbol == string(text) {
						return appendVarint(dst, int64(i)), nil
					}
				}
				return dst, badData("column %q: %q is no symbol of its Avro enum", path, text)
			}, nil
		}
	case avroFixed:
		if t.Kind == types.Varbinary {
			return func(dst []byte, c batch.Column, row int) ([]byte, error) {
				value := c.(*batch.Bytes).At(row)
				if len(value) != n.size {
					return dst, badData("column %q has %s, and its Avro type takes %d", path, count(len(value), "byte"), n.size)
				}
				return append(dst, value...), nil
			}, nil
		}
	case avroArray, avroMap, avroRecord:
		return avroNestedWriter(n, t, path)
	}
	return nil, avroMismatch(n, t, path)
}

func avroNumberWriter(n *avroNode, t types.Type, path string) (avroWriter, error) {
	unit, isTime := avroUnits[n.logical]
	if unit < 0 {
		isTime = false
	}
	switch kind := t.Kind; {
	case kind == types.TinyInt:
		return appendAvroInteger[int8], nil
	case kind == types.SmallInt:
		return appendAvroInteger[int16], nil
	case kind == types.Int, kind == types.Date && n.logical == "date":
		return appendAvroInteger[int32], nil
	case kind == types.BigInt && n.name == "long":
		return appendAvroInteger[int64], nil
	case isTime && (kind == types.Time || kind.IsTimestamp()) && (kind == types.Time) == (n.logical[:5] == "time-"):
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return appendVarint(dst, types.FloorDiv(batch.Values[int64](c)[row], unit)), nil
		}, nil
	}
	return nil, avroMismatch(n, t, path)
}

func appendAvroInteger[T int8 | int16 | int32 | int64](dst []byte, c batch.Column, row int) ([]byte, error) {
	return appendVarint(dst, int64(batch.Values[T](c)[row])), nil
}

func appendVarint(dst []byte, v int64) []byte { return binary.AppendVarint(dst, v) } // zigzag, as Avro has it

func avroBytesWriter(n *avroNode, t types.Type, path string) (avroWriter, error) {
	switch kind := t.Kind; {
	case kind == types.Decimal && n.logical == "decimal" && n.scale == t.Scale:
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			d := batch.Values[types.Decimal128](c)[row]
			v := new(big.Int).Or(new(big.Int).Lsh(big.NewInt(d.High), 64), new(big.Int).SetUint64(d.Low))
			return appendTwosComplement(dst, v), nil
		}, nil
	case kind.IsText() && n.name == "string", kind == types.Varbinary && n.logical == "", kind == types.JSON && n.name == "string":
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			value := c.(*batch.Bytes).At(row)
			return append(appendVarint(dst, int64(len(value))), value...), nil
		}, nil
	}
	return nil, avroMismatch(n, t, path)
}

// appendTwosComplement appends a number as bytes of Avro: in as few bytes as it takes.
func appendTwosComplement(dst []byte, v *big.Int) []byte {
	size := v.BitLen()/8 + 1
	if v.Sign() < 0 {
		size = new(big.Int).Not(v).BitLen()/8 + 1
		v = new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	dst = appendVarint(dst, int64(size))
	return append(dst, v.FillBytes(make([]byte, size))...)
}

func avroNestedWriter(n *avroNode, t types.Type, path string) (avroWriter, error) {
	switch {
	case n.kind == avroRecord && t.Kind == types.Row:
		members, err := avroMembers(n, t.Fields(), path+".")
		if err != nil {
			return nil, err
		}
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			return appendAvroMembers(dst, members, c.(*batch.Struct).Fields, row)
		}, nil
	case n.kind == avroArray && t.Kind == types.Array:
		write, err := avroWriterOf(n.children[0], t.Element(), path+"[]")
		if err != nil {
			return nil, err
		}
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			list := c.(*batch.List)
			return appendAvroBlock(dst, list, row, func(dst []byte, item int) ([]byte, error) { return write(dst, list.Items, item) })
		}, nil
	case n.kind == avroMap && (t.Kind == types.Map || t.Kind == types.Multiset) && t.Key().Kind.IsText():
		write, err := avroWriterOf(n.children[0], t.Value(), path+"{}")
		if err != nil {
			return nil, err
		}
		return func(dst []byte, c batch.Column, row int) ([]byte, error) {
			list := c.(*batch.List)
			entries := list.Items.(*batch.Struct)
			return appendAvroBlock(dst, list, row, func(dst []byte, item int) ([]byte, error) {
				if !entries.Fields[0].Valid().Get(item) {
					return dst, badData("column %q: a key is NULL", path)
				}
				key := entries.Fields[0].(*batch.Bytes).At(item)
				return write(append(appendVarint(dst, int64(len(key))), key...), entries.Fields[1], item)
			})
		}, nil
	}
	return nil, avroMismatch(n, t, path)
}

func appendAvroBlock(dst []byte, list *batch.List, row int, item func(dst []byte, item int) ([]byte, error)) ([]byte, error) {
	from, to := list.Range(row)
	if to > from {
		dst = appendVarint(dst, int64(to-from))
		for i := from; i < to; i++ {
			var err error
			if dst, err = item(dst, i); err != nil {
				return dst, err
			}
		}
	}
	return append(dst, 0), nil
}

func appendAvroMembers(dst []byte, members []avroMember, columns []batch.Column, row int) ([]byte, error) {
	for i := range members {
		var column batch.Column
		if at := members[i].column; at >= 0 {
			column = columns[at]
		}
		var err error
		if dst, err = members[i].write(dst, column, row); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// Append appends a row as one record.
func (e *avroEncoder) Append(dst []byte, b *batch.Batch, row int) ([]byte, error) {
	if e.json {
		var err error
		if e.scratch, err = appendAvroMembers(e.scratch[:0], e.members, b.Columns, row); err != nil {
			return dst, err
		}
		var v any
		if _, err := e.schema.Decode(e.scratch, &v, avro.TaggedUnions()); err != nil {
			return dst, fmt.Errorf("write Avro as JSON: %w", err)
		}
		text, err := e.schema.EncodeJSON(v, avro.TaggedUnions())
		if err != nil {
			return dst, badData("Avro has no JSON for the row: %v", err)
		}
		return append(dst, text...), nil
	}
	out, err := appendAvroMembers(append(dst, e.prefix...), e.members, b.Columns, row)
	if err != nil {
		return dst, err
	}
	return out, nil
}
