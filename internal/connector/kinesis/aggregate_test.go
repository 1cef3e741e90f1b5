package kinesis

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// userRecord is what a producer hands to the KPL.
type userRecord struct{ partitionKey, hashKey, data string }

func appendField(dst []byte, number uint64, content []byte) []byte {
	dst = binary.AppendUvarint(dst, number<<3|wireBytes)
	return append(binary.AppendUvarint(dst, uint64(len(content))), content...)
}

// aggregateMessageOf returns the message of an aggregate, with tables in which nothing occurs twice.
func aggregateMessageOf(users []userRecord) []byte {
	var keys, hashes []string
	index := func(table *[]string, text string) uint64 {
		if i := slices.Index(*table, text); i >= 0 {
			return uint64(i)
		}
		*table = append(*table, text)
		return uint64(len(*table) - 1)
	}
	var records []byte
	for _, user := range users {
		var r []byte
		r = binary.AppendUvarint(append(r, fieldKeyIndex<<3|wireVarint), index(&keys, user.partitionKey))
		if user.hashKey != "" {
			r = binary.AppendUvarint(append(r, fieldHashIndex<<3|wireVarint), index(&hashes, user.hashKey))
		}
		r = appendField(r, fieldData, []byte(user.data))
		r = appendField(r, 4, []byte("\x0a\x01k\x12\x01v")) // a tag
		records = appendField(records, fieldUsers, r)
	}
	var message []byte
	for _, key := range keys {
		message = appendField(message, fieldPartitionKeys, []byte(key))
	}
	for _, hash := range hashes {
		message = appendField(message, fieldHashKeys, []byte(hash))
	}
	return append(message, records...)
}

func sealed(message []byte) []byte {
	sum := md5.Sum(message)
	return slices.Concat(aggregateMagic, message, sum[:])
}

func aggregateOf(users ...userRecord) []byte { return sealed(aggregateMessageOf(users)) }

// putAggregate writes an aggregate as the KPL does: by the hash key of its first user record.
func (w *world) putAggregate(users ...userRecord) {
	w.Helper()
	k := hashOf([]byte(users[0].partitionKey))
	hash := new(big.Int).Lsh(new(big.Int).SetUint64(k.high), 64)
	hash.Or(hash, new(big.Int).SetUint64(k.low))
	w.putHashed("a", hash.String(), aggregateOf(users...))
}

func (w *world) putHashed(partitionKey, hashKey string, data []byte) {
	w.Helper()
	in := &kinesis.PutRecordInput{StreamName: aws.String(streamName), PartitionKey: &partitionKey, Data: data}
	if hashKey != "" {
		in.ExplicitHashKey = &hashKey
	}
	_, err := w.api.PutRecord(w.Context(), in)
	w.must(err)
}

func user(name string, n int) userRecord {
	return userRecord{partitionKey: name, data: fmt.Sprintf(`{"usr":%q,"n":%d}`, name, n)}
}

var withOrigin = []connector.Column{
	{Name: "sub", Type: types.Of(types.BigInt).Required(), Metadata: metadataSubSequenceNumber},
	{Name: "n", Type: types.Of(types.BigInt)},
	{Name: "key", Type: varchar256, Metadata: metadataPartitionKey},
	{Name: "hash", Type: varchar39, Metadata: metadataExplicitHashKey},
	{Name: "usr", Type: types.String},
}

// publishers are both ways to get at records.
var publishers = map[string][]string{"polling": nil, "fan-out": {"scan.stream.recordpublisher", "EFO", "scan.stream.efo.consumername", "test"}}

