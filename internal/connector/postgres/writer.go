package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
)

// maxBufferBytes is how much is sent together at most, whatever the number of rows.
const maxBufferBytes = 8 << 20

// writer sends the rows of one task, a chunk at a time.
type writer struct {
	*sink
	encoder *encoder
	id      string
	// background is that of what the timer does. It ends with Close.
	background context.Context //nolint:containedctx // see above
	cancel     context.CancelFunc

	mu      sync.Mutex // guards the rest
	session *session   // nil: not connected
	buffer  []byte     // the chunk at hand, as COPY takes it
	rows    int        // in it
	chunk   int64      // its number
	order   int64      // of the last row
	sent    []chunks   // since the last Prepare
	timer   *time.Timer
	closed  bool
	err     error // of the timer
}

func newWriter(ctx context.Context, s *sink, lane int) *writer {
	w := &writer{sink: s, encoder: newEncoder(s.request.Columns), id: fmt.Sprintf("%s-%d-%d", s.run, lane, s.writers.Add(1))}
	w.background, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.settings.interval > 0 {
		w.timer = time.AfterFunc(s.settings.interval, w.tick)
	}
	return w
}

// Write takes rows, and sends them when there are enough.
func (w *writer) Write(ctx context.Context, b *batch.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	w.order = max(w.order, time.Now().UnixNano()) // so that it goes on after a restart
	for row := range b.Rows() {
		change := batch.Insert
		if b.Changes != nil {
			change = b.Changes[row]
		}
		if change == batch.UpdateBefore && w.keyed {
			continue // the row with the new values has the same key
		}
		if change != batch.Insert && !w.keyed {
			return diag.Errorf(diag.Unsupported, diag.Span{}, "table %q takes inserts only, not a change %s", w.request.Table.Name, change).
				WithHint("declare a PRIMARY KEY (...) NOT ENFORCED")
		}
		if err := w.append(b, row, change == batch.Delete); err != nil {
			return err
		}
		if w.settings.maxRows > 0 && w.rows >= w.settings.maxRows || len(w.buffer) >= maxBufferBytes {
			if err := w.send(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// append encodes a row into the chunk at hand.
func (w *writer) append(b *batch.Batch, row int, deleted bool) error {
	before := len(w.buffer)
	out, err := w.encoder.append(w.buffer, b, row)
	if err != nil {
		w.buffer = out[:before]
		return err
	}
	w.order++
	if w.sql.staging == "" {
		out[len(out)-1] = '\n' // in the place of the last tab
	} else {
		out = appendStaged(out, w.order, deleted)
	}
	w.buffer = out
	w.rows++
	return nil
}

// send sends the chunk at hand. Should it be lost on the way, its rows get another number, for what
// was sent first may be stored yet.
func (w *writer) send(ctx context.Context) error {
	if w.rows == 0 {
		return nil
	}
	err := w.persist(ctx, "write", func() (err error) {
		w.chunk++
		if w.session == nil || w.session.IsClosed() {
			if w.session, err = connect(ctx, w.config); err != nil {
				w.session = nil
				return err
			}
		}
		return w.session.transaction(ctx, func() error { return w.copy(ctx) })
	})
	if err != nil {
		return err
	}
	if last := len(w.sent) - 1; last >= 0 && w.sent[last].Last == w.chunk-1 {
		w.sent[last].Last = w.chunk
	} else {
		w.sent = append(w.sent, chunks{Writer: w.id, First: w.chunk, Last: w.chunk})
	}
	w.request.Meter.Records.Add(int64(w.rows))
	w.request.Meter.Bytes.Add(int64(len(w.buffer)))
	w.buffer, w.rows = w.buffer[:0], 0
	return nil
}

// copy copies the chunk at hand, and without a checkpoint to wait for moves it on.
func (w *writer) copy(ctx context.Context) error {
	switch {
	case w.sql.staging == "":
	case w.direct:
		if err := w.session.exec(ctx, w.sql.create); err != nil {
			return err
		}
	default:
		const announce = "SELECT set_config('" + settingWriter + "', $1, true), set_config('" + settingChunk + "', $2, true)"
		if _, err := w.session.query(ctx, announce, w.id, strconv.FormatInt(w.chunk, 10)); err != nil {
			return err
		}
	}
	if _, err := w.session.CopyFrom(ctx, bytes.NewReader(w.buffer), w.sql.copy); err != nil {
		return err
	}
	if w.direct && w.sql.staging != "" {
		return w.session.exec(ctx, w.sql.moveAll)
	}
	return nil
}

// tick sends rows that have waited long enough.
func (w *writer) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.err != nil {
		return
	}
	w.err = w.send(w.background)
	w.timer.Reset(w.settings.interval)
}

// Flush sends all rows.
func (w *writer) Flush(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	return w.send(ctx)
}

// Prepare sends all rows, and returns the numbers of the chunks since the last time.
func (w *writer) Prepare(ctx context.Context, _ checkpoint.Epoch, _ bool) ([]byte, error) {
	if err := w.Flush(ctx); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	if w.direct || len(sent) == 0 {
		return nil, nil
	}
	return json.Marshal(note{Chunks: sent})
}

// Close closes the connection. Rows that were not sent are dropped.
func (w *writer) Close() error {
	w.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.session != nil {
		w.session.drop()
		w.session = nil
	}
	return nil
}
