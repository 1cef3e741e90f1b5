// Package awsclient is what the clients of AWS APIs in this program have in common: how their HTTP
// connections are set up, what stands in for AWS on this machine, and how failures are put into words.
//
// It makes no client and knows no service.
package awsclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/penstock-io/penstock/internal/diag"
)

// LocalRegion is the region that requests to an endpoint of one's own are signed for when none is
// set: something must be signed, and a server of one's own has its own idea.
const LocalRegion = "us-east-1"

// Dial opens a network connection, as net.Dialer.DialContext does.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// NewHTTP returns an HTTP client that opens connections with dial; nil: as net/http does.
func NewHTTP(dial Dial) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		if dial != nil {
			t.DialContext = dial
		}
	})
}

// PlainBody hides from net/http that the bodies of the SDK's requests can write themselves. When they
// do, and the answer comes before they have noticed their own end, they fail, the connection breaks,
// and the SDK makes a call again that has been answered.
func PlainBody(r *http.Request) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
}

// IsLocal reports whether an endpoint is on this machine.
func IsLocal(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

// LocalCredentials are made up, for a server on this machine: it is no AWS.
func LocalCredentials() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider("penstock", "penstock", "")
}

// ConfigError explains why the AWS configuration could not be read.
func ConfigError(err error) error {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return diag.Errorf(diag.Denied, diag.Span{}, "there is no AWS profile %q", missing.Profile).
			WithHint("aws configure list-profiles shows those there are")
	}
	return diag.Errorf(diag.Denied, diag.Span{}, "cannot read the AWS configuration: %w", err)
}

// RootText returns the text of the innermost error: the others repeat the request on the way out.
func RootText(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		if dns, ok := inner.(*net.DNSError); ok { //nolint:errorlint // the chain is walked by hand, one link at a time
			return dns.Err + ": " + dns.Name
		}
		err = inner
	}
}

// Pause waits before a call is made, or returns ctx's error.
func Pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