func TestUserRecordsOfAnAggregateAreRows(t *testing.T) {
	for name, options := range publishers {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 1, func(w *world) {
				w.put("plain", 1)
				empty := appendField(appendField(nil, fieldPartitionKeys, []byte("nobody")), fieldHashKeys, []byte("7"))
				w.putHashed("a", "", sealed(empty)) // has no user records
				hashed := user("x", 4)
				hashed.hashKey = "340282366920938463463374607431768211455"
				w.putAggregate(user("a", 2), user("b", 3), hashed, user("a", 5))
				w.put("plain", 6)
				j := w.run(w.open(w.table(withOrigin, append([]string{"scan.stream.initpos", "TRIM_HORIZON"}, options...)...)), withOrigin)
				advance(2 * time.Second)
				j.want(
					"0 | 1 | plain | NULL | plain", "0 | 2 | a | NULL | a", "1 | 3 | b | NULL | b",
					"2 | 4 | x | 340282366920938463463374607431768211455 | x", "3 | 5 | a | NULL | a", "0 | 6 | plain | NULL | plain",
				)
				if got := w.meter.Records.Load(); got != 6 {
					w.Errorf("meter counts %d records", got)
				}
			})
		})
	}
}

func TestAggregatesStayWholeWithoutDeaggregation(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.putAggregate(user("a", 2), user("b", 3))
		want := w.put("plain", 1)
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.kpl.deaggregation", "false")), userAndNumber)
		advance(time.Second)
		j.want(want)
		if got := w.meter.BadRecords.Load(); got != 1 {
			w.Errorf("meter counts %d bad records, want the aggregate", got)
		}
	})
}

// What is not sealed as an aggregate, or is no message, is a record like any other.
func TestRecordsThatOnlyLookLikeAggregatesAreLeftAlone(t *testing.T) {
	broken := aggregateOf(user("a", 1))
	broken[len(broken)-1] ^= 1
	noData := appendField(nil, fieldUsers, []byte{fieldKeyIndex<<3 | wireVarint, 0})
	for _, data := range [][]byte{
		nil, aggregateMagic, sealed(nil), broken, broken[:20], sealed([]byte{0xff}), sealed([]byte("hello")), sealed([]byte{0, 0}),
		sealed(slices.Concat(aggregateMessageOf([]userRecord{user("a", 1)}), []byte{0x1a, 0x7f})), sealed(noData),
		sealed([]byte{fieldUsers<<3 | 3}), append(bytes.Clone(aggregateMagic), "0123456789abcdef"...),
	} {
		var u userRecords
		if err := u.add(0, data, nil); err != nil {
			t.Fatal(err)
		}
		if len(u.data) != 1 || !bytes.Equal(u.data[0], data) || u.origins[0].partitionKey != none || len(u.malformed) > 0 {
			t.Errorf("%q became %q, %+v", data, u.data, u.malformed)
		}
	}
}

func TestAggregatesWithMalformedTablesAreBadRecords(t *testing.T) {
	noKey := appendField(nil, fieldUsers, append([]byte{fieldKeyIndex<<3 | wireVarint, 0}, appendField(nil, fieldData, []byte(`{"n":1}`))...))
	noHash := append(appendField(nil, fieldPartitionKeys, []byte("a")),
		appendField(nil, fieldUsers, append([]byte{fieldKeyIndex<<3 | wireVarint, 0, fieldHashIndex<<3 | wireVarint, 7}, appendField(nil, fieldData, []byte(`{"n":1}`))...))...)
	hashed := user("a", 1)
	hashed.hashKey = "340282366920938463463374607431768211456"
	for _, test := range []struct {
		data []byte
		want string
	}{
		{sealed(noKey), "user record 0 of the aggregate has partition key number 0, and there are 0"},
		{sealed(noHash), "user record 0 of the aggregate has explicit hash key number 7, and there are 0"},
		{aggregateOf(hashed), `the aggregate has the explicit hash key "340282366920938463463374607431768211456", which is no number below 2^128`},
	} {
		inWorld(t, 1, func(w *world) {
			w.putHashed("k", "", test.data)
			want := w.put("plain", 1)
			j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")), userAndNumber)
			advance(time.Second)
			j.want(want)
			if w.meter.BadRecords.Load() != 1 || !strings.Contains(strings.ReplaceAll(w.log.String(), `\"`, `"`), test.want) {
				w.Errorf("%d bad records, log %s", w.meter.BadRecords.Load(), w.log)
			}
			j = w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "bad-records", "fail")), userAndNumber)
			advance(time.Second)
			if err := j.state().err; err == nil || !strings.Contains(err.Error(), test.want) {
				w.Errorf("got %v", err)
			}
		})
	}
}

