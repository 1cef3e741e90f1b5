package operator

import (
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
)

// State is the rows that wait, and the partitions with what their frames need.
func (o *Over) State() Stateful { return o }

// Snapshot freezes the rows that wait as one segment and everything else as another.
func (o *Over) Snapshot(into *state.Snapshot) {
	o.pending.snapshot(into)
	into.Add(segmentPartitions, o.version, func() func(w *state.Writer) {
		o.resize()
		table, rows, columns := o.table.Freeze(), o.history.rows(), o.columnsState()
		return func(w *state.Writer) { writeSaved(w, table, rows, columns) }
	})
}

// resize makes room for all partitions.
func (o *Over) resize() {
	groups := o.table.Len()
	o.history.resize(groups)
	for _, f := range o.frames {
		f.resize(groups)
	}
	for _, call := range o.calls {
		call.kernel.resize(groups)
	}
}

func (o *Over) columnsState() columnsState {
	c := o.history.state()
	for _, f := range o.frames {
		c.add(f.state())
	}
	for _, call := range o.calls {
		c.add(call.kernel.state())
	}
	return c
}

// Restore takes over the rows and partitions of owned keys.
func (o *Over) Restore(from *state.Restored) error {
	o.version, o.pending.version = from.NextVersion(), from.NextVersion()
	var all saved
	err := from.Each(func(s state.Stored, data *state.Reader) error {
		switch s.Name {
		case segmentWaiting:
			return o.pending.restore(data, ownedRows(from, func(b *batch.Batch) (*state.Keys, error) {
				return encodeKeys(o.cfg.Keys, o.encoder, o.cfg.Eval, b)
			}))
		case segmentPartitions:
			return readSaved(data, from.Owns, &all)
		}
		return state.Damaged("OVER has no segments of this name")
	})
	if err != nil || all.table == nil {
		return err
	}
	if err := o.load(&all); err != nil {
		return err
	}
	return o.apply(o.live())
}

// load takes over the state of partitions.
func (o *Over) load(all *saved) error {
	like := o.history.state()
	for range o.columns {
		like.rows = append(like.rows, nil)
	}
	c, err := all.take(like)
	if err != nil {
		return err
	}
	o.table = all.table
	if err := o.history.load(c); err != nil {
		return err
	}
	for _, f := range o.frames {
		if c, err = all.take(f.state()); err == nil {
			err = f.load(c)
		}
		if err != nil {
			return err
		}
	}
	for _, call := range o.calls {
		if c, err = all.take(call.kernel.state()); err == nil {
			err = call.kernel.load(c)
		}
		if err != nil {
			return err
		}
	}
	return all.done()
}

func (f *frame) state() columnsState {
	return columnsState{positions: []batch.Column{numbers(f.tail)}, groups: []batch.Column{numbers(f.size)}}
}

func (f *frame) load(c columnsState) (err error) {
	if f.tail, err = values[int32](c.positions[0]); err == nil {
		f.size, err = values[int32](c.groups[0])
	}
	return err
}

func (k *countKernel) state() columnsState {
	return columnsState{groups: []batch.Column{numbers(k.counts)}}
}

func (k *countKernel) load(c columnsState) (err error) {
	k.counts, err = values[int64](c.groups[0])
	return err
}

func (k *rankKernel) state() columnsState {
	var columns [4][]int64
	for i := range columns {
		columns[i] = make([]int64, len(k.places))
	}
	for i, p := range k.places {
		columns[0][i], columns[1][i], columns[2][i], columns[3][i] = p.last, p.rows, p.rank, p.tier
	}
	return columnsState{groups: fixedColumns(columns[:])}
}

func fixedColumns[T batch.Value](all [][]T) []batch.Column {
	out := make([]batch.Column, len(all))
	for i, values := range all {
		out[i] = batch.NewFixed(values, nil)
	}
	return out
}

func (k *rankKernel) load(c columnsState) error {
	columns, err := allValues[int64](c.groups)
	if err != nil {
		return err
	}
	k.places = make([]place, len(columns[0]))
	for i := range k.places {
		k.places[i] = place{columns[0][i], columns[1][i], columns[2][i], columns[3][i]}
	}
	return nil
}

