package datagen

import (
	"hash/fnv"
	"math"
	"math/bits"
	"strconv"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// generator makes the values of a column.
type generator struct {
	seed     uint64
	nullRate float64
	rows     int64 // how many there are
	width    int   // bytes of a value, if it is large
	values   func(g *generator, first int64, n int, c clock) batch.Column
}

// make returns the values of n rows from the first on.
func (g *generator) make(first int64, n int, c clock) batch.Column {
	column := g.values(g, first, n, c)
	if g.nullRate == 0 {
		return column
	}
	valid := batch.FullBitmap(n)
	for i := range n {
		if g.unit(first+int64(i), 1) < g.nullRate {
			valid.Clear(i)
		}
	}
	return column.WithValid(valid)
}

// random returns the bits for a row. Different draws of the same row are independent.
func (g *generator) random(row int64, draw uint64) uint64 {
	return mix(mix(g.seed+uint64(row)*0x9e3779b97f4a7c15) + draw*0xd1342543de82ef95)
}

// mix is the finalizer of SplitMix64: each bit of x changes about half of the result's.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit returns a number from 0 to 1, 1 excluded.
func (g *generator) unit(row int64, draw uint64) float64 {
	return float64(g.random(row, draw)>>11) / (1 << 53)
}

// between returns a whole number from low to high, both included.
func (g *generator) between(row, low, high int64) int64 {
	width := uint64(high-low) + 1
	if width == 0 { // all of them
		return int64(g.random(row, 0))
	}
	offset, _ := bits.Mul64(g.random(row, 0), width)
	return low + int64(offset)
}

// generator returns the generator that the attributes describe.
func (f *field) generator(seed int64) generator {
	hash := fnv.New64a()
	hash.Write([]byte(f.column.Name))
	g := generator{seed: mix(uint64(seed)) ^ hash.Sum64(), rows: math.MaxInt64}
	switch f.kind() {
	case kindSequence:
		f.only(orderAttributes)
		f.sequence(&g)
	case kindRandom:
		g.nullRate = f.nullRate()
		f.random(&g)
	default:
		f.fail("kind", "%q is neither %s nor %s", f.given["kind"], kindRandom, kindSequence)
	}
	return g
}

func (f *field) random(g *generator) {
	switch f.column.Type.Kind {
	case types.Boolean:
		f.only(plainAttributes)
		g.values = func(g *generator, first int64, n int, _ clock) batch.Column {
			return fill(first, n, func(row int64) bool { return g.random(row, 0)>>63 == 1 })
		}
	case types.TinyInt:
		randomInteger[int8](f, g, 8)
	case types.SmallInt:
		randomInteger[int16](f, g, 16)
	case types.Int:
		randomInteger[int32](f, g, 32)
	case types.BigInt:
		randomInteger[int64](f, g, 64)
	case types.Decimal:
		f.randomDecimal(g)
	case types.Float:
		randomFloat[float32](f, g, 32, math.MaxFloat32)
	case types.Double:
		randomFloat[float64](f, g, 64, math.MaxFloat64)
	case types.Char, types.Varchar, types.Varbinary:
		f.only(textAttributes)
		f.randomBytes(g)
	case types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		f.only(timeAttributes)
		f.randomTime(g)
	default:
		f.unsupported()
	}
}

func (f *field) unsupported() {
	f.faults = append(f.faults, diag.Errorf(diag.Unsupported, diag.Span{},
		"connector datagen cannot make a %s column %q of type %s", f.kind(), f.column.Name, f.column.Type.Nullable()))
}

// fill makes a column of fixed width from a function of the row.
func fill[T batch.Value](first int64, n int, value func(row int64) T) batch.Column {
	values := make([]T, n)
	for i := range values {
		values[i] = value(first + int64(i))
	}
	return batch.NewFixed(values, nil)
}

func randomInteger[T int8 | int16 | int32 | int64](f *field, g *generator, size int) {
	f.only(numberAttributes)
	low, high := f.integer("min", math.MinInt64>>(64-size), size), f.integer("max", math.MaxInt64>>(64-size), size)
	if low > high {
		f.fail("max", "%d is less than the min, %d", high, low)
	}
	g.values = func(g *generator, first int64, n int, _ clock) batch.Column {
		return fill(first, n, func(row int64) T { return T(g.between(row, low, high)) })
	}
}

func randomFloat[T float32 | float64](f *field, g *generator, size int, most float64) {
	f.only(numberAttributes)
	low, high := f.float("min", -most, size), f.float("max", most, size)
	if low > high {
		f.fail("max", "%v is less than the min, %v", high, low)
	}
	g.values = func(g *generator, first int64, n int, _ clock) batch.Column {
		return fill(first, n, func(row int64) T {
			u := g.unit(row, 0)
			return T(low*(1-u) + high*u) // their difference may be more than a float holds
		})
	}
}

// randomDecimal makes numbers of up to 18 digits between min and max, which are as fine as the column.
func (f *field) randomDecimal(g *generator) {
	f.only(numberAttributes)
	t := f.column.Type
	most := int64(1)
	for range min(t.Precision, 18) {
		most *= 10
	}
	low, high := f.decimal("min", 1-most), f.decimal("max", most-1)
	if low > high {
		f.fail("max", "%s is less than the min", f.given["max"])
	}
	g.values = func(g *generator, first int64, n int, _ clock) batch.Column {
		return fill(first, n, func(row int64) types.Decimal128 { return types.DecimalFromInt(g.between(row, low, high)) })
	}
}

// randomBytes makes texts of hexadecimal digits, as Flink does, or any bytes.
func (f *field) randomBytes(g *generator) {
	size := f.length(100)
	text := f.column.Type.Kind != types.Varbinary
	g.width = size
	g.values = func(g *generator, first int64, n int, _ clock) batch.Column {
		offsets := make([]int32, n+1)
		data := make([]byte, 0, n*size)
		for i := range n {
			for j := range size {
				// Draw 1 is for NULL. Sixteen digits or eight bytes come from each further one.
				if text {
					digit := g.random(first+int64(i), 2+uint64(j/16)) >> (j % 16 * 4) & 15
					data = append(data, "0123456789abcdef"[digit])
				} else {
					data = append(data, byte(g.random(first+int64(i), 2+uint64(j/8))>>(j%8*8)))
				}
			}
			offsets[i+1] = int32(len(data))
		}
		return batch.NewBytes(offsets, data, nil)
	}
}

// randomTime makes times up to max-past before the row is due.
func (f *field) randomTime(g *generator) {
	past, t := f.maxPast(), f.column.Type
	at := func(g *generator, c clock, row int64) int64 { return c.due(row) - g.between(row, 0, past) }
	g.values = func(g *generator, first int64, n int, c clock) batch.Column {
		switch t.Kind {
		case types.Date:
			return fill(first, n, func(row int64) int32 { return int32(types.FloorDiv(c.local(at(g, c, row)), types.Day)) })
		case types.Time:
			return fill(first, n, func(row int64) int64 {
				return types.TruncateMicros(types.FloorMod(c.local(at(g, c, row)), types.Day), t.Precision)
			})
		case types.Timestamp:
			return fill(first, n, func(row int64) int64 { return types.TruncateMicros(c.local(at(g, c, row)), t.Precision) })
		}
		return fill(first, n, func(row int64) int64 { return types.TruncateMicros(at(g, c, row), t.Precision) })
	}
}

func (f *field) sequence(g *generator) {
	for _, attribute := range []string{"start", "end"} {
		if _, ok := f.given[attribute]; !ok {
			f.fail(attribute, "a sequence needs a start and an end")
			return
		}
	}
	size := map[types.Kind]int{types.TinyInt: 8, types.SmallInt: 16, types.Int: 32}[f.column.Type.Kind]
	if size == 0 {
		size = 64
	}
	start, end := f.integer("start", 0, size), f.integer("end", 0, size)
	if start > end {
		f.fail("end", "%d is less than the start, %d", end, start)
	}
	if g.rows = math.MaxInt64; uint64(end-start) < math.MaxInt64 {
		g.rows = end - start + 1
	}
	switch f.column.Type.Kind {
	case types.TinyInt:
		g.values = ordered[int8](start)
	case types.SmallInt:
		g.values = ordered[int16](start)
	case types.Int:
		g.values = ordered[int32](start)
	case types.BigInt:
		g.values = ordered[int64](start)
	case types.Float:
		g.values = ordered[float32](start)
	case types.Double:
		g.values = ordered[float64](start)
	case types.Char, types.Varchar:
		g.values = func(_ *generator, first int64, n int, _ clock) batch.Column {
			var b batch.BytesBuilder
			for i := range n {
				b.AppendString(strconv.FormatInt(start+first+int64(i), 10))
			}
			return b.Finish()
		}
	default:
		f.unsupported()
	}
}

func ordered[T int8 | int16 | int32 | int64 | float32 | float64](start int64) func(*generator, int64, int, clock) batch.Column {
	return func(_ *generator, first int64, n int, _ clock) batch.Column {
		return fill(first, n, func(row int64) T { return T(start + row) })
	}
}
