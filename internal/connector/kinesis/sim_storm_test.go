package kinesis

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/kinesisserver"
)

// produce writes records until the storm is over: for each key numbers that go up, each when the one
// before it is stored.
func (s *storm) produce(producer int) {
	random := rand.New(rand.NewPCG(s.plan.seed, uint64(10+producer)))
	next := map[string]int{}
	for s.Context().Err() == nil && !s.over.Load() {
		for range 1 + random.IntN(8) {
			key := fmt.Sprintf("%d-%c", producer, 'a'+random.IntN(6))
			next[key]++
			s.store(key, next[key])
		}
		s.pause(time.Duration(random.IntN(1500)) * time.Millisecond)
	}
}

// store puts a record until the service has it. It may then be there twice.
func (s *storm) store(key string, n int) {
	for s.Context().Err() == nil {
		_, err := s.api.PutRecord(s.Context(), &kinesis.PutRecordInput{
			StreamName: aws.String(streamName), PartitionKey: &key, Data: fmt.Appendf(nil, `{"usr":%q,"n":%d}`, key, n),
		})
		if err == nil {
			return
		}
		s.pause(100 * time.Millisecond)
	}
}

func (s *storm) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))
}

// act does one thing that may happen to a stream or to its reader.
func (s *storm) act() {
	stream := pick(s.random, streamName, streamName, copyName)
	var err error
	switch s.random.IntN(12) {
	case 0, 1, 2:
		err = s.split(stream)
	case 3, 4:
		err = s.merge(stream)
	case 5:
		target := int32(1 + s.random.IntN(6))
		s.trace("%s gets %d shards", stream, target)
		_, err = s.api.UpdateShardCount(s.Context(), &kinesis.UpdateShardCountInput{
			StreamName: &stream, TargetShardCount: &target, ScalingType: types.ScalingTypeUniformScaling,
		})
	case 6:
		s.trace("iterators expire")
		s.srv.ExpireIterators()
	case 7:
		s.trace("restart")
		s.end()
		s.pause(s.between(0, 5*time.Second))
		s.begin()
	default:
		s.strike()
	}
	if err != nil {
		s.trace("not possible: %v", err)
	}
}

// unlucky is the percentage of requests that may fail without ever failing too often in a row.
const unlucky = 15

// strike adds a fault that passes.
func (s *storm) strike() {
	operations := []string{"GetRecords", "GetRecords", "GetShardIterator", "ListShards", "PutRecords", "PutRecords", "PutRecord", ""}
	if s.plan.fanOut {
		operations = append(operations, "SubscribeToShard", "SubscribeToShard", "SubscribeToShard", "DescribeStreamConsumer")
	}
	fault := kinesisserver.Fault{Operation: pick(s.random, operations...), Percent: float64(10 + s.random.IntN(80)), Count: 1 + s.random.IntN(30)}
	switch s.random.IntN(7) {
	case 0:
		fault.Status = pick(s.random, 500, 503)
	case 1:
		fault.Drop = true
	case 2:
		fault.DropAnswer = true
	case 3:
		fault.Delay = s.between(0, 4*time.Second)
	case 4:
		fault.Operation, fault.RecordPercent, fault.Percent = "PutRecords", float64(10+s.random.IntN(90)), 0
		fault.RecordCode = pick(s.random, "", "", "InternalFailure")
	case 5:
		fault.Operation, fault.EmptyPage = pick(s.random, "GetRecords", "SubscribeToShard"), true
	default:
		fault.Code = pick(s.random, "ProvisionedThroughputExceededException", "LimitExceededException")
	}
	if busy := fault.Delay > 0 || fault.EmptyPage || fault.Code != "" || fault.RecordPercent > 0 && fault.RecordCode == ""; !busy && (fault.Operation == "PutRecords" || fault.Operation == "") {
		fault.Percent, fault.RecordPercent = min(fault.Percent, unlucky), min(fault.RecordPercent, unlucky) // the sink gives up after some time
	}
	if shards := s.shards(streamName); len(shards) > 0 && s.random.IntN(2) == 0 && (fault.Operation == "GetRecords" || fault.Operation == "SubscribeToShard") {
		fault.Shard = *shards[s.random.IntN(len(shards))].ShardId // only this one is slow, or down
	}
	s.trace("fault %+v", fault)
	remove := s.srv.Fault(fault)
	time.AfterFunc(s.between(time.Second, 20*time.Second), remove)
}

