package postgres

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// copyBytes is how many bytes of rows gather before they are copied.
const copyBytes = 1 << 20

// writer copies the rows of one task into the staging table. The transaction of what was written since
// the last barrier is open until Prepare.
type writer struct {
	*sink
	lane       int
	connection *pgx.Conn // nil: nothing was copied since the last barrier
	tx         pgx.Tx
	batch      string
	order      int64
	rows       int64 // since the last barrier
	bytes      int64
	buffer     []byte
}

// Write takes rows.
func (w *writer) Write(ctx context.Context, b *batch.Batch) error {
	if w.rows == 0 {
		now := time.Now().UnixNano() // so that the order goes on after a restart
		w.order = max(w.order+1, now)
		w.batch = fmt.Sprintf("%d-%d", now, w.lane)
	}
	for row := range b.Rows() {
		remove, err := w.change(b, row)
		if err != nil {
			return err
		}
		if b.Changes != nil && b.Changes[row] == batch.UpdateBefore {
			continue // the row behind it has the same key
		}
		start := len(w.buffer)
		if err := w.append(b, row, remove); err != nil {
			return err
		}
		w.order++
		w.rows++
		w.bytes += int64(len(w.buffer) - start)
	}
	if len(w.buffer) >= copyBytes {
		if err := w.copy(ctx); err != nil {
			return err
		}
	}
	if w.direct {
		return w.Flush(ctx)
	}
	return nil
}

// change reports whether a row is to be deleted.
func (w *writer) change(b *batch.Batch, row int) (remove bool, err error) {
	if b.Changes == nil || b.Changes[row] == batch.Insert {
		return false, nil
	}
	if len(w.request.Table.PrimaryKey) == 0 {
		return false, diag.Errorf(diag.Unsupported, diag.Span{}, "table %q takes inserts only, not a change %s", w.request.Table.Name, b.Changes[row]).
			WithHint("declare a PRIMARY KEY (...) NOT ENFORCED")
	}
	return b.Changes[row] == batch.Delete, nil
}

// append appends a row in the text format of COPY.
func (w *writer) append(b *batch.Batch, row int, remove bool) error {
	for i, column := range w.request.Columns {
		if !b.Columns[i].Valid().Get(row) {
			w.buffer = append(w.buffer, '\\', 'N', '\t')
			continue
		}
		start := len(w.buffer)
		switch column.Type.Kind { //nolint:exhaustive // the others have one text
		case types.Varbinary:
			w.buffer = append(w.buffer, '\\', '\\', 'x')
			w.buffer = hex.AppendEncode(w.buffer, b.Columns[i].(*batch.Bytes).At(row))
		case types.TimestampLTZ:
			w.buffer = append(batch.AppendText(w.buffer, b.Columns[i], row, column.Type, time.UTC), "+00"...)
		default:
			w.buffer = batch.AppendText(w.buffer, b.Columns[i], row, column.Type, time.UTC)
			if bytes.IndexByte(w.buffer[start:], 0) >= 0 {
				return diag.Errorf(diag.BadData, diag.Span{}, "column %q of table %q: PostgreSQL takes no text with a zero byte", column.Name, w.request.Table.Name)
			}
			w.buffer = escape(w.buffer, start)
		}
		w.buffer = append(w.buffer, '\t')
	}
	w.buffer = append(w.buffer, w.batch...)
	w.buffer = append(w.buffer, '\t')
	w.buffer = strconv.AppendInt(w.buffer, w.order, 10)
	w.buffer = append(w.buffer, '\t')
	w.buffer = strconv.AppendBool(w.buffer, remove)
	w.buffer = append(w.buffer, '\n')
	return nil
}

// escape escapes what stands in a text from start on.
func escape(text []byte, start int) []byte {
	if !bytes.ContainsAny(text[start:], "\\\t\n\r") {
		return text
	}
	raw := bytes.Clone(text[start:])
	text = text[:start]
	for _, c := range raw {
		switch c {
		case '\\':
			text = append(text, '\\', '\\')
		case '\t':
			text = append(text, '\\', 't')
		case '\n':
			text = append(text, '\\', 'n')
		case '\r':
			text = append(text, '\\', 'r')
		default:
			text = append(text, c)
		}
	}
	return text
}

// copy sends the rows that have gathered.
func (w *writer) copy(ctx context.Context) error {
	if len(w.buffer) == 0 {
		return nil
	}
	if w.connection == nil {
		var err error
		if w.connection, err = pgx.ConnectConfig(ctx, w.config); err != nil {
			return w.explain("write to", err)
		}
		if w.tx, err = w.connection.Begin(ctx); err != nil {
			return w.explain("write to", err)
		}
	}
	if _, err := w.connection.PgConn().CopyFrom(ctx, bytes.NewReader(w.buffer), w.sql.copy); err != nil {
		return w.explain("write to", err)
	}
	w.buffer = w.buffer[:0]
	return nil
}

// Prepare commits the rows to the staging table.
func (w *writer) Prepare(ctx context.Context, _ checkpoint.Epoch, _ bool) ([]byte, error) {
	if w.rows == 0 {
		return nil, nil
	}
	if err := w.copy(ctx); err != nil {
		return nil, err
	}
	if err := w.tx.Commit(ctx); err != nil {
		return nil, w.explain("write to", err)
	}
	w.request.Meter.Records.Add(w.rows)
	w.request.Meter.Bytes.Add(w.bytes)
	w.rows, w.bytes = 0, 0
	if err := w.disconnect(ctx); err != nil {
		return nil, err
	}
	return json.Marshal(staged{Batch: w.batch})
}

// Flush commits the rows to the table itself. The engine calls it for no job that is saved.
func (w *writer) Flush(ctx context.Context) error {
	data, err := w.Prepare(ctx, 0, true)
	if err != nil || data == nil {
		return err
	}
	return w.Commit(ctx, [][]byte{data})
}

func (w *writer) disconnect(ctx context.Context) error {
	if w.connection == nil {
		return nil
	}
	connection := w.connection
	w.connection, w.tx = nil, nil
	if err := connection.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return w.explain("write to", err)
	}
	return nil
}

// Close gives up what was not prepared.
func (w *writer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	return w.disconnect(ctx)
}
