package kinesis

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/kinesisserver"
)

// The numbers are those of Flink's own test, and the edges of its formula.
func TestAdaptiveReadsFollowFlinksFormula(t *testing.T) {
	for _, test := range []struct {
		between        time.Duration
		records, bytes int
		want           int32
	}{
		{200 * time.Millisecond, 10, 10 * 10 << 10, 40},
		{time.Second, 10, 10 * 10 << 10, 204},
		{200 * time.Millisecond, 10_000, 10_000 * 1 << 10, 409},
		{200 * time.Millisecond, 1, 1 << 20, 1},
		{200 * time.Millisecond, 1000, 20_000, 10_000},
		{200 * time.Millisecond, 1000, 999, 10_000}, // less than a byte each
		{200 * time.Millisecond, 0, 0, 77},
		{0, 10, 1000, 77},
	} {
		if got := adaptedLimit(test.between, test.records, test.bytes, 77); got != test.want {
			t.Errorf("%d records, %d bytes in %v: got %d, want %d", test.records, test.bytes, test.between, got, test.want)
		}
	}
}

func TestAdaptiveReadsAskForWhatAShardGives(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		padding := strings.Repeat("x", 10<<10-len(`{"n":1,"p":""}`))
		for range 200 {
			w.putHashed("a", "", fmt.Appendf(nil, `{"n":1,"p":"%s"}`, padding))
		}
		src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.shard.adaptivereads", "true", "scan.shard.getrecords.maxrecordcount", "10"))
		splits, err := src.Splits(w.Context())
		w.must(err)
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		defer reader.Close()
		var sizes []int
		for range 4 {
			page, err := reader.Next(w.Context())
			w.must(err)
			sizes = append(sizes, page.Rows.Rows())
			advance(time.Second)
		}
		if !slices.Equal(sizes, []int{10, 40, 40, 40}) {
			w.Errorf("pages have %d records", sizes)
		}
	})
}

func TestListedExceptionsAreRecoveredFrom(t *testing.T) {
	denied := kinesisserver.Fault{Operation: "GetRecords", Code: "AccessDeniedException", Count: 20}
	down := kinesisserver.Fault{Operation: "GetRecords", Code: "InternalFailureException", Count: 20}
	for _, test := range []struct {
		fault      kinesisserver.Fault
		exceptions []string
		recovers   bool
	}{
		{denied, nil, false},
		{down, nil, false},
		{denied, []string{"scan.shard.consumer.error.recoverable[0].exception", "software.amazon.awssdk.services.kinesis.model.AccessDeniedException"}, true},
		{down, []string{"shard.consumer.error.recoverable[0].exception", "com.amazonaws.services.kinesis.model.InternalFailureException"}, true},
		{down, []string{"scan.shard.consumer.error.recoverable[0].exception", "java.net.SocketTimeoutException"}, false},
		{
			denied, []string{
				"scan.shard.consumer.error.recoverable[0].exception", "java.io.IOException",
				"scan.shard.consumer.error.recoverable[1].exception", "java.lang.Exception",
			}, true,
		},
	} {
		inWorld(t, 1, func(w *world) {
			w.srv.Fault(test.fault)
			want := w.put("a", 1)
			j := w.run(w.open(w.table(userAndNumber, append([]string{"scan.stream.initpos", "TRIM_HORIZON"}, test.exceptions...)...)), userAndNumber)
			advance(time.Minute)
			if test.recovers {
				j.want(want)
			} else if j.state().err == nil {
				w.Errorf("%s with %q: no error", test.fault.Code, test.exceptions)
			}
		})
	}
}

func TestListsOfExceptionsAreChecked(t *testing.T) {
	for _, test := range []struct {
		options []string
		want    string
	}{
		{
			[]string{"scan.shard.consumer.error.recoverable[0].exception", "com.example.MyException"},
			`option "scan.shard.consumer.error.recoverable[0].exception": the exception class "com.example.MyException" is not known here, because there is no Java here`,
		},
		{
			[]string{"scan.shard.consumer.error.recoverable[1].exception", "java.io.IOException"},
			`the list of recoverable exceptions has 1 entries, but no option "scan.shard.consumer.error.recoverable[0].exception"`,
		},
		{
			[]string{"scan.shard.consumer.error.recoverable[0].class", "java.io.IOException"},
			`the list of recoverable exceptions has 1 entries, but no option "scan.shard.consumer.error.recoverable[0].exception"`,
		},
		{
			[]string{"scan.shard.consumer.error.recoverable[0].exception", "java.io.IOException", "shard.consumer.error.recoverable[0].exception", "java.io.EOFException"},
			`option "scan.shard.consumer.error.recoverable[0].exception" is set twice, with different values`,
		},
	} {
		table, err := declare(test.options...)
		if err == nil {
			err = check(table)
		}
		if err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestBatchesAreSmallWhereShardsAreHeldBack(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for n := range 10 {
			w.put("a", n)
		}
		for _, test := range []struct {
			options []string
			want    int
		}{
			{[]string{"scan.watermark.sync.queue.capacity", "4"}, 10},
			{[]string{"scan.watermark.sync.queue.capacity", "4", "scan.watermark.lookahead.millis", "1000"}, 4},
			{[]string{"scan.watermark.lookahead.millis", "1000"}, 10},
		} {
			src := w.open(w.table(userAndNumber, append([]string{"scan.stream.initpos", "TRIM_HORIZON"}, test.options...)...))
			splits, err := src.Splits(w.Context())
			w.must(err)
			reader, err := src.Open(w.Context(), splits[0])
			w.must(err)
			page, err := reader.Next(w.Context())
			w.must(err)
			w.must(reader.Close())
			if got := page.Rows.Rows(); got != test.want {
				w.Errorf("%q: %d rows, want %d", test.options, got, test.want)
			}
		}
	})
}

