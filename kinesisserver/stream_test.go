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

func (w *world) summary(stream string) *types.StreamDescriptionSummary {
	w.Helper()
	out, err := w.client.DescribeStreamSummary(w.Context(), &kinesis.DescribeStreamSummaryInput{StreamName: &stream})
	w.must(err)
	return out.StreamDescriptionSummary
}

func TestStreamGoesThroughItsLifeCycle(t *testing.T) {
	inBubble(t, Config{StreamDelay: 20 * time.Second}, func(w *world) {
		name := aws.String("clicks")
		w.create("clicks", 2)
		if s := w.summary("clicks"); s.StreamStatus != types.StreamStatusCreating || *s.OpenShardCount != 0 {
			w.Errorf("at first %s with %d shards", s.StreamStatus, *s.OpenShardCount)
		}
		_, err := w.client.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamName: name, PartitionKey: name, Data: []byte("x")})
		wantError(w.T, err, "ResourceNotFoundException", "Stream clicks under account 000000000000 not found.")
		_, err = w.client.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: name})
		wantError(w.T, err, "ResourceInUseException", "not ACTIVE, instead in state CREATING")
		_, err = w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: name, ShardCount: aws.Int32(1)})
		wantError(w.T, err, "ResourceInUseException", "Stream clicks under account 000000000000 already exists.")

		waiter := kinesis.NewStreamExistsWaiter(w.client)
		w.must(waiter.Wait(w.Context(), &kinesis.DescribeStreamInput{StreamName: name}, 3*time.Minute))
		if s := w.summary("clicks"); s.StreamStatus != types.StreamStatusActive || *s.OpenShardCount != 2 {
			w.Errorf("then %s with %d shards", s.StreamStatus, *s.OpenShardCount)
		}
		_, err = w.client.DeleteStream(w.Context(), &kinesis.DeleteStreamInput{StreamName: name})
		w.must(err)
		if s := w.summary("clicks"); s.StreamStatus != types.StreamStatusDeleting {
			w.Errorf("at last %s", s.StreamStatus)
		}
		gone := kinesis.NewStreamNotExistsWaiter(w.client)
		w.must(gone.Wait(w.Context(), &kinesis.DescribeStreamInput{StreamName: name}, 3*time.Minute))
		w.create("clicks", 1)
	})
}

func TestCreateStreamInGoSkipsTheDelay(t *testing.T) {
	w := newWorld(t, Config{StreamDelay: time.Hour})
	w.must(w.srv.CreateStream("clicks", 2))
	w.put("clicks", "k", "x")
	if err := w.srv.CreateStream("clicks", 2); err == nil {
		t.Error("created twice")
	}
	if err := w.srv.CreateStream("no spaces", 0); err == nil {
		t.Error("created with a bad name and no shards")
	}
}

func TestDescribeStreamShowsShardsInPages(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 120)
	out, err := w.client.DescribeStream(w.Context(), &kinesis.DescribeStreamInput{StreamName: aws.String("clicks")})
	w.must(err)
	d := out.StreamDescription
	if len(d.Shards) != 100 || !*d.HasMoreShards || *d.StreamARN != "arn:aws:kinesis:us-east-1:000000000000:stream/clicks" ||
		*d.RetentionPeriodHours != 24 || d.EncryptionType != types.EncryptionTypeNone || d.StreamModeDetails.StreamMode != types.StreamModeProvisioned ||
		time.Since(*d.StreamCreationTimestamp) > time.Minute {
		t.Errorf("%d shards, described as %+v", len(d.Shards), d)
	}
	out, err = w.client.DescribeStream(w.Context(), &kinesis.DescribeStreamInput{
		StreamARN: d.StreamARN, ExclusiveStartShardId: d.Shards[99].ShardId,
	})
	w.must(err)
	if d := out.StreamDescription; len(d.Shards) != 20 || *d.HasMoreShards || *d.Shards[0].ShardId != "shardId-000000000100" {
		t.Errorf("%d more shards", len(d.Shards))
	}
}

func TestStreamWithoutShardCountIsOnDemand(t *testing.T) {
	w := newWorld(t, Config{})
	_, err := w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("auto"), MaxRecordSizeInKiB: aws.Int32(2048)})
	w.must(err)
	if s := w.summary("auto"); *s.OpenShardCount != 4 || s.StreamModeDetails.StreamMode != types.StreamModeOnDemand || *s.MaxRecordSizeInKiB != 2048 {
		t.Errorf("%d shards, %s, %d KiB", *s.OpenShardCount, s.StreamModeDetails.StreamMode, *s.MaxRecordSizeInKiB)
	}
}

