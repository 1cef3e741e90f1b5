package format

import (
	"bytes"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// nestedColumn converts to ARRAY, MAP, MULTISET and ROW. Of an object it takes the fields that the type
// has and skips the others.
type nestedColumn struct {
	field
	root *jsonNode
	s    scanner
}

func newNestedColumn(base field, timestamps timestampRules) column {
	return &nestedColumn{field: base, root: newJSONNode(base, base.name, base.typ, timestamps)}
}

func (f *nestedColumn) begin(int) {}

func (f *nestedColumn) convert(c *chunk) {
	for row := range c.rows {
		s := c.spans[row*c.width+f.slot]
		if s.kind == kindMissing && (f.failOnMissing || f.typ.NotNull) || s.kind == kindNull && f.typ.NotNull {
			f.null(c, row, s) // which refuses the row
		}
		f.root.append(f, c, row, s)
	}
}

func (f *nestedColumn) finish(int) batch.Column { return f.root.builder.Finish() }

// jsonNode is a type inside a nested column, with the builder of its values.
type jsonNode struct {
	field
	builder  batch.Builder
	scalar   func(c *chunk, s span) fault // appends a value, of a type that is not nested
	children []*jsonNode                  // element; key and value; fields
	spans    []span                       // of the fields of the object at hand
	keys     []span                       // of the members of a map
	values   []span
}

// newJSONNode returns the node for a type. path names it in messages: address.city, tags[].
func newJSONNode(base field, path string, t types.Type, timestamps timestampRules) *jsonNode {
	n := &jsonNode{field: field{what: base.what, name: path, typ: t, ignoreErrors: base.ignoreErrors, quote: base.quote, unescape: base.unescape}}
	child := func(path string, t types.Type) *jsonNode { return newJSONNode(base, path, t, timestamps) }
	switch t.Kind { //nolint:exhaustive // the others are not nested
	case types.Array:
		element := child(path+"[]", t.Element())
		n.children = []*jsonNode{element}
		n.builder = &batch.ListBuilder{Items: element.builder}
	case types.Map, types.Multiset:
		key, value := child(path+"{}", t.Key()), child(path+"{}", t.Value())
		n.children = []*jsonNode{key, value}
		n.builder = &batch.ListBuilder{Items: &batch.StructBuilder{Fields: []batch.Builder{key.builder, value.builder}}}
	case types.Row:
		row := &batch.StructBuilder{}
		for _, f := range t.Fields() {
			member := child(path+"."+f.Name, f.Type)
			n.children = append(n.children, member)
			row.Fields = append(row.Fields, member.builder)
		}
		n.builder = row
		n.spans = make([]span, len(n.children))
	default:
		n.setScalar(timestamps)
	}
	return n
}

// setScalar makes n a node of a type that is not nested.
func (n *jsonNode) setScalar(timestamps timestampRules) {
	switch n.typ.Kind { //nolint:exhaustive // newJSONNode has seen to the nested ones
	case types.Boolean:
		setFixed(n, parseBoolean)
	case types.TinyInt:
		setFixed(n, parseInteger[int8])
	case types.SmallInt:
		setFixed(n, parseInteger[int16])
	case types.Int:
		setFixed(n, parseInteger[int32])
	case types.BigInt:
		setFixed(n, parseInteger[int64])
	case types.Decimal:
		setFixed(n, parseDecimal)
	case types.Float:
		setFixed(n, parseReal)
	case types.Double:
		setFixed(n, parseDouble)
	case types.Date:
		setFixed(n, parseDate)
	case types.Time:
		setFixed(n, parseTime)
	case types.Timestamp, types.TimestampLTZ:
		setFixed(n, timestampParserFor(n.typ, timestamps))
	case types.Varbinary:
		n.setBytes(appendBinary, true)
	case types.JSON:
		n.setBytes(appendRaw, false)
	default:
		n.setBytes(appendString, false)
	}
}

func setFixed[T batch.Value](n *jsonNode, parse func(f *field, c *chunk, s span) (T, fault)) {
	builder := &batch.FixedBuilder[T]{}
	n.builder = builder
	n.scalar = func(c *chunk, s span) fault {
		v, why := parse(&n.field, c, s)
		if why == faultNone {
			builder.Append(v)
		}
		return why
	}
}

func (n *jsonNode) setBytes(appendValue func(f *field, dst []byte, c *chunk, s span) ([]byte, fault), binary bool) {
	builder := &batch.BytesBuilder{}
	n.builder = builder
	var text []byte
	n.scalar = func(c *chunk, s span) (why fault) {
		if text, why = appendValue(&n.field, text[:0], c, s); why != faultNone {
			return why
		}
		if !binary {
			text = appendValid(text, 0)
		}
		builder.Append(text)
		return faultNone
	}
}

// append appends a value, one for each call, whatever is wrong with it: a row with a wrong value is
// refused and taken out later.
func (n *jsonNode) append(top *nestedColumn, c *chunk, row int, s span) {
	if s.kind <= kindNull {
		if n.typ.NotNull && n != top.root { // top has looked at its own
			c.refuse(row, badData("%s %q is null or missing, and its type is NOT NULL", n.what, n.name))
		}
		n.builder.AppendNull()
		return
	}
	why := faultType
	switch {
	case n.scalar != nil:
		why = n.scalar(c, s)
	case n.typ.Kind == types.Array && s.kind == kindArray:
		n.appendArray(top, c, row, s)
		return
	case n.typ.Kind == types.Row && s.kind == kindObject:
		n.appendRow(top, c, row, s)
		return
	case n.typ.Kind != types.Array && n.typ.Kind != types.Row && s.kind == kindObject:
		n.appendMap(top, c, row, s)
		return
	}
	if why == faultNone {
		return
	}
	n.builder.AppendNull()
	if why != faultNull && !n.ignoreErrors || n.typ.NotNull {
		n.refuse(c, row, s, why)
	}
}

// refuse notes that a value does not fit.
func (n *jsonNode) refuse(c *chunk, row int, s span, why fault) {
	strict := n.field
	strict.ignoreErrors = false
	strict.reject(c, row, s, why)
}

// value scans the value at i and returns its span, without quotes, and what follows it.
func (f *nestedColumn) value(b []byte, i int) (s span, next int) {
	next, what := f.s.value(b, i) // it is valid: the record has been scanned
	s = span{uint32(i), uint32(next), what}
	if what == kindString || what == kindEscaped {
		s.start++
		s.end--
	}
	return s, space(b, next)
}

func (n *jsonNode) appendArray(top *nestedColumn, c *chunk, row int, s span) {
	b := c.arena
	for i := space(b, int(s.start)+1); b[i] != ']'; {
		var element span
		element, i = top.value(b, i)
		n.children[0].append(top, c, row, element)
		if b[i] == ',' {
			i = space(b, i+1)
		}
	}
	n.builder.(*batch.ListBuilder).Close()
}

// members calls do with the key and the value of each member of an object.
func (f *nestedColumn) members(b []byte, s span, do func(key, value span)) {
	for i := space(b, int(s.start)+1); b[i] != '}'; {
		end, what := stringEnd(b, i+1)
		key := span{uint32(i + 1), uint32(end), what}
		i = space(b, space(b, end+1)+1) // over the colon
		var value span
		value, i = f.value(b, i)
		do(key, value)
		if b[i] == ',' {
			i = space(b, i+1)
		}
	}
}

// appendRow appends the fields that the type has; the last of equal keys counts.
func (n *jsonNode) appendRow(top *nestedColumn, c *chunk, row int, s span) {
	clear(n.spans)
	fields := n.typ.Fields()
	top.members(c.arena, s, func(key, value span) {
		name := n.text(c, key)
		for i := range fields {
			if fields[i].Name == string(name) {
				n.spans[i] = value
			}
		}
	})
	for i, child := range n.children {
		child.append(top, c, row, n.spans[i])
	}
	n.builder.(*batch.StructBuilder).Close()
}

// appendMap appends all members; the last of equal keys counts, in the place of the first.
func (n *jsonNode) appendMap(top *nestedColumn, c *chunk, row int, s span) {
	n.keys, n.values = n.keys[:0], n.values[:0]
	var seen map[string]int
	top.members(c.arena, s, func(key, value span) {
		const few = 16
		if len(n.keys) == few {
			seen = map[string]int{}
			for i, k := range n.keys {
				seen[string(n.text(c, k))] = i
			}
		}
		if at := n.find(c, key, seen); at >= 0 {
			n.values[at] = value
			return
		}
		if seen != nil {
			seen[string(n.text(c, key))] = len(n.keys)
		}
		n.keys, n.values = append(n.keys, key), append(n.values, value)
	})
	entries := n.builder.(*batch.ListBuilder).Items.(*batch.StructBuilder)
	keys, values := slices.Clone(n.keys), slices.Clone(n.values) // a map of maps uses these again
	for i := range keys {
		n.children[0].append(top, c, row, keys[i])
		n.children[1].append(top, c, row, values[i])
		entries.Close()
	}
	n.builder.(*batch.ListBuilder).Close()
}

// find returns which of the keys at hand is equal to key; -1: none. seen has them all, if there are many.
func (n *jsonNode) find(c *chunk, key span, seen map[string]int) int {
	if seen != nil {
		if at, ok := seen[string(n.text(c, key))]; ok {
			return at
		}
		return -1
	}
	for i, k := range n.keys {
		if k.kind == kindString && key.kind == kindString {
			if bytes.Equal(c.arena[k.start:k.end], c.arena[key.start:key.end]) {
				return i
			}
		} else if first := bytes.Clone(n.text(c, k)); bytes.Equal(first, n.text(c, key)) { // both are in the same buffer
			return i
		}
	}
	return -1
}
