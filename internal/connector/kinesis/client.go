package kinesis

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/option"
)

// client calls the API for one table. Its calls are made once each: call repeats them.
type client struct {
	*kinesis.Client
	stream stream
	region string
	http   *httpClient
	random *random
	meter  *connector.Meter
	logger *slog.Logger
	// timeout ends a call that neither succeeds nor fails.
	timeout time.Duration
	// recoverable are errors after which calls are made again for as long as it takes.
	recoverable recoverables
	// reached says that the endpoint has answered before.
	reached atomic.Bool
}

// callTimeout is the timeout of clients without one of their own: 10 MiB in this time are a slow line.
const callTimeout = time.Minute

// newClient returns a client for a table. It finds out where credentials come from and fails if
// there are none, but does not call the service.
func newClient(ctx context.Context, program Config, v *option.Values, meter *connector.Meter, logger *slog.Logger) (*client, error) {
	target, err := parseStream(v.String(keyStream))
	if err != nil {
		return nil, diag.Errorf(diag.Option, v.Span(keyStream), "%w", err)
	}
	settings, err := loadConfig(ctx, program, v, target)
	if err != nil {
		return nil, err
	}
	c := &client{
		stream: target, region: settings.Region, random: newRandom(program.Seed), meter: meter, logger: logger, timeout: callTimeout,
		http: newHTTPClient(settings.HTTPClient, agent(v)),
	}
	warnOfProperties(ctx, v, logger)
	c.Client = kinesis.NewFromConfig(settings, func(o *kinesis.Options) {
		o.HTTPClient = c.http
		o.Protocol = newProtocol()
		if v.String("aws.protocol") == protocolCBOR {
			o.Protocol = newCBORProtocol()
		}
		o.Retryer = aws.NopRetryer{} // see call
		if endpoint := tableEndpoint(v); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
	return c, nil
}

// Close closes the connections that are not in use.
func (c *client) Close() { c.http.CloseIdleConnections() }

// loadConfig reads the AWS environment and configuration files, as far as the options leave
// something open, and makes sure that there are a region and credentials.
func loadConfig(ctx context.Context, program Config, v *option.Values, target stream) (aws.Config, error) {
	trustAll := trustsAll(v)
	transport := newPropertyHTTP(program, v).WithTransportOptions(func(t *http.Transport) {
		if trustAll {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // the user asked for it
		}
	})
	local := awsclient.IsLocal(customEndpoint(v))
	if err := checkTrust(v, trustAll, local); err != nil {
		return aws.Config{}, err
	}
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(transport)}
	if region := cmp.Or(v.String(keyRegion), target.region); region != "" {
		load = append(load, config.WithRegion(region))
	}
	if local { // never ask the network for credentials to something on this machine
		load = append(load, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	credentials, err := newCredentialSettings(v)
	if err != nil {
		return aws.Config{}, err
	}
	settings, err := config.LoadDefaultConfig(ctx, credentials.loadOptions(load)...)
	if err != nil {
		return aws.Config{}, awsclient.ConfigError(err)
	}
	if settings.Region == "" && customEndpoint(v) != "" {
		settings.Region = awsclient.LocalRegion
	}
	if settings.Region == "" {
		return aws.Config{}, diag.Errorf(diag.Option, v.Span(keyStream), "the AWS region of stream %q is not known", target.name).
			WithHint("add 'aws.region' = '...' to WITH, or set AWS_REGION")
	}
	loader := credentialLoader{program: program, settings: settings, load: load, sts: awsclient.NewHTTP(program.Dial)}
	settings.Credentials, err = loader.resolve(ctx, &credentials, local)
	return settings, err
}

// checkTrust refuses to skip the verification of certificates where it protects anything, unless the
// user insists.
func checkTrust(v *option.Values, trustAll, local bool) error {
	force := v.Bool(keyTrustForce)
	if !trustAll || local || force {
		return nil
	}
	return diag.Errorf(diag.Option, v.Span(keyTrustAll), "option %q is for endpoints on this machine: anybody between here and there could read and change the records", keyTrustAll).
		WithHint("name the certificate authority with AWS_CA_BUNDLE, or insist with 'aws.trust.all.certificates.force' = 'true'")
}

// customEndpoint returns the endpoint that the user chose for the table or for the whole process.
func customEndpoint(v *option.Values) string {
	return cmp.Or(tableEndpoint(v), os.Getenv("AWS_ENDPOINT_URL_KINESIS"), os.Getenv("AWS_ENDPOINT_URL"))
}

// httpClient sends requests for the SDK.
type httpClient struct {
	*http.Client
	origin atomic.Pointer[string] // scheme and host of the last request, for messages
	// agent returns the User-Agent of a request; nil: as the SDK has it.
	agent func(sdk string) string
}

// newHTTPClient takes over the transport that the SDK has configured, with the certificates of
// AWS_CA_BUNDLE and the like.
func newHTTPClient(configured aws.HTTPClient, agent func(string) string) *httpClient {
	transport := &http.Transport{}
	if buildable, ok := configured.(*awshttp.BuildableClient); ok {
		transport = buildable.GetTransport()
	}
	// A connection for each shard: with HTTP/2 all would share one, and the window of that one would
	// limit them together.
	transport.ForceAttemptHTTP2 = false
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	if transport.TLSClientConfig != nil { // made for HTTP/2: a server that has it would answer in it
		transport.TLSClientConfig.NextProtos = nil
	}
	transport.MaxIdleConns = 0 // no limit but that of the next line
	transport.MaxIdleConnsPerHost = 1024
	return &httpClient{agent: agent, Client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// limit bounds the connections, unless connections is 0, and allows HTTP/2. It is called before the
// first request.
func (c *httpClient) limit(connections int, http2 bool) {
	transport, ok := c.Transport.(*http.Transport)
	if !ok {
		return
	}
	transport.MaxConnsPerHost = connections
	if http2 {
		transport.ForceAttemptHTTP2, transport.TLSNextProto = true, nil
	}
}

// Do sends a request.
func (c *httpClient) Do(r *http.Request) (*http.Response, error) {
	awsclient.PlainBody(r)
	if c.agent != nil {
		r.Header.Set("User-Agent", c.agent(r.UserAgent()))
	}
	if origin := r.URL.Scheme + "://" + r.URL.Host; c.origin.Load() == nil || *c.origin.Load() != origin {
		c.origin.Store(&origin)
	}
	return c.Client.Do(r)
}

// endpoint returns where requests go.
func (c *httpClient) endpoint() string {
	if origin := c.origin.Load(); origin != nil {
		return *origin
	}
	return "its endpoint"
}
