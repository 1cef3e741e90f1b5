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

const twoTo127 = "170141183460469231731687303715884105728"

func (w *world) split(stream, shard, key string) {
	w.Helper()
	_, err := w.client.SplitShard(w.Context(), &kinesis.SplitShardInput{StreamName: &stream, ShardToSplit: &shard, NewStartingHashKey: &key})
	w.must(err)
}

func (w *world) merge(stream, shard, adjacent string) {
	w.Helper()
	_, err := w.client.MergeShards(w.Context(), &kinesis.MergeShardsInput{StreamName: &stream, ShardToMerge: &shard, AdjacentShardToMerge: &adjacent})
	w.must(err)
}

func TestClosedShardReturnsChildShards(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.put("clicks", "k", "a")
	w.put("clicks", "k", "b")
	w.split("clicks", "shardId-000000000000", twoTo127)

	it := w.iterator("clicks", "shardId-000000000000", types.ShardIteratorTypeTrimHorizon, "")
	out, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it, Limit: aws.Int32(1)})
	w.must(err)
	if out.NextShardIterator == nil || out.ChildShards != nil {
		t.Fatal("the shard ended before it was read to its end")
	}
	out = w.get(*out.NextShardIterator)
	if data(out) != "b" || out.NextShardIterator != nil || *out.MillisBehindLatest != 0 || len(out.ChildShards) != 2 {
		t.Fatalf("last page: %q, iterator %v, children %v", data(out), out.NextShardIterator, out.ChildShards)
	}
	want := []string{"shardId-000000000001 0 170141183460469231731687303715884105727", "shardId-000000000002 " + twoTo127 + " " + maxHashKey.String()}
	for i, child := range out.ChildShards {
		got := fmt.Sprint(*child.ShardId, " ", *child.HashKeyRange.StartingHashKey, " ", *child.HashKeyRange.EndingHashKey)
		if got != want[i] || !slices.Equal(child.ParentShards, []string{"shardId-000000000000"}) {
			t.Errorf("child %d: %s of %v", i, got, child.ParentShards)
		}
	}
}

func TestEndingSequenceNumberLeadsToTheEndOfTheShard(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.put("clicks", "k", "a")
	w.split("clicks", "0", twoTo127)
	end := w.shards("clicks")[0].SequenceNumberRange.EndingSequenceNumber
	if n, ok := parseSequenceNumber(aws.ToString(end)); !ok || n.record != endOfShard {
		t.Fatalf("ending sequence number %v tells %+v", aws.ToString(end), n)
	}
	out := w.get(w.iterator("clicks", "0", types.ShardIteratorTypeAfterSequenceNumber, *end))
	if len(out.Records) != 0 || out.NextShardIterator != nil || len(out.ChildShards) != 2 {
		t.Errorf("%d records, iterator %v, %d children", len(out.Records), out.NextShardIterator, len(out.ChildShards))
	}
}

func TestMergedShardHasTwoParents(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 2)
	w.merge("clicks", "shardId-000000000001", "shardId-000000000000")
	shards := w.shards("clicks")
	child := shards[2]
	if *child.ParentShardId != "shardId-000000000001" || *child.AdjacentParentShardId != "shardId-000000000000" ||
		*child.HashKeyRange.StartingHashKey != "0" || *child.HashKeyRange.EndingHashKey != maxHashKey.String() {
		t.Errorf("child %+v", child)
	}
	for _, parent := range []string{"0", "1"} {
		out := w.get(w.iterator("clicks", parent, types.ShardIteratorTypeTrimHorizon, ""))
		if out.NextShardIterator != nil || len(out.ChildShards) != 1 ||
			!slices.Equal(out.ChildShards[0].ParentShards, []string{"shardId-000000000001", "shardId-000000000000"}) {
			t.Errorf("end of parent %s: %+v", parent, out)
		}
	}
}

