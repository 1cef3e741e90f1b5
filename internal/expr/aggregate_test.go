package expr_test

import (
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// aggregate binds a call of an aggregate on the columns.
func aggregate(t *testing.T, call string) *expr.Aggregate {
	t.Helper()
	a, err := boundAggregate(columns, call)
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	return a
}

// calls are calls of aggregates that take more than one argument or have clauses of their own.
var calls = []string{
	"COUNT(*)",
	"FIRST_VALUE(s) RESPECT NULLS", "LAST_VALUE(a) RESPECT NULLS", "FIRST_VALUE(a ORDER BY s, b DESC)", "LAST_VALUE(s ORDER BY a NULLS LAST)",
	"ARRAY_AGG(a) IGNORE NULLS", "ARRAY_AGG(DISTINCT a)", "ARRAY_AGG(s ORDER BY x DESC, s DESC NULLS LAST)", "ARRAY_AGG(DISTINCT s ORDER BY s DESC)",
	"LISTAGG(s, '; ')", "LISTAGG(DISTINCT s, '')", "LISTAGG(t ORDER BY big)",
	"PERCENTILE(a, 0.3)", "PERCENTILE(x, 1)", "PERCENTILE(a, 0.5, tiny)", "APPROX_PERCENTILE(a, 0)", "APPROX_PERCENTILE(big, 0.9)",
	"JSON_ARRAYAGG(a)", "JSON_ARRAYAGG(s NULL ON NULL)", "JSON_ARRAYAGG(DISTINCT s ORDER BY s DESC)", "JSON_OBJECTAGG(COALESCE(s, 'none'), a)", "JSON_OBJECTAGG(KEY COALESCE(s, 'none') VALUE a ABSENT ON NULL)",
}

// everyAggregate is each aggregate over a column of each type that it takes, and the calls.
func everyAggregate(t *testing.T) []*expr.Aggregate {
	t.Helper()
	var all []*expr.Aggregate
	for _, f := range expr.AggregateFunctions() {
		taken := false
		for _, field := range columns {
			if call, err := boundAggregate(columns, f.Name+"("+field.Name+")"); err == nil && !f.OnNull {
				all, taken = append(all, call), true
			}
		}
		if !taken && !slices.ContainsFunc(calls, func(call string) bool { return strings.HasPrefix(call, f.Name+"(") }) {
			t.Errorf("%s is not tested", f.Name)
		}
	}
	for _, call := range calls {
		all = append(all, aggregate(t, call))
	}
	return all
}

// entry is what a row contributed: its values and their texts, the arguments first.
type entry struct {
	values []any
	texts  []string
}

func entryOf(call *expr.Aggregate, arg batch.Column, row int) entry {
	if arg == nil {
		return entry{}
	}
	fields, kinds := []batch.Column{arg}, []types.Type{call.Arg.Type()}
	if tuple, ok := call.Arg.(*expr.Tuple); ok {
		fields, kinds = arg.(*batch.Struct).Fields, nil
		for _, field := range tuple.Fields {
			kinds = append(kinds, field.Type())
		}
	}
	var e entry
	for i, field := range fields {
		e.values = append(e.values, valueAt(field, row))
		text := "NULL"
		if e.values[i] != nil {
			text = string(batch.AppendText(nil, field, row, kinds[i], time.UTC))
		}
		e.texts = append(e.texts, text)
	}
	return e
}

// TestAggregatesAgreeWithNaiveOnes adds random rows to ever more groups, a part of a batch at a time
// and with a random filter, and compares the results with those of the values of each group. In the
// end it merges all groups into those of another accumulator.
func TestAggregatesAgreeWithNaiveOnes(t *testing.T) {
	for _, call := range everyAggregate(t) {
		call = call.InArrivalOrder()
		t.Run(call.String(), func(t *testing.T) {
			g := generator{Rand: rand.New(rand.NewPCG(7, uint64(len(call.String()))))}
			accumulator, entries := call.New(), map[uint32][]entry{}
			groups := 0
			for round := range 12 {
				b := g.rows(100)
				arg, valid := argument(t, call, b, g)
				groups += 1 << round
				accumulator.Resize(groups)
				from := g.IntN(50)
				numbers := make([]uint32, 1+g.IntN(49))
				for i := range numbers {
					numbers[i] = uint32(g.IntN(min(groups, 40)) * groups / min(groups, 40))
					if valid.Get(from + i) {
						entries[numbers[i]] = append(entries[numbers[i]], entryOf(call, arg, from+i))
					}
				}
				if err := accumulator.Add(numbers, arg, valid, from); err != nil {
					if fits(call, entries) {
						t.Fatalf("Add: %v", err)
					}
					return
				}
			}
			checkAggregates(t, call, accumulator.Result(groups), groups, entries)
			checkMerge(t, call, accumulator, groups, entries)
			checkState(t, call, accumulator, groups, entries)
			if accumulator.Size() < groups {
				t.Errorf("%d groups take %d bytes", groups, accumulator.Size())
			}
		})
	}
}

// argument returns the column that a call reads, small enough that sums fit, and the rows to add.
func argument(t *testing.T, call *expr.Aggregate, b *batch.Batch, g generator) (batch.Column, batch.Bitmap) {
	t.Helper()
	filter := batch.NewBitmap(b.Rows())
	for row := range b.Rows() {
		if g.IntN(4) > 0 {
			filter.Set(row)
		}
	}
	if call.Arg == nil {
		return nil, filter
	}
	arg, err := call.Arg.Eval(utc, b)
	if err != nil {
		t.Fatal(err)
	}
	if wide, ok := arg.(*batch.Fixed[int64]); ok && (call.Function.Name == "SUM" || call.Function.Name == "AVG") {
		small := make([]int64, len(wide.Values))
		for i, v := range wide.Values {
			small[i] = v >> 8
		}
		arg = batch.NewFixed(small, wide.Valid())
	}
	return arg, batch.And(arg.Valid(), filter)
}

// fits reports whether no sum of the values of a group leaves BIGINT.
func fits(call *expr.Aggregate, entries map[uint32][]entry) bool {
	if call.Arg == nil || !call.Arg.Type().Kind.IsInteger() {
		return true
	}
	for _, group := range entries {
		sum := new(big.Int)
		for _, e := range group {
			if sum.Add(sum, big.NewInt(e.values[0].(int64))); !sum.IsInt64() {
				return false
			}
		}
	}
	return true
}

func checkAggregates(t *testing.T, call *expr.Aggregate, result batch.Column, groups int, entries map[uint32][]entry) {
	t.Helper()
	if result.Len() != groups {
		t.Fatalf("%d results for %d groups", result.Len(), groups)
	}
	for group := range groups {
		if strings.HasPrefix(call.Function.Name, "APPROX_") {
			if got := valueAt(result, group); !estimates(call, got, entries[uint32(group)]) {
				t.Fatalf("group %d of %v: %v", group, entries[uint32(group)], got)
			}
			continue
		}
		want := naiveAggregate(call, entries[uint32(group)])
		if _, ok := want.(string); ok && !call.Type().Kind.IsText() || call.Function.Ordered {
			got := "NULL"
			if result.Valid().Get(group) {
				got = string(batch.AppendText(nil, result, group, call.Type(), time.UTC))
			}
			if got != want {
				t.Fatalf("group %d of %v:\n%s, want\n%s", group, entries[uint32(group)], got, want)
			}
			continue
		}
		if got := valueAt(result, group); !near(got, want) {
			t.Fatalf("group %d of %v: %v, want %v", group, entries[uint32(group)], got, want)
		}
	}
}

// near compares as same does, but lets a variance differ by what rounding may do.
func near(got, want any) bool {
	a, ok := got.(float64)
	b, isReal := want.(float64)
	if !ok || !isReal || same(got, want) {
		return same(got, want)
	}
	return math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b))
}

