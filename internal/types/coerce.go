package types

import "slices"

// castTable says which kinds CAST turns into which; the rows are sources. A kind always casts to
// itself, NULL to everything, and everything to text.
var castTable = map[Kind][]Kind{
	Boolean:        {TinyInt, SmallInt, Int, BigInt, Float, Double},
	TinyInt:        {Boolean, SmallInt, Int, BigInt, Float, Double},
	SmallInt:       {Boolean, TinyInt, Int, BigInt, Float, Double},
	Int:            {Boolean, TinyInt, SmallInt, BigInt, Float, Double},
	BigInt:         {Boolean, TinyInt, SmallInt, Int, Float, Double},
	Float:          {TinyInt, SmallInt, Int, BigInt, Double},
	Double:         {TinyInt, SmallInt, Int, BigInt, Float},
	Char:           {Varchar, Boolean, TinyInt, SmallInt, Int, BigInt, Float, Double, Date, Time, Timestamp, TimestampLTZ, JSON, Varbinary},
	Varchar:        {Char, Boolean, TinyInt, SmallInt, Int, BigInt, Float, Double, Date, Time, Timestamp, TimestampLTZ, JSON, Varbinary},
	Varbinary:      {},
	JSON:           {},
	Date:           {Timestamp, TimestampLTZ},
	Time:           {},
	Timestamp:      {Date, Time, TimestampLTZ},
	TimestampLTZ:   {Date, Time, Timestamp},
	IntervalMonth:  {},
	IntervalSecond: {},
}

// CanCast reports whether CAST can turn values of from into to.
func CanCast(from, to Kind) bool {
	if from == to || from == Null || to.IsText() {
		return true
	}
	return slices.Contains(castTable[from], to)
}

// CanAssign reports whether a value of type from may stand where to is wanted without a written
// CAST: in an INSERT, a comparison or an argument. Conversions that cannot lose anything do, and
// besides them Flink's store assignment between numbers, between text lengths, between timestamp
// precisions and kinds, and from text to JSON.
func CanAssign(from, to Type) bool {
	f, t := from.Kind, to.Kind
	switch {
	case f == t, f == Null:
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
	case a.Kind == b.Kind:
		a.Precision = commonPrecision(a, b)
		return a.WithNull(nullable), true
	case a.Kind.IsNumeric() && b.Kind.IsNumeric():
		return commonNumber(a, b).WithNull(nullable), true
	case a.Kind.IsText() && b.Kind.IsText():
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

// commonNumber widens as Flink does: integers to the wider integer, FLOAT beside an integer to
// FLOAT, DOUBLE beside anything to DOUBLE.
func commonNumber(a, b Type) Type {
	return Type{Kind: max(a.Kind, b.Kind), NotNull: true}
}
