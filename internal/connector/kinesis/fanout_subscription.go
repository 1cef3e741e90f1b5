package kinesis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/schemas"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// subscription is a running SubscribeToShard. It is used by one goroutine, and reads only when it is
// asked to: what the service has sent meanwhile waits in the connection.
type subscription struct {
	frames frameReader
	body   io.Closer
	sdk    smithyhttp.ClientProtocol // for the frames that are not ordinary
	ctx    context.Context           //nolint:containedctx // of the request, which lasts as long as the subscription
	cancel context.CancelCauseFunc
	events int // delivered so far
}

// cutError is the end of a subscription that neither side wanted.
type cutError struct{ cause error }

func (e *cutError) Error() string { return "subscription ended: " + e.cause.Error() }
func (e *cutError) Unwrap() error { return e.cause }

var (
	// errExpired is the end of a subscription whose five minutes are over.
	errExpired = errors.New("subscription has expired")
	errNoEvent = errors.New("it ended before the first event")
)

// silenceError says that a subscription that should have brought an event has not.
type silenceError time.Duration

func (e silenceError) Error() string { return "no event within " + time.Duration(e).String() }

// Is makes it a timeout.
func (silenceError) Is(target error) bool { return target == errCallTimeout }

// openSubscription calls SubscribeToShard and returns when the service has accepted. The context is
// that of the whole subscription.
func (f *fanOut) openSubscription(ctx context.Context, in *kinesis.SubscribeToShardInput) (*subscription, error) {
	accept, silence := f.settings.subscribeTimeout, f.settings.silence
	ctx, cancel := context.WithCancelCause(ctx)
	late := time.AfterFunc(accept, func() { cancel(callTimeoutError(accept)) })
	defer late.Stop()
	// The SDK's way to read event streams is one object for all calls of a client, without a lock, and
	// by far the slower. So each call has a protocol of its own, and the frames are ours to read.
	taken, sdk := &bodyTaker{}, newProtocol()
	_, err := f.SubscribeToShard(ctx, in, func(o *kinesis.Options) {
		o.HTTPClient, o.Protocol = f.streams, sdk
		o.APIOptions = append(slices.Clip(o.APIOptions), taken.install)
	})
	if err == nil || errorCode(err) != "" {
		f.reached.Store(true)
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = &cutError{cause}
		}
		cancel(nil)
		return nil, err
	}
	watchdog := time.AfterFunc(silence, func() { cancel(silenceError(silence)) })
	watchdog.Stop()
	return &subscription{
		frames: frameReader{body: &watchedReader{body: taken.body, timer: watchdog, limit: silence}},
		body:   taken.body, sdk: sdk, ctx: ctx, cancel: cancel,
	}, nil
}

// next waits for the next event. The error is errExpired when the subscription has ended as it should.
func (s *subscription) next() (*kinesis.GetRecordsOutput, error) {
	for {
		f, err := s.frames.next()
		switch {
		case err == nil:
		case context.Cause(s.ctx) != nil: // however the transport calls it
			return nil, &cutError{context.Cause(s.ctx)}
		case errors.Is(err, io.EOF) && s.events == 0:
			return nil, &cutError{errNoEvent}
		case errors.Is(err, io.EOF):
			return nil, errExpired
		default:
			return nil, &cutError{err}
		}
		if f.messageType == messageEvent && f.eventType != eventRecords {
			continue // initial-response, and what may come to be
		}
		out := &kinesis.GetRecordsOutput{}
		if f.messageType != messageEvent || !decodePage(f.payload, nextContinuation, out) {
			if out, err = decodeWithSDK(s.sdk, f); err != nil {
				return nil, err
			}
		}
		if out != nil {
			s.events++
			return out, nil
		}
	}
}

// decodeWithSDK lets the SDK read a frame: an exception, or an event that decodePage leaves to it,
// such as the last one of a shard. What is neither is nil.
func decodeWithSDK(sdk smithyhttp.ClientProtocol, f frame) (*kinesis.GetRecordsOutput, error) {
	message, err := sdk.DeserializeEventMessage(schemas.SubscribeToShardEventStream, kinesis.TypeRegistry, bytes.NewReader(f.whole))
	if err != nil {
		return nil, err
	}
	event, ok := message.(*types.SubscribeToShardEvent)
	if !ok {
		return nil, nil
	}
	return &kinesis.GetRecordsOutput{
		Records: event.Records, NextShardIterator: event.ContinuationSequenceNumber,
		MillisBehindLatest: event.MillisBehindLatest, ChildShards: event.ChildShards,
	}, nil
}

// close ends the subscription.
func (s *subscription) close() {
	s.cancel(nil)
	_ = s.body.Close() // nothing is lost with it
}

// watchedReader lets a timer run out while nothing comes. It runs only during Read: a subscription
// that nobody reads is not silent.
type watchedReader struct {
	body  io.Reader
	timer *time.Timer
	limit time.Duration
}

func (r *watchedReader) Read(p []byte) (int, error) {
	r.timer.Reset(r.limit)
	defer r.timer.Stop()
	return r.body.Read(p)
}

// bodyTaker takes the place of the SDK's step that starts to read an event stream.
type bodyTaker struct{ body io.ReadCloser }

func (t *bodyTaker) install(stack *middleware.Stack) error {
	_, err := stack.Deserialize.Swap(t.ID(), t)
	return err
}

// ID is the name of the step in the SDK's stack.
func (*bodyTaker) ID() string { return "OperationEventStreamDeserializer" }

// HandleDeserialize keeps the body of an answer that is a stream.
func (t *bodyTaker) HandleDeserialize(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	switch {
	case ok && err == nil:
		t.body = response.Body
	case ok:
		_ = response.Body.Close() // the error has been read
	case err == nil:
		err = &smithy.DeserializationError{Err: fmt.Errorf("unknown transport %T", out.RawResponse)}
	}
	return out, metadata, err
}

// startingPosition is where a subscription begins: after the last event, or at a position.
func startingPosition(continuation *string, p position) *types.StartingPosition {
	if continuation != nil {
		return &types.StartingPosition{Type: types.ShardIteratorTypeAfterSequenceNumber, SequenceNumber: continuation}
	}
	var in kinesis.GetShardIteratorInput
	p.request(&in)
	return &types.StartingPosition{Type: in.ShardIteratorType, SequenceNumber: in.StartingSequenceNumber, Timestamp: in.Timestamp}
}