// estimates reports whether a result is near enough for an aggregate that may err.
func estimates(call *expr.Aggregate, got any, entries []entry) bool {
	switch call.Function.Name {
	case "APPROX_COUNT_DISTINCT":
		want := int64(len(distinctOnly(entries)))
		return got == want || want > 64 && math.Abs(float64(got.(int64)-want)) < 0.07*float64(want)
	case "APPROX_PERCENTILE":
		if len(entries) <= 256 {
			return near(got, naivePercentile(entries, partOf(call)))
		}
		low, high := naivePercentile(entries, max(0, partOf(call)-0.01)).(float64), naivePercentile(entries, min(1, partOf(call)+0.01)).(float64)
		return low <= got.(float64) && got.(float64) <= high
	}
	return false
}

// checkMerge merges every group into group 0 of an empty accumulator and into the same group of one.
func checkMerge(t *testing.T, call *expr.Aggregate, from expr.Accumulator, groups int, entries map[uint32][]entry) {
	t.Helper()
	if call.Arg != nil && call.Arg.Type().Kind.IsFloat() && (call.Function.Name == "SUM" || call.Function.Name == "AVG") {
		return // sums of floats depend on their order
	}
	to, all := call.New(), map[uint32][]entry{}
	to.Resize(groups + 1)
	for group := range uint32(groups) {
		for _, target := range []uint32{0, group + 1} {
			if err := to.Merge(from, group, target); err != nil {
				t.Fatal(err)
			}
			all[target] = append(all[target], entries[group]...)
		}
	}
	checkAggregates(t, call, to.Result(groups+1), groups+1, all)
	checkAggregates(t, call, from.Result(groups), groups, entries)
}