// The KPL guesses the shard of an aggregate. If a shard was split meanwhile, it sends the user
// records that went to the wrong one again.
func TestAggregatesOfAnotherShardAreLeftOut(t *testing.T) {
	for name, options := range publishers {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 2, func(w *world) {
				lower, upper := user("a", 1), user("b", 2) // hash keys 0cc1… and 92eb…
				w.putAggregate(lower, upper)
				w.putAggregate(lower)
				w.putAggregate(upper)
				elsewhere := user("c", 3)
				elsewhere.hashKey = "0" // says otherwise than the partition key
				w.putAggregate(lower, elsewhere)
				j := w.run(w.open(w.table(userAndNumber, append([]string{"scan.stream.initpos", "TRIM_HORIZON"}, options...)...)), userAndNumber)
				advance(2 * time.Second)
				j.want("a | 1", "b | 2", "a | 1", "c | 3")
				if w.meter.Foreign.Load() != 2 || !strings.Contains(w.log.String(), "aggregate left out: a user record in it belongs to another shard") {
					w.Errorf("%d left out, log %s", w.meter.Foreign.Load(), w.log)
				}
			})
		})
	}
}

// A shard that had ended before the source was opened is not among those that it lists.
func TestHashRangeOfAnEndedShardIsLookedUp(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.putAggregate(user("a", 1), user("b", 2))
		w.must(w.srv.Reshard(streamName, 2))
		advance(time.Hour)
		src := w.open(w.table(userAndNumber))
		_, err := src.Splits(w.Context())
		w.must(err)
		reader, err := src.Open(w.Context(), connector.Split{ID: "shardId-000000000000", From: "TRIM_HORIZON"})
		w.must(err)
		defer reader.Close()
		page, err := reader.Next(w.Context())
		w.must(err)
		if got := rows(page.Rows, userAndNumber); !slices.Equal(got, []string{"a | 1", "b | 2"}) || w.meter.Foreign.Load() > 0 {
			w.Errorf("got %q", got)
		}
	})
}

// readFrom reads a shard from a position to its end, in batches of maxRows, and returns the rows and
// the position after each batch.
func (w *world) readFrom(from checkpoint.Position, maxRows int, options ...string) (batches [][]string, positions []checkpoint.Position) {
	w.Helper()
	src := w.open(w.table(userAndNumber, options...))
	src.(*source).maxRows = maxRows
	_, err := src.Splits(w.Context())
	w.must(err)
	reader, err := src.Open(w.Context(), connector.Split{ID: "shardId-000000000000", From: from})
	w.must(err)
	defer reader.Close()
	for {
		page, err := reader.Next(w.Context())
		if errors.Is(err, io.EOF) {
			return batches, positions
		}
		w.must(err)
		batches, positions = append(batches, rows(page.Rows, userAndNumber)), append(positions, page.Position)
	}
}

// Whatever the size of the batches, reading goes on exactly behind each of them.
func TestPositionsWithinAggregatesResumeExactly(t *testing.T) {
	for name, options := range publishers {
		t.Run(name, func(t *testing.T) {
			inWorld(t, 1, func(w *world) {
				var want []string
				next := func() userRecord {
					want = append(want, fmt.Sprintf("u%d | %d", len(want)%3, len(want)))
					return user(fmt.Sprintf("u%d", (len(want)-1)%3), len(want)-1)
				}
				for _, size := range []int{1, 4, 0, 7, 1, 2} {
					if size == 0 {
						r := next()
						w.putHashed(r.partitionKey, "", []byte(r.data))
						continue
					}
					var users []userRecord
					for range size {
						users = append(users, next())
					}
					w.putAggregate(users...)
				}
				w.must(w.srv.Reshard(streamName, 2)) // ends the shard
				advance(time.Second)
				inside := 0
				for maxRows := 1; maxRows <= 5; maxRows++ {
					batches, positions := w.readFrom("TRIM_HORIZON", maxRows, options...)
					if got := slices.Concat(batches...); !slices.Equal(got, want) {
						w.Fatalf("%d rows in a batch: got %q, want %q", maxRows, got, want)
					}
					for i, position := range positions {
						if strings.Count(string(position), ":") == 2 {
							inside++
						}
						rest, _ := w.readFrom(position, 3, options...)
						if got, want := slices.Concat(rest...), slices.Concat(batches[i+1:]...); !slices.Equal(got, want) {
							w.Fatalf("from %s: got %q, want %q", position, got, want)
						}
					}
				}
				if inside == 0 {
					w.Error("no position was within an aggregate")
				}
			})
		})
	}
}

