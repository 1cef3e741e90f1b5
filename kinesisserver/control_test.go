package kinesisserver

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

func TestEncryptionMarksTheRecordsWrittenUnderIt(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.put("clicks", "k", "before")
	name, key := aws.String("clicks"), aws.String("alias/aws/kinesis")
	_, err := w.client.StartStreamEncryption(w.Context(), &kinesis.StartStreamEncryptionInput{StreamName: name, EncryptionType: types.EncryptionTypeKms, KeyId: key})
	w.must(err)
	if out := w.put("clicks", "k", "under"); out.EncryptionType != types.EncryptionTypeKms {
		t.Errorf("PutRecord says %q", out.EncryptionType)
	}
	many, err := w.client.PutRecords(w.Context(), &kinesis.PutRecordsInput{
		StreamName: name, Records: []types.PutRecordsRequestEntry{{Data: []byte("too"), PartitionKey: aws.String("k")}},
	})
	w.must(err)
	if many.EncryptionType != types.EncryptionTypeKms {
		t.Errorf("PutRecords says %q", many.EncryptionType)
	}
	if s := w.summary("clicks"); s.EncryptionType != types.EncryptionTypeKms || *s.KeyId != *key {
		t.Errorf("described with %s, %v", s.EncryptionType, s.KeyId)
	}
	_, err = w.client.StopStreamEncryption(w.Context(), &kinesis.StopStreamEncryptionInput{StreamName: name, EncryptionType: types.EncryptionTypeKms, KeyId: key})
	w.must(err)
	w.put("clicks", "k", "after")
	var got []string
	for _, r := range w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")).Records {
		got = append(got, string(r.Data)+":"+string(r.EncryptionType))
	}
	if want := []string{"before:", "under:KMS", "too:KMS", "after:"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestEnhancedMonitoringIsRemembered(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	name := aws.String("clicks")
	out, err := w.client.EnableEnhancedMonitoring(w.Context(), &kinesis.EnableEnhancedMonitoringInput{StreamName: name, ShardLevelMetrics: []types.MetricsName{types.MetricsNameAll}})
	w.must(err)
	if len(out.CurrentShardLevelMetrics) != 0 || len(out.DesiredShardLevelMetrics) != 7 {
		t.Errorf("enabled: %v, then %v", out.CurrentShardLevelMetrics, out.DesiredShardLevelMetrics)
	}
	off, err := w.client.DisableEnhancedMonitoring(w.Context(), &kinesis.DisableEnhancedMonitoringInput{
		StreamName: name, ShardLevelMetrics: []types.MetricsName{types.MetricsNameIncomingBytes},
	})
	w.must(err)
	if len(off.CurrentShardLevelMetrics) != 7 || len(off.DesiredShardLevelMetrics) != 6 {
		t.Errorf("disabled: %v, then %v", off.CurrentShardLevelMetrics, off.DesiredShardLevelMetrics)
	}
	if s := w.summary("clicks"); !slices.Equal(s.EnhancedMonitoring[0].ShardLevelMetrics, off.DesiredShardLevelMetrics) {
		t.Errorf("described as %v", s.EnhancedMonitoring)
	}
}

func TestResourceTagsAreTheStreamsTags(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	for _, arn := range []string{clicksARN, w.register("app")} {
		_, err := w.client.TagResource(w.Context(), &kinesis.TagResourceInput{ResourceARN: &arn, Tags: map[string]string{"a": "1", "b": "2"}})
		w.must(err)
		_, err = w.client.UntagResource(w.Context(), &kinesis.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"a"}})
		w.must(err)
		out, err := w.client.ListTagsForResource(w.Context(), &kinesis.ListTagsForResourceInput{ResourceARN: &arn})
		w.must(err)
		if len(out.Tags) != 1 || *out.Tags[0].Key != "b" {
			t.Errorf("%s: %+v", arn, out.Tags)
		}
	}
	out, err := w.client.ListTagsForStream(w.Context(), &kinesis.ListTagsForStreamInput{StreamName: aws.String("clicks")})
	w.must(err)
	if len(out.Tags) != 1 {
		t.Errorf("the stream's tags are %+v", out.Tags)
	}
}