func allValues[T batch.Value](columns []batch.Column) ([][]T, error) {
	out := make([][]T, len(columns))
	for i, column := range columns {
		var err error
		if out[i], err = values[T](column); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (k *sumKernel[T]) state() columnsState {
	var columns [3][]int64
	for i := range columns {
		columns[i] = make([]int64, len(k.totals))
	}
	for i, t := range k.totals {
		columns[0][i], columns[1][i], columns[2][i] = t.high, int64(t.low), t.count
	}
	return columnsState{groups: fixedColumns(columns[:])}
}

func (k *sumKernel[T]) load(c columnsState) error {
	columns, err := allValues[int64](c.groups)
	if err != nil {
		return err
	}
	k.totals = make([]total, len(columns[0]))
	for i := range k.totals {
		k.totals[i] = total{columns[0][i], uint64(columns[1][i]), columns[2][i]}
	}
	return nil
}

func (k *foldKernel[T, S]) state() columnsState {
	n := len(k.frames)
	backs, counts, mids, newest := make([]S, n), make([]int64, n), make([]int32, n), make([]int32, n)
	for i, f := range k.frames {
		backs[i], counts[i], mids[i], newest[i] = f.back, f.count, f.mid, f.newest
	}
	c := columnsState{groups: []batch.Column{batch.NewFixed(backs, nil), batch.NewFixed(counts, nil)}}
	if !k.bounded { // nothing is ever left behind
		return c
	}
	c.positions, c.rows = fixedColumns([][]int32{mids, newest}), []batch.Column{numbers(k.suffix)}
	return c
}

func (k *foldKernel[T, S]) load(c columnsState) error {
	backs, err := values[S](c.groups[0])
	if err != nil {
		return err
	}
	counts, err := values[int64](c.groups[1])
	if err != nil {
		return err
	}
	k.frames = make([]folded[S], len(backs))
	for i := range k.frames {
		k.frames[i] = folded[S]{back: backs[i], count: counts[i], mid: none, newest: none}
	}
	if !k.bounded {
		return nil
	}
	positions, err := allValues[int32](c.positions)
	if err != nil {
		return err
	}
	for i := range k.frames {
		k.frames[i].mid, k.frames[i].newest = positions[0][i], positions[1][i]
	}
	k.suffix, err = values[S](c.rows[0])
	return err
}

func (k *runningKernel) state() columnsState {
	c := columnsState{groups: k.accumulator.State(k.groups)}
	if k.distinct != nil {
		c.groups = append(c.groups, k.distinct.byGroup(k.groups))
	}
	return c
}

// byGroup returns the values that each group has seen, as lists.
func (d *distinct) byGroup(groups int) batch.Column {
	columns := d.pairs.Columns(d.encoder)
	owners := batch.Values[int32](columns[0])
	offsets, order := make([]int32, groups+1), make([]int32, len(owners))
	for _, group := range owners {
		offsets[group+1]++
	}
	for i := range groups {
		offsets[i+1] += offsets[i]
	}
	next := slices.Clone(offsets)
	for row, group := range owners {
		order[next[group]] = int32(row)
		next[group]++
	}
	return batch.NewList(offsets, columns[1].Gather(order), nil)
}

func (k *runningKernel) load(c columnsState) error {
	columns := c.groups
	if k.distinct != nil {
		list, ok := columns[len(columns)-1].(*batch.List)
		if !ok {
			return state.Damaged("DISTINCT has no values")
		}
		var owners []uint32
		for group := range list.Len() {
			for from, to := list.Range(group); from < to; from++ {
				owners = append(owners, uint32(group))
			}
		}
		k.distinct = newDistinct(k.call)
		k.distinct.firstSeen(owners, list.Items, nil, 0)
		columns = columns[:len(columns)-1]
	}
	k.groups = 0
	if len(c.groups) > 0 {
		k.groups = c.groups[0].Len()
	}
	return k.accumulator.Load(columns)
}

func (k *stackKernel) state() columnsState {
	mids, newest := make([]int32, len(k.frames)), make([]int32, len(k.frames))
	for i, f := range k.frames {
		mids[i], newest[i] = f.mid, f.newest
	}
	return columnsState{
		positions: fixedColumns([][]int32{mids, newest}), rows: slices.Concat(k.front.State(k.rows), k.back.State(k.rows)),
	}
}

func (k *stackKernel) load(c columnsState) error {
	positions, err := allValues[int32](c.positions)
	if err != nil {
		return err
	}
	k.frames = make([]stack, len(positions[0]))
	for i := range k.frames {
		k.frames[i] = stack{positions[0][i], positions[1][i]}
	}
	k.rows = c.rows[0].Len()
	half := len(c.rows) / 2
	if err := k.front.Load(c.rows[:half]); err != nil {
		return err
	}
	return k.back.Load(c.rows[half:])
}

func (k *againKernel) state() columnsState {
	return columnsState{positions: []batch.Column{numbers(k.newest)}}
}

func (k *againKernel) load(c columnsState) (err error) {
	k.newest, err = values[int32](c.positions[0])
	return err
}

func (k *valueKernel) state() columnsState {
	return columnsState{positions: []batch.Column{numbers(k.at)}, groups: []batch.Column{numbers(k.rows)}}
}

func (k *valueKernel) load(c columnsState) (err error) {
	if k.at, err = values[int32](c.positions[0]); err == nil {
		k.rows, err = values[int64](c.groups[0])
	}
	return err
}
