package operator

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
)

// State is the rows that wait, for the watermark and for later rows.
func (l *Lead) State() Stateful { return l }

// Snapshot freezes the rows that wait for the watermark as one segment, and those that wait for later
// rows as another.
func (l *Lead) Snapshot(into *state.Snapshot) {
	l.pending.snapshot(into)
	into.Add(segmentPartitions, l.version, func() func(w *state.Writer) {
		l.resize(l.table.Len())
		table, rows, columns := l.table.Freeze(), l.history.rows(), l.columnsState()
		return func(w *state.Writer) { writeSaved(w, table, rows, columns) }
	})
}

func (l *Lead) columnsState() columnsState {
	c := l.history.state()
	c.add(columnsState{positions: []batch.Column{numbers(l.oldest)}, groups: []batch.Column{numbers(l.waiting)}})
	for _, ahead := range l.ahead {
		c.positions = append(c.positions, numbers(ahead))
	}
	return c
}

// Restore takes over the rows of owned keys.
func (l *Lead) Restore(from *state.Restored) error {
	l.version, l.pending.version = from.NextVersion(), from.NextVersion()
	var all saved
	err := from.Each(func(s state.Stored, data *state.Reader) error {
		switch s.Name {
		case segmentWaiting:
			return l.pending.restore(data, ownedRows(from, func(b *batch.Batch) (*state.Keys, error) {
				return encodeKeys(l.cfg.Keys, l.encoder, l.cfg.Eval, b)
			}))
		case segmentPartitions:
			return readSaved(data, from.Owns, &all)
		}
		return state.Damaged("LEAD has no segments of this name")
	})
	if err != nil || all.table == nil {
		return err
	}
	return l.load(&all)
}

func (l *Lead) load(all *saved) error {
	l.table = all.table
	like := columnsState{positions: make([]batch.Column, 2+len(l.ahead)), groups: make([]batch.Column, 1), links: make([]batch.Column, 1), rows: all.rows}
	c, err := all.take(like)
	if err != nil {
		return err
	}
	if len(c.rows) == 0 {
		return state.Damaged("LEAD has no times")
	}
	if err := l.history.load(c); err != nil {
		return err
	}
	if l.oldest, err = values[int32](c.positions[1]); err != nil {
		return err
	}
	for i := range l.ahead {
		if l.ahead[i], err = values[int32](c.positions[2+i]); err != nil {
			return err
		}
	}
	if l.waiting, err = values[int64](c.groups[0]); err != nil {
		return err
	}
	kept := 0
	for _, call := range l.cfg.Calls {
		kept += len(call.Exprs())
	}
	l.width = max(0, len(l.history.columns)-kept)
	return all.done()
}
