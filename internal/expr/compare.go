package expr

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// CompareOp is a comparison.
type CompareOp uint8

// The comparisons.
const (
	Eq CompareOp = iota
	Ne
	Lt
	Le
	Gt
	Ge
)

var compareText = [...]string{"=", "<>", "<", "<=", ">", ">="}

// String is the operator as SQL writes it.
func (op CompareOp) String() string { return compareText[op] }

// Flip returns the operator for swapped operands.
func (op CompareOp) Flip() CompareOp { return [...]CompareOp{Eq, Ne, Gt, Ge, Lt, Le}[op] }

// holds reports whether the operator holds for a three-way comparison.
func (op CompareOp) holds(order int) bool {
	switch op {
	case Eq:
		return order == 0
	case Ne:
		return order != 0
	case Lt:
		return order < 0
	case Le:
		return order <= 0
	case Gt:
		return order > 0
	case Ge:
		return order >= 0
	}
	return false
}

// Compare is left op right on two operands of the same physical type; NULL if either is NULL.
type Compare struct {
	Op          CompareOp
	Left, Right Expr
}

// NewCompare returns a comparison; a constant on the left of something else moves to the right.
func NewCompare(op CompareOp, left, right Expr) *Compare {
	_, constant := left.(*Literal)
	if _, both := right.(*Literal); constant && !both {
		return &Compare{Op: op.Flip(), Left: right, Right: left}
	}
	return &Compare{Op: op, Left: left, Right: right}
}

// Type is BOOLEAN.
func (e *Compare) Type() types.Type {
	return types.Type{Kind: types.Boolean, NotNull: e.Left.Type().NotNull && e.Right.Type().NotNull}
}

// Children are the two operands.
func (e *Compare) Children() []Expr { return []Expr{e.Left, e.Right} }

// WithChildren returns the comparison of other operands.
func (e *Compare) WithChildren(c []Expr) Expr { return &Compare{Op: e.Op, Left: c[0], Right: c[1]} }

// String is left op right.
func (e *Compare) String() string {
	return infix(e.Left, e.Op.String(), e.Right, precedenceCompare)
}

func (e *Compare) head() any { return e.Op }

// Eval compares row by row.
func (e *Compare) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	left, err := e.Left.Eval(c, b)
	if err != nil {
		return nil, err
	}
	if constant, ok := Constant(e.Right); ok && constant != nil {
		return batch.NewFixed(compareConstant(e.Op, left, constant), left.Valid()), nil
	}
	right, err := e.Right.Eval(c, b)
	if err != nil {
		return nil, err
	}
	return batch.NewFixed(compareColumns(e.Op, left, right), batch.And(left.Valid(), right.Valid())), nil
}

func compareConstant(op CompareOp, left batch.Column, right any) []bool {
	switch left := left.(type) {
	case *batch.Fixed[bool]:
		return compareBools(op, left.Values, func(int) bool { return right.(bool) })
	case *batch.Fixed[int8]:
		return compareScalar(op, left.Values, right.(int8))
	case *batch.Fixed[int16]:
		return compareScalar(op, left.Values, right.(int16))
	case *batch.Fixed[int32]:
		return compareScalar(op, left.Values, right.(int32))
	case *batch.Fixed[int64]:
		return compareScalar(op, left.Values, right.(int64))
	case *batch.Fixed[types.Decimal128]:
		return compareDecimals(op, left.Values, func(int) types.Decimal128 { return right.(types.Decimal128) })
	case *batch.Fixed[float32]:
		return compareScalar(op, left.Values, right.(float32))
	case *batch.Fixed[float64]:
		return compareScalar(op, left.Values, right.(float64))
	case *batch.Bytes:
		return compareText1(op, left, right.(string))
	case *batch.List, *batch.Struct:
		return compareColumns(op, left, right.(batch.Column).Gather(make([]int32, left.Len())))
	}
	panic("expr: comparison of an unknown column")
}

func compareScalar[T cmp.Ordered](op CompareOp, values []T, v T) []bool {
	out := make([]bool, len(values))
	switch op {
	case Eq:
		for i, x := range values {
			out[i] = x == v
		}
	case Ne:
		for i, x := range values {
			out[i] = x != v
		}
	case Lt:
		for i, x := range values {
			out[i] = x < v
		}
	case Le:
		for i, x := range values {
			out[i] = x <= v
		}
	case Gt:
		for i, x := range values {
			out[i] = x > v
		}
	case Ge:
		for i, x := range values {
			out[i] = x >= v
		}
	}
	return out
}

func compareText1(op CompareOp, left *batch.Bytes, v string) []bool {
	out := make([]bool, left.Len())
	if op == Eq || op == Ne {
		equalText(out, left, v, op == Eq)
		return out
	}
	constant := []byte(v)
	for i := range out {
		out[i] = op.holds(bytes.Compare(left.At(i), constant))
	}
	return out
}

