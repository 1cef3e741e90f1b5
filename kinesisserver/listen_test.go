package kinesisserver

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// protocolOf makes a call over a transport and returns the protocol it went over.
func protocolOf(t *testing.T, endpoint string, transport *http.Transport) string {
	t.Helper()
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("X-Amz-Target", targetPrefix+"ListStreams")
	resp, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, body, err)
	}
	return resp.Proto
}

func TestOnePortSpeaksHTTP1AndHTTP2(t *testing.T) {
	srv := New(Config{})
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	if got := protocolOf(t, endpoint, &http.Transport{}); got != "HTTP/1.1" {
		t.Errorf("default transport spoke %s", got)
	}
	h2c := new(http.Protocols)
	h2c.SetUnencryptedHTTP2(true)
	if got := protocolOf(t, endpoint, &http.Transport{Protocols: h2c}); got != "HTTP/2.0" {
		t.Errorf("prior knowledge spoke %s", got)
	}
}

// TestStockClientReadsLargePages checks what Config.AnswerDelay is for: no page breaks off though
// the SDK's client is used as it comes. The delay is long, so that it is one on a busy machine too.
func TestStockClientReadsLargePages(t *testing.T) {
	srv := New(Config{AnswerDelay: 50 * time.Millisecond})
	if err := srv.CreateStream("clicks", 1); err != nil {
		t.Fatal(err)
	}
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	w := &world{T: t, srv: srv, endpoint: endpoint, http: httpClient{&http.Client{Transport: transport}}}
	w.client = w.clientFor("us-east-1", "AKIDEXAMPLE")
	for range 4 {
		w.put("clicks", "k", strings.Repeat("x", 1<<20-1))
	}
	stock := kinesis.New(w.client.Options(), func(o *kinesis.Options) { o.HTTPClient = w.http.Client })
	it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
	for range 10 {
		out, err := stock.GetRecords(t.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
		if err != nil || len(out.Records) != 4 {
			t.Fatal(err)
		}
	}
}

func TestCloseEndsConnectionsAndHandlers(t *testing.T) {
	srv := New(Config{})
	if err := srv.CreateStream("clicks", 1); err != nil {
		t.Fatal(err)
	}
	endpoint, dial := srv.StartInMemory()
	srv.Fault(Fault{Operation: "ListStreams", Delay: 1 << 40})
	transport := &http.Transport{DialContext: dial}
	defer transport.CloseIdleConnections()
	w := &world{T: t, srv: srv, endpoint: endpoint, http: httpClient{&http.Client{Transport: transport}}}
	w.client = w.clientFor("us-east-1", "AKIDEXAMPLE")
	w.put("clicks", "k", "x")

	failed := make(chan error)
	go func() {
		_, err := w.client.ListStreams(context.Background(), &kinesis.ListStreamsInput{})
		failed <- err
	}()
	for srv.Calls("ListStreams") == 0 {
		w.put("clicks", "k", "x")
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; err == nil {
		t.Error("the waiting call was answered")
	}
	if _, err := w.client.DescribeLimits(t.Context(), &kinesis.DescribeLimitsInput{}); err == nil {
		t.Error("a closed server answers")
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
}

func TestServeUsesTheGivenListener(t *testing.T) {
	srv := New(Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- srv.Serve(l) }()
	protocolOf(t, "http://"+l.Addr().String(), &http.Transport{})
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve returned %v after Close", err)
	}
}

func TestSDKClientWorksOverHTTP2InMemory(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		h2c := new(http.Protocols)
		h2c.SetUnencryptedHTTP2(true)
		w.http.Transport.(*http.Transport).Protocols = h2c
		w.create("clicks", 1)
		w.put("clicks", "k", "x")
		if got := w.read("clicks", "0"); got != "x" {
			w.Errorf("read %q", got)
		}
		_, err := w.client.DescribeStream(w.Context(), &kinesis.DescribeStreamInput{StreamName: aws.String("absent")})
		wantError(w.T, err, "ResourceNotFoundException", "")
	})
}
