package kinesis

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/kinesisserver"
)

const streamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"

// pushed are the options of a table that is read by enhanced fan-out from the oldest record on.
var pushed = []string{"scan.stream.recordpublisher", "EFO", "scan.stream.efo.consumername", "app", "scan.stream.initpos", "TRIM_HORIZON"}

// withPushed returns more options after those of pushed, of which it replaces some.
func withPushed(more ...string) []string { return append(slices.Clone(pushed), more...) }

// consumers returns the names and states of the consumers that the stream has.
func (w *world) consumers() (list []string) {
	w.Helper()
	out, err := w.api.ListStreamConsumers(w.Context(), &kinesis.ListStreamConsumersInput{StreamARN: aws.String(streamARN)})
	w.must(err)
	for _, c := range out.Consumers {
		list = append(list, fmt.Sprintf("%s %s", *c.ConsumerName, c.ConsumerStatus))
	}
	return list
}

func TestFanOutReadsWhatIsPushed(t *testing.T) {
	inWorld(t, 4, func(w *world) {
		var want []string
		for n := range 20 {
			want = append(want, w.put(fmt.Sprintf("user-%d", n), n))
		}
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		advance(time.Second)
		j.want(want...)
		for n := range 5 {
			want = append(want, w.put("later", n))
			advance(time.Millisecond) // at once, not at the next look
			j.want(want...)
		}
		if w.srv.Calls("GetRecords")+w.srv.Calls("GetShardIterator") != 0 || w.srv.Calls("SubscribeToShard") != 4 || w.meter.Records.Load() != 25 || w.meter.Retries.Load() != 0 {
			w.Errorf("%d GetRecords, %d SubscribeToShard, meter %+v", w.srv.Calls("GetRecords"), w.srv.Calls("SubscribeToShard"), &w.meter)
		}
	})
}

func TestFanOutReadsLatestFromTheMomentOfTheStart(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		w.put("early", 1)
		advance(time.Second)
		src := w.open(w.table(userAndNumber, withPushed("scan.stream.initpos", "LATEST")...))
		advance(time.Second)
		want := []string{w.put("between", 2)}
		j := w.run(src, userAndNumber)
		advance(time.Second)
		j.want(want...)
		want = append(want, w.put("late", 3))
		advance(time.Second)
		j.want(want...)
	})
}

// A subscription lives for five minutes. Neither is anything lost nor repeated when the next one
// begins, also where nothing had come before.
func TestFanOutSubscribesAnewWhenTheTimeIsUp(t *testing.T) {
	for _, initpos := range []string{"TRIM_HORIZON", "LATEST"} {
		inWorld(t, 2, func(w *world) {
			j := w.run(w.open(w.table(userAndNumber, withPushed("scan.stream.initpos", initpos)...)), userAndNumber)
			advance(11 * time.Minute)
			var want []string
			for n := range 120 {
				want = append(want, w.put(fmt.Sprintf("user-%d", n%7), n))
				advance(7 * time.Second)
			}
			j.want(want...)
			if got := w.srv.Calls("SubscribeToShard"); got != 2*6 || w.meter.Retries.Load() != 0 {
				w.Errorf("%d subscriptions, %d retries", got, w.meter.Retries.Load())
			}
		})
	}
}

func TestFanOutGoesOnAfterSubscriptionsThatAreCut(t *testing.T) {
	for _, code := range []string{"", "InternalFailureException", "KMSThrottlingException", "ResourceInUseException"} {
		t.Run(code, func(t *testing.T) {
			inWorld(t, 2, func(w *world) {
				j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
				var want []string
				for n := range 50 {
					want = append(want, w.put(fmt.Sprintf("user-%d", n%7), n))
					advance(700 * time.Millisecond)
					if n%3 == 2 {
						w.srv.EndSubscriptions(code)
					}
				}
				advance(10 * time.Second)
				j.want(want...)
			})
		})
	}
}

// Connections that break after an event, are never made, or are refused.
func TestFanOutOutlastsFaultsOfTheService(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		for _, fault := range []kinesisserver.Fault{
			{Operation: "SubscribeToShard", DropAnswer: true, Count: 3},
			{Operation: "SubscribeToShard", Drop: true, Count: 3},
			{Operation: "SubscribeToShard", Status: 500, Count: 3},
			{Operation: "RegisterStreamConsumer", Status: 500, Count: 2},
			{Operation: "DescribeStreamConsumer", Code: "LimitExceededException", Count: 2},
			{Operation: "DescribeStreamSummary", Code: "LimitExceededException", Count: 2},
		} {
			w.srv.Fault(fault)
		}
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		var want []string
		for n := range 60 {
			want = append(want, w.put(fmt.Sprintf("user-%d", n%7), n))
			advance(time.Second)
		}
		advance(time.Minute)
		j.want(want...)
	})
}