func TestListStreamsPages(t *testing.T) {
	w := newWorld(t, Config{})
	var want []string
	for i := range 7 {
		want = append(want, fmt.Sprint("stream-", i))
		w.create(want[i], 1)
	}
	var got []string
	pages := kinesis.NewListStreamsPaginator(w.client, &kinesis.ListStreamsInput{Limit: aws.Int32(3)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(w.Context())
		w.must(err)
		got = append(got, out.StreamNames...)
		if len(out.StreamSummaries) != len(out.StreamNames) {
			t.Errorf("%d summaries of %d streams", len(out.StreamSummaries), len(out.StreamNames))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v", got)
	}
	out, err := w.client.ListStreams(w.Context(), &kinesis.ListStreamsInput{ExclusiveStartStreamName: aws.String("stream-4")})
	w.must(err)
	if !slices.Equal(out.StreamNames, want[5:]) || *out.HasMoreStreams {
		t.Errorf("after stream-4: %v", out.StreamNames)
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	name := aws.String("clicks")
	_, err := w.client.AddTagsToStream(w.Context(), &kinesis.AddTagsToStreamInput{StreamName: name, Tags: map[string]string{"b": "2", "a": "1", "c": ""}})
	w.must(err)
	_, err = w.client.RemoveTagsFromStream(w.Context(), &kinesis.RemoveTagsFromStreamInput{StreamName: name, TagKeys: []string{"b", "zz"}})
	w.must(err)
	out, err := w.client.ListTagsForStream(w.Context(), &kinesis.ListTagsForStreamInput{StreamName: name, Limit: aws.Int32(1)})
	w.must(err)
	if len(out.Tags) != 1 || *out.Tags[0].Key != "a" || *out.Tags[0].Value != "1" || !*out.HasMoreTags {
		t.Errorf("first page %+v", out)
	}
	out, err = w.client.ListTagsForStream(w.Context(), &kinesis.ListTagsForStreamInput{StreamName: name, ExclusiveStartTagKey: aws.String("a")})
	w.must(err)
	if len(out.Tags) != 1 || *out.Tags[0].Key != "c" || *out.HasMoreTags {
		t.Errorf("second page %+v", out)
	}
	many := map[string]string{}
	for i := range 49 {
		many[fmt.Sprint("tag", i)] = "x"
	}
	_, err = w.client.AddTagsToStream(w.Context(), &kinesis.AddTagsToStreamInput{StreamName: name, Tags: many})
	wantError(t, err, "InvalidArgumentException", "more than 50 tags")
	_, err = w.client.AddTagsToStream(w.Context(), &kinesis.AddTagsToStreamInput{StreamName: name, Tags: map[string]string{"a;b": "x"}})
	wantError(t, err, "InvalidArgumentException", "Some tags contain invalid characters.")
}

func TestRetentionPeriodChanges(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	change := func(hours int32, increase bool) error {
		if increase {
			_, err := w.client.IncreaseStreamRetentionPeriod(w.Context(), &kinesis.IncreaseStreamRetentionPeriodInput{StreamName: aws.String("clicks"), RetentionPeriodHours: &hours})
			return err
		}
		_, err := w.client.DecreaseStreamRetentionPeriod(w.Context(), &kinesis.DecreaseStreamRetentionPeriodInput{StreamName: aws.String("clicks"), RetentionPeriodHours: &hours})
		return err
	}
	w.must(change(24, true)) // Terraform does this after every creation
	w.must(change(8760, true))
	wantError(t, change(8761, true), "InvalidArgumentException", "Maximum allowed retention period is 8760 hours.")
	wantError(t, change(48, true), "InvalidArgumentException", "can not be shorter than existing retention period (8760 hours).")
	w.must(change(48, false))
	wantError(t, change(72, false), "InvalidArgumentException", "can not be longer than existing retention period (48 hours).")
	wantError(t, change(23, false), "InvalidArgumentException", "Minimum allowed retention period is 24 hours.")
	if s := w.summary("clicks"); *s.RetentionPeriodHours != 48 {
		t.Errorf("%d hours", *s.RetentionPeriodHours)
	}
}

func TestARNAndNameAddressTheSameStream(t *testing.T) {
	w := newWorld(t, Config{AccountID: "123456789012", Region: "eu-west-1"})
	w.must(w.srv.CreateStream("clicks", 1))
	client := w.clientFor("eu-west-1", "AKIDEXAMPLE")
	arn := aws.String("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks")
	for _, in := range []*kinesis.DescribeStreamSummaryInput{
		{StreamName: aws.String("clicks")},
		{StreamARN: arn},
		{StreamName: aws.String("clicks"), StreamARN: arn},
	} {
		out, err := client.DescribeStreamSummary(w.Context(), in)
		w.must(err)
		if *out.StreamDescriptionSummary.StreamARN != *arn {
			t.Errorf("found %s", *out.StreamDescriptionSummary.StreamARN)
		}
	}
	_, err := client.DescribeStreamSummary(w.Context(), &kinesis.DescribeStreamSummaryInput{StreamName: aws.String("other"), StreamARN: arn})
	wantError(t, err, "InvalidArgumentException", "name different streams")
	_, err = client.DescribeStreamSummary(w.Context(), &kinesis.DescribeStreamSummaryInput{})
	wantError(t, err, "InvalidArgumentException", "Either StreamName or StreamARN should be provided.")
}

func TestSignatureSelectsAccountAndRegion(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	other := w.clientFor("eu-central-1", "111122223333")
	_, err := other.DescribeStreamSummary(w.Context(), &kinesis.DescribeStreamSummaryInput{StreamName: aws.String("clicks")})
	wantError(t, err, "ResourceNotFoundException", "Stream clicks under account 111122223333 not found.")
	_, err = other.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("clicks"), ShardCount: aws.Int32(3)})
	w.must(err)
	out, err := other.DescribeStreamSummary(w.Context(), &kinesis.DescribeStreamSummaryInput{StreamName: aws.String("clicks")})
	w.must(err)
	if arn := *out.StreamDescriptionSummary.StreamARN; arn != "arn:aws:kinesis:eu-central-1:111122223333:stream/clicks" {
		t.Errorf("created %s", arn)
	}
	// An ARN reaches across.
	out, err = w.client.DescribeStreamSummary(w.Context(), &kinesis.DescribeStreamSummaryInput{StreamARN: out.StreamDescriptionSummary.StreamARN})
	w.must(err)
	if *out.StreamDescriptionSummary.OpenShardCount != 3 {
		t.Errorf("found the stream with %d shards", *out.StreamDescriptionSummary.OpenShardCount)
	}
}
