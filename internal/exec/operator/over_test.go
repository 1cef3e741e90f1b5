package operator_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// trades is the rows that the tests of OVER feed: seq numbers them, whatever else they hold.
var trades = types.Schema{
	{Name: "seq", Type: types.RequiredBigInt},
	{Name: "sym", Type: types.String},
	{Name: "ts", Type: types.Timestamp3},
	{Name: "n", Type: types.Of(types.Int)},
	{Name: "price", Type: types.Of(types.Double)},
	{Name: "note", Type: types.String},
}

func trade(i int) expr.Expr { return expr.NewColumn(i, trades[i].Name, trades[i].Type) }

// market makes random rows and cuts them into batches. Prices are quarters, so that sums do not
// depend on their order.
type market struct {
	r       *rand.Rand
	symbols int
	spread  int64 // how far times of one batch are apart
}

func (m *market) rows(first, rows int, from int64) *batch.Batch {
	seq, at, n, price, sym, note := &batch.FixedBuilder[int64]{}, &batch.FixedBuilder[int64]{}, &batch.FixedBuilder[int32]{}, &batch.FixedBuilder[float64]{}, &batch.BytesBuilder{}, &batch.BytesBuilder{}
	for i := range rows {
		seq.Append(int64(first + i))
		at.Append((from + m.r.Int64N(m.spread)) * types.Second)
		sym.AppendString(fmt.Sprint("s", m.r.IntN(m.symbols)))
		if m.r.IntN(5) == 0 {
			n.AppendNull()
			note.AppendNull()
		} else {
			n.Append(int32(m.r.IntN(9) - 4))
			note.AppendString(fmt.Sprint(m.r.IntN(40)))
		}
		if m.r.IntN(7) == 0 {
			price.AppendNull()
		} else {
			price.Append(float64(m.r.IntN(100)) / 4)
		}
	}
	return batch.New(rows, seq.Finish(), sym.Finish(), at.Finish(), n.Finish(), price.Finish(), note.Finish())
}

// randomCall returns a call of any kind that one Over can compute.
func (m *market) randomCall(t *testing.T) *expr.WindowCall {
	t.Helper()
	frame := expr.Frame{Rows: m.r.IntN(2) == 0, Preceding: expr.Unbounded}
	if m.r.IntN(4) > 0 {
		if frame.Preceding = m.r.Int64N(6); !frame.Rows {
			frame.Preceding *= types.Second
		}
	}
	functions := expr.WindowFunctions()
	if m.r.IntN(2) == 0 {
		f := functions[m.r.IntN(len(functions))]
		if f.Kind == expr.Lead {
			return m.randomCall(t)
		}
		call := &expr.WindowCall{Function: f, Offset: 1 + m.r.Int64N(3), RespectNulls: m.r.IntN(2) == 0, Frame: frame}
		if !f.Kind.Ranks() {
			call.Arg = trade(3 + m.r.IntN(3))
		}
		if f.Kind == expr.Lag && m.r.IntN(2) == 0 {
			call.Arg, call.Default = trade(3), expr.NewLiteral(int32(99), types.Of(types.Int))
		}
		call.RespectNulls = call.RespectNulls || f.Kind == expr.Lag || f.Kind == expr.NthValue
		return call
	}
	return &expr.WindowCall{Aggregate: m.randomAggregate(t), Frame: frame}
}

func (m *market) randomAggregate(t *testing.T) *expr.Aggregate {
	t.Helper()
	var filter expr.Expr
	if m.r.IntN(3) == 0 {
		filter = expr.NewCompare(expr.Gt, trade(3), expr.NewLiteral(int32(0), types.Of(types.Int)))
	}
	f := expr.AggregateFunctions()[m.r.IntN(len(expr.AggregateFunctions()))]
	call := expr.AggregateCall{Function: f, Filter: filter, Distinct: m.r.IntN(3) == 0}
	if f.Star && m.r.IntN(2) == 0 {
		call.Star, call.Distinct = true, false
	} else {
		call.Args = []expr.Expr{trade(3 + m.r.IntN(3))}
	}
	a, err := expr.NewAggregate(call)
	if err != nil { // it does not take such an argument, or DISTINCT
		return m.randomAggregate(t)
	}
	return a
}

// naive computes a call for row i of rows, which are in order, by looking at all rows of its frame.
func naive(t *testing.T, call *expr.WindowCall, rows *batch.Batch, partition []int, at int) string {
	t.Helper()
	times := batch.Values[int64](rows.Columns[2])
	row := partition[at]
	if call.Function != nil && (call.Function.Kind.Ranks() || !call.Function.Kind.Framed()) {
		return naiveRank(call, rows, times, partition, at)
	}
	var frame []int32
	for i, other := range partition {
		switch {
		case call.Frame.Rows && i > at, !call.Frame.Rows && times[other] > times[row]:
		case call.Frame.Preceding == expr.Unbounded,
			call.Frame.Rows && i >= at-int(call.Frame.Preceding),
			!call.Frame.Rows && times[other] >= times[row]-call.Frame.Preceding:
			frame = append(frame, int32(other))
		}
	}
	if call.Aggregate != nil {
		return naiveAggregate(t, call.Aggregate, rows.Gather(frame))
	}
	values, err := call.Arg.Eval(eval, rows)
	if err != nil {
		t.Fatal(err)
	}
	if call.Function.Kind == expr.NthValue {
		if int64(len(frame)) < call.Offset {
			return "NULL"
		}
		return text(values, int(frame[call.Offset-1]), call.Arg.Type())
	}
	if call.Function.Kind == expr.LastValue {
		slices.Reverse(frame)
	}
	for _, other := range frame {
		if call.RespectNulls || values.Valid().Get(int(other)) {
			return text(values, int(other), call.Arg.Type())
		}
	}
	return "NULL"
}

