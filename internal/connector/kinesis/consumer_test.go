package kinesis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/kinesisserver"
)

// register registers a consumer as a user would and returns its ARN.
func (w *world) register(name string) string {
	w.Helper()
	out, err := w.api.RegisterStreamConsumer(w.Context(), &kinesis.RegisterStreamConsumerInput{StreamARN: aws.String(streamARN), ConsumerName: &name})
	w.must(err)
	return *out.Consumer.ConsumerARN
}

func (w *world) wantConsumers(when string, want ...string) {
	w.Helper()
	if got := w.consumers(); !slices.Equal(got, want) {
		w.Errorf("%s there are the consumers %q, want %q", when, got, want)
	}
}

func TestLazyAndEagerConsumersLiveAsLongAsTheJob(t *testing.T) {
	for _, registration := range []string{"LAZY", "EAGER"} {
		inWorld(t, 1, func(w *world) {
			want := w.put("a", 1)
			src := w.open(w.table(userAndNumber, withPushed("scan.stream.efo.registration", registration)...))
			if registration == "LAZY" {
				w.wantConsumers("before reading")
			} else {
				w.wantConsumers("before reading", "app ACTIVE")
			}
			j := w.run(src, userAndNumber)
			advance(time.Second)
			j.want(want)
			w.wantConsumers("while reading", "app ACTIVE")
			j.end()
			w.must(src.Close())
			w.wantConsumers("after " + registration)
			w.must(src.Close())
			if got := w.srv.Calls("DeregisterStreamConsumer"); got != 1 {
				w.Errorf("deregistered %d times", got)
			}
		})
	}
}

func TestConsumerThatWasThereBeforeStays(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.register("app")
		want := w.put("a", 1)
		for _, options := range [][]string{
			{"scan.stream.efo.registration", "LAZY"},
			{"scan.stream.efo.registration", "EAGER"},
			{"scan.stream.efo.registration", "NONE"},
			{"source.efo.lifecycle", "JOB_MANAGED"},
			{"source.efo.lifecycle", "SELF_MANAGED"},
		} {
			src := w.open(w.table(userAndNumber, withPushed(options...)...))
			j := w.run(src, userAndNumber)
			advance(time.Second)
			j.want(want)
			j.end()
			w.must(src.Close())
			w.wantConsumers("after "+options[1], "app ACTIVE")
			advance(10 * time.Second) // before a shard can be taken over
		}
		if w.srv.Calls("DeregisterStreamConsumer") != 0 || w.srv.Calls("RegisterStreamConsumer") != 1 {
			w.Error("registered or deregistered")
		}
	})
}

// A given ARN is used as it is: the job needs no right but that to subscribe.
func TestConsumerByARN(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		arn, want := w.register("app"), w.put("a", 1)
		for _, key := range []string{"scan.stream.efo.consumerarn", "scan.stream.efo.consumerarn.clicks"} {
			src := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "source.reader.type", "EFO", "source.efo.lifecycle", "SELF_MANAGED", key, arn))
			j := w.run(src, userAndNumber)
			advance(time.Second)
			j.want(want)
			j.end()
			advance(10 * time.Second)
		}
		if w.srv.Calls("DescribeStreamConsumer")+w.srv.Calls("DescribeStreamSummary") != 0 {
			w.Error("something was described")
		}
	})
}

func TestConsumerThatMustExistAndDoesNot(t *testing.T) {
	const missing = `
error: consumer "app" of stream "clicks" does not exist
  hint: register it with: aws kinesis register-stream-consumer --stream-arn ... --consumer-name app; or leave that to the job with 'scan.stream.efo.registration' = 'LAZY'`
	inWorld(t, 1, func(w *world) {
		_, err := w.open(w.table(userAndNumber, withPushed("source.efo.lifecycle", "SELF_MANAGED")...)).Splits(w.Context())
		wantError(w.T, err, missing)
		j := w.run(w.open(w.table(userAndNumber, withPushed("source.efo.lifecycle", "SELF_MANAGED", "scan.stream.efo.consumerarn", streamARN+"/consumer/app:1")...)), userAndNumber)
		advance(time.Second)
		wantError(w.T, j.state().err, missing)
	})
}

