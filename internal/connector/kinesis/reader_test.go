package kinesis

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
	"github.com/penstock-io/penstock/kinesisserver"
)

func TestExpiredIteratorsAreReplacedWhereReadingWas(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		want := []string{w.put("a", 1)}
		advance(time.Second)
		for n := range 5 {
			w.srv.ExpireIterators()
			want = append(want, w.put("a", n+2))
			advance(time.Second)
		}
		j.want(want...)
	})
}

// Nobody reads for longer than an iterator lives; under LATEST nothing may be skipped either.
func TestReaderThatWasHeldUpGoesOnWhereItWas(t *testing.T) {
	for _, initpos := range []string{"LATEST", "TRIM_HORIZON"} {
		inWorld(t, 1, func(w *world) {
			src := w.open(w.table(userAndNumber, "scan.stream.initpos", initpos))
			splits, err := src.Splits(w.Context())
			w.must(err)
			reader, err := src.Open(w.Context(), splits[0])
			w.must(err)
			defer reader.Close()
			var got []string
			next := func() {
				page, err := reader.Next(w.Context())
				w.must(err)
				got = append(got, rows(page.Rows, userAndNumber)...)
			}
			next()
			var want []string
			for n := range 4 {
				want = append(want, w.put("a", n))
				advance(7 * time.Minute)
				for len(got) < len(want) {
					next()
				}
			}
			if !slices.Equal(got, want) {
				w.Errorf("%s: got %q, want %q", initpos, got, want)
			}
		})
	}
}

func TestThrottlesAreWaitedOut(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "GetRecords", Code: "ProvisionedThroughputExceededException", Count: 40})
		w.srv.Fault(kinesisserver.Fault{Operation: "GetShardIterator", Code: "ProvisionedThroughputExceededException", Count: 5})
		w.srv.Fault(kinesisserver.Fault{Operation: "ListShards", Code: "LimitExceededException", Count: 5})
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		advance(2 * time.Minute)
		j.want(want)
		if got := w.meter.Throttles.Load(); got != 50 {
			w.Errorf("meter counts %d throttles, want 50", got)
		}
	})
}

func TestFaultsOfTheServiceAreRetried(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for _, fault := range []kinesisserver.Fault{
			{Operation: "GetRecords", Status: 500, Count: 2},
			{Operation: "GetRecords", Drop: true, Count: 1},
			{Operation: "GetShardIterator", Status: 503, Count: 3},
			{Operation: "ListShards", Status: 500, Count: 10},
		} {
			w.srv.Fault(fault)
		}
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		advance(2 * time.Minute)
		j.want(want)
	})
}

func TestFaultThatStaysEndsTheJob(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber)), userAndNumber)
		w.srv.Fault(kinesisserver.Fault{Operation: "GetRecords", Status: 500})
		calls := w.srv.Calls("GetRecords")
		advance(time.Minute)
		if got := w.srv.Calls("GetRecords") - calls; got != 4 {
			w.Errorf("called %d times, want 1 and 3 repetitions", got)
		}
		wantError(w.T, j.state().err, `
error: GetRecords on stream "clicks" fails at http://kinesis.local: Internal Service Failure
  hint: the service reports a fault of its own; try again later`)
	})
}

func TestDiscoveryThatFailsLaterIsTriedAgain(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber, "scan.list.shards.maxretries", "0")), userAndNumber)
		w.srv.Fault(kinesisserver.Fault{Operation: "ListShards", Status: 500, Count: 2})
		advance(35 * time.Second)
		j.want()
		if got := strings.Count(w.log.String(), "shards not listed"); got != 2 {
			w.Errorf("logged\n%s", w.log)
		}
	})
}

func TestEmptyPagesAreNotTheEnd(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := w.put("a", 1)
		w.srv.Fault(kinesisserver.Fault{Operation: "GetRecords", EmptyPage: true, Count: 5})
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.bounded.mode", "latest")), userAndNumber)
		advance(10 * time.Second)
		j.want(want)
	})
}

