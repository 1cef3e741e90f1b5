package expr

import "github.com/penstock-io/penstock/internal/types"

// Parameters of aggregates.
var (
	anyInput     = Param{Name: "value", Accepts: func(t types.Type) bool { return t.Kind != types.Null }}
	orderedInput = Param{Name: "value", Accepts: hasOrder}
	numberInput  = Param{Name: "number", Accepts: func(t types.Type) bool { return t.Kind.IsNumeric() }}
	wholeInput   = Param{Name: "integer", Accepts: func(t types.Type) bool { return t.Kind.IsInteger() }}
)

// hasOrder reports whether the values of a type have a smallest and a largest one.
func hasOrder(t types.Type) bool { return !t.Kind.IsNested() }

// AggregateFunctions returns the aggregate table in the order in which the documentation lists it.
func AggregateFunctions() []*AggregateFunction { return allAggregates }

var allAggregates = concat(plainAggregates(), momentAggregates(), bitAggregates(), distributionAggregates(), orderedAggregates(), jsonAggregates())

func concat(tables ...[]*AggregateFunction) (all []*AggregateFunction) {
	for _, table := range tables {
		all = append(all, table...)
	}
	return all
}

// of makes the signature of an aggregate of one parameter.
func of(param Param, result func(types.Type) types.Type, empty func(types.Type) Accumulator) []AggregateSignature {
	return []AggregateSignature{{
		Params: []Param{param},
		Type:   func(args []types.Type) types.Type { return result(args[0]) },
		New:    func(a *Aggregate) Accumulator { return empty(a.argType()) },
	}}
}