func TestChildrenStartAfterTheirParentsEnd(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.put("clicks", "k", "a")
	w.split("clicks", "0", twoTo127)
	w.merge("clicks", "1", "2")
	w.put("clicks", "k", "b")
	shards := w.shards("clicks")
	for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}} {
		parent, child := shards[pair[0]].SequenceNumberRange, shards[pair[1]].SequenceNumberRange
		if *child.StartingSequenceNumber <= *parent.EndingSequenceNumber {
			t.Errorf("shard %d starts at %s, its parent %d ends at %s", pair[1], *child.StartingSequenceNumber, pair[0], *parent.EndingSequenceNumber)
		}
	}
	if got := w.read("clicks", "3"); got != "b" {
		t.Errorf("the child holds %q", got)
	}
}

func TestStreamIsUpdatingUntilReshardIsDone(t *testing.T) {
	inBubble(t, Config{StreamDelay: 30 * time.Second}, func(w *world) {
		w.create("clicks", 1)
		advance(time.Minute)
		w.split("clicks", "0", twoTo127)
		_, err := w.client.SplitShard(w.Context(), &kinesis.SplitShardInput{
			StreamName: aws.String("clicks"), ShardToSplit: aws.String("0"), NewStartingHashKey: aws.String("2"),
		})
		wantError(w.T, err, "ResourceInUseException", "Stream clicks under account 000000000000 not ACTIVE, instead in state UPDATING")
		if out := w.put("clicks", "k", "a"); *out.ShardId != "shardId-000000000000" || len(w.shards("clicks")) != 1 {
			w.Errorf("written to %s, %d shards", *out.ShardId, len(w.shards("clicks")))
		}
		advance(time.Minute)
		if out := w.put("clicks", "k", "b"); *out.ShardId == "shardId-000000000000" || len(w.shards("clicks")) != 3 {
			w.Errorf("written to %s, %d shards", *out.ShardId, len(w.shards("clicks")))
		}
	})
}

func TestClosedShardExpiresWithItsData(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1)
		w.put("clicks", "k", "a")
		w.split("clicks", "0", twoTo127)
		advance(23 * time.Hour)
		if n := len(w.shards("clicks")); n != 3 {
			w.Errorf("%d shards after 23 hours", n)
		}
		advance(time.Hour - time.Minute)
		it := w.iterator("clicks", "0", types.ShardIteratorTypeTrimHorizon, "")
		w.get(it)
		advance(2 * time.Minute)
		if n := len(w.shards("clicks")); n != 2 {
			w.Errorf("%d shards after 24 hours", n)
		}
		_, err := w.client.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: &it})
		wantError(w.T, err, "ResourceNotFoundException", "Shard shardId-000000000000 in stream clicks under account 000000000000 does not exist")
	})
}

func TestReshardRefusals(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 3)
	splitAt := func(shard, key string) error {
		_, err := w.client.SplitShard(w.Context(), &kinesis.SplitShardInput{StreamName: aws.String("clicks"), ShardToSplit: &shard, NewStartingHashKey: &key})
		return err
	}
	for shard, key := range map[string]string{
		"shard-0": "1", "0": "113427455640312821154458202477256070484", "shardId-000000000002": "999999999999999999999999999999999999999",
	} {
		wantError(t, splitAt(shard, key), "InvalidArgumentException", "NewStartingHashKey "+key+" used in SplitShard() on shard shardId-00000000000")
	}
	wantError(t, splitAt("7", "5"), "ResourceNotFoundException", "Could not find shard shardId-000000000007 in stream clicks under account 000000000000.")
	wantError(t, splitAt("abc", "5"), "ResourceNotFoundException", "Could not find shard abc in stream")

	_, err := w.client.MergeShards(w.Context(), &kinesis.MergeShardsInput{
		StreamName: aws.String("clicks"), ShardToMerge: aws.String("0"), AdjacentShardToMerge: aws.String("2"),
	})
	wantError(t, err, "InvalidArgumentException", "are not an adjacent pair of shards eligible for merging")
	w.split("clicks", "0", "5")
	wantError(t, splitAt("0", "7"), "InvalidArgumentException", "not eligible for merging or splitting")

	_, err = w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{
		StreamName: aws.String("auto"), StreamModeDetails: &types.StreamModeDetails{StreamMode: types.StreamModeOnDemand},
	})
	w.must(err)
	_, err = w.client.SplitShard(w.Context(), &kinesis.SplitShardInput{
		StreamName: aws.String("auto"), ShardToSplit: aws.String("0"), NewStartingHashKey: aws.String("5"),
	})
	wantError(t, err, "ValidationException", "ON_DEMAND")
}

