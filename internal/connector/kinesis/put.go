package kinesis

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/diag"
)

// attempt is what came of sending a request once.
type attempt struct {
	taken   []record
	leftOut []record      // refused for good
	again   []*request    // the rest, refused for now
	wait    time.Duration // before that
	err     error         // ends the job
}

// attempt sends the records of a request. The service answers record by record, or refuses all of
// them together.
func (w *writer) attempt(ctx context.Context, r *request) attempt {
	results, err := w.putRecords(ctx, r.records)
	if ctx.Err() != nil {
		return attempt{err: ctx.Err()}
	}
	if err != nil {
		return w.requestRefused(ctx, r, err)
	}
	taken, refused, reason := sortOut(r.records, results)
	if len(refused) == 0 {
		return attempt{taken: taken}
	}
	if len(taken) > 0 {
		r.attempts, r.failures = 0, 0
	}
	r.records = refused
	a := attempt{taken: taken}
	if w.settings.failOnError {
		a.err = w.refusal(refused, reason)
	} else {
		w.repeat(ctx, &a, r, isBusy(*reason.ErrorCode), *reason.ErrorCode, func() error { return w.refusal(refused, reason) })
	}
	return a
}

// putRecords makes one call.
func (w *writer) putRecords(ctx context.Context, records []record) ([]types.PutRecordsResultEntry, error) {
	in := &kinesis.PutRecordsInput{Records: records}
	in.StreamName, in.StreamARN = w.stream.address()
	var out *kinesis.PutRecordsOutput
	err := w.once(ctx, func(ctx context.Context) (err error) {
		out, err = w.PutRecords(ctx, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(out.Records) != len(records) {
		return nil, diag.Errorf(diag.Internal, diag.Span{}, "PutRecords with %d records was answered for %d", len(records), len(out.Records))
	}
	return out.Records, nil
}

// sortOut returns the records that the service has taken and those that it has not, each in their
// order, and what it says about one of the latter: that the service is busy, if it says so at all.
func sortOut(records []record, results []types.PutRecordsResultEntry) (taken, refused []record, reason types.PutRecordsResultEntry) {
	for i, result := range results {
		switch {
		case result.ErrorCode != nil:
			if refused == nil {
				taken = append(taken, records[:i]...)
			}
			refused = append(refused, records[i])
			if reason.ErrorCode == nil || isBusy(*result.ErrorCode) {
				reason = result
			}
		case refused != nil:
			taken = append(taken, records[i])
		}
	}
	if refused == nil {
		taken = records
	}
	return taken, refused, reason
}

func isBusy(code string) bool {
	known, _ := lookupServiceError(code)
	return known.do == throttled
}

// requestRefused says what to do after a call that failed as a whole. If the fault is in the request,
// it is in one of its records: halves of it find out in which one, and the others go.
func (w *writer) requestRefused(ctx context.Context, r *request, err error) (a attempt) {
	class := classify(err)
	switch {
	case w.settings.failOnError:
		a.err = w.explain(ctx, "PutRecords", err)
	case class != permanent:
		w.repeat(ctx, &a, r, class == throttled, err.Error(), func() error { return w.explain(ctx, "PutRecords", err) })
	case faultOf(errorCode(err)) != recordFault:
		a.err = w.explain(ctx, "PutRecords", err)
	case len(r.records) > 1:
		half := len(r.records) / 2
		a.again = []*request{{records: r.records[:half:half]}, {records: r.records[half:]}}
		w.meter.Retries.Add(int64(len(r.records)))
	default:
		if a.err = w.bad(ctx, w.explain(ctx, "PutRecords", err), w.letterOf(r.records[0], causeRefused)); a.err == nil {
			a.leftOut = r.records
		}
	}
	return a
}

// repeat lets a request go again after a wait, or ends the job if it has failed too often. Busy
// shards do not count: they take the records in the end.
func (w *writer) repeat(ctx context.Context, a *attempt, r *request, busy bool, reason string, give func() error) {
	if busy {
		w.meter.Throttles.Add(1)
	} else if r.failures++; r.failures > putPolicy.retries {
		a.err = give()
		return
	}
	a.again, a.wait = []*request{r}, putPolicy.wait(r.attempts, w.random)
	r.attempts++
	w.meter.Retries.Add(int64(len(r.records)))
	w.logger.DebugContext(ctx, "sending records again", slog.String("stream", w.stream.name), slog.Int("records", len(r.records)),
		slog.Duration("wait", a.wait), slog.String("reason", reason))
}

// refusal is the error of records that the service does not take.
func (w *writer) refusal(refused []record, reason types.PutRecordsResultEntry) error {
	kind := diag.Unreachable
	if isBusy(*reason.ErrorCode) {
		kind = diag.Throttled
	}
	message := *reason.ErrorCode
	if reason.ErrorMessage != nil {
		message += ": " + *reason.ErrorMessage
	}
	err := diag.Errorf(kind, diag.Span{}, "stream %q refuses %d of the records: %s", w.stream.name, len(refused), message)
	if w.settings.failOnError {
		return err.WithHint("'%s' = 'false' sends such records again", keyFailOnError)
	}
	return err.WithHint("the service reports a fault of its own; try again later")
}
