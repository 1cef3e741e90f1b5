package expr_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// naiveAggregate returns the value of an aggregate over the entries of a group; for an aggregate that
// depends on their order, and for COLLECT, its text.
func naiveAggregate(call *expr.Aggregate, entries []entry) any {
	name := call.Function.Name
	if call.Function.Ordered {
		return naiveOrdered(call, entries)
	}
	switch {
	case name == "COUNT":
		return int64(len(entries))
	case name == "COLLECT":
		return naiveMultiset(entries)
	case name == "PERCENTILE":
		return naivePercentile(entries, partOf(call))
	case len(entries) == 0:
		return nil
	}
	values := make([]any, len(entries))
	for i, e := range entries {
		values[i] = e.values[0]
	}
	switch name {
	case "MIN", "MAX":
		best := values[0]
		for _, v := range values[1:] {
			if larger := naiveLess(best, v); larger == (name == "MAX") && (larger || naiveLess(v, best)) {
				best = v
			}
		}
		return best
	case "SUM", "AVG":
		return naiveSum(call, values)
	case "BIT_AND", "BIT_OR", "BIT_XOR":
		bits := values[0].(int64)
		for _, v := range values[1:] {
			bits = map[string]int64{"BIT_AND": bits & v.(int64), "BIT_OR": bits | v.(int64), "BIT_XOR": bits ^ v.(int64)}[name]
		}
		return bits
	}
	return naiveVariance(name, values)
}

func naiveSum(call *expr.Aggregate, values []any) any {
	kind, total := call.Arg.Type().Kind, 0.0
	if kind.IsFloat() {
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
	sum := int64(0)
	for _, v := range values {
		sum += v.(int64)
	}
	if call.Function.Name == "SUM" {
		return sum
	}
	return sum / int64(len(values))
}

// naiveVariance computes with more digits than a DOUBLE has, where the values are finite.
func naiveVariance(name string, values []any) any {
	count := float64(len(values))
	if strings.HasSuffix(name, "SAMP") {
		count--
	}
	if count == 0 {
		return nil
	}
	exact := func(v float64) *big.Float { return new(big.Float).SetPrec(4096).SetFloat64(v) }
	sum, squares := exact(0), exact(0)
	for _, v := range values {
		x := asReal(v)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return math.NaN()
		}
		sum.Add(sum, exact(x))
	}
	mean := sum.Quo(sum, exact(float64(len(values))))
	for _, v := range values {
		difference := exact(asReal(v))
		difference.Sub(difference, mean)
		squares.Add(squares, difference.Mul(difference, difference))
	}
	squares.Quo(squares, exact(count))
	variance, _ := squares.Float64()
	if math.IsInf(variance, 0) || !strings.HasPrefix(name, "STDDEV") {
		return variance
	}
	deviation, _ := squares.Sqrt(squares).Float64()
	return deviation
}

// naiveOrdered sorts the entries and puts texts together.
func naiveOrdered(call *expr.Aggregate, entries []entry) string {
	entries = slices.Clone(entries)
	keys := len(call.Order)
	slices.SortStableFunc(entries, func(a, b entry) int {
		for i, order := range call.Order {
			x, y := a.values[len(a.values)-keys+i], b.values[len(b.values)-keys+i]
			if c := naiveOrder(x, y, order); c != 0 {
				return c
			}
		}
		return 0
	})
	if call.Distinct {
		entries = distinctOnly(entries)
	}
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.texts[0]
	}
	switch name := call.Function.Name; {
	case call.Function.OnNull:
		return naiveJSON(name, entries, strings.Contains(call.String(), "ABSENT"))
	case len(entries) == 0:
		return "NULL"
	case name == "FIRST_VALUE":
		return texts[0]
	case name == "LAST_VALUE":
		return texts[len(texts)-1]
	case name == "ARRAY_AGG":
		return "[" + strings.Join(texts, ", ") + "]"
	}
	separator := ","
	if _, rest, ok := strings.Cut(call.String(), ", '"); ok {
		separator = rest[:strings.IndexByte(rest, '\'')]
	}
	return strings.Join(texts, separator)
}

func naiveOrder(a, b any, order expr.SortOrder) int {
	nulls := -1
	if order.NullsLast {
		nulls = 1
	}
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return nulls
	case b == nil:
		return -nulls
	case order.Desc:
		a, b = b, a
	}
	switch {
	case naiveLess(a, b):
		return -1
	case naiveLess(b, a):
		return 1
	}
	return 0
}

func distinctOnly(entries []entry) []entry {
	var kept []entry
	for _, e := range entries {
		same := func(k entry) bool {
			return k.texts[0] == e.texts[0] || k.values[0] != nil && e.values[0] != nil && naiveOrder(k.values[0], e.values[0], expr.SortOrder{}) == 0
		}
		if !slices.ContainsFunc(kept, same) {
			kept = append(kept, e)
		}
	}
	return kept
}

func naiveMultiset(entries []entry) string {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b entry) int { return naiveOrder(a.values[0], b.values[0], expr.SortOrder{}) })
	var parts []string
	for start := 0; start < len(entries); {
		end := start + 1
		for end < len(entries) && naiveOrder(entries[start].values[0], entries[end].values[0], expr.SortOrder{}) == 0 {
			end++
		}
		parts = append(parts, fmt.Sprintf("%s=%d", entries[start].texts[0], end-start))
		start = end
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func asReal(v any) float64 {
	switch v := v.(type) {
	case float32:
		return float64(v)
	case int64:
		return float64(v)
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

// partOf reads the percentage out of the text of a call.
func partOf(call *expr.Aggregate) float64 {
	part, err := strconv.ParseFloat(strings.TrimRight(strings.Split(call.String(), ", ")[1], ")"), 64)
	if err != nil {
		panic(err)
	}
	return part
}

// naivePercentile interpolates between the values as they stand in order, each as often as it counts.
func naivePercentile(entries []entry, part float64) any {
	var all []any
	for _, e := range entries {
		times := int64(1)
		if len(e.values) > 1 {
			times = e.values[1].(int64)
		}
		for range times {
			all = append(all, asReal(e.values[0]))
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b any) int { return naiveOrder(a, b, expr.SortOrder{}) })
	at := part * float64(len(all)-1)
	below := int(at)
	low, high := all[below].(float64), all[min(below+1, len(all)-1)].(float64)
	if low == high || at == float64(below) {
		return low
	}
	return low + (high-low)*(at-float64(below))
}

// naiveJSON writes integers and simple texts.
func naiveJSON(name string, entries []entry, absent bool) string {
	text := func(e entry, i int) string {
		switch e.values[i].(type) {
		case nil:
			return "null"
		case string:
			return `"` + e.texts[i] + `"`
		}
		return e.texts[i]
	}
	var parts, keys []string
	for _, e := range entries {
		if name == "JSON_ARRAYAGG" {
			parts = append(parts, text(e, 0))
			continue
		}
		if absent && e.values[1] == nil {
			continue
		}
		part := text(e, 0) + ":" + text(e, 1)
		if i := slices.Index(keys, e.texts[0]); i >= 0 {
			parts[i] = part
		} else {
			parts, keys = append(parts, part), append(keys, e.texts[0])
		}
	}
	if name == "JSON_ARRAYAGG" {
		return "[" + strings.Join(parts, ",") + "]"
	}
	return "{" + strings.Join(parts, ",") + "}"
}
