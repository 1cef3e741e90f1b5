package operator

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
)

// RankConfig says what a Rank computes.
type RankConfig struct {
	End   int   // position of the column of the window's end
	Tick  int64 // smallest step of the event time, in microseconds
	Keys  []expr.Expr
	Order []expr.SortKey
	Kinds []expr.WindowKind // of RowNumber, Rank and DenseRank, a column each
	Limit int64             // rows of a partition that are kept, the first of the order; 0: all
	Eval  *expr.Context
	Late  *atomic.Int64 // counts rows that came after their window was complete, or have none
}

// Rank numbers the rows of each partition of a window. Rows of windows that have not ended are kept,
// one rankPane for each end; with a limit, no more of a partition than that.
type Rank struct {
	cfg       RankConfig
	encoder   *state.Encoder
	panes     map[int64]*rankPane // by end
	watermark int64
	version   uint64

	group []uint32 // scratch
}

// rankPane is the rows of the windows that end at one time.
type rankPane struct {
	table   *state.Table // partitions
	rows    []batch.Column
	keys    sortKeys  // by row
	order   [][]int32 // by partition: its rows; with a limit, in their order
	live    int       // rows in order
	added   []int32   // rows of the current batch that were taken
	version uint64
}

// NewRank returns an operator without rows.
func NewRank(cfg RankConfig) *Rank {
	return &Rank{cfg: cfg, encoder: newEncoder(cfg.Keys), panes: map[int64]*rankPane{}, watermark: batch.MinWatermark}
}

// Process keeps rows. It emits nothing.
func (r *Rank) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	keys, err := encodeKeys(r.cfg.Keys, r.encoder, r.cfg.Eval, b)
	if err != nil {
		return err
	}
	var order sortKeys
	if err := encodeSortKeys(r.cfg.Order, r.cfg.Eval, b, &order); err != nil {
		return err
	}
	ends, valid := batch.Values[int64](b.Columns[r.cfg.End]), b.Columns[r.cfg.End].Valid()
	var touched []*rankPane
	for row := range b.Rows() {
		if !valid.Get(row) || ends[row]-r.cfg.Tick <= r.watermark {
			r.cfg.Late.Add(1)
			continue
		}
		p := r.panes[ends[row]]
		if p == nil {
			p = &rankPane{table: state.NewTable()}
			r.panes[ends[row]] = p
		}
		r.group = p.table.Groups(keys, row, row+1, r.group[:0])
		p.order = extended(p.order, p.table.Len(), nil)
		if p.offer(r.group[0], order.at(row), int(r.cfg.Limit)) {
			if len(p.added) == 0 {
				touched = append(touched, p)
			}
			p.added = append(p.added, int32(row))
		}
	}
	for _, p := range touched {
		p.append(b)
		r.version++
		p.version = r.version
	}
	return nil
}

// offer takes a row of a partition, unless there are limit rows before it; the row itself follows.
func (p *rankPane) offer(group uint32, key []byte, limit int) bool {
	rows := p.order[group]
	at := len(rows)
	if limit > 0 {
		at, _ = slices.BinarySearchFunc(rows, key, func(row int32, key []byte) int {
			if bytes.Compare(p.keys.at(int(row)), key) <= 0 { // of equal rows the first one stays before
				return -1
			}
			return 1
		})
		if at == limit {
			return false
		}
		if len(rows) == limit {
			rows = rows[:limit-1]
			p.live--
		}
	}
	p.order[group] = slices.Insert(rows, at, int32(p.keys.rows()))
	p.keys.add(key)
	p.live++
	return true
}

// append adds the rows that were taken of a batch, and drops those that fell out of the limit once they
// are the most.
func (p *rankPane) append(b *batch.Batch) {
	if p.rows == nil {
		p.rows = make([]batch.Column, len(b.Columns))
	}
	for i, column := range b.Columns {
		p.rows[i] = batch.AppendRows(p.rows[i], column, p.added)
	}
	p.added = p.added[:0]
	if p.keys.rows() <= 2*p.live+sweepRows {
		return
	}
	kept := p.kept()
	moved := make([]int32, p.keys.rows())
	for i, row := range kept {
		moved[row] = int32(i)
	}
	for i, column := range p.rows {
		p.rows[i] = column.Gather(kept)
	}
	p.keys = p.keys.picked(kept)
	for _, rows := range p.order {
		for i, row := range rows {
			rows[i] = moved[row]
		}
	}
}

