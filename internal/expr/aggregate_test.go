package expr_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// aggregate returns the call of an aggregate on a column; an empty name is *.
func aggregate(t *testing.T, function, name string) *expr.Aggregate {
	t.Helper()
	var arg expr.Expr
	if name != "" {
		i := columns.Index(name)
		arg = expr.NewColumn(i, name, columns[i].Type)
	}
	call, err := expr.NewAggregate(expr.LookupAggregate(function), arg, nil, false, diag.Span{})
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// everyAggregate is each aggregate over a column of each type that it takes.
func everyAggregate(t *testing.T) []*expr.Aggregate {
	t.Helper()
	all := []*expr.Aggregate{aggregate(t, "COUNT", "")}
	for _, f := range expr.AggregateFunctions() {
		for _, field := range columns {
			if f.Accepts(field.Type) {
				all = append(all, aggregate(t, f.Name, field.Name))
			}
		}
	}
	return all
}

// TestAggregatesAgreeWithNaiveOnes adds random rows to ever more groups, a part of a batch at a time
// and with a random filter, and compares the results with those of the values of each group. In the
// end it merges all groups into those of another accumulator.
func TestAggregatesAgreeWithNaiveOnes(t *testing.T) {
	for _, call := range everyAggregate(t) {
		t.Run(call.String(), func(t *testing.T) {
			g := generator{Rand: rand.New(rand.NewPCG(7, uint64(len(call.String()))))}
			accumulator, values := call.New(), map[uint32][]any{}
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
						values[numbers[i]] = append(values[numbers[i]], argumentAt(arg, from+i))
					}
				}
				if err := accumulator.Add(numbers, arg, valid, from); err != nil {
					if fits(call, values) {
						t.Fatalf("Add: %v", err)
					}
					return
				}
			}
			checkAggregates(t, call, accumulator.Result(groups), groups, values)
			checkMerge(t, call, accumulator, groups, values)
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
	if wide, ok := arg.(*batch.Fixed[int64]); ok && call.Function.Name != "MIN" && call.Function.Name != "MAX" {
		small := make([]int64, len(wide.Values))
		for i, v := range wide.Values {
			small[i] = v >> 8
		}
		arg = batch.NewFixed(small, wide.Valid())
	}
	return arg, batch.And(arg.Valid(), filter)
}

func argumentAt(arg batch.Column, row int) any {
	if arg == nil {
		return int64(1)
	}
	return valueAt(arg.WithValid(nil), row)
}

// fits reports whether no sum of the values of a group leaves BIGINT.
func fits(call *expr.Aggregate, values map[uint32][]any) bool {
	if call.Arg == nil || !call.Arg.Type().Kind.IsInteger() {
		return true
	}
	for _, group := range values {
		sum := new(big.Int)
		for _, v := range group {
			if sum.Add(sum, big.NewInt(v.(int64))); !sum.IsInt64() {
				return false
			}
		}
	}
	return true
}

func checkAggregates(t *testing.T, call *expr.Aggregate, result batch.Column, groups int, values map[uint32][]any) {
	t.Helper()
	if result.Len() != groups {
		t.Fatalf("%d results for %d groups", result.Len(), groups)
	}
	for group := range groups {
		want, got := naiveAggregate(call, values[uint32(group)]), valueAt(result, group)
		if !same(got, want) {
			t.Fatalf("group %d of %v: %v, want %v", group, values[uint32(group)], got, want)
		}
	}
}

// checkMerge merges every group into group 0 of an empty accumulator and into the same group of one.
func checkMerge(t *testing.T, call *expr.Aggregate, from expr.Accumulator, groups int, values map[uint32][]any) {
	t.Helper()
	if call.Arg != nil && call.Arg.Type().Kind.IsFloat() && call.Function.Name != "MIN" && call.Function.Name != "MAX" {
		return // sums of floats depend on their order
	}
	to, all := call.New(), map[uint32][]any{}
	to.Resize(groups + 1)
	for group := range uint32(groups) {
		for _, target := range []uint32{0, group + 1} {
			if err := to.Merge(from, group, target); err != nil {
				t.Fatal(err)
			}
			all[target] = append(all[target], values[group]...)
		}
	}
	checkAggregates(t, call, to.Result(groups+1), groups+1, all)
	checkAggregates(t, call, from.Result(groups), groups, values)
}

func naiveAggregate(call *expr.Aggregate, values []any) any {
	if call.Function.Name == "COUNT" {
		return int64(len(values))
	}
	if len(values) == 0 {
		return nil
	}
	kind := call.Arg.Type().Kind
	switch call.Function.Name {
	case "MIN", "MAX":
		best := values[0]
		for _, v := range values[1:] {
			if larger := naiveLess(best, v); larger == (call.Function.Name == "MAX") && (larger || naiveLess(v, best)) {
				best = v
			}
		}
		return best
	case "SUM", "AVG":
		if kind.IsFloat() {
			total := 0.0
			for _, v := range values {
				total += asReal(v)
			}
			switch {
			case call.Function.Name == "SUM":
				return total
			case kind == types.Float:
				return float32(total / float64(len(values)))
			}
			return total / float64(len(values))
		}
		total := int64(0)
		for _, v := range values {
			total += v.(int64)
		}
		if call.Function.Name == "SUM" {
			return total
		}
		return total / int64(len(values))
	}
	panic("no naive " + call.Function.Name)
}

func asReal(v any) float64 {
	if narrow, ok := v.(float32); ok {
		return float64(narrow)
	}
	return v.(float64)
}

// naiveLess orders values, with NaN above all others.
func naiveLess(a, b any) bool {
	switch a := a.(type) {
	case float32, float64:
		x, y := asReal(a), asReal(b)
		return x < y || x == x && y != y
	case bool:
		return !a && b.(bool)
	case int64:
		return a < b.(int64)
	}
	return strings.Compare(a.(string), b.(string)) < 0
}

func TestSumsThatDoNotFitFail(t *testing.T) {
	column := batch.NewFixed([]int64{math.MaxInt64, 1, -1, math.MinInt64}, nil)
	for _, c := range []struct {
		from, count int
		fails       bool
	}{{0, 1, false}, {0, 2, true}, {1, 2, false}, {2, 2, true}, {3, 1, false}} {
		for _, function := range []string{"SUM", "AVG"} {
			accumulator := aggregate(t, function, "big").New()
			accumulator.Resize(1)
			err := accumulator.Add(make([]uint32, c.count), column, nil, c.from)
			if (err != nil) != c.fails {
				t.Errorf("%s of %v: %v", function, column.Values[c.from:c.from+c.count], err)
			}
		}
	}
	one, other := aggregate(t, "SUM", "big").New(), aggregate(t, "SUM", "big").New()
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
		before := fmt.Sprint(valueAt(result, 0), valueAt(result, 1))
		add()
		if after := fmt.Sprint(valueAt(result, 0), valueAt(result, 1)); after != before {
			t.Errorf("%s: a result changed from %s to %s", call, before, after)
		}
	}
}

