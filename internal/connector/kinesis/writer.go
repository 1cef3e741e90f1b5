package kinesis

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
)

// record is an encoded row on its way to the service.
type record = types.PutRecordsRequestEntry

// recordSize is what the limits of the service count.
func recordSize(r *record) int { return len(r.Data) + len(*r.PartitionKey) }

// writer collects records and sends them in requests, several at a time.
//
// A record is in the queue until a request is cut for it, and then belongs to that request until it
// is acknowledged (put.go). Requests begin when there is enough for one, when a record has waited
// long enough, or when Flush wants everything gone; pump looks for these reasons and is called
// whenever one of them may have come up. There is no goroutine but those of the requests.
type writer struct {
	*sink
	encoder format.Encoder
	key     partitioner
	room    int // bytes that the last rows took, for a first guess
	// ctx is that of the requests. They outlive the call of Write that began them, and end with Close.
	ctx      context.Context //nolint:containedctx // see above
	cancel   context.CancelFunc
	requests sync.WaitGroup

	mu       sync.Mutex
	queue    []record
	bytes    int // of the queue
	due      int // records at the head of the queue that are to go, even if they do not fill a request
	inFlight int // requests
	unacked  int // records in the queue and in requests
	timer    *time.Timer
	err      error         // why the writer has stopped
	changed  chan struct{} // closed, and replaced, when something of the above has changed
}

// Write encodes the rows and takes them over. It waits while the queue is full.
func (w *writer) Write(ctx context.Context, b *batch.Batch) error {
	records, err := w.encode(b)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(records) > 0 {
		err := w.wait(ctx, func() bool { return len(w.queue) < w.settings.maxBuffered })
		if err != nil {
			return err
		}
		n := min(len(records), w.settings.maxBuffered-len(w.queue))
		for i := range records[:n] {
			w.bytes += recordSize(&records[i])
		}
		w.queue = append(w.queue, records[:n]...)
		w.unacked += n
		records = records[n:]
		w.pump()
	}
	return nil
}

// encode returns the records of the rows of b.
func (w *writer) encode(b *batch.Batch) ([]record, error) {
	records := make([]record, b.Rows())
	keys := make([]string, b.Rows())
	ends := make([]int, b.Rows())
	data := make([]byte, 0, w.room+w.room/8)
	for row := range b.Rows() {
		if b.Changes != nil && b.Changes[row] != batch.Insert {
			return nil, diag.Errorf(diag.Unsupported, diag.Span{}, "table %q takes inserts only, not a change %s", w.request.Table.Name, b.Changes[row])
		}
		start := len(data)
		var err error
		if data, err = w.encoder.Append(data, b, row); err != nil {
			return nil, err
		}
		ends[row] = len(data)
		data = w.key(data, b, row)
		keys[row] = string(data[ends[row]:])
		data = data[:ends[row]]
		if size := ends[row] - start + len(keys[row]); size > maxBytesPerRecord {
			return nil, diag.Errorf(diag.Exhausted, diag.Span{}, "a row of table %q makes a record of %d bytes, more than the %d that stream %q takes",
				w.request.Table.Name, size, maxBytesPerRecord, w.stream.name).
				WithHint("write fewer or shorter columns")
		}
	}
	start := 0
	for row, end := range ends {
		records[row] = record{Data: data[start:end:end], PartitionKey: &keys[row]}
		start = end
	}
	w.room = len(data)
	return records, nil
}

// Flush sends what is queued and waits until everything has been acknowledged.
func (w *writer) Flush(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due = len(w.queue)
	w.pump()
	return w.wait(ctx, func() bool { return w.unacked == 0 })
}

// Close ends the requests under way and drops what is queued.
func (w *writer) Close() error {
	w.mu.Lock()
	w.fail(errClosed)
	w.queue, w.bytes, w.due = nil, 0, 0
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
	for w.err == nil && len(w.queue) > 0 && w.inFlight < w.settings.maxInFlight &&
		(w.due > 0 || len(w.queue) >= w.settings.batchRecords || w.bytes >= w.settings.batchBytes) {
		records := w.cut()
		w.inFlight++
		w.requests.Go(func() { w.send(records) })
	}
	switch {
	case w.timer != nil && (len(w.queue) == 0 || w.err != nil):
		w.timer.Stop()
		w.timer = nil
	case w.timer == nil && len(w.queue) > 0 && w.err == nil:
		w.timer = time.AfterFunc(w.settings.flushAfter, w.expire)
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// cut takes the records of the next request from the head of the queue: at least one, even if that
// is larger than a request should be.
func (w *writer) cut() []record {
	n, bytes := 0, 0
	for n < len(w.queue) && n < w.settings.batchRecords {
		size := recordSize(&w.queue[n])
		if n > 0 && bytes+size > w.settings.batchBytes {
			break
		}
		bytes += size
		n++
	}
	records := w.queue[:n:n]
	w.queue = w.queue[n:]
	w.bytes -= bytes
	w.due = max(0, w.due-n)
	return records
}

// expire sends what has waited long enough.
func (w *writer) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = nil
	w.due = len(w.queue)
	w.pump()
}

// send sends the records of a request until all are acknowledged, and makes room for the next one.
func (w *writer) send(records []record) {
	err := w.put(w.ctx, records)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	if err != nil {
		w.fail(err)
	}
	w.pump()
}

// acknowledged counts records that the service has taken.
func (w *writer) acknowledged(records, bytes int) {
	w.meter.Records.Add(int64(records))
	w.meter.Bytes.Add(int64(bytes))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unacked -= records
}
