package operator_test

import (
	"context"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/types"
)

// emitted keeps the batches that an operator emits.
type emitted struct{ batches []*batch.Batch }

func (e *emitted) Emit(_ context.Context, b *batch.Batch) error {
	e.batches = append(e.batches, b)
	return nil
}

// TestUnnestCutsLargeBatches unnests rows of 1000 elements: no element is lost, and batches end where they
// have become large.
func TestUnnestCutsLargeBatches(t *testing.T) {
	const rows, each = 20, 1000
	offsets, values, ids := make([]int32, rows+1), make([]int64, 0, rows*each), make([]int64, rows)
	for row := range rows {
		ids[row] = int64(row)
		for i := range each {
			values = append(values, int64(row*each+i))
		}
		offsets[row+1] = int32(len(values))
	}
	input := batch.New(rows, batch.NewFixed(ids, nil), batch.NewList(offsets, batch.NewFixed(values, nil), nil))
	input.Changes = make([]batch.Change, rows)
	input.Changes[3] = batch.Delete
	collection := expr.NewColumn(1, "items", types.ArrayOf(types.Of(types.BigInt)))
	out := &emitted{}
	if err := operator.NewUnnest(collection, false, true, &expr.Context{}).Process(t.Context(), input, out); err != nil {
		t.Fatal(err)
	}
	next := int64(0)
	for _, b := range out.batches {
		if b.Rows() < 4096 && b != out.batches[len(out.batches)-1] || b.Rows() > 4096+each {
			t.Errorf("a batch has %d rows", b.Rows())
		}
		for row := range b.Rows() {
			id, value, position := batch.Values[int64](b.Columns[0])[row], batch.Values[int64](b.Columns[2])[row], batch.Values[int32](b.Columns[3])[row]
			if value != next || id != next/each || int64(position) != next%each+1 || (b.Changes[row] == batch.Delete) != (id == 3) {
				t.Fatalf("row %d is %d, %d, %d, %v", next, id, value, position, b.Changes[row])
			}
			next++
		}
	}
	if next != rows*each {
		t.Errorf("%d rows, want %d", next, rows*each)
	}
}
