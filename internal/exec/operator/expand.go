package operator

import (
	"context"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// Expand repeats rows for grouping sets.
type Expand struct {
	stateless
	keys []expr.Expr
	sets [][]bool // by set and key
	eval *expr.Context
}

// NewExpand returns an operator that adds keys to rows, and the number of the set, once for each of sets.
func NewExpand(keys []expr.Expr, sets [][]bool, eval *expr.Context) *Expand {
	return &Expand{keys: keys, sets: sets, eval: eval}
}

// Process emits the rows once for each set.
func (e *Expand) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	keys := make([]batch.Column, len(e.keys))
	for i, key := range e.keys {
		var err error
		if keys[i], err = key.Eval(e.eval, b); err != nil {
			return err
		}
	}
	for number, set := range e.sets {
		columns := slices.Grow(slices.Clone(b.Columns), len(keys)+1)
		for i, key := range keys {
			if !set[i] {
				key = expr.Repeat(nil, e.keys[i].Type(), b.Rows())
			}
			columns = append(columns, key)
		}
		columns = append(columns, expr.Repeat(int64(number), types.RequiredBigInt, b.Rows()))
		expanded := batch.New(b.Rows(), columns...)
		expanded.Changes = b.Changes
		if err := out.Emit(ctx, expanded); err != nil {
			return err
		}
	}
	return nil
}
