//go:build unix

package operator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// cpu returns the processor time that the process has taken, which other processes on the machine do not
// add to as they do to the time on the clock.
func cpu(tb testing.TB) float64 {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

// stream is an endless stream of orders (time, user, price, kind), made of batches that come again with
// their times moved on: one order every step microseconds, nearly in order.
type stream struct {
	batches []*batch.Batch
	step    int64
	next    int
}

const streamRows = 4096

func newStream(keys, batches int, step int64) *stream {
	r := rand.New(rand.NewPCG(1, 2))
	s := &stream{step: step}
	for i := range batches {
		at, user, price := make([]int64, streamRows), make([]int64, streamRows), make([]float64, streamRows)
		var kind batch.BytesBuilder
		for row := range streamRows {
			at[row] = int64(i*streamRows+row-r.IntN(20)) * step
			user[row], price[row] = r.Int64N(int64(keys)), r.Float64()
			kind.AppendString([]string{"click", "view", "order"}[r.IntN(3)])
		}
		s.batches = append(s.batches, batch.New(streamRows, batch.NewFixed(at, nil), batch.NewFixed(user, nil), batch.NewFixed(price, nil), kind.Finish()))
	}
	return s
}

// batch returns the next rows and a watermark a little behind them.
func (s *stream) batch() (*batch.Batch, batch.Watermark) {
	in, shift := s.batches[s.next%len(s.batches)], int64(s.next/len(s.batches)*len(s.batches)*streamRows)*s.step
	s.next++
	at := make([]int64, streamRows)
	for row, micros := range batch.Values[int64](in.Columns[0]) {
		at[row] = micros + shift
	}
	moved := batch.New(streamRows, batch.NewFixed(at, nil), in.Columns[1], in.Columns[2], in.Columns[3])
	return moved, batch.Watermark{Time: at[streamRows-1] - 20*s.step}
}

var (
	userColumn  = expr.NewColumn(1, "user", types.Of(types.BigInt))
	priceColumn = expr.NewColumn(2, "price", types.Of(types.Double))
	kindColumn  = expr.NewColumn(3, "kind", types.String)
)

// measure sends a stream through an operator and reports processor time and allocations for each row.
func measure(b *testing.B, op operator.Operator, s *stream) {
	b.Helper()
	b.ReportAllocs()
	rows, before := 0, cpu(b)
	for b.Loop() {
		in, watermark := s.batch()
		rows += in.Rows()
		if err := op.Process(b.Context(), in, discard{}); err != nil {
			b.Fatal(err)
		}
		if err := op.Advance(b.Context(), watermark, discard{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-before)/float64(rows), "cpu-ns/row")
}

// BenchmarkFilterProject is WHERE price > 0.25 AND kind = 'click', and two columns of the rest.
func BenchmarkFilterProject(b *testing.B) {
	dear := expr.NewCompare(expr.Gt, priceColumn, expr.NewLiteral(0.25, types.Of(types.Double)))
	click := expr.NewCompare(expr.Eq, kindColumn, expr.NewLiteral("click", types.String))
	double := expr.NewArithmetic(expr.Multiply, priceColumn, expr.NewLiteral(2.0, types.Of(types.Double)), types.Of(types.Double), diag.Span{})
	op := operator.NewFilterProject(expr.And(dear, click), []expr.Expr{userColumn, double}, eval)
	s := newStream(1000, 64, 1)
	b.ReportAllocs()
	rows, before := 0, cpu(b)
	for i := 0; b.Loop(); i++ {
		in := s.batches[i%len(s.batches)]
		rows += in.Rows()
		if err := op.Process(b.Context(), in, discard{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-before)/float64(rows), "cpu-ns/row")
}

func countSumMeanMax(b *testing.B) []*expr.Aggregate {
	b.Helper()
	var all []*expr.Aggregate
	for _, name := range []string{"COUNT", "SUM", "AVG", "MAX"} {
		a, err := expr.NewAggregate(expr.AggregateCall{Function: expr.LookupAggregate(name), Args: []expr.Expr{priceColumn}})
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// BenchmarkTumble is COUNT, SUM, AVG and MAX by a BIGINT key in windows of four rows for each key, and at
// least a million rows. The peer is what a program would write: a map of keys to groups for each window.
func BenchmarkTumble(b *testing.B) {
	for _, impl := range []string{"penstock", "peer-go-map"} {
		for _, keys := range []int{100, 10_000, 1_000_000} {
			b.Run(fmt.Sprintf("impl=%s/keys=%d", impl, keys), func(b *testing.B) {
				size := int64(max(1<<20, 4*keys))
				s := newStream(keys, min(512, max(64, keys/1000)), 1)
				if impl != "penstock" {
					measure(b, &mapWindows{size: size, windows: map[int64]map[int64]*mapGroup{}}, s)
					return
				}
				measure(b, operator.NewWindowAggregate(operator.WindowAggregateConfig{
					Spec: operator.Windows{Size: size, Slide: size, Pane: size, Tick: 1},
					Keys: []expr.Expr{userColumn}, Aggregates: countSumMeanMax(b), Eval: eval, Late: new(atomic.Int64),
				}), s)
			})
		}
	}
}

// mapWindows is the peer of BenchmarkTumble.
type mapWindows struct {
	size    int64
	windows map[int64]map[int64]*mapGroup
	emitted float64
}

type mapGroup struct {
	count    int64
	sum, max float64
}

func (m *mapWindows) Process(_ context.Context, b *batch.Batch, _ operator.Emitter) error {
	at, user, price := batch.Values[int64](b.Columns[0]), batch.Values[int64](b.Columns[1]), batch.Values[float64](b.Columns[2])
	for i, t := range at {
		start := types.FloorDiv(t, m.size)
		window := m.windows[start]
		if window == nil {
			window = map[int64]*mapGroup{}
			m.windows[start] = window
		}
		g := window[user[i]]
		if g == nil {
			g = &mapGroup{max: price[i]}
			window[user[i]] = g
		}
		g.count++
		g.sum += price[i]
		g.max = max(g.max, price[i])
	}
	return nil
}

func (m *mapWindows) Advance(_ context.Context, wm batch.Watermark, _ operator.Emitter) error {
	for start, window := range m.windows {
		if (start+1)*m.size > wm.Time {
			continue
		}
		for _, g := range window {
			m.emitted += g.sum/float64(g.count) + g.max
		}
		delete(m.windows, start)
	}
	return nil
}

// BenchmarkHop is the same in windows of ten panes of 128 Ki rows: every row is in ten windows.
func BenchmarkHop(b *testing.B) {
	for _, keys := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			const slide = 1 << 17
			measure(b, operator.NewWindowAggregate(operator.WindowAggregateConfig{
				Spec: operator.Windows{Size: 10 * slide, Slide: slide, Pane: slide, Tick: 1},
				Keys: []expr.Expr{userColumn}, Aggregates: countSumMeanMax(b), Eval: eval, Late: new(atomic.Int64),
			}), newStream(keys, 64, 1))
		})
	}
}

// BenchmarkSession is the same in sessions, which last for a few rows of their key.
func BenchmarkSession(b *testing.B) {
	for _, keys := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			measure(b, operator.NewSessionAggregate(operator.SessionAggregateConfig{
				Gap: int64(keys), Tick: 1, // so that about every third row finds its session over
				Keys: []expr.Expr{userColumn}, Aggregates: countSumMeanMax(b), Eval: eval, Late: new(atomic.Int64),
			}), newStream(keys, 64, 1))
		})
	}
}

func (m *mapWindows) State() operator.Stateful { return nil }
