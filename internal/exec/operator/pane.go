package operator

import (
	"math"

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
	version      uint64      // of the contents, see state.Segment
}

// distinct is the values that each group has seen.
type distinct struct {
	call    *expr.Aggregate
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
			p.distinct[i] = newDistinct(aggregate)
		}
	}
	return p
}

// newDistinct returns the values of a DISTINCT aggregate before any group has seen one.
func newDistinct(call *expr.Aggregate) *distinct {
	return &distinct{
		call: call, pairs: state.NewTable(), encoder: state.NewEncoder([]types.Type{types.Of(types.Int), call.DistinctType()}),
	}
}

// add adds rows from, from+1, ... to groups.
func (p *pane) add(groups []uint32, in *inputs, from int) error {
	for i, accumulator := range p.accumulators {
		accumulator.Resize(p.table.Len())
		valid := in.valid[i]
		if p.distinct[i] != nil {
			valid = p.distinct[i].firstSeen(groups, p.distinct[i].call.DistinctValues(in.args[i]), valid, from)
		}
		if err := accumulator.Add(groups, in.args[i], valid, from); err != nil {
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
		if p.distinct[i] != nil {
			done, err := p.mergeDistinct(i, from.distinct[i], taken, groups)
			if err != nil {
				return err
			}
			if done {
				continue
			}
		}
		for at, group := range taken {
			if err := accumulator.Merge(from.accumulators[i], group, groups[at]); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeDistinct adds the values of another pane that groups here have not seen: taken are the groups
// there, groups those here. It returns false if they are noted but the groups still have to be merged.
func (p *pane) mergeDistinct(i int, from *distinct, taken, groups []uint32) (done bool, err error) {
	const left = math.MaxUint32
	columns := from.pairs.Columns(from.encoder)
	numbers := batch.Values[int32](columns[0])
	highest := int32(-1)
	for _, number := range numbers {
		highest = max(highest, number)
	}
	here := make([]uint32, highest+1)
	for group := range here {
		here[group] = left
	}
	for at, group := range taken {
		if int(group) < len(here) {
			here[group] = groups[at]
		}
	}
	var rows []int32
	var moved []uint32
	for row, number := range numbers {
		if here[number] != left {
			rows, moved = append(rows, int32(row)), append(moved, here[number])
		}
	}
	values := columns[1].Gather(rows)
	valid := p.distinct[i].firstSeen(moved, values, nil, 0)
	if from.call.KeepsRows() {
		return false, nil // the pairs have no order
	}
	return true, p.accumulators[i].Add(moved, values, valid, 0)
}

// freeze returns what writes the pane as it is.
func (p *pane) freeze() func(w *state.Writer) {
	table := p.table.Freeze()
	columns := make([][]batch.Column, len(p.accumulators))
	pairs := make([]*state.FrozenTable, len(p.distinct))
	for i, accumulator := range p.accumulators {
		columns[i] = accumulator.State(p.table.Len())
		if p.distinct[i] != nil {
			frozen := p.distinct[i].pairs.Freeze()
			pairs[i] = &frozen
		}
	}
	return func(w *state.Writer) {
		w.Table(table)
		for i := range columns {
			w.Columns(columns[i])
			if pairs[i] != nil {
				w.Table(*pairs[i])
			}
		}
	}
}

// readPane reads what freeze has written.
func readPane(r *state.Reader, aggregates []*expr.Aggregate) (*pane, error) {
	p := newPane(aggregates)
	p.table = r.Table()
	for i, accumulator := range p.accumulators {
		columns := r.Columns(p.table.Len())
		if p.distinct[i] != nil {
			p.distinct[i].pairs = r.Table()
		}
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
