package kinesisserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestValidationTexts(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	long := strings.Repeat("a", 129)
	longKey := strings.Repeat("ü", 257)
	records := func(n int) string {
		return `{"StreamName":"clicks","Records":[` + strings.TrimSuffix(strings.Repeat(`{"Data":"","PartitionKey":"a"},`, n), ",") + `]}`
	}
	const nullAt, satisfy = "Value null at '%s' failed to satisfy constraint: Member must not be null", " failed to satisfy constraint: Member must "
	for _, c := range []struct{ name, operation, body, want string }{
		{
			"missing members", "GetShardIterator", `{"StreamName":"clicks"}`,
			"2 validation errors detected: " + fmt.Sprintf(nullAt, "shardId") + "; " + fmt.Sprintf(nullAt, "shardIteratorType"),
		},
		{
			"empty members", "GetShardIterator", `{"StreamName":"","ShardId":"","ShardIteratorType":"","StartingSequenceNumber":""}`,
			"6 validation errors detected: Value '' at 'shardId'" + satisfy + "satisfy regular expression pattern: [a-zA-Z0-9_.-]+; " +
				"Value '' at 'shardId'" + satisfy + "have length greater than or equal to 1; " +
				"Value '' at 'shardIteratorType'" + satisfy + "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]; " +
				`Value '' at 'startingSequenceNumber'` + satisfy + `satisfy regular expression pattern: 0|([1-9]\d{0,128}); ` +
				"Value '' at 'streamName'" + satisfy + "satisfy regular expression pattern: [a-zA-Z0-9_.-]+; " +
				"Value '' at 'streamName'" + satisfy + "have length greater than or equal to 1",
		},
		{
			"long name", "DescribeStream", `{"StreamName":"` + long + `"}`,
			"1 validation error detected: Value '" + long + "' at 'streamName'" + satisfy + "have length less than or equal to 128",
		},
		{
			"no ARN", "DescribeStreamSummary", `{"StreamARN":"arn:aws:s3:::bucket"}`,
			`1 validation error detected: Value 'arn:aws:s3:::bucket' at 'streamARN'` + satisfy + `satisfy regular expression pattern: arn:aws.*:kinesis:.*:\d{12}:stream/\S+`,
		},
		{
			"no shards", "CreateStream", `{"StreamName":"x","ShardCount":0}`,
			"1 validation error detected: Value '0' at 'shardCount'" + satisfy + "have value greater than or equal to 1",
		},
		{
			"unknown mode", "CreateStream", `{"StreamName":"x","StreamModeDetails":{"StreamMode":"FAST"}}`,
			"1 validation error detected: Value 'FAST' at 'streamModeDetails.streamMode'" + satisfy + "satisfy enum value set: [PROVISIONED, ON_DEMAND]",
		},
		{
			"record size", "CreateStream", `{"StreamName":"x","ShardCount":1,"MaxRecordSizeInKiB":20480}`,
			"1 validation error detected: Value '20480' at 'maxRecordSizeInKiB'" + satisfy + "have value less than or equal to 10240",
		},
		{
			"no records", "PutRecords", `{"StreamName":"clicks"}`, "1 validation error detected: " + fmt.Sprintf(nullAt, "records"),
		},
		{
			"empty records", "PutRecords", records(0), "1 validation error detected: Value '[]' at 'records'" + satisfy + "have length greater than or equal to 1",
		},
		{
			"too many records", "PutRecords", records(501), "' at 'records'" + satisfy + "have length less than or equal to 500",
		},
		{
			"empty partition key", "PutRecords", `{"StreamName":"clicks","Records":[{"Data":"","PartitionKey":"a"},{"Data":"","PartitionKey":""}]}`,
			"1 validation error detected: Value '' at 'records.2.member.partitionKey'" + satisfy + "have length greater than or equal to 1",
		},
		{
			"record without data", "PutRecords", `{"StreamName":"clicks","Records":[{"PartitionKey":"a"}]}`,
			"1 validation error detected: " + fmt.Sprintf(nullAt, "records.1.member.data"),
		},
		{
			"long partition key", "PutRecord", `{"StreamName":"clicks","Data":"","PartitionKey":"` + longKey + `"}`,
			"1 validation error detected: Value '" + longKey + "' at 'partitionKey'" + satisfy + "have length less than or equal to 256",
		},
		{
			"hash key", "PutRecord", `{"StreamName":"clicks","Data":"","PartitionKey":"a","ExplicitHashKey":"01"}`,
			`1 validation error detected: Value '01' at 'explicitHashKey'` + satisfy + `satisfy regular expression pattern: 0|([1-9]\d{0,38})`,
		},
		{
			"no partition key", "PutRecord", `{"StreamName":"clicks","Data":""}`,
			"1 validation error detected: " + fmt.Sprintf(nullAt, "partitionKey"),
		},
		{
			"limit", "GetRecords", `{"ShardIterator":"x","Limit":10001}`,
			"1 validation error detected: Value '10001' at 'limit'" + satisfy + "have value less than or equal to 10000",
		},
		{
			"no iterator", "GetRecords", `{}`, "1 validation error detected: " + fmt.Sprintf(nullAt, "shardIterator"),
		},
		{
			"split", "SplitShard", `{"StreamName":"clicks"}`,
			"2 validation errors detected: " + fmt.Sprintf(nullAt, "newStartingHashKey") + "; " + fmt.Sprintf(nullAt, "shardToSplit"),
		},
		{
			"filter", "ListShards", `{"StreamName":"clicks","ShardFilter":{"Type":"SOME"}}`,
			"1 validation error detected: Value 'SOME' at 'shardFilter.type'" + satisfy +
				"satisfy enum value set: [AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, AT_LATEST, AT_TIMESTAMP, FROM_TIMESTAMP]",
		},
		{
			"scaling", "UpdateShardCount", `{"StreamName":"clicks","TargetShardCount":2,"ScalingType":"X"}`,
			"1 validation error detected: Value 'X' at 'scalingType'" + satisfy + "satisfy enum value set: [UNIFORM_SCALING]",
		},
		{
			"retention", "IncreaseStreamRetentionPeriod", `{"StreamName":"clicks"}`, "1 validation error detected: " + fmt.Sprintf(nullAt, "retentionPeriodHours"),
		},
		{
			"tags", "AddTagsToStream", `{"StreamName":"clicks"}`, "1 validation error detected: " + fmt.Sprintf(nullAt, "tags"),
		},
		{
			"tag keys", "RemoveTagsFromStream", `{"StreamName":"clicks","TagKeys":[]}`,
			"1 validation error detected: Value '[]' at 'tagKeys'" + satisfy + "have length greater than or equal to 1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantAnswer(t, w, c.operation, c.body, 400, codeValidation, c.want)
		})
	}
}