// checkState saves an accumulator, loads it into another, and adds everything once more to that.
func checkState(t *testing.T, call *expr.Aggregate, from expr.Accumulator, groups int, entries map[uint32][]entry) {
	t.Helper()
	w := state.NewWriter(0)
	w.Columns(from.State(groups))
	r := state.NewReader(w.Data())
	columns, to := r.Columns(groups), call.New()
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if err := to.Load(columns); err != nil {
		t.Fatal(err)
	}
	checkAggregates(t, call, to.Result(groups), groups, entries)
	to.Resize(groups + 1)
	if err := to.Merge(from, 0, uint32(groups)); err != nil {
		t.Fatal(err)
	}
	both := maps.Clone(entries)
	both[uint32(groups)] = entries[0]
	checkAggregates(t, call, to.Result(groups+1), groups+1, both)
	if err := call.New().Load([]batch.Column{batch.NewFixed([]bool{true}, nil), columns[0]}); err == nil {
		t.Error("loads what it has not saved")
	}
}

func TestSumsThatDoNotFitFail(t *testing.T) {
	column := batch.NewFixed([]int64{math.MaxInt64, 1, -1, math.MinInt64}, nil)
	for _, c := range []struct {
		from, count int
		fails       bool
	}{{0, 1, false}, {0, 2, true}, {1, 2, false}, {2, 2, true}, {3, 1, false}} {
		for _, function := range []string{"SUM", "AVG"} {
			accumulator := aggregate(t, function+"(big)").New()
			accumulator.Resize(1)
			err := accumulator.Add(make([]uint32, c.count), column, nil, c.from)
			if (err != nil) != c.fails {
				t.Errorf("%s of %v: %v", function, column.Values[c.from:c.from+c.count], err)
			}
		}
	}
	one, other := aggregate(t, "SUM(big)").New(), aggregate(t, "SUM(big)").New()
	for i, accumulator := range []expr.Accumulator{one, other} {
		accumulator.Resize(1)
		if err := accumulator.Add([]uint32{0}, column, nil, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.Merge(other, 0, 0); err == nil {
		t.Error("merging sums that do not fit is no error")
	}
}

func TestResultsOutliveTheAccumulator(t *testing.T) {
	for _, call := range everyAggregate(t) {
		g := generator{Rand: rand.New(rand.NewPCG(9, 9))}
		accumulator := call.New()
		accumulator.Resize(2)
		add := func() {
			arg, valid := argument(t, call, g.rows(20), g)
			if err := accumulator.Add(make([]uint32, 20), arg, valid, 0); err != nil {
				t.Fatalf("%s: %v", call, err)
			}
		}
		add()
		result := accumulator.Result(2)
		text := func() string {
			return string(batch.AppendText(batch.AppendText(nil, result, 0, call.Type(), time.UTC), result, 1, call.Type(), time.UTC))
		}
		before := text()
		add()
		if after := text(); after != before {
			t.Errorf("%s: a result changed from %s to %s", call, before, after)
		}
	}
}

func TestAggregateTypes(t *testing.T) {
	for _, c := range []struct{ call, want string }{
		{"COUNT(*)", "BIGINT NOT NULL"},
		{"COUNT(s)", "BIGINT NOT NULL"},
		{"SUM(tiny)", "BIGINT"},
		{"SUM(n)", "BIGINT"},
		{"SUM(f)", "DOUBLE"},
		{"AVG(n)", "INT"},
		{"AVG(f)", "FLOAT"},
		{"MIN(ts)", "TIMESTAMP(3)"},
		{"MAX(n)", "INT"},
		{"MAX(p)", "BOOLEAN"},
		{"VAR_POP(tiny)", "DOUBLE"},
		{"BIT_OR(small)", "SMALLINT"},
		{"FIRST_VALUE(n)", "INT"},
		{"ARRAY_AGG(n)", "ARRAY<INT NOT NULL>"},
		{"ARRAY_AGG(s)", "ARRAY<STRING>"},
		{"LISTAGG(s)", "STRING"},
		{"COLLECT(s)", "MULTISET<STRING NOT NULL> NOT NULL"},
	} {
		if got := aggregate(t, c.call).Type().String(); got != c.want {
			t.Errorf("%s is %s, want %s", c.call, got, c.want)
		}
	}
}

func TestEqualAggregates(t *testing.T) {
	var all []*expr.Aggregate
	for _, call := range []string{
		"COUNT(*)", "COUNT(s)", "SUM(n)", "SUM(a)", "COUNT(*) FILTER (WHERE p)", "COUNT(DISTINCT s)", "LISTAGG(s)", "LISTAGG(s, ', ')", "LISTAGG(t, ', ')",
		"ARRAY_AGG(s)", "ARRAY_AGG(s) IGNORE NULLS", "ARRAY_AGG(s ORDER BY a)", "ARRAY_AGG(s ORDER BY a DESC)", "ARRAY_AGG(s ORDER BY a NULLS LAST)", "ARRAY_AGG(DISTINCT s ORDER BY s DESC NULLS FIRST)",
	} {
		all = append(all, aggregate(t, call))
		if got := all[len(all)-1].InArrivalOrder().String(); got != call {
			t.Errorf("%s prints as %s", call, got)
		}
	}
	for i, a := range all {
		for j, b := range all {
			if a.Equal(b) != (i == j) || a.InArrivalOrder().Equal(b.InArrivalOrder()) != (i == j) {
				t.Errorf("%s and %s: equal is %v", a, b, a.Equal(b))
			}
		}
	}
}

// TestExamplesOfAggregates runs the example of every aggregate.
func TestExamplesOfAggregates(t *testing.T) {
	schema := types.Schema{{Name: "word", Type: types.String}, {Name: "n", Type: types.Of(types.Int)}}
	var words batch.BytesBuilder
	var numbers batch.FixedBuilder[int32]
	for _, row := range []struct {
		word string
		n    int32
	}{{"b", 3}, {"a", 1}, {"b", 0}, {"c", 6}} { // as expr.AggregateExampleRows says
		words.AppendString(row.word)
		if row.n == 0 {
			numbers.AppendNull()
		} else {
			numbers.Append(row.n)
		}
	}
	rows := batch.New(4, words.Finish(), numbers.Finish())
	for _, f := range expr.AggregateFunctions() {
		call, err := boundAggregate(schema, f.Example)
		if err != nil {
			t.Errorf("%s: %v", f.Example, err)
			continue
		}
		if call.Function != f {
			t.Errorf("the example %s does not call %s", f.Example, f.Name)
		}
		if got := resultOf(t, call.InArrivalOrder(), rows); got != f.Result {
			t.Errorf("%s = %s, want %s", f.Example, got, f.Result)
		}
	}
}

// resultOf returns the text of an aggregate over all rows.
func resultOf(t *testing.T, call *expr.Aggregate, rows *batch.Batch) string {
	t.Helper()
	valid := batch.FullBitmap(rows.Rows())
	if call.Filter != nil {
		filter, err := call.Filter.Eval(utc, rows)
		if err != nil {
			t.Fatal(err)
		}
		for row := range rows.Rows() {
			if valueAt(filter, row) != true {
				valid.Clear(row)
			}
		}
	}
	var arg batch.Column
	if call.Arg != nil {
		var err error
		if arg, err = call.Arg.Eval(utc, rows); err != nil {
			t.Fatal(err)
		}
		valid = batch.And(valid, arg.Valid())
	}
	accumulator := call.New()
	accumulator.Resize(1)
	if err := accumulator.Add(make([]uint32, rows.Rows()), arg, valid, 0); err != nil {
		t.Fatal(err)
	}
	result := accumulator.Result(1)
	if !result.Valid().Get(0) {
		return "NULL"
	}
	return string(batch.AppendText(nil, result, 0, call.Type(), time.UTC))
}

// TestEstimatesAreNear checks the errors that the reference page names, with many values.
func TestEstimatesAreNear(t *testing.T) {
	for _, count := range []int{10, 64, 65, 1000, 20000, 300000} {
		numbers := make([]int64, count)
		for i := range numbers {
			numbers[i] = int64(i)
		}
		schema := types.Schema{{Name: "v", Type: types.Of(types.BigInt)}}
		rows := batch.New(2*count, batch.NewFixed(slices.Concat(numbers, numbers), nil))
		call, err := boundAggregate(schema, "APPROX_COUNT_DISTINCT(v)")
		if err != nil {
			t.Fatal(err)
		}
		got, err := strconv.Atoi(resultOf(t, call, rows))
		if off := math.Abs(float64(got-count)) / float64(count); err != nil || off > 0.05 || count <= 64 && off > 0 {
			t.Errorf("%d of %d different values", got, count)
		}
		for part, allowed := range map[string]float64{"0": 0, "0.001": 0.0005, "0.5": 0.01, "0.99": 0.002, "1": 0} {
			call, err := boundAggregate(schema, "APPROX_PERCENTILE(v, "+part+")")
			if err != nil {
				t.Fatal(err)
			}
			want, _ := strconv.ParseFloat(part, 64)
			got, err := strconv.ParseFloat(resultOf(t, call, batch.New(count, shuffled(numbers))), 64)
			if off := math.Abs(got/float64(count-1) - want); err != nil || off > allowed+1e-12 || count <= 256 && off > 1e-12 {
				t.Errorf("percentile %s of %d: %v", part, count, got)
			}
		}
	}
}

func shuffled(numbers []int64) batch.Column {
	numbers = slices.Clone(numbers)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	return batch.NewFixed(numbers, nil)
}