// The waits of DescribeStream, where they are set, are those of ListShards, as in Flink; but not those
// that ListShards has of its own.
func TestWaitsOfDescribeAreThoseOfListShards(t *testing.T) {
	for _, test := range []struct {
		options []string
		want    retryPolicy
	}{
		{nil, retryPolicy{retries: 10, base: time.Second, max: 5 * time.Second, exponent: 1.5}},
		{[]string{"scan.list.shards.backoff.base", "7"}, retryPolicy{retries: 10, base: 7 * time.Millisecond, max: 5 * time.Second, exponent: 1.5}},
		{[]string{"scan.stream.describe.backoff.base", "8"}, retryPolicy{retries: 10, base: 8 * time.Millisecond, max: 5 * time.Second, exponent: 1.5}},
		{
			[]string{
				"scan.list.shards.backoff.base", "7", "scan.stream.describe.backoff.base", "8", "scan.stream.describe.backoff.max", "9",
				"scan.stream.describe.backoff.expconst", "1,75", "scan.stream.describe.maxretries", "3",
			},
			retryPolicy{retries: 10, base: 7 * time.Millisecond, max: 9 * time.Millisecond, exponent: 1.75},
		},
	} {
		table, err := declare(test.options...)
		if err != nil {
			t.Fatal(err)
		}
		if got := listPolicy(table.Options); got != test.want {
			t.Errorf("%q: got %+v, want %+v", test.options, got, test.want)
		}
	}
}

func TestRecordsThatWereTrimmedBeforeTheyWereReadAreReported(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.shard.getrecords.maxrecordcount", "1"))
		splits, err := src.Splits(w.Context())
		w.must(err)
		first := w.put("a", 1)
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		page, err := reader.Next(w.Context())
		w.must(err)
		w.must(reader.Close())
		if got := rows(page.Rows, userAndNumber); !slices.Equal(got, []string{first}) {
			w.Fatalf("read %q first", got)
		}
		w.put("lost", 2)
		advance(20 * time.Hour)
		kept := w.put("kept", 3)
		advance(10 * time.Hour)
		j := w.newJob(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		j.mu.Lock()
		j.add([]connector.Split{{ID: splits[0].ID, From: page.Position}})
		j.mu.Unlock()
		advance(time.Minute)
		j.want(kept)
		want := `level=WARN msg="records may be lost: the stream did not keep them until they were read" stream=clicks shard=shardId-000000000000 position=` +
			string(page.Position) + ` read_up_to=2000-01-01T00:00:00.000Z kept_since=2000-01-01T06:00:00.00`
		if w.meter.Gaps.Load() != 1 || !strings.Contains(w.log.String(), want) || !strings.Contains(w.log.String(), "gap=6h0m0s goes_on_with=2000-01-01T20:00:00") {
			w.Errorf("%d gaps, log %s\nwant %s", w.meter.Gaps.Load(), w.log, want)
		}
	})
}

// To find a gap the reader wants to know the retention of the stream. While the service does not say,
// because it is busy or down, reading goes on.
func TestReadingDoesNotWaitForTheRetention(t *testing.T) {
	for _, fault := range []kinesisserver.Fault{
		{Operation: "DescribeStreamSummary", Code: "LimitExceededException"},
		{Operation: "DescribeStreamSummary", Status: 500},
		{Operation: "DescribeStreamSummary", Delay: time.Hour},
	} {
		inWorld(t, 4, func(w *world) {
			w.srv.Fault(fault)
			var want []string
			for n := range 20 {
				want = append(want, w.put(fmt.Sprint(n), n))
			}
			j := w.newJob(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
			j.mu.Lock()
			for n := range 4 { // all were left behind long ago
				j.add([]connector.Split{{ID: fmt.Sprintf("shardId-%012d", n), From: startAt(time.Now().Add(-48 * time.Hour)).text()}})
			}
			j.mu.Unlock()
			advance(7 * time.Second)
			j.want(want...)
			if calls := w.srv.Calls("DescribeStreamSummary"); calls != 1 {
				w.Errorf("the retention was asked for %d times", calls)
			}
		})
	}
}

// What the service last said holds while it says nothing.
func TestTheRetentionIsRemembered(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		_, err := w.api.IncreaseStreamRetentionPeriod(w.Context(), &kinesis.IncreaseStreamRetentionPeriodInput{
			StreamName: aws.String(streamName), RetentionPeriodHours: aws.Int32(72),
		})
		w.must(err)
		src := w.open(w.table(userAndNumber)).(*source)
		if got := src.retention(w.Context()); got != 72*time.Hour {
			w.Errorf("got %v", got)
		}
		advance(retentionAge)
		w.srv.Fault(kinesisserver.Fault{Operation: "DescribeStreamSummary", Status: 500, Count: 1})
		for range 2 {
			if got := src.retention(w.Context()); got != 72*time.Hour {
				w.Errorf("after a failure, got %v", got)
			}
		}
		advance(retentionRetry)
		src.retention(w.Context())
		if calls := w.srv.Calls("DescribeStreamSummary"); calls != 3 {
			w.Errorf("the retention was asked for %d times", calls)
		}
	})
}

