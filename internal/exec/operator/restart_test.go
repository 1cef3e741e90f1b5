package operator_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// restarting runs an operator in several tasks, and now and then goes on from what they have saved, in
// another number of tasks.
type restarting struct {
	t     *testing.T
	r     *rand.Rand
	keys  []expr.Expr
	make  func() operator.Operator
	tasks []operator.Operator
}

func newRestarting(t *testing.T, r *rand.Rand, keys []expr.Expr, build func() operator.Operator) *restarting {
	t.Helper()
	return &restarting{t: t, r: r, keys: keys, make: build, tasks: []operator.Operator{build()}}
}

// Process gives rows to the tasks that own their keys.
func (o *restarting) Process(ctx context.Context, b *batch.Batch, out operator.Emitter) error {
	if o.r.IntN(6) == 0 {
		o.restart()
	}
	columns, kinds := make([]batch.Column, len(o.keys)), make([]types.Type, len(o.keys))
	for i, key := range o.keys {
		columns[i], _ = key.Eval(eval, b)
		kinds[i] = key.Type()
	}
	keys := state.NewEncoder(kinds).Encode(columns, b.Rows())
	rows := make([][]int32, len(o.tasks))
	for row, hash := range keys.Hashes[:b.Rows()] {
		if !keys.Present.Get(row) {
			hash = 0
		}
		task := state.Partition(hash, len(o.tasks))
		rows[task] = append(rows[task], int32(row))
	}
	for i, task := range o.tasks {
		if err := task.Process(ctx, b.Gather(rows[i]), out); err != nil {
			return err
		}
	}
	return nil
}

// Advance gives a watermark to all tasks.
func (o *restarting) Advance(ctx context.Context, wm batch.Watermark, out operator.Emitter) error {
	for _, task := range o.tasks {
		if err := task.Advance(ctx, wm, out); err != nil {
			return err
		}
	}
	return nil
}

// State is nil: the operator saves itself.
func (o *restarting) State() operator.Stateful { return nil }

func (o *restarting) restart() {
	o.t.Helper()
	var saved []state.Stored
	var writes []func()
	for lane, task := range o.tasks {
		snapshot := state.NewSnapshot(func(string, uint64) bool { return false })
		task.State().Snapshot(snapshot)
		for _, segment := range snapshot.Segments() {
			writes = append(writes, func() {
				w := state.NewWriter(0)
				segment.Write(w)
				saved = append(saved, state.Stored{Name: segment.Name, Version: segment.Version, Lane: lane, Lanes: len(o.tasks), Data: w.Data()})
			})
		}
	}
	// What was frozen does not change while processing goes on.
	for _, task := range o.tasks {
		if err := task.Advance(o.t.Context(), batch.Watermark{Time: batch.MaxWatermark}, discard{}); err != nil {
			o.t.Fatal(err)
		}
	}
	for _, write := range writes {
		write()
	}
	lanes := 1
	if len(o.keys) > 0 {
		lanes = 1 + o.r.IntN(3)
	}
	o.tasks = nil
	for lane := range lanes {
		task := o.make()
		if err := task.State().Restore(&state.Restored{Lane: lane, Lanes: lanes, Segments: saved}); err != nil {
			o.t.Fatal(err)
		}
		o.tasks = append(o.tasks, task)
	}
}

// After a restart, in as many tasks as one likes, OVER goes on as if nothing had happened.
func TestOverGoesOnAfterARestart(t *testing.T) {
	for seed := range uint64(80) {
		m := &market{r: rand.New(rand.NewPCG(seed, 4)), symbols: 5, spread: 12}
		total, most := 400, 1+m.r.IntN(4)
		if seed%40 == 0 {
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
		op := newRestarting(t, m.r, cfg.Keys, func() operator.Operator { cfg.Late = new(atomic.Int64); return operator.NewOver(cfg) })
		got, rows := m.feed(t, op, calls, total)
		want := expected(t, rows, calls, partitioned)
		slices.Sort(got)
		slices.Sort(want)
		compare(t, seed, calls, got, want)
	}
}

// So does LEAD.
func TestLeadGoesOnAfterARestart(t *testing.T) {
	for seed := range uint64(40) {
		m := &market{r: rand.New(rand.NewPCG(seed, 5)), symbols: 5, spread: 12}
		var calls []*expr.WindowCall
		for range 1 + m.r.IntN(3) {
			call := &expr.WindowCall{Function: expr.LookupWindowFunction("LEAD"), Arg: trade(3), Offset: m.r.Int64N(4), RespectNulls: true}
			if m.r.IntN(2) == 0 {
				call.Default = expr.NewLiteral(int32(99), types.Of(types.Int))
			}
			calls = append(calls, call)
		}
		cfg, partitioned := m.config(t, calls)
		op := newRestarting(t, m.r, cfg.Keys, func() operator.Operator { return operator.NewLead(cfg) })
		got, rows := m.feed(t, op, calls, 400)
		want := expected(t, rows, calls, partitioned)
		slices.Sort(got)
		slices.Sort(want)
		compare(t, seed, calls, got, want)
	}
}
