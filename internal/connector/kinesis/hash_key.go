package kinesis

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"math/bits"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// hashKey is a number of 128 bits, by which records are assigned to shards.
type hashKey struct{ high, low uint64 }

// hashOf returns the hash key of a partition key.
func hashOf(partitionKey []byte) hashKey {
	sum := md5.Sum(partitionKey)
	return hashKey{high: binary.BigEndian.Uint64(sum[:8]), low: binary.BigEndian.Uint64(sum[8:])}
}

// parseHashKey reads a decimal number without leading zeros.
func parseHashKey[T string | []byte](text T) (hashKey, bool) {
	const mostDigits = 39 // of 2^128-1
	if len(text) == 0 || len(text) > mostDigits || text[0] == '0' && len(text) > 1 {
		return hashKey{}, false
	}
	var k hashKey
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return hashKey{}, false
		}
		overflow, high := bits.Mul64(k.high, 10)
		carry, low := bits.Mul64(k.low, 10)
		var c uint64
		k.low, c = bits.Add64(low, uint64(digit), 0)
		k.high, c = bits.Add64(high, carry, c)
		if overflow != 0 || c != 0 {
			return hashKey{}, false
		}
	}
	return k, true
}

func (k hashKey) less(other hashKey) bool {
	return k.high < other.high || k.high == other.high && k.low < other.low
}

// hashRange is the hash keys of a shard, both ends included.
type hashRange struct{ start, end hashKey }

// everyHash is the range of a shard that takes all records.
var everyHash = hashRange{end: hashKey{high: ^uint64(0), low: ^uint64(0)}}

func (r hashRange) contains(k hashKey) bool { return !k.less(r.start) && !r.end.less(k) }

// parseHashRange reads a range as the service describes it.
func parseHashRange(in *types.HashKeyRange) (r hashRange, ok bool) {
	if in == nil || in.StartingHashKey == nil || in.EndingHashKey == nil {
		return hashRange{}, false
	}
	start, ok1 := parseHashKey(*in.StartingHashKey)
	end, ok2 := parseHashKey(*in.EndingHashKey)
	return hashRange{start: start, end: end}, ok1 && ok2
}

// noteRange remembers the range of a shard. The caller holds the lock.
func (s *source) noteRange(shard string, in *types.HashKeyRange) {
	if r, ok := parseHashRange(in); ok {
		s.ranges[shard] = r
	}
}

// hashRange returns the range of a shard. One that has not been listed yet, because it ended before
// the start position, is looked up; if the stream does not have it any more, known is false.
func (s *source) hashRange(ctx context.Context, shard string) (r hashRange, known bool, err error) {
	s.mu.Lock()
	r, known = s.ranges[shard]
	s.mu.Unlock()
	if known {
		return r, true, nil
	}
	found, err := s.listPages(ctx, &types.ShardFilter{Type: types.ShardFilterTypeFromTrimHorizon})
	if err != nil {
		return hashRange{}, false, s.explain(ctx, "ListShards", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, listed := range found.shards {
		s.noteRange(*listed.ShardId, listed.HashKeyRange)
	}
	r, known = s.ranges[shard]
	return r, known, nil
}
