package kinesisserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// discard is a ResponseWriter that only counts.
type discard struct {
	header http.Header
	status int
	bytes  int
	last   []byte
}

func (d *discard) Header() http.Header    { return d.header }
func (d *discard) WriteHeader(status int) { d.status = status }
func (d *discard) Write(b []byte) (int, error) {
	d.bytes += len(b)
	d.last = b
	return len(b), nil
}

// post sends one request through the handler.
func post(b testing.TB, h http.Handler, operation string, body []byte) *discard {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header["Content-Type"] = []string{jsonType}
	r.Header["X-Amz-Target"] = []string{targetPrefix + operation}
	w := &discard{header: http.Header{}}
	h.ServeHTTP(w, r)
	if w.status != http.StatusOK {
		b.Fatalf("%s: status %d: %s", operation, w.status, w.last)
	}
	return w
}

func putBody(records, size int) []byte {
	data := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("abcdefgh"), size/8+1)[:size])
	var body bytes.Buffer
	body.WriteString(`{"StreamName":"clicks","Records":[`)
	for i := range records {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"Data":"%s","PartitionKey":"user-%06d"}`, data, i*7919)
	}
	body.WriteString(`]}`)
	return body.Bytes()
}

func BenchmarkPutRecords(b *testing.B) {
	for _, size := range []int{100, 500, 1024} {
		b.Run(fmt.Sprintf("500x%dB", size), func(b *testing.B) {
			body := putBody(500, size)
			srv := New(Config{AnswerDelay: -1})
			if err := srv.CreateStream("clicks", 4); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(500 * size))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				post(b, srv.Handler(), "PutRecords", body)
				if n++; n%200 == 0 { // keep at most 100,000 records
					srv.realm(DefaultAccountID, DefaultRegion).streams["clicks"].forgetRecords()
				}
			}
			b.ReportMetric(float64(500*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// forgetRecords empties the shards.
func (st *stream) forgetRecords() {
	for _, sh := range st.shards {
		sh.expire(1 << 62)
	}
}

func BenchmarkGetRecords(b *testing.B) {
	for _, size := range []int{100, 500, 1024} {
		b.Run(fmt.Sprintf("10000x%dB", size), func(b *testing.B) {
			srv := New(Config{AnswerDelay: -1})
			if err := srv.CreateStream("clicks", 1); err != nil {
				b.Fatal(err)
			}
			for range 20 {
				post(b, srv.Handler(), "PutRecords", putBody(500, size))
			}
			var it struct{ ShardIterator string }
			w := post(b, srv.Handler(), "GetShardIterator", []byte(`{"StreamName":"clicks","ShardId":"0","ShardIteratorType":"TRIM_HORIZON"}`))
			if err := json.Unmarshal(w.last, &it); err != nil {
				b.Fatal(err)
			}
			body := []byte(`{"ShardIterator":"` + it.ShardIterator + `"}`)
			b.SetBytes(int64(10_000 * size))
			b.ReportAllocs()
			for b.Loop() {
				post(b, srv.Handler(), "GetRecords", body)
			}
			b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkGetRecordsOverTCP includes net/http on both sides and the loopback device; the client
// throws the answers away.
func BenchmarkGetRecordsOverTCP(b *testing.B) {
	srv := New(Config{})
	if err := srv.CreateStream("clicks", 1); err != nil {
		b.Fatal(err)
	}
	for range 20 {
		post(b, srv.Handler(), "PutRecords", putBody(500, 500))
	}
	endpoint, err := srv.Start("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Close()
	transport := &http.Transport{ReadBufferSize: 256 << 10}
	defer transport.CloseIdleConnections()
	var it struct{ ShardIterator string }
	w := post(b, srv.Handler(), "GetShardIterator", []byte(`{"StreamName":"clicks","ShardId":"0","ShardIteratorType":"TRIM_HORIZON"}`))
	if err := json.Unmarshal(w.last, &it); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(10_000 * 500)
	for b.Loop() {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, endpoint, bytes.NewReader([]byte(`{"ShardIterator":"`+it.ShardIterator+`"}`)))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", jsonType)
		r.Header.Set("X-Amz-Target", targetPrefix+"GetRecords")
		resp, err := transport.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n < 10_000*500 {
			b.Fatal(n, err)
		}
		resp.Body.Close()
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkGetRecordsCBOR(b *testing.B) {
	srv := New(Config{AnswerDelay: -1})
	if err := srv.CreateStream("clicks", 1); err != nil {
		b.Fatal(err)
	}
	for range 20 {
		post(b, srv.Handler(), "PutRecords", putBody(500, 500))
	}
	st := srv.realm(DefaultAccountID, DefaultRegion).streams["clicks"]
	now := srv.Now()
	b.SetBytes(10_000 * 500)
	for b.Loop() {
		p := st.shards[0].read(0, maxRecordsPerGet, maxGetBytes, now, 0)
		if answer, err := cborPage(&p, "next"); err != nil || answer.size() < 10_000*500 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "records/s")
}
