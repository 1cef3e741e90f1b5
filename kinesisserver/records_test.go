package kinesisserver

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

func TestRecordsComeBackInOrder(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	var previous string
	for i := range 20 {
		out := w.put("clicks", "key", fmt.Sprint(i))
		if *out.SequenceNumber <= previous || len(*out.SequenceNumber) != 56 {
			t.Fatalf("sequence number %s after %s", *out.SequenceNumber, previous)
		}
		previous = *out.SequenceNumber
		if out.EncryptionType != "" {
			t.Errorf("encryption type %q on a stream without", out.EncryptionType)
		}
	}
	if got, want := w.read("clicks", "shardId-000000000000"), "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"; got != want {
		t.Errorf("read %s", got)
	}
}

func TestRecordKeepsEveryByteOfItsKeyAndData(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	keys := []string{"plain", `quote " and \ backslash`, "tab\tnew\nline", "größe 日本 😀", "<&>", strings.Repeat("ü", 256)}
	payload := make([]byte, 256)
	for i := range payload {
		payload[i] = byte(i)
	}
	for _, key := range keys {
		w.put("clicks", key, string(payload))
		_, err := w.client.PutRecords(w.Context(), &kinesis.PutRecordsInput{
			StreamName: aws.String("clicks"), Records: []types.PutRecordsRequestEntry{{Data: payload, PartitionKey: &key}},
		})
		w.must(err)
	}
	w.put("clicks", "empty", "")
	out := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, ""))
	for i, r := range out.Records[:len(out.Records)-1] {
		if *r.PartitionKey != keys[i/2] || string(r.Data) != string(payload) {
			t.Errorf("record %d: key %q, data %x", i, *r.PartitionKey, r.Data)
		}
	}
	if last := out.Records[len(out.Records)-1]; len(last.Data) != 0 {
		t.Errorf("empty data came back as %x", last.Data)
	}
}

func TestPartitionKeyRoutesByMD5AndExplicitHashKeyOverrides(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 5)
	shards := w.shards("clicks")
	in := &kinesis.PutRecordsInput{StreamName: aws.String("clicks")}
	var keys []hashKey
	for i := range 100 {
		e := types.PutRecordsRequestEntry{PartitionKey: aws.String(fmt.Sprint("key-", i)), Data: []byte("x")}
		key := hashOf([]byte(*e.PartitionKey))
		if i%3 == 0 {
			key, _ = uniformRange(i, 100)
			e.ExplicitHashKey = aws.String(key.String())
		}
		keys = append(keys, key)
		in.Records = append(in.Records, e)
	}
	out, err := w.client.PutRecords(w.Context(), in)
	w.must(err)
	for i, r := range out.Records {
		n, _ := new(big.Int).SetString(keys[i].String(), 10)
		for _, sh := range shards {
			start, _ := new(big.Int).SetString(*sh.HashKeyRange.StartingHashKey, 10)
			end, _ := new(big.Int).SetString(*sh.HashKeyRange.EndingHashKey, 10)
			if inside := start.Cmp(n) <= 0 && n.Cmp(end) <= 0; inside != (*r.ShardId == *sh.ShardId) {
				t.Errorf("hash key %s went to %s, range of %s is %s..%s", n, *r.ShardId, *sh.ShardId, start, end)
			}
		}
	}
}

func TestArrivalTimestampHasMilliseconds(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 30, 15, 123_456_789, time.UTC)
	w := newWorld(t, Config{Now: func() time.Time { return now }})
	w.create("clicks", 1)
	w.put("clicks", "k", "x")
	r := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")).Records[0]
	if want := now.Truncate(time.Millisecond); !r.ApproximateArrivalTimestamp.Equal(want) {
		t.Errorf("arrived %v, want %v", r.ApproximateArrivalTimestamp, want)
	}
	n, ok := parseSequenceNumber(*r.SequenceNumber)
	if !ok || n.time != now.Unix() || n.shardCreated != now.Unix() {
		t.Errorf("sequence number %s tells %+v", *r.SequenceNumber, n)
	}
}

func TestArrivalNeverGoesBackWhenTheClockDoes(t *testing.T) {
	now := time.Unix(2_000_000_000, 0)
	w := newWorld(t, Config{Now: func() time.Time { return now }})
	w.create("clicks", 1)
	first := w.put("clicks", "k", "a")
	now = now.Add(-time.Minute)
	if second := w.put("clicks", "k", "b"); *second.SequenceNumber <= *first.SequenceNumber {
		t.Errorf("%s follows %s", *second.SequenceNumber, *first.SequenceNumber)
	}
}

