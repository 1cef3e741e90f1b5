package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/exec/state"
	"github.com/penstock-io/penstock/internal/plan"
)

// savedOperator is an operator with state in one task.
type savedOperator struct {
	id, describe string
	lane, lanes  int
	state        operator.Stateful
	coordinator  *coordinator
	size         atomic.Int64 // bytes, as last weighed
}

// operatorState is the frozen state of an operator in one task.
type operatorState struct {
	*savedOperator
	segments []state.Segment
}

// freeze returns the state at a barrier.
func (s *savedOperator) freeze() operatorState {
	snapshot := state.NewSnapshot(func(name string, version uint64) bool {
		return s.coordinator.known(segmentKey{s.id, s.lane, s.lanes, name}, version)
	})
	s.state.Snapshot(snapshot)
	return operatorState{s, snapshot.Segments()}
}

// empty returns the state of an operator whose input has ended: nothing.
func (s *savedOperator) empty() operatorState { return operatorState{savedOperator: s} }

// save makes an operator part of the job's checkpoints, and restores it from the one that the job
// goes on from. id is made from the node that it computes.
func (a *assembly) save(id, describe string, lane, lanes int, s operator.Stateful) (*savedOperator, error) {
	saved := &savedOperator{id: id, describe: describe, lane: lane, lanes: lanes, state: s, coordinator: a.job.coordinator}
	a.job.operators = append(a.job.operators, saved)
	if a.from == nil {
		return saved, nil
	}
	restored, found, err := a.from.operator(id, lane, lanes)
	switch {
	case err != nil:
		return nil, err
	case !found:
		if lane == 0 {
			a.from.empty = append(a.from.empty, describe)
		}
	default:
		if err := s.Restore(restored); err != nil {
			return nil, fmt.Errorf("restore %q: %w", describe, err)
		}
	}
	return saved, nil
}

// operatorID names a node for checkpoints: by what it computes, down to the scans, so that it is the
// same in every run of the same query. Nodes that compute the same are numbered.
func (a *assembly) operatorID(n plan.Node) string {
	if id, ok := a.ids[n]; ok {
		return id
	}
	id := a.uniqueID(plan.Explain(n))
	a.ids[n] = id
	return id
}

func (a *assembly) uniqueID(text string) string {
	sum := sha256.Sum256([]byte(text))
	id := hex.EncodeToString(sum[:8])
	a.used[id]++
	if n := a.used[id]; n > 1 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	return id
}

// weighInterval is how often the state of a chain is weighed.
const weighInterval = 100 * time.Millisecond

// weigh notes how large the state is, from time to time, and fails if the job's is too large.
func (c *chain) weigh() error {
	if c.eval.Now-c.weighed < weighInterval.Microseconds() {
		return nil
	}
	c.weighed = c.eval.Now
	heavy := false
	for _, s := range c.steps {
		if s.saved != nil {
			s.saved.size.Store(int64(s.saved.state.Size()))
			heavy = true
		}
	}
	if limit := c.job.cfg.StateLimit; heavy && limit > 0 {
		return c.job.checkState(limit)
	}
	return nil
}

func (a *attempt) checkState(limit int64) error {
	var total int64
	largest := a.operators[0]
	for _, s := range a.operators {
		total += s.size.Load()
		if s.size.Load() > largest.size.Load() {
			largest = s
		}
	}
	if total <= limit {
		return nil
	}
	return diag.Errorf(diag.Exhausted, diag.Span{}, "the state of the job takes %d MiB, more than the limit of %d MiB; most of it is in %q",
		total>>20, limit>>20, largest.describe).WithHint("raise 'state.memory-limit', group by fewer keys or shorter windows, or raise 'parallelism.default' on a larger machine")
}

// origin is the checkpoint that a job goes on from, and what of it was found a place for.
type origin struct {
	state   *checkpoint.State
	claimed map[string]bool // operators, sources and sinks
	empty   []string        // operators of the job that it says nothing of
}

func newOrigin(state *checkpoint.State) *origin {
	if state == nil {
		return nil
	}
	return &origin{state: state, claimed: map[string]bool{}}
}

// Prefixes of claims.
const (
	claimOperator = "operator "
	claimSource   = "source "
	claimSink     = "sink "
)

// operator returns what one task restores of an operator.
func (o *origin) operator(id string, lane, lanes int) (*state.Restored, bool, error) {
	for _, operator := range o.state.Manifest.Operators {
		if operator.ID != id {
			continue
		}
		o.claimed[claimOperator+id] = true
		out := &state.Restored{Lane: lane, Lanes: lanes}
		for _, l := range operator.Lanes {
			if l.Lanes == lanes && l.Lane != lane {
				continue // none of its keys are ours
			}
			for _, segment := range l.Segments {
				out.Segments = append(out.Segments, state.Stored{
					Name: segment.Name, Version: segment.Version, Lane: l.Lane, Lanes: l.Lanes, Data: o.state.Segment(segment),
				})
			}
		}
		return out, true, nil
	}
	return nil, false, nil
}

// source returns how far a table was read; nil if the checkpoint does not say.
func (o *origin) source(table, connector, identity string) (*checkpoint.Source, error) {
	if o == nil {
		return nil, nil
	}
	for i := range o.state.Manifest.Sources {
		s := &o.state.Manifest.Sources[i]
		if s.Table != table {
			continue
		}
		o.claimed[claimSource+table] = true
		if s.Connector != connector || s.Identity != identity {
			return nil, diag.Errorf(diag.Semantic, diag.Span{}, "table %q reads %s, but the checkpoint has positions of %s", table,
				thing(connector, identity), thing(s.Connector, s.Identity)).
				WithHint("start with --fresh to begin where the options of the table say")
		}
		return s, nil
	}
	o.empty = append(o.empty, "table "+table)
	return nil, nil
}

func thing(connector, identity string) string {
	if identity == "" {
		return connector
	}
	return connector + " " + identity
}

// sink returns what was prepared for a sink and perhaps not committed.
func (o *origin) sink(id string) [][]byte {
	if o == nil {
		return nil
	}
	for _, s := range o.state.Manifest.Sinks {
		if s.ID == id {
			o.claimed[claimSink+id] = true
			return s.Prepared
		}
	}
	return nil
}

// dropped returns what the checkpoint holds and nothing in the job takes over.
func (o *origin) dropped() []string {
	var dropped []string
	for _, operator := range o.state.Manifest.Operators {
		if len(operator.Lanes) > 0 && !o.claimed[claimOperator+operator.ID] {
			dropped = append(dropped, fmt.Sprintf("%q", operator.Describe))
		}
	}
	for _, source := range o.state.Manifest.Sources {
		if !o.claimed[claimSource+source.Table] {
			dropped = append(dropped, fmt.Sprintf("the positions of table %q", source.Table))
		}
	}
	for _, sink := range o.state.Manifest.Sinks {
		if !o.claimed[claimSink+sink.ID] {
			dropped = append(dropped, fmt.Sprintf("rows that are not yet visible in table %q", sink.Table))
		}
	}
	return dropped
}
