package postgres

import (
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/types"
)

// typeName returns the type in PostgreSQL for a column that is created; empty: there is none.
func typeName(t types.Type) string {
	switch t.Kind {
	case types.Boolean:
		return "boolean"
	case types.TinyInt, types.SmallInt:
		return "smallint"
	case types.Int:
		return "integer"
	case types.BigInt:
		return "bigint"
	case types.Decimal:
		return fmt.Sprintf("numeric(%d,%d)", t.Precision, t.Scale)
	case types.Float:
		return "real"
	case types.Double:
		return "double precision"
	case types.Char:
		return fmt.Sprintf("character(%d)", t.Precision)
	case types.Varchar:
		if t.Precision > 0 {
			return fmt.Sprintf("character varying(%d)", t.Precision)
		}
		return "text"
	case types.Varbinary:
		return "bytea"
	case types.JSON:
		return "jsonb"
	case types.Date:
		return "date"
	case types.Time:
		return fmt.Sprintf("time(%d) without time zone", t.Precision)
	case types.Timestamp:
		return fmt.Sprintf("timestamp(%d) without time zone", t.Precision)
	case types.TimestampLTZ:
		return fmt.Sprintf("timestamp(%d) with time zone", t.Precision)
	case types.Array:
		if element := typeName(t.Element()); element != "" && t.Element().Kind != types.Array {
			return element + "[]"
		}
	case types.Null, types.IntervalMonth, types.IntervalSecond, types.Map, types.Multiset, types.Row:
	}
	return ""
}

// column is a column of the table in the database.
type column struct {
	name      string
	typeText  string // as PostgreSQL writes it: numeric(10,2)
	typeName  string // int4, _int4 for an array of them
	category  string // of the type, a letter
	element   string // type name of the elements of an array
	modifier  int32  // of the type; -1: none
	required  bool   // NOT NULL
	filled    bool   // it has a value when it is not written
	generated bool   // it cannot be written
}

// fitting are the types that take every value of a kind, or at least its text.
var fitting = map[types.Kind][]string{
	types.Boolean:      {"bool"},
	types.TinyInt:      {"int2", "int4", "int8", "numeric", "float4", "float8"},
	types.SmallInt:     {"int2", "int4", "int8", "numeric", "float4", "float8"},
	types.Int:          {"int4", "int8", "numeric", "float8"},
	types.BigInt:       {"int8", "numeric"},
	types.Decimal:      {"numeric"},
	types.Float:        {"float4", "float8"},
	types.Double:       {"float8"},
	types.Varbinary:    {"bytea"},
	types.JSON:         {"json", "jsonb", "text"},
	types.Date:         {"date", "timestamp"},
	types.Time:         {"time"},
	types.Timestamp:    {"timestamp"},
	types.TimestampLTZ: {"timestamptz"},
}

// accepts reports whether the column takes values of a type. Whether a text is one of an enum, or not
// too long, shows only when it is written.
func (c *column) accepts(t types.Type) bool {
	switch {
	case t.Kind == types.Array:
		return c.element != "" && (&column{typeName: c.element, category: c.category, modifier: c.modifier}).acceptsElement(t.Element())
	case t.Kind.IsText():
		return slices.Contains([]string{"S", "E", "I"}, c.category) || c.category == "U" && c.typeName != "bytea"
	case !slices.Contains(fitting[t.Kind], c.typeName):
		return false
	case c.typeName == "numeric" && c.modifier >= 4:
		return c.holds(t)
	}
	return true
}

// acceptsElement is accepts for the elements of an array, of whose type only the name is known.
func (c *column) acceptsElement(t types.Type) bool {
	if t.Kind.IsText() {
		return !slices.ContainsFunc([]types.Kind{types.Boolean, types.TinyInt, types.Varbinary, types.Date, types.Time, types.TimestampLTZ}, func(k types.Kind) bool {
			return slices.Contains(fitting[k], c.typeName)
		})
	}
	c.category = ""
	return t.Kind != types.Array && c.accepts(t)
}

// holds reports whether a numeric type with a precision holds every number of a type.
func (c *column) holds(t types.Type) bool {
	precision, scale := int(c.modifier-4)>>16&0xffff, int(c.modifier-4)&0x7ff
	digits, fraction := t.Precision, t.Scale
	switch t.Kind { //nolint:exhaustive // the integers
	case types.TinyInt:
		digits, fraction = 3, 0
	case types.SmallInt:
		digits, fraction = 5, 0
	case types.Int:
		digits, fraction = 10, 0
	case types.BigInt:
		digits, fraction = 19, 0
	}
	return fraction <= scale && digits-fraction <= precision-scale
}

// advice says how to make a value fit.
func (c *column) advice(name string, t types.Type) string {
	switch {
	case t.Kind == types.Timestamp && c.typeName == "timestamptz":
		return fmt.Sprintf("declare %s TIMESTAMP_LTZ(3), and CAST what is written", name)
	case t.Kind == types.TimestampLTZ && c.typeName == "timestamp":
		return fmt.Sprintf("declare %s TIMESTAMP(3), and CAST what is written", name)
	}
	return fmt.Sprintf("declare another type and CAST what is written, or change the column: ALTER COLUMN %s TYPE %s", quote(c.name), typeName(t))
}
