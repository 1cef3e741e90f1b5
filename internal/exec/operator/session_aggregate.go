package operator

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/expr"
)

// SessionAggregateConfig says what a SessionAggregate computes.
type SessionAggregateConfig struct {
	Time       int   // position of the event-time column
	Gap        int64 // microseconds without a row that end a session
	Tick       int64 // smallest step of the event time, in microseconds
	Keys       []expr.Expr
	Aggregates []*expr.Aggregate
	Eval       *expr.Context
	Late       *atomic.Int64 // counts rows that came after their session was emitted, or have no time
}

// SessionAggregate groups rows by session and keys: a session of a key lasts from its first row until
// Gap has passed without another. A row between two sessions that is near enough to both makes them
// one.
//
// Accumulators lie in arrays by session number. Numbers are not used again: once most sessions are
// over, the open ones move to new arrays.
type SessionAggregate struct {
	cfg          SessionAggregateConfig
	in           evaluator
	table        *state.Table // keys
	byKey        [][]uint32   // open sessions of each key
	sessions     []session
	accumulators []expr.Accumulator
	ends         sessionHeap // open sessions by an end that they have reached at least
	open         int
	watermark    int64
	version      uint64 // of the contents, see state.Segment

	keys   []uint32 // scratch: key of each row
	groups []uint32 // scratch: session of each row
}

// session is the time from start to end, which is Gap after its last row.
type session struct {
	key        uint32
	over       bool
	start, end int64
}

// NewSessionAggregate returns an aggregation without sessions.
func NewSessionAggregate(cfg SessionAggregateConfig) *SessionAggregate {
	a := &SessionAggregate{cfg: cfg, in: newEvaluator(cfg.Keys, cfg.Aggregates, cfg.Eval), watermark: batch.MinWatermark}
	a.clear()
	return a
}

func (a *SessionAggregate) clear() {
	a.table, a.byKey, a.sessions, a.ends, a.open = state.NewTable(), nil, nil, nil, 0
	a.accumulators = newAccumulators(a.cfg.Aggregates)
}

// merger is a session that became part of another.
type merger struct{ from, to uint32 }

// Process adds rows to their sessions. It emits nothing.
func (a *SessionAggregate) Process(_ context.Context, b *batch.Batch, _ Emitter) error {
	a.version++
	in, err := a.in.evaluate(b)
	if err != nil {
		return err
	}
	a.keys = a.table.Groups(in.keys, 0, b.Rows(), a.keys[:0])
	a.byKey = slices.Grow(a.byKey, a.table.Len()-len(a.byKey))[:a.table.Len()]
	times, valid := batch.Values[int64](b.Columns[a.cfg.Time]), b.Columns[a.cfg.Time].Valid()
	counted := batch.FullBitmap(b.Rows()) // rows that are not late
	a.groups = a.groups[:0]
	var merged []merger
	for row, key := range a.keys {
		number, ok := uint32(0), false
		if valid.Get(row) {
			number, merged, ok = a.session(key, times[row], merged)
		}
		if !ok {
			a.cfg.Late.Add(1)
			counted.Clear(row)
			number = 0
		}
		a.groups = append(a.groups, number)
	}
	return a.add(in, counted, merged)
}

// session returns the session that a row of a key at a time belongs to, and notes which ones it made
// one; false if the row is late.
func (a *SessionAggregate) session(key uint32, at int64, merged []merger) (uint32, []merger, bool) {
	start, end := at, at+a.cfg.Gap
	open := a.byKey[key]
	number, found := uint32(0), false
	for i := 0; i < len(open); {
		s := &a.sessions[open[i]]
		if s.start > end || s.end < start {
			i++
			continue
		}
		if !found {
			number, found = open[i], true
			s.start, s.end = min(s.start, start), max(s.end, end)
			start, end = s.start, s.end // the longer session may now reach others
			i++
			continue
		}
		kept := &a.sessions[number]
		kept.start, kept.end = min(kept.start, s.start), max(kept.end, s.end)
		start, end = kept.start, kept.end
		s.over = true
		a.open--
		merged = append(merged, merger{from: open[i], to: number})
		open = slices.Delete(open, i, i+1)
	}
	a.byKey[key] = open
	if found {
		return number, merged, true
	}
	if end-a.cfg.Tick <= a.watermark {
		return 0, merged, false
	}
	number = uint32(len(a.sessions))
	a.sessions = append(a.sessions, session{key: key, start: start, end: end})
	a.byKey[key] = append(open, number)
	a.open++
	a.ends.push(due{end: end, session: number})
	return number, merged, true
}

