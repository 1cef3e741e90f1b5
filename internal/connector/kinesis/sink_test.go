package kinesis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
	"github.com/penstock-io/penstock/kinesisserver"
)

func (w *world) deleteStream() {
	w.Helper()
	_, err := w.api.DeleteStream(w.Context(), &kinesis.DeleteStreamInput{StreamName: aws.String(streamName)})
	w.must(err)
}

// someRows returns rows of the columns userAndNumber, numbered from 0.
func someRows(n int) *batch.Batch { return rowsFrom(0, n) }

func rowsFrom(first, n int) *batch.Batch {
	users, numbers := &batch.BytesBuilder{}, &batch.FixedBuilder[int64]{}
	for i := range n {
		users.AppendString(fmt.Sprintf("user-%d", (first+i)%7))
		numbers.Append(int64(first + i))
	}
	return batch.New(n, users.Finish(), numbers.Finish())
}

// records returns everything in the stream, shard by shard.
func (w *world) records() (all []kinesistypes.Record) {
	w.Helper()
	shards, err := w.api.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: aws.String(streamName)})
	w.must(err)
	for _, shard := range shards.Shards {
		it, err := w.api.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
			StreamName: aws.String(streamName), ShardId: shard.ShardId, ShardIteratorType: kinesistypes.ShardIteratorTypeTrimHorizon,
		})
		w.must(err)
		for next := it.ShardIterator; next != nil; {
			out, err := w.api.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: next})
			w.must(err)
			all = append(all, out.Records...)
			if next = out.NextShardIterator; *out.MillisBehindLatest == 0 {
				break
			}
		}
	}
	return all
}

// stored checks that the stream holds the rows 0 to n-1, each once.
func (w *world) stored(n int) {
	w.Helper()
	var got, want []string
	for _, r := range w.records() {
		got = append(got, string(r.Data))
	}
	for i := range n {
		want = append(want, fmt.Sprintf(`{"usr":"user-%d","n":%d}`, i%7, i))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Errorf("the stream holds %d records, want %d", len(got), len(want))
	}
}

func TestFlushWaitsUntilEverythingIsAcknowledged(t *testing.T) {
	inWorld(t, 4, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Delay: 3 * time.Second})
		writer := w.writer(w.table(userAndNumber))
		begun := time.Now()
		w.must(writer.Write(w.Context(), someRows(1234)))
		w.must(writer.Flush(w.Context()))
		if took := time.Since(begun); took < 9*time.Second || took > 10*time.Second { // one request at a time, at first
			w.Errorf("took %v", took)
		}
		w.stored(1234)
		if w.meter.Records.Load() != 1234 || w.srv.Calls("PutRecords") != 3 {
			w.Errorf("%d records acknowledged in %d calls", w.meter.Records.Load(), w.srv.Calls("PutRecords"))
		}
		w.must(writer.Flush(w.Context()))
	})
}

func TestRecordsAreSentAfterAWhile(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		writer := w.writer(w.table(userAndNumber, "sink.batch_flush_interval_millis", "700"))
		w.must(writer.Write(w.Context(), someRows(3)))
		advance(400 * time.Millisecond)
		w.must(writer.Write(w.Context(), rowsFrom(3, 3)))
		advance(250 * time.Millisecond)
		if w.srv.Calls("PutRecords") != 0 {
			w.Error("sent too early")
		}
		advance(100 * time.Millisecond)
		w.stored(6)
		w.must(writer.Write(w.Context(), rowsFrom(6, 1)))
		advance(time.Second)
		w.stored(7)
		if w.srv.Calls("PutRecords") != 2 {
			w.Errorf("%d calls", w.srv.Calls("PutRecords"))
		}
	})
}

func TestRequestsAreCutByRecordsAndBytes(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		writer := w.writer(w.table(userAndNumber, "sink.records_per_batch", "100"))
		w.must(writer.Write(w.Context(), someRows(1000)))
		advance(time.Second)
		if w.srv.Calls("PutRecords") != 10 {
			w.Errorf("%d calls by records", w.srv.Calls("PutRecords"))
		}
		// 220 records of 22 to 24 bytes and keys of 16 are 8,600 bytes; what does not fill a request waits.
		writer = w.writer(w.table(userAndNumber, "sink.flush-buffer.size", "1000"))
		w.must(writer.Write(w.Context(), someRows(220)))
		advance(time.Second)
		if calls := w.srv.Calls("PutRecords") - 10; calls != 8 {
			w.Errorf("%d calls by bytes", calls)
		}
	})
}

func TestRequestsHoldUpToTenMiB(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		writer := w.writer(w.table(userAndNumber, "sink.flush-buffer.size", "10mb"))
		for range 20 {
			w.must(writer.Write(w.Context(), rowOf(1<<20)))
		}
		w.must(writer.Flush(w.Context()))
		if got, calls := len(w.records()), w.srv.Calls("PutRecords"); got != 20 || calls != 2 {
			w.Errorf("%d records in %d calls", got, calls)
		}
	})
}

