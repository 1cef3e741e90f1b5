package job

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// task is the body of one goroutine of a job.
type task func(ctx context.Context) error

// assembly is a job being put together.
type assembly struct {
	job   *attempt
	from  *origin // nil: the job begins without state
	scans map[*catalog.Table]*sourceTask
	tasks []task
	shown int // pipelines without a table so far

	ids   map[plan.Node]string // see operatorID
	used  map[string]int       // how many of each have been given out
	names map[string]int       // of source tasks
	// limits says what to do once nothing more comes out of a limit.
	limits map[*plan.Limit]func()
}

// assemble makes the tasks of a job. What it opens is closed by the job, or here when it fails.
func assemble(ctx context.Context, j *attempt, plans []*plan.Sink, from *checkpoint.State) ([]task, error) {
	a := &assembly{
		job: j, from: newOrigin(from), scans: map[*catalog.Table]*sourceTask{},
		ids: map[plan.Node]string{}, used: map[string]int{}, names: map[string]int{}, limits: map[*plan.Limit]func(){},
	}
	err := a.all(ctx, plans)
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

// all opens and connects everything. If the checkpoint is of a job that has finished, the sinks are
// opened so that they commit what it has left, and there is nothing to run.
func (a *assembly) all(ctx context.Context, plans []*plan.Sink) error {
	if a.from != nil && a.from.state.Manifest.Kind == checkpoint.Finished {
		for _, p := range plans {
			if _, err := a.openSink(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}
	if err := a.pipelines(ctx, plans); err != nil {
		return err
	}
	if err := a.openSources(ctx); err != nil {
		return err
	}
	return a.job.owner.keeper.checkFrom(a.from)
}

// endAtLimits lets the job end once all of its pipelines have a limit that nothing more comes out of.
func (a *assembly) endAtLimits(plans []*plan.Sink) {
	left := new(atomic.Int64)
	left.Store(int64(len(plans)))
	for _, p := range plans {
		reached := sync.OnceFunc(func() {
			if left.Add(-1) == 0 {
				a.job.owner.Drain()
			}
		})
		for n := p.Input; ; n = n.Inputs()[0] {
			if limit, ok := n.(*plan.Limit); ok {
				a.limits[limit] = reached
			}
			if len(n.Inputs()) != 1 {
				break
			}
		}
	}
}

func (a *assembly) pipelines(ctx context.Context, plans []*plan.Sink) error {
	a.endAtLimits(plans)
	for _, p := range plans {
		if err := a.pipeline(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// pipeline makes the tasks of one plan, from the sink up to the scans.
func (a *assembly) pipeline(ctx context.Context, p *plan.Sink) error {
	sink, err := a.openSink(ctx, p)
	if err != nil {
		return err
	}
	return a.feed(p.Input, nil, sink, a.sinkEnds(ctx, sink))
}

// feed makes the tasks that compute n and send its rows through the nodes above it, in order, to
// what is below in the flow.
func (a *assembly) feed(n plan.Node, above []plan.Node, sink *sinkStatus, below ends) error {
	if head := headOf(n); head != nil {
		eval := &expr.Context{Zone: a.job.cfg.Zone}
		first, err := a.chain(above, 0, eval, sink, below)
		if err != nil {
			return err
		}
		return a.input(head, first)
	}
	above = append([]plan.Node{n}, above...)
	switch n := n.(type) {
	case plan.Keyed:
		input := n.Inputs()[0]
		stage, err := a.keyedStage(n, above, a.lanes(input), sink, below)
		if err != nil {
			return err
		}
		return a.feed(input, nil, sink, stage)
	case *plan.Union:
		return a.unite(n, above[1:], sink, below)
	}
	return a.feed(n.Inputs()[0], above, sink, below)
}

// unite makes a task that takes the rows of all inputs of a union.
func (a *assembly) unite(n *plan.Union, above []plan.Node, sink *sinkStatus, below ends) error {
	senders := 0
	for _, input := range n.All {
		senders += a.lanes(input)
	}
	c, err := a.chain(above, 0, &expr.Context{Zone: a.job.cfg.Zone}, sink, below)
	if err != nil {
		return err
	}
	in := newInbox(senders)
	a.keyedTask(in, c)
	first := 0
	for _, input := range n.All {
		offset := first
		err := a.feed(input, nil, sink, func(lane int, eval *expr.Context) ([]step, end, error) {
			return nil, newExchange(nil, []*inbox{in}, offset+lane, eval), nil
		})
		if err != nil {
			return err
		}
		first += a.lanes(input)
	}
	return nil
}

// lanes is how many tasks the rows of n come from.
func (a *assembly) lanes(n plan.Node) int {
	for ; headOf(n) == nil; n = n.Inputs()[0] {
		switch n := n.(type) {
		case *plan.Union:
			return 1
		case plan.Keyed:
			if a.job.cfg.Parallelism > 1 {
				return a.stageLanes(n)
			}
		}
	}
	return 1
}

// lanesOf is how many tasks run the operator of a node that keeps state.
func (a *assembly) lanesOf(n plan.Node) int {
	if keyed, ok := n.(plan.Keyed); ok && a.job.cfg.Parallelism > 1 {
		return a.stageLanes(keyed)
	}
	return 1
}

func (a *assembly) stageLanes(n plan.Keyed) int {
	if len(n.PartitionKeys()) == 0 {
		return 1 // one key: one task
	}
	return a.job.cfg.Parallelism
}

// headOf returns the nodes that belong to a source task, from the scan up, if n is the last of them:
// the scan, and what leads from it to the watermark. It returns nil for any other node.
func headOf(n plan.Node) []plan.Node {
	switch n := n.(type) {
	case *plan.Scan, *plan.Values:
		return []plan.Node{n}
	case *plan.Watermark, *plan.Clock:
		var head []plan.Node
		for below := n; ; below = below.Inputs()[0] {
			head = append([]plan.Node{below}, head...)
			if len(below.Inputs()) == 0 {
				return head
			}
		}
	}
	return nil
}

// ends makes what stands behind the chain of one task, given the task's lane and context: operators
// that run in the same task, and where their rows go.
type ends func(lane int, eval *expr.Context) ([]step, end, error)

// sinkEnds ends chains in writers of a sink, one per lane.
func (a *assembly) sinkEnds(ctx context.Context, sink *sinkStatus) ends {
	return func(lane int, _ *expr.Context) ([]step, end, error) {
		writer, err := sink.sink.Open(ctx, lane)
		if err != nil {
			return nil, nil, err
		}
		return nil, &sinkEnd{writer: writer, status: sink}, nil
	}
}

// keyedStage makes the tasks of a stage that begins with a keyed node, the first of nodes, and returns
// what ends the chains of the senders before it. In a job that is not parallel there are none: the
// stage runs in the task before.
func (a *assembly) keyedStage(first plan.Keyed, nodes []plan.Node, senders int, sink *sinkStatus, below ends) (ends, error) {
	if a.job.cfg.Parallelism == 1 {
		return func(lane int, eval *expr.Context) ([]step, end, error) {
			c, err := a.chain(nodes, lane, eval, sink, below)
			if err != nil {
				return nil, nil, err
			}
			return c.steps, c.end, nil
		}, nil
	}
	lanes := a.stageLanes(first)
	inboxes := make([]*inbox, lanes)
	for lane := range inboxes {
		eval := &expr.Context{Zone: a.job.cfg.Zone}
		c, err := a.chain(nodes, lane, eval, sink, below)
		if err != nil {
			return nil, err
		}
		inboxes[lane] = newInbox(senders)
		a.keyedTask(inboxes[lane], c)
	}
	return func(lane int, eval *expr.Context) ([]step, end, error) {
		return nil, newExchange(first.PartitionKeys(), inboxes, lane, eval), nil
	}, nil
}

// keyedTask adds the task that sends what arrives in an inbox through a chain.
func (a *assembly) keyedTask(in *inbox, c *chain) {
	t := &keyedTask{job: a.job, id: len(a.tasks), in: in, chain: c}
	a.tasks = append(a.tasks, t.run)
}

// chain makes the operators of one task and what is behind them.
func (a *assembly) chain(nodes []plan.Node, lane int, eval *expr.Context, sink *sinkStatus, below ends) (*chain, error) {
	c := &chain{job: a.job, eval: eval}
	for i := 0; i < len(nodes); i++ {
		if fused := filterProject(nodes[i:], eval); fused != nil {
			c.steps = append(c.steps, step{Operator: fused})
			i++
			continue
		}
		n := nodes[i]
		op, err := a.newOperator(n, eval, &sink.late)
		if err != nil {
			return nil, err
		}
		s := step{Operator: op}
		if kept := op.State(); kept != nil {
			if s.saved, err = a.save(a.operatorID(n), n.Describe(), lane, a.lanesOf(n), kept); err != nil {
				return nil, err
			}
		}
		c.steps = append(c.steps, s)
	}
	steps, end, err := below(lane, eval)
	if err != nil {
		return nil, err
	}
	c.steps, c.end = append(c.steps, steps...), end
	return c, nil
}

// filterProject makes one operator of a filter and the projection behind it, if nodes begin with them.
func filterProject(nodes []plan.Node, eval *expr.Context) operator.Operator {
	if len(nodes) < 2 {
		return nil
	}
	filter, isFilter := nodes[0].(*plan.Filter)
	project, isProject := nodes[1].(*plan.Project)
	if !isFilter || !isProject {
		return nil
	}
	return operator.NewFilterProject(filter.Predicate, project.Exprs, eval)
}

// newOperator makes the operator of a plan node.
func (a *assembly) newOperator(n plan.Node, eval *expr.Context, late *atomic.Int64) (operator.Operator, error) {
	switch n := n.(type) {
	case *plan.Filter:
		return operator.NewFilter(n.Predicate, eval), nil
	case *plan.Project:
		return operator.NewProject(n.Exprs, eval), nil
	case *plan.Unnest:
		return operator.NewUnnest(n.Collection, n.Outer, n.Ordinality, eval), nil
	case *plan.Window:
		return operator.NewWindow(n.Time, windows(n.Spec, n.Input.Schema()[n.Time].Type)), nil
	case *plan.WindowAggregate:
		return newWindowAggregate(n, eval, late), nil
	case *plan.Over:
		return newOver(n, eval, late), nil
	case *plan.Expand:
		return operator.NewExpand(n.Keys, n.Sets, eval), nil
	case *plan.SessionWindow:
		schema := n.Input.Schema()
		return operator.NewSessionWindow(operator.SessionWindowConfig{
			Time: n.Time, Gap: n.Gap, Tick: operator.Tick(schema[n.Time].Type), Keys: n.Keys, Rows: schema, Eval: eval, Late: late,
		})
	case *plan.Sort:
		if n.Time == plan.Unsorted {
			return operator.NewSort(n.Keys, eval), nil
		}
		return operator.NewTimeSort(n.Time, n.Keys[1:], eval, late), nil
	case *plan.Limit:
		return operator.NewLimit(n.Offset, n.Count, a.limits[n]), nil
	case *plan.Rank:
		return newRank(n, eval, late), nil
	}
	return nil, fmt.Errorf("no operator for plan node %q", n.Describe())
}

func newWindowAggregate(n *plan.WindowAggregate, eval *expr.Context, late *atomic.Int64) operator.Operator {
	t := n.Input.Schema()[n.Time].Type
	if n.Spec.Kind == plan.Session && !n.Attached {
		return operator.NewSessionAggregate(operator.SessionAggregateConfig{
			Time: n.Time, Gap: n.Spec.Size, Tick: operator.Tick(t), Keys: n.Keys, Aggregates: n.Aggregates, Eval: eval, Late: late,
		})
	}
	return operator.NewWindowAggregate(operator.WindowAggregateConfig{
		Time: n.Time, Attached: n.Attached, Spec: windows(n.Spec, t), Keys: n.Keys, Aggregates: n.Aggregates, Eval: eval, Late: late,
	})
}

func newOver(n *plan.Over, eval *expr.Context, late *atomic.Int64) operator.Operator {
	cfg := operator.OverConfig{Time: n.Time, Keys: n.Keys, Calls: n.Calls, Eval: eval, Late: late}
	if n.Waits() {
		return operator.NewLead(cfg)
	}
	return operator.NewOver(cfg)
}

func newRank(n *plan.Rank, eval *expr.Context, late *atomic.Int64) operator.Operator {
	cfg := operator.RankConfig{
		End: n.End, Tick: operator.Tick(n.Input.Schema()[n.End].Type), Keys: n.Keys, Order: n.Order, Limit: n.Limit, Eval: eval, Late: late,
	}
	for _, f := range n.Functions {
		cfg.Kinds = append(cfg.Kinds, f.Kind)
	}
	return operator.NewRank(cfg)
}

func windows(spec plan.WindowSpec, time types.Type) operator.Windows {
	return operator.Windows{
		Size: spec.Size, Slide: spec.Slide, Offset: spec.Offset, Pane: spec.Pane(), Cumulate: spec.Kind == plan.Cumulate, Tick: operator.Tick(time),
	}
}
