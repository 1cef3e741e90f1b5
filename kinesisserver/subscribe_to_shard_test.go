package kinesisserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// subscriber is a running SubscribeToShard on the client's side.
type subscriber struct {
	w      *world
	stream *kinesis.SubscribeToShardEventStream
}

// trySubscribe uses a client of its own: those of one client share a decoder, without a lock.
func (w *world) trySubscribe(consumer, shard string, from types.StartingPosition) (*subscriber, error) {
	out, err := w.clientFor("us-east-1", "AKIDEXAMPLE").SubscribeToShard(w.Context(), &kinesis.SubscribeToShardInput{
		ConsumerARN: &consumer, ShardId: &shard, StartingPosition: &from,
	})
	if err != nil {
		return nil, err
	}
	return &subscriber{w, out.GetStream()}, nil
}

func (w *world) subscribe(consumer, shard string, from types.StartingPosition) *subscriber {
	w.Helper()
	s, err := w.trySubscribe(consumer, shard, from)
	w.must(err)
	return s
}

var fromTrimHorizon = types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}

// next returns the next event, or nil at the end of the stream.
func (s *subscriber) next() *types.SubscribeToShardEvent {
	event, ok := <-s.stream.Events()
	if !ok {
		return nil
	}
	return &event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent).Value
}

// read returns the data of as many records, and the last continuation.
func (s *subscriber) read(n int) (string, string) {
	s.w.Helper()
	var all []string
	continuation := ""
	for len(all) < n {
		event := s.next()
		if event == nil {
			s.w.Fatalf("the stream ended after %v: %v", all, s.stream.Err())
		}
		for _, r := range event.Records {
			all = append(all, string(r.Data))
		}
		continuation = aws.ToString(event.ContinuationSequenceNumber)
	}
	return strings.Join(all, " "), continuation
}

// end reads to the end of the stream and returns its error.
func (s *subscriber) end() error {
	for s.next() != nil {
	}
	return s.stream.Err()
}

// subscription makes a stream with one shard and a consumer, and subscribes.
func withSubscription(t *testing.T, cfg Config, test func(w *world, consumer string, s *subscriber)) {
	t.Helper()
	inBubble(t, cfg, func(w *world) {
		w.must(w.srv.CreateStream("clicks", 1))
		consumer := w.register("app")
		advance(cfg.StreamDelay + time.Second)
		s := w.subscribe(consumer, "shardId-000000000000", fromTrimHorizon)
		defer s.stream.Close()
		test(w, consumer, s)
	})
}

func TestSubscriptionPushesRecordsAsTheyAreWritten(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, _ string, s *subscriber) {
		for i := range 10 {
			w.put("clicks", "k", fmt.Sprint(i))
			start := time.Now()
			if got, _ := s.read(1); got != fmt.Sprint(i) || time.Since(start) > 0 {
				w.Errorf("record %d: got %s after %v", i, got, time.Since(start))
			}
		}
	})
}

func TestSubscriptionWorksOverHTTP2(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		h2c := new(http.Protocols)
		h2c.SetUnencryptedHTTP2(true)
		w.http.Transport.(*http.Transport).Protocols = h2c
		w.create("clicks", 2)
		consumer := w.register("app")
		first := w.subscribe(consumer, "0", types.StartingPosition{Type: types.ShardIteratorTypeLatest})
		second := w.subscribe(consumer, "1", types.StartingPosition{Type: types.ShardIteratorTypeLatest})
		for i := range 20 {
			w.put("clicks", fmt.Sprint(i), "x")
		}
		n := 0
		for n < 20 {
			select {
			case event := <-first.stream.Events():
				n += len(event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent).Value.Records)
			case event := <-second.stream.Events():
				n += len(event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent).Value.Records)
			}
		}
		w.must(first.stream.Close())
		w.must(second.stream.Close())
	})
}

func TestQuietSubscriptionSendsHeartbeats(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, _ string, s *subscriber) {
		first := s.next()
		start := time.Now()
		second := s.next()
		if took := time.Since(start); took > 5*time.Second || len(second.Records) != 0 || *second.MillisBehindLatest != 0 {
			w.Errorf("after %v: %d records, %d ms behind", took, len(second.Records), *second.MillisBehindLatest)
		}
		if *second.ContinuationSequenceNumber <= *first.ContinuationSequenceNumber {
			w.Errorf("continuation %s after %s", *second.ContinuationSequenceNumber, *first.ContinuationSequenceNumber)
		}
	})
}

