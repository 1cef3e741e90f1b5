package oracle

import (
	"math/rand/v2"
	"strings"

	"github.com/penstock-io/penstock/internal/types"
)

// operation is a row of the table of scalar operations.
type operation struct {
	ours string
	duck string // empty: the same
	why  string // why DuckDB's words differ
	args []class
	// typ is the type of the result; nil where result is fixed.
	result types.Type
	typ    func(args []types.Type) (types.Type, bool)
	// wild says that any arguments will do: others need small ones.
	wild bool
	// How far results may be apart, relative to their size and absolutely.
	tolerance, absolute float64
}

func common(args []types.Type) (types.Type, bool) {
	t := args[0]
	for _, arg := range args[1:] {
		var ok bool
		if t, ok = types.Common(t, arg); !ok {
			return t, false
		}
	}
	return t, true
}

// widened puts the arguments of DuckDB's template into the type of the result first: its integers of
// one type and literals of another meet elsewhere.
const widened = "(CAST($1 AS $T) OP CAST($2 AS $T))"

func arithmeticOf(op string) string { return strings.Replace(widened, "OP", op, 1) }

// fits refuses decimal results of more than 38 digits.
func fits(rule func(a, b types.Type) types.Type) func([]types.Type) (types.Type, bool) {
	return func(args []types.Type) (types.Type, bool) {
		a, b := types.AsDecimal(args[0]), types.AsDecimal(args[1])
		t := rule(a, b)
		return t.Nullable(), t.Precision < types.MaxDecimalPrecision
	}
}

var (
	boolType   = types.Of(types.Boolean)
	intType    = types.Of(types.Int)
	bigType    = types.Of(types.BigInt)
	doubleType = types.Of(types.Double)
)

const near = 1e-12 // what libraries for sines and logarithms differ by

var operations = concat(logicOperations(), comparisons(), numberOperations(), decimalOperations(), textOperations(), timeOperations(), castOperations(), choices())

func concat(tables ...[]operation) (all []operation) {
	for _, table := range tables {
		all = append(all, table...)
	}
	return all
}

func logicOperations() []operation {
	return []operation{
		{ours: "($1 AND $2)", args: []class{boolean, boolean}, result: boolType, wild: true},
		{ours: "($1 OR $2)", args: []class{boolean, boolean}, result: boolType, wild: true},
		{ours: "(NOT $1)", args: []class{boolean}, result: boolType, wild: true},
		{ours: "($1 IS TRUE)", duck: "($1 IS NOT DISTINCT FROM TRUE)", args: []class{boolean}, result: boolType, wild: true},
		{ours: "($1 IS NOT FALSE)", duck: "($1 IS DISTINCT FROM FALSE)", args: []class{boolean}, result: boolType, wild: true},
		{ours: "($1 IS UNKNOWN)", duck: "($1 IS NULL)", args: []class{boolean}, result: boolType, wild: true},
	}
}

func comparisons() []operation {
	var all []operation
	for _, c := range []class{boolean, integer, decimal, float, text, date, moment} {
		for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
			all = append(all, operation{ours: "($1 " + op + " $2)", args: []class{c, c}, result: boolType, wild: true})
		}
		all = append(all,
			operation{ours: "($1 IS NULL)", args: []class{c}, result: boolType, wild: true},
			operation{ours: "($1 IS NOT NULL)", args: []class{c}, result: boolType, wild: true},
			operation{ours: "($1 IS DISTINCT FROM $2)", args: []class{c, c}, result: boolType, wild: true},
			operation{ours: "($1 IN ($2, $3))", args: []class{c, c, c}, result: boolType, wild: true},
			operation{ours: "($1 NOT IN ($2, $3))", args: []class{c, c, c}, result: boolType, wild: true},
			operation{ours: "($1 BETWEEN $2 AND $3)", args: []class{c, c, c}, result: boolType, wild: true},
		)
	}
	for _, pair := range [][]class{{integer, decimal}, {integer, float}} {
		for _, op := range []string{"=", "<", ">="} {
			all = append(all, operation{ours: "($1 " + op + " $2)", args: pair, result: boolType})
		}
	}
	return all
}

