package cli

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/kinesisserver"
)

// lines returns n JSON records.
func lines(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `{"id":%d,"user":"u%d"}`+"\n", i, i%7)
	}
	return out.String()
}

// everything returns the payloads in a stream, in the order of its only shard.
func everything(t *testing.T, stream string, n int) string {
	t.Helper()
	r := run(t, "tail", stream, "--from", "trim-horizon", "--limit", fmt.Sprint(n))
	if r.code != 0 || r.stderr != "" {
		t.Errorf("tail: exit code %d, %s", r.code, r.stderr)
	}
	return r.stdout
}

func TestPutLinesOfStandardInput(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	r := process{stdin: strings.NewReader("\n" + lines(1200) + "\r\nlast")}.run(t.Context(), "put", "orders", "--output", "json")
	if r.code != 0 || !strings.HasPrefix(r.stdout, `{"stream":"orders","records":1201,"bytes":`) || r.stderr != "" {
		t.Errorf("got %+v", r)
	}
	if got, want := everything(t, "orders", 1201), lines(1200)+"last\n"; got != want {
		t.Errorf("%d bytes came back, want %d", len(got), len(want))
	}
}

func TestPutPackedFile(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	io.WriteString(writer, lines(3))
	writer.Close()
	r := run(t, "put", "orders", "--file", writeFile(t, "orders.ndjson.gz", packed.String()))
	if r.code != 0 || r.stdout != "" || !strings.HasPrefix(r.stderr, "put 3 records (60 B) into orders in ") {
		t.Errorf("got %+v", r)
	}
	if got := everything(t, "orders", 3); got != lines(3) {
		t.Errorf("got %q", got)
	}
	r = run(t, "put", "orders", "--file", writeFile(t, "broken.gz", packed.String()[:20]))
	if r.code != 4 || !strings.Contains(r.stderr, "broken.gz: unexpected EOF") {
		t.Errorf("broken file: got %+v", r)
	}
}

func TestPutOnePayload(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	if r := run(t, "put", "orders", "hello", "--partition-key", "k"); r.code != 0 || !strings.HasPrefix(r.stdout, "shardId-000000000000 ") {
		t.Errorf("got %+v", r)
	}
	if got := run(t, "tail", "orders", "--from", "trim-horizon", "--limit", "1", "-o", "json").stdout; !strings.Contains(got, `"partition_key":"k","arrival_time":"`) {
		t.Errorf("got %s", got)
	}
}

func TestPutTakesPartitionKeysFromAField(t *testing.T) {
	for _, test := range []struct{ line, key, err string }{
		{`{"user":"Zoë","n":1}`, "Zoë", ""},
		{`{"user":7}`, "7", ""},
		{`{"user":true}`, "true", ""},
		{`{"user":""}`, "", `line 3: field "user" is "", which is no partition key`},
		{`{"user":null}`, "", `line 3: field "user" is null, which is no partition key`},
		{`{"user":{}}`, "", `line 3: field "user" is {}, which is no partition key`},
		{`{"name":"x"}`, "", `line 3: the record has no field "user"`},
		{`[1]`, "", "line 3: not a JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage"},
	} {
		key, err := keyer{field: "user"}.key([]byte(test.line), 3)
		if key != test.key || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: got %q, %v", test.line, key, err)
		}
	}
}

func TestPutSendsWhatCameBeforeABadLine(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	r := process{stdin: strings.NewReader(lines(2) + "oops\n")}.run(t.Context(), "put", "orders", "--partition-key-field", "user")
	if r.code != 4 || !strings.HasPrefix(r.stderr, "put 2 records") || !strings.Contains(r.stderr, "error: line 3: not a JSON object") {
		t.Errorf("got %+v", r)
	}
}

func TestPutRefusesLinesThatAreTooLong(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	r := process{stdin: strings.NewReader("\n" + strings.Repeat("x", maxRecordBytes+3))}.run(t.Context(), "put", "orders")
	r.want(t, 4, "", "error: line 2 is longer than the 10 MiB that a record may have\n")
}

func TestPutSendsRefusedRecordsAgain(t *testing.T) {
	server := serve(t, map[string]int{"orders": 1})
	server.Fault(kinesisserver.Fault{Operation: "PutRecords", RecordPercent: 50, Count: 2})
	r := process{stdin: strings.NewReader(lines(400))}.run(t.Context(), "put", "orders")
	if r.code != 0 || !strings.Contains(r.stderr, "sent again") {
		t.Errorf("got %+v", r)
	}
	if got := strings.Count(everything(t, "orders", 400), "\n"); got != 400 || server.Calls("PutRecords") < 2 {
		t.Errorf("%d records came back after %d requests", got, server.Calls("PutRecords"))
	}
}