// kept returns the rows that are in the order of a partition, as they came.
func (p *rankPane) kept() []int32 {
	kept := make([]int32, 0, p.live)
	for _, rows := range p.order {
		kept = append(kept, rows...)
	}
	slices.Sort(kept)
	return kept
}

// Advance emits the rows of the windows that the watermark completes, oldest first.
func (r *Rank) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	if wm.Idle || wm.Time <= r.watermark {
		return nil
	}
	r.watermark = wm.Time
	for _, end := range slices.Sorted(maps.Keys(r.panes)) {
		if end-r.cfg.Tick > wm.Time {
			break
		}
		if err := out.Emit(ctx, r.panes[end].result(r.cfg)); err != nil {
			return err
		}
		delete(r.panes, end)
	}
	return nil
}

// result returns the rows of all partitions with their numbers.
func (p *rankPane) result(cfg RankConfig) *batch.Batch {
	rows, numbers := make([]int32, 0, p.live), make([][]int64, len(cfg.Kinds))
	for _, partition := range p.order {
		if cfg.Limit == 0 {
			slices.SortStableFunc(partition, p.keys.compare)
		}
		rank, tier := int64(0), int64(0)
		for i, row := range partition {
			if i == 0 || p.keys.compare(partition[i-1], row) != 0 {
				rank, tier = int64(i+1), tier+1
			}
			for k, kind := range cfg.Kinds {
				numbers[k] = append(numbers[k], numberOf(kind, int64(i+1), rank, tier))
			}
		}
		rows = append(rows, partition...)
	}
	columns := make([]batch.Column, 0, len(p.rows)+len(numbers))
	for _, column := range p.rows {
		columns = append(columns, column.Gather(rows))
	}
	for _, column := range numbers {
		columns = append(columns, batch.NewFixed(column, nil))
	}
	return batch.New(len(rows), columns...)
}

// numberOf picks what a function gives a row.
func numberOf(kind expr.WindowKind, number, rank, tier int64) int64 {
	switch kind { //nolint:exhaustive // the others do not rank
	case expr.RowNumber:
		return number
	case expr.Rank:
		return rank
	}
	return tier
}

// State is the rows of open windows.
func (r *Rank) State() Stateful { return r }

// Snapshot freezes the windows that have changed: their rows, as they came.
func (r *Rank) Snapshot(into *state.Snapshot) {
	r.version++
	into.Add(segmentClock, r.version, freezeNumber(r.watermark))
	for _, end := range slices.Sorted(maps.Keys(r.panes)) {
		p := r.panes[end]
		into.Add(segmentPane+strconv.FormatInt(end, 10), p.version, func() func(w *state.Writer) {
			kept := p.kept()
			columns := make([]batch.Column, len(p.rows))
			for i, column := range p.rows {
				columns[i] = column.Gather(kept)
			}
			return func(w *state.Writer) {
				w.Uint(uint64(len(kept)))
				w.Columns(columns)
			}
		})
	}
}

// Restore takes over the rows of owned keys.
func (r *Rank) Restore(from *state.Restored) error {
	r.version = from.NextVersion()
	watermark := int64(batch.MinWatermark)
	err := from.Each(func(s state.Stored, data *state.Reader) error {
		if s.Name == segmentClock {
			watermark = data.Int()
			return data.Err()
		}
		if !strings.HasPrefix(s.Name, segmentPane) {
			return state.Damaged("no ranking has segments of this name")
		}
		rows := data.Count(0)
		b := batch.New(rows, data.Columns(rows)...)
		if err := data.Err(); err != nil {
			return err
		}
		if r.cfg.End >= len(b.Columns) {
			return state.Damaged("rows of a window have no end")
		}
		owned, err := ownedRows(from, func(b *batch.Batch) (*state.Keys, error) {
			return encodeKeys(r.cfg.Keys, r.encoder, r.cfg.Eval, b)
		})(b)
		if err != nil {
			return err
		}
		return r.Process(context.Background(), owned, nil)
	})
	r.watermark = watermark
	return err
}

// Size is the memory that the rows take, in bytes.
func (r *Rank) Size() int {
	size := 0
	for _, p := range r.panes {
		size += p.table.Size() + p.keys.size() + 4*p.live
		for _, column := range p.rows {
			size += column.Size()
		}
	}
	return size
}
