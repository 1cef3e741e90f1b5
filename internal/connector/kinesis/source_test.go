package kinesis

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
)

func TestTrimHorizonReadsFromTheOldestRecord(t *testing.T) {
	inWorld(t, 4, func(w *world) {
		var want []string
		for n := range 20 {
			want = append(want, w.put(fmt.Sprintf("user-%d", n), n))
		}
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		advance(time.Second)
		j.want(want...)
		want = append(want, w.put("later", 1))
		advance(time.Second)
		j.want(want...)
		if w.meter.Records.Load() != 21 {
			w.Errorf("meter counts %d records", w.meter.Records.Load())
		}
	})
}

func TestLatestReadsWhatArrivesAfterTheStart(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		w.put("early", 1)
		advance(time.Second)
		src := w.open(w.table(userAndNumber))
		advance(time.Second)
		before := w.put("between", 2) // after the source was opened, before it was first read
		j := w.run(src, userAndNumber)
		advance(time.Second)
		j.want(before)
		j.want(before, func() string { r := w.put("late", 3); advance(time.Second); return r }())
	})
}

// An engine that asks for a position before the first record gets one that skips nothing.
func TestLatestIsPinnedToAMoment(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		src := w.open(w.table(userAndNumber))
		splits, err := src.Splits(w.Context())
		w.must(err)
		want := fmt.Sprintf("AT_TIMESTAMP:%d", time.Now().UnixMilli())
		if string(splits[0].From) != want {
			w.Errorf("got %q, want %q", splits[0].From, want)
		}
		reader, err := src.Open(w.Context(), splits[0])
		w.must(err)
		defer reader.Close()
		page, err := reader.Next(w.Context())
		w.must(err)
		if string(page.Position) != want || page.Lag != 0 || page.Rows != nil {
			w.Errorf("got %+v, want an empty page at %q", page, want)
		}
	})
}

func TestAtTimestampReadsFromAMoment(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		w.put("early", 1)
		advance(time.Minute)
		moment := time.Now()
		want := w.put("late", 2)
		advance(time.Minute)
		for _, value := range []string{moment.UTC().Format("2006-01-02T15:04:05.000Z07:00"), strconv.FormatInt(moment.Unix(), 10)} {
			j := w.run(w.open(w.table(userAndNumber, "source.init.position", "at_timestamp", "source.init.timestamp", value)), userAndNumber)
			advance(time.Second)
			j.want(want)
			j.end()
		}
	})
}

func TestAtTimestampBeforeTheRetentionReadsEverything(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "AT_TIMESTAMP", "scan.stream.initpos-timestamp", "0")), userAndNumber)
		advance(time.Second)
		j.want(want)
	})
}

func TestLaminarSpellingsWork(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := w.put("a", 1)
		w.options = append([]string{"stream_name", streamName, "aws_region", "us-east-1", "aws.endpoint", "http://kinesis.local", "type", "source", "source.offset", "earliest"}, keys...)
		j := w.run(w.open(w.table(userAndNumber)), userAndNumber)
		advance(time.Second)
		j.want(want)
	})
}

// Records of a key keep their order across splits and merges, none is lost, none is read twice, and
// the children of a shard begin when it has ended, not at the next discovery.
func TestReshardStormKeepsEveryRecordAndTheOrderOfKeys(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		rng := rand.New(rand.NewPCG(1, 2))
		var want []string
		for n := range 60 {
			for range 10 {
				want = append(want, w.put(fmt.Sprintf("user-%d", rng.IntN(13)), len(want)))
			}
			advance(time.Duration(rng.IntN(300)) * time.Millisecond)
			if n%5 == 4 {
				w.must(w.srv.Reshard(streamName, 1+rng.IntN(6)))
			}
		}
		advance(5 * time.Second) // less than the discovery interval
		j.want(want...)
		last := map[string]int{}
		for _, row := range j.state().rows {
			user, number, _ := strings.Cut(row, " | ")
			n, err := strconv.Atoi(number)
			w.must(err)
			if n < last[user] {
				w.Fatalf("row %q came after number %d", row, last[user])
			}
			last[user] = n
		}
		if len(j.state().opened) < 10 {
			w.Errorf("only %d shards were opened: %q", len(j.state().opened), j.state().opened)
		}
	})
}

func TestClosedShardsAreReadBeforeTheirChildren(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := []string{w.put("a", 1), w.put("b", 2)}
		w.must(w.srv.Reshard(streamName, 2))
		advance(time.Hour)
		want = append(want, w.put("a", 3), w.put("b", 4))
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		advance(2 * time.Second)
		j.want(want...)
		if j.state().opened[0] != "shardId-000000000000" || !slices.Equal(j.state().rows[:2], want[:2]) {
			w.Errorf("opened %q, read %q", j.state().opened, j.state().rows)
		}
	})
}

func TestShardsThatEndedBeforeTheStartAreNotListed(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.put("a", 1)
		w.must(w.srv.Reshard(streamName, 2))
		advance(time.Minute)
		j := w.run(w.open(w.table(userAndNumber)), userAndNumber)
		advance(15 * time.Second)
		j.want()
		if got := j.state().known; !slices.Equal(got, []string{"shardId-000000000001", "shardId-000000000002"}) {
			w.Errorf("found %q", got)
		}
		want := []string{w.put("a", 2)}
		w.must(w.srv.Reshard(streamName, 3))
		want = append(want, w.put("a", 3), w.put("b", 4))
		advance(15 * time.Second)
		j.want(want...)
	})
}

func TestManyShardsAreListedPageByPage(t *testing.T) {
	inWorld(t, 2500, func(w *world) {
		src := w.open(w.table(userAndNumber))
		splits, err := src.Splits(w.Context())
		w.must(err)
		ids := map[string]bool{}
		for _, split := range splits {
			ids[split.ID] = true
		}
		if len(splits) != 2500 || len(ids) != 2500 || w.srv.Calls("ListShards") != 3 {
			w.Errorf("got %d shards, %d different ones, in %d calls", len(splits), len(ids), w.srv.Calls("ListShards"))
		}
		again, err := src.Splits(w.Context())
		w.must(err)
		if len(again) != 0 {
			w.Errorf("the second listing has %d new shards", len(again))
		}
	})
}

func TestMergedShardHasBothParents(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		_, err := w.api.MergeShards(w.Context(), &kinesis.MergeShardsInput{
			StreamName: aws.String(streamName), ShardToMerge: aws.String("shardId-000000000000"), AdjacentShardToMerge: aws.String("shardId-000000000001"),
		})
		w.must(err)
		splits, err := w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")).Splits(w.Context())
		w.must(err)
		if got := splits[2].Parents; !slices.Equal(got, []string{"shardId-000000000000", "shardId-000000000001"}) {
			w.Errorf("got parents %q", got)
		}
	})
}

func TestStreamByARN(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		want := w.put("a", 1)
		arn := "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"
		w.options = append([]string{"stream.arn", arn, "aws.endpoint", "http://kinesis.local"}, keys...)
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
		advance(15 * time.Second)
		j.want(want)
	})
}