func TestResourcePolicyIsKept(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	arn, policy := aws.String(clicksARN), `{"Version":"2012-10-17","Statement":[]}`
	get := func() string {
		out, err := w.client.GetResourcePolicy(w.Context(), &kinesis.GetResourcePolicyInput{ResourceARN: arn})
		w.must(err)
		return *out.Policy
	}
	if got := get(); got != "{}" {
		t.Errorf("at first %s", got)
	}
	_, err := w.client.PutResourcePolicy(w.Context(), &kinesis.PutResourcePolicyInput{ResourceARN: arn, Policy: &policy})
	w.must(err)
	if got := get(); got != policy {
		t.Errorf("then %s", got)
	}
	_, err = w.client.PutResourcePolicy(w.Context(), &kinesis.PutResourcePolicyInput{ResourceARN: arn, Policy: aws.String("no policy")})
	wantError(t, err, "InvalidArgumentException", "Invalid policy")
	_, err = w.client.DeleteResourcePolicy(w.Context(), &kinesis.DeleteResourcePolicyInput{ResourceARN: arn})
	w.must(err)
	_, err = w.client.DeleteResourcePolicy(w.Context(), &kinesis.DeleteResourcePolicyInput{ResourceARN: arn})
	wantError(t, err, "ResourceNotFoundException", "No resource policy")
}

func TestLargeRecordsNeedALargerMaximum(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	large := strings.Repeat("x", 10<<20-1) // 10 MiB with its key
	in := &kinesis.PutRecordInput{StreamName: aws.String("clicks"), PartitionKey: aws.String("k"), Data: []byte(large)}
	_, err := w.client.PutRecord(w.Context(), in)
	wantError(t, err, "InvalidArgumentException", "exceeds the maximum record size of 1048576 bytes")
	_, err = w.client.UpdateMaxRecordSize(w.Context(), &kinesis.UpdateMaxRecordSizeInput{StreamARN: aws.String(clicksARN), MaxRecordSizeInKiB: aws.Int32(10240)})
	w.must(err)
	_, err = w.client.PutRecord(w.Context(), in)
	w.must(err)
	if got := w.read("clicks", "0"); got != large {
		t.Errorf("read %d bytes", len(got))
	}
	_, err = w.client.UpdateMaxRecordSize(w.Context(), &kinesis.UpdateMaxRecordSizeInput{StreamARN: aws.String(clicksARN), MaxRecordSizeInKiB: aws.Int32(512)})
	wantError(t, err, "ValidationException", "Value '512' at 'maxRecordSizeInKiB'")
}

func TestAutoDistributionNeedsNoPartitionKey(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 2)
	arn := aws.String(clicksARN)
	auto := &kinesis.UpdateStreamRecordDistributionStrategyInput{StreamARN: arn, RecordDistributionStrategy: types.RecordDistributionStrategyAuto}
	_, err := w.client.UpdateStreamRecordDistributionStrategy(w.Context(), auto)
	wantError(t, err, "InvalidArgumentException", "ON_DEMAND")
	_, err = w.client.UpdateStreamMode(w.Context(), &kinesis.UpdateStreamModeInput{StreamARN: arn, StreamModeDetails: &types.StreamModeDetails{StreamMode: types.StreamModeOnDemand}})
	w.must(err)
	_, err = w.client.UpdateStreamRecordDistributionStrategy(w.Context(), auto)
	w.must(err)
	if s := w.summary("clicks"); s.RecordDistributionStrategy != types.RecordDistributionStrategyAuto || s.StreamModeDetails.StreamMode != types.StreamModeOnDemand {
		t.Errorf("described as %s, %s", s.RecordDistributionStrategy, s.StreamModeDetails.StreamMode)
	}

	in := &kinesis.PutRecordsInput{StreamARN: arn, Records: []types.PutRecordsRequestEntry{{Data: []byte("kept"), PartitionKey: aws.String("kept")}}}
	for range 40 {
		in.Records = append(in.Records, types.PutRecordsRequestEntry{Data: []byte("x")})
	}
	out, err := w.client.PutRecords(w.Context(), in)
	w.must(err)
	used := map[string]int{}
	for _, r := range out.Records {
		used[*r.ShardId]++
	}
	if len(used) != 2 {
		t.Errorf("records went to %v", used)
	}
	for shard := range used {
		for _, r := range w.get(w.iterator("clicks", shard, types.ShardIteratorTypeTrimHorizon, "")).Records {
			if (string(r.Data) == "kept") != (r.PartitionKey != nil) {
				t.Errorf("record %s has partition key %v", r.Data, r.PartitionKey)
			}
		}
	}
	_, err = w.client.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamARN: arn, Data: []byte("x"), SequenceNumberForOrdering: out.Records[0].SequenceNumber})
	wantError(t, err, "InvalidArgumentException", "AUTO")
}

