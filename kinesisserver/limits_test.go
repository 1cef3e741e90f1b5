package kinesisserver

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// methodNames returns the exported methods of a value.
func methodNames(v any) []string {
	var names []string
	for m := range reflect.TypeOf(v).Methods() {
		names = append(names, m.Name)
	}
	return names
}

// limited runs a test in fake time against a server with AWS's limits and a stream of one shard.
func limited(t *testing.T, test func(w *world)) {
	t.Helper()
	inBubble(t, Config{Limits: LimitsAWS, AnswerDelay: -1}, func(w *world) {
		w.must(w.srv.CreateStream("clicks", 1))
		test(w)
	})
}

// putMany writes n records of a size and returns how many failed.
func (w *world) putMany(n, size int) int {
	w.Helper()
	in := &kinesis.PutRecordsInput{StreamName: aws.String("clicks")}
	for range n {
		in.Records = append(in.Records, types.PutRecordsRequestEntry{Data: bytes.Repeat([]byte("x"), size-1), PartitionKey: aws.String("k")})
	}
	out, err := w.client.PutRecords(w.Context(), in)
	w.must(err)
	for _, r := range out.Records {
		if r.ErrorCode != nil && (*r.ErrorCode != codeProvisionedThroughput ||
			*r.ErrorMessage != "Rate exceeded for shard shardId-000000000000 in stream clicks under account 000000000000.") {
			w.Fatalf("%s: %s", *r.ErrorCode, *r.ErrorMessage)
		}
	}
	return int(*out.FailedRecordCount)
}

func TestShardTakesAThousandRecordsASecond(t *testing.T) {
	limited(t, func(w *world) {
		if failed := w.putMany(500, 10) + w.putMany(500, 10); failed != 0 {
			w.Errorf("%d of the first 1000 failed", failed)
		}
		if failed := w.putMany(500, 10); failed != 500 {
			w.Errorf("%d of the next 500 failed", failed)
		}
		_, err := w.client.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamName: aws.String("clicks"), PartitionKey: aws.String("k"), Data: []byte("x")})
		wantError(w.T, err, "ProvisionedThroughputExceededException", "Rate exceeded for shard shardId-000000000000 in stream clicks under account 000000000000.")
		advance(100 * time.Millisecond)
		if failed := w.putMany(500, 10); failed != 400 {
			w.Errorf("after 100 ms %d of 500 failed", failed)
		}
	})
}

func TestShardTakesAMebibyteASecondAfterABurst(t *testing.T) {
	limited(t, func(w *world) {
		if failed := w.putMany(10, 1<<20); failed != 0 {
			w.Errorf("%d of 10 MiB failed", failed)
		}
		advance(2 * time.Second)
		if failed := w.putMany(5, 1<<20); failed != 3 {
			w.Errorf("two seconds later %d of 5 MiB failed", failed)
		}
	})
}

func TestShardTakesFiveReadsASecond(t *testing.T) {
	limited(t, func(w *world) {
		it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		read := func() error {
			_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
			return err
		}
		for range 5 {
			w.must(read())
		}
		wantError(w.T, read(), "ProvisionedThroughputExceededException", "Rate exceeded for shard")
		advance(200 * time.Millisecond)
		w.must(read())
		wantError(w.T, read(), "ProvisionedThroughputExceededException", "Rate exceeded for shard")
	})
}

func TestTenMebibytePageKeepsReadersOutForFiveSeconds(t *testing.T) {
	limited(t, func(w *world) {
		w.putMany(10, 1<<20)
		it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		next := w.get(it).NextShardIterator
		advance(4900 * time.Millisecond)
		_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: next})
		wantError(w.T, err, "ProvisionedThroughputExceededException", "")
		advance(200 * time.Millisecond)
		w.get(*next)
	})
}