func TestUpdateShardCountMakesUniformShards(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 3)
	name := aws.String("clicks")
	for _, target := range []int32{4, 8, 5, 5, 3, 2, 1, 2, 3} {
		out, err := w.client.UpdateShardCount(w.Context(), &kinesis.UpdateShardCountInput{
			StreamName: name, TargetShardCount: &target, ScalingType: types.ScalingTypeUniformScaling,
		})
		w.must(err)
		if *out.TargetShardCount != target || *out.StreamName != "clicks" {
			t.Errorf("answer %+v", out)
		}
		open, err := w.client.ListShards(w.Context(), &kinesis.ListShardsInput{
			StreamName: name, ShardFilter: &types.ShardFilter{Type: types.ShardFilterTypeAtLatest},
		})
		w.must(err)
		var starts []string
		for _, sh := range open.Shards {
			starts = append(starts, *sh.HashKeyRange.StartingHashKey+" "+*sh.HashKeyRange.EndingHashKey)
		}
		var want []string
		for i := range int(target) {
			start, end := uniformRange(i, int(target))
			want = append(want, start.String()+" "+end.String())
		}
		slices.Sort(starts)
		slices.Sort(want)
		if !slices.Equal(starts, want) {
			t.Errorf("%d shards: ranges %v, want %v", target, starts, want)
		}
	}
	checkLineage(t, w.shards("clicks"))

	for _, target := range []int32{1, 7} {
		_, err := w.client.UpdateShardCount(w.Context(), &kinesis.UpdateShardCountInput{
			StreamName: name, TargetShardCount: &target, ScalingType: types.ScalingTypeUniformScaling,
		})
		wantError(t, err, "InvalidArgumentException", "your current open shard count. Current open shard count: 3 Target shard count: ")
	}
}

// checkLineage checks that every shard's parents are listed, closed, and cover its range.
func checkLineage(t *testing.T, shards []types.Shard) {
	t.Helper()
	byID := map[string]types.Shard{}
	for _, sh := range shards {
		byID[*sh.ShardId] = sh
		for _, parent := range []*string{sh.ParentShardId, sh.AdjacentParentShardId} {
			if parent == nil {
				continue
			}
			p, ok := byID[*parent]
			if !ok || p.SequenceNumberRange.EndingSequenceNumber == nil ||
				*p.SequenceNumberRange.EndingSequenceNumber >= *sh.SequenceNumberRange.StartingSequenceNumber {
				t.Errorf("%s: parent %s, listed before it: %v", *sh.ShardId, *parent, ok)
			}
		}
	}
}

func TestReshardScalesAnOnDemandStream(t *testing.T) {
	w := newWorld(t, Config{})
	_, err := w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("auto")})
	w.must(err)
	w.must(w.srv.Reshard("auto", 10))
	if n := w.srv.realm("000000000000", "us-east-1").openShards(time.Now()); n != 10 {
		t.Errorf("%d open shards", n)
	}
	checkLineage(t, w.shards("auto"))
}

func TestShardLimitIsEnforced(t *testing.T) {
	w := newWorld(t, Config{ShardLimit: 4})
	w.create("clicks", 3)
	_, err := w.client.CreateStream(w.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("more"), ShardCount: aws.Int32(2)})
	wantError(t, err, "LimitExceededException", "This request would exceed the shard limit for the account 000000000000 in us-east-1. "+
		"Current shard count for the account: 3. Limit: 4. Number of additional shards that would have resulted from this request: 2.")
	w.split("clicks", "0", "5")
	_, err = w.client.SplitShard(w.Context(), &kinesis.SplitShardInput{
		StreamName: aws.String("clicks"), ShardToSplit: aws.String("2"), NewStartingHashKey: aws.String("5"),
	})
	wantError(t, err, "LimitExceededException", "Current shard count for the account: 4.")
	out, err := w.client.DescribeLimits(w.Context(), &kinesis.DescribeLimitsInput{})
	w.must(err)
	if *out.OpenShardCount != 4 || *out.ShardLimit != 4 {
		t.Errorf("%d of %d shards", *out.OpenShardCount, *out.ShardLimit)
	}
}
