package kinesisserver

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func TestFaultThrottlesTheNextCalls(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		w.srv.Fault(Fault{Operation: "GetRecords", Count: 2, Code: codeProvisionedThroughput, Message: "Rate exceeded for shard 0"})
		_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
		wantError(w.T, err, "ProvisionedThroughputExceededException", "Rate exceeded for shard 0")

		patient := kinesis.New(w.client.Options(), func(o *kinesis.Options) { o.Retryer = retry.NewStandard() })
		_, err = patient.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
		w.must(err)
		if n := w.srv.Calls("GetRecords"); n != 3 {
			w.Errorf("%d calls", n)
		}
	})
}

func TestFaultHitsItsShareOfCalls(t *testing.T) {
	hits := func(seed uint64) (n int) {
		w := newWorld(t, Config{Seed: seed})
		remove := w.srv.Fault(Fault{Percent: 30, Status: 503})
		for range 200 {
			if _, err := w.client.ListStreams(w.Context(), &kinesis.ListStreamsInput{}); err != nil {
				wantError(t, err, "InternalFailureException", "Internal Service Failure")
				n++
			}
		}
		remove()
		if _, err := w.client.ListStreams(w.Context(), &kinesis.ListStreamsInput{}); err != nil {
			t.Errorf("after its removal: %v", err)
		}
		return n
	}
	n := hits(1)
	if n < 40 || n > 80 {
		t.Errorf("hit %d of 200 calls", n)
	}
	if again := hits(1); again != n {
		t.Errorf("the same seed hit %d and %d calls", n, again)
	}
}

func TestFaultNamesStreamAndShard(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 2)
	w.create("views", 2)
	w.srv.Fault(Fault{Operation: "PutRecord", Stream: "clicks", Code: codeAccessDenied})
	w.srv.Fault(Fault{Shard: "shardId-000000000001", Code: codeProvisionedThroughput})
	w.put("views", "k", "x")
	_, err := w.client.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamName: aws.String("clicks"), PartitionKey: aws.String("k"), Data: []byte("x")})
	wantError(t, err, "AccessDeniedException", "")
	w.iterator("clicks", "0", types.ShardIteratorTypeLatest, "")
	_, err = w.client.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
		StreamName: aws.String("clicks"), ShardId: aws.String("1"), ShardIteratorType: types.ShardIteratorTypeLatest,
	})
	wantError(t, err, "ProvisionedThroughputExceededException", "Rate exceeded")
	w.srv.ClearFaults()
	w.put("clicks", "k", "x")
}

func TestFaultDelaysAnswers(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.srv.Fault(Fault{Operation: "ListStreams", Delay: 3 * time.Second, Count: 1})
		for _, want := range []time.Duration{3 * time.Second, 0} {
			start := time.Now()
			_, err := w.client.ListStreams(w.Context(), &kinesis.ListStreamsInput{})
			w.must(err)
			if took := time.Since(start); took != want {
				w.Errorf("took %v, want %v", took, want)
			}
		}
	})
}

func TestDelayedRecordsArriveLate(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		w.srv.Fault(Fault{Operation: "PutRecord", Delay: 3 * time.Second})
		start := time.Now()
		w.put("clicks", "k", "x")
		record := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")).Records[0]
		if got := record.ApproximateArrivalTimestamp.Sub(start); got != 3*time.Second {
			w.Errorf("arrived after %v", got)
		}
	})
}

func TestFaultDropsConnections(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	put := func() error {
		_, err := w.client.PutRecord(w.Context(), &kinesis.PutRecordInput{StreamName: aws.String("clicks"), PartitionKey: aws.String("k"), Data: []byte("x")})
		return err
	}
	w.srv.Fault(Fault{Operation: "PutRecord", Count: 1, Drop: true})
	if err := put(); err == nil || w.read("clicks", "0") != "" {
		t.Errorf("dropped call: %v, wrote %q", err, w.read("clicks", "0"))
	}
	w.srv.Fault(Fault{Operation: "PutRecord", Count: 1, DropAnswer: true})
	if err := put(); err == nil || w.read("clicks", "0") != "x" {
		t.Errorf("dropped answer: %v, wrote %q", err, w.read("clicks", "0"))
	}
	w.must(put())
}

