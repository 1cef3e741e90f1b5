package operator_test

import (
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

var byTime = []expr.SortKey{{Expr: trade(2)}, {Expr: trade(4), SortOrder: expr.SortOrder{Desc: true}}, {Expr: trade(5)}, {Expr: trade(0)}}

// Rows come out in the order that sorting all of them gives, at the end of the input or behind the
// watermark, whatever the batches and the restarts.
func TestSortsAgreeWithSorting(t *testing.T) {
	for seed := range uint64(60) {
		m := &market{r: rand.New(rand.NewPCG(seed, 8)), symbols: 3, spread: 12}
		build := func() operator.Operator { return operator.NewSort(byTime, eval) }
		streaming := seed%2 == 0
		if streaming {
			build = func() operator.Operator { return operator.NewTimeSort(2, byTime[1:], eval, new(atomic.Int64)) }
		}
		op, out := newRestarting(t, m.r, nil, build), &collector{schema: trades}
		var all []*batch.Batch
		watermark := int64(batch.MinWatermark)
		for at, first := int64(0), 0; first < 400; at += 1 + m.r.Int64N(3) {
			b := m.rows(first, 1+m.r.IntN(60), at)
			first += b.Rows()
			var onTime []int32
			for row, micros := range batch.Values[int64](b.Columns[2]) {
				if micros > watermark || !streaming {
					onTime = append(onTime, int32(row))
				}
			}
			all = append(all, b.Gather(onTime))
			if err := op.Process(t.Context(), b, out); err != nil {
				t.Fatal(err)
			}
			watermark = max(watermark, (at-m.r.Int64N(3))*types.Second)
			if err := op.Advance(t.Context(), batch.Watermark{Time: watermark}, out); err != nil {
				t.Fatal(err)
			}
			if !streaming && len(out.rows) > 0 {
				t.Fatal("rows come out before the end")
			}
		}
		if err := op.Advance(t.Context(), batch.Watermark{Time: batch.MaxWatermark}, out); err != nil {
			t.Fatal(err)
		}
		rows := batch.ConcatRows(all)
		order := make([]int32, rows.Rows())
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortStableFunc(order, func(a, b int32) int { return naiveOrder(rows, byTime[:3], a, b) })
		want := &collector{schema: trades}
		if err := want.Emit(t.Context(), rows.Gather(order)); err != nil {
			t.Fatal(err)
		}
		if got, want := out.take(), want.take(); got != want {
			t.Fatalf("seed %d, streaming %v:\ngot\n%s\nwant\n%s", seed, streaming, got, want)
		}
	}
}

// A limit counts over batches and restarts, and says once that it is reached.
func TestLimitCountsOverBatchesAndRestarts(t *testing.T) {
	for seed := range uint64(60) {
		m := &market{r: rand.New(rand.NewPCG(seed, 9)), symbols: 3, spread: 12}
		skip, count := m.r.Int64N(40), m.r.Int64N(60)-1
		reached := 0
		op := newRestarting(t, m.r, nil, func() operator.Operator { return operator.NewLimit(skip, count, func() { reached++ }) })
		out, want := &collector{schema: trades}, &collector{schema: trades}
		for first := 0; first < 150; {
			b := m.rows(first, 1+m.r.IntN(30), 0)
			first += b.Rows()
			if err := op.Process(t.Context(), b, out); err != nil {
				t.Fatal(err)
			}
			if err := want.Emit(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		expected := want.rows[skip:]
		if count >= 0 {
			expected = expected[:count]
		}
		if got := out.take(); got != strings.Join(expected, "\n") {
			t.Fatalf("seed %d, skip %d, count %d: got\n%s\nwant\n%s", seed, skip, count, got, strings.Join(expected, "\n"))
		}
		if (reached > 0) != (count >= 0) {
			t.Errorf("seed %d, count %d: reached is called %d times", seed, count, reached)
		}
	}
}

// Sessions of rows are those that the aggregation by session counts.
func TestSessionWindowAgreesWithTheAggregation(t *testing.T) {
	for seed := range uint64(40) {
		m := &market{r: rand.New(rand.NewPCG(seed, 10)), symbols: 6, spread: 40}
		keys := []expr.Expr{trade(1)}
		count, err := expr.NewAggregate(expr.AggregateCall{Function: expr.LookupAggregate("COUNT"), Star: true})
		if err != nil {
			t.Fatal(err)
		}
		const gap = 4 * types.Second
		bounds := types.Schema{{Name: "start", Type: types.Timestamp3}, {Name: "end", Type: types.Timestamp3}, {Name: "time", Type: types.Timestamp3}}
		groups := operator.NewSessionAggregate(operator.SessionAggregateConfig{
			Time: 2, Gap: gap, Tick: types.Millisecond, Keys: keys, Aggregates: []*expr.Aggregate{count}, Eval: eval, Late: new(atomic.Int64),
		})
		rows := newRestarting(t, m.r, keys, func() operator.Operator {
			op, err := operator.NewSessionWindow(operator.SessionWindowConfig{
				Time: 2, Gap: gap, Tick: types.Millisecond, Keys: keys, Rows: trades, Eval: eval, Late: new(atomic.Int64),
			})
			if err != nil {
				t.Fatal(err)
			}
			return op
		})
		grouped := &collector{schema: slices.Concat(trades[1:2], types.Schema{{Name: "n", Type: types.RequiredBigInt}}, bounds)}
		single := &collector{schema: slices.Concat(trades, bounds)}
		for at := int64(0); at < 400; at += 30 {
			b := m.rows(int(at), 20, at)
			for op, out := range map[operator.Operator]*collector{groups: grouped, rows: single} {
				if err := op.Process(t.Context(), b, out); err != nil {
					t.Fatal(err)
				}
				if err := op.Advance(t.Context(), batch.Watermark{Time: (at - 5) * types.Second}, out); err != nil {
					t.Fatal(err)
				}
			}
		}
		counts := map[string]int{}
		for _, row := range single.rows {
			cells := strings.Split(row, " | ")
			counts[cells[1]+" | "+strings.Join(cells[6:], " | ")]++
		}
		for _, row := range grouped.rows {
			cells := strings.Split(row, " | ")
			session := cells[0] + " | " + strings.Join(cells[2:], " | ")
			if got := counts[session]; cells[1] != strconv.Itoa(got) {
				t.Fatalf("seed %d: session %s has %d rows, want %s", seed, session, got, cells[1])
			}
			delete(counts, session)
		}
		if len(counts) > 0 {
			t.Fatalf("seed %d: there is no session %v", seed, counts)
		}
	}
}