func numberOperations() []operation {
	return []operation{
		{ours: "($1 + $2)", duck: arithmeticOf("+"), args: []class{integer, integer}, typ: common},
		{ours: "($1 - $2)", duck: arithmeticOf("-"), args: []class{integer, integer}, typ: common},
		{ours: "($1 * $2)", duck: arithmeticOf("*"), args: []class{integer, integer}, typ: common},
		{
			ours: "($1 / NULLIF($2, 0))", duck: strings.Replace(arithmeticOf("//"), "CAST($2 AS $T)", "CAST(NULLIF($2, 0) AS $T)", 1), args: []class{integer, integer}, typ: common,
			why: "/ of integers is DOUBLE; division by zero is NULL, here an error",
		},
		{ours: "MOD($1, NULLIF($2, 0))", duck: "(CAST($1 AS $T) % CAST(NULLIF($2, 0) AS $T))", args: []class{integer, integer}, typ: common, why: "a remainder by zero is NULL, here an error"},
		{ours: "(- $1)", duck: "(- CAST($1 AS $T))", args: []class{integer}, typ: common},
		{ours: "ABS($1)", args: []class{integer}, typ: common},
		{ours: "($1 + $2)", args: []class{float, float}, typ: common},
		{ours: "($1 - $2)", args: []class{float, float}, typ: common},
		{ours: "($1 * $2)", args: []class{float, float}, typ: common},
		{ours: "($1 / NULLIF($2, 0))", args: []class{float, float}, typ: common},
		{ours: "(- $1)", args: []class{float}, typ: common, wild: true},
		{ours: "FLOOR($1)", args: []class{float}, typ: common},
		{ours: "CEIL($1)", args: []class{float}, typ: common},
		{ours: "SIGN($1)", duck: "CAST(SIGN($1) AS DOUBLE)", args: []class{float}, result: doubleType, wild: true},
		{ours: "SQRT(ABS($1))", duck: "SQRT(ABS(CAST($1 AS DOUBLE)))", args: []class{float}, result: doubleType, wild: true},
		{ours: "EXP(CAST($1 AS DOUBLE) / 100)", args: []class{integer}, result: doubleType, tolerance: near},
		{ours: "LN(ABS($1) + 1)", duck: "LN(ABS(CAST($1 AS DOUBLE)) + 1)", args: []class{float}, result: doubleType, tolerance: near},
		{ours: "LOG10(ABS($1) + 1)", duck: "LOG10(ABS(CAST($1 AS DOUBLE)) + 1)", args: []class{float}, result: doubleType, tolerance: near},
		{ours: "SIN($1)", duck: "SIN(CAST($1 AS DOUBLE))", args: []class{float}, result: doubleType, tolerance: near},
		{ours: "POWER($1, 2)", duck: "POWER(CAST($1 AS DOUBLE), 2)", args: []class{float}, result: doubleType, tolerance: near},
	}
}