func plainAggregates() []*AggregateFunction {
	return []*AggregateFunction{
		{
			Name: "COUNT", Small: true, Star: true, Example: "COUNT(n)", Result: "3",
			Doc:        "How many rows there are (COUNT(*)), or how many have a value that is not NULL.",
			Signatures: of(anyValue, returnsOf(types.RequiredBigInt), func(types.Type) Accumulator { return &countAccumulator{} }),
		},
		{
			Name: "SUM", Small: true, Example: "SUM(n)", Result: "10",
			Doc:        "The sum of the values, BIGINT for integers and of 38 digits for DECIMAL; NULL if there are none.",
			Signatures: of(numberInput, sumType, newSum),
		},
		{
			Name: "AVG", Small: true, Aliases: []string{"MEAN"}, Example: "AVG(n)", Result: "3",
			Doc:        "The mean of the values, in the type of the values as in Flink (integers are cut towards zero: cast to DOUBLE for fractions), DECIMAL with at least six digits after the point; NULL if there are none.",
			Signatures: of(numberInput, meanType, newMean),
		},
		{
			Name: "MIN", Small: true, Duplicates: DuplicatesHarmless, Example: "MIN(word)", Result: "a",
			Doc:        "The smallest value; NULL if there are none.",
			Signatures: of(orderedInput, types.Type.Nullable, func(t types.Type) Accumulator { return newExtreme(t, Lt) }),
		},
		{
			Name: "MAX", Small: true, Duplicates: DuplicatesHarmless, Example: "MAX(n)", Result: "6",
			Doc:        "The largest value; NULL if there are none.",
			Signatures: of(orderedInput, types.Type.Nullable, func(t types.Type) Accumulator { return newExtreme(t, Gt) }),
		},
	}
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

func momentAggregates() []*AggregateFunction {
	of := func(name string, aliases []string, doc, example, result string, sample, root bool) *AggregateFunction {
		return &AggregateFunction{
			Name: name, Aliases: aliases, Small: true, Doc: doc + " It is DOUBLE, whatever the type of the values.", Example: example, Result: result,
			Signatures: of(numberInput, returnsOf(types.Of(types.Double)), func(t types.Type) Accumulator { return newMoments(t, sample, root) }),
		}
	}
	return []*AggregateFunction{
		of("VAR_POP", nil, "The population variance: the mean of the squares of the differences from the mean; NULL if there are no values.", "VAR_POP(n) FILTER (WHERE n <> 6)", "1.0", false, false),
		of("VAR_SAMP", []string{"VARIANCE", "VAR"}, "The sample variance: that of a whole that the values were drawn from; NULL for less than two values.", "VAR_SAMP(n) FILTER (WHERE n <> 6)", "2.0", true, false),
		of("STDDEV_POP", nil, "The population standard deviation, the square root of VAR_POP.", "STDDEV_POP(n) FILTER (WHERE n <> 6)", "1.0", false, true),
		of("STDDEV_SAMP", []string{"STDDEV"}, "The sample standard deviation, the square root of VAR_SAMP.", "STDDEV_SAMP(n) FILTER (WHERE n <> 1)", "2.1213203435596424", true, true),
	}
}

func bitAggregates() []*AggregateFunction {
	of := func(name, doc, result string, duplicates DuplicateRule, op bitOp) *AggregateFunction {
		return &AggregateFunction{
			Name: name, Small: true, Doc: doc, Duplicates: duplicates, Example: name + "(n)", Result: result,
			Signatures: of(wholeInput, types.Type.Nullable, func(t types.Type) Accumulator { return newBits(t, op) }),
		}
	}
	return []*AggregateFunction{
		of("BIT_AND", "The bits that all values have; NULL if there are none.", "0", DuplicatesHarmless, bitAnd),
		of("BIT_OR", "The bits that some value has; NULL if there are none.", "7", DuplicatesHarmless, bitOr),
		of("BIT_XOR", "The bits that an odd number of values have; NULL if there are none.", "4", DuplicatesCount, bitXor),
	}
}

func orderedAggregates() []*AggregateFunction {
	array := func(args []types.Type) types.Type { return types.ArrayOf(args[0]) }
	nullable := func(args []types.Type) types.Type { return args[0].Nullable() }
	separator := textArg.named("separator")
	separator.Constant = true
	return []*AggregateFunction{
		{
			Name: "FIRST_VALUE", Nulls: NullsIgnored, Ordered: true, Duplicates: DuplicatesHarmless, Example: "FIRST_VALUE(n)", Result: "3",
			Doc:        "The first value that is not NULL, or with RESPECT NULLS that of the first row.",
			Signatures: []AggregateSignature{{Params: []Param{anyInput}, Type: nullable, New: func(a *Aggregate) Accumulator { return newPick(a, false) }}},
		},
		{
			Name: "LAST_VALUE", Nulls: NullsIgnored, Ordered: true, Duplicates: DuplicatesHarmless, Example: "LAST_VALUE(n ORDER BY word)", Result: "6",
			Doc:        "The last value that is not NULL, or with RESPECT NULLS that of the last row.",
			Signatures: []AggregateSignature{{Params: []Param{anyInput}, Type: nullable, New: func(a *Aggregate) Accumulator { return newPick(a, true) }}},
		},
		{
			Name: "ARRAY_AGG", Nulls: NullsRespected, Ordered: true, Example: "ARRAY_AGG(n ORDER BY word DESC)", Result: "[6, 3, NULL, 1]",
			Doc:        "The values as an ARRAY, without NULLs if the call says IGNORE NULLS; NULL if there are none.",
			Signatures: []AggregateSignature{{Params: []Param{anyInput}, Type: array, New: newArrays}},
		},
		{
			Name: "LISTAGG", Aliases: []string{"STRING_AGG"}, Ordered: true, Example: "LISTAGG(DISTINCT word, '+')", Result: "b+a+c",
			Doc:        "The texts, one behind the other with a separator between them (a comma unless given); NULL if there are none.",
			Signatures: []AggregateSignature{{Params: []Param{textArg, separator}, Optional: 1, Type: func([]types.Type) types.Type { return types.String }, New: newTexts}},
		},
		{
			Name: "COLLECT", Example: "COLLECT(word)", Result: "{a=1, b=2, c=1}",
			Doc:        "The values as a MULTISET, which has for each value how often it occurs; empty if there are none.",
			Signatures: []AggregateSignature{{Params: []Param{anyInput}, Type: func(args []types.Type) types.Type { return types.MultisetOf(args[0].Required()).Required() }, New: newMultisets}},
		},
	}
}

func distributionAggregates() []*AggregateFunction {
	part := realArg.named("percentage")
	part.Constant, part.Check = true, checkPart
	double := func([]types.Type) types.Type { return types.Of(types.Double) }
	return []*AggregateFunction{
		{
			Name: "PERCENTILE", Duplicates: DuplicatesCount, Example: "PERCENTILE(n, 0.75)", Result: "4.5",
			Doc: "The value that the percentage, from 0 to 1, of the values is below, interpolated between its neighbours; NULL if there are none. It keeps all values. " +
				"A value counts as often as its frequency says, and not at all if that is NULL or below 1.",
			Signatures: []AggregateSignature{{Params: []Param{realArg, part, intArg.named("frequency")}, Optional: 1, Type: double, New: newPercentiles}},
		},
		{
			Name: "APPROX_PERCENTILE", Duplicates: DuplicatesCount, Example: "APPROX_PERCENTILE(n, 0.5)", Result: "3.0",
			Doc:        "PERCENTILE from a t-digest of at most 6 KiB per group, which is nearly exact at both ends and exact for up to 256 values. NaN is no value.",
			Signatures: []AggregateSignature{{Params: []Param{realArg, part}, Type: double, New: newDigests}},
		},
		{
			Name: "APPROX_COUNT_DISTINCT", Aliases: []string{"APPROX_DISTINCT"}, Duplicates: DuplicatesHarmless, Example: "APPROX_COUNT_DISTINCT(word)", Result: "3",
			Doc:        "About how many different values there are, from a HyperLogLog sketch of 4 KiB per group: exact for up to 64, otherwise with a standard error of 1.6 %.",
			Signatures: of(orderedInput, returnsOf(types.RequiredBigInt), func(types.Type) Accumulator { return &distinctAccumulator{} }),
		},
	}
}

func jsonAggregates() []*AggregateFunction {
	json := func([]types.Type) types.Type { return types.Of(types.JSON).Required() }
	return []*AggregateFunction{
		{
			Name: "JSON_ARRAYAGG", Nulls: NullsIgnored, OnNull: true, Ordered: true, Example: "JSON_ARRAYAGG(n ORDER BY n NULL ON NULL)", Result: "[null,1,3,6]",
			Doc:        "The values as a JSON array, without NULLs unless the call says NULL ON NULL.",
			Signatures: []AggregateSignature{{Params: []Param{anyInput}, Type: json, New: newJSONArrays}},
		},
		{
			Name: "JSON_OBJECTAGG", Nulls: NullsRespected, OnNull: true, Ordered: true, Duplicates: DuplicatesRefused,
			Example: "JSON_OBJECTAGG(KEY word VALUE n ABSENT ON NULL)", Result: `{"b":3,"a":1,"c":6}`,
			Doc:        "The keys with their values as a JSON object; the call may also be written `(key, value)`. Of the same key the last value counts, where Flink fails. NULLs become null unless the call says ABSENT ON NULL; a key that is NULL is an error.",
			Signatures: []AggregateSignature{{Params: []Param{textArg.named("key"), anyInput}, Type: json, New: newJSONObjects}},
		},
	}
}
