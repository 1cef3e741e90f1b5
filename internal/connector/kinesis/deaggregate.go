package kinesis

import (
	"context"
	"log/slog"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/format"
)

// userRecords are the user records of a page: those in its aggregates, and the records that are no
// aggregates. Their memory is used again for the next page.
type userRecords struct {
	data    [][]byte
	origins []origin
	// The tables of all aggregates of the page.
	partitionKeys, hashKeys [][]byte

	malformed []format.BadRecord // aggregates, by their number in the page
	// Of the aggregates that are not for the shard: how many user records they have, and the number in
	// the page of the first of them.
	dropped, firstForeign int

	parsed   aggregate
	verdicts []verdict // whether the partition keys of parsed are in the range of the shard
}

// origin is where a user record comes from.
type origin struct {
	record       int32 // number of the record in the page
	sub          int32 // sub-sequence number in the record
	partitionKey int32 // in the tables, or none
	hashKey      int32
}

// none is the index of no entry of a table.
const none = -1

// verdict is whether a hash key is in a range, once somebody has wanted to know.
type verdict uint8

const (
	unjudged verdict = iota
	inside
	outside
)

func (u *userRecords) reset() {
	clear(u.data) // the page may go
	clear(u.partitionKeys)
	clear(u.hashKeys)
	u.data, u.origins = u.data[:0], u.origins[:0]
	u.partitionKeys, u.hashKeys = u.partitionKeys[:0], u.hashKeys[:0]
	u.malformed, u.dropped = u.malformed[:0], 0
}

// addPlain adds a record as it is.
func (u *userRecords) addPlain(record int, data []byte) {
	u.data = append(u.data, data)
	u.origins = append(u.origins, origin{record: int32(record), partitionKey: none, hashKey: none})
}

// add adds the user records of a record. An aggregate with a user record whose hash key is outside
// the range of the shard was meant for another one, where the producer has sent it again: none of it
// counts.
func (u *userRecords) add(record int, data []byte, shardRange func() (hashRange, error)) error {
	message, ok := aggregateMessage(data)
	if !ok || !u.parsed.parse(message) {
		u.addPlain(record, data)
		return nil
	}
	if !u.wellFormed(record) {
		return nil
	}
	r, err := shardRange()
	if err != nil {
		return err
	}
	if r != everyHash && !u.allWithin(r) {
		if u.dropped == 0 {
			u.firstForeign = record
		}
		u.dropped += len(u.parsed.users)
		return nil
	}
	keys, hashes := int32(len(u.partitionKeys)), int32(len(u.hashKeys))
	u.partitionKeys = append(u.partitionKeys, u.parsed.partitionKeys...)
	u.hashKeys = append(u.hashKeys, u.parsed.hashKeys...)
	for i, user := range u.parsed.users {
		from := origin{record: int32(record), sub: int32(i), partitionKey: keys + int32(user.key), hashKey: none}
		if user.explicit {
			from.hashKey = hashes + int32(user.hash)
		}
		u.data = append(u.data, user.data)
		u.origins = append(u.origins, from)
	}
	return nil
}

// wellFormed checks the aggregate of a record, and notes it if it is not.
func (u *userRecords) wellFormed(record int) bool {
	err := u.parsed.check()
	if err != nil {
		u.malformed = append(u.malformed, format.BadRecord{Record: record, Cause: format.Malformed, Err: err})
	}
	return err == nil
}

// allWithin reports whether all user records of the aggregate belong into a range.
func (u *userRecords) allWithin(r hashRange) bool {
	u.verdicts = slices.Grow(u.verdicts[:0], len(u.parsed.partitionKeys))[:len(u.parsed.partitionKeys)]
	clear(u.verdicts)
	for _, user := range u.parsed.users {
		if user.explicit {
			if k, _ := parseHashKey(u.parsed.hashKeys[user.hash]); !r.contains(k) { // well-formed: see check
				return false
			}
			continue
		}
		if u.verdicts[user.key] == unjudged {
			u.verdicts[user.key] = outside
			if r.contains(hashOf(u.parsed.partitionKeys[user.key])) {
				u.verdicts[user.key] = inside
			}
		}
		if u.verdicts[user.key] == outside {
			return false
		}
	}
	return true
}

// skip leaves out the first user records of the page's first record, as many as a position says are
// behind it.
func (u *userRecords) skip(taken int) {
	n := 0
	for n < len(u.origins) && u.origins[n].record == 0 && int(u.origins[n].sub) < taken {
		n++
	}
	u.data, u.origins = slices.Delete(u.data, 0, n), slices.Delete(u.origins, 0, n)
}

// positionAfter returns the position after the first n user records of a page, at least one.
func (u *userRecords) positionAfter(n int, page []types.Record) position {
	last := u.origins[n-1]
	number := page[last.record].SequenceNumber
	if number == nil {
		return position{}
	}
	if n < len(u.origins) && u.origins[n].record == last.record {
		return within(*number, int(last.sub)+1)
	}
	return after(*number)
}

// reportForeign counts the user records that were left out and says so from time to time.
func (d *decoder) reportForeign(ctx context.Context) {
	if d.users.dropped == 0 {
		return
	}
	d.meter.Foreign.Add(int64(d.users.dropped))
	if before, ok := d.foreign.Admit(d.users.dropped); ok {
		first := &d.page.records[d.users.firstForeign]
		d.logger.WarnContext(ctx, "aggregate left out: a user record in it belongs to another shard", slog.String("stream", d.stream),
			slog.String("shard", d.shard), slog.String("sequence_number", text(first.SequenceNumber)), slog.Int("user_records", before+d.users.dropped))
	}
}
