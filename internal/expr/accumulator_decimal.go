package expr

import (
	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// decimalSum adds DECIMALs of one scale into totals of 38 digits. With mean it gives their average.
type decimalSum struct {
	scale int
	mean  bool
	sums  []sum[types.Decimal128]
}

func (a *decimalSum) Resize(groups int) { a.sums = grown(a.sums, groups) }

func (a *decimalSum) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	values := batch.Values[types.Decimal128](arg)
	for i, group := range groups {
		if !valid.Get(from + i) {
			continue
		}
		if err := a.add(group, values[from+i], 1); err != nil {
			return err
		}
	}
	return nil
}

func (a *decimalSum) add(group uint32, v types.Decimal128, count int64) error {
	s := &a.sums[group]
	total, ok := s.total.Add(v)
	if !ok {
		return diag.Errorf(diag.BadData, diag.Span{}, "SUM does not fit in DECIMAL(%d, %d)", types.MaxDecimalPrecision, a.scale).
			WithHint("cast the argument to DOUBLE, or to a DECIMAL of fewer digits after the point")
	}
	s.total = total
	s.count += count
	return nil
}

func (a *decimalSum) Merge(from Accumulator, at, group uint32) error {
	other := from.(*decimalSum).sums[at]
	return a.add(group, other.total, other.count)
}

func (a *decimalSum) Result(groups int) batch.Column {
	values := make([]types.Decimal128, groups)
	var valid batch.Bitmap
	meanScale := types.DecimalMean(types.DecimalOf(types.MaxDecimalPrecision, a.scale)).Scale
	for i := range values {
		s := a.sums[i]
		switch {
		case s.count == 0:
			valid = without(valid, groups, i)
		case a.mean: // the mean of a sum of 38 digits may not have room for its scale: then it is NULL
			var ok bool
			if values[i], ok = s.total.Divide(types.DecimalFromInt(s.count), meanScale-a.scale); !ok {
				valid = without(valid, groups, i)
			}
		default:
			values[i] = s.total
		}
	}
	return batch.NewFixed(values, valid)
}

func (a *decimalSum) State(groups int) []batch.Column { return sumState(a.sums[:groups]) }

func (a *decimalSum) Load(columns []batch.Column) (err error) {
	a.sums, err = loadedSums[types.Decimal128](columns)
	return err
}

func (a *decimalSum) Size() int { return 24 * cap(a.sums) }

// decimalExtreme is MIN or MAX of DECIMALs of one scale.
type decimalExtreme struct {
	max  bool
	best []best[types.Decimal128]
}

func (a *decimalExtreme) Resize(groups int) { a.best = grown(a.best, groups) }

func (a *decimalExtreme) Add(groups []uint32, arg batch.Column, valid batch.Bitmap, from int) error {
	values := batch.Values[types.Decimal128](arg)
	for i, group := range groups {
		if valid.Get(from + i) {
			a.offer(group, values[from+i])
		}
	}
	return nil
}

func (a *decimalExtreme) offer(group uint32, v types.Decimal128) {
	if b := &a.best[group]; !b.seen || v.Compare(b.value) > 0 == a.max {
		*b = best[types.Decimal128]{v, true}
	}
}

func (a *decimalExtreme) Merge(from Accumulator, at, group uint32) error {
	if v := from.(*decimalExtreme).best[at]; v.seen {
		a.offer(group, v.value)
	}
	return nil
}

func (a *decimalExtreme) Result(groups int) batch.Column { return bestColumn(a.best[:groups]) }

func (a *decimalExtreme) State(groups int) []batch.Column {
	return []batch.Column{a.Result(groups)}
}

func (a *decimalExtreme) Load(columns []batch.Column) (err error) {
	a.best, err = loadedBest[types.Decimal128](columns)
	return err
}

func (a *decimalExtreme) Size() int { return 24 * cap(a.best) }
