package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/deadletter"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// The causes of the dead letters of a sink.
const (
	causeUnwritable = "unwritable" // the row does not become a record
	causeRefused    = "refused"    // the stream does not take the record
)

// bad deals with a row that cannot be written, by the option 'sink.bad-records'; letter is what is kept
// of it. What it returns ends the job.
func (s *sink) bad(ctx context.Context, err error, letter deadletter.Letter) error {
	s.meter.BadRecords.Add(1)
	if s.settings.badRows == badRowsFail {
		if explained, ok := errors.AsType[*diag.Error](err); ok {
			return explained.WithHint("%s", leaveOutHint(explained.Hint))
		}
		return err
	}
	if s.settings.badRows == badRowsDeadLetter {
		letter.Kept, letter.Table, letter.Format = time.Now().UTC(), s.request.Table.Name, s.request.Table.Format.Name
		letter.Error = err.Error()
		if err := s.letters.Keep(ctx, []deadletter.Letter{letter}); err != nil {
			return err
		}
	}
	suppressed, ok := s.refused.Admit(1)
	about := []any{slog.String("table", s.request.Table.Name), slog.Int("suppressed", suppressed), slog.Any("error", err)}
	switch {
	case ok && s.settings.badRows == badRowsDeadLetter:
		s.logger.WarnContext(ctx, "row kept as a dead letter", about...)
	case ok:
		s.logger.WarnContext(ctx, "row left out", about...)
	}
	return nil
}

// letterOf is the dead letter of a record. It can be put into the stream again.
func (s *sink) letterOf(r record, cause string) deadletter.Letter {
	letter := deadletter.Letter{Cause: cause, Data: r.Data}
	letter.Stream = s.stream.name
	if r.PartitionKey != nil {
		letter.PartitionKey = *r.PartitionKey
	}
	if r.ExplicitHashKey != nil {
		letter.ExplicitHashKey = *r.ExplicitHashKey
	}
	return letter
}

// letterOfRow is the dead letter of a row that did not become a record.
func (s *sink) letterOfRow(b *batch.Batch, row int) deadletter.Letter {
	schema := make(types.Schema, len(s.request.Columns))
	for i, column := range s.request.Columns {
		schema[i] = types.Field{Name: column.Name, Type: column.Type}
	}
	return deadletter.Letter{Cause: causeUnwritable, Row: batch.FormatRow(b, schema, row)}
}

func leaveOutHint(hint string) string {
	const leaveOut = "'" + keySinkBadRecords + "' = '" + badRowsSkip + "' counts and leaves out such rows, '" + badRowsDeadLetter + "' keeps them as well"
	if hint == "" {
		return leaveOut
	}
	return hint + "; " + leaveOut
}
