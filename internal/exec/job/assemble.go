package job

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// task is the body of one goroutine of a job.
type task func(ctx context.Context) error

// assembly is a job being put together.
type assembly struct {
	job   *Job
	scans map[*catalog.Table]*sourceTask
	tasks []task
	shown int // pipelines without a table so far
}

// assemble makes the tasks of a job. What it opens is closed by the job, or here when it fails.
func assemble(ctx context.Context, j *Job, plans []*plan.Sink) ([]task, error) {
	a := &assembly{job: j, scans: map[*catalog.Table]*sourceTask{}}
	err := a.pipelines(ctx, plans)
	if err == nil {
		err = a.openSources(ctx)
	}
	if err != nil {
		for _, source := range j.sources {
			if source.source != nil {
				_ = source.source.Close() // the first error is the one that matters
			}
		}
		for _, sink := range j.sinks {
			_ = sink.sink.Close() // as above
		}
		return nil, err
	}
	return a.tasks, nil
}

func (a *assembly) pipelines(ctx context.Context, plans []*plan.Sink) error {
	for _, p := range plans {
		if err := a.pipeline(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// pipeline makes the tasks of one plan, from the sink up to the scan.
func (a *assembly) pipeline(ctx context.Context, p *plan.Sink) error {
	sink, err := a.openSink(ctx, p)
	if err != nil {
		return err
	}
	nodes := flatten(p.Input)
	stages := cut(nodes)
	below := a.sinkEnds(ctx, sink)
	for i := len(stages) - 1; i > 0; i-- {
		if below, err = a.keyedStage(stages[i], i == 1, sink, below); err != nil {
			return err
		}
	}
	eval := &expr.Context{Zone: a.job.cfg.Zone}
	first, err := a.chain(stages[0], 0, eval, sink, below)
	if err != nil {
		return err
	}
	return a.input(nodes[:headLength(nodes)], first)
}

// flatten returns the nodes of a plan from the scan to the last before the sink.
func flatten(n plan.Node) []plan.Node {
	var nodes []plan.Node
	for {
		nodes = append([]plan.Node{n}, nodes...)
		inputs := n.Inputs()
		if len(inputs) == 0 {
			return nodes
		}
		n = inputs[0]
	}
}

// cut splits the nodes above the scan's own (projection of computed columns, watermark) into
// stages; each but the first begins with an aggregation.
func cut(nodes []plan.Node) [][]plan.Node {
	stages := [][]plan.Node{{}}
	for _, n := range nodes[headLength(nodes):] {
		if _, ok := n.(*plan.WindowAggregate); ok {
			stages = append(stages, nil)
		}
		last := len(stages) - 1
		stages[last] = append(stages[last], n)
	}
	return stages
}

// headLength is how many nodes belong to the source task itself: the scan, and everything up to the
// watermark if there is one.
func headLength(nodes []plan.Node) int {
	for i, n := range nodes {
		if _, ok := n.(*plan.Watermark); ok {
			return i + 1
		}
	}
	return 1
}

// ends makes what stands behind the chain of one task, given the task's lane and context: operators
// that run in the same task, and where their rows go.
type ends func(lane int, eval *expr.Context) ([]operator.Operator, end, error)

// sinkEnds ends chains in writers of a sink, one per lane.
func (a *assembly) sinkEnds(ctx context.Context, sink *sinkStatus) ends {
	return func(lane int, _ *expr.Context) ([]operator.Operator, end, error) {
		writer, err := sink.sink.Open(ctx, lane)
		if err != nil {
			return nil, nil, err
		}
		return nil, &sinkEnd{writer: writer, status: sink}, nil
	}
}

// keyedStage makes the tasks of a stage that begins with an aggregation, and returns what ends the
// chains before it. In a job that is not parallel there are none: the stage runs in the task before.
func (a *assembly) keyedStage(nodes []plan.Node, first bool, sink *sinkStatus, below ends) (ends, error) {
	if a.job.cfg.Parallelism == 1 {
		return func(lane int, eval *expr.Context) ([]operator.Operator, end, error) {
			c, err := a.chain(nodes, lane, eval, sink, below)
			if err != nil {
				return nil, nil, err
			}
			return c.steps, c.end, nil
		}, nil
	}
	group := nodes[0].(*plan.WindowAggregate)
	lanes, senders := a.job.cfg.Parallelism, a.job.cfg.Parallelism
	if len(group.Keys) == 0 {
		lanes = 1 // one group: one task
	}
	if first {
		senders = 1 // the source task
	}
	inboxes := make([]*inbox, lanes)
	for lane := range inboxes {
		eval := &expr.Context{Zone: a.job.cfg.Zone}
		c, err := a.chain(nodes, lane, eval, sink, below)
		if err != nil {
			return nil, err
		}
		inboxes[lane] = newInbox(senders)
		a.tasks = append(a.tasks, inboxes[lane].run(c))
	}
	return func(lane int, eval *expr.Context) ([]operator.Operator, end, error) {
		return nil, newExchange(group.Keys, inboxes, lane, eval), nil
	}, nil
}

// chain makes the operators of one task and what is behind them.
func (a *assembly) chain(nodes []plan.Node, lane int, eval *expr.Context, sink *sinkStatus, below ends) (*chain, error) {
	c := &chain{eval: eval}
	for _, n := range nodes {
		step, err := newOperator(n, eval, &sink.late)
		if err != nil {
			return nil, err
		}
		c.steps = append(c.steps, step)
	}
	steps, end, err := below(lane, eval)
	if err != nil {
		return nil, err
	}
	c.steps, c.end = append(c.steps, steps...), end
	return c, nil
}

// newOperator makes the operator of a plan node.
func newOperator(n plan.Node, eval *expr.Context, late *atomic.Int64) (operator.Operator, error) {
	switch n := n.(type) {
	case *plan.Filter:
		return operator.NewFilter(n.Predicate, eval), nil
	case *plan.Project:
		return operator.NewProject(n.Exprs, eval), nil
	case *plan.Window:
		return operator.NewWindow(n.Time, windows(n.Spec, n.Input.Schema()[n.Time].Type)), nil
	case *plan.WindowAggregate:
		return operator.NewWindowAggregate(operator.WindowAggregateConfig{
			Time: n.Time, Attached: n.Attached, Spec: windows(n.Spec, n.Input.Schema()[n.Time].Type),
			Keys: n.Keys, Aggregates: n.Aggregates, Eval: eval, Late: late,
		}), nil
	}
	return nil, fmt.Errorf("no operator for plan node %q", n.Describe())
}

func windows(spec plan.WindowSpec, time types.Type) operator.Windows {
	return operator.Windows{
		Size: spec.Size, Slide: spec.Slide, Offset: spec.Offset, Cumulate: spec.Kind == plan.Cumulate, Tick: operator.Tick(time),
	}
}