func TestRefusedRecordsAreSentAgain(t *testing.T) {
	inWorld(t, 4, func(w *world) {
		remove := w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", RecordPercent: 50})
		writer := w.writer(w.table(userAndNumber))
		w.must(writer.Write(w.Context(), someRows(3000)))
		advance(5 * time.Second)
		remove()
		w.must(writer.Flush(w.Context()))
		w.stored(3000)
		if w.meter.Throttles.Load() == 0 || w.meter.Retries.Load() < 3000 {
			w.Errorf("%d throttles, %d retries", w.meter.Throttles.Load(), w.meter.Retries.Load())
		}
	})
}

func TestThrottledRecordsAreSentForever(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		remove := w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", RecordPercent: 100})
		writer := w.writer(w.table(userAndNumber))
		w.must(writer.Write(w.Context(), someRows(500)))
		advance(5 * time.Minute)
		remove()
		w.must(writer.Flush(w.Context()))
		w.stored(500)
	})
}

func TestFaultsOfRequestsAreRetried(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Status: 500, Count: 4})
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Drop: true, Count: 3})
		writer := w.writer(w.table(userAndNumber))
		w.must(writer.Write(w.Context(), someRows(700)))
		w.must(writer.Flush(w.Context()))
		w.stored(700)
	})
}

func TestRefusalsThatStayEndTheJob(t *testing.T) {
	for _, test := range []struct {
		fault kinesisserver.Fault
		want  string
	}{
		{kinesisserver.Fault{Status: 500}, `
error: PutRecords on stream "clicks" fails at http://kinesis.local: Internal Service Failure
  hint: the service reports a fault of its own; try again later`},
		{kinesisserver.Fault{RecordPercent: 100, RecordCode: "InternalFailure"}, `
error: stream "clicks" refuses 3 of the records: InternalFailure: Internal Service Failure
  hint: the service reports a fault of its own; try again later`},
		{kinesisserver.Fault{Code: "AccessDeniedException", Message: "no"}, `
error: not permitted to call PutRecords on stream "clicks": no
  hint: aws sts get-caller-identity shows who you are; the identity needs kinesis:PutRecords on the stream`},
		{kinesisserver.Fault{Code: "ValidationException", Message: "1 validation error"}, `
error: PutRecords on stream "clicks" is refused: 1 validation error
  hint: 'sink.bad-records' = 'skip' counts and leaves out such rows, 'dead-letter' keeps them as well`},
	} {
		inWorld(t, 1, func(w *world) {
			test.fault.Operation = "PutRecords"
			w.srv.Fault(test.fault)
			writer := w.writer(w.table(userAndNumber))
			w.must(writer.Write(w.Context(), someRows(3)))
			err := writer.Flush(w.Context())
			wantError(w.T, err, test.want)
			if again := writer.Write(w.Context(), someRows(1)); again == nil || again.Error() != err.Error() {
				w.Errorf("then Write returns %v", again)
			}
		})
	}
}

func TestFailOnErrorEndsTheJobAtTheFirstRefusal(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", RecordPercent: 100, Count: 1})
		writer := w.writer(w.table(userAndNumber, "sink.fail-on-error", "true"))
		w.must(writer.Write(w.Context(), someRows(3)))
		err := writer.Flush(w.Context())
		if diag.KindOf(err) != diag.Throttled || !strings.HasPrefix(err.Error(), `stream "clicks" refuses 3 of the records: ProvisionedThroughputExceededException`) {
			w.Errorf("got %v", err)
		}
	})
}

// rowOf returns a row that makes a record of some bytes, with a random partition key.
func rowOf(size int) *batch.Batch {
	const overhead = len(`{"usr":"","n":1}`) + 16
	users, numbers := &batch.BytesBuilder{}, &batch.FixedBuilder[int64]{}
	users.AppendString(strings.Repeat("x", size-overhead))
	numbers.Append(1)
	return batch.New(1, users.Finish(), numbers.Finish())
}

func TestRecordThatIsTooLarge(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		writer := w.writer(w.table(userAndNumber))
		w.must(writer.Write(w.Context(), rowOf(maxBytesPerRecord)))
		w.must(writer.Flush(w.Context()))
		wantError(w.T, writer.Write(w.Context(), rowOf(maxBytesPerRecord+1)), `
error: a row of table "clicks" makes a record of 1048577 bytes, more than the 1048576 that stream "clicks" takes
  hint: write fewer or shorter columns, or raise the limit of the stream: aws kinesis update-max-record-size; 'sink.bad-records' = 'skip' counts and leaves out such rows, 'dead-letter' keeps them as well`)
	})
}