func TestSubscriptionEndsAfterFiveMinutes(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, _ string, s *subscriber) {
		start := time.Now()
		if err := s.end(); err != nil || time.Since(start) < 4*time.Minute || time.Since(start) > 5*time.Minute {
			w.Errorf("ended after %v with %v", time.Since(start), err)
		}
	})
}

func TestContinuationRepeatsAndSkipsNothing(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, consumer string, s *subscriber) {
		w.put("clicks", "k", "a")
		w.put("clicks", "k", "b")
		_, continuation := s.read(2)
		w.must(s.stream.Close())
		for i, kind := range []types.ShardIteratorType{types.ShardIteratorTypeAtSequenceNumber, types.ShardIteratorTypeAfterSequenceNumber} {
			w.put("clicks", "k", fmt.Sprint("c", i))
			advance(6 * time.Second)
			again := w.subscribe(consumer, "0", types.StartingPosition{Type: kind, SequenceNumber: &continuation})
			var got string
			if got, continuation = again.read(1); got != fmt.Sprint("c", i) {
				w.Errorf("%s: read %q", kind, got)
			}
			w.must(again.stream.Close())
		}
		// An empty event's continuation is as good, also for a polling reader.
		advance(6 * time.Second)
		idle := w.subscribe(consumer, "0", types.StartingPosition{Type: types.ShardIteratorTypeLatest})
		continuation = *idle.next().ContinuationSequenceNumber
		w.put("clicks", "k", "d")
		w.must(idle.stream.Close())
		if got := data(w.get(w.iterator("clicks", "0", types.ShardIteratorTypeAtSequenceNumber, continuation))); got != "d" {
			w.Errorf("polling from the continuation read %q", got)
		}
	})
}

func TestSubscriptionToClosedShardEndsWithChildShards(t *testing.T) {
	withSubscription(t, Config{StreamDelay: 7 * time.Second}, func(w *world, _ string, s *subscriber) {
		w.put("clicks", "k", "a")
		w.split("clicks", "0", twoTo127)
		var last *types.SubscribeToShardEvent
		records := 0
		for event := s.next(); event != nil; event = s.next() {
			records += len(event.Records)
			last = event
			if (event.ContinuationSequenceNumber == nil) != (len(event.ChildShards) > 0) {
				w.Errorf("continuation %v with %d children", event.ContinuationSequenceNumber, len(event.ChildShards))
			}
		}
		if records != 1 || len(last.ChildShards) != 2 || last.ChildShards[0].ParentShards[0] != "shardId-000000000000" || s.stream.Err() != nil {
			w.Errorf("%d records, last event %+v, error %v", records, last, s.stream.Err())
		}
	})
}

func TestSecondSubscriptionIsRefusedAndLaterTakesOver(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, consumer string, s *subscriber) {
		advance(4 * time.Second)
		_, err := w.trySubscribe(consumer, "0", fromTrimHorizon)
		wantError(w.T, err, "ResourceInUseException", "Another active subscription exists for this consumer: 000000000000:clicks:shardId-000000000000:app")
		advance(2 * time.Second)
		second := w.subscribe(consumer, "0", fromTrimHorizon)
		wantInStream[*types.ResourceInUseException](w.T, s.end())
		w.put("clicks", "k", "a")
		if got, _ := second.read(1); got != "a" {
			w.Errorf("the second read %q", got)
		}
		w.must(second.stream.Close())
	})
}

// wantInStream fails the test unless err is that exception.
func wantInStream[E error](t *testing.T, err error) {
	t.Helper()
	if want, ok := errors.AsType[E](err); !ok {
		t.Errorf("the stream ended with %v, want %T", err, want)
	}
}

func TestDeregisteringEndsTheSubscription(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, consumer string, s *subscriber) {
		_, err := w.client.DeregisterStreamConsumer(w.Context(), &kinesis.DeregisterStreamConsumerInput{ConsumerARN: &consumer})
		w.must(err)
		wantInStream[*types.ResourceNotFoundException](w.T, s.end())
	})
}

