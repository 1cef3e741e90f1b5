package operator

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// OverConfig says what an Over computes.
type OverConfig struct {
	Time  int // position of the event-time column
	Keys  []expr.Expr
	Calls []*expr.WindowCall // none of LEAD
	Eval  *expr.Context
	Late  *atomic.Int64 // counts rows that came after the watermark, or have no time
}

// Over adds to every row the values of calls with OVER. Rows wait until the watermark passes their
// time and are then taken in its order, rows of one time in the order in which they came.
//
// Rows that a frame may still need lie in a history that all partitions and calls share. What has left
// all frames is dropped from it in sweeps, and with frames of time alone so is a partition whose last
// row has left.
type Over struct {
	cfg     OverConfig
	pending *pending
	encoder *state.Encoder
	table   *state.Table // partitions
	history history
	inputs  []overInput
	columns int // of the history
	frames  []*frame
	calls   []overCall
	// forgets says that a partition without rows in any frame need not be kept: no call counts rows
	// from the first on. span is then the longest frame.
	forgets bool
	span    int64
	kept    int // partitions that the last sweep left
	version uint64

	groups []uint32 // scratch
}

// overInput is what calls read of each row.
type overInput struct {
	arg, filter expr.Expr // nil: none
	// presence says that only whether there is a value matters.
	presence bool
	kept     int // column of the history; none: only the current rows are read
}

// overCall is a call, its frame (nil: rows never leave it) and its input.
type overCall struct {
	kernel kernel
	frame  *frame
	input  int // none: it reads nothing
}

// NewOver returns an operator without rows.
func NewOver(cfg OverConfig) *Over {
	o := &Over{
		cfg: cfg, pending: newPending(cfg.Time, cfg.Late), encoder: newEncoder(cfg.Keys), table: state.NewTable(), forgets: true,
	}
	for _, call := range cfg.Calls {
		o.add(call)
	}
	return o
}

func newEncoder(keys []expr.Expr) *state.Encoder {
	kinds := make([]types.Type, len(keys))
	for i, key := range keys {
		kinds[i] = key.Type()
	}
	return state.NewEncoder(kinds)
}

// add makes the kernel of a call.
func (o *Over) add(call *expr.WindowCall) {
	c := overCall{input: none}
	over := call.Frame
	if call.Function != nil && call.Function.Kind == expr.Lag {
		over = expr.Frame{Rows: true, Preceding: call.Offset}
	}
	if call.Function == nil || !call.Function.Kind.Ranks() {
		c.frame = o.frame(over)
		c.input = o.input(call, c.frame != nil || call.Function != nil)
	}
	if c.frame == nil || over.Rows {
		o.forgets = false
	} else {
		o.span = max(o.span, over.Preceding)
	}
	c.kernel = newKernel(call, over)
	o.calls = append(o.calls, c)
}

// frame returns the frame that calls share; nil if rows never leave it.
func (o *Over) frame(over expr.Frame) *frame {
	if over.Preceding == expr.Unbounded {
		return nil
	}
	for _, f := range o.frames {
		if f.Frame == over {
			return f
		}
	}
	f := &frame{Frame: over}
	o.frames = append(o.frames, f)
	return f
}

// input returns the number of the input that a call reads; kept says that it looks at earlier rows.
func (o *Over) input(call *expr.WindowCall, kept bool) int {
	in := overInput{arg: call.Arg, kept: none}
	if call.Aggregate != nil {
		in.arg, in.filter = call.Aggregate.Arg, call.Aggregate.Filter
		in.presence = call.Aggregate.Function.Name == "COUNT" && !call.Aggregate.Distinct
	}
	same := func(a, b expr.Expr) bool { return a == nil && b == nil || a != nil && b != nil && expr.Equal(a, b) }
	i := slices.IndexFunc(o.inputs, func(other overInput) bool {
		return other.presence == in.presence && same(other.arg, in.arg) && same(other.filter, in.filter)
	})
	if i < 0 {
		i = len(o.inputs)
		o.inputs = append(o.inputs, in)
	}
	if everPresent := in.presence && in.arg == nil && in.filter == nil; kept && !everPresent && o.inputs[i].kept == none {
		o.inputs[i].kept = o.columns
		o.columns++
	}
	return i
}

