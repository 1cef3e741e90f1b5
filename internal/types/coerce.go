package types

import "slices"

// numbers are the kinds that every number casts to.
var numbers = []Kind{TinyInt, SmallInt, Int, BigInt, Decimal, Float, Double}

// castTable says which kinds CAST turns into which; the rows are sources. A kind always casts to
// itself, NULL to everything, and everything to text.
var castTable = map[Kind][]Kind{
	Boolean:        numbers,
	TinyInt:        append([]Kind{Boolean}, numbers...),
	SmallInt:       append([]Kind{Boolean}, numbers...),
	Int:            append([]Kind{Boolean}, numbers...),
	BigInt:         append([]Kind{Boolean}, numbers...),
	Decimal:        append([]Kind{Boolean}, numbers...),
	Float:          numbers,
	Double:         numbers,
	Char:           append([]Kind{Varchar, Boolean, Date, Time, Timestamp, TimestampLTZ, JSON, Varbinary}, numbers...),
	Varchar:        append([]Kind{Char, Boolean, Date, Time, Timestamp, TimestampLTZ, JSON, Varbinary}, numbers...),
	Varbinary:      {},
	JSON:           {},
	Date:           {Timestamp, TimestampLTZ},
	Time:           {},
	Timestamp:      {Date, Time, TimestampLTZ},
	TimestampLTZ:   {Date, Time, Timestamp},
	IntervalMonth:  {},
	IntervalSecond: {},
}

// CanCast reports whether CAST can turn values of from into to. Nested values cast element by element
// and field by field, in order.
func CanCast(from, to Type) bool {
	switch {
	case from.Kind == Null || to.Kind.IsText():
		return true
	case from.Kind.IsNested():
		return sameShape(from, to, CanCast)
	case from.Kind == to.Kind:
		return true
	}
	return slices.Contains(castTable[from.Kind], to.Kind)
}

// sameShape reports whether two nested types have the same kind and number of fields, and the condition
// holds for each pair of fields.
func sameShape(a, b Type, holds func(a, b Type) bool) bool {
	if a.Kind != b.Kind {
		return false
	}
	return slices.EqualFunc(a.nested.fields, b.nested.fields, func(a, b Field) bool { return holds(a.Type, b.Type) })
}

// CanAssign reports whether a value of type from may stand where to is wanted without a written
// CAST: in an INSERT, a comparison or an argument. Conversions that cannot lose anything do, and
// besides them Flink's store assignment between numbers, between text lengths, between timestamp
// precisions and kinds, and from text to JSON.
func CanAssign(from, to Type) bool {
	f, t := from.Kind, to.Kind
	switch {
	case f == Null:
		return true
	case f.IsNested():
		return sameShape(from, to, CanAssign)
	case f == t:
		return true
	case f.IsNumeric() && t.IsNumeric():
		return true
	case f.IsText() && (t.IsText() || t == JSON):
		return true
	case f == JSON && t.IsText():
		return true
	case f.IsTimestamp() && t.IsTimestamp():
		return true
	case f == Date && t.IsTimestamp():
		return true
	}
	return false
}

// Common returns the type to which both a and b convert for a comparison, CASE, COALESCE or UNION;
// false if there is none.
func Common(a, b Type) (Type, bool) {
	nullable := !a.NotNull || !b.NotNull
	switch {
	case a.Kind == Null:
		return b.Nullable(), true
	case b.Kind == Null:
		return a.Nullable(), true
	case a.Kind == Decimal && b.Kind == Decimal:
		return wider(a, b).WithNull(nullable), true
	case a.Kind.IsNested() && a.Kind == b.Kind:
		return commonNested(a, b)
	case a.Kind == b.Kind:
		a.Precision = commonPrecision(a, b)
		return a.WithNull(nullable), true
	case a.Kind.IsNumeric() && b.Kind.IsNumeric():
		return commonNumber(a, b).WithNull(nullable), true
	case (a.Kind.IsText() || a.Kind == JSON) && (b.Kind.IsText() || b.Kind == JSON):
		return Type{Kind: Varchar, NotNull: true}.WithNull(nullable), true
	case a.Kind == Timestamp && b.Kind == TimestampLTZ, a.Kind == TimestampLTZ && b.Kind == Timestamp:
		return Type{Kind: TimestampLTZ, Precision: max(a.Precision, b.Precision), NotNull: true}.WithNull(nullable), true
	case a.Kind == Date && b.Kind.IsTimestamp():
		return b.WithNull(nullable), true
	case b.Kind == Date && a.Kind.IsTimestamp():
		return a.WithNull(nullable), true
	}
	return Type{}, false
}

func commonPrecision(a, b Type) int {
	if a.Kind == Varchar || a.Kind == Varbinary { // 0 means no limit
		if a.Precision == 0 || b.Precision == 0 {
			return 0
		}
	}
	return max(a.Precision, b.Precision)
}

// commonNumber widens as Flink does: integers to the wider integer, integers beside a DECIMAL to one
// that holds both, FLOAT beside an integer to FLOAT, DECIMAL beside a float and DOUBLE beside anything
// to DOUBLE.
func commonNumber(a, b Type) Type {
	switch {
	case a.Kind != Decimal && b.Kind != Decimal:
		return Type{Kind: max(a.Kind, b.Kind), NotNull: true}
	case a.Kind.IsFloat() || b.Kind.IsFloat():
		return Type{Kind: Double, NotNull: true}
	}
	return wider(AsDecimal(a), AsDecimal(b))
}

// commonNested returns the type whose fields are common to those of a and b, with the names of a.
func commonNested(a, b Type) (Type, bool) {
	if len(a.nested.fields) != len(b.nested.fields) {
		return Type{}, false
	}
	fields := slices.Clone(a.nested.fields)
	for i := range fields {
		var ok bool
		if fields[i].Type, ok = Common(fields[i].Type, b.nested.fields[i].Type); !ok {
			return Type{}, false
		}
	}
	nullable := !a.NotNull || !b.NotNull
	return a.withFieldTypes(fields).Required().WithNull(nullable), true
}
