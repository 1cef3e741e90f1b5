package kinesisserver

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

func TestIteratorTypesStartWhereTheySay(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		w.put("clicks", "k", "a")
		advance(time.Second)
		second := time.Now()
		b := *w.put("clicks", "k", "b").SequenceNumber
		advance(time.Second)
		w.put("clicks", "k", "c")
		advance(time.Second)
		start := *w.shards("clicks")[0].SequenceNumberRange.StartingSequenceNumber

		for _, c := range []struct {
			name string
			kind types.ShardIteratorType
			from string
			want string
		}{
			{"trim horizon", types.ShardIteratorTypeTrimHorizon, "", "a b c"},
			{"latest", types.ShardIteratorTypeLatest, "", ""},
			{"at", types.ShardIteratorTypeAtSequenceNumber, b, "b c"},
			{"after", types.ShardIteratorTypeAfterSequenceNumber, b, "c"},
			{"at the shard's start", types.ShardIteratorTypeAtSequenceNumber, start, "a b c"},
			{"after the shard's start", types.ShardIteratorTypeAfterSequenceNumber, start, "a b c"},
		} {
			if got := data(w.get(w.iterator("clicks", "shardId-000000000000", c.kind, c.from))); got != c.want {
				w.Errorf("%s: read %q, want %q", c.name, got, c.want)
			}
		}
		for _, c := range []struct {
			at   time.Time
			want string
		}{
			{second, "b c"},
			{second.Add(time.Millisecond), "c"},
			{second.Add(-time.Hour), "a b c"},
			{time.Now(), ""},
		} {
			out, err := w.client.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
				StreamName: aws.String("clicks"), ShardId: aws.String("0"),
				ShardIteratorType: types.ShardIteratorTypeAtTimestamp, Timestamp: &c.at,
			})
			w.must(err)
			if got := data(w.get(*out.ShardIterator)); got != c.want {
				w.Errorf("at %v: read %q, want %q", c.at, got, c.want)
			}
		}
	})
}

func TestLatestSeesWhatComesAfterIt(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.put("clicks", "k", "before")
	it := w.iterator("clicks", "0", types.ShardIteratorTypeLatest, "")
	w.put("clicks", "k", "after")
	if got := data(w.get(it)); got != "after" {
		t.Errorf("read %q", got)
	}
}

func TestIteratorInFutureIsRefused(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	_, err := w.client.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
		StreamName: aws.String("clicks"), ShardId: aws.String("0"),
		ShardIteratorType: types.ShardIteratorTypeAtTimestamp, Timestamp: aws.Time(time.Now().Add(time.Hour)),
	})
	wantError(t, err, "InvalidArgumentException", "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis")
	_, err = w.client.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
		StreamName: aws.String("clicks"), ShardId: aws.String("0"), ShardIteratorType: types.ShardIteratorTypeAtTimestamp,
	})
	wantError(t, err, "InvalidArgumentException", "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP")
}

func TestSequenceNumberFromElsewhereIsRefused(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 2)
		shards := w.shards("clicks")
		ask := func(kind types.ShardIteratorType, number *string) error {
			_, err := w.client.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
				StreamName: aws.String("clicks"), ShardId: shards[0].ShardId, ShardIteratorType: kind, StartingSequenceNumber: number,
			})
			return err
		}
		at := types.ShardIteratorTypeAtSequenceNumber
		wantError(w.T, ask(at, shards[1].SequenceNumberRange.StartingSequenceNumber), "InvalidArgumentException",
			"Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-000000000000")
		wantError(w.T, ask(at, nil), "InvalidArgumentException", "Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.")
		wantError(w.T, ask(types.ShardIteratorTypeLatest, aws.String("5")), "InvalidArgumentException",
			"Request specified LATEST and also a StartingSequenceNumber.")
		wantError(w.T, ask(at, aws.String("5")), "InvalidArgumentException", "is invalid.")

		_, err := w.client.DeleteStream(w.Context(), &kinesis.DeleteStreamInput{StreamName: aws.String("clicks")})
		w.must(err)
		advance(2 * time.Second)
		w.create("clicks", 2)
		wantError(w.T, ask(at, shards[0].SequenceNumberRange.StartingSequenceNumber), "InvalidArgumentException",
			"is invalid because it did not come from this stream.")
	})
}

func TestIteratorExpiresAfterFiveMinutes(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		advance(4 * time.Minute)
		w.get(it)
		advance(2 * time.Minute)
		_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
		wantError(w.T, err, "ExpiredIteratorException",
			"Iterator expired. The iterator was created at time Sat Jan 01 00:00:00 UTC 2000 while right now it is Sat Jan 01 00:06:00 UTC 2000 "+
				"which is further in the future than the tolerated delay of 300000 milliseconds.")
	})
}

func TestExpireIteratorsExpiresThoseHandedOut(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
	w.srv.ExpireIterators()
	_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
	wantError(t, err, "ExpiredIteratorException", "Iterator expired.")
	w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, ""))
}

func TestIteratorMayBeQuoted(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.put("clicks", "k", "x")
	if got := data(w.get(`"` + w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "") + `"`)); got != "x" {
		t.Errorf("read %q", got)
	}
}

func TestGarbageIteratorIsRefused(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	good := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
	for _, it := range []string{"x", "AAAA", good[:len(good)-4], "B" + good[1:], good + "AAAA"} {
		_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
		wantError(t, err, "InvalidArgumentException", "Invalid ShardIterator.")
	}
}

func TestIteratorOfDeletedStreamIsRefused(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
	_, err := w.client.DeleteStream(w.Context(), &kinesis.DeleteStreamInput{StreamName: aws.String("clicks")})
	w.must(err)
	w.create("clicks", 1)
	_, err = w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
	wantError(t, err, "ResourceNotFoundException", "Stream clicks under account 000000000000 not found.")
}

func TestIteratorsAreAllDifferent(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	seen := map[string]bool{}
	it := w.iterator("clicks", "0", types.ShardIteratorTypeLatest, "")
	for range 50 {
		if seen[it] || len(it) > 512 {
			t.Fatalf("iterator %s of %d characters was seen before: %v", it, len(it), seen[it])
		}
		seen[it] = true
		it = *w.get(it).NextShardIterator
	}
}
