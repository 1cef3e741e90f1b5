package job

import (
	"context"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
)

// trigger tells a source task to begin a checkpoint.
type trigger struct {
	epoch checkpoint.Epoch
	stop  bool // and to read nothing behind it
}

// snapshotAt notes how far every split was delivered and sends the barrier behind that.
func (t *sourceTask) snapshotAt(ctx context.Context, tr trigger) error {
	a := &ack{task: t.id, epoch: tr.epoch, source: t.progress()}
	for _, p := range t.pipelines {
		if p.saved != nil {
			a.operators = append(a.operators, p.saved.freeze())
		}
		if err := p.chain.barrier(ctx, batch.Barrier{Epoch: tr.epoch, Last: tr.stop}, a); err != nil {
			return err
		}
	}
	if err := t.job.coordinator.acknowledge(ctx, a); err != nil || !tr.stop {
		return err
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// progress returns how far the table was read.
func (t *sourceTask) progress() *checkpoint.Source {
	return &checkpoint.Source{
		Table: t.name, Connector: t.connector, Identity: t.identity, Progress: t.source.Progress(), Splits: t.splits.snapshot(),
	}
}

// finish completes what is open in the pipelines and says that nothing more comes.
func (t *sourceTask) finish(ctx context.Context) error {
	last := &ack{task: t.id, source: t.progress()}
	for _, p := range t.pipelines {
		if err := p.chain.finish(ctx, last); err != nil {
			return err
		}
		if p.saved != nil {
			last.operators = append(last.operators, p.saved.empty())
		}
	}
	return t.job.ended(ctx, last)
}

// resume goes on with the splits that the checkpoint names.
func (t *sourceTask) resume(ctx, reading context.Context) {
	if t.restored == nil {
		return
	}
	for _, split := range t.splits.restore(t.restored.Splits) {
		for _, p := range t.pipelines {
			if p.watermarks != nil && !p.watermarks.Follows(split.ID) {
				p.watermarks.Open(split.ID, nil, time.Now())
			}
		}
		t.launch(ctx, reading, split)
	}
}

// restoredProgress is what the connector is told of the checkpoint.
func restoredProgress(s *checkpoint.Source) *connector.Progress {
	if s == nil {
		return nil
	}
	p := &connector.Progress{Source: s.Progress}
	for _, split := range s.Splits {
		if split.State == checkpoint.SplitDone {
			p.Done = append(p.Done, split.ID)
		} else {
			p.Splits = append(p.Splits, connector.Split{ID: split.ID, Parents: split.Parents, From: split.Position})
		}
	}
	return p
}
