package expr

import (
	"reflect"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// oneOf returns the column at i if there are n of them, else nil.
func oneOf(columns []batch.Column, i, n int) batch.Column {
	if len(columns) != n {
		return nil
	}
	return columns[i]
}

// loaded returns the values of column i of n that a snapshot holds.
func loaded[T batch.Value](columns []batch.Column, i, n int) ([]T, error) {
	column, ok := oneOf(columns, i, n).(*batch.Fixed[T])
	if !ok {
		return nil, errState(columns)
	}
	return column.Values, nil
}

func errState(columns []batch.Column) error {
	return diag.Errorf(diag.BadData, diag.Span{}, "%d columns are not the state of this aggregate", len(columns))
}

// loadedSums returns totals and counts as sumState has stored them.
func loadedSums[S batch.Value](columns []batch.Column) ([]sum[S], error) {
	totals, err := loaded[S](columns, 0, 2)
	if err != nil {
		return nil, err
	}
	counts, err := loaded[int64](columns, 1, 2)
	if err != nil {
		return nil, err
	}
	if len(counts) != len(totals) {
		return nil, errState(columns)
	}
	sums := make([]sum[S], len(totals))
	for i := range sums {
		sums[i] = sum[S]{totals[i], counts[i]}
	}
	return sums, nil
}

func sumState[S batch.Value](sums []sum[S]) []batch.Column {
	totals, counts := make([]S, len(sums)), make([]int64, len(sums))
	for i, s := range sums {
		totals[i], counts[i] = s.total, s.count
	}
	return []batch.Column{batch.NewFixed(totals, nil), batch.NewFixed(counts, nil)}
}

func loadedBest[T batch.Value](columns []batch.Column) ([]best[T], error) {
	values, err := loaded[T](columns, 0, 1)
	if err != nil {
		return nil, err
	}
	valid := columns[0].Valid()
	all := make([]best[T], len(values))
	for i, v := range values {
		if valid.Get(i) {
			all[i] = best[T]{v, true}
		}
	}
	return all, nil
}

// isOf reports whether a column has the physical type of t.
func isOf(column batch.Column, t types.Type) bool {
	empty := batch.NewBuilder(t).Finish()
	if reflect.TypeOf(column) != reflect.TypeOf(empty) {
		return false
	}
	switch c := column.(type) {
	case *batch.List:
		if t.Kind == types.Array {
			return isOf(c.Items, t.Element())
		}
		entries, ok := c.Items.(*batch.Struct)
		return ok && areOf(entries.Fields, t.Fields())
	case *batch.Struct:
		return areOf(c.Fields, t.Fields())
	}
	return true
}

func areOf(columns []batch.Column, fields types.Schema) bool {
	return slices.EqualFunc(columns, fields, func(c batch.Column, field types.Field) bool { return isOf(c, field.Type) })
}