// add adds the rows to the accumulators of their sessions, and then sessions to those that they
// became part of.
func (a *SessionAggregate) add(in *inputs, counted batch.Bitmap, merged []merger) error {
	if len(a.sessions) == 0 {
		return nil
	}
	for i, accumulator := range a.accumulators {
		accumulator.Resize(len(a.sessions))
		if err := accumulator.Add(a.groups, in.args[i], batch.And(in.valid[i], counted), 0); err != nil {
			return err
		}
		for _, m := range merged {
			if err := accumulator.Merge(accumulator, m.from, m.to); err != nil {
				return err
			}
		}
	}
	return nil
}

// Advance emits the sessions that the watermark completes, in order of their ends.
func (a *SessionAggregate) Advance(ctx context.Context, wm batch.Watermark, out Emitter) error {
	if wm.Idle || wm.Time <= a.watermark {
		return nil
	}
	a.watermark = wm.Time
	a.version++
	var complete []uint32
	for len(a.ends) > 0 && a.ends[0].end-a.cfg.Tick <= wm.Time {
		next := a.ends.pop()
		s := &a.sessions[next.session]
		switch {
		case s.over: // part of another
		case s.end > next.end:
			a.ends.push(due{end: s.end, session: next.session})
		default:
			complete = append(complete, next.session)
			s.over = true
			a.open--
			a.byKey[s.key] = slices.DeleteFunc(a.byKey[s.key], func(number uint32) bool { return number == next.session })
		}
	}
	if len(complete) == 0 {
		return nil
	}
	rows, err := a.result(complete)
	if err != nil {
		return err
	}
	if err := a.compact(); err != nil {
		return err
	}
	return out.Emit(ctx, rows)
}

// result returns the rows of sessions: keys, aggregates, window_start, window_end, window_time.
func (a *SessionAggregate) result(complete []uint32) (*batch.Batch, error) {
	var columns []batch.Column
	if len(a.cfg.Keys) > 0 {
		keys := make([]uint32, len(complete))
		for i, number := range complete {
			keys[i] = a.sessions[number].key
		}
		columns = a.table.ColumnsOf(a.in.encoder, keys)
	}
	for i, aggregate := range a.cfg.Aggregates {
		chosen := newAccumulator(aggregate)
		if err := gather(chosen, a.accumulators[i], complete); err != nil {
			return nil, err
		}
		columns = append(columns, chosen.Result(len(complete)))
	}
	starts, ends, lasts := make([]int64, len(complete)), make([]int64, len(complete)), make([]int64, len(complete))
	for i, number := range complete {
		s := a.sessions[number]
		starts[i], ends[i], lasts[i] = s.start, s.end, s.end-a.cfg.Tick
	}
	columns = append(columns, batch.NewFixed(starts, nil), batch.NewFixed(ends, nil), batch.NewFixed(lasts, nil))
	return batch.New(len(complete), columns...), nil
}

// gather makes group i of to what group from[i] of the other accumulator is; to is empty.
func gather(to, from expr.Accumulator, groups []uint32) error {
	to.Resize(len(groups))
	all := make([]uint32, len(groups))
	for i := range all {
		all[i] = uint32(i)
	}
	return mergeGroups(to, from, groups, all)
}

// minSessions is how many session numbers there are at least before the open ones move.
const minSessions = 1024

// compact moves the open sessions to new arrays once most sessions are over.
func (a *SessionAggregate) compact() error {
	if len(a.sessions) < minSessions || 2*a.open > len(a.sessions) {
		return nil
	}
	old := *a
	a.clear()
	for key, open := range old.byKey { // their memory serves other keys now
		old.byKey[key] = open[:0]
	}
	a.byKey = old.byKey[:0]
	var kept []uint32
	for number, s := range old.sessions {
		if !s.over {
			kept = append(kept, uint32(number))
		}
	}
	a.adopt(old.table, old.sessions, kept)
	for i := range a.accumulators {
		if err := gather(a.accumulators[i], old.accumulators[i], kept); err != nil {
			return err
		}
	}
	return nil
}

// State is the open sessions.
func (a *SessionAggregate) State() Stateful { return a }

const segmentSessions = "sessions"