// A reader that has seen that there was nothing more has lost nothing, however long that was.
func TestQuietShardsHaveNoGaps(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := []string{w.put("a", 1)}
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.shard.getrecords.intervalmillis", "200000", "scan.shard.discovery.intervalmillis", "3600000")), userAndNumber)
		for n := range 3 {
			advance(30 * time.Hour)
			want = append(want, w.put("a", n+2))
			advance(5 * time.Minute)
		}
		j.want(want...)
		if w.meter.Gaps.Load() != 0 {
			w.Errorf("%d gaps, log %s", w.meter.Gaps.Load(), w.log)
		}
	})
}

func TestSequenceNumbersSayWhenTheyWereGivenOut(t *testing.T) {
	if got, want := sequenceTime(sequenceNumber), time.Unix(1613588284, 0); !got.Equal(want) {
		t.Errorf("got %v, want %v", got.UTC(), want.UTC())
	}
	for _, other := range []string{"", "1", "49615604846537535747729525809", "x"} {
		if got := sequenceTime(other); !got.IsZero() {
			t.Errorf("%q: got %v", other, got)
		}
	}
}

func TestCertificatesAreVerifiedBeyondThisMachine(t *testing.T) {
	noAWS(t)
	options := []string{
		"stream", "clicks", "aws.region", "us-east-1", "aws.endpoint", "https://kinesis.example.com", "aws.trust.all.certificates", "true",
		"aws.credentials.basic.accesskeyid", "a", "aws.credentials.basic.secretkey", "b",
	}
	_, err := openWith(t, Config{}, options...)
	wantError(t, err, `
error: option "aws.trust.all.certificates" is for endpoints on this machine: anybody between here and there could read and change the records
  hint: name the certificate authority with AWS_CA_BUNDLE, or insist with 'aws.trust.all.certificates.force' = 'true'`)
	src, err := openWith(t, Config{}, append(options, "aws.trust.all.certificates.force", "true")...)
	if err != nil {
		t.Fatal(err)
	}
	src.Close()
}

func TestReadTimeoutEndsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.srv.Fault(kinesisserver.Fault{Operation: "ListShards", Delay: 20 * time.Second, Count: 10})
		src := w.open(w.table(userAndNumber, "aws.http-client.read-timeout", "5 s", "scan.list.shards.maxretries", "1"))
		_, err := src.Splits(w.Context())
		wantError(t, err, `
error: cannot reach Kinesis at http://kinesis.local: no answer within 5s
  hint: check 'aws.endpoint' and that the server runs`)
		if diag.KindOf(err) != diag.Unreachable {
			t.Errorf("kind %v", diag.KindOf(err))
		}
	})
}

func TestConnectionsOfASourceAreLimited(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		src := w.open(w.table(userAndNumber, "aws.http-client.max-concurrency", "3")).(*source)
		if got := src.http.Transport.(*http.Transport).MaxConnsPerHost; got != 3 {
			w.Errorf("%d connections", got)
		}
	})
}

func TestHTTPVersionIsChosen(t *testing.T) {
	srv := kinesisserver.New(kinesisserver.Config{})
	defer srv.Close()
	if err := srv.CreateStream("clicks", 1); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{"HTTP1_1": "HTTP/1.1", "HTTP2": "HTTP/2.0"} {
		var used string
		secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			used = r.Proto
			srv.Handler().ServeHTTP(w, r)
		}))
		secure.EnableHTTP2 = true
		secure.StartTLS()
		src, err := openWith(t, Config{}, "stream", "clicks", "aws.endpoint", secure.URL, "aws.trust.all.certificates", "true", "aws.http.protocol.version", version)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := src.Splits(t.Context()); err != nil || used != want {
			t.Errorf("%s: used %s, error %v", version, used, err)
		}
		src.Close()
		secure.Close()
	}
}
