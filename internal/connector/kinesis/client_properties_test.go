package kinesis

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/kinesisserver"
)

func TestConnectionTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		src, err := openWith(t, Config{Dial: never}, append([]string{"stream", "clicks", "aws.region", "us-east-1", "aws.clientconfig.connectionTimeout", "3000", "scan.list.shards.maxretries", "0"}, keys...)...)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		begun := time.Now()
		if _, err := src.Splits(t.Context()); err == nil || time.Since(begun) != 3*time.Second {
			t.Errorf("got %v after %v", err, time.Since(begun))
		}
	})
}

// The time until an answer begins, and the time of a whole call.
func TestSocketAndRequestTimeouts(t *testing.T) {
	for _, property := range []string{"aws.clientconfig.socketTimeout", "aws.clientconfig.REQUESTTIMEOUT"} {
		inWorld(t, 1, func(w *world) {
			w.srv.Fault(kinesisserver.Fault{Operation: "ListShards", Delay: time.Hour, Count: 1})
			src := w.open(w.table(userAndNumber, property, "2000"))
			begun := time.Now()
			if splits, err := src.Splits(w.Context()); err != nil || len(splits) != 1 {
				w.Errorf("%s: got %d shards, %v", property, len(splits), err)
			}
			if took := time.Since(begun); took < 2*time.Second || took > 4*time.Second || w.meter.Retries.Load() != 1 {
				w.Errorf("%s: %d retries in %v", property, w.meter.Retries.Load(), took)
			}
		})
	}
}

// An option of ours wins over the property that means the same, and that is said.
func TestOptionsWinOverClientProperties(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for _, test := range []struct {
			options     []string
			connections int
			timeout     time.Duration
		}{
			{[]string{"aws.clientconfig.maxConnections", "7", "aws.clientconfig.requestTimeout", "9000"}, 7, 9 * time.Second},
			{[]string{"aws.clientconfig.maxConnections", "7", "aws.clientconfig.requestTimeout", "9000", "aws.http-client.max-concurrency", "8", "aws.http-client.read-timeout", "1 s"}, 8, time.Second},
			{nil, 10_000, time.Minute},
		} {
			src := w.open(w.table(userAndNumber, test.options...)).(*source)
			if got := src.http.Transport.(*http.Transport).MaxConnsPerHost; got != test.connections || src.timeout != test.timeout {
				w.Errorf("%q: %d connections, timeout %v", test.options, got, src.timeout)
			}
		}
		for _, want := range []string{
			"option=aws.clientconfig.maxConnections instead=aws.http-client.max-concurrency", "option=aws.clientconfig.requestTimeout instead=aws.http-client.read-timeout",
		} {
			if got := strings.Count(w.log.String(), want); got != 1 {
				w.Errorf("%q was logged %d times in %s", want, got, w.log)
			}
		}
	})
}

func TestIdleConnectionsAndKeepAlive(t *testing.T) {
	table, err := declare("aws.clientconfig.connectionMaxIdleMillis", "1500", "aws.clientconfig.useTcpKeepAlive", "FALSE")
	if err != nil {
		t.Fatal(err)
	}
	client := newPropertyHTTP(Config{}, table.Options)
	if got := client.GetTransport().IdleConnTimeout; got != 1500*time.Millisecond {
		t.Errorf("idle connections are closed after %v", got)
	}
	if got := client.GetDialer(); got.KeepAlive >= 0 || got.KeepAliveConfig.Enable {
		t.Errorf("connections are kept alive: %+v", got)
	}
	table, err = declare("aws.clientconfig.useTcpKeepAlive", "true")
	if err != nil {
		t.Fatal(err)
	}
	if got := newPropertyHTTP(Config{}, table.Options).GetDialer(); got.KeepAlive <= 0 {
		t.Errorf("connections are not kept alive: %+v", got)
	}
}

