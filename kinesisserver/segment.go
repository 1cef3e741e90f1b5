package kinesisserver

const (
	// The first segments of a shard are small, so that thousands of quiet shards cost little.
	minSegmentBytes = 16 << 10
	maxSegmentBytes = 1 << 20
)

// segment is a run of consecutive records of one shard, kept as they go out: JSON objects, each
// followed by a comma, one after the other in one arena. A page of GetRecords is therefore a few
// sub-slices of arenas. The arena never moves and never changes below its length, so a reader may
// keep a sub-slice after it has let go of the shard's lock.
type segment struct {
	base    int64 // position of the first record
	arena   []byte
	records []recordInfo
}

// recordInfo is what is known of a record besides its JSON.
type recordInfo struct {
	end     uint32 // where its JSON ends in the arena, comma included
	size    uint32 // bytes of data and partition key: what the limits count
	arrival int64  // epoch milliseconds
}

func newSegment(base int64, capacity int) *segment {
	return &segment{base: base, arena: make([]byte, 0, capacity)}
}

// room reports whether n more bytes fit.
func (s *segment) room(n int) bool { return cap(s.arena)-len(s.arena) >= n }

// start returns where the i-th record begins in the arena.
func (s *segment) start(i int) uint32 {
	if i == 0 {
		return 0
	}
	return s.records[i-1].end
}

// json returns the JSON of records [from, to), with its trailing comma.
func (s *segment) json(from, to int) []byte {
	return s.arena[s.start(from):s.start(to):s.start(to)]
}

// next returns the position after the last record.
func (s *segment) next() int64 { return s.base + int64(len(s.records)) }

func (s *segment) lastArrival() int64 { return s.records[len(s.records)-1].arrival }