func decimalOperations() []operation {
	keep := func(args []types.Type) (types.Type, bool) { return args[0], true }
	return []operation{
		{ours: "($1 + $2)", args: []class{decimal, decimal}, typ: fits(types.DecimalSum)},
		{ours: "($1 - $2)", args: []class{decimal, decimal}, typ: fits(types.DecimalSum)},
		{ours: "($1 * $2)", args: []class{decimal, decimal}, typ: fits(types.DecimalProduct)},
		{ours: "($1 + $2)", duck: "($1 + CAST($2 AS DECIMAL(19, 0)))", args: []class{decimal, integer}, typ: fits(types.DecimalSum), why: "a BIGINT and a DECIMAL make a DOUBLE"},
		{ours: "MOD($1, NULLIF($2, 0))", duck: "($1 % NULLIF($2, 0))", args: []class{decimal, decimal}, typ: fits(types.DecimalRemainder)},
		{ours: "($1 / NULLIF($2, 0))", duck: "(CAST($1 AS DOUBLE) / CAST(NULLIF($2, 0) AS DOUBLE))", args: []class{decimal, decimal}, typ: fits(types.DecimalQuotient), tolerance: 1e-9, absolute: 1e-6, why: "/ of decimals is DOUBLE, here DECIMAL of at least six digits after the point"},
		{ours: "(- $1)", args: []class{decimal}, typ: keep, wild: true},
		{ours: "ABS($1)", args: []class{decimal}, typ: keep, wild: true},
		{ours: "ROUND($1, 1)", args: []class{decimal}, typ: func(args []types.Type) (types.Type, bool) {
			return types.DecimalOf(args[0].Precision-args[0].Scale+2, 1), args[0].Scale > 1
		}},
		{ours: "FLOOR($1)", args: []class{decimal}, typ: func(args []types.Type) (types.Type, bool) {
			return types.DecimalOf(args[0].Precision-args[0].Scale+1, 0), args[0].Scale > 0
		}},
		{ours: "CEIL($1)", args: []class{decimal}, typ: func(args []types.Type) (types.Type, bool) {
			return types.DecimalOf(args[0].Precision-args[0].Scale+1, 0), args[0].Scale > 0
		}},
	}
}

func textOperations() []operation {
	str := types.String
	return []operation{
		{ours: "UPPER($1)", args: []class{text}, result: str, wild: true},
		{ours: "LOWER($1)", args: []class{text}, result: str, wild: true},
		{ours: "REVERSE($1)", args: []class{text}, result: str, wild: true},
		{ours: "TRIM($1)", args: []class{text}, result: str, wild: true},
		{ours: "LTRIM($1)", args: []class{text}, result: str, wild: true},
		{ours: "RTRIM($1, 'c')", args: []class{text}, result: str, wild: true},
		{ours: "($1 || $2)", args: []class{text, text}, result: str, wild: true},
		{ours: "CONCAT($1, '-', $2)", duck: "($1 || '-' || $2)", args: []class{text, text}, result: str, wild: true, why: "CONCAT leaves NULLs out"},
		{ours: "REPLACE($1, $2, 'ö')", duck: "CASE WHEN $2 = '' THEN $1 ELSE REPLACE($1, $2, 'ö') END", args: []class{text, text}, result: str, wild: true},
		{ours: "SUBSTRING($1, 2, 3)", args: []class{text}, result: str, wild: true},
		{
			ours: "SUBSTRING($1, -2)", duck: "CASE WHEN length($1) < 2 THEN '' ELSE SUBSTRING($1, -2) END", args: []class{text}, result: str, wild: true,
			why: "a start before the text is its first character; here nothing is left, as in Flink",
		},
		{ours: "LEFT($1, 2)", args: []class{text}, result: str, wild: true},
		{ours: "RIGHT($1, 3)", args: []class{text}, result: str, wild: true},
		{ours: "MD5($1)", args: []class{text}, result: str, wild: true},
		{ours: "SHA256($1)", args: []class{text}, result: str, wild: true},
		{
			ours: "SPLIT_INDEX($1, ',', 1)", duck: "str_split($1, ',')[2]", args: []class{text}, result: str, wild: true,
		},
		{ours: "CHAR_LENGTH($1)", duck: "CAST(length($1) AS INTEGER)", args: []class{text}, result: intType, wild: true},
		{ours: "POSITION($1 IN $2)", duck: "CAST(position($1 IN $2) AS INTEGER)", args: []class{text, text}, result: intType, wild: true},
		{ours: "($1 LIKE '%a%')", args: []class{text}, result: boolType, wild: true},
		{ours: "($1 LIKE '_b%')", args: []class{text}, result: boolType, wild: true},
		{ours: "($1 LIKE $2)", args: []class{text, text}, result: boolType, wild: true},
		{ours: "($1 LIKE 'a!_c' ESCAPE '!')", args: []class{text}, result: boolType, wild: true},
		{ours: "REGEXP($1, '[a-c]+,')", duck: "regexp_matches($1, '[a-c]+,')", args: []class{text}, result: boolType, wild: true},
	}
}

