package batch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/types"
)

// TestBuildersKeepNullsAtWordBoundaries puts one NULL, then several, on each side of the words of
// the validity bitmap.
func TestBuildersKeepNullsAtWordBoundaries(t *testing.T) {
	for _, n := range sizes {
		for _, nulls := range [][]int{nil, {0}, {62}, {63}, {64}, {0, 63, 64, 127, 128}, {n - 1}} {
			var ints FixedBuilder[int32]
			var texts BytesBuilder
			for i := range n {
				if slices.Contains(nulls, i) {
					ints.AppendNull()
					texts.AppendNull()
				} else {
					ints.Append(int32(i))
					texts.AppendString(fmt.Sprint(i))
				}
				if ints.Len() != i+1 || texts.Len() != i+1 {
					t.Fatalf("builders have %d and %d rows after %d", ints.Len(), texts.Len(), i+1)
				}
			}
			name := fmt.Sprintf("%d rows, NULLs %v", n, nulls)
			fixed, text := ints.Finish(), texts.Finish()
			if fixed.Len() != n || text.Len() != n {
				t.Fatalf("%s: columns of %d and %d rows", name, fixed.Len(), text.Len())
			}
			for i := range n {
				null := slices.Contains(nulls, i)
				if fixed.Valid().Get(i) == null || text.Valid().Get(i) == null {
					t.Fatalf("%s: row %d is wrong about NULL", name, i)
				}
				if want := fmt.Sprint(i); !null && (Values[int32](fixed)[i] != int32(i) || string(text.(*Bytes).At(i)) != want) {
					t.Fatalf("%s: row %d is %d and %q", name, i, Values[int32](fixed)[i], text.(*Bytes).At(i))
				}
				if null && len(text.(*Bytes).At(i)) != 0 {
					t.Fatalf("%s: NULL in row %d has text", name, i)
				}
			}
			if none := len(nulls) == 0 || nulls[0] >= n; none && (fixed.Valid() != nil || text.Valid() != nil) {
				t.Errorf("%s: a column without NULL has a validity bitmap", name)
			}
		}
	}
}

func TestFinishLeavesTheBuilderEmpty(t *testing.T) {
	for _, b := range []Builder{&FixedBuilder[int64]{}, &BytesBuilder{}} {
		b.AppendNull()
		first := b.Finish()
		if b.Len() != 0 {
			t.Errorf("%T has %d rows after Finish", b, b.Len())
		}
		b.AppendFrom(first, 0)
		b.AppendFrom(first.WithValid(nil), 0)
		second := b.Finish()
		if second.Len() != 2 || second.Valid().Get(0) || !second.Valid().Get(1) || first.Len() != 1 {
			t.Errorf("%T: second column has %d rows, validity %b; first has %d rows", b, second.Len(), second.Valid(), first.Len())
		}
		if empty := b.Finish(); empty.Len() != 0 {
			t.Errorf("%T: an empty column has %d rows", b, empty.Len())
		}
	}
}

func TestEveryKindHasABuilder(t *testing.T) {
	for kind := types.Null; kind <= types.IntervalSecond; kind++ {
		b := NewBuilder(types.Of(kind))
		b.AppendNull()
		if column := b.Finish(); column.Len() != 1 || column.Valid().Get(0) {
			t.Errorf("%v: one NULL makes %d rows, valid %v", kind, column.Len(), column.Valid().Get(0))
		}
	}
}

func TestGatherPicksRowsWithTheirNulls(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, n := range sizes {
		b := randomBatch(r, n)
		for _, count := range []int{0, 1, 64, 65, 300} {
			if n == 0 {
				count = 0
			}
			rows := make([]int32, count)
			for i := range rows {
				rows[i] = int32(r.IntN(n))
			}
			got := b.Gather(rows)
			if got.Rows() != count || len(got.Columns) != len(b.Columns) {
				t.Fatalf("%d rows of %d: got %d rows, %d columns", count, n, got.Rows(), len(got.Columns))
			}
			for i, row := range rows {
				if have, want := FormatRow(got, schema, i), FormatRow(b, schema, int(row)); have != want {
					t.Fatalf("row %d is %q, want row %d, %q", i, have, row, want)
				}
			}
		}
	}
}

