package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
)

// refusals notes rows that cannot be written, of all writers of a sink. It is safe for concurrent use.
type refusals struct {
	mu         sync.Mutex
	last       time.Time // when one was logged
	suppressed int       // since then
}

// logEvery is how far apart the lines about rows that were left out are at least.
const logEvery = 10 * time.Second

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
	if suppressed, ok := s.refused.admit(); ok {
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

// admit reports whether a line may be logged, and for how many rows none was since the last one.
func (r *refusals) admit() (suppressed int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); r.last.IsZero() || now.Sub(r.last) >= logEvery {
		r.last = now
		suppressed, r.suppressed = r.suppressed, 0
		return suppressed, true
	}
	r.suppressed++
	return 0, false
}
