package kinesisserver

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const clicksARN = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"

// register registers a consumer of the stream clicks and returns its ARN.
func (w *world) register(name string) string {
	w.Helper()
	out, err := w.client.RegisterStreamConsumer(w.Context(), &kinesis.RegisterStreamConsumerInput{StreamARN: aws.String(clicksARN), ConsumerName: &name})
	w.must(err)
	return *out.Consumer.ConsumerARN
}

func TestConsumerGoesThroughItsLifeCycle(t *testing.T) {
	inBubble(t, Config{StreamDelay: 10 * time.Second}, func(w *world) {
		w.must(w.srv.CreateStream("clicks", 1))
		arn := w.register("app")
		if want := clicksARN + "/consumer/app:946684800"; arn != want {
			w.Errorf("registered %s, want %s", arn, want)
		}
		status := func() types.ConsumerStatus {
			out, err := w.client.DescribeStreamConsumer(w.Context(), &kinesis.DescribeStreamConsumerInput{ConsumerARN: &arn})
			w.must(err)
			if d := out.ConsumerDescription; *d.ConsumerName != "app" || *d.StreamARN != clicksARN || !d.ConsumerCreationTimestamp.Equal(time.Unix(946684800, 0)) {
				w.Errorf("described as %+v", d)
			}
			return out.ConsumerDescription.ConsumerStatus
		}
		if got := status(); got != types.ConsumerStatusCreating {
			w.Errorf("at first %s", got)
		}
		advance(11 * time.Second)
		if got := status(); got != types.ConsumerStatusActive {
			w.Errorf("then %s", got)
		}
		_, err := w.client.RegisterStreamConsumer(w.Context(), &kinesis.RegisterStreamConsumerInput{StreamARN: aws.String(clicksARN), ConsumerName: aws.String("app")})
		wantError(w.T, err, "ResourceInUseException", "already exists")
		_, err = w.client.DeregisterStreamConsumer(w.Context(), &kinesis.DeregisterStreamConsumerInput{StreamARN: aws.String(clicksARN), ConsumerName: aws.String("app")})
		w.must(err)
		if got := status(); got != types.ConsumerStatusDeleting {
			w.Errorf("at last %s", got)
		}
		advance(11 * time.Second)
		_, err = w.client.DescribeStreamConsumer(w.Context(), &kinesis.DescribeStreamConsumerInput{ConsumerARN: &arn})
		wantError(w.T, err, "ResourceNotFoundException", "Consumer "+arn+" not found.")
		if again := w.register("app"); again == arn {
			w.Error("registered anew under the same ARN")
		}
	})
}

func TestListStreamConsumersPages(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	var want, got []string
	for i := range 5 {
		want = append(want, w.register(fmt.Sprint("app-", i)))
	}
	pages := kinesis.NewListStreamConsumersPaginator(w.client, &kinesis.ListStreamConsumersInput{StreamARN: aws.String(clicksARN), MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(w.Context())
		w.must(err)
		for _, c := range out.Consumers {
			got = append(got, *c.ConsumerARN)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v", got)
	}
	if n := *w.summary("clicks").ConsumerCount; n != 5 {
		t.Errorf("summary counts %d", n)
	}
}

func TestStreamTakesTwentyConsumers(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	for i := range 20 {
		w.register(fmt.Sprint("app-", i))
	}
	_, err := w.client.RegisterStreamConsumer(w.Context(), &kinesis.RegisterStreamConsumerInput{StreamARN: aws.String(clicksARN), ConsumerName: aws.String("one-more")})
	wantError(t, err, "LimitExceededException", "limit of 20 consumers")
}

func TestDeleteStreamWithConsumersMustBeEnforced(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.register("app")
	in := &kinesis.DeleteStreamInput{StreamName: aws.String("clicks")}
	_, err := w.client.DeleteStream(w.Context(), in)
	wantError(t, err, "ResourceInUseException", "consumers registered")
	in.EnforceConsumerDeletion = aws.Bool(true)
	_, err = w.client.DeleteStream(w.Context(), in)
	w.must(err)
}
