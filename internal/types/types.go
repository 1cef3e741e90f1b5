// Package types is the type system of the SQL dialect: data types, rows of named fields, which
// type converts to which, and the text forms of dates and times.
//
// It holds no values in columns (package batch) and evaluates nothing (package expr). A Type is a
// small immutable value; compare types with Equal.
package types

import (
	"fmt"
	"strings"
)

// Kind is the family of a type.
type Kind uint8

// The kinds that values can have. Null is the type of a bare NULL, which converts to any type.
const (
	Null Kind = iota
	Boolean
	TinyInt      // 8 bits
	SmallInt     // 16 bits
	Int          // 32 bits
	BigInt       // 64 bits
	Decimal      // exact, Precision = most digits, Scale = how many of them after the point
	Float        // IEEE 754, 32 bits
	Double       // IEEE 754, 64 bits
	Char         // text, Precision = length in characters
	Varchar      // text, Precision = most characters; 0: no limit (STRING)
	Varbinary    // bytes, Precision = most bytes; 0: no limit (BYTES)
	JSON         // a JSON text, kept as written
	Date         // days since 1970-01-01
	Time         // microseconds since midnight
	Timestamp    // microseconds since 1970-01-01 00:00:00 on the wall clock, no zone
	TimestampLTZ // microseconds since the epoch in UTC, shown in the session zone
	IntervalMonth
	IntervalSecond // microseconds
	Array          // any number of elements of one type
	Map            // values by key
	Multiset       // elements with how often they occur
	Row            // named fields
)

// MaxTimePrecision is the most fractional digits of a second that a time value keeps.
const MaxTimePrecision = 6

// Type is a SQL data type. Two Types are the same type exactly if they are ==.
type Type struct {
	Kind      Kind
	NotNull   bool // the zero Type is nullable
	Precision int  // length of CHAR, VARCHAR, VARBINARY; fractional digits of TIME, TIMESTAMP; digits of DECIMAL
	Scale     int  // digits of DECIMAL after the point
	nested    *nested
}

// Of returns the nullable type of a kind that has no parameters.
func Of(kind Kind) Type { return Type{Kind: kind} }

// String types and times that are used all over.
var (
	String         = Type{Kind: Varchar}
	Timestamp3     = Type{Kind: Timestamp, Precision: 3}
	TimestampLTZ3  = Type{Kind: TimestampLTZ, Precision: 3}
	RequiredBigInt = Type{Kind: BigInt, NotNull: true}
)

// Nullable returns t with NULL allowed.
func (t Type) Nullable() Type { t.NotNull = false; return t }

// Required returns t without NULL.
func (t Type) Required() Type { t.NotNull = true; return t }

// WithNull returns t, nullable if either t or the condition says so.
func (t Type) WithNull(nullable bool) Type { t.NotNull = t.NotNull && !nullable; return t }

// Equal reports whether a and b are the same type, nullability aside.
func Equal(a, b Type) bool { return a.Nullable() == b.Nullable() }

// IsInteger reports whether the kind is one of the four integers.
func (k Kind) IsInteger() bool { return k >= TinyInt && k <= BigInt }

// IsFloat reports whether the kind is FLOAT or DOUBLE.
func (k Kind) IsFloat() bool { return k == Float || k == Double }

// IsNumeric reports whether the kind is an integer, a decimal or a float.
func (k Kind) IsNumeric() bool { return k >= TinyInt && k <= Double }

// IsText reports whether values of the kind are character strings.
func (k Kind) IsText() bool { return k == Char || k == Varchar }

// IsTimestamp reports whether the kind is a point in time with a date and a time of day.
func (k Kind) IsTimestamp() bool { return k == Timestamp || k == TimestampLTZ }

// IsTemporal reports whether the kind is a date, time of day or point in time.
func (k Kind) IsTemporal() bool { return k >= Date && k <= TimestampLTZ }

// IsNested reports whether values of the kind are made of other values.
func (k Kind) IsNested() bool { return k >= Array }

// IsInterval reports whether the kind is a length of time.
func (k Kind) IsInterval() bool { return k == IntervalMonth || k == IntervalSecond }

var kindNames = [...]string{
	Null: "NULL", Boolean: "BOOLEAN", TinyInt: "TINYINT", SmallInt: "SMALLINT", Int: "INT", BigInt: "BIGINT",
	Decimal: "DECIMAL", Float: "FLOAT", Double: "DOUBLE", Char: "CHAR", Varchar: "STRING", Varbinary: "BYTES", JSON: "JSON", Date: "DATE",
	Time: "TIME", Timestamp: "TIMESTAMP", TimestampLTZ: "TIMESTAMP_LTZ",
	IntervalMonth: "INTERVAL YEAR TO MONTH", IntervalSecond: "INTERVAL DAY TO SECOND",
	Array: "ARRAY", Map: "MAP", Multiset: "MULTISET", Row: "ROW",
}

// String returns the name of the kind as SQL writes it.
func (k Kind) String() string { return kindNames[k] }

// String returns the type as SQL writes it.
func (t Type) String() string {
	var s string
	switch {
	case t.Kind == Char:
		s = fmt.Sprintf("CHAR(%d)", t.Precision)
	case t.Kind == Varchar && t.Precision > 0:
		s = fmt.Sprintf("VARCHAR(%d)", t.Precision)
	case t.Kind == Varbinary && t.Precision > 0:
		s = fmt.Sprintf("VARBINARY(%d)", t.Precision)
	case t.Kind == Decimal:
		s = fmt.Sprintf("DECIMAL(%d, %d)", t.Precision, t.Scale)
	case t.nested != nil:
		s = t.nested.text
	case t.Kind == Time, t.Kind.IsTimestamp():
		s = fmt.Sprintf("%s(%d)", t.Kind, t.Precision)
	default:
		s = t.Kind.String()
	}
	if t.NotNull {
		s += " NOT NULL"
	}
	return s
}

// Field is a named column of a row.
type Field struct {
	Name string
	Type Type
}

// Schema is the named columns of a row, in order. Names need not be unique in query results.
type Schema []Field

// String returns the schema as a column list: a INT, b STRING NOT NULL.
func (s Schema) String() string {
	parts := make([]string, len(s))
	for i, field := range s {
		parts[i] = field.Name + " " + field.Type.String()
	}
	return strings.Join(parts, ", ")
}

// Index returns the position of the column with the name, or -1.
func (s Schema) Index(name string) int {
	for i, field := range s {
		if strings.EqualFold(field.Name, name) {
			return i
		}
	}
	return -1
}

// Names returns the column names.
func (s Schema) Names() []string {
	names := make([]string, len(s))
	for i, field := range s {
		names[i] = field.Name
	}
	return names
}
