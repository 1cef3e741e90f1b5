package batch_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// TestAppendRowsIsGatherOfBoth appends rows of columns of every physical type, with and without NULLs,
// and compares with the texts of the rows.
func TestAppendRowsIsGatherOfBoth(t *testing.T) {
	integer := types.Of(types.Int)
	for _, typ := range []types.Type{
		types.Of(types.Boolean), types.Of(types.TinyInt), types.Of(types.SmallInt), integer, types.Of(types.BigInt), types.DecimalOf(10, 2),
		types.Of(types.Float), types.Of(types.Double), types.String, types.ArrayOf(types.String), types.MapOf(types.String, integer),
		types.RowOf(types.Schema{{Name: "a", Type: integer}, {Name: "b", Type: types.ArrayOf(integer)}}),
	} {
		with, without := sample(typ, true), sample(typ, false)
		for _, parts := range [][]batch.Column{{with, without}, {without, with}, {without, without}, {with, with}} {
			var appended batch.Column
			var want []string
			for i, part := range parts {
				for _, rows := range [][]int32{{0, 99, 3, 3}, {}, {int32(i), 64, 65}, slices.Repeat([]int32{7, 50}, 70)} {
					appended = batch.AppendRows(appended, part, rows)
					for _, row := range rows {
						want = append(want, textOf(part, int(row), typ))
					}
				}
			}
			var got []string
			for row := range appended.Len() {
				got = append(got, textOf(appended, row, typ))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v: got %v, want %v", typ, got, want)
			}
		}
	}
}

func textOf(c batch.Column, row int, t types.Type) string {
	if !c.Valid().Get(row) {
		return "NULL"
	}
	return string(batch.AppendText(nil, c, row, t, time.UTC))
}

// sample returns a column of 100 rows, with NULLs if asked for.
func sample(t types.Type, nulls bool) batch.Column {
	builder := batch.NewBuilder(t)
	for row := range 100 {
		if nulls && row%3 == 1 {
			builder.AppendNull()
		} else {
			appendSample(builder, row)
		}
	}
	return builder.Finish()
}

func appendSample(builder batch.Builder, n int) {
	switch b := builder.(type) {
	case *batch.FixedBuilder[bool]:
		b.Append(n%2 == 0)
	case *batch.FixedBuilder[int8]:
		b.Append(int8(n))
	case *batch.FixedBuilder[int16]:
		b.Append(int16(n))
	case *batch.FixedBuilder[int32]:
		b.Append(int32(n))
	case *batch.FixedBuilder[int64]:
		b.Append(int64(n))
	case *batch.FixedBuilder[types.Decimal128]:
		b.Append(types.DecimalFromInt(int64(n)))
	case *batch.FixedBuilder[float32]:
		b.Append(float32(n))
	case *batch.FixedBuilder[float64]:
		b.Append(float64(n))
	case *batch.BytesBuilder:
		b.AppendString(fmt.Sprintf("text %d", n))
	case *batch.ListBuilder:
		for i := range n % 4 {
			appendSample(b.Items, n+i)
		}
		b.Close()
	case *batch.StructBuilder:
		for i, field := range b.Fields {
			appendSample(field, n+i)
		}
		b.Close()
	}
}
