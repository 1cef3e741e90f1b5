package job

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/exec/operator"
)

// sourceTask reads a table for all pipelines that scan it: it finds splits, runs a reader for each,
// and sends what they deliver into the pipelines. Only its own goroutine touches splits and chains.
type sourceTask struct {
	job       *attempt
	id        int    // among the tasks of the job
	name      string // among the source tasks of the job
	identity  string
	table     string
	connector string
	source    connector.Source
	discovery time.Duration
	meter     connector.Meter
	columns   []int // positions in the table's columns, as read
	pipelines []*pipeline

	// idleTimeout is how long a silent split may hold back the watermark; 0: for ever.
	idleTimeout time.Duration
	lookahead   time.Duration // how far a split may be ahead of the slowest; 0: no bound
	events      chan event
	triggers    chan trigger
	release     <-chan struct{}    // closed when readers may begin
	restored    *checkpoint.Source // nil: the job begins anew
	listed      bool
	splits      *splits
	gates       map[string]*gate // by split that is being read
	readers     sync.WaitGroup

	mu     sync.Mutex // guards what follows
	status SourceStatus
	places map[string]int // of the splits in status
}

// pipeline is what one statement does with the rows of a source task.
type pipeline struct {
	columns    []int             // positions among the columns read
	computed   *operator.Project // computed columns below the watermark; nil: none
	watermarks *operator.Watermarks
	saved      *savedOperator // the watermarks; nil: there are none
	chain      *chain
}

// event is something that a helper goroutine of a source task has to tell it.
type event struct {
	split string
	page  connector.Page
	found []connector.Split // from discovery
	err   error             // io.EOF: the split was read to its end
}

// tick is how often a source task looks for splits that have fallen silent. Flink emits watermarks
// at the same interval.
const tick = 200 * time.Millisecond

// run is the task.
func (t *sourceTask) run(ctx context.Context) (err error) {
	// Helpers read until reading is done, and hand over what they have read until the task is.
	ctx, abort := context.WithCancel(ctx)
	reading, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		abort()
		t.readers.Wait()
		for _, p := range t.pipelines {
			err = closeEnd(p.chain, err)
		}
	}()
	t.resume(ctx, reading)
	t.readers.Go(func() { t.discover(reading, ctx) })
	if err := t.read(ctx, reading); err != nil {
		return err
	}
	stop()
	if err := t.drain(ctx); err != nil {
		return err
	}
	return t.finish(ctx)
}

// read handles events until all input was read or the job drains.
func (t *sourceTask) read(ctx, reading context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.job.drain:
			return nil
		case tr := <-t.triggers:
			if err := t.snapshotAt(ctx, tr); err != nil {
				return err
			}
		case <-ticker.C:
			if err := t.advance(ctx); err != nil {
				return err
			}
		case e := <-t.events:
			if err := t.handle(ctx, reading, e); err != nil {
				return err
			}
			if t.splits.finished() && t.discovery == 0 {
				return nil
			}
		}
	}
}

// drain takes what the readers had read when they were told to stop.
func (t *sourceTask) drain(ctx context.Context) error {
	stopped := make(chan struct{})
	go func() {
		t.readers.Wait()
		close(stopped)
	}()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-stopped:
			return nil
		case e := <-t.events:
			if e.err != nil || e.page.Rows == nil {
				continue
			}
			if err := t.deliver(ctx, e.split, e.page); err != nil {
				return err
			}
			t.splits.move(e.split, e.page.Position)
		}
	}
}