func TestShardGivesTwoMebibytesASecond(t *testing.T) {
	limited(t, func(w *world) {
		w.putMany(3, 1<<20)
		it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		read := func() error {
			_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it, Limit: aws.Int32(1)})
			return err
		}
		w.must(read())
		w.must(read())
		wantError(w.T, read(), "ProvisionedThroughputExceededException", "")
		advance(600 * time.Millisecond)
		w.must(read())
	})
}

func TestFanOutGivesTwoMebibytesASecondToEachConsumer(t *testing.T) {
	limited(t, func(w *world) {
		w.putMany(8, 1<<20)
		first, second := w.register("first"), w.register("second")
		start := time.Now()
		a, b := w.subscribe(first, "0", fromTrimHorizon), w.subscribe(second, "0", fromTrimHorizon)
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.read(8)
		}()
		a.read(8)
		<-done
		if took := time.Since(start); took < 3*time.Second || took > 5*time.Second {
			w.Errorf("8 MiB took %v", took)
		}
		w.must(a.stream.Close())
		w.must(b.stream.Close())
	})
}

func TestControlPlaneCallsAreLimited(t *testing.T) {
	limited(t, func(w *world) {
		list := func() error {
			_, err := w.client.ListStreams(w.Context(), &kinesis.ListStreamsInput{})
			return err
		}
		for range 5 {
			w.must(list())
		}
		wantError(w.T, list(), "LimitExceededException", "Rate exceeded for account 000000000000.")
		other := w.clientFor("eu-west-1", "AKIDEXAMPLE")
		_, err := other.ListStreams(w.Context(), &kinesis.ListStreamsInput{})
		w.must(err)
		advance(time.Second)
		w.must(list())
	})
}

func TestCallsOfAStreamAreCountedWhoeverMakesThem(t *testing.T) {
	limited(t, func(w *world) {
		list := func(client *kinesis.Client, arn *string) error {
			_, err := client.ListStreamConsumers(w.Context(), &kinesis.ListStreamConsumersInput{StreamARN: arn})
			return err
		}
		other := w.clientFor("us-east-1", "111122223333")
		_, err := other.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("clicks"), ShardCount: aws.Int32(1)})
		w.must(err)
		clicks := aws.String(clicksARN)
		for range 5 {
			w.must(list(w.client, clicks))
		}
		wantError(w.T, list(other, clicks), "LimitExceededException", "Rate exceeded for account 000000000000.")
		// A stream of the same name is another one.
		w.must(list(w.client, aws.String("arn:aws:kinesis:us-east-1:111122223333:stream/clicks")))
	})
}

func TestChangesPerDayAreLimited(t *testing.T) {
	limited(t, func(w *world) {
		mode := func(mode types.StreamMode) error {
			_, err := w.client.UpdateStreamMode(w.Context(), &kinesis.UpdateStreamModeInput{
				StreamARN: aws.String(clicksARN), StreamModeDetails: &types.StreamModeDetails{StreamMode: mode},
			})
			return err
		}
		w.must(mode(types.StreamModeOnDemand))
		advance(time.Hour)
		w.must(mode(types.StreamModeProvisioned))
		wantError(w.T, mode(types.StreamModeOnDemand), "LimitExceededException", "limit of 2 such changes in 24 hours")
		advance(23 * time.Hour)
		w.must(mode(types.StreamModeOnDemand))
	})
}

func TestFiveStreamsMayBeCreatedAtATime(t *testing.T) {
	inBubble(t, Config{Limits: LimitsAWS, StreamDelay: time.Minute}, func(w *world) {
		for i := range 5 {
			w.create(fmt.Sprint("stream-", i), 1)
		}
		advance(time.Second)
		_, err := w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("one-more"), ShardCount: aws.Int32(1)})
		wantError(w.T, err, "LimitExceededException", "Only 5 streams can be in the CREATING state at a time.")
		advance(time.Minute)
		w.create("one-more", 1)
	})
}

func TestWithoutLimitsNothingIsThrottled(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	for range 5 {
		if failed := w.putMany(500, 1024); failed != 0 {
			t.Errorf("%d records failed", failed)
		}
	}
	for range 8 {
		w.read("clicks", "0")
	}
}
