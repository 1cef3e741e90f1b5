package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// typeNames are the names of types that have no parameters.
var typeNames = map[string]types.Type{
	"BOOLEAN": types.Of(types.Boolean), "BOOL": types.Of(types.Boolean),
	"TINYINT": types.Of(types.TinyInt), "SMALLINT": types.Of(types.SmallInt),
	"INT": types.Of(types.Int), "INTEGER": types.Of(types.Int), "BIGINT": types.Of(types.BigInt),
	"FLOAT": types.Of(types.Float), "REAL": types.Of(types.Float),
	"DOUBLE": types.Of(types.Double), "DOUBLE PRECISION": types.Of(types.Double),
	"STRING": types.String, "TEXT": types.String, "BYTES": types.Of(types.Varbinary),
	"DATE": types.Of(types.Date), "JSON": types.Of(types.JSON), "VARIANT": types.Of(types.JSON),
}

// sizedTypes are the types with a length or a precision, the value when none is written, and the
// largest one.
var sizedTypes = map[string]struct {
	kind           types.Kind
	otherwise, max int
}{
	"CHAR": {types.Char, 1, 1 << 30}, "VARCHAR": {types.Varchar, 1, 1<<31 - 1}, "BINARY": {types.Varbinary, 1, 1<<31 - 1}, "VARBINARY": {types.Varbinary, 1, 1<<31 - 1},
	"TIME":      {types.Time, 0, types.MaxTimePrecision},
	"TIMESTAMP": {types.Timestamp, 6, types.MaxTimePrecision}, "TIMESTAMP WITHOUT TIME ZONE": {types.Timestamp, 6, types.MaxTimePrecision},
	"TIMESTAMP_LTZ": {types.TimestampLTZ, 6, types.MaxTimePrecision}, "TIMESTAMP WITH LOCAL TIME ZONE": {types.TimestampLTZ, 6, types.MaxTimePrecision},
}

// otherTypes are the names of types with a syntax of their own.
var otherTypes = []string{"DECIMAL", "DEC", "NUMERIC", "ARRAY", "MAP", "ROW", "MULTISET", "INTERVAL"}

// Type returns the data type that was written.
func Type(t ast.Type) (types.Type, error) {
	name := strings.ToUpper(t.Name)
	switch name {
	case "DECIMAL", "DEC", "NUMERIC":
		return decimalType(t)
	case "ARRAY", "MAP", "MULTISET", "ROW":
		return nestedType(t)
	case "INTERVAL":
		return intervalType(t), nil
	}
	if out, ok := typeNames[name]; ok {
		if len(t.Parameters) > 0 {
			return out, diag.Errorf(diag.Semantic, t.Span(), "type %s takes no parameter", name)
		}
		out.NotNull = t.NotNull
		return out, nil
	}
	if sized, ok := sizedTypes[name]; ok {
		out := types.Type{Kind: sized.kind, Precision: sized.otherwise, NotNull: t.NotNull}
		switch {
		case len(t.Parameters) > 1:
			return out, diag.Errorf(diag.Semantic, t.Span(), "type %s takes one parameter", name)
		case len(t.Parameters) == 1:
			out.Precision = t.Parameters[0]
		}
		if out.Kind.IsTemporal() && out.Precision > sized.max {
			return out, diag.Errorf(diag.Unsupported, t.Span(), "type %s(%d) is finer than microseconds", name, out.Precision).
				WithHint("use %s(%d)", name, sized.max)
		}
		if out.Precision > sized.max || !out.Kind.IsTemporal() && out.Precision < 1 {
			return out, diag.Errorf(diag.Semantic, t.Span(), "type %s cannot have the length %d", name, out.Precision)
		}
		if out.Kind != types.Char && out.Precision == 1<<31-1 {
			out.Precision = 0 // what Flink prints for STRING and BYTES
		}
		return out, nil
	}
	err := diag.Errorf(diag.Semantic, t.Span(), "there is no type %q", t.Name)
	names := slices.Clone(otherTypes)
	for known := range typeNames {
		names = append(names, known)
	}
	for known := range sizedTypes {
		names = append(names, known)
	}
	slices.Sort(names)
	err.Hint = diag.DidYouMean(t.Name, names)
	return types.Type{}, err
}

// defaultPrecision is that of DECIMAL without parameters.
const defaultPrecision = 10

func decimalType(t ast.Type) (types.Type, error) {
	out := types.DecimalOf(defaultPrecision, 0)
	out.NotNull = t.NotNull
	if len(t.Parameters) > 2 {
		return out, diag.Errorf(diag.Semantic, t.Span(), "type DECIMAL takes a precision and a scale").WithHint("for example DECIMAL(10, 2)")
	}
	if len(t.Parameters) > 0 {
		out.Precision = t.Parameters[0]
	}
	if len(t.Parameters) > 1 {
		out.Scale = t.Parameters[1]
	}
	if out.Precision < 1 || out.Precision > types.MaxDecimalPrecision {
		return out, diag.Errorf(diag.Semantic, t.Span(), "type DECIMAL has 1 to %d digits, not %d", types.MaxDecimalPrecision, out.Precision)
	}
	if out.Scale > out.Precision {
		return out, diag.Errorf(diag.Semantic, t.Span(), "type DECIMAL(%d, %d) has more digits after the point than digits", out.Precision, out.Scale).
			WithHint("the first number counts all digits")
	}
	return out, nil
}

func nestedType(t ast.Type) (types.Type, error) {
	parts := make([]types.Type, len(t.Arguments))
	for i, argument := range t.Arguments {
		var err error
		if parts[i], err = Type(argument); err != nil {
			return types.Type{}, err
		}
	}
	var out types.Type
	switch strings.ToUpper(t.Name) {
	case "ARRAY":
		out = types.ArrayOf(parts[0])
	case "MAP":
		out = types.MapOf(parts[0], parts[1])
	case "MULTISET":
		out = types.MultisetOf(parts[0])
	default:
		fields := make(types.Schema, len(t.Fields))
		for i, field := range t.Fields {
			if fields[:i].Index(field.Name.Name) >= 0 {
				return out, diag.Errorf(diag.Semantic, field.Name.Span(), "the row has two fields %q", field.Name.Name)
			}
			typ, err := Type(field.Type)
			if err != nil {
				return out, err
			}
			fields[i] = types.Field{Name: field.Name.Name, Type: typ}
		}
		out = types.RowOf(fields)
	}
	out.NotNull = t.NotNull
	return out, nil
}

// intervalType returns the type of intervals whose largest unit was written: years and months, or days
// and what is shorter.
func intervalType(t ast.Type) types.Type {
	kind := types.IntervalSecond
	if from, _, _ := strings.Cut(t.Unit, " "); unitMonths[from] != 0 {
		kind = types.IntervalMonth
	}
	return types.Type{Kind: kind, NotNull: t.NotNull}
}