func TestAggregateTypes(t *testing.T) {
	for _, c := range []struct{ function, column, want string }{
		{"COUNT", "", "BIGINT NOT NULL"},
		{"COUNT", "s", "BIGINT NOT NULL"},
		{"SUM", "tiny", "BIGINT"},
		{"SUM", "n", "BIGINT"},
		{"SUM", "f", "DOUBLE"},
		{"AVG", "n", "INT"},
		{"AVG", "f", "FLOAT"},
		{"MIN", "ts", "TIMESTAMP(3)"},
		{"MAX", "n", "INT"},
		{"MAX", "p", "BOOLEAN"},
	} {
		if got := aggregate(t, c.function, c.column).Type().String(); got != c.want {
			t.Errorf("%s(%s) is %s, want %s", c.function, c.column, got, c.want)
		}
	}
	for _, f := range []string{"SUM", "AVG"} {
		i := columns.Index("s")
		if _, err := expr.NewAggregate(expr.LookupAggregate(f), expr.NewColumn(i, "s", columns[i].Type), nil, false, diag.Span{}); err == nil || err.Error() != f+" does not take STRING" {
			t.Errorf("%s of a text: %v", f, err)
		}
	}
}

func TestEqualAggregates(t *testing.T) {
	count, countS, sum := aggregate(t, "COUNT", ""), aggregate(t, "COUNT", "s"), aggregate(t, "SUM", "n")
	filtered, distinct := *count, *countS
	filtered.Filter, distinct.Distinct = mustBind(t, "p"), true
	all := []*expr.Aggregate{count, countS, sum, &filtered, &distinct, aggregate(t, "SUM", "a")}
	for i, a := range all {
		for j, b := range all {
			if a.Equal(b) != (i == j) {
				t.Errorf("%s and %s: equal is %v", a, b, a.Equal(b))
			}
		}
	}
	if got, want := filtered.String(), "COUNT(*) FILTER (WHERE p)"; got != want {
		t.Errorf("prints as %s, want %s", got, want)
	}
	if got, want := distinct.String(), "COUNT(DISTINCT s)"; got != want {
		t.Errorf("prints as %s, want %s", got, want)
	}
}