func TestFaultEmptiesPages(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		w.put("clicks", "k", "x")
		advance(time.Second)
		w.srv.Fault(Fault{Operation: "GetRecords", EmptyPage: true, Count: 1})
		out := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, ""))
		if len(out.Records) != 0 || *out.MillisBehindLatest < 1000 || out.NextShardIterator == nil {
			w.Errorf("%d records, %d ms behind", len(out.Records), *out.MillisBehindLatest)
		}
		if got := data(w.get(*out.NextShardIterator)); got != "x" {
			w.Errorf("then read %q", got)
		}
	})
}

func TestFaultFailsSingleRecords(t *testing.T) {
	w := newWorld(t, Config{Seed: 7})
	w.create("clicks", 2)
	in := &kinesis.PutRecordsInput{StreamName: aws.String("clicks")}
	for i := range 100 {
		in.Records = append(in.Records, types.PutRecordsRequestEntry{Data: fmt.Append(nil, i), PartitionKey: aws.String(fmt.Sprint(i))})
	}
	w.srv.Fault(Fault{Operation: "PutRecords", Shard: "shardId-000000000001", RecordPercent: 50})
	out, err := w.client.PutRecords(w.Context(), in)
	w.must(err)
	failed := 0
	for i, r := range out.Records {
		if r.ErrorCode == nil {
			continue
		}
		failed++
		start, _ := uniformRange(1, 2)
		if hashOf([]byte(fmt.Sprint(i))).less(start) || r.SequenceNumber != nil || *r.ErrorCode != codeProvisionedThroughput ||
			*r.ErrorMessage != "Rate exceeded for shard shardId-000000000001 in stream clicks under account 000000000000." {
			t.Errorf("record %d: %+v", i, r)
		}
	}
	if failed == 0 || failed == 100 || failed != int(*out.FailedRecordCount) {
		t.Errorf("%d records failed, FailedRecordCount is %d", failed, *out.FailedRecordCount)
	}
	written := len(w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")).Records) +
		len(w.get(w.iterator("clicks", "1", types.ShardIteratorTypeTrimHorizon, "")).Records)
	if written != 100-failed {
		t.Errorf("%d records written, %d failed", written, failed)
	}
}

func TestFaultOfRecordsSaysWhatItIsTold(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	const told = `no "room"` + "\n" + `in C:\` // must be escaped in JSON
	w.srv.Fault(Fault{RecordPercent: 100, Count: 2, RecordCode: "KMS\"Throttling", Message: told})
	w.summary("clicks") // writes no records, and uses nothing up
	out, err := w.client.PutRecords(w.Context(), &kinesis.PutRecordsInput{
		StreamName: aws.String("clicks"), Records: []types.PutRecordsRequestEntry{{Data: []byte("x"), PartitionKey: aws.String("k")}},
	})
	w.must(err)
	if r := out.Records[0]; aws.ToString(r.ErrorCode) != "KMS\"Throttling" || aws.ToString(r.ErrorMessage) != told {
		t.Errorf("failed with %q: %q", aws.ToString(r.ErrorCode), aws.ToString(r.ErrorMessage))
	}
	in := &kinesis.PutRecordInput{StreamName: aws.String("clicks"), PartitionKey: aws.String("k"), Data: []byte("x")}
	_, err = w.client.PutRecord(w.Context(), in)
	wantError(t, err, "KMS\"Throttling", told)
	w.srv.Fault(Fault{Operation: "PutRecord", RecordPercent: 100, Count: 1, RecordCode: "InternalFailure"})
	_, err = w.client.PutRecord(w.Context(), in)
	wantError(t, err, "InternalFailure", "Internal Service Failure")
	if resp := (*smithyhttp.ResponseError)(nil); !errors.As(err, &resp) || resp.HTTPStatusCode() != http.StatusInternalServerError {
		t.Errorf("not the server's fault: %v", err)
	}
	w.must(func() error { _, err := w.client.PutRecord(w.Context(), in); return err }())
}

func TestFaultIsNotAboutCallsAndRecords(t *testing.T) {
	defer func() {
		if p := recover(); p != "kinesisserver: a fault is about calls or about records, not about both" {
			t.Errorf("panic: %v", p)
		}
	}()
	New(Config{}).Fault(Fault{Shard: "shardId-000000000001", Code: codeAccessDenied, RecordPercent: 50})
}
