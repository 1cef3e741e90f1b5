// Package state is the keyed state of operators: group keys encoded as bytes, and flat hash tables
// from keys to dense group numbers.
//
// It owns memory layout, not meaning: an operator keeps its accumulators in arrays indexed by group
// number. Nothing here holds pointers per key, so the garbage collector has nothing to walk.
//
// Invariant: equal keys (NULL equals NULL here) have equal bytes and equal hashes, in every process
// and version that can read a snapshot.
package state

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Keys is the group keys of the rows of a batch: key i is Data[Offsets[i]:Offsets[i+1]].
type Keys struct {
	Offsets []int32
	Data    []byte
	// Present marks the keys that are not NULL as a whole; nil: all are. Only keys of one column can
	// be NULL: in longer keys NULLs are part of the bytes.
	Present batch.Bitmap
	Hashes  []uint64
	// Words are the keys as numbers, where each is one column of eight bytes; otherwise nil.
	Words []uint64
}

// Encoder encodes key columns. It reuses its buffers: Keys are valid until the next Encode.
//
// A single text column is its own encoding. Otherwise each column contributes, row by row: a byte
// that says whether there is a value (in keys of several columns), then the fixed-width value in
// little-endian order, or a 4-byte length and the bytes. A nested value is bytes: its parts in the same
// encoding, of lists their number first.
type Encoder struct {
	types []types.Type
	keys  Keys
	at    []int32
	words []uint64
}

// NewEncoder returns an encoder for key columns of the given types.
func NewEncoder(columns []types.Type) *Encoder { return &Encoder{types: columns} }

// Encode encodes the keys of rows rows.
func (e *Encoder) Encode(columns []batch.Column, rows int) *Keys {
	columns = flattened(columns)
	e.keys.Present, e.keys.Words = nil, nil
	switch {
	case len(columns) == 1:
		e.encodeSingle(columns[0], rows)
	default:
		e.encodeSeveral(columns, rows)
	}
	e.hash(rows)
	return &e.keys
}

func (e *Encoder) encodeSingle(column batch.Column, rows int) {
	e.keys.Present = column.Valid()
	if text, ok := column.(*batch.Bytes); ok {
		e.keys.Offsets, e.keys.Data = text.Offsets, text.Data
		return
	}
	width := fixedWidth(column)
	e.room(rows, rows*width)
	for i := range rows + 1 {
		e.keys.Offsets[i] = int32(i * width)
	}
	if c, ok := column.(*batch.Fixed[int64]); ok {
		e.encodeWords(c, rows)
		return
	}
	e.at = append(e.at[:0], e.keys.Offsets[:rows]...)
	writeFixed(column, e.keys.Data, e.at)
}

// encodeWords encodes a column of words, whose validity does not matter: NULL keys are not looked at.
func (e *Encoder) encodeWords(c *batch.Fixed[int64], rows int) {
	e.words = slices.Grow(e.words[:0], rows)[:rows]
	data := e.keys.Data
	for i, v := range c.Values[:rows] {
		e.words[i] = uint64(v)
		binary.LittleEndian.PutUint64(data[8*i:], uint64(v))
	}
	e.keys.Words = e.words
}

func (e *Encoder) room(rows, bytes int) {
	// Text columns lend their slices to the keys: never write into those.
	e.keys.Offsets = make([]int32, rows+1)
	e.keys.Data = make([]byte, bytes)
}

func (e *Encoder) encodeSeveral(columns []batch.Column, rows int) {
	fixed := 0
	for _, column := range columns {
		fixed += 1 + fixedWidth(column)
	}
	total := rows * fixed
	for _, column := range columns {
		if text, ok := column.(*batch.Bytes); ok {
			total += int(text.Offsets[rows] - text.Offsets[0]) // that of NULLs too, at most
		}
	}
	e.room(rows, total)
	e.at = append(e.at[:0], make([]int32, rows)...)
	end := int32(0)
	for i := range rows {
		e.at[i] = end
		end += int32(fixed)
		for _, column := range columns {
			// A function leaves what it likes in a row that its NULL argument makes NULL.
			if text, ok := column.(*batch.Bytes); ok && text.Valid().Get(i) {
				end += text.Offsets[i+1] - text.Offsets[i]
			}
		}
		e.keys.Offsets[i+1] = end
	}
	for _, column := range columns {
		writeValidity(column, e.keys.Data, e.at)
		if text, ok := column.(*batch.Bytes); ok {
			writeBytes(text, e.keys.Data, e.at)
		} else {
			writeFixed(column, e.keys.Data, e.at)
		}
	}
}