func TestGetRecordsHonoursLimitAndReportsLag(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		for _, d := range []string{"a", "b", "c"} {
			w.put("clicks", "k", d)
		}
		advance(2 * time.Second)
		it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		out, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it, Limit: aws.Int32(2)})
		w.must(err)
		if data(out) != "a b" || *out.MillisBehindLatest < 2000 || *out.MillisBehindLatest > 2100 {
			w.Errorf("first page %q, %d ms behind", data(out), *out.MillisBehindLatest)
		}
		out = w.get(*out.NextShardIterator)
		if data(out) != "c" || *out.MillisBehindLatest != 0 {
			w.Errorf("second page %q, %d ms behind", data(out), *out.MillisBehindLatest)
		}
		empty := w.get(*out.NextShardIterator)
		if data(empty) != "" || *empty.MillisBehindLatest != 0 || *empty.NextShardIterator == *out.NextShardIterator {
			w.Errorf("third page %q, %d ms behind, iterator %s", data(empty), *empty.MillisBehindLatest, *empty.NextShardIterator)
		}
	})
}

func TestGetRecordsStopsAtTenMebibytes(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	big := strings.Repeat("x", 1<<20-1) // 1 MiB with its key
	for range 12 {
		w.put("clicks", "k", big)
	}
	out := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, ""))
	if len(out.Records) != 10 {
		t.Errorf("%d records of 1 MiB on the first page", len(out.Records))
	}
	if rest := w.get(*out.NextShardIterator); len(rest.Records) != 2 {
		t.Errorf("%d records on the second page", len(rest.Records))
	}
}

func TestManyRecordsSpanSegments(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	const requests, perRequest = 40, 500
	for i := range requests {
		in := &kinesis.PutRecordsInput{StreamARN: aws.String("arn:aws:kinesis:us-east-1:000000000000:stream/clicks")}
		for j := range perRequest {
			in.Records = append(in.Records, types.PutRecordsRequestEntry{
				PartitionKey: aws.String("k"), Data: fmt.Appendf(nil, "%06d %0300d", i*perRequest+j, 0),
			})
		}
		_, err := w.client.PutRecords(w.Context(), in)
		w.must(err)
	}
	n := 0
	it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
	for n < requests*perRequest {
		out := w.get(it)
		it = *out.NextShardIterator
		for _, r := range out.Records {
			if want := fmt.Sprintf("%06d ", n); !strings.HasPrefix(string(r.Data), want) {
				t.Fatalf("record %d is %.10s", n, r.Data)
			}
			n++
		}
		if len(out.Records) == 0 {
			t.Fatalf("empty page after %d records", n)
		}
	}
}

func TestRetentionForgetsOldRecords(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		w.put("clicks", "k", "old")
		iterator := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		first := w.get(iterator).Records[0]
		advance(23 * time.Hour)
		w.put("clicks", "k", "new")
		if got := w.read("clicks", "0"); got != "old new" {
			w.Errorf("after 23 hours: %q", got)
		}
		advance(2 * time.Hour)
		if got := w.read("clicks", "0"); got != "new" {
			w.Errorf("after 25 hours: %q", got)
		}
		// A number that is gone is no error: reading starts at the trim horizon.
		out := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeAtSequenceNumber, *first.SequenceNumber))
		if data(out) != "new" {
			w.Errorf("at the trimmed number: %q", data(out))
		}
	})
}

func TestRetentionGivesMemoryBack(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	sh := &shard{}
	e := entry{data: newBlob(make([]byte, 10_000)), partitionKey: []byte("k")}
	for range 10_000 { // 100 MB in all, 24 hours each
		now = now.Add(time.Minute)
		sh.append(&e, now, 0, now.Add(-24*time.Hour).UnixMilli(), false)
	}
	held := 0
	for _, s := range sh.segments {
		held += cap(s.arena)
	}
	if kept := 24 * 60 * 14_000; held > 2*kept {
		t.Errorf("%d bytes held for %d bytes within retention", held, kept)
	}
	if sh.first != sh.next-24*60-1 {
		t.Errorf("%d records kept", sh.next-sh.first)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	name, key := aws.String("clicks"), aws.String("k")
	entries := []types.PutRecordsRequestEntry{{Data: []byte("x"), PartitionKey: key}}
	it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
	_, err := w.client.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamName: name, Data: []byte("x"), PartitionKey: key, DryRun: aws.Bool(true)})
	wantError(t, err, "DryRunOperationException", "")
	_, err = w.client.PutRecords(w.Context(), &kinesis.PutRecordsInput{StreamName: name, Records: entries, DryRun: aws.Bool(true)})
	wantError(t, err, "DryRunOperationException", "")
	_, err = w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it, DryRun: aws.Bool(true)})
	wantError(t, err, "DryRunOperationException", "")
	_, err = w.client.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
		StreamName: name, ShardId: aws.String("0"), ShardIteratorType: types.ShardIteratorTypeLatest, DryRun: aws.Bool(true),
	})
	wantError(t, err, "DryRunOperationException", "")
	if got := w.read("clicks", "0"); got != "" {
		t.Errorf("dry runs wrote %q", got)
	}
}
