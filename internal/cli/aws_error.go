package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/connector/kinesis"
	"github.com/penstock-io/penstock/internal/diag"
)

// explain makes a *diag.Error of what a call failed with, with the next step. If a signal stopped
// the command, that is the error.
func (c *streamClient) explain(ctx context.Context, operation string, err error) error {
	if cause := stopped(ctx); cause != nil {
		return cause
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	api, answered := errors.AsType[smithy.APIError](err)
	var notFound *types.ResourceNotFoundException
	throttled := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
	switch {
	case errors.As(err, &notFound):
		return c.notFound(err)
	case !answered:
		return &diag.Error{
			Kind: diag.Unreachable, Msg: "cannot reach Kinesis at " + c.where() + ": " + awsclient.RootText(err), Err: err, Hint: c.reachHint(),
		}
	case kinesis.Denies(api.ErrorCode()):
		return &diag.Error{
			Kind: diag.Denied, Msg: "not permitted to call " + operation + " on stream " + quote(c.name) + ": " + words(api), Err: err,
			Hint: "aws sts get-caller-identity shows who you are; the identity needs kinesis:" + operation + " on the stream",
		}
	case throttled:
		return &diag.Error{
			Kind: diag.Throttled, Msg: operation + " on stream " + quote(c.name) + " is throttled: " + words(api), Err: err,
			Hint: "others may use up the limits of the stream; try again later, or add shards",
		}
	case api.ErrorFault() == smithy.FaultServer:
		return &diag.Error{
			Kind: diag.Unreachable, Msg: operation + " on stream " + quote(c.name) + " fails: " + words(api), Err: err,
			Hint: "the service reports a fault of its own; try again later",
		}
	}
	return &diag.Error{Kind: diag.Usage, Msg: operation + " on stream " + quote(c.name) + " is refused: " + words(api), Err: err}
}

func (c *streamClient) notFound(err error) error {
	create := "aws kinesis create-stream --stream-name " + c.name + " --shard-count 1 --region " + c.region
	if c.endpoint != "" {
		create += " --endpoint-url " + c.endpoint
	}
	return &diag.Error{
		Kind: diag.NotFound, Msg: "stream " + quote(c.name) + " does not exist in region " + c.region + " at " + c.where(), Err: err,
		Hint: "check the name, --region and --endpoint-url, or create it: " + create,
	}
}

// where returns what the stream's endpoint is called in messages.
func (c *streamClient) where() string {
	if c.endpoint != "" {
		return c.endpoint
	}
	return "AWS"
}

func (c *streamClient) reachHint() string {
	if c.endpoint != "" {
		return "check --endpoint-url and AWS_ENDPOINT_URL_KINESIS; penstock kinesis starts a server on this machine"
	}
	return "check the network and --region"
}

// words returns the service's own words.
func words(err smithy.APIError) string {
	return cmp.Or(err.ErrorMessage(), err.ErrorCode())
}

func quote(s string) string { return `"` + s + `"` }