func TestFanOutWaitsThrottlesOut(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for operation, count := range map[string]int{"SubscribeToShard": 30, "RegisterStreamConsumer": 3, "DescribeStreamConsumer": 2, "DescribeStreamSummary": 5} {
			w.srv.Fault(kinesisserver.Fault{Operation: operation, Code: "LimitExceededException", Count: count})
		}
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		advance(2 * time.Minute)
		j.want(want)
		if got := w.meter.Throttles.Load(); got != 40 {
			w.Errorf("meter counts %d throttles, want 40", got)
		}
	})
}

func TestFanOutReplacesASilentSubscription(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "SubscribeToShard", EmptyPage: true, Count: 2})
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		advance(69 * time.Second)
		j.want()
		advance(6 * time.Second)
		j.want(want)
		if got := w.srv.Calls("SubscribeToShard"); got != 3 {
			w.Errorf("%d subscriptions, want 3", got)
		}
	})
}

// How long is too long, the user says.
func TestFanOutIsAsPatientAsTheUser(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "SubscribeToShard", EmptyPage: true, Count: 1})
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, withPushed("scan.stream.efo.http-client.read-timeout", "7000")...)), userAndNumber)
		advance(6900 * time.Millisecond)
		j.want()
		advance(2 * time.Second)
		j.want(want)
	})
}

func TestFanOutThatStaysSilentEndsTheJob(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.srv.Fault(kinesisserver.Fault{Operation: "SubscribeToShard", EmptyPage: true})
		j := w.run(w.open(w.table(userAndNumber, withPushed("scan.shard.subscribetoshard.maxretries", "2")...)), userAndNumber)
		advance(2 * time.Minute)
		wantError(w.T, j.state().err, `
error: cannot reach Kinesis at http://kinesis.local: no event within 35s
  hint: check 'aws.endpoint' and that the server runs`)
	})
}

// Whoever is slow is not silent: the watchdog is not for it, and what was sent meanwhile is there. If
// the service loses patience, or the five minutes end, reading goes on where the reader is.
func TestFanOutWaitsForASlowReader(t *testing.T) {
	for _, test := range []struct {
		pause time.Duration
		cut   bool
	}{{50 * time.Second, false}, {3 * time.Minute, true}, {16 * time.Minute, true}} {
		t.Run(test.pause.String(), func(t *testing.T) {
			inWorld(t, 1, func(w *world) {
				src := w.open(w.table(userAndNumber, pushed...))
				splits, err := src.Splits(w.Context())
				w.must(err)
				reader, err := src.Open(w.Context(), splits[0])
				w.must(err)
				defer reader.Close()
				var got, want []string
				next := func() {
					page, err := reader.Next(w.Context())
					w.must(err)
					got = append(got, rows(page.Rows, userAndNumber)...)
				}
				for n := range 100 {
					want = append(want, w.put("a", n))
					advance(test.pause / 10)
					if n%10 == 9 {
						next()
					}
				}
				for len(got) < len(want) {
					next()
				}
				if !slices.Equal(got, want) {
					w.Errorf("got %q", got)
				}
				if cut := w.meter.Retries.Load() > 0; cut != test.cut {
					w.Errorf("%d retries", w.meter.Retries.Load())
				}
			})
		})
	}
}

// Somebody else subscribes with the same consumer. Each has the shard for five seconds at least, and
// nothing is lost.
func TestFanOutTakesAShardBack(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		advance(10 * time.Second)
		var want []string
		for n := range 30 {
			if n%10 == 5 {
				out, err := w.api.ListStreamConsumers(w.Context(), &kinesis.ListStreamConsumersInput{StreamARN: aws.String(streamARN)})
				w.must(err)
				taken, err := w.api.SubscribeToShard(w.Context(), &kinesis.SubscribeToShardInput{
					ConsumerARN: out.Consumers[0].ConsumerARN, ShardId: aws.String("shardId-000000000000"),
					StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeLatest},
				})
				w.must(err)
				defer taken.GetStream().Close()
			}
			want = append(want, w.put("a", n))
			advance(time.Second)
		}
		advance(6 * time.Second)
		j.want(want...)
		if got := strings.Count(w.log.String(), "another reader has taken over"); got != 1 {
			w.Errorf("warned %d times:\n%s", got, w.log)
		}
	})
}

