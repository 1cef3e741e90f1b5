package operator

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/expr"
)

// valueKernel is LAG, FIRST_VALUE, LAST_VALUE and NTH_VALUE: it finds a row for each row, and takes
// its value from the history.
type valueKernel struct {
	call   *expr.WindowCall
	byRows bool
	at     []int32 // by partition: the row that was found last
	rows   []int64 // by partition: rows in the frame
	found  []int32 // scratch: the row for each row
}

func (k *valueKernel) resize(groups int) {
	k.at = extended(k.at, groups, none)
	k.rows = extended(k.rows, groups, 0)
}

func (k *valueKernel) run(s *step) (batch.Column, error) {
	k.found = k.found[:0]
	valid := s.column.Valid()
	if k.call.RespectNulls {
		valid = nil
	}
	for from := 0; from < len(s.groups); {
		to := s.peers(from, k.byRows)
		for i := from; i < to; i++ {
			k.add(s, i, valid)
		}
		for i := from; i < to; i++ {
			k.found = append(k.found, k.find(s, i, int32(s.base+to), valid))
		}
		from = to
	}
	if k.call.Default == nil {
		return pick(s.column, k.found), nil
	}
	otherwise, err := k.call.Default.Eval(s.eval, s.rows)
	if err != nil {
		return nil, err
	}
	return pickOr(k.call, s.column, k.found, otherwise), nil
}

// pickOr returns the values of a column at positions, and where there is none the value of the row in
// otherwise.
func pickOr(call *expr.WindowCall, column batch.Column, positions []int32, otherwise batch.Column) batch.Column {
	builder := batch.NewBuilder(call.Type())
	for i, at := range positions {
		if at == none {
			builder.AppendFrom(otherwise, i)
		} else {
			builder.AppendFrom(column, int(at))
		}
	}
	return builder.Finish()
}

// add notes that row i of the step is in the frame of its partition.
func (k *valueKernel) add(s *step, i int, valid batch.Bitmap) {
	group, at := s.groups[i], s.base+i
	if s.frame != nil {
		k.rows[group] = int64(s.frame.counts[i])
	} else {
		k.rows[group]++
	}
	switch k.call.Function.Kind { //nolint:exhaustive // LAG looks at the frame alone
	case expr.FirstValue:
		if k.at[group] == none && valid.Get(at) {
			k.at[group] = int32(at)
		}
	case expr.LastValue:
		if valid.Get(at) {
			k.at[group] = int32(at)
		}
	case expr.NthValue:
		if s.frame == nil && k.rows[group] == k.call.Offset {
			k.at[group] = int32(at)
		}
	}
}

// find returns the row whose value row i of the step gets. Rows from end on are not there yet.
func (k *valueKernel) find(s *step, i int, end int32, valid batch.Bitmap) int32 {
	group := s.groups[i]
	if s.frame == nil {
		return k.at[group]
	}
	tail := s.frame.tails[i]
	switch k.call.Function.Kind { //nolint:exhaustive // the others do not look into frames
	case expr.Lag:
		if int64(s.frame.counts[i]) > k.call.Offset {
			return tail
		}
		return none
	case expr.NthValue:
		if k.rows[group] < k.call.Offset {
			return none
		}
		for n := int64(1); n < k.call.Offset; n++ {
			tail = s.next[tail]
		}
		return tail
	case expr.LastValue:
		if k.at[group] < tail {
			return none
		}
		return k.at[group]
	}
	at := k.at[group]
	if at == none || at >= tail {
		return at
	}
	for at != none && at < end && (at < tail || !valid.Get(int(at))) {
		at = s.next[at]
	}
	if at >= end {
		at = none
	}
	k.at[group] = at
	return at
}

// pinned adds the rows that the values of unbounded frames are in.
func (k *valueKernel) pinned(rows []int32) []int32 {
	if k.call.Frame.Preceding != expr.Unbounded || !k.call.Function.Kind.Framed() {
		return rows
	}
	for _, at := range k.at {
		if at != none {
			rows = append(rows, at)
		}
	}
	return rows
}

func (k *valueKernel) apply(s *sweep) error {
	k.at = s.positions(k.at)
	k.rows = picked(k.rows, s.groups)
	return nil
}

func (k *valueKernel) bytes() int { return 4*cap(k.at) + 8*cap(k.rows) }
