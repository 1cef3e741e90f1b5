package operator

import (
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
)

// saved is the state of an operator with partitions and a history, as columns: so that the partitions
// that a task owns can be chosen, and states of several tasks put one after the other.
type saved struct {
	table     *state.Table
	positions []batch.Column // by partition: positions in the history
	groups    []batch.Column // by partition: anything else
	links     []batch.Column // by row of the history: positions in it
	rows      []batch.Column // by row of the history: anything else
}

// columnsState is the columns of a part of an operator, in the same sense. It shares nothing that
// changes.
type columnsState struct{ positions, groups, links, rows []batch.Column }

func (c *columnsState) add(d columnsState) {
	c.positions, c.groups = append(c.positions, d.positions...), append(c.groups, d.groups...)
	c.links, c.rows = append(c.links, d.links...), append(c.rows, d.rows...)
}

// take returns the first columns of s, as many of each kind as like has, and removes them.
func (s *saved) take(like columnsState) (columnsState, error) {
	var out columnsState
	for _, part := range []struct {
		from, to *[]batch.Column
		n        int
	}{
		{&s.positions, &out.positions, len(like.positions)},
		{&s.groups, &out.groups, len(like.groups)},
		{&s.links, &out.links, len(like.links)},
		{&s.rows, &out.rows, len(like.rows)},
	} {
		if len(*part.from) < part.n {
			return out, state.Damaged("columns of the state are missing")
		}
		*part.to, *part.from = (*part.from)[:part.n], (*part.from)[part.n:]
	}
	return out, nil
}

// done fails if columns are left.
func (s *saved) done() error {
	if len(s.positions)+len(s.groups)+len(s.links)+len(s.rows) > 0 {
		return state.Damaged("the state has too many columns")
	}
	return nil
}

// numbers returns a copy of values as a column.
func numbers[T batch.Value](values []T) batch.Column {
	return batch.NewFixed(slices.Clone(values), nil)
}

// values returns what numbers stored, as memory of its own.
func values[T batch.Value](c batch.Column) ([]T, error) {
	column, ok := c.(*batch.Fixed[T])
	if !ok {
		return nil, state.Damaged("a column of the state has another type")
	}
	return slices.Clone(column.Values), nil
}

// writeSaved writes the state of partitions.
func writeSaved(w *state.Writer, table state.FrozenTable, rows int, c columnsState) {
	w.Table(table)
	if table.Len() == 0 {
		return
	}
	w.Uint(uint64(rows))
	for _, columns := range [][]batch.Column{c.positions, c.groups, c.links, c.rows} {
		w.Columns(columns)
	}
}

// readSaved reads the state of partitions, and keeps those whose hash is owned; the rows of the others
// stay until the next sweep.
func readSaved(r *state.Reader, owns func(hash uint64) bool, into *saved) error {
	table := r.Table()
	groups := table.Len()
	if groups == 0 {
		return r.Err()
	}
	rows := r.Count(0)
	part := saved{positions: r.Columns(groups), groups: r.Columns(groups), links: r.Columns(rows), rows: r.Columns(rows)}
	if err := r.Err(); err != nil {
		return err
	}
	base, first := 0, into.table == nil
	if first {
		into.table = state.NewTable()
	} else if len(into.links) > 0 {
		base = into.links[0].Len()
	}
	owned := []int32{}
	for group := range table.Len() {
		if owns(table.Hash(uint32(group))) {
			owned = append(owned, int32(group))
			into.table.Copy(table, uint32(group))
		}
	}
	if err := shifted(part.positions, owned, rows, base); err != nil {
		return err
	}
	if err := shifted(part.links, nil, rows, base); err != nil {
		return err
	}
	for i, column := range part.groups {
		part.groups[i] = column.Gather(owned)
	}
	for _, columns := range []struct {
		all  *[]batch.Column
		more []batch.Column
	}{{&into.positions, part.positions}, {&into.groups, part.groups}, {&into.links, part.links}, {&into.rows, part.rows}} {
		if first {
			*columns.all = make([]batch.Column, len(columns.more))
		}
		if len(*columns.all) != len(columns.more) {
			return state.Damaged("tasks have saved different states")
		}
		for i, more := range columns.more {
			(*columns.all)[i] = batch.Append((*columns.all)[i], more)
		}
	}
	return nil
}

