package batch_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// TestConcat cuts random columns of every type into parts and puts the parts together again.
func TestConcat(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	row := types.RowOf(types.Schema{{Name: "a", Type: types.Of(types.Int)}, {Name: "b", Type: types.String}})
	for _, typ := range []types.Type{
		types.Of(types.Boolean), types.Of(types.TinyInt), types.Of(types.SmallInt), types.Of(types.Int), types.Of(types.BigInt),
		types.DecimalOf(10, 2), types.Of(types.Float), types.Of(types.Double), types.String, row,
		types.ArrayOf(types.String), types.ArrayOf(types.ArrayOf(row)), types.MapOf(types.String, types.Of(types.BigInt)),
	} {
		builder := batch.NewBuilder(typ)
		for range 130 {
			appendRandom(r, builder)
		}
		all := builder.Finish()
		var parts []batch.Column
		for from := 0; from < all.Len(); {
			to := min(all.Len(), from+r.IntN(60))
			rows := make([]int32, 0, to-from)
			for i := from; i < to; i++ {
				rows = append(rows, int32(i))
			}
			parts = append(parts, all.Gather(rows))
			from = to
		}
		got := batch.Concat(parts...)
		if got.Len() != all.Len() {
			t.Fatalf("%v: %d rows, want %d", typ, got.Len(), all.Len())
		}
		for i := range all.Len() {
			want := string(batch.AppendText(nil, all, i, typ, time.UTC))
			if text := string(batch.AppendText(nil, got, i, typ, time.UTC)); text != want || got.Valid().Get(i) != all.Valid().Get(i) {
				t.Fatalf("%v: row %d is %s, want %s", typ, i, text, want)
			}
		}
	}
}

// TestConcatOfPartsOfItems concatenates lists that use only the middle of their items.
func TestConcatOfPartsOfItems(t *testing.T) {
	items := batch.NewFixed([]int32{1, 2, 3, 4, 5}, nil)
	middle := batch.NewList([]int32{1, 2, 4}, items, nil)
	got := batch.Concat(middle, middle).(*batch.List)
	text := ""
	for i := range got.Len() {
		text += string(batch.AppendText(nil, got, i, types.ArrayOf(types.Of(types.Int)), time.UTC))
	}
	if text != "[2][3, 4][2][3, 4]" {
		t.Errorf("got %s", text)
	}
}

func appendRandom(r *rand.Rand, builder batch.Builder) {
	if r.IntN(5) == 0 {
		builder.AppendNull()
		return
	}
	switch b := builder.(type) {
	case *batch.FixedBuilder[bool]:
		b.Append(r.IntN(2) == 0)
	case *batch.FixedBuilder[int8]:
		b.Append(int8(r.IntN(100)))
	case *batch.FixedBuilder[int16]:
		b.Append(int16(r.IntN(100)))
	case *batch.FixedBuilder[int32]:
		b.Append(int32(r.IntN(100)))
	case *batch.FixedBuilder[int64]:
		b.Append(r.Int64N(100))
	case *batch.FixedBuilder[types.Decimal128]:
		b.Append(types.DecimalFromInt(r.Int64N(100)))
	case *batch.FixedBuilder[float32]:
		b.Append(r.Float32())
	case *batch.FixedBuilder[float64]:
		b.Append(r.Float64())
	case *batch.BytesBuilder:
		b.AppendString("text"[:r.IntN(5)])
	case *batch.ListBuilder:
		for range r.IntN(4) {
			if entry, ok := b.Items.(*batch.StructBuilder); ok {
				for _, field := range entry.Fields {
					appendRandom(r, field)
				}
				entry.Close()
				continue
			}
			appendRandom(r, b.Items)
		}
		b.Close()
	case *batch.StructBuilder:
		for _, field := range b.Fields {
			appendRandom(r, field)
		}
		b.Close()
	}
}
