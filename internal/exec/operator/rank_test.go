package operator_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// ended adds to trades the end of their window of ten seconds.
func ended(b *batch.Batch) *batch.Batch {
	times := batch.Values[int64](b.Columns[2])
	ends := make([]int64, len(times))
	for i, at := range times {
		ends[i] = at - types.FloorMod(at, 10*types.Second) + 10*types.Second
	}
	return batch.New(b.Rows(), append(slices.Clone(b.Columns), batch.NewFixed(ends, nil))...)
}

// Ranks of random windows are those that sorting all of their rows gives, whatever the limit, the
// batches and the restarts.
func TestRankAgreesWithSorting(t *testing.T) {
	for seed := range uint64(100) {
		m := &market{r: rand.New(rand.NewPCG(seed, 6)), symbols: 3, spread: 30}
		order := []expr.SortKey{{Expr: trade(3 + m.r.IntN(3)), SortOrder: expr.SortOrder{Desc: m.r.IntN(2) == 0, NullsLast: m.r.IntN(2) == 0}}}
		if m.r.IntN(2) == 0 {
			order = append(order, expr.SortKey{Expr: trade(5), SortOrder: expr.SortOrder{Desc: m.r.IntN(2) == 0}})
		}
		cfg := operator.RankConfig{
			End: 6, Tick: types.Millisecond, Keys: []expr.Expr{expr.NewColumn(6, "end", types.Timestamp3), trade(1)}, Order: order,
			Kinds: []expr.WindowKind{expr.RowNumber, expr.Rank, expr.DenseRank}, Limit: m.r.Int64N(4), Eval: eval, Late: new(atomic.Int64),
		}
		op := newRestarting(t, m.r, cfg.Keys, func() operator.Operator { return operator.NewRank(cfg) })
		out := &collector{schema: slices.Concat(trades, types.Schema{{Name: "end", Type: types.Timestamp3}, {Name: "num", Type: types.RequiredBigInt}, {Name: "rank", Type: types.RequiredBigInt}, {Name: "tier", Type: types.RequiredBigInt}})}
		var all []*batch.Batch
		watermark := int64(batch.MinWatermark)
		for first := 0; first < 500; {
			b := ended(m.rows(first, 1+m.r.IntN(60), int64(first/10)))
			first += b.Rows()
			var onTime []int32
			for row, end := range batch.Values[int64](b.Columns[6]) {
				if end-types.Millisecond > watermark {
					onTime = append(onTime, int32(row))
				}
			}
			all = append(all, b.Gather(onTime))
			if err := op.Process(t.Context(), b, out); err != nil {
				t.Fatal(err)
			}
			if m.r.IntN(2) == 0 {
				watermark = max(watermark, int64(first/10-5)*types.Second)
				if err := op.Advance(t.Context(), batch.Watermark{Time: watermark}, out); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := op.Advance(t.Context(), batch.Watermark{Time: batch.MaxWatermark}, out); err != nil {
			t.Fatal(err)
		}
		want := naiveRanks(batch.ConcatRows(all), order, int(cfg.Limit), out.schema)
		slices.Sort(out.rows)
		slices.Sort(want)
		if !slices.Equal(out.rows, want) {
			t.Fatalf("seed %d, %v, limit %d:\ngot  %q\nwant %q", seed, order, cfg.Limit, out.rows, want)
		}
	}
}

func naiveRanks(rows *batch.Batch, order []expr.SortKey, limit int, schema types.Schema) []string {
	partitions := map[string][]int32{}
	for row := range rows.Rows() {
		name := text(rows.Columns[6], row, types.Timestamp3) + text(rows.Columns[1], row, types.String)
		partitions[name] = append(partitions[name], int32(row))
	}
	var out []string
	for _, partition := range partitions {
		slices.SortStableFunc(partition, func(a, b int32) int { return naiveOrder(rows, order, a, b) })
		rank, tier := 0, 0
		for i, row := range partition {
			if i == 0 || naiveOrder(rows, order, partition[i-1], row) != 0 {
				rank, tier = i+1, tier+1
			}
			if limit == 0 || i < limit {
				out = append(out, fmt.Sprintf("%s | %d | %d | %d", batch.FormatRow(rows, schema[:7], int(row)), i+1, rank, tier))
			}
		}
	}
	return out
}

// naiveOrder compares rows cell by cell, as text or numbers.
func naiveOrder(rows *batch.Batch, order []expr.SortKey, a, b int32) int {
	for _, key := range order {
		column, _ := key.Expr.Eval(eval, rows)
		x, y := text(column, int(a), key.Expr.Type()), text(column, int(b), key.Expr.Type())
		switch {
		case x == y:
			continue
		case x == "NULL" || y == "NULL":
			if (x == "NULL") != key.NullsLast {
				return -1
			}
			return 1
		}
		result := cmp.Compare(x, y)
		if key.Expr.Type().Kind.IsNumeric() {
			v, _ := strconv.ParseFloat(x, 64)
			w, _ := strconv.ParseFloat(y, 64)
			result = cmp.Compare(v, w)
		}
		if key.Desc {
			result = -result
		}
		if result != 0 {
			return result
		}
	}
	return 0
}

// A limit keeps no more than that of every partition, however many rows come.
func TestRankKeepsNoMoreThanItsLimit(t *testing.T) {
	m := &market{r: rand.New(rand.NewPCG(1, 7)), symbols: 10, spread: 5}
	op := operator.NewRank(operator.RankConfig{
		End: 6, Tick: types.Millisecond, Keys: []expr.Expr{trade(1)}, Order: []expr.SortKey{{Expr: trade(0), SortOrder: expr.SortOrder{Desc: true}}},
		Kinds: []expr.WindowKind{expr.RowNumber}, Limit: 3, Eval: eval, Late: new(atomic.Int64),
	})
	for i := range 200 {
		if err := op.Process(t.Context(), ended(m.rows(i*1000, 1000, 0)), discard{}); err != nil {
			t.Fatal(err)
		}
	}
	if size := op.Size(); size > 2_000_000 {
		t.Errorf("%d bytes for 30 rows of 200,000", size)
	}
}
