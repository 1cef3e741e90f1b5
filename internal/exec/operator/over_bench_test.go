package operator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// discard is where benchmarks send rows.
type discard struct{}

func (discard) Emit(context.Context, *batch.Batch) error { return nil }

// ticks returns batches of 4096 trades of keys symbols that are nearly in order of time, a millisecond
// apart.
func ticks(keys int) []*batch.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	batches := make([]*batch.Batch, 64)
	for i := range batches {
		const rows = 4096
		at, key, price := make([]int64, rows), make([]int64, rows), make([]float64, rows)
		for row := range rows {
			at[row] = int64(i*rows+row-r.IntN(100)) * types.Millisecond
			key[row], price[row] = r.Int64N(int64(keys)), r.Float64()
		}
		batches[i] = batch.New(rows, batch.NewFixed(at, nil), batch.NewFixed(key, nil), batch.NewFixed(price, nil))
	}
	return batches
}

// BenchmarkOver is one call with OVER PARTITION BY one BIGINT, watermarks a second behind.
func BenchmarkOver(b *testing.B) {
	price, key := expr.NewColumn(2, "price", types.Of(types.Double)), expr.NewColumn(1, "key", types.Of(types.BigInt))
	for _, test := range []struct {
		name, function string
		arg            expr.Expr
		frame          expr.Frame
	}{
		{"rows=10/SUM-BIGINT", "SUM", key, expr.Frame{Rows: true, Preceding: 10}},
		{"rows=10/SUM-DOUBLE", "SUM", price, expr.Frame{Rows: true, Preceding: 10}},
		{"rows=10/MAX", "MAX", price, expr.Frame{Rows: true, Preceding: 10}},
		{"rows=1000/MAX", "MAX", price, expr.Frame{Rows: true, Preceding: 1000}},
		{"range=10s/SUM-BIGINT", "SUM", key, expr.Frame{Preceding: 10 * types.Second}},
		{"range=10s/SUM-DOUBLE", "SUM", price, expr.Frame{Preceding: 10 * types.Second}},
		{"range=100s/MAX", "MAX", price, expr.Frame{Preceding: 100 * types.Second}},
		{"range=unbounded/SUM-DOUBLE", "SUM", price, expr.Frame{Preceding: expr.Unbounded}},
	} {
		for _, keys := range []int{100, 10_000} {
			b.Run(fmt.Sprintf("%s/keys=%d", test.name, keys), func(b *testing.B) {
				aggregate, err := expr.NewAggregate(expr.AggregateCall{Function: expr.LookupAggregate(test.function), Args: []expr.Expr{test.arg}})
				if err != nil {
					b.Fatal(err)
				}
				benchmarkOver(b, ticks(keys), &expr.WindowCall{Aggregate: aggregate, Frame: test.frame}, key)
			})
		}
	}
}

func benchmarkOver(b *testing.B, batches []*batch.Batch, call *expr.WindowCall, key expr.Expr) {
	b.Helper()
	cfg := operator.OverConfig{Keys: []expr.Expr{key}, Calls: []*expr.WindowCall{call}, Eval: eval, Late: new(atomic.Int64)}
	op := operator.NewOver(cfg)
	rows := 0
	for i := 0; b.Loop(); i++ {
		in, shift := batches[i%len(batches)], int64(i/len(batches)*len(batches)*4096)*types.Millisecond // time goes on
		at := make([]int64, in.Rows())
		for row, micros := range batch.Values[int64](in.Columns[0]) {
			at[row] = micros + shift
		}
		in = batch.New(in.Rows(), batch.NewFixed(at, nil), in.Columns[1], in.Columns[2])
		rows += in.Rows()
		if err := op.Process(b.Context(), in, discard{}); err != nil {
			b.Fatal(err)
		}
		if err := op.Advance(b.Context(), batch.Watermark{Time: at[len(at)-1] - types.Second}, discard{}); err != nil {
			b.Fatal(err)
		}
	}
	if late := cfg.Late.Load(); late > 0 {
		b.Fatalf("%d rows are late", late)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
}
