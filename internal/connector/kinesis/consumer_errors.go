package kinesis

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/diag"
)

// missing is the error of a consumer that must exist and does not; unless it is the stream that does
// not exist.
func (f *fanOut) missing(ctx context.Context, err error) error {
	name, arn := f.stream.address()
	_, streamErr := f.ListShards(ctx, &kinesis.ListShardsInput{StreamName: name, StreamARN: arn})
	if isNotFound(streamErr) {
		return f.streamNotFound(streamErr)
	}
	return f.failure(diag.NotFound, err, "consumer %q of stream %q does not exist", f.settings.consumerName, f.stream.name).
		WithHint("register it with: aws kinesis register-stream-consumer --stream-arn ... --consumer-name %s; or leave that to the job with '%s' = '%s'",
			f.settings.consumerName, keyRegistration, registrationLazy)
}

// gone is the error of a consumer that cannot be subscribed to because it is not there.
func (f *fanOut) gone(ctx context.Context, err error) error {
	switch {
	case !f.used.Load() && f.settings.registration == registrationNone:
		return f.missing(ctx, err)
	case f.settings.registration == registrationNone:
		return f.failure(diag.NotFound, err, "consumer %q of stream %q was deleted while the job was reading", f.settings.consumerName, f.stream.name).
			WithHint("register it again and start the job, which goes on where it was; a new consumer has a new ARN")
	}
	return f.failure(diag.NotFound, err, "consumer %q of stream %q was deleted while the job was reading", f.settings.consumerName, f.stream.name).
		WithHint("start the job again: it registers the consumer and goes on where it was; if another job deregistered it, give each job a '%s' of its own", keyConsumerName)
}

// notActive is the error of a consumer that did not become active in time. last is why it could not
// be registered, nil if it could.
func (f *fanOut) notActive(status string, last error) error {
	if _, full := errors.AsType[*types.LimitExceededException](last); full {
		return f.failure(diag.Throttled, last, "consumer %q cannot be registered with stream %q: %s", f.settings.consumerName, f.stream.name, serviceText(last)).
			WithHint("a stream has room for 20 consumers, or 50; aws kinesis list-stream-consumers shows them")
	}
	if last != nil {
		return f.explain(context.Background(), "RegisterStreamConsumer", last)
	}
	return f.failure(diag.Unreachable, nil, "consumer %q of stream %q is not active after %v: it is %s", f.settings.consumerName, f.stream.name, f.settings.registerTimeout, status).
		WithHint("try again later, or set 'scan.stream.registerstreamconsumer.timeout' to more seconds")
}