func text(c batch.Column, row int, t types.Type) string {
	if !c.Valid().Get(row) {
		return "NULL"
	}
	return string(batch.AppendText(nil, c, row, t, nil))
}

func naiveRank(call *expr.WindowCall, rows *batch.Batch, times []int64, partition []int, at int) string {
	if kind := call.Function.Kind; kind == expr.Lag || kind == expr.Lead {
		other := at - int(call.Offset)
		if kind == expr.Lead {
			other = at + int(call.Offset)
		}
		e := call.Arg
		if other < 0 || other >= len(partition) {
			if other, e = at, call.Default; e == nil {
				return "NULL"
			}
		}
		column, _ := e.Eval(eval, rows)
		return text(column, partition[other], call.Arg.Type())
	}
	rank, tiers := 1, map[int64]bool{times[partition[at]]: true}
	for _, other := range partition[:at] {
		if tiers[times[other]] = true; call.Function.Kind == expr.RowNumber || times[other] < times[partition[at]] {
			rank++
		}
	}
	if call.Function.Kind == expr.DenseRank {
		rank = len(tiers)
	}
	return fmt.Sprint(rank)
}

func naiveAggregate(t *testing.T, a *expr.Aggregate, frame *batch.Batch) string {
	t.Helper()
	accumulator, seen := a.New(), map[string]bool{}
	accumulator.Resize(1)
	valid := batch.FullBitmap(frame.Rows())
	var arg batch.Column
	if a.Arg != nil {
		arg, _ = a.Arg.Eval(eval, frame)
		valid = batch.And(valid, arg.Valid())
	}
	var passes batch.Column
	if a.Filter != nil {
		passes, _ = a.Filter.Eval(eval, frame)
	}
	for row := range frame.Rows() {
		if passes != nil && (!passes.Valid().Get(row) || !batch.Values[bool](passes)[row]) || !valid.Get(row) {
			continue
		}
		if a.Distinct {
			value := text(a.DistinctValues(arg), row, a.DistinctType())
			if seen[value] {
				continue
			}
			seen[value] = true
		}
		if err := accumulator.Add([]uint32{0}, arg, nil, row); err != nil {
			t.Fatal(err)
		}
	}
	return text(accumulator.Result(1), 0, a.Type())
}

// feed runs rows through an operator in random batches with random watermarks behind them. It returns
// the rows that came out, and those that should have: in the order of their time.
func (m *market) feed(t *testing.T, op operator.Operator, calls []*expr.WindowCall, total int) (got []string, want *batch.Batch) {
	t.Helper()
	schema := slices.Clone(trades)
	for _, call := range calls {
		schema = append(schema, types.Field{Name: call.String(), Type: call.Type()})
	}
	out := &collector{schema: schema}
	var taken []*batch.Batch
	watermark := int64(batch.MinWatermark)
	for at, first := int64(0), 0; first < total; at += 1 + m.r.Int64N(3) {
		b := m.rows(first, 1+m.r.IntN(min(700, total/4)), at)
		first += b.Rows()
		var onTime []int32
		for row, micros := range batch.Values[int64](b.Columns[2]) {
			if micros > watermark {
				onTime = append(onTime, int32(row))
			}
		}
		taken = append(taken, b.Gather(onTime))
		if err := op.Process(t.Context(), b, out); err != nil {
			t.Fatal(err)
		}
		if m.r.IntN(3) > 0 {
			watermark = max(watermark, (at+m.r.Int64N(m.spread)-2)*types.Second)
			if err := op.Advance(t.Context(), batch.Watermark{Time: watermark}, out); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := op.Advance(t.Context(), batch.Watermark{Time: batch.MaxWatermark}, out); err != nil {
		t.Fatal(err)
	}
	all := batch.ConcatRows(taken)
	times := batch.Values[int64](all.Columns[2])
	order := make([]int32, all.Rows())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return int(times[a]/types.Second - times[b]/types.Second) })
	return out.rows, all.Gather(order)
}

// expected returns the rows with the values that the naive evaluator gives.
func expected(t *testing.T, rows *batch.Batch, calls []*expr.WindowCall, partitioned bool) []string {
	t.Helper()
	partitions := map[string][]int{}
	name := func(row int) string {
		if !partitioned {
			return ""
		}
		return text(rows.Columns[1], row, types.String)
	}
	var out []string
	places := make([]int, rows.Rows())
	for row := range rows.Rows() {
		places[row] = len(partitions[name(row)])
		partitions[name(row)] = append(partitions[name(row)], row)
	}
	for row := range rows.Rows() {
		line := batch.FormatRow(rows, trades, row)
		for _, call := range calls {
			line += " | " + naive(t, call, rows, partitions[name(row)], places[row])
		}
		out = append(out, line)
	}
	return out
}

