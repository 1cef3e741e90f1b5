package kinesis

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
)

// outcome says what to do after a call failed.
type outcome uint8

const (
	permanent outcome = iota // making the call again would not help
	transient                // it may succeed the next time
	throttled                // it will succeed later
	recovered                // the user says so
)

// operation is a kind of calls.
type operation struct {
	name   string
	policy retryPolicy
	meter  *connector.Traffic // of the shard that it is about; nil: it is about none
	// admit waits until an attempt may be made; nil: at once. The time is none of the attempt's.
	admit func(ctx context.Context) error
}

// call makes a call of the API until it succeeds, fails for good, or has failed too often. The
// error is the SDK's, for the caller to look into; explain makes it one for users.
func (c *client) call(ctx context.Context, op operation, do func(context.Context) error) error {
	meter := cmp.Or(op.meter, &c.meter.Traffic)
	failures := 0
	for n := 0; ; n++ {
		if op.admit != nil {
			if err := op.admit(ctx); err != nil {
				return err
			}
		}
		err := c.once(ctx, do)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		next := classify(err)
		if next != throttled && c.recoverable.match(err) {
			next = recovered
		}
		switch next {
		case recovered:
		case permanent:
			return err
		case throttled:
			meter.Throttles.Add(1)
		case transient:
			// Nothing listens there, and nothing ever has since we asked: most likely the endpoint is wrong.
			if failures++; failures > op.policy.retries || !c.reached.Load() && isNobodyThere(err) {
				return err
			}
		}
		wait := op.policy.wait(n, c.random)
		c.logger.DebugContext(ctx, "repeating call", slog.String("operation", op.name), slog.String("stream", c.stream.name),
			slog.Duration("wait", wait), slog.Any("error", err))
		meter.Retries.Add(1)
		if err := awsclient.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// once makes a call, within the time that a call may take.
func (c *client) once(ctx context.Context, do func(context.Context) error) error {
	attempt, cancel := context.WithTimeoutCause(ctx, c.timeout, callTimeoutError(c.timeout))
	defer cancel()
	err := do(attempt)
	if err != nil && errors.Is(context.Cause(attempt), errCallTimeout) && ctx.Err() == nil {
		return callTimeoutError(c.timeout)
	}
	if err == nil || errorCode(err) != "" {
		c.reached.Store(true)
	}
	return err
}

// errCallTimeout is what every callTimeoutError is.
var errCallTimeout = errors.New("no answer in time")

// callTimeoutError says that a call took longer than it may.
type callTimeoutError time.Duration

func (e callTimeoutError) Error() string { return "no answer within " + time.Duration(e).String() }

// Is makes it errCallTimeout.
func (callTimeoutError) Is(target error) bool { return target == errCallTimeout }

// errorCode returns the service's code of an error, "" if the service did not answer.
func errorCode(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

var (
	retryables = retry.IsErrorRetryables(retry.DefaultRetryables)
	throttles  = retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}
)

// classify says what to do about an error of a call.
func classify(err error) outcome {
	var malformed *smithy.DeserializationError
	if isUntrusted(err) {
		return permanent
	}
	if known, ok := lookupServiceError(errorCode(err)); ok {
		return known.do
	}
	switch {
	case throttles.IsErrorRetryable(err) == aws.TrueTernary:
		return throttled
	case errors.Is(err, errCallTimeout) || retryables.IsErrorRetryable(err) == aws.TrueTernary:
		return transient
	case errors.As(err, &malformed): // an answer that was cut off, or that a proxy made
		return transient
	}
	return permanent
}

// isNobodyThere reports whether a connection could not be opened at all.
func isNobodyThere(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" && !op.Timeout()
}

func isUntrusted(err error) bool {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, hostname := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return unknown || hostname || invalid
}

// explain makes a *diag.Error of what a call failed with; the end of a context stays what it is.
func (c *client) explain(ctx context.Context, operation string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if explained, ok := errors.AsType[*diag.Error](err); ok {
		return explained
	}
	code := errorCode(err)
	switch {
	case faultOf(code) == streamFault:
		return c.streamNotFound(err)
	case faultOf(code) == accessFault:
		return c.denied(operation, err)
	case isUntrusted(err):
		return c.failure(diag.Unreachable, err, "cannot reach Kinesis at %s: %s", c.http.endpoint(), awsclient.RootText(err)).
			WithHint("name the certificate authority with AWS_CA_BUNDLE, or for a test set 'aws.trust.all.certificates' = 'true'")
	case code == "":
		return c.failure(diag.Unreachable, err, "cannot reach Kinesis at %s: %s", c.http.endpoint(), awsclient.RootText(err)).
			WithHint("%s", c.unreachableHint())
	case classify(err) == transient:
		return c.failure(diag.Unreachable, err, "%s on stream %q fails at %s: %s", operation, c.stream.name, c.http.endpoint(), serviceText(err)).
			WithHint("the service reports a fault of its own; try again later")
	case classify(err) == throttled:
		return c.failure(diag.Throttled, err, "%s on stream %q is throttled: %s", operation, c.stream.name, serviceText(err)).
			WithHint("other readers or writers may use up the limits of the stream; add shards or slow them down")
	}
	return c.failure(diag.Option, err, "%s on stream %q is refused: %s", operation, c.stream.name, serviceText(err))
}

func (c *client) failure(kind diag.Kind, cause error, format string, args ...any) *diag.Error {
	e := diag.Errorf(kind, diag.Span{}, format, args...)
	e.Err = cause
	return e
}

func (c *client) streamNotFound(err error) error {
	create := "aws kinesis create-stream --stream-name " + c.stream.name + " --shard-count 1 --region " + c.region
	where := "in region " + c.region
	if c.Options().BaseEndpoint != nil {
		where = "at " + c.http.endpoint()
		create += " --endpoint-url " + c.http.endpoint()
	}
	return c.failure(diag.NotFound, err, "stream %q does not exist %s", c.stream.name, where).
		WithHint("check 'stream', 'aws.region' and 'aws.endpoint', or create it with: %s", create)
}

func (c *client) denied(operation string, err error) error {
	return c.failure(diag.Denied, err, "not permitted to call %s on stream %q: %s", operation, c.stream.name, serviceText(err)).
		WithHint("aws sts get-caller-identity shows who you are; the identity needs kinesis:%s on the stream", operation)
}

func (c *client) unreachableHint() string {
	if c.Options().BaseEndpoint != nil {
		return "check 'aws.endpoint' and that the server runs"
	}
	return "check the network and 'aws.region'"
}

// serviceText returns the service's own words about an error.
func serviceText(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return cmp.Or(api.ErrorMessage(), api.ErrorCode())
	}
	return awsclient.RootText(err)
}
