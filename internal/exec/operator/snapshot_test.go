package operator_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// callOf returns a call of an aggregate; arg nil: with *.
func callOf(tb testing.TB, name string, arg expr.Expr, distinct bool) *expr.Aggregate {
	tb.Helper()
	call := expr.AggregateCall{Function: expr.LookupAggregate(name), Star: arg == nil, Distinct: distinct}
	if arg != nil {
		call.Args = []expr.Expr{arg}
	}
	a, err := expr.NewAggregate(call)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// windows returns an aggregation of kind with several aggregates.
func windows(tb testing.TB, kind string, late *atomic.Int64) operator.Operator {
	tb.Helper()
	call := func(name string, arg expr.Expr, distinct bool) *expr.Aggregate {
		return callOf(tb, name, arg, distinct)
	}
	aggregates := []*expr.Aggregate{call("COUNT", nil, false), call("SUM", column(2), false), call("MAX", column(2), false), call("AVG", column(2), false), call("MIN", column(0), false)}
	keys := []expr.Expr{column(0)}
	if kind == "session" {
		return operator.NewSessionAggregate(operator.SessionAggregateConfig{
			Time: 1, Gap: types.Minute, Tick: types.Millisecond, Keys: keys, Aggregates: aggregates, Eval: eval, Late: late,
		})
	}
	spec := operator.Windows{Size: types.Minute, Slide: types.Minute, Pane: types.Minute, Tick: types.Millisecond}
	if kind == "hop" {
		spec.Slide, spec.Pane = types.Minute/4, types.Minute/4
	}
	return operator.NewWindowAggregate(operator.WindowAggregateConfig{
		Time: 1, Spec: spec, Keys: keys, Aggregates: append(aggregates, call("COUNT", column(2), true)), Eval: eval, Late: late,
	})
}

// save returns what a checkpoint would hold of an operator in one of several tasks. previous is what
// it returned before: segments of the same version are taken from there.
func save(o operator.Operator, lane, lanes int, previous []state.Stored) []state.Stored {
	find := func(name string, version uint64) int {
		return slices.IndexFunc(previous, func(s state.Stored) bool { return s.Name == name && s.Version == version && s.Lane == lane })
	}
	snapshot := state.NewSnapshot(func(name string, version uint64) bool { return find(name, version) >= 0 })
	o.State().Snapshot(snapshot)
	var out []state.Stored
	for _, segment := range snapshot.Segments() {
		if segment.Write == nil {
			out = append(out, previous[find(segment.Name, segment.Version)])
			continue
		}
		w := state.NewWriter(0)
		segment.Write(w)
		out = append(out, state.Stored{Name: segment.Name, Version: segment.Version, Lane: lane, Lanes: lanes, Data: w.Data()})
	}
	return out
}

// TestSnapshotGoesOnAtAnyParallelism feeds rows to the tasks of a stage, moves their state to another
// number of tasks in the middle of it, and compares what comes out.
func TestSnapshotGoesOnAtAnyParallelism(t *testing.T) {
	for _, kind := range []string{"tumble", "hop", "session"} {
		for _, lanes := range [][]int{{1, 1, 1}, {1, 3, 2}, {2, 2, 1}, {3, 1, 4}} {
			t.Run(fmt.Sprint(kind, lanes), func(t *testing.T) {
				want := runStage(t, kind, []int{1})
				if got := runStage(t, kind, lanes); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// runStage runs rows through tasks whose number changes from part to part, and returns what they emit.
func runStage(t *testing.T, kind string, lanes []int) string {
	t.Helper()
	late := new(atomic.Int64)
	var saved []state.Stored
	var out []string
	encoder := state.NewEncoder([]types.Type{clicks[0].Type})
	for part, n := range lanes {
		var tasks []operator.Operator
		for lane := range n {
			task := windows(t, kind, late)
			if err := task.State().Restore(&state.Restored{Lane: lane, Lanes: n, Segments: own(saved, lane, n)}); err != nil {
				t.Fatal(err)
			}
			tasks = append(tasks, task)
		}
		const rows = 240
		perPart := rows / len(lanes)
		for row := part * perPart; row < (part+1)*perPart; row++ {
			b := stageRow(row)
			keys := encoder.Encode(b.Columns[:1], 1)
			hash := keys.Hashes[0]
			if !keys.Present.Get(0) {
				hash = 0
			}
			if err := tasks[state.Partition(hash, n)].Process(t.Context(), b, nil); err != nil {
				t.Fatal(err)
			}
			if row%20 == 19 {
				wm := batch.Watermark{Time: int64(row-10) * 5 * types.Second}
				for _, task := range tasks {
					out = append(out, emittedBy(t, task, wm)...)
				}
			}
		}
		previous := saved
		saved = nil
		for lane, task := range tasks {
			twice := save(task, lane, n, previous)
			saved = append(saved, save(task, lane, n, twice)...) // a delta on top of what was just saved
		}
		if part == len(lanes)-1 {
			for _, task := range tasks {
				out = append(out, emittedBy(t, task, batch.Watermark{Time: batch.MaxWatermark})...)
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n") + fmt.Sprint("\nlate ", late.Load())
}

// own returns the segments that may hold keys of a task.
func own(saved []state.Stored, lane, lanes int) []state.Stored {
	return slices.DeleteFunc(slices.Clone(saved), func(s state.Stored) bool { return s.Lanes == lanes && s.Lane != lane })
}

// stageRow is row n: a key of 17 and now and then NULL, five seconds after the one before, at times
// out of order.
func stageRow(n int) *batch.Batch {
	var key batch.BytesBuilder
	if n%13 == 0 {
		key.AppendNull()
	} else {
		key.Append(fmt.Appendf(nil, "key-%d", n%17))
	}
	return batch.New(1, key.Finish(), batch.NewFixed([]int64{int64(n-n%7*3) * 5 * types.Second}, nil), batch.NewFixed([]int32{int32(n % 11)}, nil))
}

// rowCollector keeps rows as text.
type rowCollector struct{ rows []string }

// Emit formats the rows.
func (c *rowCollector) Emit(_ context.Context, b *batch.Batch) error {
	schema := make(types.Schema, len(b.Columns))
	for i, column := range b.Columns {
		schema[i].Type = types.Of(types.BigInt)
		if _, text := column.(*batch.Bytes); text {
			schema[i].Type = types.String
		}
	}
	for row := range b.Rows() {
		c.rows = append(c.rows, batch.FormatRow(b, schema, row))
	}
	return nil
}

func emittedBy(t *testing.T, o operator.Operator, wm batch.Watermark) []string {
	t.Helper()
	c := &rowCollector{}
	if err := o.Advance(t.Context(), wm, c); err != nil {
		t.Fatal(err)
	}
	return c.rows
}

func millionAggregates(b *testing.B) []*expr.Aggregate {
	b.Helper()
	var aggregates []*expr.Aggregate
	for _, name := range []string{"COUNT", "SUM", "MAX"} {
		aggregates = append(aggregates, callOf(b, name, column(2), false))
	}
	return aggregates
}

// million returns an aggregation with a million keys in one open window.
func million(b *testing.B) operator.Operator {
	b.Helper()
	o := operator.NewWindowAggregate(operator.WindowAggregateConfig{
		Time: 1, Spec: operator.Windows{Size: types.Hour, Slide: types.Hour, Pane: types.Hour, Tick: types.Millisecond},
		Keys: []expr.Expr{column(0)}, Aggregates: millionAggregates(b), Eval: eval, Late: new(atomic.Int64),
	})
	const rows = 8192
	for from := 0; from < millionKeys; from += rows {
		var key batch.BytesBuilder
		n := min(rows, millionKeys-from)
		values := make([]int32, n)
		for i := range n {
			key.Append(fmt.Appendf(nil, "k%08d", from+i))
			values[i] = int32(i)
		}
		if err := o.Process(b.Context(), batch.New(n, key.Finish(), batch.NewFixed(make([]int64, n), nil), batch.NewFixed(values, nil)), nil); err != nil {
			b.Fatal(err)
		}
	}
	return o
}

const millionKeys = 1_000_000

// BenchmarkCheckpoint is a checkpoint of a window of a million keys into a directory. The metric stall
// is how long processing stands still for it.
func BenchmarkCheckpoint(b *testing.B) {
	o := million(b)
	store := checkpoint.NewDirectory(b.TempDir())
	var stalled time.Duration
	var size int
	for b.Loop() {
		began := time.Now()
		snapshot := state.NewSnapshot(func(string, uint64) bool { return false })
		o.State().Snapshot(snapshot)
		stalled += time.Since(began)
		w := state.NewWriter(o.State().Size())
		for _, segment := range snapshot.Segments() {
			segment.Write(w)
		}
		_ = checkpoint.Checksum(w.Data())
		if err := store.Put(b.Context(), "state/x", w.Data()); err != nil {
			b.Fatal(err)
		}
		size = len(w.Data())
	}
	b.ReportMetric(float64(stalled.Microseconds())/1000/float64(b.N), "stall-ms/op")
	b.ReportMetric(float64(size)/1e6, "MB")
}

// BenchmarkRestore reads a window of a million keys back, by one task and by the first of two.
func BenchmarkRestore(b *testing.B) {
	saved := save(million(b), 0, 1, nil)
	for _, lanes := range []int{1, 2} {
		b.Run(fmt.Sprint("tasks=", lanes), func(b *testing.B) {
			for b.Loop() {
				o := operator.NewWindowAggregate(operator.WindowAggregateConfig{
					Time: 1, Spec: operator.Windows{Size: types.Hour, Slide: types.Hour, Pane: types.Hour, Tick: types.Millisecond},
					Keys: []expr.Expr{column(0)}, Aggregates: millionAggregates(b), Eval: eval, Late: new(atomic.Int64),
				})
				if err := o.Restore(&state.Restored{Lanes: lanes, Segments: saved}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