// A consumer takes a while to become active; it is not asked all the time whether it is.
func TestConsumerIsWaitedForPatiently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlowWorld(t, 20*time.Second)
		want := w.put("a", 1)
		src := w.open(w.table(userAndNumber, pushed...))
		j := w.newJob(src, userAndNumber)
		j.running.Go(j.discover)
		advance(19 * time.Second)
		j.want()
		if got := w.srv.Calls("DescribeStreamConsumer"); got > 40 {
			w.Errorf("asked %d times in 19 s", got)
		}
		advance(3 * time.Second)
		j.want(want)
		j.end()
		w.must(src.Close())
		w.wantConsumers("after closing", "app DELETING")

		// The next job waits until the one before is gone, and registers its own.
		src = w.open(w.table(userAndNumber, pushed...))
		j = w.newJob(src, userAndNumber)
		j.running.Go(j.discover)
		advance(45 * time.Second)
		j.want(want)
		w.wantConsumers("in the next job", "app ACTIVE")
	})
}

// newSlowWorld starts a server whose streams and consumers take a while to change their state.
func newSlowWorld(t *testing.T, delay time.Duration) *world {
	t.Helper()
	return startWorld(t, kinesisserver.Config{Seed: 1, StreamDelay: delay}, 1)
}

func TestConsumerThatDoesNotBecomeActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSlowWorld(t, time.Hour)
		src := w.open(w.table(userAndNumber, withPushed("scan.stream.registerstreamconsumer.timeout", "5")...))
		began := time.Now()
		_, err := src.Splits(w.Context())
		wantError(w.T, err, `
error: consumer "app" of stream "clicks" is not active after 5s: it is CREATING
  hint: try again later, or set 'scan.stream.registerstreamconsumer.timeout' to more seconds`)
		if took := time.Since(began).Round(time.Second); took != 5*time.Second {
			w.Errorf("took %v", took)
		}
		w.must(src.Close())
		w.wantConsumers("after closing", "app DELETING")
	})
}

func TestStreamWithoutRoomForAConsumer(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for n := range 20 {
			w.register(fmt.Sprint("other-", n))
		}
		_, err := w.open(w.table(userAndNumber, withPushed("scan.stream.registerstreamconsumer.timeout", "10 s")...)).Splits(w.Context())
		wantError(w.T, err, `
error: consumer "app" cannot be registered with stream "clicks": Stream clicks under account 000000000000 has reached its limit of 20 consumers.
  hint: a stream has room for 20 consumers, or 50; aws kinesis list-stream-consumers shows them`)
	})
}

func TestConsumerThatMayNotBeUsed(t *testing.T) {
	for _, operation := range []string{"DescribeStreamSummary", "DescribeStreamConsumer", "RegisterStreamConsumer", "SubscribeToShard"} {
		inWorld(t, 1, func(w *world) {
			w.srv.Fault(kinesisserver.Fault{Operation: operation, Code: "AccessDeniedException", Message: "No."})
			j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
			advance(time.Second)
			wantError(w.T, j.state().err, `
error: not permitted to call `+operation+` on stream "clicks": No.
  hint: aws sts get-caller-identity shows who you are; the identity needs kinesis:`+operation+` on the stream`)
		})
	}
}

func TestFanOutFromAStreamThatDoesNotExist(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		const want = `
error: stream "clicks" does not exist at http://kinesis.local
  hint: check 'stream', 'aws.region' and 'aws.endpoint', or create it with: aws kinesis create-stream --stream-name clicks --shard-count 1 --region us-east-1 --endpoint-url http://kinesis.local`
		for _, stream := range []string{"clicks", streamARN} {
			for _, registration := range []string{"LAZY", "NONE"} {
				_, err := w.open(w.table(userAndNumber, withPushed("stream", stream, "scan.stream.efo.registration", registration)...)).Splits(w.Context())
				wantError(w.T, err, want)
			}
		}
	})
}

