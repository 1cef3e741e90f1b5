package kinesis

import (
	"context"
	"io"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
)

// reader turns the pages of one shard into batches.
type reader struct {
	src      *source
	shard    string
	meter    *connector.Traffic
	decoder  *decoder
	pages    <-chan fetched
	demand   chan<- struct{}
	position position // after the last page that was delivered
	done     bool

	page      fetched // the fetched page that is being delivered
	delivered int     // user records of it
	partly    bool    // some are still to come

	cancel context.CancelFunc
	ended  chan struct{} // closed when the fetcher has returned
}

// heartbeat is how long Next waits at most before it returns a page without rows, which says nothing
// but that it is alive: the service keeps the fetcher waiting.
const heartbeat = 2 * time.Second

// newReader starts fetching. The fetcher outlives the call of Next that waits for it, so it has a
// context of its own, which ends with Close.
func newReader(ctx context.Context, src *source, shard string, from position, bound time.Time, decoder *decoder) *reader {
	r := &reader{src: src, shard: shard, meter: src.meter.Split(shard), decoder: decoder, position: from, ended: make(chan struct{}), cancel: func() {}}
	if from.kind == shardEnd {
		r.done = true
		close(r.ended)
		return r
	}
	pages, demand := make(chan fetched), make(chan struct{}, 1)
	f := &fetcher{
		src: src, shard: shard, meter: r.meter, bound: bound, pages: pages, demand: demand, position: from, lag: -1,
		quota: quota{enforced: src.settings.quota}, progress: progress{readTo: src.expected(from)},
	}
	if src.fanOut != nil {
		f.subscriber = &subscriber{src: src, shard: shard, meter: r.meter}
	}
	r.pages, r.demand = pages, demand
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(r.ended)
		f.run(ctx)
		if f.subscriber != nil {
			f.subscriber.close()
		}
	}()
	return r
}

// Next waits for the next page.
func (r *reader) Next(ctx context.Context) (connector.Page, error) {
	if err := ctx.Err(); err != nil {
		return connector.Page{}, err
	}
	if r.done {
		return connector.Page{}, io.EOF
	}
	if r.partly {
		return r.deliver(ctx)
	}
	select {
	case r.demand <- struct{}{}:
	default: // it is there already
	}
	timer := time.NewTimer(heartbeat)
	defer timer.Stop()
	select {
	case page := <-r.pages:
		if err := r.load(ctx, page); err != nil {
			return connector.Page{}, err
		}
		return r.deliver(ctx)
	case <-timer.C:
		return connector.Page{Position: r.position.text(), Lag: -1}, nil
	case <-ctx.Done():
		return connector.Page{}, ctx.Err()
	}
}

// load takes a page from the fetcher.
func (r *reader) load(ctx context.Context, page fetched) error {
	if page.err != nil {
		return page.err
	}
	if err := r.decoder.load(ctx, page, r.position); err != nil {
		return err
	}
	r.meter.Records.Add(int64(len(r.decoder.users.data)))
	r.meter.Bytes.Add(int64(dataSize(page.records)))
	r.page, r.delivered, r.partly = page, 0, true
	return nil
}

// deliver decodes the page, or as much of it as there are to be rows in a batch: the records of a page
// may be aggregates of very many user records.
func (r *reader) deliver(ctx context.Context) (connector.Page, error) {
	begin, total := r.delivered, len(r.decoder.users.data)
	end := min(begin+r.src.maxRows, total)
	rows, end, err := r.decoder.rows(ctx, begin, end)
	if err != nil {
		return connector.Page{}, err
	}
	if end < total {
		r.delivered = end
		r.position = r.decoder.users.positionAfter(end, r.page.records)
		return connector.Page{Rows: rows, Position: r.position.text(), Lag: -1}, nil
	}
	page := r.page
	r.page, r.partly = fetched{}, false
	var splits []connector.Split
	if page.position.kind == shardEnd {
		if splits, err = r.src.follow(ctx, r.shard, page.children); err != nil {
			return connector.Page{}, err
		}
	}
	r.position, r.done = page.position, page.done
	return connector.Page{Rows: rows, Position: page.position.text(), Lag: page.lag, Splits: splits}, nil
}

// Close stops fetching and waits until it has stopped.
func (r *reader) Close() error {
	r.cancel()
	<-r.ended
	return nil
}