// inMemory starts a server that is reached without the operating system, for a synctest bubble.
func inMemory(t *testing.T, streams ...string) (*kinesisserver.Server, process, []string) {
	t.Helper()
	server := kinesisserver.New(kinesisserver.Config{})
	for _, stream := range streams {
		if err := server.CreateStream(stream, 1); err != nil {
			t.Fatal(err)
		}
	}
	endpoint, dial := server.StartInMemory()
	return server, process{dial: dial}, []string{"--endpoint-url", endpoint, "--region", "us-east-1"}
}

func TestPutGivesUpOnAStreamThatTakesNothing(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
	synctest.Test(t, func(t *testing.T) {
		server, p, flags := inMemory(t, "orders")
		defer server.Close()
		server.Fault(kinesisserver.Fault{Operation: "PutRecords", RecordPercent: 100})
		p.stdin = strings.NewReader(lines(3))
		r := p.run(t.Context(), append(flags, "put", "orders")...)
		if r.code != 8 || !strings.Contains(r.stderr, `error: stream "orders" takes no more records: `) || !strings.Contains(r.stderr, "hint: send fewer with --rate") {
			t.Errorf("got %+v", r)
		}
	})
}

func TestPutKeepsToItsRate(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "a")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "b")
	synctest.Test(t, func(t *testing.T) {
		server, p, flags := inMemory(t, "orders")
		defer server.Close()
		p.stdin = strings.NewReader(lines(1000))
		start := time.Now()
		r := p.run(t.Context(), append(flags, "put", "orders", "--rate", "100/s", "--progress")...)
		if elapsed := time.Since(start); r.code != 0 || elapsed < 9900*time.Millisecond || elapsed > 10200*time.Millisecond {
			t.Errorf("exit code %d after %v\n%s", r.code, elapsed, r.stderr)
		}
		if want := "505 records put, 101/s\nput 1,000 records (21.9 kB) into orders in 9.9 s, 101/s\n"; r.stderr != want {
			t.Errorf("got %q, want %q", r.stderr, want)
		}
	})
}

// readerFunc is a reader.
type readerFunc func(p []byte) (int, error)

// Read calls f.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestPutIsInterruptedWhileItWaitsForInput(t *testing.T) {
	serve(t, map[string]int{"orders": 1})
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	defer close(done)
	text := lines(1)
	stdin := readerFunc(func(p []byte) (int, error) {
		if n := copy(p, text); n > 0 {
			text = text[n:]
			return n, nil
		}
		signals <- syscall.SIGTERM // nothing more ever comes
		<-done
		return 0, io.EOF
	})
	for range 2 { // the second time, not even a first byte comes
		r := process{stdin: stdin, signals: signals}.run(t.Context(), "put", "orders")
		if r.code != 130 || !strings.HasSuffix(r.stderr, "error: stopped by SIGTERM\n") {
			t.Errorf("got %+v", r)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]float64{"": 0, "1000": 1000, "1000/s": 1000, "0.5 / s": 0.5, "90/m": 1.5, "60/min": 1} {
		if got, err := parseRate(text); got != want || err != nil {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "-1", "fast", "5/h", "NaN", "Inf"} {
		if got, err := parseRate(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestPutLine(t *testing.T) {
	parts := putLine(&putter{records: 5000, retried: 12}, 2500, 1000, 250, 2*time.Second)
	if got, want := joinParts(parts, ", "), "5,000 records put, 2,500/s, 25%, 6 s left, 12 sent again"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := joinParts(putLine(&putter{records: 1}, 1, 0, 0, time.Second), ", "), "1 record put, 1.0/s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPutBatchKeepsToTheSizeOfARequest(t *testing.T) {
	var b putBatch
	large := make([]byte, maxRequestBytes/2)
	if b.add(large, "k", maxRequestRecords) {
		t.Error("full after the first record")
	}
	if !b.add(large, "k", maxRequestRecords) { // the keys make it too much
		t.Error("not full after the second record")
	}
	if first, second := b.take(), b.take(); len(first) != 1 || len(second) != 1 || b.bytes != 0 {
		t.Errorf("got requests of %d and %d records, %d bytes left", len(first), len(second), b.bytes)
	}
}