// Behind a position in an aggregate that is gone, nothing of what comes next is skipped.
func TestPositionsWithinTrimmedAggregatesSkipNothing(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		w.putAggregate(user("a", 1), user("b", 2))
		w.must(w.srv.Reshard(streamName, 2))
		_, positions := w.readFrom("TRIM_HORIZON", 1)
		d := decoder{aggregate: true, shard: "shardId-000000000000", hashRange: func(context.Context, string) (hashRange, bool, error) { return everyHash, true, nil }}
		from, err := parsePosition(positions[0])
		w.must(err)
		next := fetched{records: []kinesistypes.Record{{Data: aggregateOf(user("c", 3), user("d", 4)), SequenceNumber: aws.String(sequenceNumber)}}}
		w.must(d.load(w.Context(), next, from))
		if from.taken != 1 || len(d.users.data) != 2 {
			w.Errorf("%d of 2 user records are read from %s", len(d.users.data), positions[0])
		}
	})
}

// FuzzAggregate checks that nothing that is sealed as an aggregate makes the reader fail, and that
// what it makes of it holds together.
func FuzzAggregate(f *testing.F) {
	f.Add(aggregateMessageOf([]userRecord{user("a", 1), {partitionKey: "b", hashKey: "5", data: "x"}}))
	f.Add([]byte{fieldUsers<<3 | wireBytes, 2, fieldKeyIndex<<3 | wireVarint, 0})
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{9 << 3, 1, 9<<3 | wireFixed64, 1, 2, 3, 4, 5, 6, 7, 8, 9<<3 | wireFixed32, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, message []byte) {
		data := sealed(message)
		half := func() (hashRange, error) { return hashRange{end: hashKey{high: 1 << 63}}, nil }
		var u userRecords
		for i := range 2 { // the second time in used memory
			if err := u.add(i, data, half); err != nil {
				t.Fatal(err)
			}
		}
		if len(u.data) != len(u.origins) {
			t.Fatalf("%d data, %d origins", len(u.data), len(u.origins))
		}
		for i, from := range u.origins {
			if from.partitionKey != none {
				_ = u.partitionKeys[from.partitionKey]
			} else if !bytes.Equal(u.data[i], data) {
				t.Fatalf("record became %q", u.data[i])
			}
			if from.hashKey != none {
				_ = u.hashKeys[from.hashKey]
			}
			if i > 0 && from.record == u.origins[i-1].record && from.sub != u.origins[i-1].sub+1 {
				t.Fatalf("%+v follows %+v", from, u.origins[i-1])
			}
		}
	})
}

func BenchmarkDeaggregate(b *testing.B) {
	var users []userRecord
	for n := range 400 {
		users = append(users, userRecord{partitionKey: fmt.Sprintf("user-%d", n%50), data: strings.Repeat("x", 120)})
	}
	data := aggregateOf(users...)
	half := hashRange{end: hashKey{high: ^uint64(0), low: 1}}
	var u userRecords
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		u.reset()
		if err := u.add(0, data, func() (hashRange, error) { return half, nil }); err != nil || len(u.data) != len(users) {
			b.Fatal(err, len(u.data))
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(users))/b.Elapsed().Seconds(), "records/s")
}
