package kinesis

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/awsclient"
)

// fanOut is the consumer of a source that the service pushes records to; the readers share it.
//
// Whether the consumer is there is looked up once. One that is missing is registered, unless the
// registration is NONE. What was registered here is deregistered in the end, LAZY and EAGER alike:
// Flink's documentation says so of both, its code does it for LAZY only, because there an EAGER
// consumer is registered on another machine, once, and would be missing after a restart. A source
// is opened anew for each start, so here it is not.
type fanOut struct {
	*client
	settings fanOutSettings
	streams  *httpClient   // for subscriptions
	slots    chan struct{} // a token for each subscription
	used     atomic.Bool   // the consumer has delivered something

	mu   sync.Mutex // held while the consumer is looked for or registered
	arn  string     // empty: not known yet
	ours string     // ARN of the consumer that was registered here
}

// openFanOut prepares for enhanced fan-out if the table asks for it.
func (s *source) openFanOut(ctx context.Context) error {
	settings := s.settings.fanOut
	if !settings.enabled {
		return nil
	}
	s.fanOut = &fanOut{
		client: s.client, settings: settings, arn: settings.consumerARN,
		streams: newStreamClient(s.http, settings.http1), slots: make(chan struct{}, settings.maxSubscriptions),
	}
	if settings.registration != registrationEager {
		return nil
	}
	_, err := s.fanOut.consumer(ctx)
	return err
}

// consumer returns the ARN of the consumer. The first call waits until it is active.
func (f *fanOut) consumer(ctx context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.arn != "" {
		return f.arn, nil
	}
	arn, err := f.find(ctx)
	f.arn = arn
	return arn, err
}

// find looks for the consumer until it is active, and registers it if it is missing. One that is
// being deleted, by a job that has just ended, is waited for as well.
func (f *fanOut) find(ctx context.Context) (arn string, err error) {
	streamARN, err := f.streamARN(ctx)
	if err != nil {
		return "", err
	}
	waiting, cancel := context.WithTimeout(ctx, f.settings.registerTimeout)
	defer cancel()
	var last error // why the consumer could not be registered so far
	for n := 0; ; n++ {
		status, operation := "missing", "DescribeStreamConsumer" // for messages
		found, err := f.describe(waiting, &kinesis.DescribeStreamConsumerInput{StreamARN: &streamARN, ConsumerName: &f.settings.consumerName})
		switch {
		case isNotFound(err) && f.settings.registration == registrationNone:
			return "", f.missing(ctx, err)
		case isNotFound(err):
			before := f.ours
			operation, err = "RegisterStreamConsumer", f.register(waiting, streamARN, &last)
			if err == nil && f.ours != before {
				continue // a server may have it active at once
			}
		case err == nil && found.ConsumerStatus == types.ConsumerStatusActive:
			return *found.ConsumerARN, nil
		case err == nil:
			status = string(found.ConsumerStatus)
		}
		if err == nil {
			err = awsclient.Pause(waiting, f.settings.register.paced(n, f.random))
		}
		switch {
		case err == nil:
		case ctx.Err() == nil && waiting.Err() != nil:
			return "", f.notActive(status, last)
		default:
			return "", f.explain(ctx, operation, err)
		}
	}
}

// paced is a wait that is never so short that it makes a loop of calls a burden: the service allows
// DescribeStreamConsumer 20 times a second, for all consumers of a stream together.
func (p retryPolicy) paced(n int, random *random) time.Duration {
	const least = 100 * time.Millisecond
	half := p
	half.base, half.max = p.base/2, p.max/2
	return max(least, half.base+half.wait(n, random))
}

// streamARN returns the ARN of the stream.
func (f *fanOut) streamARN(ctx context.Context) (string, error) {
	if f.stream.arn != "" {
		return f.stream.arn, nil
	}
	var out *kinesis.DescribeStreamSummaryOutput
	err := f.call(ctx, operation{name: "DescribeStreamSummary", policy: f.settings.describeStream}, func(ctx context.Context) (err error) {
		out, err = f.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &f.stream.name})
		return err
	})
	if err != nil {
		return "", f.explain(ctx, "DescribeStreamSummary", err)
	}
	return *out.StreamDescriptionSummary.StreamARN, nil
}

// describe asks for the state of a consumer. The error is the service's.
func (f *fanOut) describe(ctx context.Context, in *kinesis.DescribeStreamConsumerInput) (*types.ConsumerDescription, error) {
	var out *kinesis.DescribeStreamConsumerOutput
	err := f.call(ctx, operation{name: "DescribeStreamConsumer", policy: f.settings.describeConsumer}, func(ctx context.Context) (err error) {
		out, err = f.DescribeStreamConsumer(ctx, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out.ConsumerDescription, nil
}

// register registers the consumer. If it is there by now, because another job was faster, it is that
// one's. last receives the service's latest refusal.
func (f *fanOut) register(ctx context.Context, streamARN string, last *error) error {
	in := &kinesis.RegisterStreamConsumerInput{StreamARN: &streamARN, ConsumerName: &f.settings.consumerName}
	return f.call(ctx, operation{name: "RegisterStreamConsumer", policy: f.settings.register}, func(ctx context.Context) error {
		out, err := f.RegisterStreamConsumer(ctx, in)
		if errors.As(err, new(*types.ResourceInUseException)) {
			return nil
		}
		if err != nil {
			if errorCode(err) != "" {
				*last = err
			}
			return err
		}
		f.ours = *out.Consumer.ConsumerARN
		f.logger.InfoContext(ctx, "consumer registered", slog.String("stream", f.stream.name), slog.String("consumer", f.ours))
		return nil
	})
}

// close closes connections, and deregisters the consumer if it was registered here. If that fails, the consumer stays and
// costs money until somebody removes it, which is said but is no reason for a job to fail.
func (f *fanOut) close() {
	f.streams.CloseIdleConnections()
	f.mu.Lock()
	defer f.mu.Unlock()
	arn := f.ours
	if arn == "" {
		return
	}
	f.ours, f.arn = "", ""
	// The job's context is over, for that is why the source is closed.
	ctx, cancel := context.WithTimeout(context.Background(), f.settings.deregisterTimeout)
	defer cancel()
	err := f.call(ctx, operation{name: "DeregisterStreamConsumer", policy: f.settings.deregister}, func(ctx context.Context) error {
		_, err := f.DeregisterStreamConsumer(ctx, &kinesis.DeregisterStreamConsumerInput{ConsumerARN: &arn})
		return err
	})
	switch {
	case err == nil:
		f.logger.InfoContext(ctx, "consumer deregistered", slog.String("stream", f.stream.name), slog.String("consumer", arn))
	case !isNotFound(err):
		f.logger.WarnContext(ctx, "consumer not deregistered; remove it with aws kinesis deregister-stream-consumer",
			slog.String("stream", f.stream.name), slog.String("consumer", arn), slog.Any("error", err))
	}
}

func isNotFound(err error) bool {
	_, notFound := errors.AsType[*types.ResourceNotFoundException](err)
	return notFound
}