func TestInvalidArgumentTexts(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	oversize := strings.Repeat("QUJD", 1<<20/3+1)
	eleven := `{"StreamName":"clicks","Records":[` + strings.TrimSuffix(strings.Repeat(`{"Data":"`+oversize[:1398096]+`","PartitionKey":"a"},`, 11), ",") + `]}`
	for _, c := range []struct{ name, operation, body, want string }{
		{
			"hash key out of range", "PutRecord", `{"StreamName":"clicks","Data":"","PartitionKey":"a","ExplicitHashKey":"340282366920938463463374607431768211456"}`,
			"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456",
		},
		{"record too large", "PutRecord", `{"StreamName":"clicks","Data":"` + oversize + `","PartitionKey":"a"}`, "exceeds the maximum record size of 1048576 bytes of stream clicks"},
		{"one record too large", "PutRecords", `{"StreamName":"clicks","Records":[{"Data":"","PartitionKey":"a"},{"Data":"` + oversize + `","PartitionKey":"a"}]}`, "exceeds the maximum record size"},
		{"request too large", "PutRecords", eleven, "Records size exceeds 10 MB limit"},
		{"ordering", "PutRecord", `{"StreamName":"clicks","Data":"","PartitionKey":"a","SequenceNumberForOrdering":"5"}`, "ExclusiveMinimumSequenceNumber 5 used in PutRecord on stream clicks under account 000000000000 is invalid."},
		{"ARN of another stream", "GetRecords", `{"ShardIterator":"` + w.iterator("clicks", "0", "LATEST", "") + `","StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/other"}`, "does not match the stream of the ShardIterator"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantAnswer(t, w, c.operation, c.body, 400, codeInvalidArgument, c.want)
		})
	}
	if got := w.read("clicks", "0"); got != "" {
		t.Errorf("refused requests wrote %d bytes", len(got))
	}
}

// wantAnswer sends a raw request and fails the test unless the answer is that error.
func wantAnswer(t *testing.T, w *world, operation, body string, status int, code, text string) {
	t.Helper()
	resp, answer := w.call(operation, body)
	var got errorBody
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		t.Fatalf("status %d, body %q: %v", resp.StatusCode, answer, err)
	}
	if resp.StatusCode != status || got.Type != code || !strings.Contains(got.Message, text) {
		t.Errorf("got %d %s\n%s\nwant %d %s\n%s", resp.StatusCode, got.Type, got.Message, status, code, text)
	}
}
