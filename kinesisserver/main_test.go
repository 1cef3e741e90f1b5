package kinesisserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(serverProcessEnv) != "" {
		if err := serverProcess(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	lingering := goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait") // half a second of its own
	if err := goleak.Find(lingering); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// advance moves the fake clock of a synctest bubble and lets everything due happen.
func advance(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // fake clock
	synctest.Wait()
}

// httpClient hides from net/http that the SDK's request bodies can write themselves: they report an
// error that breaks the connection under a fast answer.
type httpClient struct{ *http.Client }

func (c httpClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.Client.Do(r)
}

// world is a server with a real SDK client in front of it.
type world struct {
	*testing.T
	srv      *Server
	endpoint string
	http     httpClient
	client   *kinesis.Client
}

// newWorld starts a server in memory; it ends with the test.
func newWorld(t *testing.T, cfg Config) *world {
	t.Helper()
	srv := New(cfg)
	endpoint, dial := srv.StartInMemory()
	w := &world{T: t, srv: srv, endpoint: endpoint}
	w.http = httpClient{&http.Client{Transport: &http.Transport{DialContext: dial}}}
	w.client = w.clientFor("us-east-1", "AKIDEXAMPLE")
	t.Cleanup(func() {
		w.http.CloseIdleConnections()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) clientFor(region, accessKey string) *kinesis.Client {
	return kinesis.New(kinesis.Options{
		BaseEndpoint: aws.String(w.endpoint),
		Region:       region,
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, "secret", ""),
		HTTPClient:   w.http,
		Retryer:      aws.NopRetryer{},
	})
}

// inBubble runs a test in fake time.
func inBubble(t *testing.T, cfg Config, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newWorld(t, cfg)) })
}

func (w *world) create(stream string, shards int32) {
	w.Helper()
	_, err := w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: &stream, ShardCount: &shards})
	w.must(err)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) put(stream, partitionKey, data string) *kinesis.PutRecordOutput {
	w.Helper()
	out, err := w.client.PutRecord(w.Context(), &kinesis.PutRecordInput{
		StreamName: &stream, PartitionKey: &partitionKey, Data: []byte(data),
	})
	w.must(err)
	return out
}

func (w *world) iterator(stream, shard string, kind types.ShardIteratorType, sequenceNumber string) string {
	w.Helper()
	in := &kinesis.GetShardIteratorInput{StreamName: &stream, ShardId: &shard, ShardIteratorType: kind}
	if sequenceNumber != "" {
		in.StartingSequenceNumber = &sequenceNumber
	}
	out, err := w.client.GetShardIterator(w.Context(), in)
	w.must(err)
	return *out.ShardIterator
}

func (w *world) get(iterator string) *kinesis.GetRecordsOutput {
	w.Helper()
	out, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &iterator})
	w.must(err)
	return out
}

// data returns what the records of a page carry, separated by spaces.
func data(out *kinesis.GetRecordsOutput) string {
	var all []string
	for _, r := range out.Records {
		all = append(all, string(r.Data))
	}
	return strings.Join(all, " ")
}

// read returns the data of a shard from its trim horizon.
func (w *world) read(stream, shard string) string {
	w.Helper()
	return data(w.get(w.iterator(stream, shard, types.ShardIteratorTypeTrimHorizon, "")))
}

func (w *world) shards(stream string) []types.Shard {
	w.Helper()
	out, err := w.client.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: &stream})
	w.must(err)
	return out.Shards
}

// wantError fails the test unless err has that code and its message contains text.
func wantError(t *testing.T, err error, code, text string) {
	t.Helper()
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if apiErr.ErrorCode() != code || !strings.Contains(apiErr.ErrorMessage(), text) {
		t.Fatalf("got %s: %s\nwant %s: ...%s...", apiErr.ErrorCode(), apiErr.ErrorMessage(), code, text)
	}
}

// call sends a raw request and returns the answer with its body read.
func (w *world) call(operation, body string) (*http.Response, string) {
	w.Helper()
	return w.do(w.newRequest(operation, body))
}

func (w *world) newRequest(operation, body string) *http.Request {
	w.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.endpoint+"/", strings.NewReader(body))
	w.must(err)
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("X-Amz-Target", targetPrefix+operation)
	return r
}

func (w *world) do(r *http.Request) (*http.Response, string) {
	w.Helper()
	resp, err := w.http.Do(r)
	w.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	w.must(err)
	return resp, string(text)
}