// Snapshot freezes all sessions as one segment: any row may change any of them.
func (a *SessionAggregate) Snapshot(into *state.Snapshot) {
	into.Add(segmentSessions, a.version, func() func(w *state.Writer) {
		watermark, table, sessions := a.watermark, a.table.Freeze(), slices.Clone(a.sessions)
		columns := make([][]batch.Column, len(a.accumulators))
		for i, accumulator := range a.accumulators {
			accumulator.Resize(len(sessions))
			columns[i] = accumulator.State(len(sessions))
		}
		return func(w *state.Writer) {
			w.Int(watermark)
			w.Table(table)
			w.Uint(uint64(len(sessions)))
			for _, s := range sessions {
				w.Uint(uint64(s.key))
				w.Bool(s.over)
				w.Int(s.start)
				w.Int(s.end)
			}
			for _, c := range columns {
				w.Columns(c)
			}
		}
	})
}

// Restore takes over the open sessions of owned keys.
func (a *SessionAggregate) Restore(from *state.Restored) error {
	a.version = from.NextVersion()
	return from.Each(func(_ state.Stored, data *state.Reader) error {
		a.watermark = data.Int()
		table := data.Table()
		sessions := make([]session, data.Count(1))
		for i := range sessions {
			sessions[i] = session{key: uint32(data.Uint()), over: data.Bool(), start: data.Int(), end: data.Int()}
			if int(sessions[i].key) >= table.Len() && data.Err() == nil {
				return state.Damaged("a session has no key")
			}
		}
		var kept []uint32
		for number, s := range sessions {
			if !s.over && data.Err() == nil && from.Owns(table.Hash(s.key)) {
				kept = append(kept, uint32(number))
			}
		}
		first := len(a.sessions)
		a.adopt(table, sessions, kept)
		for i, aggregate := range a.cfg.Aggregates {
			saved, columns := newAccumulator(aggregate), data.Columns(len(sessions))
			if err := data.Err(); err != nil {
				return err
			}
			if err := saved.Load(columns); err != nil {
				return err
			}
			a.accumulators[i].Resize(len(a.sessions))
			for at, number := range kept {
				if err := a.accumulators[i].Merge(saved, number, uint32(first+at)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// adopt adds open sessions of another table, all but their accumulators.
func (a *SessionAggregate) adopt(table *state.Table, sessions []session, open []uint32) {
	for _, number := range open {
		s := sessions[number]
		s.key = a.table.Copy(table, s.key)
		a.byKey = slices.Grow(a.byKey, a.table.Len()-len(a.byKey))[:a.table.Len()]
		a.byKey[s.key] = append(a.byKey[s.key], uint32(len(a.sessions)))
		a.ends.push(due{end: s.end, session: uint32(len(a.sessions))})
		a.sessions = append(a.sessions, s)
	}
	a.open += len(open)
}

// Size is the memory that the sessions take, in bytes.
func (a *SessionAggregate) Size() int {
	size := a.table.Size() + cap(a.sessions)*int(sessionSize) + cap(a.ends)*int(dueSize)
	for _, accumulator := range a.accumulators {
		size += accumulator.Size()
	}
	return size
}

// Bytes of a session and of a heap entry.
const (
	sessionSize = 24
	dueSize     = 16
)

// due is a session and an end that it has reached.
type due struct {
	end     int64
	session uint32
}

// sessionHeap is a heap of sessions, the earliest end first; of the same end the lowest session, so that
// results do not depend on the heap. It is typed: container/heap allocates for every entry.
type sessionHeap []due

func (d due) before(other due) bool {
	return d.end < other.end || d.end == other.end && d.session < other.session
}

func (h *sessionHeap) push(d due) {
	all := append(*h, d)
	at := len(all) - 1
	for at > 0 {
		parent := (at - 1) / 2
		if !d.before(all[parent]) {
			break
		}
		all[at] = all[parent]
		at = parent
	}
	all[at] = d
	*h = all
}

// pop removes the first entry; there must be one.
func (h *sessionHeap) pop() due {
	all := *h
	first, last := all[0], all[len(all)-1]
	all = all[:len(all)-1]
	at := 0
	for {
		child := 2*at + 1
		if child >= len(all) {
			break
		}
		if child+1 < len(all) && all[child+1].before(all[child]) {
			child++
		}
		if !all[child].before(last) {
			break
		}
		all[at] = all[child]
		at = child
	}
	if len(all) > 0 {
		all[at] = last
	}
	*h = all
	return first
}
