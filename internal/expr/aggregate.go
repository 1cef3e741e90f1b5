package expr

import (
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// AggregateFunction is one aggregate: a row of the aggregate table.
type AggregateFunction struct {
	Name    string
	Doc     string // one sentence
	Accepts func(t types.Type) bool
	// Type gives the result type for an argument type; nullability included.
	Type func(arg types.Type) types.Type
	// New makes an empty accumulator for an argument type.
	New func(arg types.Type) Accumulator
}

// Accumulator is the state of one aggregate for all groups of a table, in arrays by group number.
type Accumulator interface {
	// Resize makes room for groups 0 to groups-1; new groups are empty.
	Resize(groups int)
	// Add adds row from+i of arg to group groups[i], for every i whose row is valid. arg is nil for
	// COUNT(*). Groups were made room for.
	Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error
	// Merge adds group at of from, an accumulator of the same call and perhaps the same one, to group.
	// Both were made room for; at stays as it is.
	Merge(from Accumulator, at, group uint32) error
	// Result returns one value per group, for the first groups groups.
	Result(groups int) batch.Column
	// State returns the state of the first groups groups as columns, one value per group, which share
	// nothing that changes with the accumulator. How many columns and of which types is the
	// accumulator's own affair, but stays: they are stored.
	State(groups int) []batch.Column
	// Load takes over what State returned, in the place of all groups. It fails if the columns cannot
	// be from an accumulator of the same call.
	Load(columns []batch.Column) error
	// Size is the memory that the state takes, in bytes.
	Size() int
}

// Aggregate is a call of an aggregate function.
type Aggregate struct {
	Function *AggregateFunction
	Arg      Expr // nil for COUNT(*)
	Filter   Expr // nil: every row
	Distinct bool
}

// Type is the result type.
func (a *Aggregate) Type() types.Type {
	if a.Arg == nil {
		return a.Function.Type(types.RequiredBigInt)
	}
	return a.Function.Type(a.Arg.Type())
}

// New makes an empty accumulator.
func (a *Aggregate) New() Accumulator {
	if a.Arg == nil {
		return a.Function.New(types.RequiredBigInt)
	}
	return a.Function.New(a.Arg.Type())
}

// String is the call as SQL writes it.
func (a *Aggregate) String() string {
	arg := "*"
	if a.Arg != nil {
		arg = a.Arg.String()
	}
	if a.Distinct {
		arg = "DISTINCT " + arg
	}
	text := a.Function.Name + "(" + arg + ")"
	if a.Filter != nil {
		text += " FILTER (WHERE " + a.Filter.String() + ")"
	}
	return text
}

// Exprs returns the expressions inside the call: the argument and the filter, where there are any.
func (a *Aggregate) Exprs() []Expr {
	var out []Expr
	if a.Arg != nil {
		out = append(out, a.Arg)
	}
	if a.Filter != nil {
		out = append(out, a.Filter)
	}
	return out
}

// Map returns the call with its expressions changed.
func (a *Aggregate) Map(change func(Expr) Expr) *Aggregate {
	out := *a
	if a.Arg != nil {
		out.Arg = change(a.Arg)
	}
	if a.Filter != nil {
		out.Filter = change(a.Filter)
	}
	return &out
}

// Equal reports whether both calls compute the same thing.
func (a *Aggregate) Equal(b *Aggregate) bool {
	same := func(x, y Expr) bool {
		return x == nil && y == nil || x != nil && y != nil && Equal(x, y)
	}
	return a.Function == b.Function && a.Distinct == b.Distinct && same(a.Arg, b.Arg) && same(a.Filter, b.Filter)
}

// LookupAggregate returns the aggregate function with the name, or nil.
func LookupAggregate(name string) *AggregateFunction {
	for _, f := range aggregates {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// AggregateFunctions returns the aggregate table in the order in which the documentation lists it.
func AggregateFunctions() []*AggregateFunction { return aggregates }

// NewAggregate checks and returns a call of an aggregate; arg is nil for COUNT(*).
func NewAggregate(f *AggregateFunction, arg, filter Expr, distinct bool, span diag.Span) (*Aggregate, error) {
	if arg != nil && !f.Accepts(arg.Type()) {
		return nil, diag.Errorf(diag.Semantic, span, "%s does not take %s", f.Name, arg.Type().Nullable())
	}
	if arg == nil && f.Name != "COUNT" {
		return nil, diag.Errorf(diag.Semantic, span, "%s takes one argument", f.Name)
	}
	if f.Name == "MIN" || f.Name == "MAX" {
		distinct = false // the extreme of the distinct values is the extreme of all
	}
	return &Aggregate{Function: f, Arg: arg, Filter: filter, Distinct: distinct}, nil
}

var aggregates = []*AggregateFunction{
	{
		Name: "COUNT", Doc: "How many rows there are (COUNT(*)), or how many have a value that is not NULL.",
		Accepts: func(types.Type) bool { return true }, Type: returnsOf(types.RequiredBigInt),
		New: func(types.Type) Accumulator { return &countAccumulator{} },
	},
	{
		Name: "SUM", Doc: "The sum of the values, BIGINT for integers and of 38 digits for DECIMAL; NULL if there are none.",
		Accepts: func(t types.Type) bool { return t.Kind.IsNumeric() }, Type: sumType, New: newSum,
	},
	{
		Name: "AVG", Doc: "The mean of the values, in the type of the values as in Flink (integers are cut towards zero: cast to DOUBLE for fractions), DECIMAL with at least six digits after the point; NULL if there are none.",
		Accepts: func(t types.Type) bool { return t.Kind.IsNumeric() }, Type: meanType, New: newMean,
	},
	{
		Name: "MIN", Doc: "The smallest value; NULL if there are none.",
		Accepts: hasOrder, Type: func(t types.Type) types.Type { return t.Nullable() },
		New: func(t types.Type) Accumulator { return newExtreme(t, Lt) },
	},
	{
		Name: "MAX", Doc: "The largest value; NULL if there are none.",
		Accepts: hasOrder, Type: func(t types.Type) types.Type { return t.Nullable() },
		New: func(t types.Type) Accumulator { return newExtreme(t, Gt) },
	},
}

func returnsOf(t types.Type) func(types.Type) types.Type {
	return func(types.Type) types.Type { return t }
}

func sumType(t types.Type) types.Type {
	switch {
	case t.Kind.IsInteger():
		return types.Of(types.BigInt)
	case t.Kind == types.Decimal:
		return types.DecimalTotal(t)
	}
	return types.Of(types.Double)
}

func meanType(t types.Type) types.Type {
	if t.Kind == types.Decimal {
		return types.DecimalMean(t)
	}
	return t.Nullable()
}

func newMean(t types.Type) Accumulator {
	if t.Kind == types.Decimal {
		return &decimalSum{scale: t.Scale, mean: true}
	}
	return &averageAccumulator{sum: newSum(t), kind: t.Kind}
}

// hasOrder reports whether the values of a type have a smallest and a largest one.
func hasOrder(t types.Type) bool { return !t.Kind.IsNested() }
