package operator

import (
	"github.com/penstock-io/penstock/internal/exec/state"
)

// What may be there in vain before a sweep is worth its while: rows of the history, and partitions.
const (
	sweepRows   = 4096
	sweepGroups = 1024
)

// sweep drops the rows that have left all frames, and the partitions that are not needed any more,
// once there are more than twice as many as were left the last time: the cost for each row is constant.
func (o *Over) sweep() error {
	tooManyRows := o.history.rows() > 2*o.history.kept+sweepRows
	tooManyGroups := o.forgets && o.table.Len() > 2*o.kept+sweepGroups
	if !tooManyRows && !tooManyGroups {
		return nil
	}
	return o.apply(o.live())
}

// apply drops what does not stay, and renumbers the rest.
func (o *Over) apply(s *sweep) error {
	for _, f := range o.frames {
		f.apply(s)
	}
	for _, call := range o.calls {
		if err := call.kernel.apply(s); err != nil {
			return err
		}
	}
	o.history.apply(s)
	if len(s.groups) < o.table.Len() {
		table := state.NewTable()
		for _, group := range s.groups {
			table.Copy(o.table, group)
		}
		o.table = table
	}
	o.kept = len(s.groups)
	return nil
}

// live finds the partitions and rows that stay.
func (o *Over) live() *sweep {
	s := &sweep{moved: make([]int32, o.history.rows())}
	for i := range s.moved {
		s.moved[i] = none
	}
	for group := range o.table.Len() {
		newest := o.history.newest[group]
		if o.forgets && o.history.times[newest] <= o.pending.watermark-o.span {
			continue // no row that may still come is near enough
		}
		s.groups = append(s.groups, uint32(group))
		for at := o.oldest(group); at != none; at = o.history.next[at] {
			s.moved[at] = 0
		}
	}
	for _, call := range o.calls {
		for _, at := range call.kernel.pinned(nil) {
			s.moved[at] = 0
		}
	}
	s.number()
	return s
}

// oldest returns the oldest row of a partition that is in a frame.
func (o *Over) oldest(group int) int32 {
	first := int32(none)
	for _, f := range o.frames {
		if tail := f.tail[group]; first == none || tail < first {
			first = tail
		}
	}
	return first
}
