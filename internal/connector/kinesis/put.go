package kinesis

import (
	"context"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/diag"
)

// put sends records until the service has taken all of them. A request succeeds record by record:
// those that were refused are sent again, in their order, after a wait.
func (w *writer) put(ctx context.Context, records []record) error {
	failures := 0 // since the last record that was taken
	for n := 0; ; n++ {
		refused, reason, err := w.putOnce(ctx, records)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && len(refused) == 0:
			return nil
		case err != nil && (w.settings.failOnError || classify(err) == permanent):
			return w.explain(ctx, "PutRecords", err)
		case err == nil && w.settings.failOnError:
			return w.refusal(refused, reason)
		}
		if len(refused) < len(records) {
			n, failures = 0, 0
		}
		if isThrottle(reason, err) {
			w.meter.Throttles.Add(1)
		} else if failures++; failures > putPolicy.retries {
			if err != nil {
				return w.explain(ctx, "PutRecords", err)
			}
			return w.refusal(refused, reason)
		}
		records = refused
		w.meter.Retries.Add(int64(len(records)))
		wait := putPolicy.wait(n, w.random)
		w.logger.DebugContext(ctx, "sending records again", slog.String("stream", w.stream.name), slog.Int("records", len(records)),
			slog.Duration("wait", wait), slog.String("reason", *reason.ErrorCode))
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// putOnce makes one call. It returns the records that the service has not taken, in order, and what
// it says about one of them; all of them if the call failed as a whole.
func (w *writer) putOnce(ctx context.Context, records []record) (refused []record, reason types.PutRecordsResultEntry, err error) {
	in := &kinesis.PutRecordsInput{Records: records}
	in.StreamName, in.StreamARN = w.stream.address()
	var out *kinesis.PutRecordsOutput
	err = w.once(ctx, func(ctx context.Context) (err error) {
		out, err = w.PutRecords(ctx, in)
		return err
	})
	if err != nil {
		text := err.Error()
		return records, types.PutRecordsResultEntry{ErrorCode: &text}, err
	}
	if len(out.Records) != len(records) {
		return nil, reason, diag.Errorf(diag.Internal, diag.Span{}, "PutRecords with %d records was answered for %d", len(records), len(out.Records))
	}
	taken, bytes := 0, 0
	for i, result := range out.Records {
		if result.ErrorCode == nil {
			taken++
			bytes += len(records[i].Data)
			continue
		}
		refused = append(refused, records[i])
		if reason.ErrorCode == nil || isThrottleCode(*reason.ErrorCode) {
			reason = result // the worst one
		}
	}
	w.acknowledged(taken, bytes)
	return refused, reason, nil
}

// isThrottle reports whether records, or a request, were refused for now only.
func isThrottle(reason types.PutRecordsResultEntry, err error) bool {
	if err != nil {
		return classify(err) == throttled
	}
	return isThrottleCode(*reason.ErrorCode)
}

func isThrottleCode(code string) bool { return code == "ProvisionedThroughputExceededException" }

// refusal is the error of records that the service does not take.
func (w *writer) refusal(refused []record, reason types.PutRecordsResultEntry) error {
	kind := diag.Unreachable
	if isThrottleCode(*reason.ErrorCode) {
		kind = diag.Throttled
	}
	message := *reason.ErrorCode
	if reason.ErrorMessage != nil {
		message += ": " + *reason.ErrorMessage
	}
	err := diag.Errorf(kind, diag.Span{}, "stream %q refuses %d of the records: %s", w.stream.name, len(refused), message)
	if w.settings.failOnError {
		return err.WithHint("'sink.fail-on-error' = 'false' sends such records again")
	}
	return err.WithHint("the service reports a fault of its own; try again later")
}