func TestFanOutKeepsEveryRecordThroughAReshardStorm(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		rng := rand.New(rand.NewPCG(1, 2))
		var want []string
		for n := range 60 {
			for range 10 {
				want = append(want, w.put(fmt.Sprintf("user-%d", rng.IntN(13)), len(want)))
			}
			advance(time.Duration(rng.IntN(300)) * time.Millisecond)
			switch {
			case n%5 == 4:
				w.must(w.srv.Reshard(streamName, 1+rng.IntN(6)))
			case n%7 == 6:
				w.srv.EndSubscriptions([]string{"", "InternalFailureException"}[rng.IntN(2)])
			}
		}
		advance(9 * time.Second) // less than the discovery interval
		j.want(want...)
		j.wantOrder()
		if len(j.state().opened) < 10 {
			w.Errorf("only %d shards were opened: %q", len(j.state().opened), j.state().opened)
		}
	})
}

// wantOrder checks that the numbers of each user grow.
func (j *job) wantOrder() {
	j.Helper()
	last := map[string]int{}
	for _, row := range j.state().rows {
		user, number, _ := strings.Cut(row, " | ")
		n, err := strconv.Atoi(number)
		j.must(err)
		if n < last[user] {
			j.Fatalf("row %q came after number %d", row, last[user])
		}
		last[user] = n
	}
}

func TestFanOutReadsClosedShardsBeforeTheirChildren(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := []string{w.put("a", 1), w.put("b", 2)}
		w.must(w.srv.Reshard(streamName, 2))
		advance(time.Hour)
		want = append(want, w.put("a", 3), w.put("b", 4))
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		advance(2 * time.Second)
		j.want(want...)
		if s := j.state(); s.opened[0] != "shardId-000000000000" || !slices.Equal(s.rows[:2], want[:2]) || len(s.done) != 1 {
			w.Errorf("opened %q, ended %q, read %q", s.opened, s.done, s.rows)
		}
	})
}

func TestFanOutFromAShardThatLeftTheStream(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.put("a", 1)
		w.must(w.srv.Reshard(streamName, 2))
		src := w.open(w.table(userAndNumber, pushed...))
		splits, err := src.Splits(w.Context())
		w.must(err)
		advance(30 * time.Hour)
		if got := w.rest(src, splits[0]); got != nil || !strings.Contains(w.log.String(), "shard has left the stream before it was read to its end") {
			w.Errorf("got %q, logged %s", got, w.log)
		}
	})
}

func TestFanOutSubscribesToAsManyShardsAsAllowed(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		var want []string
		for n := range 10 {
			want = append(want, w.put(fmt.Sprintf("user-%d", n), n))
		}
		j := w.run(w.open(w.table(userAndNumber, withPushed("scan.stream.efo.http-client.max-concurrency", "1")...)), userAndNumber)
		advance(time.Minute)
		if got := w.srv.Calls("SubscribeToShard"); got != 1 {
			w.Errorf("%d subscriptions, want 1", got)
		}
		advance(5 * time.Minute)
		j.want(want...)
	})
}

// Whatever records are asked for in, subscriptions are JSON: AWS has no others.
func TestFanOutSpeaksJSON(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, withPushed("aws.protocol", "cbor")...)), userAndNumber)
		advance(time.Second)
		j.want(want)
	})
}

func TestFanOutRecoversFromListedExceptions(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for _, fault := range []kinesisserver.Fault{
			{Operation: "SubscribeToShard", EmptyPage: true, Count: 5},
			{Operation: "SubscribeToShard", Code: "InternalFailureException", Count: 5},
		} {
			w.srv.Fault(fault)
		}
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, withPushed("scan.shard.subscribetoshard.maxretries", "0",
			"scan.shard.consumer.error.recoverable[0].exception", "io.netty.handler.timeout.ReadTimeoutException",
			"scan.shard.consumer.error.recoverable[1].exception", "software.amazon.awssdk.services.kinesis.model.InternalFailureException")...)), userAndNumber)
		advance(4 * time.Minute)
		j.want(want)
	})
}

// The moment that LATEST stands for may be yet to come by the service's clock.
func TestFanOutWaitsForTheServicesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := startWorld(t, kinesisserver.Config{Seed: 1, Now: func() time.Time { return time.Now().Add(-1500 * time.Millisecond) }}, 1)
		j := w.run(w.open(w.table(userAndNumber, withPushed("scan.stream.initpos", "LATEST")...)), userAndNumber)
		advance(10 * time.Second)
		want := w.put("a", 1)
		advance(time.Second)
		j.want(want)
	})
}
