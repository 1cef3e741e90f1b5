package operator

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
)

// pane is the groups of the rows of a stretch of time.
type pane struct {
	table        *state.Table
	accumulators []expr.Accumulator
	version      uint64 // of the contents, see state.Segment
}

// newPane returns an empty pane with room for about so many groups.
func newPane(aggregates []*expr.Aggregate, groups int) *pane {
	p := &pane{table: state.NewTableFor(groups), accumulators: newAccumulators(aggregates)}
	for _, accumulator := range p.accumulators {
		accumulator.Resize(groups)
	}
	return p
}

// add adds rows from, from+1, ... to groups.
func (p *pane) add(groups []uint32, in *inputs, from int) error {
	for i, accumulator := range p.accumulators {
		accumulator.Resize(p.table.Len())
		if err := accumulator.Add(groups, in.args[i], in.valid[i], from); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the groups of another pane, which stays as it is.
func (p *pane) merge(from *pane) error {
	return p.mergeWhere(from, func(uint64) bool { return true })
}

// mergeWhere adds the groups of another pane whose keys have hashes that are to be taken.
func (p *pane) mergeWhere(from *pane, take func(hash uint64) bool) error {
	var taken, groups []uint32 // there, here
	for group := range uint32(from.table.Len()) {
		if take(from.table.Hash(group)) {
			taken, groups = append(taken, group), append(groups, p.table.Copy(from.table, group))
		}
	}
	for i, accumulator := range p.accumulators {
		accumulator.Resize(p.table.Len())
		if err := mergeGroups(accumulator, from.accumulators[i], taken, groups); err != nil {
			return err
		}
	}
	return nil
}

// freeze returns what writes the pane as it is.
func (p *pane) freeze() func(w *state.Writer) {
	table := p.table.Freeze()
	columns := make([][]batch.Column, len(p.accumulators))
	for i, accumulator := range p.accumulators {
		columns[i] = accumulator.State(p.table.Len())
	}
	return func(w *state.Writer) {
		w.Table(table)
		for _, c := range columns {
			w.Columns(c)
		}
	}
}

// readPane reads what freeze has written.
func readPane(r *state.Reader, aggregates []*expr.Aggregate) (*pane, error) {
	p := newPane(aggregates, 0)
	p.table = r.Table()
	for _, accumulator := range p.accumulators {
		columns := r.Columns(p.table.Len())
		if err := r.Err(); err != nil {
			return nil, err
		}
		if err := accumulator.Load(columns); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *pane) size() int {
	size := p.table.Size()
	for _, accumulator := range p.accumulators {
		size += accumulator.Size()
	}
	return size
}