func TestWarmThroughputNeedsAdvantage(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		_, err := w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("auto")})
		w.must(err)
		warm := func() (*kinesis.UpdateStreamWarmThroughputOutput, error) {
			return w.client.UpdateStreamWarmThroughput(w.Context(), &kinesis.UpdateStreamWarmThroughputInput{StreamName: aws.String("auto"), WarmThroughputMiBps: aws.Int32(100)})
		}
		commit := func(status types.MinimumThroughputBillingCommitmentInputStatus) (*kinesis.UpdateAccountSettingsOutput, error) {
			return w.client.UpdateAccountSettings(w.Context(), &kinesis.UpdateAccountSettingsInput{
				MinimumThroughputBillingCommitment: &types.MinimumThroughputBillingCommitmentInput{Status: status},
			})
		}
		_, err = warm()
		wantError(w.T, err, "InvalidArgumentException", "On-demand Advantage")
		create, update := &kinesis.CreateStreamInput{StreamName: aws.String("warm")}, &kinesis.UpdateStreamModeInput{
			StreamARN: w.summary("auto").StreamARN, StreamModeDetails: &types.StreamModeDetails{StreamMode: types.StreamModeOnDemand},
		}
		for _, mibps := range []int32{0, 100} { // asking for none is asking
			create.WarmThroughputMiBps, update.WarmThroughputMiBps = &mibps, &mibps
			_, err = w.client.CreateStream(w.Context(), create)
			wantError(w.T, err, "InvalidArgumentException", "On-demand Advantage")
			_, err = w.client.UpdateStreamMode(w.Context(), update)
			wantError(w.T, err, "InvalidArgumentException", "On-demand Advantage")
		}
		create.ShardCount, create.StreamModeDetails = aws.Int32(1), &types.StreamModeDetails{StreamMode: types.StreamModeProvisioned}
		_, err = w.client.CreateStream(w.Context(), create)
		wantError(w.T, err, "InvalidArgumentException", "only valid for streams in ON_DEMAND mode")
		out, err := commit(types.MinimumThroughputBillingCommitmentInputStatusEnabled)
		w.must(err)
		if c := out.MinimumThroughputBillingCommitment; c.Status != types.MinimumThroughputBillingCommitmentOutputStatusEnabled || c.EarliestAllowedEndAt.Sub(*c.StartedAt) != 24*time.Hour {
			w.Errorf("committed: %+v", c)
		}
		answer, err := warm()
		w.must(err)
		if *answer.WarmThroughput.TargetMiBps != 100 || *w.summary("auto").WarmThroughput.CurrentMiBps != 100 {
			w.Errorf("warm throughput %+v", answer.WarmThroughput)
		}
		_, err = commit(types.MinimumThroughputBillingCommitmentInputStatusDisabled)
		wantError(w.T, err, "InvalidArgumentException", "within 24 hours")
		advance(25 * time.Hour)
		_, err = commit(types.MinimumThroughputBillingCommitmentInputStatusDisabled)
		w.must(err)
		described, err := w.client.DescribeAccountSettings(w.Context(), &kinesis.DescribeAccountSettingsInput{})
		w.must(err)
		if c := described.MinimumThroughputBillingCommitment; c.Status != types.MinimumThroughputBillingCommitmentOutputStatusDisabled || c.EndedAt == nil {
			w.Errorf("disabled: %+v", c)
		}
	})
}

func TestChannelsSayThatTheyAreNotSupported(t *testing.T) {
	w := newWorld(t, Config{})
	_, err := w.client.ListChannels(w.Context(), &kinesis.ListChannelsInput{})
	wantError(t, err, "UnsupportedOperationException", "ListChannels is not supported by this server")
}

func TestEveryOperationOfTheSDKIsKnown(t *testing.T) {
	// Exported methods of the client that are no operations.
	notOperations := []string{"Options"}
	known := operations()
	for _, name := range methodNames(&kinesis.Client{}) {
		if slices.Contains(notOperations, name) {
			continue
		}
		if known[name] == nil {
			t.Errorf("%s is not known", name)
		}
	}
	if len(known) != 45 {
		t.Errorf("%d operations", len(known))
	}
}
