package kinesisserver

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// listed returns the numbers of the shards a filter selects, such as "0 1 5".
func (w *world) listed(filter types.ShardFilter) string {
	w.Helper()
	out, err := w.client.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: aws.String("clicks"), ShardFilter: &filter})
	w.must(err)
	var ids []string
	for _, sh := range out.Shards {
		ids = append(ids, strings.TrimPrefix(*sh.ShardId, "shardId-00000000000"))
	}
	return strings.Join(ids, " ")
}

func TestShardFiltersSelectByTime(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 1) // 0
		atCreation := types.ShardFilter{Type: types.ShardFilterTypeAtTrimHorizon}
		if got := w.listed(atCreation); got != "0" {
			w.Errorf("new stream at the trim horizon: %s", got)
		}
		advance(time.Hour)
		beforeSplit := time.Now()
		advance(time.Hour)
		w.split("clicks", "0", twoTo127) // 1 2
		advance(time.Hour)
		beforeMerge := time.Now()
		advance(time.Hour)
		w.merge("clicks", "1", "2") // 3
		advance(time.Hour)

		for _, c := range []struct {
			name   string
			filter types.ShardFilter
			want   string
		}{
			{"at latest", types.ShardFilter{Type: types.ShardFilterTypeAtLatest}, "3"},
			{"at trim horizon", atCreation, "0"},
			{"from trim horizon", types.ShardFilter{Type: types.ShardFilterTypeFromTrimHorizon}, "0 1 2 3"},
			{"after shard id", types.ShardFilter{Type: types.ShardFilterTypeAfterShardId, ShardId: aws.String("shardId-000000000001")}, "2 3"},
			{"at timestamp before split", types.ShardFilter{Type: types.ShardFilterTypeAtTimestamp, Timestamp: &beforeSplit}, "0"},
			{"at timestamp before merge", types.ShardFilter{Type: types.ShardFilterTypeAtTimestamp, Timestamp: &beforeMerge}, "1 2"},
			{"at timestamp before the stream", types.ShardFilter{Type: types.ShardFilterTypeAtTimestamp, Timestamp: aws.Time(beforeSplit.Add(-2 * time.Hour))}, "0"},
			{"from timestamp before split", types.ShardFilter{Type: types.ShardFilterTypeFromTimestamp, Timestamp: &beforeSplit}, "0 1 2 3"},
			{"from timestamp before merge", types.ShardFilter{Type: types.ShardFilterTypeFromTimestamp, Timestamp: &beforeMerge}, "1 2 3"},
		} {
			if got := w.listed(c.filter); got != c.want {
				w.Errorf("%s: got %s, want %s", c.name, got, c.want)
			}
		}
		advance(22 * time.Hour) // the split is 25 hours ago, the merge 23
		if got := w.listed(atCreation); got != "1 2" {
			w.Errorf("at the later trim horizon: %s", got)
		}
	})
}

func TestShardFilterNeedsItsParameter(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	for kind, parameter := range map[types.ShardFilterType]string{
		types.ShardFilterTypeAfterShardId: "ShardId", types.ShardFilterTypeAtTimestamp: "Timestamp", types.ShardFilterTypeFromTimestamp: "Timestamp",
	} {
		_, err := w.client.ListShards(w.Context(), &kinesis.ListShardsInput{
			StreamName: aws.String("clicks"), ShardFilter: &types.ShardFilter{Type: kind},
		})
		wantError(t, err, "InvalidArgumentException", parameter+" must be provided")
	}
}

func TestListShardsPagesKeepTheirFilter(t *testing.T) {
	inBubble(t, Config{}, func(w *world) {
		w.create("clicks", 5)
		w.split("clicks", "2", "150000000000000000000000000000000000000")
		name, filter := aws.String("clicks"), &types.ShardFilter{Type: types.ShardFilterTypeAtLatest}
		var ids []string
		out, err := w.client.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: name, ShardFilter: filter, MaxResults: aws.Int32(2)})
		for {
			w.must(err)
			for _, sh := range out.Shards {
				ids = append(ids, (*sh.ShardId)[19:])
			}
			if out.NextToken == nil {
				break
			}
			out, err = w.client.ListShards(w.Context(), &kinesis.ListShardsInput{NextToken: out.NextToken, MaxResults: aws.Int32(3)})
		}
		if got := strings.Join(ids, " "); got != "0 1 3 4 5 6" {
			w.Errorf("listed %s", got)
		}

		out, err = w.client.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: name, MaxResults: aws.Int32(2)})
		w.must(err)
		_, err = w.client.ListShards(w.Context(), &kinesis.ListShardsInput{StreamName: name, NextToken: out.NextToken})
		wantError(w.T, err, "InvalidArgumentException", "NextToken and StreamName cannot be provided together.")
		_, err = w.client.ListShards(w.Context(), &kinesis.ListShardsInput{NextToken: aws.String("nonsense")})
		wantError(w.T, err, "InvalidArgumentException", "Invalid NextToken.")
		_, err = w.client.ListShards(w.Context(), &kinesis.ListShardsInput{})
		wantError(w.T, err, "InvalidArgumentException", "Either NextToken or StreamName should be provided.")
		advance(301 * time.Second)
		_, err = w.client.ListShards(w.Context(), &kinesis.ListShardsInput{NextToken: out.NextToken})
		wantError(w.T, err, "ExpiredNextTokenException", "NextToken expired.")
	})
}

func TestListShardsOfAnotherIncarnationIsNotFound(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	_, err := w.client.ListShards(w.Context(), &kinesis.ListShardsInput{
		StreamName: aws.String("clicks"), StreamCreationTimestamp: aws.Time(time.Now().Add(-time.Hour)),
	})
	wantError(t, err, "ResourceNotFoundException", "not found.")
}
