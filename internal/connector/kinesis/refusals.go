package kinesis

import (
	"context"
	"errors"
	"log/slog"

	"github.com/penstock-io/penstock/internal/diag"
)

// bad deals with a row that cannot be written, by the option 'sink.bad-records'. What it returns
// ends the job.
func (s *sink) bad(ctx context.Context, err error) error {
	s.meter.BadRecords.Add(1)
	if !s.settings.skipBad {
		if explained, ok := errors.AsType[*diag.Error](err); ok {
			return explained.WithHint("%s", leaveOutHint(explained.Hint))
		}
		return err
	}
	if suppressed, ok := s.refused.Admit(1); ok {
		s.logger.WarnContext(ctx, "row left out", slog.String("table", s.request.Table.Name), slog.Int("suppressed", suppressed), slog.Any("error", err))
	}
	return nil
}

func leaveOutHint(hint string) string {
	const leaveOut = "'" + keySinkBadRecords + "' = '" + badRowsSkip + "' counts and leaves out such rows"
	if hint == "" {
		return leaveOut
	}
	return hint + "; " + leaveOut
}
