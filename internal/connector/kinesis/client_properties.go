package kinesis

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/penstock-io/penstock/internal/awsclient"
	"github.com/penstock-io/penstock/internal/option"
)

// newPropertyHTTP returns the HTTP client that the properties of Java's client ask for.
func newPropertyHTTP(program Config, v *option.Values) *awshttp.BuildableClient {
	client := awsclient.NewHTTP(program.Dial)
	if text, ok := clientProperty(v, clientKeepAlive); ok && strings.EqualFold(text, "false") && program.Dial == nil {
		client = client.WithDialerOptions(func(d *net.Dialer) { d.KeepAlive, d.KeepAliveConfig.Enable = -1, false })
	}
	return client.WithTransportOptions(func(t *http.Transport) {
		if limit, ok := clientTime(v, clientConnectTimeout); ok {
			dial := t.DialContext
			t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(ctx, limit)
				defer cancel()
				return dial(ctx, network, address)
			}
		}
		if limit, ok := clientTime(v, clientSocketTimeout); ok {
			t.ResponseHeaderTimeout = limit
		}
		if limit, ok := clientTime(v, clientMaxIdle); ok {
			t.IdleConnTimeout = limit
		}
		if proxy := proxyOf(v); proxy != nil {
			t.Proxy = proxy
		}
	})
}

// proxyOf returns the proxy of the properties, nil if there is none.
func proxyOf(v *option.Values) func(*http.Request) (*url.URL, error) {
	host, ok := clientProperty(v, clientProxyHost)
	if !ok {
		return nil
	}
	protocol, _ := clientProperty(v, clientProxyProtocol)
	target := &url.URL{Scheme: cmp.Or(strings.ToLower(protocol), "http"), Host: host}
	if port, ok := clientProperty(v, clientProxyPort); ok {
		target.Host = net.JoinHostPort(host, port)
	}
	if user, ok := clientProperty(v, clientProxyUser); ok {
		target.User = url.UserPassword(user, v.String(keyProxyPassword))
	}
	patterns, _ := clientProperty(v, clientNoProxy)
	direct := hostPattern(patterns)
	return func(r *http.Request) (*url.URL, error) {
		if direct != nil && direct.MatchString(r.URL.Hostname()) {
			return nil, nil
		}
		return target, nil
	}
}

// hostPattern returns what matches the hosts in a list, separated by |, with * for any text; nil for
// none.
func hostPattern(list string) *regexp.Regexp {
	var hosts []string
	for host := range strings.SplitSeq(list, "|") {
		if host = strings.TrimSpace(host); host != "" {
			hosts = append(hosts, strings.ReplaceAll(regexp.QuoteMeta(host), `\*`, ".*"))
		}
	}
	if hosts == nil {
		return nil
	}
	return regexp.MustCompile(`^(?i:` + strings.Join(hosts, "|") + `)$`)
}

// agent returns how calls introduce themselves: what the SDK says, with what the properties put
// around it.
func agent(v *option.Values) func(sdk string) string {
	before, _ := clientProperty(v, clientAgentPrefix)
	after, _ := clientProperty(v, clientAgentSuffix)
	if before == "" && after == "" {
		return nil
	}
	return func(sdk string) string { return strings.TrimSpace(before + " " + sdk + " " + after) }
}

// warnOfProperties logs the properties that have no effect.
func warnOfProperties(ctx context.Context, v *option.Values, logger *slog.Logger) {
	given := v.WithPrefix(clientPrefix)
	for _, name := range clientOnlyJava {
		if spelt, ok := spelling(given, name); ok {
			logger.WarnContext(ctx, "option has no effect: it is about Java's client", slog.String("option", clientPrefix+spelt))
		}
	}
	for _, p := range clientProperties {
		if spelt, ok := spelling(given, p.name); ok && p.instead != "" && v.IsSet(p.instead) {
			logger.WarnContext(ctx, "option has no effect: the table sets another one for the same", slog.String("option", clientPrefix+spelt), slog.String("instead", p.instead))
		}
	}
}
