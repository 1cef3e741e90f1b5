package batch_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

var appended = types.Schema{
	{Name: "b", Type: types.Of(types.Boolean)},
	{Name: "t", Type: types.Of(types.TinyInt)},
	{Name: "s", Type: types.Of(types.SmallInt)},
	{Name: "i", Type: types.Of(types.Int)},
	{Name: "l", Type: types.Of(types.BigInt)},
	{Name: "f", Type: types.Of(types.Float)},
	{Name: "d", Type: types.Of(types.Double)},
	{Name: "v", Type: types.String},
	{Name: "m", Type: types.Type{Kind: types.Decimal, Precision: 10, Scale: 2}},
	{Name: "a", Type: types.ArrayOf(types.String)},
	{Name: "r", Type: types.RowOf(types.Schema{{Name: "x", Type: types.Of(types.Int)}, {Name: "y", Type: types.ArrayOf(types.Of(types.BigInt))}})},
}

// random returns rows rows of all types; nulls says whether values may be missing.
func random(t *testing.T, r *rand.Rand, rows int, nulls bool) *batch.Batch {
	t.Helper()
	columns := make([]batch.Column, len(appended))
	for i, field := range appended {
		builder := batch.NewBuilder(field.Type)
		for range rows {
			cell := []string{"1", "7", "23"}[r.IntN(3)]
			if field.Type.Kind == types.Boolean {
				cell = []string{"true", "false"}[r.IntN(2)]
			}
			if nulls && r.IntN(3) == 0 {
				builder.AppendNull()
			} else if nested(r, builder) {
				continue
			} else if err := batch.AppendParsed(builder, cell, field.Type); err != nil {
				t.Fatal(err)
			}
		}
		columns[i] = builder.Finish()
	}
	return batch.New(rows, columns...)
}

// nested appends a random value to the builder of a nested type; false for any other.
func nested(r *rand.Rand, builder batch.Builder) bool {
	switch b := builder.(type) {
	case *batch.ListBuilder:
		for range r.IntN(3) {
			scalar(r, b.Items)
		}
		b.Close()
	case *batch.StructBuilder:
		for _, field := range b.Fields {
			if !nested(r, field) {
				scalar(r, field)
			}
		}
		b.Close()
	default:
		return false
	}
	return true
}

func scalar(r *rand.Rand, builder batch.Builder) {
	switch b := builder.(type) {
	case *batch.FixedBuilder[int32]:
		b.Append(r.Int32N(9))
	case *batch.FixedBuilder[int64]:
		b.Append(r.Int64N(9))
	case *batch.BytesBuilder:
		b.AppendString([]string{"x", "yy", ""}[r.IntN(3)])
	}
}

func texts(b *batch.Batch) []string {
	var out []string
	for row := range b.Rows() {
		out = append(out, batch.FormatRow(b, appended, row))
	}
	return out
}

// Columns grow by whatever is appended to them, whether or not there are NULLs on either side, and
// what was appended stays as it was.
func TestConcatRowsIsOneAfterTheOther(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var parts []*batch.Batch
		var want []string
		for range 1 + r.IntN(5) {
			part := random(t, r, r.IntN(150), r.IntN(2) == 0)
			from := r.IntN(part.Rows() + 1)
			rows := make([]int32, part.Rows()-from)
			for i := range rows {
				rows[i] = int32(from + i)
			}
			parts = append(parts, part.Gather(rows))
			want = append(want, texts(parts[len(parts)-1])...)
		}
		before := make([][]string, len(parts))
		for i, part := range parts {
			before[i] = texts(part)
		}
		if got := texts(batch.ConcatRows(parts)); !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
		columns := make([]batch.Column, len(appended))
		for _, part := range parts {
			for i, column := range part.Columns {
				columns[i] = batch.Append(columns[i], column)
			}
		}
		if got := texts(batch.New(len(want), columns...)); !slices.Equal(got, want) {
			t.Fatalf("appended %v\nwant %v", got, want)
		}
		for i, part := range parts {
			if !slices.Equal(texts(part), before[i]) {
				t.Fatalf("part %d changed", i)
			}
		}
	}
}

// Rows that are picked are those of the column, NULL where there is none, as builders give it.
func TestGatherOrNullIsAsBuildersAppend(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		b := random(t, r, r.IntN(40), r.IntN(2) == 0)
		rows := make([]int32, r.IntN(60))
		for i := range rows {
			rows[i] = r.Int32N(int32(b.Rows()+1)) - 1
		}
		columns, want := make([]batch.Column, len(appended)), make([]batch.Column, len(appended))
		for i, field := range appended {
			columns[i] = batch.GatherOrNull(b.Columns[i], rows)
			builder := batch.NewBuilder(field.Type)
			for _, row := range rows {
				if row < 0 {
					builder.AppendNull()
				} else {
					builder.AppendFrom(b.Columns[i], int(row))
				}
			}
			want[i] = builder.Finish()
			if text, ok := columns[i].(*batch.Bytes); ok && !slices.Equal(text.Offsets, want[i].(*batch.Bytes).Offsets) {
				t.Fatal("NULL is not an empty text")
			}
		}
		if got, want := texts(batch.New(len(rows), columns...)), texts(batch.New(len(rows), want...)); !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	}
}