func TestBoundedReadsWhatTheStreamHeldAndEnds(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		var want []string
		for n := range 10 {
			want = append(want, w.put(fmt.Sprintf("user-%d", n), n))
			if n == 5 {
				w.must(w.srv.Reshard(streamName, 3))
			}
		}
		advance(time.Second)
		src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.bounded.mode", "latest", "scan.shard.getrecords.maxrecordcount", "1"))
		if src.DiscoveryInterval() != 0 {
			w.Error("a bounded source looks for new shards")
		}
		splits, err := src.Splits(w.Context())
		w.must(err)
		advance(2 * time.Second)
		for n := range 20 { // what comes later
			w.put(fmt.Sprintf("user-%d", n), 1000+n)
		}
		w.must(w.srv.Reshard(streamName, 5))
		j := w.newJob(src, userAndNumber)
		j.mu.Lock()
		j.add(splits)
		j.mu.Unlock()
		j.running.Wait()
		j.want(want...)
	})
}

func TestBoundedReadOfAnEmptyStreamEnds(t *testing.T) {
	inWorld(t, 3, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber, "scan.bounded.mode", "latest")), userAndNumber)
		j.running.Wait()
		j.want()
		if len(j.state().done) != 3 {
			w.Errorf("ended: %v", j.state().done)
		}
	})
}

// Every page's position resumes with exactly what follows it, wherever the job was stopped.
func TestPositionsResume(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		var want []string
		for n := range 30 {
			want = append(want, w.put(fmt.Sprintf("user-%d", n), n))
			if n == 20 {
				w.must(w.srv.Reshard(streamName, 3))
			}
		}
		src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.shard.getrecords.maxrecordcount", "3"))
		pending, err := src.Splits(w.Context())
		w.must(err)
		var got []string
		for len(pending) > 0 { // one page per reader, each opened anew at the position of the one before
			split := pending[0]
			pending = pending[1:]
			reader, err := src.Open(w.Context(), split)
			w.must(err)
			page, err := reader.Next(w.Context())
			w.must(reader.Close())
			if errors.Is(err, io.EOF) {
				continue
			}
			w.must(err)
			got = append(got, rows(page.Rows, userAndNumber)...)
			split.From = page.Position
			if page.Lag != 0 || page.Rows != nil || page.Position == "SHARD_END" {
				pending = append(pending, split)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			w.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestMetadataColumnsAreDelivered(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		columns := []connector.Column{
			{Name: "stream", Type: types.String, Metadata: "stream"},
			{Name: "shard", Type: varchar128, Metadata: "shard-id"},
			{Name: "n", Type: types.Of(types.BigInt)},
			{Name: "key", Type: varchar256, Metadata: "partition-key"},
			{Name: "at", Type: types.TimestampLTZ3, Metadata: "timestamp"},
			{Name: "wall", Type: types.Timestamp3, Metadata: "timestamp"},
			{Name: "number", Type: varchar128, Metadata: "sequence-number"},
		}
		advance(1234 * time.Millisecond)
		w.put("a", 1)
		w.putData("bad", "{")
		advance(time.Second)
		w.put("b", 2)
		j := w.run(w.open(w.table(columns, "scan.stream.initpos", "TRIM_HORIZON")), columns)
		advance(time.Second)
		if len(j.state().rows) != 2 {
			w.Fatalf("got %q", j.state().rows)
		}
		for i, want := range []string{
			"clicks | shardId-000000000000 | 1 | a | 2000-01-01 00:00:01.23? | 2000-01-01 00:00:01.23? | 49",
			"clicks | shardId-000000000000 | 2 | b | 2000-01-01 00:00:02.23? | 2000-01-01 00:00:02.23? | 49",
		} {
			got := j.state().rows[i]
			for at, c := range want {
				if c == '?' {
					got = got[:at] + "?" + got[at+1:]
				}
			}
			if !strings.HasPrefix(got, want) {
				w.Errorf("got  %q\nwant %q...", got, want)
			}
		}
		if w.meter.BadRecords.Load() != 1 {
			w.Errorf("meter counts %d bad records", w.meter.BadRecords.Load())
		}
	})
}

// putData writes any bytes.
func (w *world) putData(key, data string) {
	w.Helper()
	_, err := w.api.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamName: aws.String(streamName), PartitionKey: &key, Data: []byte(data)})
	w.must(err)
}