func TestWriteWaitsWhileTheQueueIsFull(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Delay: time.Second})
		writer := w.writer(w.table(userAndNumber, "sink.batch.max-size", "10", "sink.requests.max-inflight", "2", "sink.requests.max-buffered", "30"))
		w.must(writer.Write(w.Context(), someRows(10)))
		w.must(writer.Flush(w.Context())) // from now on, 20 records may be on their way
		begun := time.Now()
		w.must(writer.Write(w.Context(), someRows(50))) // 20 on their way, 30 in the queue
		if took := time.Since(begun); took > 10*time.Millisecond {
			w.Errorf("the first 50 rows took %v", took)
		}
		w.must(writer.Write(w.Context(), rowsFrom(50, 100)))
		if took := time.Since(begun); took < 5*time.Second || took > 6*time.Second {
			w.Errorf("100 more, 20 a second, took %v", took)
		}
		ctx, cancel := context.WithTimeout(w.Context(), 300*time.Millisecond)
		defer cancel()
		if err := writer.Write(ctx, rowsFrom(150, 100)); !errors.Is(err, context.DeadlineExceeded) {
			w.Errorf("got %v", err)
		}
	})
}

func TestCloseEndsRequestsUnderWay(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Delay: time.Hour})
		writer := w.writer(w.table(userAndNumber))
		w.must(writer.Write(w.Context(), someRows(5000)))
		advance(time.Second)
		begun := time.Now()
		w.must(writer.Close())
		if took := time.Since(begun); took > 10*time.Millisecond {
			w.Errorf("took %v", took)
		}
		advance(10 * time.Second) // no timer is left
		w.must(writer.Close())
	})
}

func (w *world) keys(table connector.Table, b *batch.Batch) []string {
	w.Helper()
	writer := w.writer(table)
	w.must(writer.Write(w.Context(), b))
	w.must(writer.Flush(w.Context()))
	var keys []string
	for _, r := range w.records() {
		keys = append(keys, *r.PartitionKey)
	}
	return keys
}

func TestPartitionKeysAreRandomOrFixed(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		keys := w.keys(w.table(userAndNumber), someRows(100))
		if slices.Sort(keys); len(slices.Compact(keys)) != 100 {
			w.Errorf("got %q", keys)
		}
	})
	inWorld(t, 1, func(w *world) {
		keys := w.keys(w.table(userAndNumber, "sink.partitioner", "fixed"), someRows(3))
		if !slices.Equal(keys, []string{"0", "0", "0"}) {
			w.Errorf("got %q", keys)
		}
	})
}

func TestPartitionKeysOfColumns(t *testing.T) {
	columns := []connector.Column{
		{Name: "text", Type: types.String}, {Name: "flag", Type: types.Of(types.Boolean)}, {Name: "n", Type: types.Of(types.BigInt)}, {Name: "d", Type: types.Of(types.Double)},
	}
	schema := types.Schema{{Name: "text", Type: types.String}, {Name: "flag", Type: types.Of(types.Boolean)}, {Name: "n", Type: types.Of(types.BigInt)}, {Name: "d", Type: types.Of(types.Double)}}
	for _, test := range []struct {
		by        []string
		delimiter string
		want      []string
	}{
		{[]string{"n", "text"}, "|", []string{"1|a", "-2|null", "null|"}},
		{[]string{"FLAG", "d"}, "--", []string{"true--1.0E10", "null--0.5", "false--null"}},
		{[]string{"text", "flag"}, "", []string{"atrue", "nullnull", "false"}},
		{[]string{"text"}, "|", []string{"a", "null", " "}},
	} {
		inWorld(t, 1, func(w *world) {
			b, err := batch.Parse("text|flag|n|d\na|true|1|1e10\nNULL|NULL|-2|0.5\n|false|NULL|NULL", schema)
			w.must(err)
			table := w.table(columns, "sink.partitioner-field-delimiter", test.delimiter)
			table.PartitionedBy = test.by
			if got := w.keys(table, b); !slices.Equal(got, test.want) {
				w.Errorf("by %q: got %q, want %q", test.by, got, test.want)
			}
		})
	}
}

func TestLongPartitionKeysAreCutBetweenCharacters(t *testing.T) {
	for _, test := range []struct{ key, want string }{
		{strings.Repeat("a", 256), strings.Repeat("a", 256)},
		{strings.Repeat("a", 257), strings.Repeat("a", 256)},
		{strings.Repeat("ä", 300), strings.Repeat("ä", 256)},
		{strings.Repeat("ä", 200), strings.Repeat("ä", 200)},
		{strings.Repeat("😀", 200), strings.Repeat("😀", 128)},
		{"a" + strings.Repeat("😀", 200), "a" + strings.Repeat("😀", 127)},
	} {
		if got := test.key[:keyLength([]byte(test.key))]; got != test.want {
			t.Errorf("%.10s...: got %d bytes, want %d", test.key, len(got), len(test.want))
		}
	}
}

func TestSinkTakesInsertsOnly(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		b := someRows(1)
		b.Changes = []batch.Change{batch.Delete}
		err := w.writer(w.table(userAndNumber)).Write(w.Context(), b)
		if diag.KindOf(err) != diag.Unsupported {
			w.Errorf("got %v", err)
		}
	})
}
