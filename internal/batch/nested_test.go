package batch_test

import (
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// nestedColumn has [a, NULL], NULL, [] and [b] as ARRAY<STRING>, in a ROW with a number.
func nestedColumn() (batch.Column, types.Type) {
	t := types.RowOf(types.Schema{{Name: "tags", Type: types.ArrayOf(types.String)}, {Name: "n", Type: types.Of(types.Int)}})
	row := batch.NewBuilder(t).(*batch.StructBuilder)
	list, n := row.Fields[0].(*batch.ListBuilder), row.Fields[1].(*batch.FixedBuilder[int32])
	text := list.Items.(*batch.BytesBuilder)
	text.AppendString("a")
	text.AppendNull()
	list.Close()
	n.Append(1)
	row.Close()
	row.AppendNull()
	list.Close()
	n.AppendNull()
	row.Close()
	text.AppendString("b")
	list.Close()
	n.Append(4)
	row.Close()
	return row.Finish(), t
}

func TestNestedColumnsGatherAndAppend(t *testing.T) {
	column, typ := nestedColumn()
	schema := types.Schema{{Name: "r", Type: typ}}
	const want = "r\n([a, NULL], 1)\nNULL\n([], NULL)\n([b], 4)\n"
	if got := batch.Format(batch.New(4, column), schema); got != want {
		t.Errorf("rows are\n%s", got)
	}
	gathered := column.Gather([]int32{3, 1, 0, 3})
	if got := batch.Format(batch.New(4, gathered), schema); got != "r\n([b], 4)\nNULL\n([a, NULL], 1)\n([b], 4)\n" {
		t.Errorf("gathered rows are\n%s", got)
	}
	copied := batch.NewBuilder(typ)
	for row := range 4 {
		copied.AppendFrom(column, row)
	}
	if copied.Len() != 4 {
		t.Errorf("the builder has %d rows", copied.Len())
	}
	if got := batch.Format(batch.New(4, copied.Finish()), schema); got != want {
		t.Errorf("copied rows are\n%s", got)
	}
	if copied.Len() != 0 || copied.Finish().Len() != 0 {
		t.Error("the builder is not empty after Finish")
	}
	if column.Size() <= 0 || column.WithValid(batch.NewBitmap(4)).Valid().Count(4) != 0 {
		t.Error("size or validity is wrong")
	}
}

func TestMapsPrintTheirEntries(t *testing.T) {
	typ := types.MapOf(types.String, types.DecimalOf(4, 2))
	list := batch.NewBuilder(typ).(*batch.ListBuilder)
	entry := list.Items.(*batch.StructBuilder)
	for i, key := range []string{"x", "y"} {
		entry.Fields[0].(*batch.BytesBuilder).AppendString(key)
		entry.Fields[1].(*batch.FixedBuilder[types.Decimal128]).Append(types.DecimalFromInt(int64(150 - 200*i)))
		entry.Close()
	}
	list.Close()
	if got := batch.Format(batch.New(1, list.Finish()), types.Schema{{Name: "m", Type: typ}}); got != "m\n{x=1.50, y=-0.50}\n" {
		t.Errorf("the map prints as %q", got)
	}
}
