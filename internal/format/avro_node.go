package format

import (
	"math"

	"github.com/twmb/avro"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// avroKind is what bytes of a type look like.
type avroKind uint8

const (
	avroNull avroKind = iota
	avroBoolean
	avroVarint // int, long
	avroEnum
	avroFloat
	avroDouble
	avroBytes // bytes, string
	avroFixed
	avroRecord
	avroArray
	avroMap
	avroUnion
)

// avroNode is a type of a writer's schema. Types that refer to themselves make a cycle.
type avroNode struct {
	kind             avroKind
	name             string // of the type, as the schema has it
	logical          string
	precision, scale int
	size             int // of fixed
	symbols          []string
	names            []string    // of the fields of a record
	children         []*avroNode // fields; branches; the element of an array or the value of a map
}

var avroKinds = map[string]avroKind{
	"null": avroNull, "boolean": avroBoolean, "int": avroVarint, "long": avroVarint, "float": avroFloat, "double": avroDouble, "bytes": avroBytes,
	"string": avroBytes, "fixed": avroFixed, "enum": avroEnum, "record": avroRecord, "error": avroRecord, "array": avroArray, "map": avroMap, "union": avroUnion,
}

// newAvroNode makes nodes of a schema.
func newAvroNode(schema *avro.Schema) (*avroNode, error) {
	root := schema.Root()
	return avroNodes{}.of(root)
}

// avroNodes are the named types of a schema.
type avroNodes map[string]*avroNode

func (all avroNodes) of(s *avro.SchemaNode) (*avroNode, error) {
	kind, ok := avroKinds[s.Type]
	if !ok {
		if n := all[s.Type]; n != nil {
			return n, nil
		}
		return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "the Avro schema has an unknown type %q", s.Type)
	}
	n := &avroNode{kind: kind, name: s.Type, logical: s.LogicalType, precision: s.Precision, scale: s.Scale, size: s.Size, symbols: s.Symbols}
	if s.Name != "" {
		all[s.Name] = n
		if s.Namespace != "" {
			all[s.Namespace+"."+s.Name] = n
		}
	}
	var members []*avro.SchemaNode
	for i := range s.Fields {
		n.names = append(n.names, s.Fields[i].Name)
		members = append(members, &s.Fields[i].Type)
	}
	for i := range s.Branches {
		members = append(members, &s.Branches[i])
	}
	if s.Items != nil {
		members = append(members, s.Items)
	}
	if s.Values != nil {
		members = append(members, s.Values)
	}
	for _, member := range members {
		child, err := all.of(member)
		if err != nil {
			return nil, err
		}
		n.children = append(n.children, child)
	}
	return n, nil
}

// The functions below take a record and a position and return the position after what they read;
// negative: the record is not like its schema.

// varint reads a zigzag number.
func varint(b []byte, i int) (int64, int) {
	if i < len(b) && b[i] < 0x80 {
		return int64(b[i]>>1) ^ -int64(b[i]&1), i + 1
	}
	return longVarint(b, i)
}

// longVarint reads a zigzag number of any length.
func longVarint(b []byte, i int) (int64, int) {
	v := uint64(0)
	for shift := 0; shift < 64 && i < len(b); shift += 7 {
		c := b[i]
		i++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return int64(v>>1) ^ -int64(v&1), i
		}
	}
	return 0, -1
}

// avroLength reads a length and checks that so many bytes follow.
func avroLength(b []byte, i int) (length, next int) {
	n, i := varint(b, i)
	if i < 0 || n < 0 || n > int64(len(b)-i) {
		return 0, -1
	}
	return int(n), i
}

// skip goes over a value. depth counts the values around it.
func (n *avroNode) skip(b []byte, i, depth int) int {
	switch n.kind {
	case avroNull:
		return i
	case avroBoolean:
		return avroAdvance(b, i, 1)
	case avroVarint, avroEnum:
		_, i = varint(b, i)
		return i
	case avroFloat:
		return avroAdvance(b, i, 4)
	case avroDouble:
		return avroAdvance(b, i, 8)
	case avroFixed:
		return avroAdvance(b, i, n.size)
	case avroBytes:
		length, i := avroLength(b, i)
		if i < 0 {
			return i
		}
		return i + length
	}
	return n.skipNested(b, i, depth)
}

func avroAdvance(b []byte, i, n int) int {
	if n > len(b)-i {
		return -1
	}
	return i + n
}

func (n *avroNode) skipNested(b []byte, i, depth int) int {
	if depth == maxDepth {
		return -1
	}
	switch n.kind { //nolint:exhaustive // skip has seen to the others
	case avroRecord:
		for _, child := range n.children {
			if i = child.skip(b, i, depth+1); i < 0 {
				return i
			}
		}
		return i
	case avroUnion:
		branch, i := varint(b, i)
		if i < 0 || branch < 0 || branch >= int64(len(n.children)) {
			return -1
		}
		return n.children[branch].skip(b, i, depth+1)
	}
	return avroBlocks(b, i, func(i int) int {
		if n.kind == avroMap {
			length, next := avroLength(b, i)
			if next < 0 {
				return next
			}
			i = next + length
		}
		return n.children[0].skip(b, i, depth+1)
	})
}

// avroBlocks calls item for each item of an array or map, which come in blocks. It bounds how many items
// take no byte at all: a few bytes could claim any number of them.
func avroBlocks(b []byte, i int, item func(i int) int) int {
	const mostEmpty = 1 << 16
	empty := 0
	for {
		count, next := varint(b, i)
		if i = next; i < 0 || count == 0 {
			return i
		}
		if count < 0 { // the size of the block in bytes follows
			if count == math.MinInt64 {
				return -1
			}
			if _, i = varint(b, i); i < 0 {
				return i
			}
			count = -count
		}
		for range count {
			before := i
			if i = item(i); i < 0 {
				return i
			}
			if i == before {
				if empty++; empty > mostEmpty {
					return -1
				}
			}
		}
	}
}

// sqlType returns a type of a column that values of n can become, as SQL writes it.
func (n *avroNode) sqlType() string {
	switch n.logical {
	case "decimal":
		return types.DecimalOf(min(max(n.precision, 1), types.MaxDecimalPrecision), n.scale).String()
	case "date":
		return "DATE"
	case "time-millis":
		return "TIME(3)"
	case "time-micros":
		return "TIME(6)"
	case "timestamp-millis", "local-timestamp-millis":
		return "TIMESTAMP(3)"
	case "timestamp-micros", "local-timestamp-micros", "timestamp-nanos", "local-timestamp-nanos":
		return "TIMESTAMP(6)"
	}
	switch n.kind {
	case avroBoolean:
		return "BOOLEAN"
	case avroVarint:
		if n.name == "int" {
			return "INT"
		}
		return "BIGINT"
	case avroFloat:
		return "FLOAT"
	case avroDouble:
		return "DOUBLE"
	case avroFixed:
		return "BYTES"
	case avroArray:
		return "ARRAY<" + n.children[0].sqlType() + ">"
	case avroMap:
		return "MAP<STRING, " + n.children[0].sqlType() + ">"
	case avroRecord:
		return "a ROW"
	case avroUnion:
		if _, other := nullBranch(n); other >= 0 {
			return n.children[other].sqlType()
		}
	case avroBytes:
		if n.name == "bytes" {
			return "BYTES"
		}
	case avroNull, avroEnum:
	}
	return "STRING"
}
