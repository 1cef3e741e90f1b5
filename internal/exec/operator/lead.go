package operator

import (
	"context"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
)

// Lead adds to every row values of later rows of its partition: a row waits until the watermark passes
// its time, and then for as many rows of its partition as the calls look ahead. At the end of the
// input the rows that are left get the defaults.
type Lead struct {
	cfg     OverConfig // all calls are of LEAD
	pending *pending
	encoder *state.Encoder
	table   *state.Table // partitions
	// history has the rows that wait: their columns, then value and default of each call.
	history  history
	width    int // columns of the rows themselves
	farthest int64
	oldest   []int32   // by partition: the first row that waits; none: no row does
	waiting  []int64   // by partition: rows that wait
	ahead    [][]int32 // by call and partition: the row that the oldest looks ahead to; none: not there yet

	version uint64

	groups []uint32 // scratch
}

// NewLead returns an operator without rows.
func NewLead(cfg OverConfig) *Lead {
	l := &Lead{
		cfg: cfg, pending: newPending(cfg.Time, cfg.Late), encoder: newEncoder(cfg.Keys), table: state.NewTable(),
		ahead: make([][]int32, len(cfg.Calls)),
	}
	for _, call := range cfg.Calls {
		l.farthest = max(l.farthest, call.Offset)
	}
	return l
}

// Process takes rows. It emits nothing: they wait for the watermark.
func (l *Lead) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	l.pending.add(b)
	return nil
}

// Advance emits the rows whose later rows are known, or all if the input has ended.
func (l *Lead) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	err := l.pending.advance(wm, func(b *batch.Batch) error {
		rows, err := l.take(b)
		if err != nil || rows == nil {
			return err
		}
		return out.Emit(ctx, rows)
	})
	if err != nil || wm.Time != batch.MaxWatermark || wm.Idle {
		return err
	}
	if rows := l.rest(); rows != nil {
		return out.Emit(ctx, rows)
	}
	return nil
}

// take adds rows that come in the order of their time, and returns those that they complete.
func (l *Lead) take(b *batch.Batch) (*batch.Batch, error) {
	keys, err := encodeKeys(l.cfg.Keys, l.encoder, l.cfg.Eval, b)
	if err != nil {
		return nil, err
	}
	l.version++
	l.groups = l.table.Groups(keys, 0, b.Rows(), l.groups[:0])
	columns, err := l.columns(b)
	if err != nil {
		return nil, err
	}
	l.resize(l.table.Len())
	base := l.history.append(l.groups, batch.Values[int64](b.Columns[l.cfg.Time]), columns)
	done := newCompleted(len(l.cfg.Calls))
	for i, group := range l.groups {
		at := int32(base + i)
		if l.oldest[group] == none {
			l.oldest[group] = at
		}
		l.waiting[group]++
		for c, call := range l.cfg.Calls {
			if l.waiting[group] == call.Offset+1 {
				l.ahead[c][group] = at
			}
		}
		if l.waiting[group] > l.farthest {
			l.complete(group, done)
		}
	}
	rows := l.result(done)
	l.sweep()
	return rows, nil
}

func (l *Lead) resize(groups int) {
	l.history.resize(groups)
	l.oldest = extended(l.oldest, groups, none)
	l.waiting = extended(l.waiting, groups, 0)
	for c := range l.ahead {
		l.ahead[c] = extended(l.ahead[c], groups, none)
	}
}

// columns returns what the history keeps of rows.
func (l *Lead) columns(b *batch.Batch) ([]batch.Column, error) {
	columns := slices.Clone(b.Columns)
	l.width = len(columns)
	for _, call := range l.cfg.Calls {
		for _, e := range call.Exprs() {
			column, err := e.Eval(l.cfg.Eval, b)
			if err != nil {
				return nil, err
			}
			columns = append(columns, column)
		}
	}
	return columns, nil
}

// completed is rows that come out: their positions and, for each call, that of the row it looks at.
type completed struct {
	rows  []int32
	ahead [][]int32
}

func newCompleted(calls int) *completed { return &completed{ahead: make([][]int32, calls)} }

// complete lets the oldest row of a partition go.
func (l *Lead) complete(group uint32, done *completed) {
	oldest := l.oldest[group]
	done.rows = append(done.rows, oldest)
	for c := range l.ahead {
		at := l.ahead[c][group]
		done.ahead[c] = append(done.ahead[c], at)
		if at != none {
			l.ahead[c][group] = l.history.next[at]
		}
	}
	l.oldest[group] = l.history.next[oldest]
	l.waiting[group]--
}

// rest lets all rows go, in the order of their time.
func (l *Lead) rest() *batch.Batch {
	owners := make([]uint32, l.history.rows())
	waits := make([]bool, l.history.rows())
	for group, at := range l.oldest {
		for ; at != none; at = l.history.next[at] {
			owners[at], waits[at] = uint32(group), true
		}
	}
	done := newCompleted(len(l.cfg.Calls))
	for at, group := range owners {
		if waits[at] {
			l.complete(group, done)
		}
	}
	return l.result(done)
}

// result returns the rows that come out with the values that they looked ahead to.
func (l *Lead) result(done *completed) *batch.Batch {
	if len(done.rows) == 0 {
		return nil
	}
	columns := make([]batch.Column, 0, l.width+len(l.cfg.Calls))
	for _, column := range l.history.columns[:l.width] {
		columns = append(columns, column.Gather(done.rows))
	}
	at := l.width
	for c, call := range l.cfg.Calls {
		values := l.history.columns[at]
		at++
		if call.Default == nil {
			columns = append(columns, pick(values, done.ahead[c]))
			continue
		}
		columns = append(columns, pickOr(call, values, done.ahead[c], l.history.columns[at].Gather(done.rows)))
		at++
	}
	return batch.New(len(done.rows), columns...)
}

// sweep drops the rows that have come out, once they are more than half.
func (l *Lead) sweep() {
	if l.history.rows() <= 2*l.history.kept+sweepRows {
		return
	}
	s := &sweep{moved: make([]int32, l.history.rows())}
	for i := range s.moved {
		s.moved[i] = none
	}
	for group, at := range l.oldest {
		s.groups = append(s.groups, uint32(group))
		for ; at != none; at = l.history.next[at] {
			s.moved[at] = 0
		}
	}
	s.number()
	l.history.apply(s)
	l.oldest = s.positions(l.oldest)
	for c := range l.ahead {
		l.ahead[c] = s.positions(l.ahead[c])
	}
}

// Size is the memory that waiting rows and partitions take, in bytes.
func (l *Lead) Size() int {
	return l.pending.size() + l.table.Size() + l.history.size() + 12*cap(l.oldest) + 4*len(l.ahead)*cap(l.oldest)
}
