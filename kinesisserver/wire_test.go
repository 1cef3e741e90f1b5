package kinesisserver

import (
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestAnswerHeaders(t *testing.T) {
	w := newWorld(t, Config{})
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, c := range []struct {
		operation, body string
		status          int
		empty           bool
	}{
		{"CreateStream", `{"StreamName":"clicks","ShardCount":1}`, 200, true},
		{"ListStreams", `{}`, 200, false},
		{"DescribeStream", `{"StreamName":"absent"}`, 400, false},
	} {
		resp, body := w.call(c.operation, c.body)
		if resp.StatusCode != c.status || (body == "") != c.empty {
			t.Errorf("%s: status %d, body %q", c.operation, resp.StatusCode, body)
		}
		if got := resp.Header.Get("Content-Type"); got != "application/x-amz-json-1.1" {
			t.Errorf("%s: content type %q", c.operation, got)
		}
		if id := resp.Header.Get("x-amzn-RequestId"); !uuid.MatchString(id) {
			t.Errorf("%s: request id %q", c.operation, id)
		}
		if raw, err := base64.StdEncoding.DecodeString(resp.Header.Get("x-amz-id-2")); err != nil || len(raw) != 76 {
			t.Errorf("%s: extended request id of %d bytes, %v", c.operation, len(raw), err)
		}
		if resp.ContentLength != int64(len(body)) {
			t.Errorf("%s: content length %d of %d bytes", c.operation, resp.ContentLength, len(body))
		}
	}
}

func TestProtocolErrors(t *testing.T) {
	w := newWorld(t, Config{})
	for _, c := range []struct{ name, operation, body, code string }{
		{"unknown operation", "ListStream", `{}`, codeUnknownOperation},
		{"no body", "ListStreams", ``, codeSerialization},
		{"no JSON", "ListStreams", `hello`, codeSerialization},
		{"no object", "ListStreams", `[]`, codeSerialization},
		{"half an object", "ListStreams", `{"Limit":`, codeSerialization},
		{"wrong type", "ListStreams", `{"Limit":"5"}`, codeSerialization},
		{"fraction", "ListStreams", `{"Limit":1.5}`, codeSerialization},
		{"wrong type deep down", "PutRecords", `{"StreamName":"x","Records":[{"Data":5}]}`, codeSerialization},
		{"no base64", "PutRecord", `{"StreamName":"x","Data":"*","PartitionKey":"a"}`, codeSerialization},
		{"no base64 in a list", "PutRecords", `{"StreamName":"x","Records":[{"Data":"*","PartitionKey":"a"}]}`, codeSerialization},
	} {
		t.Run(c.name, func(t *testing.T) { wantAnswer(t, w, c.operation, c.body, 400, c.code, "") })
	}
	if resp, body := w.call("ListStreams", `{"Unheard":{"of":[1]},"StreamId":null}`); resp.StatusCode != http.StatusOK {
		t.Errorf("unknown members: %d %s", resp.StatusCode, body)
	}
}

// request is a call that was changed before it was sent.
func (w *world) request(change func(r *http.Request)) (*http.Response, string) {
	w.Helper()
	r := w.newRequest("ListStreams", "{}")
	change(r)
	return w.do(r)
}

func TestRequestsThatAreNoCalls(t *testing.T) {
	w := newWorld(t, Config{})
	resp, body := w.request(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
	if resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "<UnknownOperationException/>") {
		t.Errorf("content type: %d %s", resp.StatusCode, body)
	}
	resp, body = w.request(func(r *http.Request) { r.Method, r.Body, r.ContentLength = http.MethodGet, nil, 0 })
	if resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "<AccessDeniedException>") {
		t.Errorf("GET: %d %s", resp.StatusCode, body)
	}
	resp, body = w.request(func(r *http.Request) {
		r.Method, r.Body, r.ContentLength, r.URL.Path = http.MethodGet, nil, 0, "/healthcheck"
	})
	if resp.StatusCode != http.StatusOK || body != "ok\n" {
		t.Errorf("health check: %d %s", resp.StatusCode, body)
	}
	resp, _ = w.request(func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(io.LimitReader(spaces{}, maxBodyBytes+1)), maxBodyBytes+1
	})
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("large body: %d", resp.StatusCode)
	}
	resp, _ = w.request(func(r *http.Request) { r.Header.Set("Content-Type", jsonType+"; charset=utf-8") })
	if resp.StatusCode != http.StatusOK {
		t.Errorf("content type with a parameter: %d", resp.StatusCode)
	}
	resp, _ = w.request(func(r *http.Request) { r.URL.Path = "/any/path" })
	if resp.StatusCode != http.StatusOK {
		t.Errorf("other path: %d", resp.StatusCode)
	}
}

type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestAuthorizationIsCheckedForItsForm(t *testing.T) {
	w := newWorld(t, Config{RequireSignature: true})
	for _, c := range []struct {
		name   string
		change func(r *http.Request)
		want   string
	}{
		{"none", func(*http.Request) {}, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		{
			"incomplete",
			func(r *http.Request) { r.Header.Set("Authorization", "X") },
			`{"__type":"IncompleteSignatureException","message":"Authorization header requires 'Credential' parameter. ` +
				`Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. ` +
				`Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=X"}`,
		},
		{
			"both",
			func(r *http.Request) { r.Header.Set("Authorization", "X"); r.URL.RawQuery = "X-Amz-Algorithm=Y" },
			`{"__type":"InvalidSignatureException","message":"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if resp, body := w.request(c.change); resp.StatusCode != http.StatusBadRequest || body != c.want {
				t.Errorf("got %d %s\nwant %s", resp.StatusCode, body, c.want)
			}
		})
	}
	w.create("clicks", 1) // the SDK signs
}

func TestTimestampsHaveNoExponent(t *testing.T) {
	now := time.UnixMilli(1_441_215_410_867)
	w := newWorld(t, Config{Now: func() time.Time { return now }})
	w.create("clicks", 1)
	w.put("clicks", "k", "x")
	_, body := w.call("DescribeStreamSummary", `{"StreamName":"clicks"}`)
	if !strings.Contains(body, `"StreamCreationTimestamp":1441215410.000`) {
		t.Errorf("answer %s", body)
	}
	_, body = w.call("GetRecords", `{"ShardIterator":"`+w.iterator("clicks", "0", "TRIM_HORIZON", "")+`"}`)
	if !strings.Contains(body, `"ApproximateArrivalTimestamp":1441215410.867`) || strings.Contains(body, "EncryptionType") {
		t.Errorf("answer %s", body)
	}
	for _, at := range []string{"1.441215410867E9", "1441215410.867", "1441215410867"} {
		_, body = w.call("GetShardIterator", `{"StreamName":"clicks","ShardId":"0","ShardIteratorType":"AT_TIMESTAMP","Timestamp":`+at+`}`)
		if !strings.Contains(body, "ShardIterator") {
			t.Errorf("timestamp %s: %s", at, body)
		}
	}
}

func TestEscapedBase64IsRead(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	if resp, body := w.call("PutRecords", `{"Records":[{"Data":"YQ\u003d=","PartitionKey":"\u0061\/b"}],"StreamName":"clicks"}`); resp.StatusCode != http.StatusOK {
		t.Fatal(body)
	}
	out := w.get(w.iterator("clicks", "0", "TRIM_HORIZON", ""))
	if data(out) != "a" || *out.Records[0].PartitionKey != "a/b" {
		t.Errorf("read %q with key %q", data(out), *out.Records[0].PartitionKey)
	}
}
