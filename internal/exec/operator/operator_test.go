package operator_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// clicks is the rows that the tests feed.
var clicks = types.Schema{
	{Name: "usr", Type: types.String},
	{Name: "ts", Type: types.Timestamp3},
	{Name: "n", Type: types.Of(types.Int)},
}

func column(i int) expr.Expr { return expr.NewColumn(i, clicks[i].Name, clicks[i].Type) }

func parse(t *testing.T, rows ...string) *batch.Batch {
	t.Helper()
	b, err := batch.Parse("usr | ts | n\n"+strings.Join(rows, "\n"), clicks)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// collector keeps what an operator emits, as text.
type collector struct {
	schema types.Schema
	rows   []string
}

func (c *collector) Emit(_ context.Context, b *batch.Batch) error {
	for row := range b.Rows() {
		c.rows = append(c.rows, batch.FormatRow(b, c.schema, row))
	}
	return nil
}

func (c *collector) take() string {
	text := strings.Join(c.rows, "\n")
	c.rows = nil
	return text
}

var eval = &expr.Context{Zone: time.UTC}

func TestFilterKeepsRowsThatAreTrueNotNull(t *testing.T) {
	predicate := expr.NewCompare(expr.Gt, column(2), expr.NewLiteral(int32(1), types.Of(types.Int)))
	filter, out := operator.NewFilter(predicate, eval), &collector{schema: clicks}
	b := parse(t, "a|2001-01-01 00:00:00|1", "b|2001-01-01 00:00:00|2", "c|2001-01-01 00:00:00|NULL", "d|2001-01-01 00:00:00|3")
	if err := filter.Process(t.Context(), b, out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.take(), "b | 2001-01-01 00:00:00.000 | 2\nd | 2001-01-01 00:00:00.000 | 3"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestFilterProjectIsBoth compares with the two operators behind each other.
func TestFilterProjectIsBoth(t *testing.T) {
	b := parse(t, "a|2001-01-01 00:00:00|1", "b|2001-01-01 00:00:00|2", "c|2001-01-01 00:00:00|NULL", "d|2001-01-01 00:00:00|3")
	integer := types.Of(types.Int)
	for _, least := range []int32{0, 1, 2, 9} {
		predicate := expr.NewCompare(expr.Gt, column(2), expr.NewLiteral(least, integer))
		for _, exprs := range [][]expr.Expr{{column(0)}, {column(2), column(2)}, {expr.NewLiteral(int32(7), integer)}, {column(2), column(0), column(1)}} {
			var schema types.Schema
			for _, e := range exprs {
				schema = append(schema, types.Field{Name: "c", Type: e.Type()})
			}
			one, two, filtered := &collector{schema: schema}, &collector{schema: schema}, &batches{}
			if err := operator.NewFilterProject(predicate, exprs, eval).Process(t.Context(), b, one); err != nil {
				t.Fatal(err)
			}
			if err := operator.NewFilter(predicate, eval).Process(t.Context(), b, filtered); err != nil {
				t.Fatal(err)
			}
			for _, rows := range filtered.all {
				if err := operator.NewProject(exprs, eval).Process(t.Context(), rows, two); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := one.take(), two.take(); got != want {
				t.Errorf("%v of rows above %d: got\n%s\nwant\n%s", exprs, least, got, want)
			}
		}
	}
}

// batches keeps what it is sent.
type batches struct{ all []*batch.Batch }

func (c *batches) Emit(_ context.Context, b *batch.Batch) error {
	c.all = append(c.all, b)
	return nil
}

func aggregate(t *testing.T, name string, arg expr.Expr, distinct bool) *expr.Aggregate {
	t.Helper()
	call := expr.AggregateCall{Function: expr.LookupAggregate(name), Star: arg == nil, Distinct: distinct}
	if arg != nil {
		call.Args = []expr.Expr{arg}
	}
	a, err := expr.NewAggregate(call)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func minutes(t *testing.T) (*operator.WindowAggregate, *collector, *atomic.Int64) {
	t.Helper()
	late := new(atomic.Int64)
	op := operator.NewWindowAggregate(operator.WindowAggregateConfig{
		Time: 1, Spec: operator.Windows{Size: types.Minute, Slide: types.Minute, Pane: types.Minute, Tick: types.Millisecond},
		Keys:       []expr.Expr{column(0)},
		Aggregates: []*expr.Aggregate{aggregate(t, "COUNT", nil, false), aggregate(t, "SUM", column(2), false), aggregate(t, "COUNT", column(2), true)},
		Eval:       eval, Late: late,
	})
	bigint := types.Of(types.BigInt)
	return op, &collector{schema: types.Schema{
		clicks[0],
		{Name: "count", Type: bigint},
		{Name: "sum", Type: bigint},
		{Name: "distinct", Type: bigint},
		{Name: "start", Type: types.Timestamp3},
		{Name: "end", Type: types.Timestamp3},
		{Name: "time", Type: types.Timestamp3},
	}}, late
}

func at(t *testing.T, text string) batch.Watermark {
	t.Helper()
	micros, _, ok := types.ParseTimestamp(text)
	if !ok {
		t.Fatalf("bad timestamp %q", text)
	}
	return batch.Watermark{Time: micros}
}

func TestTumbleEmitsOnWatermark(t *testing.T) {
	op, out, late := minutes(t)
	ctx := t.Context()
	b := parse(t, "a|2001-01-01 00:00:10|1", "b|2001-01-01 00:00:20|5", "a|2001-01-01 00:00:59.999|1", "a|2001-01-01 00:01:00|7", "NULL|2001-01-01 00:00:30|NULL")
	if err := op.Process(ctx, b, out); err != nil {
		t.Fatal(err)
	}
	if err := op.Advance(ctx, at(t, "2001-01-01 00:00:59.998"), out); err != nil || len(out.rows) > 0 {
		t.Fatalf("a watermark inside the window emits %q, %v", out.take(), err)
	}
	if err := op.Advance(ctx, at(t, "2001-01-01 00:00:59.999"), out); err != nil {
		t.Fatal(err)
	}
	bounds := " | 2001-01-01 00:00:00.000 | 2001-01-01 00:01:00.000 | 2001-01-01 00:00:59.999"
	if got, want := out.take(), "a | 2 | 2 | 1"+bounds+"\nb | 1 | 5 | 1"+bounds+"\nNULL | 1 | NULL | 0"+bounds; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := op.Process(ctx, parse(t, "a|2001-01-01 00:00:30|1", "b|NULL|1"), out); err != nil {
		t.Fatal(err)
	}
	if late.Load() != 2 {
		t.Errorf("%d late rows, want 2", late.Load())
	}
	if err := op.Advance(ctx, batch.Watermark{Time: batch.MaxWatermark}, out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.take(), "a | 1 | 7 | 1 | 2001-01-01 00:01:00.000 | 2001-01-01 00:02:00.000 | 2001-01-01 00:01:59.999"; got != want {
		t.Errorf("at the end got %s\nwant %s", got, want)
	}
	if op.Size() != 0 {
		t.Errorf("%d bytes of state are left", op.Size())
	}
}

func tracker() *operator.Watermarks {
	delay := expr.NewLiteral(5*types.Second, types.Of(types.IntervalSecond))
	return operator.NewWatermarks(expr.NewArithmetic(expr.Subtract, column(1), delay, types.Timestamp3, diag.Span{}), 30*time.Second, eval)
}

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func observe(t *testing.T, w *operator.Watermarks, split, ts string, now time.Time) {
	t.Helper()
	if err := w.Observe(split, parse(t, "a|"+ts+"|1"), false, now); err != nil {
		t.Fatal(err)
	}
}

func expectNext(t *testing.T, w *operator.Watermarks, now time.Time, want string) {
	t.Helper()
	wm, changed := w.Next(now)
	got := "unchanged"
	switch {
	case changed && wm.Idle:
		got = "idle"
	case changed:
		got = string(types.AppendTimestamp(nil, wm.Time, 0, ' '))
	}
	if got != want {
		t.Errorf("next watermark is %s, want %s", got, want)
	}
}

func TestWatermarkIsTheSmallestOfAllSplits(t *testing.T) {
	w := tracker()
	w.Open("a", nil, began)
	w.Open("b", nil, began)
	observe(t, w, "a", "2001-01-01 00:10:00", began)
	expectNext(t, w, began, "unchanged")
	observe(t, w, "b", "2001-01-01 00:01:00", began)
	expectNext(t, w, began, "2001-01-01 00:00:55")
	observe(t, w, "b", "2001-01-01 00:00:30", began) // never back
	expectNext(t, w, began, "unchanged")
}

func TestSilentSplitStopsHoldingBackTheWatermark(t *testing.T) {
	w := tracker()
	w.Open("a", nil, began)
	w.Open("b", nil, began)
	later := began.Add(30 * time.Second)
	observe(t, w, "a", "2001-01-01 00:10:00", later)
	expectNext(t, w, later, "2001-01-01 00:09:55")
	if !w.Idle("b") || w.Idle("a") {
		t.Error("b is idle and a is not")
	}
	expectNext(t, w, later.Add(time.Hour), "idle")
	observe(t, w, "b", "2001-01-01 00:20:00", later.Add(time.Hour))
	expectNext(t, w, later.Add(time.Hour), "2001-01-01 00:19:55")
}

func TestSplitThatIsBehindIsNotIdle(t *testing.T) {
	w := tracker()
	w.Open("a", nil, began)
	w.Open("b", nil, began)
	if err := w.Observe("b", nil, true, began); err != nil {
		t.Fatal(err)
	}
	later := began.Add(time.Hour)
	observe(t, w, "a", "2001-01-01 00:10:00", later)
	expectNext(t, w, later, "unchanged")
}

func TestChildrenInheritTheWatermarkOfTheirParents(t *testing.T) {
	w := tracker()
	w.Open("a", nil, began)
	w.Open("b", nil, began)
	observe(t, w, "a", "2001-01-01 00:10:00", began)
	observe(t, w, "b", "2001-01-01 00:20:00", began)
	expectNext(t, w, began, "2001-01-01 00:09:55")
	w.End("a", 1) // merged into c, which waits for b
	observe(t, w, "b", "2001-01-01 00:30:00", began)
	expectNext(t, w, began, "unchanged") // a stands for c
	w.End("b", 1)
	w.Open("c", []string{"a", "b"}, began)
	expectNext(t, w, began, "unchanged")
	observe(t, w, "c", "2001-01-01 00:40:00", began)
	expectNext(t, w, began, "2001-01-01 00:39:55")
}
