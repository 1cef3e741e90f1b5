package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/exec/state"
)

// storeParallelism is how many state files are written at the same time.
const storeParallelism = 4

// store makes a checkpoint of what the tasks have said, lets the sinks commit, and copies it to the
// places of savepoints.
func (c *coordinator) store(ctx context.Context, p *pending, uncommitted []prepared, savepoints []request) result {
	r := c.storeAs(ctx, checkpoint.Checkpoint, p, uncommitted)
	for _, s := range savepoints {
		if err := errors.Join(r.err, r.fatal); err != nil {
			s.done <- err
			continue
		}
		s.done <- c.savepoint(ctx, s.to)
	}
	return r
}

func (c *coordinator) storeAs(ctx context.Context, kind checkpoint.Kind, p *pending, uncommitted []prepared) result {
	limited, cancel := context.WithDeadline(context.WithoutCancel(ctx), p.began.Add(c.keeper.cfg.Timeout))
	defer cancel()
	m := &checkpoint.Manifest{Kind: kind, Epoch: p.epoch, Parallelism: c.attempt.cfg.Parallelism}
	written, err := c.fill(limited, m, p, uncommitted)
	if err == nil {
		err = c.keeper.log.Publish(limited, m)
	}
	switch {
	case errors.Is(err, checkpoint.ErrFenced):
		return result{fatal: stateError(c.keeper.cfg.Store, err)}
	case err != nil:
		return result{err: stateError(c.keeper.cfg.Store, err)}
	}
	if err := commit(limited, uncommitted); err != nil {
		return result{fatal: err} // the rows are safe: the next attempt commits them first
	}
	c.keeper.noteComplete(m, time.Since(p.began), written)
	known := segments{}
	for _, operator := range m.Operators {
		for _, lane := range operator.Lanes {
			for _, segment := range lane.Segments {
				known[segmentKey{operator.ID, lane.Lane, lane.Lanes, segment.Name}] = segment
			}
		}
	}
	c.previous.Store(&known)
	if err := c.keeper.log.Prune(limited); err != nil {
		c.logger.WarnContext(ctx, "old checkpoints could not be deleted", "error", err)
	}
	return result{}
}

// fill puts what the tasks have said into a manifest, and their state into files.
func (c *coordinator) fill(ctx context.Context, m *checkpoint.Manifest, p *pending, uncommitted []prepared) (written int64, err error) {
	var states []operatorState
	for _, a := range p.parts {
		if a.source != nil {
			m.Sources = append(m.Sources, *a.source)
		}
		states = append(states, a.operators...)
	}
	slices.SortFunc(m.Sources, func(x, y checkpoint.Source) int { return cmp.Compare(x.Table, y.Table) })
	slices.SortFunc(states, func(x, y operatorState) int {
		return cmp.Or(cmp.Compare(x.id, y.id), cmp.Compare(x.lane, y.lane))
	})
	m.Sinks = sinksOf(uncommitted)
	lanes := make([]checkpoint.Lane, len(states))
	sizes := make([]int64, len(states))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(storeParallelism)
	for i, s := range states {
		group.Go(func() (err error) {
			lanes[i], sizes[i], err = c.storeLane(ctx, p.epoch, s)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	for i, s := range states {
		written += sizes[i]
		last := len(m.Operators) - 1
		if last < 0 || m.Operators[last].ID != s.id {
			m.Operators = append(m.Operators, checkpoint.Operator{ID: s.id, Describe: s.describe})
			last++
		}
		if len(lanes[i].Segments) > 0 {
			m.Operators[last].Lanes = append(m.Operators[last].Lanes, lanes[i])
		}
	}
	return written, nil
}

// storeLane writes the segments of an operator in one task that have changed to a file.
func (c *coordinator) storeLane(ctx context.Context, epoch checkpoint.Epoch, s operatorState) (checkpoint.Lane, int64, error) {
	lane := checkpoint.Lane{Lane: s.lane, Lanes: s.lanes}
	file := c.keeper.log.StateFile(epoch, fmt.Sprintf("%s-%d", s.id, s.lane))
	previous := *c.previous.Load()
	w := state.NewWriter(int(s.size.Load()))
	for _, segment := range s.segments {
		if segment.Write == nil {
			lane.Segments = append(lane.Segments, previous[segmentKey{s.id, s.lane, s.lanes, segment.Name}])
			continue
		}
		from := len(w.Data())
		segment.Write(w)
		data := w.Data()[from:]
		lane.Segments = append(lane.Segments, checkpoint.Segment{
			Name: segment.Name, Version: segment.Version, File: file,
			Offset: int64(from), Length: int64(len(data)), CRC32C: checkpoint.Checksum(data),
		})
	}
	if len(w.Data()) == 0 {
		return lane, 0, nil
	}
	return lane, int64(len(w.Data())), c.keeper.log.Store().Put(ctx, file, w.Data())
}

func sinksOf(all []prepared) []checkpoint.Sink {
	var sinks []checkpoint.Sink
	for _, p := range all {
		i := slices.IndexFunc(sinks, func(s checkpoint.Sink) bool { return s.ID == p.sink.id })
		if i < 0 {
			i = len(sinks)
			sinks = append(sinks, checkpoint.Sink{ID: p.sink.id, Table: p.sink.table})
		}
		sinks[i].Prepared = append(sinks[i].Prepared, p.data)
	}
	return sinks
}

// savepoint copies the newest checkpoint.
func (c *coordinator) savepoint(ctx context.Context, to checkpoint.Store) error {
	saved, _, err := c.keeper.log.Restore(ctx)
	if err != nil {
		return stateError(c.keeper.cfg.Store, err)
	}
	if err := checkpoint.Copy(ctx, saved, to); err != nil {
		return stateError(to, err)
	}
	return nil
}
