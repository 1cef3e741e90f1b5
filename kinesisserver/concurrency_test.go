package kinesisserver

import (
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// TestReshardingLosesAndReordersNothing writes with several keys while the stream is resharded, and
// then reads all shards in the order of their ids, parents before children.
func TestReshardingLosesAndReordersNothing(t *testing.T) {
	const writers, requests, perRequest = 4, 30, 20
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	for key := range writers {
		wg.Go(func() {
			for i := range requests {
				in := &kinesis.PutRecordsInput{StreamName: aws.String("clicks")}
				for j := range perRequest {
					in.Records = append(in.Records, types.PutRecordsRequestEntry{
						PartitionKey: aws.String(fmt.Sprint("key-", key)), Data: fmt.Append(nil, i*perRequest+j),
					})
				}
				if _, err := w.client.PutRecords(w.Context(), in); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	for _, n := range []int{2, 4, 3, 5, 1, 3} {
		w.must(w.srv.Reshard("clicks", n))
		for _, sh := range w.shards("clicks") {
			w.get(w.iterator("clicks", *sh.ShardId, types.ShardIteratorTypeTrimHorizon, ""))
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Fatal(err)
	}

	next := map[string]int{}
	for _, sh := range w.shards("clicks") {
		for it := w.iterator("clicks", *sh.ShardId, types.ShardIteratorTypeTrimHorizon, ""); it != ""; {
			out := w.get(it)
			for _, r := range out.Records {
				if string(r.Data) != fmt.Sprint(next[*r.PartitionKey]) {
					t.Fatalf("%s of %s: record %s, want %d", *r.PartitionKey, *sh.ShardId, r.Data, next[*r.PartitionKey])
				}
				next[*r.PartitionKey]++
			}
			it = aws.ToString(out.NextShardIterator)
			if len(out.Records) == 0 && *out.MillisBehindLatest == 0 {
				break
			}
		}
	}
	for key := range writers {
		if n := next[fmt.Sprint("key-", key)]; n != requests*perRequest {
			t.Errorf("key-%d: %d records", key, n)
		}
	}
}

func TestArrivalJitterShowsTimesOutOfOrder(t *testing.T) {
	w := newWorld(t, Config{ArrivalJitter: 1_000_000_000})
	w.create("clicks", 1)
	for range 50 {
		w.put("clicks", "k", "x")
	}
	backwards := 0
	records := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")).Records
	for i := range records[1:] {
		if records[i+1].ApproximateArrivalTimestamp.Before(*records[i].ApproximateArrivalTimestamp) {
			backwards++
		}
		if *records[i+1].SequenceNumber <= *records[i].SequenceNumber {
			t.Error("sequence numbers out of order")
		}
	}
	if backwards == 0 {
		t.Error("all arrivals are in order")
	}
}