// equalText sets out to what equal says for the texts that are v, and to the opposite for the others.
func equalText(out []bool, c *batch.Bytes, v string, equal bool) {
	const word = 8
	short, want, mask := len(v) <= word, uint64(0), ^uint64(0)
	if short {
		var padded [word]byte
		copy(padded[:], v)
		want = binary.LittleEndian.Uint64(padded[:])
		mask >>= 64 - 8*len(v) // a shift by 64 gives 0
	}
	start, data := c.Offsets[0], c.Data
	for i, end := range c.Offsets[1:] {
		if short && int(start)+word <= len(data) { // without a branch on the text, which no predictor could guess
			differs := binary.LittleEndian.Uint64(data[start:])&mask ^ want | uint64(int(end-start)^len(v))
			out[i] = (differs == 0) == equal
		} else {
			out[i] = (string(data[start:end]) == v) == equal
		}
		start = end
	}
}

func compareColumns(op CompareOp, left, right batch.Column) []bool {
	switch left := left.(type) {
	case *batch.Fixed[bool]:
		values := batch.Values[bool](right)
		return compareBools(op, left.Values, func(i int) bool { return values[i] })
	case *batch.Fixed[int8]:
		return compareFixed(op, left.Values, batch.Values[int8](right))
	case *batch.Fixed[int16]:
		return compareFixed(op, left.Values, batch.Values[int16](right))
	case *batch.Fixed[int32]:
		return compareFixed(op, left.Values, batch.Values[int32](right))
	case *batch.Fixed[int64]:
		return compareFixed(op, left.Values, batch.Values[int64](right))
	case *batch.Fixed[types.Decimal128]:
		values := batch.Values[types.Decimal128](right)
		return compareDecimals(op, left.Values, func(i int) types.Decimal128 { return values[i] })
	case *batch.Fixed[float32]:
		return compareFixed(op, left.Values, batch.Values[float32](right))
	case *batch.Fixed[float64]:
		return compareFixed(op, left.Values, batch.Values[float64](right))
	case *batch.Bytes:
		other := right.(*batch.Bytes)
		out := make([]bool, left.Len())
		for i := range out {
			out[i] = op.holds(bytes.Compare(left.At(i), other.At(i)))
		}
		return out
	case *batch.List, *batch.Struct:
		out := make([]bool, left.Len())
		for i := range out {
			out[i] = sameValue(left, right, i, i) == (op == Eq)
		}
		return out
	}
	panic("expr: comparison of an unknown column")
}

func compareFixed[T cmp.Ordered](op CompareOp, left, right []T) []bool {
	out := make([]bool, len(left))
	right = right[:len(left)]
	switch op {
	case Eq:
		for i, x := range left {
			out[i] = x == right[i]
		}
	case Ne:
		for i, x := range left {
			out[i] = x != right[i]
		}
	case Lt:
		for i, x := range left {
			out[i] = x < right[i]
		}
	case Le:
		for i, x := range left {
			out[i] = x <= right[i]
		}
	case Gt:
		for i, x := range left {
			out[i] = x > right[i]
		}
	case Ge:
		for i, x := range left {
			out[i] = x >= right[i]
		}
	}
	return out
}

func compareBools(op CompareOp, left []bool, right func(int) bool) []bool {
	out := make([]bool, len(left))
	for i, x := range left {
		out[i] = op.holds(boolOrder(x) - boolOrder(right(i)))
	}
	return out
}

func compareDecimals(op CompareOp, left []types.Decimal128, right func(int) types.Decimal128) []bool {
	out := make([]bool, len(left))
	for i, x := range left {
		out[i] = op.holds(x.Compare(right(i)))
	}
	return out
}

// sameValue reports whether row i of a equals row j of b, columns of one type. NULL equals NULL here.
func sameValue(a, b batch.Column, i, j int) bool {
	if !a.Valid().Get(i) || !b.Valid().Get(j) {
		return a.Valid().Get(i) == b.Valid().Get(j)
	}
	switch a := a.(type) {
	case *batch.Struct:
		for k, field := range a.Fields {
			if !sameValue(field, b.(*batch.Struct).Fields[k], i, j) {
				return false
			}
		}
		return true
	case *batch.List:
		other := b.(*batch.List)
		from, to := a.Range(i)
		otherFrom, otherTo := other.Range(j)
		same := to-from == otherTo-otherFrom
		for k := 0; same && k < to-from; k++ {
			same = sameValue(a.Items, other.Items, from+k, otherFrom+k)
		}
		return same
	}
	return valueAt(a, i) == valueAt(b, j)
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}