// Calls go through the proxy, with its password, and introduce themselves as the user wants it.
func TestProxyAndUserAgent(t *testing.T) {
	srv := kinesisserver.New(kinesisserver.Config{Seed: 1})
	defer srv.Close()
	if err := srv.CreateStream("clicks", 1); err != nil {
		t.Fatal(err)
	}
	var seen http.Header
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, asked = r.Header.Clone(), r.URL.Host
		srv.Handler().ServeHTTP(w, r)
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	src, err := openWith(t, Config{}, append([]string{
		"stream", "clicks", "aws.region", "us-east-1", "aws.endpoint", "http://kinesis.example",
		"aws.clientconfig.proxyHost", at.Hostname(), "aws.clientconfig.proxyPort", at.Port(), "aws.clientconfig.proxyUsername", "me", "aws.clientconfig.proxyPassword", "secret",
		"aws.clientconfig.nonProxyHosts", "localhost|*.internal", "aws.clientconfig.userAgentPrefix", "team-a", "aws.clientconfig.userAgentSuffix", "v2",
	}, keys...)...)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, err := src.Splits(t.Context()); err != nil {
		t.Fatal(err)
	}
	if asked != "kinesis.example" || seen.Get("Proxy-Authorization") != "Basic bWU6c2VjcmV0" {
		t.Errorf("the proxy was asked for %q with %v", asked, seen)
	}
	if got := seen.Get("User-Agent"); !strings.HasPrefix(got, "team-a aws-sdk-go-v2/") || !strings.HasSuffix(got, " v2") {
		t.Errorf("user agent %q", got)
	}
	through := src.(*source).http.Transport.(*http.Transport).Proxy
	for host, want := range map[string]bool{"kinesis.example": true, "localhost": false, "LOCALHOST": false, "a.b.internal": false, "internal": true, "xlocalhost": true, "localhost.example": true} {
		got, err := through(httptest.NewRequest(http.MethodPost, "http://"+host+"/", nil))
		if err != nil || (got != nil) != want {
			t.Errorf("%s: proxy %v, %v", host, got, err)
		}
	}
}

func TestPropertiesOfJavaAloneAreIgnoredWithAWarning(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.open(w.table(userAndNumber, "aws.clientconfig.useReaper", "false", "scan.shard-assigner", "uniform"))
		for _, want := range []string{
			`level=WARN msg="option has no effect: it is about Java's client" option=aws.clientconfig.useReaper`,
			`level=INFO msg="option has no effect: each shard has a reader of its own" option=scan.shard-assigner value=uniform`,
		} {
			if got := strings.Count(w.log.String(), want); got != 1 {
				w.Errorf("%q was logged %d times in %s", want, got, w.log)
			}
		}
	})
}

func TestBadClientPropertiesAreRefused(t *testing.T) {
	for _, test := range []struct {
		options []string
		want    string
	}{
		{[]string{"aws.clientconfig.conectionTimeout", "1"}, "error: option \"aws.clientconfig.conectionTimeout\" is not supported: there is no such property of the client here\n  hint: did you mean \"connectionTimeout\"?"},
		{[]string{"aws.clientconfig.maxErrorRetry", "3"}, "error: option \"aws.clientconfig.maxErrorRetry\" is not supported: there is no such property of the client here\n  hint: how often calls are made again is 'scan.shard.getrecords.maxretries' and the like, for each kind of call"},
		{[]string{"aws.clientconfig.socketTimeout", "soon"}, `error: option "aws.clientconfig.socketTimeout": bad value "soon": not a duration`},
		{[]string{"aws.clientconfig.requestTimeout", "0"}, `error: option "aws.clientconfig.requestTimeout": bad value "0": must be 1 millisecond or more`},
		{[]string{"aws.clientconfig.maxConnections", "0"}, `error: option "aws.clientconfig.maxConnections": bad value "0": must be between 1 and 1000000`},
		{[]string{"aws.clientconfig.useTcpKeepAlive", "1"}, `error: option "aws.clientconfig.useTcpKeepAlive": bad value "1": must be true or false`},
		{[]string{"aws.clientconfig.proxyHost", "p", "aws.clientconfig.proxyProtocol", "socks"}, `error: option "aws.clientconfig.proxyProtocol": bad value "socks": must be http or https`},
		{[]string{"aws.clientconfig.proxyPort", "8080"}, `error: option "aws.clientconfig.proxyPort" has no effect without "aws.clientconfig.proxyHost"`},
		{[]string{"aws.clientconfig.proxyHost", "p", "aws.clientconfig.proxyPassword", "s"}, `error: option "aws.clientconfig.proxyPassword" has no effect without "aws.clientconfig.proxyUsername"`},
	} {
		table, err := declare(test.options...)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, check(table), test.want)
	}
	_, err := declare("source.shard-assigner", "com.example.Mine")
	if err == nil || !strings.Contains(err.Error(), `bad value "com.example.Mine": not 'default' or 'uniform'; a Java class cannot be loaded here`) {
		t.Errorf("got %v", err)
	}
}
