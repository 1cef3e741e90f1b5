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
	"CHAR": {types.Char, 1, 1 << 30}, "VARCHAR": {types.Varchar, 1, 1<<31 - 1}, "VARBINARY": {types.Varbinary, 1, 1<<31 - 1},
	"TIME":      {types.Time, 0, types.MaxTimePrecision},
	"TIMESTAMP": {types.Timestamp, 6, types.MaxTimePrecision}, "TIMESTAMP WITHOUT TIME ZONE": {types.Timestamp, 6, types.MaxTimePrecision},
	"TIMESTAMP_LTZ": {types.TimestampLTZ, 6, types.MaxTimePrecision}, "TIMESTAMP WITH LOCAL TIME ZONE": {types.TimestampLTZ, 6, types.MaxTimePrecision},
}

// laterTypes are types of the dialect that are not built yet.
var laterTypes = []string{"DECIMAL", "DEC", "NUMERIC", "ARRAY", "MAP", "ROW", "MULTISET", "BINARY", "INTERVAL"}

// Type returns the data type that was written.
func Type(t ast.Type) (types.Type, error) {
	name := strings.ToUpper(t.Name)
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
	if slices.Contains(laterTypes, name) {
		return types.Type{}, unsupported(t, "type %s", name)
	}
	err := diag.Errorf(diag.Semantic, t.Span(), "there is no type %q", t.Name)
	names := slices.Clone(laterTypes)
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
