package types

import (
	"strings"
	"sync"
)

// nested is what a type is made of. There is one for each text, so that pointers compare.
type nested struct {
	text   string // as SQL writes it
	fields Schema // ARRAY: element · MAP: key, value · MULTISET: element, count · ROW: its fields
}

var allNested sync.Map // text to *nested

func withFields(kind Kind, text string, fields ...Field) Type {
	made, _ := allNested.LoadOrStore(text, &nested{text: text, fields: fields})
	return Type{Kind: kind, nested: made.(*nested)}
}

// ArrayOf returns the nullable type ARRAY<element>.
func ArrayOf(element Type) Type {
	return withFields(Array, "ARRAY<"+element.String()+">", Field{"element", element})
}

// MapOf returns the nullable type MAP<key, value>.
func MapOf(key, value Type) Type {
	return withFields(Map, "MAP<"+key.String()+", "+value.String()+">", Field{"key", key}, Field{"value", value})
}

// MultisetOf returns the nullable type MULTISET<element>. Its values map elements to how often they
// occur, an INT.
func MultisetOf(element Type) Type {
	return withFields(Multiset, "MULTISET<"+element.String()+">", Field{"key", element}, Field{"value", Type{Kind: Int, NotNull: true}})
}

// RowOf returns the nullable type ROW<fields>. It keeps fields, which nobody may change.
func RowOf(fields Schema) Type {
	texts := make([]string, len(fields))
	for i, field := range fields {
		texts[i] = "`" + strings.ReplaceAll(field.Name, "`", "``") + "` " + field.Type.String()
	}
	return withFields(Row, "ROW<"+strings.Join(texts, ", ")+">", fields...)
}

// Element returns the type of the elements of an ARRAY or MULTISET.
func (t Type) Element() Type { return t.nested.fields[0].Type }

// Key returns the type of the keys of a MAP or MULTISET.
func (t Type) Key() Type { return t.nested.fields[0].Type }

// Value returns the type of the values of a MAP or MULTISET.
func (t Type) Value() Type { return t.nested.fields[1].Type }

// Fields returns the fields of a ROW, which must not be changed; nil for other types. A MAP or MULTISET
// has its entries as a row of key and value.
func (t Type) Fields() Schema {
	if t.nested == nil || t.Kind == Array {
		return nil
	}
	return t.nested.fields
}

// withFieldTypes returns a nested type of the kind and names of t with the types of fields.
func (t Type) withFieldTypes(fields Schema) Type {
	switch t.Kind { //nolint:exhaustive // the nested kinds
	case Array:
		return ArrayOf(fields[0].Type)
	case Map:
		return MapOf(fields[0].Type, fields[1].Type)
	case Multiset:
		return MultisetOf(fields[0].Type)
	}
	return RowOf(fields)
}