// Nothing that is deleted under a job makes it believe that its shards are finished.
func TestConsumerDeletedWhileReading(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newSlowWorld(t, delay)
			j := w.run(w.open(w.table(userAndNumber, withPushed("scan.stream.registerstreamconsumer.timeout", "2 min")...)), userAndNumber)
			want := w.put("a", 1)
			advance(time.Second)
			j.want(want)
			_, err := w.api.DeregisterStreamConsumer(w.Context(), &kinesis.DeregisterStreamConsumerInput{StreamARN: aws.String(streamARN), ConsumerName: aws.String("app")})
			w.must(err)
			advance(time.Second)
			wantError(w.T, j.state().err, `
error: consumer "app" of stream "clicks" was deleted while the job was reading
  hint: start the job again: it registers the consumer and goes on where it was; if another job deregistered it, give each job a 'scan.stream.efo.consumername' of its own`)
			if len(j.state().done) != 0 {
				w.Errorf("shards %q count as read", j.state().done)
			}
		})
	}
}

func TestStreamDeletedWhileReadingByFanOut(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber, pushed...)), userAndNumber)
		want := w.put("a", 1)
		advance(time.Second)
		j.want(want)
		_, err := w.api.DeleteStream(w.Context(), &kinesis.DeleteStreamInput{StreamName: aws.String(streamName), EnforceConsumerDeletion: aws.Bool(true)})
		w.must(err)
		advance(10 * time.Second)
		if err := j.state().err; err == nil || !strings.HasPrefix(err.Error(), `stream "clicks" does not exist at http://kinesis.local`) || len(j.state().done) != 0 {
			w.Errorf("got error %v, shards read to the end %q", err, j.state().done)
		}
	})
}

func TestDeregistrationThatFailsIsNotTheJobsFailure(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		src := w.open(w.table(userAndNumber, withPushed("source.efo.deregister.timeout", "7 s")...))
		_, err := src.Splits(w.Context())
		w.must(err)
		w.srv.Fault(kinesisserver.Fault{Operation: "DeregisterStreamConsumer", Code: "LimitExceededException"})
		began := time.Now()
		w.must(src.Close())
		if took := time.Since(began); took != 7*time.Second {
			w.Errorf("took %v", took)
		}
		if !strings.Contains(w.log.String(), "consumer not deregistered") {
			w.Errorf("logged\n%s", w.log)
		}
	})
}

// Closing a reader, or ending its context, stops it wherever it is: while the consumer is registered,
// while it subscribes, while it waits for an event, while a page waits for somebody to take it.
func TestFanOutReadersStopAtOnce(t *testing.T) {
	for _, fault := range []kinesisserver.Fault{
		{},
		{Operation: "RegisterStreamConsumer", Delay: time.Hour},
		{Operation: "SubscribeToShard", Delay: time.Hour},
		{Operation: "SubscribeToShard", EmptyPage: true},
		{Operation: "SubscribeToShard", Code: "ResourceInUseException"},
	} {
		inWorld(t, 1, func(w *world) {
			src := w.open(w.table(userAndNumber, withPushed("scan.stream.efo.registration", "LAZY")...))
			w.put("a", 1)
			w.srv.Fault(fault)
			reader, err := src.Open(w.Context(), connector.Split{ID: "shardId-000000000000", From: "TRIM_HORIZON"})
			w.must(err)
			advance(1100 * time.Millisecond)
			ctx, cancel := context.WithTimeout(w.Context(), time.Second)
			defer cancel()
			for err == nil {
				_, err = reader.Next(ctx)
			}
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) {
				w.Errorf("fault %+v: got error %v", fault, err)
			}
			began := time.Now()
			w.must(reader.Close())
			if took := time.Since(began); took > 10*time.Millisecond {
				w.Errorf("fault %+v: closing took %v", fault, took)
			}
		})
	}
}

// A reader that is opened before the consumer is there ends with the reason why it cannot be.
func TestReaderWithoutAConsumerEnds(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for n := range 20 {
			w.register(fmt.Sprint("other-", n))
		}
		src := w.open(w.table(userAndNumber, pushed...))
		reader, err := src.Open(w.Context(), connector.Split{ID: "shardId-000000000000", From: "TRIM_HORIZON"})
		w.must(err)
		defer reader.Close()
		for err == nil {
			_, err = reader.Next(w.Context())
		}
		if !strings.HasPrefix(err.Error(), `consumer "app" cannot be registered`) {
			w.Error(err)
		}
	})
}
