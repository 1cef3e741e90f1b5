package operator

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// inputs is what a batch contributes: keys, and argument and validity of each aggregate.
type inputs struct {
	keys  *state.Keys
	args  []batch.Column // nil for COUNT(*)
	valid []batch.Bitmap
}

// evaluator computes the inputs of an aggregation.
type evaluator struct {
	keys       []expr.Expr
	aggregates []*expr.Aggregate
	eval       *expr.Context
	encoder    *state.Encoder
}

func newEvaluator(keys []expr.Expr, aggregates []*expr.Aggregate, eval *expr.Context) evaluator {
	kinds := make([]types.Type, len(keys))
	for i, key := range keys {
		kinds[i] = key.Type()
	}
	return evaluator{keys: keys, aggregates: aggregates, eval: eval, encoder: state.NewEncoder(kinds)}
}

// evaluate computes what the rows of b contribute.
func (e *evaluator) evaluate(b *batch.Batch) (*inputs, error) {
	in := &inputs{args: make([]batch.Column, len(e.aggregates)), valid: make([]batch.Bitmap, len(e.aggregates))}
	keys := make([]batch.Column, len(e.keys))
	for i, key := range e.keys {
		var err error
		if keys[i], err = key.Eval(e.eval, b); err != nil {
			return nil, err
		}
	}
	in.keys = e.encoder.Encode(keys, b.Rows())
	for i, aggregate := range e.aggregates {
		if aggregate.Filter != nil {
			passes, err := aggregate.Filter.Eval(e.eval, b)
			if err != nil {
				return nil, err
			}
			in.valid[i] = truth(passes, b.Rows())
		}
		if aggregate.Arg == nil {
			continue
		}
		arg, err := aggregate.Arg.Eval(e.eval, b)
		if err != nil {
			return nil, err
		}
		in.args[i], in.valid[i] = arg, batch.And(in.valid[i], arg.Valid())
	}
	return in, nil
}

// truth returns the rows where a BOOLEAN column is true.
func truth(column batch.Column, rows int) batch.Bitmap {
	out := batch.NewBitmap(rows)
	for _, row := range selected(column, rows) {
		out.Set(int(row))
	}
	return out
}