func TestGatherWithoutColumnsKeepsTheNumberOfRows(t *testing.T) {
	if got := New(5).Gather([]int32{1, 3}); got.Rows() != 2 {
		t.Errorf("got %d rows, want 2", got.Rows())
	}
}

func TestSelectSharesColumnsAndChanges(t *testing.T) {
	b := randomBatch(rand.New(rand.NewPCG(4, 1)), 3)
	got := b.Select([]int{2, 0})
	if got.Rows() != 3 || got.Columns[0] != b.Columns[2] || got.Columns[1] != b.Columns[0] || &got.Changes[0] != &b.Changes[0] {
		t.Error("Select does not share what it selects")
	}
	if none := b.Select(nil); none.Rows() != 3 {
		t.Errorf("a batch without columns has %d rows, want 3", none.Rows())
	}
}

func TestSizeCountsValuesAndBitmaps(t *testing.T) {
	var texts BytesBuilder
	texts.AppendString("abc")
	texts.AppendNull()
	b := New(2, texts.Finish(), NewFixed([]int16{1, 2}, nil), NewFixed([]bool{true, false}, nil), NewFixed([]float64{1, 2}, FullBitmap(2)))
	if got, want := b.Size(), (3+3*4+8)+(2*2)+2+(2*8+8); got != want {
		t.Errorf("batch takes %d bytes, want %d", got, want)
	}
}

func TestChangesPrintAsFlinkDoes(t *testing.T) {
	b := New(4, NewFixed([]int32{1, 2, 3, 4}, nil))
	b.Changes = []Change{Insert, UpdateBefore, UpdateAfter, Delete}
	got := Format(b, types.Schema{{Name: "a", Type: types.Of(types.Int)}})
	if want := "a\n+I 1\n-U 2\n+U 3\n-D 4\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// schema has a column of every physical type.
var schema = types.Schema{
	{Name: "a", Type: types.Of(types.Int)},
	{Name: "b", Type: types.String},
	{Name: "c", Type: types.Of(types.Double)},
	{Name: "d", Type: types.Of(types.Boolean)},
	{Name: "e", Type: types.Of(types.TinyInt)},
	{Name: "f", Type: types.Of(types.SmallInt)},
	{Name: "g", Type: types.Of(types.BigInt)},
	{Name: "h", Type: types.Of(types.Float)},
	{Name: "i", Type: types.Of(types.Date)},
	{Name: "j", Type: types.Type{Kind: types.Time, Precision: 6}},
	{Name: "k", Type: types.Timestamp3},
	{Name: "l", Type: types.TimestampLTZ3},
}

// randomBatch returns a changelog of n rows of the schema, about a third of the values NULL.
func randomBatch(r *rand.Rand, n int) *Batch {
	columns := make([]Column, len(schema))
	for i, field := range schema {
		builder := NewBuilder(field.Type)
		for range n {
			if r.IntN(3) == 0 {
				builder.AppendNull()
				continue
			}
			appendRandom(r, builder, field.Type)
		}
		columns[i] = builder.Finish()
	}
	b := New(n, columns...)
	for range n {
		b.Changes = append(b.Changes, Change(r.IntN(4)))
	}
	return b
}

func appendRandom(r *rand.Rand, builder Builder, t types.Type) {
	switch b := builder.(type) {
	case *FixedBuilder[bool]:
		b.Append(r.IntN(2) == 0)
	case *FixedBuilder[int8]:
		b.Append(int8(r.Uint32()))
	case *FixedBuilder[int16]:
		b.Append(int16(r.Uint32()))
	case *FixedBuilder[int32]:
		if t.Kind == types.Date {
			b.Append(int32(r.IntN(60000) - 30000))
		} else {
			b.Append(int32(r.Uint32()))
		}
	case *FixedBuilder[int64]:
		switch t.Kind {
		case types.Time:
			b.Append(r.Int64N(types.Day))
		case types.Timestamp, types.TimestampLTZ:
			b.Append(types.TruncateMicros(r.Int64N(100_000*types.Day)-50_000*types.Day, t.Precision))
		default:
			b.Append(int64(r.Uint64()))
		}
	case *FixedBuilder[float32]:
		b.Append(float32(r.NormFloat64()) * 1e8)
	case *FixedBuilder[float64]:
		b.Append(r.NormFloat64() * 1e-3)
	case *BytesBuilder:
		b.AppendString(strings.Repeat("xé", r.IntN(4)))
	}
}