// fixedWidth is how many bytes a value takes in the encoding, its own bytes aside if it is text.
func fixedWidth(column batch.Column) int {
	switch column.(type) {
	case *batch.Fixed[bool], *batch.Fixed[int8]:
		return 1
	case *batch.Fixed[int16]:
		return 2
	case *batch.Fixed[int32], *batch.Fixed[float32], *batch.Bytes:
		return 4
	case *batch.Fixed[types.Decimal128]:
		return 16
	}
	return 8
}

func writeValidity(column batch.Column, data []byte, at []int32) {
	valid := column.Valid()
	for i := range at {
		if valid.Get(i) {
			data[at[i]] = 1
		}
		at[i]++
	}
}

func writeBytes(column *batch.Bytes, data []byte, at []int32) {
	valid := column.Valid()
	for i := range at {
		if !valid.Get(i) {
			at[i] += 4
			continue
		}
		v := column.At(i)
		binary.LittleEndian.PutUint32(data[at[i]:], uint32(len(v)))
		copy(data[at[i]+4:], v)
		at[i] += 4 + int32(len(v))
	}
}

// writeFixed writes values at at[i] and moves at[i] past them. NULL rows write zeros, so that equal
// keys have equal bytes.
func writeFixed(column batch.Column, data []byte, at []int32) {
	valid := column.Valid()
	switch c := column.(type) {
	case *batch.Fixed[bool]:
		for i, v := range c.Values[:len(at)] {
			if v && valid.Get(i) {
				data[at[i]] = 1
			}
			at[i]++
		}
	case *batch.Fixed[int8]:
		write8(c.Values, valid, data, at)
	case *batch.Fixed[int16]:
		for i, v := range c.Values[:len(at)] {
			if valid.Get(i) {
				binary.LittleEndian.PutUint16(data[at[i]:], uint16(v))
			}
			at[i] += 2
		}
	case *batch.Fixed[int32]:
		write32(len(at), func(i int) uint32 { return uint32(c.Values[i]) }, valid, data, at)
	case *batch.Fixed[float32]:
		write32(len(at), func(i int) uint32 { return math.Float32bits(positiveZero(c.Values[i])) }, valid, data, at)
	case *batch.Fixed[int64]:
		for i, v := range c.Values[:len(at)] {
			if valid.Get(i) {
				binary.LittleEndian.PutUint64(data[at[i]:], uint64(v))
			}
			at[i] += 8
		}
	case *batch.Fixed[types.Decimal128]:
		for i, v := range c.Values[:len(at)] {
			if valid.Get(i) {
				binary.LittleEndian.PutUint64(data[at[i]:], v.Low)
				binary.LittleEndian.PutUint64(data[at[i]+8:], uint64(v.High))
			}
			at[i] += 16
		}
	case *batch.Fixed[float64]:
		for i, v := range c.Values[:len(at)] {
			if valid.Get(i) {
				binary.LittleEndian.PutUint64(data[at[i]:], math.Float64bits(positiveZero(v)))
			}
			at[i] += 8
		}
	}
}

func write8(values []int8, valid batch.Bitmap, data []byte, at []int32) {
	for i, v := range values[:len(at)] {
		if valid.Get(i) {
			data[at[i]] = byte(v)
		}
		at[i]++
	}
}

func write32(rows int, bits func(int) uint32, valid batch.Bitmap, data []byte, at []int32) {
	for i := range rows {
		if valid.Get(i) {
			binary.LittleEndian.PutUint32(data[at[i]:], bits(i))
		}
		at[i] += 4
	}
}

// positiveZero makes -0 equal to 0, as = does, and all NaNs equal to each other.
func positiveZero[T float32 | float64](v T) T {
	if v == 0 {
		return 0
	}
	if v != v {
		return T(math.NaN())
	}
	return v
}

// nullHash is the hash of a key that is NULL as a whole, whatever its bytes are.
const nullHash = 0

func (e *Encoder) hash(rows int) {
	if cap(e.keys.Hashes) < rows {
		e.keys.Hashes = make([]uint64, rows)
	}
	hashes := e.keys.Hashes[:rows]
	data, offsets := e.keys.Data, e.keys.Offsets
	if e.keys.Words != nil {
		for i, word := range e.keys.Words {
			hashes[i] = batch.HashWord(word)
		}
	} else {
		for i := range hashes {
			hashes[i] = batch.Hash(data[offsets[i]:offsets[i+1]])
		}
	}
	if e.keys.Present != nil {
		for i := range hashes {
			if !e.keys.Present.Get(i) {
				hashes[i] = nullHash
			}
		}
	}
	e.keys.Hashes = hashes
}

// Partition returns which of n tasks owns the key with the hash. It uses the upper half: tables use
// the lower.
func Partition(hash uint64, n int) int {
	high, _ := bits.Mul64(hash, uint64(n))
	return int(high)
}
