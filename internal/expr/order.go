package expr

import (
	"bytes"
	"cmp"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// SortOrder is how rows are ordered by a value. NULLs come first, as the lowest value, unless NullsLast.
type SortOrder struct {
	Desc      bool
	NullsLast bool
}

// NewSortOrder returns the order that ORDER BY names: nulls is FIRST, LAST, or empty for the default,
// which takes NULL for the lowest value.
func NewSortOrder(desc bool, nulls string) SortOrder {
	return SortOrder{Desc: desc, NullsLast: nulls == "LAST" || nulls == "" && desc}
}

// String is what SQL writes behind the value, with a space before it; empty for the default.
func (o SortOrder) String() string {
	text := ""
	if o.Desc {
		text = " DESC"
	}
	switch {
	case o.NullsLast && !o.Desc:
		text += " NULLS LAST"
	case !o.NullsLast && o.Desc:
		text += " NULLS FIRST"
	}
	return text
}

// SortKey is a value that rows are ordered by.
type SortKey struct {
	Expr Expr
	SortOrder
}

// String is what ORDER BY says.
func (k SortKey) String() string { return k.Expr.String() + k.SortOrder.String() }

// ordering compares rows.
type ordering func(i, j int32) int

// orderingOf returns the comparison of rows by columns in their orders.
func orderingOf(columns []batch.Column, orders []SortOrder) ordering {
	keys := make([]ordering, len(columns))
	for i, column := range columns {
		keys[i] = orderingBy(column, orders[i])
	}
	if len(keys) == 1 {
		return keys[0]
	}
	return func(i, j int32) int {
		for _, key := range keys {
			if order := key(i, j); order != 0 {
				return order
			}
		}
		return 0
	}
}

func orderingBy(column batch.Column, order SortOrder) ordering {
	values, valid := naturalOrder(column), column.Valid()
	if order.Desc {
		ascending := values
		values = func(i, j int32) int { return ascending(j, i) }
	}
	if valid == nil {
		return values
	}
	null := -1
	if order.NullsLast {
		null = 1
	}
	return func(i, j int32) int {
		switch a, b := valid.Get(int(i)), valid.Get(int(j)); {
		case a && b:
			return values(i, j)
		case a:
			return -null
		case b:
			return null
		}
		return 0
	}
}

// naturalOrder compares the values of rows that are not NULL. NaN equals NaN, above all other numbers.
func naturalOrder(column batch.Column) ordering {
	switch c := column.(type) {
	case *batch.Fixed[bool]:
		return func(i, j int32) int { return bit(c.Values[i]) - bit(c.Values[j]) }
	case *batch.Fixed[int8]:
		return orderOf(c.Values)
	case *batch.Fixed[int16]:
		return orderOf(c.Values)
	case *batch.Fixed[int32]:
		return orderOf(c.Values)
	case *batch.Fixed[int64]:
		return orderOf(c.Values)
	case *batch.Fixed[types.Decimal128]:
		return func(i, j int32) int { return c.Values[i].Compare(c.Values[j]) }
	case *batch.Fixed[float32]:
		return orderOfFloats(c.Values)
	case *batch.Fixed[float64]:
		return orderOfFloats(c.Values)
	case *batch.Bytes:
		return func(i, j int32) int { return bytes.Compare(c.At(int(i)), c.At(int(j))) }
	case *batch.Struct:
		return orderingOf(c.Fields, make([]SortOrder, len(c.Fields)))
	case *batch.List:
		return orderOfLists(c)
	}
	panic("expr: order of an unknown column")
}

func orderOf[T int8 | int16 | int32 | int64](values []T) ordering {
	return func(i, j int32) int { return cmp.Compare(values[i], values[j]) }
}

func orderOfFloats[T float32 | float64](values []T) ordering {
	return func(i, j int32) int {
		a, b := values[i], values[j]
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return bit(a != a) - bit(b != b)
	}
}

// orderOfLists compares item by item; a list that another begins with comes first.
func orderOfLists(c *batch.List) ordering {
	items := orderingBy(c.Items, SortOrder{})
	return func(i, j int32) int {
		from, to := c.Range(int(i))
		other, end := c.Range(int(j))
		for from < to && other < end {
			if order := items(int32(from), int32(other)); order != 0 {
				return order
			}
			from, other = from+1, other+1
		}
		return cmp.Compare(to-from, end-other)
	}
}

func bit(v bool) int {
	if v {
		return 1
	}
	return 0
}