// discover asks the source for splits, at once and then at its interval.
func (t *sourceTask) discover(reading, ctx context.Context) {
	for {
		found, err := t.source.Splits(reading)
		if reading.Err() != nil {
			return
		}
		if !t.tell(ctx, event{found: found, err: err}) || err != nil || t.discovery == 0 {
			return
		}
		timer := time.NewTimer(t.discovery)
		select {
		case <-reading.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// tell gives an event to the task; false if the job has ended.
func (t *sourceTask) tell(ctx context.Context, e event) bool {
	select {
	case t.events <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// readSplit reads a split to its end, or until reading is done. It pauses while the gate is closed.
func (t *sourceTask) readSplit(reading, ctx context.Context, split connector.Split, g *gate) {
	select {
	case <-t.release:
	case <-reading.Done():
		return
	}
	reader, err := t.source.Open(reading, split)
	if err != nil {
		if reading.Err() == nil {
			t.tell(ctx, event{split: split.ID, err: err})
		}
		return
	}
	defer func() {
		if err := reader.Close(); err != nil {
			t.job.cfg.Logger.Warn("closing a reader failed", "table", t.table, "split", split.ID, "error", err)
		}
	}()
	for {
		if g.wait(reading) != nil {
			return
		}
		page, err := reader.Next(reading)
		if reading.Err() != nil && err != nil {
			return
		}
		if !t.tell(ctx, event{split: split.ID, page: page, err: err}) || err != nil {
			return
		}
	}
}

// handle acts on an event.
func (t *sourceTask) handle(ctx, reading context.Context, e event) error {
	switch {
	case e.split == "":
		if e.err != nil {
			return e.err
		}
		t.start(ctx, reading, e.found)
		if !t.listed {
			t.listed = true
			if t.job.coordinator != nil && t.restored == nil {
				t.job.coordinator.hasListed(ctx)
			}
		}
		return t.advance(ctx)
	case errors.Is(e.err, io.EOF):
		children := t.splits.end(e.split)
		delete(t.gates, e.split)
		for _, p := range t.pipelines {
			if p.watermarks != nil {
				p.watermarks.End(e.split, children)
			}
		}
		t.note(e.split, func(s *SplitStatus) { s.Done, s.Lag = true, 0 })
		t.start(ctx, reading, nil)
		return t.advance(ctx)
	case e.err != nil:
		return e.err
	}
	if err := t.deliver(ctx, e.split, e.page); err != nil {
		return err
	}
	t.splits.move(e.split, e.page.Position)
	t.start(ctx, reading, e.page.Splits)
	return nil
}

// start opens the splits that were found and those that waited, if their parents are done.
func (t *sourceTask) start(ctx, reading context.Context, found []connector.Split) {
	for _, split := range t.splits.add(found) {
		now := time.Now()
		for _, p := range t.pipelines {
			if p.watermarks != nil {
				p.watermarks.Open(split.ID, split.Parents, now)
			}
		}
		t.launch(ctx, reading, split)
	}
}

// launch begins to read a split.
func (t *sourceTask) launch(ctx, reading context.Context, split connector.Split) {
	t.note(split.ID, func(s *SplitStatus) { s.Lag, s.Watermark = -1, t.splitWatermark(split.ID) })
	g := newGate()
	t.gates[split.ID] = g
	t.readers.Go(func() { t.readSplit(reading, ctx, split, g) })
}

// deliver sends a page into the pipelines, cut to the largest batch.
func (t *sourceTask) deliver(ctx context.Context, split string, page connector.Page) error {
	rows := 0
	if page.Rows != nil {
		rows = page.Rows.Rows()
	}
	t.note(split, func(s *SplitStatus) { s.Rows, s.Lag = s.Rows+int64(rows), page.Lag })
	for from := 0; from < max(rows, 1); {
		b, to := page.Rows, rows
		if limit := t.job.cfg.MaxBatchRows; limit > 0 && rows > limit {
			to = min(from+limit, rows)
			b = page.Rows.Gather(sequence(from, to))
		}
		if err := t.deliverBatch(ctx, split, b, page.Lag > 0 || to < rows); err != nil {
			return err
		}
		from = max(to, 1)
	}
	if wm := t.splitWatermark(split); wm != nil {
		t.note(split, func(s *SplitStatus) { s.Watermark = wm })
	}
	return nil
}

func sequence(from, to int) []int32 {
	rows := make([]int32, to-from)
	for i := range rows {
		rows[i] = int32(from + i)
	}
	return rows
}

func (t *sourceTask) deliverBatch(ctx context.Context, split string, b *batch.Batch, behind bool) error {
	for _, p := range t.pipelines {
		own := b
		if b != nil {
			own = b.Select(p.columns)
			if p.computed != nil {
				var err error
				p.chain.eval.Now = time.Now().UnixMicro()
				if own, err = p.computed.Apply(own); err != nil {
					return err
				}
			}
		}
		if p.watermarks != nil {
			if err := p.watermarks.Observe(split, own, behind, time.Now()); err != nil {
				return err
			}
		}
		if own == nil || own.Rows() == 0 {
			continue
		}
		if err := p.chain.process(ctx, own); err != nil {
			return err
		}
	}
	return t.advance(ctx)
}

// advance sends the watermark of each pipeline on if it has moved.
func (t *sourceTask) advance(ctx context.Context) error {
	now := time.Now()
	for _, p := range t.pipelines {
		if p.watermarks == nil {
			continue
		}
		wm, changed := p.watermarks.Next(now)
		if !changed {
			continue
		}
		t.noteWatermark(p, wm)
		if err := p.chain.advance(ctx, wm); err != nil {
			return err
		}
	}
	t.align()
	return nil
}