// shifted moves positions by base in place: of the chosen rows of the columns, or of all.
func shifted(columns []batch.Column, chosen []int32, rows, base int) error {
	for i, column := range columns {
		if chosen != nil {
			column = column.Gather(chosen)
		}
		at, err := values[int32](column)
		if err != nil {
			return err
		}
		for j, position := range at {
			if position < none || int(position) >= rows {
				return state.Damaged("a position is outside of the history")
			}
			if position != none {
				at[j] = position + int32(base)
			}
		}
		columns[i] = batch.NewFixed(at, nil)
	}
	return nil
}

// frozen returns a column that shares with c, which only grows, what does not change any more.
func frozen(c batch.Column) batch.Column {
	switch c.(type) {
	case *batch.List, *batch.Struct: // their items are columns that grow
		all := make([]int32, c.Len())
		for i := range all {
			all[i] = int32(i)
		}
		return c.Gather(all)
	}
	return c.WithValid(slices.Clone(c.Valid()))
}

// state returns the rows.
func (h *history) state() columnsState {
	c := columnsState{
		positions: []batch.Column{numbers(h.newest)}, links: []batch.Column{numbers(h.next)},
		rows: []batch.Column{batch.NewFixed(slices.Clip(h.times), nil)},
	}
	for _, column := range h.columns {
		c.rows = append(c.rows, frozen(column))
	}
	return c
}

// load takes over what state returned.
func (h *history) load(c columnsState) (err error) {
	if h.newest, err = values[int32](c.positions[0]); err != nil {
		return err
	}
	if h.next, err = values[int32](c.links[0]); err != nil {
		return err
	}
	if h.times, err = values[int64](c.rows[0]); err != nil {
		return err
	}
	h.columns = nil
	if len(c.rows) > 1 {
		h.columns = slices.Clone(c.rows[1:])
	}
	return nil
}

// Names of the segments of operators whose rows wait: the rows, and the partitions.
const (
	segmentWaiting    = "waiting"
	segmentPartitions = "partitions"
)

// snapshot freezes the rows that wait.
func (p *pending) snapshot(into *state.Snapshot) {
	into.Add(segmentWaiting, p.version, func() func(w *state.Writer) {
		watermark, parts := p.watermark, slices.Clone(p.parts)
		slices.SortFunc(parts, func(a, b part) int { return a.seq - b.seq })
		return func(w *state.Writer) {
			w.Int(watermark)
			w.Uint(uint64(len(parts)))
			for _, t := range parts {
				rows := t.rows
				if t.order != nil {
					rows = rows.Gather(t.order[t.next:])
				}
				w.Uint(uint64(rows.Rows()))
				w.Columns(rows.Columns)
			}
		}
	})
}

// restore takes over the rows that wait. owned returns those of a batch that the task owns.
func (p *pending) restore(r *state.Reader, owned func(b *batch.Batch) (*batch.Batch, error)) error {
	watermark := r.Int()
	var parts []*batch.Batch
	for range r.Count(1) {
		rows := r.Count(0)
		parts = append(parts, batch.New(rows, r.Columns(rows)...))
	}
	if err := r.Err(); err != nil {
		return err
	}
	p.watermark = batch.MinWatermark // what waited was not late
	for _, part := range parts {
		if p.time >= len(part.Columns) {
			return state.Damaged("waiting rows have no time")
		}
		rows, err := owned(part)
		if err != nil {
			return err
		}
		p.add(rows)
	}
	p.watermark = watermark
	return nil
}

// ownedRows returns a function that picks the rows of the keys that a task owns.
func ownedRows(from *state.Restored, keysOf func(b *batch.Batch) (*state.Keys, error)) func(b *batch.Batch) (*batch.Batch, error) {
	return func(b *batch.Batch) (*batch.Batch, error) {
		keys, err := keysOf(b)
		if err != nil {
			return nil, err
		}
		var rows []int32
		for row, hash := range keys.Hashes[:b.Rows()] {
			if !keys.Present.Get(row) {
				hash = 0
			}
			if from.Owns(hash) {
				rows = append(rows, int32(row))
			}
		}
		return b.Gather(rows), nil
	}
}
