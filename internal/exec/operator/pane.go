package operator

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// pane is the groups of the rows of a stretch of time.
type pane struct {
	table        *state.Table
	accumulators []expr.Accumulator
	distinct     []*distinct // per aggregate; nil: not DISTINCT
}

// distinct is the values that each group has seen.
type distinct struct {
	pairs   *state.Table // (group, value)
	encoder *state.Encoder
}

func newPane(aggregates []*expr.Aggregate) *pane {
	p := &pane{
		table:        state.NewTable(),
		accumulators: make([]expr.Accumulator, len(aggregates)),
		distinct:     make([]*distinct, len(aggregates)),
	}
	for i, aggregate := range aggregates {
		p.accumulators[i] = aggregate.New()
		if aggregate.Distinct {
			p.distinct[i] = &distinct{
				pairs:   state.NewTable(),
				encoder: state.NewEncoder([]types.Type{types.Of(types.Int), aggregate.Arg.Type()}),
			}
		}
	}
	return p
}

// add adds rows from, from+1, ... to groups.
func (p *pane) add(groups []uint32, in *inputs, from int) error {
	for i, accumulator := range p.accumulators {
		accumulator.Resize(p.table.Len())
		valid := in.valid[i]
		if p.distinct[i] != nil {
			valid = p.distinct[i].firstSeen(groups, in.args[i], valid, from)
		}
		if err := accumulator.Add(groups, in.args[i], valid, from); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the groups of another pane, which stays as it is.
func (p *pane) merge(from *pane) error {
	groups := p.table.Merge(from.table)
	for i, accumulator := range p.accumulators {
		accumulator.Resize(p.table.Len())
		if p.distinct[i] != nil {
			if err := p.mergeDistinct(i, from.distinct[i], groups); err != nil {
				return err
			}
			continue
		}
		for at, group := range groups {
			if err := accumulator.Merge(from.accumulators[i], uint32(at), group); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeDistinct adds the values of another pane that groups here have not seen.
func (p *pane) mergeDistinct(i int, from *distinct, groups []uint32) error {
	columns := from.pairs.Columns(from.encoder)
	numbers, values := batch.Values[int32](columns[0]), columns[1]
	moved := make([]uint32, len(numbers))
	for row, number := range numbers {
		moved[row] = groups[number]
	}
	valid := p.distinct[i].firstSeen(moved, values, nil, 0)
	return p.accumulators[i].Add(moved, values, valid, 0)
}

func (p *pane) size() int {
	size := p.table.Size()
	for i, accumulator := range p.accumulators {
		size += accumulator.Size()
		if p.distinct[i] != nil {
			size += p.distinct[i].pairs.Size()
		}
	}
	return size
}

// firstSeen returns which of the rows from, from+1, ... bring a value that their group did not have.
// The bitmap covers rows 0 to from+len(groups)-1.
func (d *distinct) firstSeen(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) batch.Bitmap {
	rows, numbers := make([]int32, 0, len(groups)), make([]int32, 0, len(groups))
	for i, group := range groups {
		if valid.Get(from + i) {
			rows, numbers = append(rows, int32(from+i)), append(numbers, int32(group))
		}
	}
	pairs := d.encoder.Encode([]batch.Column{batch.NewFixed(numbers, nil), arg.Gather(rows)}, len(rows))
	first := batch.NewBitmap(from + len(groups))
	var pair []uint32
	for i, row := range rows {
		before := d.pairs.Len()
		pair = d.pairs.Groups(pairs, i, i+1, pair[:0])
		if d.pairs.Len() > before {
			first.Set(int(row))
		}
	}
	return first
}