// newKernel returns the kernel that computes a call over a frame.
func newKernel(call *expr.WindowCall, over expr.Frame) kernel {
	if call.Function != nil {
		if call.Function.Kind.Ranks() {
			return &rankKernel{kind: call.Function.Kind}
		}
		return &valueKernel{call: call, byRows: over.Rows}
	}
	a := call.Aggregate
	name := a.Function.Name
	switch {
	case a.Distinct:
	case name == "COUNT":
		return &countKernel{byRows: over.Rows}
	case name == "SUM" || name == "AVG":
		if k := newSumKernel(a.Arg.Type(), over.Rows, name == "AVG"); k != nil {
			return k
		}
	}
	if k := newFoldKernel(a, over); k != nil && !a.Distinct {
		return k
	}
	switch {
	case over.Preceding == expr.Unbounded:
		return newRunningKernel(a, over.Rows)
	case a.Function.Small && !a.Distinct:
		return newStackKernel(a, over.Rows)
	}
	return &againKernel{call: a, byRows: over.Rows}
}

// Process takes rows. It emits nothing: they wait for the watermark.
func (o *Over) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	o.pending.add(b)
	return nil
}

// Advance emits the rows that the watermark has passed.
func (o *Over) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	return o.pending.advance(wm, func(b *batch.Batch) error {
		result, err := o.compute(b)
		if err != nil {
			return err
		}
		if err := out.Emit(ctx, result); err != nil {
			return err
		}
		return o.sweep()
	})
}

// compute adds the columns of the calls to rows that come in the order of their time.
func (o *Over) compute(b *batch.Batch) (*batch.Batch, error) {
	keys, err := encodeKeys(o.cfg.Keys, o.encoder, o.cfg.Eval, b)
	if err != nil {
		return nil, err
	}
	o.version++
	o.groups = o.table.Groups(keys, 0, b.Rows(), o.groups[:0])
	inputs, kept, err := o.evaluate(b)
	if err != nil {
		return nil, err
	}
	times := batch.Values[int64](b.Columns[o.cfg.Time])
	base := 0
	if len(o.frames) > 0 || len(kept) > 0 {
		o.history.resize(o.table.Len())
		base = o.history.append(o.groups, times, kept)
		for _, f := range o.frames {
			f.resize(o.table.Len())
			f.move(o.groups, &o.history, base)
		}
	}
	columns := slices.Clip(slices.Clone(b.Columns))
	for _, call := range o.calls {
		s := &step{groups: o.groups, times: times, frame: call.frame, next: o.history.next, rows: b, eval: o.cfg.Eval}
		if call.input != none {
			s.column = inputs[call.input]
			if at := o.inputs[call.input].kept; at != none {
				s.column, s.base = o.history.columns[at], base
			}
		}
		call.kernel.resize(o.table.Len())
		column, err := call.kernel.run(s)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	return batch.New(b.Rows(), columns...), nil
}

// encodeKeys evaluates and encodes the keys of rows.
func encodeKeys(keys []expr.Expr, encoder *state.Encoder, eval *expr.Context, b *batch.Batch) (*state.Keys, error) {
	columns := make([]batch.Column, len(keys))
	for i, key := range keys {
		var err error
		if columns[i], err = key.Eval(eval, b); err != nil {
			return nil, err
		}
	}
	return encoder.Encode(columns, b.Rows()), nil
}

// evaluate computes the inputs of the calls: a column for each, and those that the history keeps.
func (o *Over) evaluate(b *batch.Batch) (inputs, kept []batch.Column, err error) {
	inputs = make([]batch.Column, len(o.inputs))
	for i, in := range o.inputs {
		if inputs[i], err = in.evaluate(o.cfg.Eval, b); err != nil {
			return nil, nil, err
		}
	}
	kept = make([]batch.Column, o.columns)
	for i, in := range o.inputs {
		if in.kept != none {
			kept[in.kept] = inputs[i]
		}
	}
	return inputs, kept, nil
}

// evaluate computes an input: the value of its argument where the filter is true.
func (in *overInput) evaluate(eval *expr.Context, b *batch.Batch) (batch.Column, error) {
	var passes batch.Bitmap
	if in.filter != nil {
		column, err := in.filter.Eval(eval, b)
		if err != nil {
			return nil, err
		}
		passes = truth(column, b.Rows())
	}
	if in.arg == nil {
		return batch.NewFixed(make([]bool, b.Rows()), passes), nil
	}
	column, err := in.arg.Eval(eval, b)
	if err != nil {
		return nil, err
	}
	passes = batch.And(passes, column.Valid())
	if in.presence {
		return batch.NewFixed(make([]bool, b.Rows()), passes), nil
	}
	return column.WithValid(passes), nil
}

// Size is the memory that waiting rows and partitions take, in bytes.
func (o *Over) Size() int {
	size := o.pending.size() + o.table.Size() + o.history.size()
	for _, call := range o.calls {
		size += call.kernel.bytes()
	}
	for _, f := range o.frames {
		size += 4 * (cap(f.tail) + cap(f.size))
	}
	return size
}