func timeOperations() []operation {
	ts, day := types.Timestamp3, types.Of(types.Date)
	all := []operation{
		{ours: "($1 + INTERVAL '90' MINUTE)", duck: "($1 + INTERVAL 90 MINUTE)", args: []class{moment}, result: ts, wild: true},
		{ours: "($1 - INTERVAL '1' MONTH)", duck: "($1 - INTERVAL 1 MONTH)", args: []class{moment}, result: ts, wild: true},
		{ours: "($1 + INTERVAL '1' YEAR)", duck: "($1 + INTERVAL 1 YEAR)", args: []class{moment}, result: ts, wild: true},
		{ours: "($1 + INTERVAL '3' DAY)", duck: "CAST($1 + INTERVAL 3 DAY AS DATE)", args: []class{date}, result: day, wild: true},
		{ours: "($1 - INTERVAL '1' MONTH)", duck: "CAST($1 - INTERVAL 1 MONTH AS DATE)", args: []class{date}, result: day, wild: true},
		{ours: "($1 - $2)", args: []class{moment, moment}, result: types.Of(types.IntervalSecond), wild: true},
		{
			ours: "DATE_FORMAT($1, 'dd.MM.yyyy HH:mm:ss.SSS')", duck: "strftime($1, '%d.%m.%Y %H:%M:%S.%g')", args: []class{moment}, result: types.String, wild: true,
		},
		{ours: "CAST($1 AS DATE)", args: []class{moment}, result: day, wild: true},
		{ours: "CAST($1 AS TIMESTAMP(3))", duck: "CAST($1 AS TIMESTAMP)", args: []class{date}, result: ts, wild: true},
	}
	for _, unit := range []string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOY", "HOUR", "MINUTE"} {
		all = append(all, operation{ours: "EXTRACT(" + unit + " FROM $1)", args: []class{moment}, result: bigType, wild: true})
	}
	for _, unit := range []string{"YEAR", "MONTH", "DAY"} {
		all = append(all, operation{ours: "EXTRACT(" + unit + " FROM $1)", args: []class{date}, result: bigType, wild: true})
	}
	for _, unit := range []string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"} {
		// Added to nothing, for DuckDB makes FALSE of the comparison of a constant with date_trunc(unit, NULL).
		floor, why := "(date_trunc('"+unit+"', $1) + INTERVAL 0 SECOND)", ""
		if unit == "WEEK" {
			floor, why = "(date_trunc('WEEK', $1 + INTERVAL 1 DAY) - INTERVAL 1 DAY)", "weeks begin on Monday, here on Sunday as in Flink"
		}
		all = append(all,
			operation{ours: "FLOOR($1 TO " + unit + ")", duck: floor, args: []class{moment}, result: ts, wild: true, why: why},
			operation{ours: "CEIL($1 TO " + unit + ")", duck: "CASE WHEN " + floor + " = $1 THEN $1 ELSE " + floor + " + INTERVAL 1 " + unit + " END", args: []class{moment}, result: ts, wild: true},
		)
	}
	return append(all,
		operation{ours: "EXTRACT(SECOND FROM $1)", duck: "CAST(floor(EXTRACT(SECOND FROM $1)) AS BIGINT)", args: []class{moment}, result: bigType, wild: true},
		operation{ours: "EXTRACT(EPOCH FROM $1)", duck: "CAST(floor(epoch($1)) AS BIGINT)", args: []class{moment}, result: bigType, wild: true},
		operation{ours: "EXTRACT(DOW FROM $1)", duck: "(EXTRACT(DOW FROM $1) + 1)", args: []class{moment}, result: bigType, wild: true, why: "days are counted from 0"},
	)
}

