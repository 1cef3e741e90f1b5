package kinesis

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/types"
)

// partitioner appends the partition key of a row to dst.
type partitioner func(dst []byte, b *batch.Batch, row int) []byte

// randomKeys spreads records evenly: 64 random bits are enough for that.
func randomKeys(random *rand.Rand) partitioner {
	return func(dst []byte, _ *batch.Batch, _ int) []byte {
		var bits [8]byte
		binary.BigEndian.PutUint64(bits[:], random.Uint64())
		return hex.AppendEncode(dst, bits[:])
	}
}

// fixedKey gives all records of a writer the same key, so that they go to the same shard.
func fixedKey(lane int) partitioner {
	return func(dst []byte, _ *batch.Batch, _ int) []byte { return strconv.AppendInt(dst, int64(lane), 10) }
}

// columnKeys makes keys of columns: their texts in the order of PARTITIONED BY.
func columnKeys(request connector.SinkRequest, delimiter string) partitioner {
	type part struct {
		column int
		kind   types.Type
	}
	var parts []part
	for _, name := range request.Table.PartitionedBy {
		at := slices.IndexFunc(request.Columns, func(c connector.Column) bool { return strings.EqualFold(c.Name, name) })
		if at >= 0 { // check has made sure
			parts = append(parts, part{column: at, kind: request.Columns[at].Type})
		}
	}
	return func(dst []byte, b *batch.Batch, row int) []byte {
		start := len(dst)
		for i, p := range parts {
			if i > 0 {
				dst = append(dst, delimiter...)
			}
			if column := b.Columns[p.column]; column.Valid().Get(row) {
				dst = batch.AppendText(dst, column, row, p.kind, time.UTC)
			} else {
				dst = append(dst, "null"...)
			}
		}
		return fitKey(dst, start)
	}
}

// metadataKeys takes keys from a column. A row without one gets a key of otherwise.
func metadataKeys(at int, otherwise partitioner) partitioner {
	return func(dst []byte, b *batch.Batch, row int) []byte {
		if !b.Columns[at].Valid().Get(row) {
			return otherwise(dst, b, row)
		}
		return fitKey(append(dst, textAt(b.Columns[at], row)...), len(dst))
	}
}

// fitKey makes what stands in dst from start on a key that the service takes.
func fitKey(dst []byte, start int) []byte {
	if len(dst) == start {
		return append(dst, ' ') // it takes no empty one
	}
	return dst[:start+keyLength(dst[start:])]
}

// textAt returns a value of a column of texts.
func textAt(column batch.Column, row int) string {
	return string(batch.AppendText(nil, column, row, types.String, time.UTC))
}

// keyLength returns how many bytes of a key fit into what the service allows. It counts characters
// as Java does, where those beyond the basic plane are two, and never cuts one in half.
func keyLength(key []byte) int {
	if len(key) <= maxPartitionKey {
		return len(key)
	}
	units := 0
	for i := 0; i < len(key); {
		r, size := utf8.DecodeRune(key[i:])
		if units++; r > 0xFFFF {
			units++
		}
		if units > maxPartitionKey {
			return i
		}
		i += size
	}
	return len(key)
}
