package oracle

import "github.com/penstock-io/penstock/internal/types"

// aggregation is a row of the table of aggregates. In templates $1, $2 are the arguments, $D is DISTINCT
// or nothing, and $F is FILTER (WHERE ...) or nothing.
type aggregation struct {
	ours, duck string // duck empty: the same
	why        string
	args       []class
	result     types.Type
	typ        func(args []types.Type) types.Type
	wild       bool // any arguments will do
	distinct   bool // DISTINCT may stand in it
	// How far results may be apart, relative to their size and absolutely.
	tolerance, absolute float64
}

func first(args []types.Type) types.Type { return args[0] }

const summed = 1e-9 // what sums of a few hundred DOUBLEs in another order differ by

var aggregations = append([]aggregation{
	{ours: "COUNT(*)$F", args: nil, result: bigType},
	{ours: "SUM($D$1)$F", duck: "CAST(SUM($D$1)$F AS BIGINT)", args: []class{integer}, result: bigType, distinct: true, why: "it is HUGEINT"},
	{
		ours: "AVG($D$1)$F", duck: "(SUM($D$1)$F // COUNT($D$1)$F)", args: []class{integer}, typ: first, distinct: true,
		why: "AVG is DOUBLE, here it has the type of its argument, as in Flink",
	},
	{
		ours: "SUM($D$1)$F", args: []class{decimal}, distinct: true,
		typ: func(args []types.Type) types.Type { return types.DecimalTotal(args[0]) },
	},
	{
		ours: "AVG($D$1)$F", args: []class{decimal}, distinct: true, tolerance: 1e-9, absolute: 1e-6, why: "AVG is DOUBLE, here DECIMAL of at least six digits after the point",
		typ: func(args []types.Type) types.Type { return types.DecimalMean(args[0]) },
	},
	{ours: "SUM($D$1)$F", duck: "SUM($DCAST($1 AS DOUBLE))$F", args: []class{float}, result: doubleType, distinct: true, tolerance: summed, absolute: summed},
	{ours: "AVG($1)$F", duck: "AVG(CAST($1 AS DOUBLE))$F", args: []class{float}, typ: first, tolerance: 1e-6, absolute: summed, why: "of FLOAT it is DOUBLE"},
	{ours: "BIT_AND($1)$F", args: []class{integer}, typ: first, wild: true},
	{ours: "BIT_OR($1)$F", args: []class{integer}, typ: first, wild: true},
	{ours: "BIT_XOR($D$1)$F", args: []class{integer}, typ: first, wild: true, distinct: true},
	{ours: "VAR_POP($D$1)$F", args: []class{integer}, result: doubleType, distinct: true, tolerance: summed, absolute: summed},
	{ours: "VAR_SAMP($1)$F", args: []class{float}, result: doubleType, tolerance: summed, absolute: summed},
	{ours: "STDDEV_POP($1)$F", args: []class{decimal}, result: doubleType, tolerance: summed, absolute: summed},
	{ours: "STDDEV_SAMP($1)$F", args: []class{integer}, result: doubleType, tolerance: summed, absolute: summed},
	{ours: "PERCENTILE($D$1, 0.3)$F", duck: "quantile_cont($DCAST($1 AS DOUBLE), 0.3)$F", args: []class{integer}, result: doubleType, distinct: true, tolerance: summed, absolute: summed},
	{ours: "APPROX_PERCENTILE($1, 0.9)$F", duck: "quantile_cont(CAST($1 AS DOUBLE), 0.9)$F", args: []class{integer}, result: doubleType, tolerance: summed, absolute: summed, why: "ours is exact for few values"},
	{ours: "LISTAGG($1, '|') WITHIN GROUP (ORDER BY $1)$F", duck: "string_agg($1, '|' ORDER BY $1)$F", args: []class{text}, result: types.String, wild: true},
	{ours: "LISTAGG(DISTINCT $1 ORDER BY $1 DESC)$F", duck: "string_agg(DISTINCT $1, ',' ORDER BY $1 DESC)$F", args: []class{text}, result: types.String, wild: true},
	{
		ours: "ARRAY_AGG($1 ORDER BY $1 NULLS FIRST)$F", duck: "array_agg($1 ORDER BY $1 NULLS FIRST)$F", args: []class{integer}, wild: true,
		typ: func(args []types.Type) types.Type { return types.ArrayOf(args[0]) },
	},
	{
		ours: "FIRST_VALUE($1 ORDER BY $2, $1)$F", duck: "list($1 ORDER BY $2 NULLS FIRST, $1)$N[1]", args: []class{integer, text}, typ: first, wild: true,
		why: "first(x ORDER BY y) does not skip NULLs",
	},
	{ours: "LAST_VALUE($1 ORDER BY $2, $1)$F", duck: "list($1 ORDER BY $2 NULLS FIRST, $1)$N[-1]", args: []class{text, integer}, typ: first, wild: true, why: "as FIRST_VALUE"},
}, ofAnyClass()...)

// ofAnyClass are the aggregates of every type that has an order.
func ofAnyClass() (all []aggregation) {
	for _, c := range []class{boolean, integer, decimal, float, text, date, moment} {
		all = append(all,
			aggregation{ours: "COUNT($D$1)$F", args: []class{c}, result: bigType, wild: true, distinct: true},
			aggregation{ours: "MIN($1)$F", args: []class{c}, typ: first, wild: true},
			aggregation{ours: "MAX($D$1)$F", args: []class{c}, typ: first, wild: true, distinct: true},
			aggregation{ours: "APPROX_COUNT_DISTINCT($1)$F", duck: "COUNT(DISTINCT $1)$F", args: []class{c}, result: bigType, wild: true, why: "ours is exact for few values"},
		)
	}
	return all
}

// navigation is a function that exists only with OVER; $O is OVER (...).
type navigation struct {
	aggregation
	framed bool
}

var navigations = []navigation{
	{aggregation{ours: "ROW_NUMBER()$O", result: bigType}, false},
	{aggregation{ours: "LAG($1)$O", args: []class{integer}, typ: first, wild: true}, false},
	{aggregation{ours: "LAG($1, 2)$O", args: []class{text}, typ: first, wild: true}, false},
	{aggregation{ours: "LAG($1, 1, 'none')$O", args: []class{text}, typ: first, wild: true}, false},
	{aggregation{ours: "LEAD($1)$O", args: []class{decimal}, typ: first, wild: true}, false},
	{aggregation{ours: "FIRST_VALUE($1)$O", duck: "FIRST_VALUE($1 IGNORE NULLS)$O", args: []class{integer}, typ: first, wild: true, why: "NULLs count"}, true},
	{aggregation{ours: "LAST_VALUE($1)$O", duck: "LAST_VALUE($1 IGNORE NULLS)$O", args: []class{text}, typ: first, wild: true, why: "NULLs count"}, true},
	{aggregation{ours: "FIRST_VALUE($1) RESPECT NULLS$O", duck: "FIRST_VALUE($1)$O", args: []class{moment}, typ: first, wild: true, why: "NULLs count"}, true},
	{aggregation{ours: "NTH_VALUE($1, 2)$O", args: []class{text}, typ: first, wild: true}, true},
}
