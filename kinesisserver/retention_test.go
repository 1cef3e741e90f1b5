package kinesisserver

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

func TestRetentionMayBeShorterThanOnAWS(t *testing.T) {
	w := newWorld(t, Config{Retention: time.Minute})
	w.create("clicks", 1)
	w.put("clicks", "k", "x")
	if got := *w.summary("clicks").RetentionPeriodHours; got != 1 {
		t.Errorf("shown as %d hours", got)
	}
	w.must(w.srv.Reshard("clicks", 2))
	w.srv.AdvanceClock(time.Minute + time.Second)
	if n := len(w.shards("clicks")); n != 2 {
		t.Errorf("the closed shard is still there: %d shards", n)
	}

	change := &kinesis.IncreaseStreamRetentionPeriodInput{StreamName: aws.String("clicks"), RetentionPeriodHours: aws.Int32(23)}
	_, err := w.client.IncreaseStreamRetentionPeriod(t.Context(), change)
	wantError(t, err, "InvalidArgumentException", "Minimum allowed retention period is 24 hours")
	change.RetentionPeriodHours = aws.Int32(24)
	_, err = w.client.IncreaseStreamRetentionPeriod(t.Context(), change)
	w.must(err)
	w.put("clicks", "k", "y")
	w.srv.AdvanceClock(23 * time.Hour)
	if got := w.read("clicks", "1") + w.read("clicks", "2"); got != "y" {
		t.Errorf("read %q", got)
	}
}

func TestDeletedStreamsAreForgotten(t *testing.T) {
	w := newWorld(t, Config{StreamDelay: time.Second})
	for i := range 10 {
		name := fmt.Sprint("stream-", i)
		w.must(w.srv.CreateStream(name, 1))
		_, err := w.client.DeleteStream(t.Context(), &kinesis.DeleteStreamInput{StreamName: &name})
		w.must(err)
	}
	w.srv.AdvanceClock(sweepInterval)
	if n := len(w.srv.realm(DefaultAccountID, DefaultRegion).streams); n != 0 {
		t.Errorf("%d streams are still there", n)
	}
}

func TestUntouchedStreamsAreSweptWhenOthersAreUsed(t *testing.T) {
	w := newWorld(t, Config{Retention: time.Minute})
	w.must(w.srv.CreateStream("clicks", 1))
	w.must(w.srv.CreateStream("views", 1))
	w.put("clicks", "k", "x")
	now := w.srv.Now()
	shard := w.srv.realm(DefaultAccountID, DefaultRegion).streams["clicks"].shards[0]
	w.srv.clock.move(sweepInterval - time.Second) // nothing but a request sees that
	w.put("views", "k", "y")
	if len(shard.segments) != 1 {
		t.Errorf("%d segments after %v", len(shard.segments), w.srv.Now().Sub(now))
	}
	w.srv.clock.move(2 * time.Second)
	w.put("views", "k", "z")
	if len(shard.segments) != 0 {
		t.Errorf("%d segments after %v", len(shard.segments), w.srv.Now().Sub(now))
	}
	if got := w.get(w.iterator("views", "0", types.ShardIteratorTypeTrimHorizon, "")); data(got) != "y z" {
		t.Errorf("the other stream has %q", data(got))
	}
}

// TestMemoryStaysWithinTheRetention passes millions of records of 100 to 500 bytes through a server
// that keeps one minute of them.
func TestMemoryStaysWithinTheRetention(t *testing.T) {
	const (
		perMinute = 100_000
		// A minute's records are 45 MB as JSON; the sweep and whole segments may double that.
		bound = 128 << 20
	)
	records := 5_000_000
	if raceDetector {
		records /= 10
	}
	srv := New(Config{Retention: time.Minute, AnswerDelay: -1})
	if err := srv.CreateStream("clicks", 4); err != nil {
		t.Fatal(err)
	}
	var bodies [][]byte
	for size := 100; size <= 500; size += 50 {
		bodies = append(bodies, putBody(500, size))
	}
	largest := uint64(0)
	for n := 0; n < records; n += 500 {
		post(t, srv.Handler(), "PutRecords", bodies[n/500%len(bodies)])
		srv.AdvanceClock(time.Minute * 500 / perMinute)
		if n%(records/20) == 0 {
			largest = max(largest, heapBytes())
		}
	}
	if largest = max(largest, heapBytes()); largest > bound {
		t.Errorf("%d MiB of heap, more than %d MiB", largest>>20, bound>>20)
	}
	t.Logf("at most %d MiB of heap", largest>>20)
	if n := srv.Calls("PutRecords"); n != records/500 {
		t.Errorf("%d calls", n)
	}
	runtime.KeepAlive(srv)
}

// heapBytes returns what is in use on the heap.
func heapBytes() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
