package types

// DecimalOf returns the nullable type DECIMAL(precision, scale).
func DecimalOf(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: precision, Scale: scale}
}

// integerDigits is the most digits that an integer of a kind has.
var integerDigits = map[Kind]int{TinyInt: 3, SmallInt: 5, Int: 10, BigInt: 19}

// AsDecimal returns the DECIMAL that holds every value of an integer or DECIMAL type.
func AsDecimal(t Type) Type {
	if t.Kind == Decimal {
		return t
	}
	return DecimalOf(integerDigits[t.Kind], 0).Required().WithNull(!t.NotNull)
}

// minScale is how many digits after the point stay in a result that would need more than 38 digits.
const minScale = 6

// limited returns the type of a result that needs the precision and scale: what is over 38 digits is
// taken from the scale, down to six digits. These are the rules of Flink and SQL Server.
func limited(precision, scale int) Type {
	if precision > MaxDecimalPrecision {
		whole := precision - scale
		scale = max(MaxDecimalPrecision-whole, min(scale, minScale))
		precision = MaxDecimalPrecision
	}
	return DecimalOf(precision, scale).Required()
}

// wider returns the DECIMAL that holds the values of both.
func wider(a, b Type) Type {
	scale := max(a.Scale, b.Scale)
	return limited(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale, scale)
}

// DecimalSum returns the type of a + b and a - b.
func DecimalSum(a, b Type) Type {
	scale := max(a.Scale, b.Scale)
	return limited(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale+1, scale)
}

// DecimalProduct returns the type of a * b.
func DecimalProduct(a, b Type) Type { return limited(a.Precision+b.Precision+1, a.Scale+b.Scale) }

// DecimalQuotient returns the type of a / b.
func DecimalQuotient(a, b Type) Type {
	scale := max(minScale, a.Scale+b.Precision+1)
	return limited(a.Precision-a.Scale+b.Scale+scale, scale)
}

// DecimalRemainder returns the type of a % b.
func DecimalRemainder(a, b Type) Type {
	scale := max(a.Scale, b.Scale)
	return limited(min(a.Precision-a.Scale, b.Precision-b.Scale)+scale, scale)
}

// DecimalTotal returns the type of a SUM of values of type t.
func DecimalTotal(t Type) Type { return DecimalOf(MaxDecimalPrecision, t.Scale) }

// DecimalMean returns the type of an AVG of values of type t.
func DecimalMean(t Type) Type { return DecimalOf(MaxDecimalPrecision, max(minScale, t.Scale)) }