func TestBadRecordIsNamedByShardAndSequenceNumber(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		out, err := w.api.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamName: aws.String(streamName), PartitionKey: aws.String("k"), Data: []byte("{")})
		w.must(err)
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "bad-records", "fail")), userAndNumber)
		advance(time.Second)
		want := "bad record at shard shardId-000000000000, sequence number " + *out.SequenceNumber + ": "
		if j.state().err == nil || !strings.HasPrefix(j.state().err.Error(), want) {
			w.Errorf("got %v, want %s...", j.state().err, want)
		}
	})
}

func TestQueriesWithoutColumnsCountRows(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.put("a", 1)
		w.put("b", 2)
		w.run(w.open(w.table(nil, "scan.stream.initpos", "TRIM_HORIZON")), nil)
		src := w.open(w.table(nil, "scan.stream.initpos", "TRIM_HORIZON"))
		splits, err := src.Splits(w.Context())
		w.must(err)
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		defer reader.Close()
		page, err := reader.Next(w.Context())
		w.must(err)
		if page.Rows == nil || page.Rows.Rows() != 2 {
			w.Errorf("got %+v", page.Rows)
		}
	})
}

func TestShardThatLeftTheStreamHasEnded(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.put("a", 1)
		w.must(w.srv.Reshard(streamName, 2))
		src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON"))
		splits, err := src.Splits(w.Context())
		w.must(err)
		advance(30 * time.Hour)
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		defer reader.Close()
		page, err := reader.Next(w.Context())
		w.must(err)
		if page.Position != "SHARD_END" || !strings.Contains(w.log.String(), "shard has left the stream before it was read to its end") {
			w.Errorf("got %+v, logged %s", page, w.log)
		}
		if _, err := reader.Next(w.Context()); !errors.Is(err, io.EOF) {
			w.Errorf("got %v, want the end", err)
		}
	})
}

func TestContextEndsEveryWait(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "GetRecords", Delay: time.Hour})
		src := w.open(w.table(userAndNumber))
		splits, err := src.Splits(w.Context())
		w.must(err)
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		j := w.run(src, userAndNumber)
		advance(time.Second)
		begun := time.Now()
		j.end()
		w.must(reader.Close()) // with a call under way that nobody waits for
		if time.Since(begun) > 10*time.Millisecond {
			w.Errorf("ended after %v", time.Since(begun))
		}
		if j.state().err != nil {
			w.Error(j.state().err)
		}
	})
}

// A thousand shards that nobody reads hold a bounded number of pages, and those that are read go on.
func TestPrefetchIsBounded(t *testing.T) {
	inWorld(t, 100, func(w *world) {
		for n := range 1000 {
			w.put(fmt.Sprintf("user-%d", n), n)
		}
		src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON"))
		splits, err := src.Splits(w.Context())
		w.must(err)
		var readers []connector.Reader
		for _, split := range splits {
			reader, err := src.Open(w.Context(), split)
			w.must(err)
			defer reader.Close()
			readers = append(readers, reader)
		}
		advance(time.Minute)
		if got := w.srv.Calls("GetRecords"); got != maxPrefetched {
			w.Errorf("%d pages were fetched in advance, want %d", got, maxPrefetched)
		}
		for _, reader := range readers {
			page, err := reader.Next(w.Context())
			w.must(err)
			if page.Rows == nil {
				w.Error("a page without rows")
			}
		}
	})
}
