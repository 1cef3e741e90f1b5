package kinesis

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/kinesisserver"
)

// setMaxRecord changes the size of the records that the stream takes.
func (w *world) setMaxRecord(kib int32) {
	w.Helper()
	_, err := w.api.UpdateMaxRecordSize(w.Context(), &kinesis.UpdateMaxRecordSizeInput{
		StreamARN: aws.String("arn:aws:kinesis:us-east-1:000000000000:stream/" + streamName), MaxRecordSizeInKiB: &kib,
	})
	w.must(err)
}

func TestRecordsAreAsLargeAsTheStreamAllows(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.setMaxRecord(10 << 10)
		writer := w.writer(w.table(userAndNumber))
		w.must(writer.Write(w.Context(), rowOf(10<<20)))
		w.must(writer.Write(w.Context(), rowOf(100)))
		w.must(writer.Write(w.Context(), rowOf(6<<20)))
		w.must(writer.Flush(w.Context()))
		if got := len(w.records()); got != 3 {
			w.Errorf("the stream holds %d records", got)
		}
		wantError(w.T, writer.Write(w.Context(), rowOf(10<<20+1)), `
error: a row of table "clicks" makes a record of 10485761 bytes, more than the 10485760 that stream "clicks" takes
  hint: write fewer or shorter columns; 'sink.bad-records' = 'skip' counts and leaves out such rows, 'dead-letter' keeps them as well`)
	})
}

// Who may write but not describe the stream writes what every stream takes.
func TestLimitOfRecordsIsOneMiBIfNobodySays(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.setMaxRecord(10 << 10)
		w.srv.Fault(kinesisserver.Fault{Operation: "DescribeStreamSummary", Code: "AccessDeniedException"})
		writer := w.writer(w.table(userAndNumber))
		w.must(writer.Write(w.Context(), rowOf(1<<20)))
		w.must(writer.Flush(w.Context()))
		wantError(w.T, writer.Write(w.Context(), rowOf(1<<20+1)), `
error: a row of table "clicks" makes a record of 1048577 bytes, more than the 1048576 that stream "clicks" takes
  hint: write fewer or shorter columns; if the stream takes larger ones, permit kinesis:DescribeStreamSummary so that its limit can be seen; 'sink.bad-records' = 'skip' counts and leaves out such rows, 'dead-letter' keeps them as well`)
	})
}

func TestSinkOpensAfterFaultsOfTheService(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "DescribeStreamSummary", Status: 500, Count: 3})
		w.srv.Fault(kinesisserver.Fault{Operation: "DescribeStreamSummary", Code: "LimitExceededException", Count: 20})
		_, err := w.sink(w.table(userAndNumber))
		w.must(err)
		w.srv.Fault(kinesisserver.Fault{Operation: "DescribeStreamSummary", Status: 500})
		if _, err = w.sink(w.table(userAndNumber)); diag.KindOf(err) != diag.Unreachable {
			w.Errorf("got %v", err)
		}
	})
}

func TestRequestsThatTakeTooLongAreSentAgain(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Delay: time.Hour, Count: 2})
		writer := w.writer(w.table(userAndNumber, "sink.http-client.read-timeout", "2000"))
		w.must(writer.Write(w.Context(), someRows(3)))
		begun := time.Now()
		w.must(writer.Flush(w.Context()))
		if took := time.Since(begun); took < 4*time.Second || took > 5*time.Second {
			w.Errorf("took %v", took)
		}
		w.stored(3)
	})
}

func TestConnectionsOfTheSinkAreBounded(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Delay: time.Second})
		writer := w.writer(w.table(userAndNumber, "sink.http-client.max-concurrency", "2", "sink.batch.max-size", "1"))
		w.must(writer.Write(w.Context(), someRows(1)))
		w.must(writer.Flush(w.Context())) // from now on, 11 records may be on their way
		begun := time.Now()
		w.must(writer.Write(w.Context(), rowsFrom(1, 6)))
		w.must(writer.Flush(w.Context()))
		if took := time.Since(begun); took < 3*time.Second || took > 4*time.Second {
			w.Errorf("6 requests, 2 at a time, took %v", took)
		}
	})
}

func TestProtocolVersionIsThatOfTheOption(t *testing.T) {
	srv := kinesisserver.New(kinesisserver.Config{})
	defer srv.Close()
	if err := srv.CreateStream(streamName, 1); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen string
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = r.Proto
		mu.Unlock()
		srv.Handler().ServeHTTP(w, r)
	}))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()
	for _, test := range []struct{ version, want string }{{"HTTP1_1", "HTTP/1.1"}, {"http2", "HTTP/2.0"}} {
		values, err := parseOptions(append([]string{
			"stream", streamName, "aws.region", "us-east-1", "aws.endpoint", secure.URL, "aws.trust.all.certificates", "true", "sink.http-client.protocol.version", test.version,
		}, keys...)...)
		if err != nil {
			t.Fatal(err)
		}
		table := connector.Table{Name: streamName, Columns: userAndNumber, Options: values, Format: jsonFormat}
		snk, err := Factory(Config{}).NewSink(t.Context(), connector.SinkRequest{Table: table, Columns: userAndNumber, Meter: &connector.Meter{}})
		if err != nil {
			t.Fatal(err)
		}
		snk.Close()
		mu.Lock()
		if seen != test.want {
			t.Errorf("%s: the server saw %s", test.version, seen)
		}
		mu.Unlock()
	}
}
