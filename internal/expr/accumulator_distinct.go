package expr

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// An estimate of how many different values there are, HyperLogLog: the hash of a value chooses a
// register, which holds the longest run of zeros that the rest of such hashes began with. With 4096
// registers the standard error is 1.04 / sqrt(4096) = 1.6 %. A few hashes are kept as they are, and
// counted exactly.
const (
	registerBits = 12
	registers    = 1 << registerBits
	fewHashes    = 64
)

// distinctSketch is the estimate of one group: hashes, or registers once there are too many of them.
type distinctSketch struct {
	hashes    []uint64
	registers []uint8
}

func (s *distinctSketch) add(hash uint64) {
	if s.registers != nil {
		s.raise(hash)
		return
	}
	if slices.Contains(s.hashes, hash) {
		return
	}
	if len(s.hashes) < fewHashes {
		s.hashes = append(s.hashes, hash)
		return
	}
	s.spread()
	s.raise(hash)
}

func (s *distinctSketch) raise(hash uint64) {
	register := &s.registers[hash>>(64-registerBits)]
	*register = max(*register, uint8(bits.LeadingZeros64(hash<<registerBits|1<<(registerBits-1))+1))
}

// spread puts the hashes into registers.
func (s *distinctSketch) spread() {
	s.registers = make([]uint8, registers)
	for _, hash := range s.hashes {
		s.raise(hash)
	}
	s.hashes = nil
}

func (s *distinctSketch) merge(other *distinctSketch) {
	for _, hash := range other.hashes {
		s.add(hash)
	}
	if other.registers == nil {
		return
	}
	if s.registers == nil {
		s.spread()
	}
	for i, v := range other.registers {
		s.registers[i] = max(s.registers[i], v)
	}
}

// count estimates with the improved estimator of Ertl, "New cardinality estimation algorithms for
// HyperLogLog sketches" (2017), which needs no corrections for small or large counts.
func (s *distinctSketch) count() int64 {
	if s.registers == nil {
		return int64(len(s.hashes))
	}
	const longest = 64 - registerBits + 1
	var histogram [longest + 1]float64
	for _, v := range s.registers {
		histogram[v]++
	}
	const m = float64(registers)
	z := m * tau(1-histogram[longest]/m)
	for k := longest - 1; k >= 1; k-- {
		z = 0.5 * (z + histogram[k])
	}
	z += m * sigma(histogram[0]/m)
	return int64(math.Round(m * m / (2 * math.Ln2) / z))
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	z, y := x, 1.0
	for {
		x *= x
		before := z
		z += x * y
		y += y
		if z == before {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	z, y := 1-x, 1.0
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
		if z == before {
			return z / 3
		}
	}
}

// distinctAccumulator is APPROX_COUNT_DISTINCT.
type distinctAccumulator struct {
	sketches []distinctSketch
	hashes   []uint64 // scratch
}

// Resize makes room for groups.
func (a *distinctAccumulator) Resize(groups int) { a.sketches = grown(a.sketches, groups) }

// Add adds values.
func (a *distinctAccumulator) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	a.hashes = slices.Grow(a.hashes[:0], len(groups))[:len(groups)]
	hashValues(a.hashes, arg, from)
	for i, group := range groups {
		if valid.Get(from + i) {
			a.sketches[group].add(a.hashes[i])
		}
	}
	return nil
}

// hashValues hashes rows from, from+1, ... of a column. Equal values have equal hashes, whatever NULL
// rows have.
func hashValues(hashes []uint64, column batch.Column, from int) {
	switch c := column.(type) {
	case *batch.Fixed[bool]:
		hashWords(hashes, func(i int) uint64 { return uint64(bit(c.Values[from+i])) })
	case *batch.Fixed[int8]:
		hashWords(hashes, func(i int) uint64 { return uint64(c.Values[from+i]) })
	case *batch.Fixed[int16]:
		hashWords(hashes, func(i int) uint64 { return uint64(c.Values[from+i]) })
	case *batch.Fixed[int32]:
		hashWords(hashes, func(i int) uint64 { return uint64(c.Values[from+i]) })
	case *batch.Fixed[int64]:
		hashWords(hashes, func(i int) uint64 { return uint64(c.Values[from+i]) })
	case *batch.Fixed[float32]:
		hashWords(hashes, func(i int) uint64 { return floatWord(float64(c.Values[from+i])) })
	case *batch.Fixed[float64]:
		hashWords(hashes, func(i int) uint64 { return floatWord(c.Values[from+i]) })
	case *batch.Fixed[types.Decimal128]:
		hashWords(hashes, func(i int) uint64 { v := c.Values[from+i]; return v.Low ^ batch.HashWord(uint64(v.High)) })
	case *batch.Bytes:
		for i := range hashes {
			hashes[i] = batch.Hash(c.At(from + i))
		}
	}
}

func hashWords(hashes []uint64, word func(i int) uint64) {
	for i := range hashes {
		hashes[i] = batch.HashWord(word(i))
	}
}

// floatWord returns the bits of v, the same for both zeros and for all NaNs.
func floatWord(v float64) uint64 {
	switch {
	case v == 0:
		return 0
	case v != v:
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(v)
}

// Merge adds a group of another accumulator.
func (a *distinctAccumulator) Merge(from Accumulator, at, group uint32) error {
	a.sketches[group].merge(&from.(*distinctAccumulator).sketches[at])
	return nil
}

// Result estimates the counts.
func (a *distinctAccumulator) Result(groups int) batch.Column {
	counts := make([]int64, groups)
	for i := range counts {
		counts[i] = a.sketches[i].count()
	}
	return batch.NewFixed(counts, nil)
}

// State is one text per group: its registers, or its hashes, which are fewer bytes.
func (a *distinctAccumulator) State(groups int) []batch.Column {
	var builder batch.BytesBuilder
	var text []byte
	for i := range groups {
		s := &a.sketches[i]
		text = append(text[:0], s.registers...)
		for _, hash := range s.hashes {
			text = binary.LittleEndian.AppendUint64(text, hash)
		}
		builder.Append(text)
	}
	return []batch.Column{builder.Finish()}
}

// Load takes over a state.
func (a *distinctAccumulator) Load(columns []batch.Column) error {
	texts, ok := oneOf(columns, 0, 1).(*batch.Bytes)
	if !ok {
		return errState(columns)
	}
	a.sketches = make([]distinctSketch, texts.Len())
	for i := range a.sketches {
		s, text := &a.sketches[i], texts.At(i)
		switch {
		case len(text) == registers:
			s.registers = slices.Clone(text)
			if slices.Max(text) > 64-registerBits+1 {
				return errState(columns)
			}
		case len(text)%8 == 0 && len(text) <= 8*fewHashes:
			for ; len(text) > 0; text = text[8:] {
				s.hashes = append(s.hashes, binary.LittleEndian.Uint64(text))
			}
		default:
			return errState(columns)
		}
	}
	return nil
}

// Size counts all hashes and registers.
func (a *distinctAccumulator) Size() int {
	size := 48*cap(a.sketches) + 8*cap(a.hashes)
	for i := range a.sketches {
		size += 8*cap(a.sketches[i].hashes) + cap(a.sketches[i].registers)
	}
	return size
}