// shards lists the shards of a stream; nothing if that fails.
func (s *storm) shards(stream string) []types.Shard {
	out, err := s.api.ListShards(s.Context(), &kinesis.ListShardsInput{StreamName: &stream})
	if err != nil {
		return nil
	}
	return out.Shards
}

// open returns the open shards of a stream in the order of their hash keys.
func (s *storm) open(stream string) []types.Shard {
	shards := slices.DeleteFunc(s.shards(stream), func(shard types.Shard) bool { return shard.SequenceNumberRange.EndingSequenceNumber != nil })
	slices.SortFunc(shards, func(a, b types.Shard) int {
		return number(*a.HashKeyRange.StartingHashKey).Cmp(number(*b.HashKeyRange.StartingHashKey))
	})
	return shards
}

func number(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 10)
	return n
}

// split splits a shard somewhere in its middle half.
func (s *storm) split(stream string) error {
	shards := s.open(stream)
	if len(shards) == 0 || len(shards) > 8 {
		return nil
	}
	shard := pick(s.random, shards...)
	start, end := number(*shard.HashKeyRange.StartingHashKey), number(*shard.HashKeyRange.EndingHashKey)
	width := new(big.Int).Sub(end, start)
	at := new(big.Int).Div(new(big.Int).Mul(width, big.NewInt(int64(25+s.random.IntN(50)))), big.NewInt(100))
	at.Add(at, start)
	s.trace("split %s of %s", *shard.ShardId, stream)
	_, err := s.api.SplitShard(s.Context(), &kinesis.SplitShardInput{StreamName: &stream, ShardToSplit: shard.ShardId, NewStartingHashKey: aws.String(at.String())})
	return err
}

// merge merges two neighbours.
func (s *storm) merge(stream string) error {
	shards := s.open(stream)
	if len(shards) < 2 {
		return nil
	}
	at := s.random.IntN(len(shards) - 1)
	s.trace("merge %s and %s of %s", *shards[at].ShardId, *shards[at+1].ShardId, stream)
	_, err := s.api.MergeShards(s.Context(), &kinesis.MergeShardsInput{
		StreamName: &stream, ShardToMerge: shards[at].ShardId, AdjacentShardToMerge: shards[at+1].ShardId,
	})
	return err
}

// calm ends all faults.
func (s *storm) calm() {
	s.srv.ClearFaults()
	s.pause(5 * time.Second) // what was held up goes on
}

// contents is what a stream holds, shard by shard in the order in which they came into being.
type contents struct {
	shards  []types.Shard
	records []stored
}

// stored is a record in a stream; data is what is in it.
type stored struct {
	shard, seq string
	arrived    time.Time
	data       struct {
		User  string `json:"usr"`
		N     int64  `json:"n"`
		Shard string `json:"shard"`
		Seq   string `json:"seq"`
	}
}

// contents reads a stream as simply as that can be done.
func (s *storm) contents(stream string) (all contents) {
	s.Helper()
	out, err := s.api.ListShards(s.Context(), &kinesis.ListShardsInput{StreamName: &stream})
	s.must(err)
	all.shards = out.Shards
	for _, shard := range out.Shards {
		it, err := s.api.GetShardIterator(s.Context(), &kinesis.GetShardIteratorInput{
			StreamName: &stream, ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		})
		s.must(err)
		for next := it.ShardIterator; next != nil; {
			s.pause(time.Second) // the limits of a shard, with other readers
			out, err := s.api.GetRecords(s.Context(), &kinesis.GetRecordsInput{ShardIterator: next})
			if isThrottled(err) {
				continue
			}
			s.must(err)
			for _, r := range out.Records {
				record := stored{shard: *shard.ShardId, seq: *r.SequenceNumber, arrived: *r.ApproximateArrivalTimestamp}
				s.must(json.Unmarshal(r.Data, &record.data))
				all.records = append(all.records, record)
			}
			if next = out.NextShardIterator; *out.MillisBehindLatest == 0 {
				break
			}
		}
	}
	return all
}

func isThrottled(err error) bool { return err != nil && classify(err) == throttled }

// before returns what arrived before a moment.
func before(all contents, moment time.Time) contents {
	early := contents{shards: all.shards}
	for _, r := range all.records {
		if r.arrived.Before(moment) {
			early.records = append(early.records, r)
		}
	}
	return early
}

func (c contents) missing(seen map[string]bool) (n int) {
	for _, r := range c.records {
		if !seen[r.shard+"/"+r.seq] {
			n++
		}
	}
	return n
}
