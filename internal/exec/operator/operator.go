// Package operator is the runtime operators, one file each: filter, project, windows, aggregation.
//
// An operator turns batches and watermarks of one task into batches; it knows no goroutine, no
// channel and no plan. Package job makes operators from plans and calls them.
package operator

import (
	"context"
	"maps"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
)

// Operator is one step of a task. Its methods are called by one goroutine at a time, and an error
// from any of them ends the job.
type Operator interface {
	// Process takes rows and emits what they make ready. It may keep b, which nobody changes.
	Process(ctx context.Context, b *batch.Batch, out Emitter) error
	// Advance takes a watermark, which is never before the last one, and emits what it completes.
	// The caller passes the watermark on afterwards. An idle watermark completes nothing.
	Advance(ctx context.Context, wm batch.Watermark, out Emitter) error
	// State is what a checkpoint has to keep; nil: nothing.
	State() Stateful
}

// Stateful is an operator's state. Its methods are called by the goroutine of the operator.
type Stateful interface {
	// Snapshot freezes the state at a barrier. It returns soon, even if the state is large: arrays that
	// only grow are shared, the others copied, and everything is encoded later.
	Snapshot(into *state.Snapshot)
	// Restore takes over the keys that the task owns of what tasks have saved, perhaps more or fewer of
	// them. It is called once, before anything else.
	Restore(from *state.Restored) error
	// Size is the memory that the state takes, in bytes.
	Size() int
}

// Emitter is where an operator sends rows.
type Emitter interface {
	Emit(ctx context.Context, b *batch.Batch) error
}

// stateless is embedded by operators that watermarks do not concern.
type stateless struct{}

// Advance does nothing.
func (stateless) Advance(context.Context, batch.Watermark, Emitter) error { return nil }

// State is nil: nothing is kept from one batch to the next.
func (stateless) State() Stateful { return nil }

// Filter keeps the rows for which a predicate is true.
type Filter struct {
	stateless
	predicate expr.Expr
	eval      *expr.Context
}

// NewFilter returns a filter that evaluates predicate in the context of its task.
func NewFilter(predicate expr.Expr, eval *expr.Context) *Filter {
	return &Filter{predicate: predicate, eval: eval}
}

// Process emits the rows that pass.
func (f *Filter) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	column, err := f.predicate.Eval(f.eval, b)
	if err != nil {
		return err
	}
	rows := selected(column, b.Rows())
	switch len(rows) {
	case 0:
		return nil
	case b.Rows():
		return out.Emit(ctx, b)
	}
	return out.Emit(ctx, b.Gather(rows))
}

// selected returns the rows where a BOOLEAN column is true.
func selected(column batch.Column, n int) []int32 {
	values, valid := batch.Values[bool](column)[:n], column.Valid()
	rows := make([]int32, n)
	count := 0
	for i, v := range values { // without a branch on v, which no predictor could guess
		rows[count] = int32(i)
		keep := 0
		if v {
			keep = 1
		}
		count += keep
	}
	rows = rows[:count]
	if valid == nil {
		return rows
	}
	kept := rows[:0]
	for _, row := range rows {
		if valid.Get(int(row)) {
			kept = append(kept, row)
		}
	}
	return kept
}

// Project computes columns.
type Project struct {
	stateless
	exprs []expr.Expr
	eval  *expr.Context
}

// NewProject returns a projection that evaluates exprs in the context of its task.
func NewProject(exprs []expr.Expr, eval *expr.Context) *Project {
	return &Project{exprs: exprs, eval: eval}
}

// Process emits one row per row.
func (p *Project) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	projected, err := p.Apply(b)
	if err != nil {
		return err
	}
	return out.Emit(ctx, projected)
}

// Apply computes the columns for the rows of b.
func (p *Project) Apply(b *batch.Batch) (*batch.Batch, error) {
	columns := make([]batch.Column, len(p.exprs))
	for i, e := range p.exprs {
		var err error
		if columns[i], err = e.Eval(p.eval, b); err != nil {
			return nil, err
		}
	}
	out := batch.New(b.Rows(), columns...)
	out.Changes = b.Changes
	return out, nil
}

// FilterProject keeps the rows for which a predicate is true, and computes columns for them. Of the
// columns that only the predicate reads it takes no rows out.
type FilterProject struct {
	stateless
	predicate expr.Expr
	exprs     []expr.Expr // over the columns of used
	used      []int
	eval      *expr.Context
}

// NewFilterProject returns a filter and the projection behind it as one.
func NewFilterProject(predicate expr.Expr, exprs []expr.Expr, eval *expr.Context) *FilterProject {
	read := map[int]bool{}
	for _, e := range exprs {
		expr.Columns(e, read)
	}
	f := &FilterProject{predicate: predicate, used: slices.Sorted(maps.Keys(read)), eval: eval}
	positions := make(map[int]int, len(f.used))
	for i, column := range f.used {
		positions[column] = i
	}
	for _, e := range exprs {
		f.exprs = append(f.exprs, expr.Remap(e, positions))
	}
	return f
}

// Process emits the columns of the rows that pass.
func (f *FilterProject) Process(ctx context.Context, b *batch.Batch, out Emitter) error {
	column, err := f.predicate.Eval(f.eval, b)
	if err != nil {
		return err
	}
	rows := selected(column, b.Rows())
	if len(rows) == 0 {
		return nil
	}
	columns := make([]batch.Column, len(f.used))
	for i, at := range f.used {
		columns[i] = b.Columns[at]
	}
	passed := batch.New(b.Rows(), columns...)
	passed.Changes = b.Changes
	if len(rows) < b.Rows() {
		passed = passed.Gather(rows)
	}
	project := Project{exprs: f.exprs, eval: f.eval}
	return project.Process(ctx, passed, out)
}