// dateOf reads a date, behind which only a time may stand.
const dateOf = "CASE WHEN regexp_full_match($1, '[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:.]*)?') THEN TRY_CAST(left($1, 10) AS DATE) END"

func castOperations() []operation {
	str := types.String
	truncated := "a cast to an integer rounds, here it cuts"
	return []operation{
		{ours: "CAST($1 AS STRING)", duck: "CAST($1 AS VARCHAR)", args: []class{integer}, result: str, wild: true},
		{ours: "CAST($1 AS STRING)", duck: "CAST($1 AS VARCHAR)", args: []class{decimal}, result: str, wild: true},
		{ours: "CAST($1 AS STRING)", duck: "upper(CAST($1 AS VARCHAR))", args: []class{boolean}, result: str, wild: true, why: "booleans are lower case as text"},
		{ours: "CAST($1 AS STRING)", duck: "CAST($1 AS VARCHAR)", args: []class{date}, result: str, wild: true},
		{ours: "CAST($1 AS STRING)", duck: "strftime($1, '%Y-%m-%d %H:%M:%S.%g')", args: []class{moment}, result: str, wild: true, why: "zeros are left out of fractions"},
		{ours: "CAST($1 AS BIGINT)", args: []class{integer}, result: bigType, wild: true},
		{
			ours: "TRY_CAST($1 AS SMALLINT)", duck: "CASE WHEN $1 BETWEEN -32768 AND 32767 THEN CAST($1 AS SMALLINT) END", args: []class{integer}, result: types.Of(types.SmallInt), wild: true,
			why: "a comparison of TRY_CAST(x AS t) with a constant becomes one of x, which loses the NULLs",
		},
		{ours: "CAST($1 AS DOUBLE)", args: []class{integer}, result: doubleType, wild: true},
		{ours: "CAST($1 AS DOUBLE)", args: []class{decimal}, result: doubleType, tolerance: 1e-15, why: "its last digit may be off"},
		{ours: "CAST($1 AS DECIMAL(12, 3))", args: []class{integer}, result: types.DecimalOf(12, 3)},
		{ours: "CAST($1 AS DECIMAL(14, 1))", args: []class{decimal}, result: types.DecimalOf(14, 1)},
		{ours: "CAST($1 AS BIGINT)", duck: "CAST(trunc($1) AS BIGINT)", args: []class{decimal}, result: bigType, why: truncated},
		{ours: "CAST($1 AS INT)", duck: "CAST(trunc($1) AS INTEGER)", args: []class{float}, result: intType, why: truncated},
		{ours: "CAST($1 AS INT)", duck: "CAST($1 AS INTEGER)", args: []class{boolean}, result: intType, wild: true},
		{ours: "CAST($1 AS BOOLEAN)", args: []class{integer}, result: boolType, wild: true},
		{ours: "TRY_CAST($1 AS INT)", duck: "TRY_CAST(trunc(TRY_CAST($1 AS DOUBLE)) AS INTEGER)", args: []class{text}, result: intType, wild: true, why: truncated},
		{ours: "TRY_CAST($1 AS DOUBLE)", args: []class{text}, result: doubleType, wild: true},
		{ours: "TRY_CAST($1 AS DATE)", duck: dateOf, args: []class{text}, result: types.Of(types.Date), wild: true, why: "what follows a date is passed over, here only a time"},
		{ours: "TO_DATE($1)", duck: dateOf, args: []class{text}, result: types.Of(types.Date), wild: true, why: "as TRY_CAST"},
	}
}

