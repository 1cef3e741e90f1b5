package kinesis

import (
	"context"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
)

// maxBufferedBytes bounds the memory of a writer, whatever the number of records.
const maxBufferedBytes = 64 << 20

// writer collects records and sends them in requests, several at a time.
//
// A record is in the queue until a request is cut for it, and then belongs to that request until the
// service has taken it or refused it for good. A request with records that were refused for now
// rests, and then goes before all others (again). Requests begin when there is enough for one, when
// a record has waited long enough, or when Flush wants everything gone, as far as the allowance
// lets them; pump looks for these reasons and is called whenever one of them may have come up. There
// is no goroutine but those of the requests.
type writer struct {
	*sink
	encoder *encoder
	// ctx is that of the requests. They outlive the call of Write that began them, and end with Close.
	ctx      context.Context //nolint:containedctx // see above
	cancel   context.CancelFunc
	requests sync.WaitGroup

	mu        sync.Mutex
	queue     queue
	again     []*request
	allowance allowance
	inFlight  int // requests
	sent      int // records in them
	unacked   int // records, wherever they are
	buffered  int // bytes of the records that are not in flight
	flushing  bool
	timer     *time.Timer
	err       error         // why the writer has stopped
	changed   chan struct{} // closed, and replaced, when something of the above has changed
}

// request is records that are sent together. Those that the service has taken leave it.
type request struct {
	records  []record
	attempts int // since the service has taken one of them
	failures int // attempts that failed, but not because the service was busy
}

// Write encodes the rows and takes them over. It waits while too many are waiting already.
func (w *writer) Write(ctx context.Context, b *batch.Batch) error {
	records, err := w.encoder.encode(ctx, b)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(records) > 0 {
		if err := w.wait(ctx, func() bool { return !w.full() }); err != nil {
			return err
		}
		n, bytes := 0, 0
		for n < len(records) && w.waiting()+n < w.settings.maxBuffered && w.buffered+bytes < maxBufferedBytes {
			bytes += recordSize(&records[n])
			n++
		}
		w.queue.add(records[:n])
		w.unacked += n
		w.buffered += bytes
		records = records[n:]
		w.pump()
	}
	return nil
}

// waiting returns how many records are not in flight.
func (w *writer) waiting() int { return w.unacked - w.sent }

func (w *writer) full() bool {
	return w.waiting() >= w.settings.maxBuffered || w.buffered >= maxBufferedBytes
}

// Flush sends what is queued and waits until everything has been acknowledged.
func (w *writer) Flush(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushing = true
	defer func() { w.flushing = false }()
	w.pump()
	return w.wait(ctx, func() bool { return w.unacked == 0 })
}

// Close ends the requests under way and drops what is queued.
func (w *writer) Close() error {
	w.mu.Lock()
	w.fail(errClosed)
	w.queue, w.again = queue{}, nil
	w.pump()
	w.mu.Unlock()
	w.cancel()
	w.requests.Wait()
	return nil
}

var errClosed = diag.Errorf(diag.Internal, diag.Span{}, "the writer is closed")

// wait waits until ready, which looks at what the lock protects, is true. The caller holds the lock.
func (w *writer) wait(ctx context.Context, ready func() bool) error {
	for {
		switch {
		case w.err != nil:
			return w.err
		case ctx.Err() != nil:
			return ctx.Err()
		case ready():
			return nil
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		w.mu.Lock()
	}
}

// fail stops the writer; the first reason counts. The caller holds the lock.
func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// pump begins the requests that are to begin now and sets the timer for what stays. The caller holds
// the lock and has changed something.
func (w *writer) pump() {
	for w.err == nil && w.inFlight < w.settings.maxInFlight {
		r := w.next()
		if r == nil {
			break
		}
		w.inFlight++
		w.sent += len(r.records)
		w.buffered -= totalSize(r.records)
		w.requests.Go(func() { w.send(r) })
	}
	switch {
	case w.timer != nil && (len(w.queue.fresh) == 0 || w.err != nil):
		w.timer.Stop()
		w.timer = nil
	case w.timer == nil && len(w.queue.fresh) > 0 && w.err == nil:
		w.timer = time.AfterFunc(w.settings.flushAfter, w.expire)
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// next returns the request that is to begin now, nil if none is.
func (w *writer) next() *request {
	room := w.allowance.records - w.sent
	limit := min(w.settings.batchRecords, w.allowance.records)
	if len(w.again) > 0 {
		r := w.again[0]
		switch n := min(len(r.records), limit); {
		case n > room:
			return nil
		case n < len(r.records):
			part := *r
			part.records, r.records = r.records[:n:n], r.records[n:]
			return &part
		}
		w.again = w.again[1:]
		return r
	}
	ready := w.queue.ready()
	enough := len(w.queue.urgent) > 0 || ready >= limit || w.queue.bytes >= w.settings.batchBytes || w.flushing || w.full()
	if ready == 0 || !enough || min(ready, limit) > room {
		return nil
	}
	return &request{records: w.queue.cut(limit, w.settings.batchBytes)}
}

// expire sends what has waited long enough.
func (w *writer) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = nil
	w.queue.urge()
	w.pump()
}

// send makes an attempt at a request, and lets those that are to go again rest.
func (w *writer) send(r *request) {
	n := len(r.records)
	a := w.attempt(w.ctx, r)
	w.settle(n, a)
	if len(a.again) == 0 || awsclient.Pause(w.ctx, a.wait) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.again = append(w.again, a.again...)
	w.pump()
}

// settle notes what came of an attempt with n records, and makes room for the next one.
func (w *writer) settle(n int, a attempt) {
	w.meter.Records.Add(int64(len(a.taken)))
	for i := range a.taken {
		w.meter.Bytes.Add(int64(len(a.taken[i].Data)))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	w.sent -= n
	w.unacked -= len(a.taken) + len(a.leftOut)
	w.queue.release(a.taken)
	w.queue.release(a.leftOut)
	for _, r := range a.again {
		w.buffered += totalSize(r.records)
	}
	if len(a.taken) == n {
		w.allowance.grow()
	} else {
		w.allowance.shrink()
	}
	if a.err != nil {
		w.fail(a.err)
	}
	w.pump()
}
