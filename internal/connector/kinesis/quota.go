package kinesis

import (
	"context"
	"time"

	"github.com/penstock-io/penstock/internal/awsclient"
)

// quota keeps the reads of a shard within what the service allows: calls and bytes per second. The
// limits are the shard's, not the reader's, so a second application that reads the same shard still
// gets both throttled. Each is a bucket that holds one call: a page is paid for before the next one
// is asked for, however large it was.
type quota struct {
	enforced bool
	calls    time.Time // when the next call is allowed by the number of calls
	bytes    time.Time // and by the bytes that have been read
}

// wait waits until a call is allowed.
func (q *quota) wait(ctx context.Context) error {
	if !q.enforced {
		return ctx.Err()
	}
	now := time.Now()
	if err := awsclient.Pause(ctx, max(q.calls.Sub(now), q.bytes.Sub(now))); err != nil {
		return err
	}
	q.calls = time.Now().Add(time.Second / readsPerSecond)
	return nil
}

// spend accounts for what a call has returned.
func (q *quota) spend(bytes int) {
	if now := time.Now(); q.bytes.Before(now) {
		q.bytes = now
	}
	q.bytes = q.bytes.Add(time.Duration(bytes) * time.Second / readBytesPerSecond)
}
