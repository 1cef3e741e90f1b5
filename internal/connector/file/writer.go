package file

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

// maxOpenParts bounds the files that a writer has open. Where there are more partitions, the file
// that no row has come for the longest is complete.
const maxOpenParts = 256

// writer writes the rows of one task: a file at a time for each partition.
type writer struct {
	*sink
	lane        int
	partitioner partitioner
	content     content

	mu       sync.Mutex // guards the rest
	open     map[string]*part
	groups   groups
	complete []ticket // files that were completed and not prepared
	timer    *time.Timer
	closed   bool
	err      error // of the timer
}

func newWriter(s *sink, lane int, c content) *writer {
	w := &writer{sink: s, lane: lane, partitioner: s.unopened, content: c, open: map[string]*part{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(s.policy.check, w.tick)
	return w
}

// groups are the rows of a batch by partition.
type groups struct {
	names []string
	rows  [][]int32 // of each name
	index map[string]int
	key   []byte
}

// divide sorts the rows of a batch. Neighbours are often of the same partition.
func (g *groups) divide(p *partitioner, b *batch.Batch) {
	g.names, g.index = g.names[:0], map[string]int{}
	last := -1
	for row := range b.Rows() {
		g.key = p.append(g.key[:0], b, row)
		if last < 0 || g.names[last] != string(g.key) {
			last = g.of(g.key)
		}
		g.rows[last] = append(g.rows[last], int32(row))
	}
}

// of returns the number of a partition.
func (g *groups) of(key []byte) int {
	if i, ok := g.index[string(key)]; ok {
		return i
	}
	i := len(g.names)
	g.names = append(g.names, string(key))
	g.index[g.names[i]] = i
	if i == len(g.rows) {
		g.rows = append(g.rows, nil)
	}
	g.rows[i] = g.rows[i][:0]
	return i
}

// Write encodes the rows into the files of their partitions.
func (w *writer) Write(ctx context.Context, b *batch.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, change := range b.Changes {
		if change != batch.Insert {
			return diag.Errorf(diag.Unsupported, diag.Span{}, "table %q takes inserts only, not a change %s", w.request.Table.Name, change)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || b.Rows() == 0 {
		return w.err
	}
	if len(w.partitioner.keys) == 0 {
		return w.append(ctx, "", b, nil)
	}
	w.groups.divide(&w.partitioner, b)
	for i, partition := range w.groups.names {
		if err := w.append(ctx, partition, b, w.groups.rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// append encodes rows of b (nil: all) into the file of a partition, and completes it if it is large
// enough then. The caller holds the lock, as those of all methods below do.
func (w *writer) append(ctx context.Context, partition string, b *batch.Batch, rows []int32) error {
	p, err := w.part(ctx, partition)
	if err != nil {
		return err
	}
	before := len(p.buffer)
	if p.buffer, err = w.content.append(p.buffer, b, rows); err != nil {
		return err
	}
	n := len(rows)
	if rows == nil {
		n = b.Rows()
	}
	w.request.Meter.Records.Add(int64(n))
	w.request.Meter.Bytes.Add(int64(len(p.buffer) - before))
	p.dirty, p.touched = true, time.Now()
	if len(p.buffer) >= partBuffer || p.size() >= w.policy.size {
		if err := p.flush(); err != nil {
			return err
		}
	}
	if p.size() >= w.policy.size {
		return w.finish(ctx, partition)
	}
	return nil
}

// part returns the open file of a partition, or begins one.
func (w *writer) part(ctx context.Context, partition string) (*part, error) {
	if p := w.open[partition]; p != nil {
		return p, nil
	}
	if len(w.open) >= maxOpenParts {
		var oldest string
		for name, p := range w.open {
			if o := w.open[oldest]; o == nil || p.touched.Before(o.touched) {
				oldest = name
			}
		}
		if err := w.finish(ctx, oldest); err != nil {
			return nil, err
		}
	}
	d, err := w.place.create(ctx, w.name(partition, w.lane))
	if err != nil {
		return nil, err
	}
	p := newPart(d, w.gzip, time.Now())
	w.open[partition] = p
	return p, nil
}

// finish completes the file of a partition. Without checkpoints to wait for it becomes visible.
func (w *writer) finish(ctx context.Context, partition string) error {
	p := w.open[partition]
	var err error
	if p.buffer, err = w.content.finish(p.buffer); err != nil {
		return err
	}
	t, err := p.save(ctx, true)
	if err != nil {
		return err
	}
	delete(w.open, partition)
	if err := p.draft.close(); err != nil {
		return err
	}
	if w.owner == "" {
		return w.place.publish(ctx, []ticket{t})
	}
	w.complete = append(w.complete, t)
	return nil
}

func (w *writer) finishAll(ctx context.Context, which func(*part) bool) error {
	for _, partition := range w.partitions() {
		if which(w.open[partition]) {
			if err := w.finish(ctx, partition); err != nil {
				return err
			}
		}
	}
	return nil
}

// partitions returns those that have an open file, in order.
func (w *writer) partitions() []string { return slices.Sorted(maps.Keys(w.open)) }

// tick completes the files that are old enough, from time to time.
func (w *writer) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.err != nil {
		return
	}
	now := time.Now()
	w.err = w.finishAll(context.Background(), func(p *part) bool { return w.policy.old(p, now) })
	w.timer.Reset(w.policy.check)
}

// Flush makes durable what was written, which is not visible for that.
func (w *writer) Flush(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, partition := range w.partitions() {
		if _, err := w.open[partition].save(ctx, false); err != nil {
			return err
		}
	}
	return w.err
}

// Prepare makes durable what was written. Files may go on behind it, unless it is the last time, if
// their format and their place let them.
func (w *writer) Prepare(ctx context.Context, _ checkpoint.Epoch, last bool) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return nil, w.err
	}
	goOn := !last && w.content.divisible() && w.place.growing()
	if err := w.finishAll(ctx, func(*part) bool { return !goOn }); err != nil {
		return nil, err
	}
	n := note{Files: w.complete}
	for _, partition := range w.partitions() {
		t, err := w.open[partition].save(ctx, false)
		if err != nil {
			return nil, err
		}
		n.Files = append(n.Files, t)
	}
	w.complete = nil
	if len(n.Files) == 0 {
		return nil, nil
	}
	return json.Marshal(n)
}

// Close lets go of the files that are not complete and leaves them to Recover. Where there are no
// checkpoints, what was written becomes visible.
func (w *writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	w.timer.Stop()
	if w.owner == "" {
		return w.finishAll(context.Background(), func(*part) bool { return true })
	}
	var errs []error
	for _, partition := range w.partitions() {
		errs = append(errs, w.open[partition].draft.close())
	}
	clear(w.open)
	return errors.Join(errs...)
}