// choices are the operations that choose among values of one class.
func choices() []operation {
	var all []operation
	for _, c := range []class{boolean, integer, decimal, float, text, date, moment} {
		numbers := c == integer || c == decimal || c == float
		all = append(all,
			operation{ours: "CASE WHEN $1 THEN $2 ELSE $3 END", args: []class{boolean, c, c}, typ: laterCommon(1), wild: true},
			operation{ours: "CASE WHEN $1 THEN $2 WHEN $3 THEN $4 END", args: []class{boolean, c, boolean, c}, typ: func(t []types.Type) (types.Type, bool) { return common([]types.Type{t[1], t[3]}) }, wild: true},
			operation{ours: "COALESCE($1, $2)", args: []class{c, c}, typ: common, wild: true},
			operation{ours: "IF($1, $2, $3)", duck: "CASE WHEN $1 THEN $2 ELSE $3 END", args: []class{boolean, c, c}, typ: laterCommon(1), wild: true},
		)
		if c != boolean {
			nulls := "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE "
			all = append(all,
				operation{ours: "NULLIF($1, $2)", args: []class{c, c}, typ: func(t []types.Type) (types.Type, bool) { return t[0], true }, wild: true},
				operation{ours: "GREATEST($1, $2)", duck: nulls + "greatest($1, $2) END", args: []class{c, c}, typ: common, wild: !numbers, why: "NULLs are left out"},
				operation{ours: "LEAST($1, $2)", duck: nulls + "least($1, $2) END", args: []class{c, c}, typ: common, wild: !numbers, why: "NULLs are left out"},
			)
		}
	}
	return all
}

func laterCommon(from int) func([]types.Type) (types.Type, bool) {
	return func(args []types.Type) (types.Type, bool) { return common(args[from:]) }
}

// apply makes the node of an operation; false if the arguments' types do not go together.
func (o *operation) apply(args []*node) (*node, bool) {
	n := &node{ours: o.ours, duck: o.duck, args: args, typ: o.result, column: -1, tolerance: o.tolerance, absolute: o.absolute}
	if n.duck == "" {
		n.duck = n.ours
	}
	kinds := make([]types.Type, len(args))
	for i, arg := range args {
		kinds[i] = arg.typ
		n.aggregate = false
	}
	if o.typ != nil {
		var ok bool
		if n.typ, ok = o.typ(kinds); !ok {
			return nil, false
		}
	}
	n.typ = n.typ.Nullable()
	return n, true
}

// resultClass is the class of an operation's results.
func (o *operation) resultClass() class {
	if o.typ == nil {
		return classOf(o.result)
	}
	return o.args[len(o.args)-1]
}

func operationsFor(c class) []*operation {
	var all []*operation
	for i := range operations {
		o := &operations[i]
		if o.resultClass() == c || o.typ != nil && len(o.args) > 1 && o.args[0] == decimal && c == decimal {
			all = append(all, o)
		}
	}
	return all
}

func literal(r *rand.Rand, c class) *node {
	same := func(t types.Type, texts ...string) *node { v := pick(r, texts...); return constant(v, v, t) }
	if r.IntN(8) == 0 {
		switch c {
		case integer:
			return constant("CAST(NULL AS INT)", "CAST(NULL AS INTEGER)", intType)
		case text:
			return constant("CAST(NULL AS STRING)", "CAST(NULL AS VARCHAR)", types.String)
		case boolean:
			return constant("CAST(NULL AS BOOLEAN)", "CAST(NULL AS BOOLEAN)", boolType)
		}
	}
	switch c {
	case boolean:
		return same(boolType, "TRUE", "FALSE")
	case integer:
		return same(intType, "0", "1", "3", "(-2)")
	case decimal:
		if r.IntN(2) == 0 {
			return same(types.DecimalOf(2, 1), "1.5")
		}
		return same(types.DecimalOf(4, 2), "12.25", "(-99.99)")
	case float:
		return same(doubleType, "CAST(0.5 AS DOUBLE)", "CAST(-3 AS DOUBLE)")
	case text:
		return same(types.String, "'x'", "''", "'a,b'", "'ab'")
	case date:
		return same(types.Of(types.Date), "DATE '2024-02-29'", "DATE '1970-01-01'")
	}
	v := pick(r, "2024-05-06 00:05:00.000", "1969-07-20 20:17:40.123")
	return constant("TIMESTAMP '"+v+"'", "TIMESTAMP '"+v+"'", types.Timestamp3)
}
