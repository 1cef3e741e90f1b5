package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/diag"
)

// awsFlags choose account, region and endpoint, with the names that the aws command gives them. What
// is left open comes from the environment and the configuration files of AWS.
type awsFlags struct {
	region   string
	endpoint string
	profile  string
}

func (f *awsFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.region, "region", "", "AWS `region` (default: AWS_REGION, or that of the profile)")
	flags.StringVar(&f.endpoint, "endpoint-url", "", "`URL` of the Kinesis API (default: AWS_ENDPOINT_URL_KINESIS, or AWS)")
	flags.StringVar(&f.profile, "profile", "", "AWS `profile` with region and credentials (default: AWS_PROFILE)")
	for _, name := range []string{"region", "endpoint-url", "profile"} {
		mustRegister(cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions))
	}
}

// streamClient calls the Kinesis API for one stream.
type streamClient struct {
	*kinesis.Client
	name     string // as the user wrote it: a name or an ARN
	region   string
	endpoint string // empty: AWS's own
	local    bool   // the endpoint is on this machine
}

// target returns the two ways to name the stream in a request, one of which is nil.
func (c *streamClient) target() (name, arn *string) {
	if strings.HasPrefix(c.name, "arn:") {
		return nil, &c.name
	}
	return &c.name, nil
}

const (
	// attempts is how often a call is made before its failure is reported.
	attempts = 6
	// longestWait bounds the growing waits between them: someone sits before the terminal.
	longestWait = 2 * time.Second
)

// client returns a client for a stream; without a region or credentials it fails at once. It is the
// only place of the command line that makes one.
func (f *awsFlags) client(ctx context.Context, a *app, stream string) (*streamClient, error) {
	endpoint := cmp.Or(f.endpoint, a.env.Getenv("AWS_ENDPOINT_URL_KINESIS"), a.env.Getenv("AWS_ENDPOINT_URL"))
	local := awsclient.IsLocal(endpoint)
	load := []func(*config.LoadOptions) error{
		config.WithLogger(sdkLogger(a.logger())),
		config.WithRetryer(newRetryer),
		config.WithHTTPClient(awsclient.NewHTTP(a.env.Dial)),
	}
	target, _ := arn.Parse(stream) // a name has no region
	if region := cmp.Or(f.region, target.Region); region != "" {
		load = append(load, config.WithRegion(region))
	}
	if f.profile != "" {
		load = append(load, config.WithSharedConfigProfile(f.profile))
	}
	if local { // never ask the network for credentials to something on this machine
		load = append(load, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	settings, err := config.LoadDefaultConfig(ctx, load...)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, awsclient.ConfigError(err)
	}
	if settings.Region == "" && endpoint != "" {
		settings.Region = awsclient.LocalRegion
	}
	if settings.Region == "" {
		return nil, diag.Errorf(diag.Usage, diag.Span{}, "the AWS region is not known").WithHint("give --region, or set AWS_REGION")
	}
	if settings.Credentials, err = checkCredentials(ctx, settings.Credentials, local); err != nil {
		return nil, err
	}
	client := kinesis.NewFromConfig(settings, func(o *kinesis.Options) {
		o.HTTPClient = plainBodies{settings.HTTPClient}
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
	return &streamClient{Client: client, name: stream, region: settings.Region, endpoint: endpoint, local: local}, nil
}

// newRetryer repeats calls as the SDK does, except where nobody listens: that does not change soon.
func newRetryer() aws.Retryer {
	nobodyListens := retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return aws.FalseTernary
		}
		return aws.UnknownTernary
	})
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = attempts, longestWait
		o.Retryables = append([]retry.IsErrorRetryable{nobodyListens}, o.Retryables...)
	})
}

// plainBodies sends requests with plain bodies.
type plainBodies struct{ aws.HTTPClient }

// Do sends a request.
func (c plainBodies) Do(r *http.Request) (*http.Response, error) {
	awsclient.PlainBody(r)
	return c.HTTPClient.Do(r)
}

// checkCredentials asks for the credentials once, so that a command fails before it begins. A server
// on this machine gets made-up ones if there are none.
func checkCredentials(ctx context.Context, chain aws.CredentialsProvider, local bool) (aws.CredentialsProvider, error) {
	_, err := chain.Retrieve(ctx)
	switch {
	case err == nil:
		return chain, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case local:
		return awsclient.LocalCredentials(), nil
	}
	return nil, &diag.Error{
		Kind: diag.Denied, Msg: "no AWS credentials found", Err: err,
		Hint: "give --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for penstock kinesis, paste the lines that it prints",
	}
}

// sdkLogger makes debug lines of what the SDK has to say, which is about its own inner life: what
// matters of it comes back as an error.
func sdkLogger(logger *slog.Logger) logging.Logger {
	return logging.LoggerFunc(func(_ logging.Classification, format string, args ...any) {
		logger.Debug("aws sdk", slog.String("message", fmt.Sprintf(format, args...)))
	})
}
