package kinesis

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/kinesisserver"
)

// secureServer serves a stream with six records over TLS, in HTTP/1.1 and HTTP/2. protocolOf returns
// the protocol of the latest call of an operation.
func secureServer(t *testing.T) (endpoint string, protocolOf func(operation string) string) {
	t.Helper()
	srv := kinesisserver.New(kinesisserver.Config{Seed: 1})
	var seen sync.Map
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		seen.Store(operation, r.Proto)
		srv.Handler().ServeHTTP(w, r)
	}))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	t.Cleanup(func() {
		secure.Close()
		srv.Close()
	})
	if err := srv.CreateStream(streamName, 3); err != nil {
		t.Fatal(err)
	}
	client := kinesis.New(kinesis.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(secure.URL), HTTPClient: &httpClient{Client: secure.Client()},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		in := &kinesis.PutRecordInput{StreamName: aws.String(streamName), PartitionKey: aws.String(key), Data: []byte(`{"usr":"x","n":1}`)}
		if _, err := client.PutRecord(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	return secure.URL, func(operation string) string {
		protocol, _ := seen.Load(operation)
		return protocol.(string)
	}
}

// Subscriptions use HTTP/2 where the server has it, unless told otherwise, and the limit on
// connections for calls is not theirs.
func TestFanOutOverTLS(t *testing.T) {
	endpoint, protocolOf := secureServer(t)
	for _, test := range []struct {
		options []string
		want    string
	}{
		{nil, "HTTP/2.0"},
		{[]string{"aws.http.protocol.version", "HTTP1_1"}, "HTTP/1.1"},
		{[]string{"aws.http.protocol.version", "HTTP2"}, "HTTP/2.0"},
	} {
		options := append([]string{
			"stream", streamName, "aws.region", "us-east-1", "aws.endpoint", endpoint, "aws.trust.all.certificates", "true",
			"aws.http-client.max-concurrency", "1", "scan.bounded.mode", "latest",
		}, append(withPushed(test.options...), keys...)...)
		values, err := parseOptions(options...)
		if err != nil {
			t.Fatal(err)
		}
		table := connector.Table{Name: streamName, Columns: userAndNumber, Options: values, Format: jsonFormat}
		src, err := Factory(Config{}).NewSource(t.Context(), connector.ScanRequest{Table: table, Columns: userAndNumber, Meter: &connector.Meter{}})
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, src); got != 6 {
			t.Errorf("%q: read %d records, want 6", test.options, got)
		}
		if got := protocolOf("SubscribeToShard"); got != test.want {
			t.Errorf("%q: subscribed in %s", test.options, got)
		}
	}
}

// readAll reads a source with a bound, all splits at the same time, closes it and returns the number of rows.
func readAll(t *testing.T, src connector.Source) (total int64) {
	t.Helper()
	splits, err := src.Splits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	for _, split := range splits {
		running.Go(func() {
			reader, err := src.Open(t.Context(), split)
			if err != nil {
				t.Error(err)
				return
			}
			defer reader.Close()
			for {
				page, err := reader.Next(t.Context())
				if err != nil {
					return // the end; a failure is a row that is missing
				}
				if page.Rows != nil {
					mu.Lock()
					total += int64(page.Rows.Rows())
					mu.Unlock()
				}
			}
		})
	}
	running.Wait()
	if err := src.Close(); err != nil {
		t.Error(err)
	}
	return total
}