func (m *market) config(t *testing.T, calls []*expr.WindowCall) (operator.OverConfig, bool) {
	t.Helper()
	cfg := operator.OverConfig{Time: 2, Calls: calls, Eval: eval, Late: new(atomic.Int64)}
	partitioned := m.r.IntN(4) > 0
	if partitioned {
		cfg.Keys = []expr.Expr{trade(1)}
	}
	return cfg, partitioned
}

// Whatever the calls, the frames, the batches and the watermarks, OVER gives what looking at all rows
// of every frame gives.
func TestOverAgreesWithTheNaiveEvaluator(t *testing.T) {
	for seed := range uint64(120) {
		m := &market{r: rand.New(rand.NewPCG(seed, 1)), symbols: 3, spread: 12}
		total, most := 400, 1+m.r.IntN(4)
		if seed%20 == 0 { // enough for sweeps
			m.symbols, total, most = 300, 12_000, 12
		}
		var calls []*expr.WindowCall
		for range most {
			calls = append(calls, m.randomCall(t))
		}
		cfg, partitioned := m.config(t, calls)
		if total > 1000 {
			cfg.Keys, partitioned = []expr.Expr{trade(1)}, true
		}
		got, rows := m.feed(t, operator.NewOver(cfg), calls, total)
		compare(t, seed, calls, got, expected(t, rows, calls, partitioned))
	}
}

func compare(t *testing.T, seed uint64, calls []*expr.WindowCall, got, want []string) {
	t.Helper()
	for i := range want {
		if i >= len(got) || !alike(got[i], want[i]) {
			t.Errorf("seed %d, %v, row %d of %d:\ngot  %s\nwant %s", seed, calls, i, len(want), append(got, "nothing")[i], want[i])
			return
		}
	}
	if len(got) > len(want) {
		t.Errorf("seed %d, %v: %d rows, want %d", seed, calls, len(got), len(want))
	}
}

// alike reports whether two rows are the same, up to the rounding of sums in another order.
func alike(a, b string) bool {
	cells, others := strings.Split(a, " | "), strings.Split(b, " | ")
	return slices.EqualFunc(cells, others, func(a, b string) bool {
		x, err := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		return a == b || err == nil && err2 == nil && math.Abs(x-y) <= 1e-9*max(1, math.Abs(x))
	})
}

// LEAD gives every row what comes after it, in the order of the row that it waited for.
func TestLeadAgreesWithTheNaiveEvaluator(t *testing.T) {
	for seed := range uint64(60) {
		m := &market{r: rand.New(rand.NewPCG(seed, 2)), symbols: 3, spread: 12}
		total := 400
		if seed%20 == 0 {
			total = 12_000
		}
		var calls []*expr.WindowCall
		for range 1 + m.r.IntN(3) {
			call := &expr.WindowCall{Function: expr.LookupWindowFunction("LEAD"), Arg: trade(3), Offset: m.r.Int64N(4), RespectNulls: true}
			if m.r.IntN(2) == 0 {
				call.Default = expr.NewLiteral(int32(99), types.Of(types.Int))
			}
			calls = append(calls, call)
		}
		cfg, partitioned := m.config(t, calls)
		got, rows := m.feed(t, operator.NewLead(cfg), calls, total)
		want := expected(t, rows, calls, partitioned)
		slices.Sort(got)
		slices.Sort(want)
		compare(t, seed, calls, got, want)
	}
}

// Rows that have left all frames go, and with them partitions that only have frames of time.
func TestOverForgetsWhatHasLeftAllFrames(t *testing.T) {
	m := &market{r: rand.New(rand.NewPCG(1, 3)), symbols: 1_000_000, spread: 2}
	count, err := expr.NewAggregate(expr.AggregateCall{Function: expr.LookupAggregate("COUNT"), Star: true})
	if err != nil {
		t.Fatal(err)
	}
	calls := []*expr.WindowCall{{Aggregate: count, Frame: expr.Frame{Preceding: 5 * types.Second}}}
	cfg, _ := m.config(t, calls)
	cfg.Keys = []expr.Expr{trade(1)}
	op, out := operator.NewOver(cfg), &collector{schema: append(slices.Clone(trades), types.Field{Name: "count", Type: types.RequiredBigInt})}
	largest := 0
	for at := range int64(400) {
		if err := op.Process(t.Context(), m.rows(0, 1000, at), out); err != nil {
			t.Fatal(err)
		}
		if err := op.Advance(t.Context(), batch.Watermark{Time: at * types.Second}, out); err != nil {
			t.Fatal(err)
		}
		if at == 50 {
			largest = op.Size()
		}
		out.rows = nil
	}
	if size := op.Size(); size > largest*3/2 {
		t.Errorf("%d bytes after 400 seconds, %d after 50", size, largest)
	}
}