func TestDeletingTheStreamEndsTheSubscription(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, _ string, s *subscriber) {
		_, err := w.client.DeleteStream(w.Context(), &kinesis.DeleteStreamInput{StreamName: aws.String("clicks"), EnforceConsumerDeletion: aws.Bool(true)})
		w.must(err)
		wantInStream[*types.ResourceNotFoundException](w.T, s.end())
	})
}

func TestEndSubscriptionsEndsThemOnDemand(t *testing.T) {
	withSubscription(t, Config{}, func(w *world, consumer string, s *subscriber) {
		w.srv.EndSubscriptions("KMSThrottlingException")
		wantInStream[*types.KMSThrottlingException](w.T, s.end())
		advance(6 * time.Second)
		second := w.subscribe(consumer, "0", fromTrimHorizon)
		w.srv.EndSubscriptions("")
		if err := second.end(); err != nil {
			w.Errorf("ended with %v", err)
		}
	})
}

func TestSubscriptionFaults(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		consumer := w.register("app")
		w.srv.Fault(Fault{Operation: "SubscribeToShard", Count: 1, Code: codeLimitExceeded})
		_, err := w.trySubscribe(consumer, "0", fromTrimHorizon)
		wantError(w.T, err, "LimitExceededException", "Rate exceeded")

		w.srv.Fault(Fault{Operation: "SubscribeToShard", Count: 1, DropAnswer: true})
		resp, err := w.http.Do(w.newRequest("SubscribeToShard",
			`{"ConsumerARN":"`+consumer+`","ShardId":"0","StartingPosition":{"Type":"LATEST"}}`))
		w.must(err)
		if body, err := io.ReadAll(resp.Body); err == nil || !bytes.Contains(body, []byte("ContinuationSequenceNumber")) {
			w.Errorf("a broken stream ended with %v after %q", err, body)
		}
		resp.Body.Close()

		advance(6 * time.Second)
		w.srv.Fault(Fault{Operation: "SubscribeToShard", Count: 1, EmptyPage: true})
		start := time.Now()
		silent := w.subscribe(consumer, "0", fromTrimHorizon)
		w.put("clicks", "k", "a")
		if event := silent.next(); event != nil || time.Since(start) < 5*time.Minute {
			w.Errorf("a silent subscription sent %+v after %v", event, time.Since(start))
		}
	})
}

func TestSubscriptionIsRefusedBeforeTheStream(t *testing.T) {
	inBubble(t, Config{StreamDelay: time.Minute}, func(w *world) {
		w.must(w.srv.CreateStream("clicks", 1))
		consumer := w.register("app")
		_, err := w.trySubscribe(consumer, "0", fromTrimHorizon)
		wantError(w.T, err, "ResourceInUseException", "is not in ACTIVE status")
		advance(2 * time.Minute)
		_, err = w.trySubscribe(consumer, "7", fromTrimHorizon)
		wantError(w.T, err, "ResourceNotFoundException", "Shard shardId-000000000007 in stream clicks under account 000000000000 does not exist")
		_, err = w.trySubscribe(consumer, "0", types.StartingPosition{Type: types.ShardIteratorTypeAtTimestamp, Timestamp: aws.Time(time.Now().Add(time.Hour))})
		wantError(w.T, err, "InvalidArgumentException", "cannot be greater than the currentTimestampInMillis")
		_, err = w.trySubscribe(clicksARN+"/consumer/app:5", "0", fromTrimHorizon)
		wantError(w.T, err, "ResourceNotFoundException", "not found.")
		_, err = w.client.SubscribeToShard(w.Context(), &kinesis.SubscribeToShardInput{
			ConsumerARN: &consumer, ShardId: aws.String("0"), StartingPosition: &fromTrimHorizon, DryRun: aws.Bool(true),
		})
		wantError(w.T, err, "DryRunOperationException", "")
	})
}

func TestCloseEndsSubscriptions(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/2"} {
		t.Run(version, func(t *testing.T) {
			inBubble(t, Config{}, func(w *world) {
				if version == "HTTP/2" {
					h2c := new(http.Protocols)
					h2c.SetUnencryptedHTTP2(true)
					w.http.Transport.(*http.Transport).Protocols = h2c
				}
				w.create("clicks", 1)
				s := w.subscribe(w.register("app"), "0", fromTrimHorizon)
				s.next()
				start := time.Now()
				w.must(w.srv.Close())
				s.end()
				if took := time.Since(start); took > 0 {
					w.Errorf("took %v", took)
				}
			})
		})
	}
}
