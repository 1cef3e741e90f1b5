package expr

import (
	"strconv"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// WindowFunction is a function that exists only with OVER, beside the aggregates: a row of the table
// of window functions.
type WindowFunction struct {
	Name  string
	Kind  WindowKind
	Usage string // the call
	Doc   string // one sentence
	// Least and Most are how many arguments it takes.
	Least, Most int
}

// WindowKind says which function of the table of window functions is meant.
type WindowKind uint8

// The window functions.
const (
	RowNumber WindowKind = iota
	Rank
	DenseRank
	Lag
	Lead
	FirstValue
	LastValue
	NthValue
)

// Ranks reports whether the function numbers rows: it takes no frame and gives BIGINT.
func (k WindowKind) Ranks() bool { return k <= DenseRank }

// Framed reports whether the frame matters to the function.
func (k WindowKind) Framed() bool { return k >= FirstValue }

var windowFunctions = []*WindowFunction{
	{Name: "ROW_NUMBER", Kind: RowNumber, Usage: "ROW_NUMBER()", Doc: "The number of the row in its partition, from 1."},
	{Name: "RANK", Kind: Rank, Usage: "RANK()", Doc: "One more than the number of rows before the row and its peers."},
	{Name: "DENSE_RANK", Kind: DenseRank, Usage: "DENSE_RANK()", Doc: "One more than the number of different values before that of the row."},
	{Name: "LAG", Kind: Lag, Usage: "LAG(value [, offset [, default]])", Least: 1, Most: 3, Doc: "The value that many rows before (1 by default); the default, or NULL, where there is no such row."},
	{Name: "LEAD", Kind: Lead, Usage: "LEAD(value [, offset [, default]])", Least: 1, Most: 3, Doc: "The value that many rows after (1 by default), for which the row waits; the default, or NULL, where the input ends before."},
	{Name: "FIRST_VALUE", Kind: FirstValue, Usage: "FIRST_VALUE(value) [RESPECT NULLS]", Least: 1, Most: 1, Doc: "The first value of the frame that is not NULL; with RESPECT NULLS that of its first row."},
	{Name: "LAST_VALUE", Kind: LastValue, Usage: "LAST_VALUE(value) [RESPECT NULLS]", Least: 1, Most: 1, Doc: "The last value of the frame that is not NULL; with RESPECT NULLS that of its last row."},
	{Name: "NTH_VALUE", Kind: NthValue, Usage: "NTH_VALUE(value, n)", Least: 2, Most: 2, Doc: "The value of the n-th row of the frame; NULL if it has fewer."},
}

// WindowFunctions returns the table of window functions in the order in which the documentation lists it.
func WindowFunctions() []*WindowFunction { return windowFunctions }

// LookupWindowFunction returns the window function with the name, or nil.
func LookupWindowFunction(name string) *WindowFunction {
	for _, f := range windowFunctions {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// Unbounded is the offset of a frame that begins with the first row of the partition.
const Unbounded = -1

// Frame is the rows before the current one that a call with OVER looks at, the current one included.
type Frame struct {
	// Rows says that Preceding counts rows; otherwise it is microseconds of event time, and rows of
	// the same time as the current one are in the frame wherever they stand.
	Rows      bool
	Preceding int64 // or Unbounded
}

// String is the frame as EXPLAIN shows it: rows 2 preceding, range 1m preceding.
func (f Frame) String() string {
	unit, offset := "range", Span(f.Preceding)
	if f.Rows {
		unit, offset = "rows", strconv.FormatInt(f.Preceding, 10)
	}
	if f.Preceding == Unbounded {
		offset = "unbounded"
	}
	return unit + " " + offset + " preceding"
}

// WindowCall is a call with OVER: of an aggregate, or of a window function.
type WindowCall struct {
	Aggregate *Aggregate      // nil: Function is called
	Function  *WindowFunction // nil: Aggregate is called
	Arg       Expr            // value of the function; nil: it takes none
	Offset    int64           // of LAG and LEAD; n of NTH_VALUE
	Default   Expr            // of LAG and LEAD; nil: NULL
	// RespectNulls says that FIRST_VALUE and LAST_VALUE do not pass over NULLs.
	RespectNulls bool
	Frame        Frame
}

// Type is the type of the result.
func (c *WindowCall) Type() types.Type {
	switch {
	case c.Aggregate != nil:
		return c.Aggregate.Type()
	case c.Function.Kind.Ranks():
		return types.RequiredBigInt
	}
	return c.Arg.Type().Nullable()
}

// String is the call as EXPLAIN shows it, with its frame.
func (c *WindowCall) String() string {
	if c.Aggregate != nil {
		return c.Aggregate.String() + " " + c.Frame.String()
	}
	text := c.Function.Name + "("
	if c.Arg != nil {
		text += c.Arg.String()
	}
	switch c.Function.Kind { //nolint:exhaustive // the others take no number
	case Lag, Lead, NthValue:
		text += ", " + strconv.FormatInt(c.Offset, 10)
	}
	if c.Default != nil {
		text += ", " + c.Default.String()
	}
	text += ")"
	if c.RespectNulls && (c.Function.Kind == FirstValue || c.Function.Kind == LastValue) {
		text += " RESPECT NULLS"
	}
	if c.Function.Kind.Framed() {
		text += " " + c.Frame.String()
	}
	return text
}

// Exprs returns the expressions inside the call.
func (c *WindowCall) Exprs() []Expr {
	if c.Aggregate != nil {
		return c.Aggregate.Exprs()
	}
	var out []Expr
	for _, e := range []Expr{c.Arg, c.Default} {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

// Map returns the call with its expressions changed.
func (c *WindowCall) Map(change func(Expr) Expr) *WindowCall {
	out := *c
	if c.Aggregate != nil {
		out.Aggregate = c.Aggregate.Map(change)
	}
	if c.Arg != nil {
		out.Arg = change(c.Arg)
	}
	if c.Default != nil {
		out.Default = change(c.Default)
	}
	return &out
}

// Equal reports whether both calls compute the same thing over the same partition.
func (c *WindowCall) Equal(d *WindowCall) bool {
	same := func(a, b Expr) bool { return a == nil && b == nil || a != nil && b != nil && Equal(a, b) }
	if (c.Aggregate == nil) != (d.Aggregate == nil) || c.Aggregate != nil && !c.Aggregate.Equal(d.Aggregate) {
		return false
	}
	return c.Function == d.Function && c.Offset == d.Offset && c.RespectNulls == d.RespectNulls && c.Frame == d.Frame &&
		same(c.Arg, d.Arg) && same(c.Default, d.Default)
}

// NewWindowFunctionCall checks and returns a call of a window function; args are as the function's usage
// says.
func NewWindowFunctionCall(f *WindowFunction, args []Expr, span diag.Span) (*WindowCall, error) {
	if len(args) < f.Least || len(args) > f.Most {
		return nil, diag.Errorf(diag.Semantic, span, "%s takes %s", f.Name, arguments(f.Least, f.Most)).WithHint("write %s", f.Usage)
	}
	call := &WindowCall{Function: f}
	if len(args) > 0 {
		call.Arg = args[0]
	}
	least := int64(0)
	switch f.Kind { //nolint:exhaustive // the others have no offset
	case Lag, Lead:
		call.Offset = 1
	case NthValue:
		least = 1
	}
	if len(args) > 1 {
		n, ok := wholeConstant(args[1])
		if !ok || n < least || n > maxOffset {
			return nil, diag.Errorf(diag.Semantic, span, "the second argument of %s is a whole number from %d to %d", f.Name, least, maxOffset).WithHint("write %s", f.Usage)
		}
		call.Offset = n
	}
	if len(args) > 2 {
		unified, t, err := Unify([]Expr{args[0], args[2]}, span)
		if err != nil {
			return nil, err
		}
		call.Arg, call.Default = NewCast(unified[0], t.Nullable(), false, true, span), NewCast(unified[1], t.Nullable(), false, true, span)
	}
	return call, nil
}

// maxOffset bounds how many rows before or after the current one a call may look at, and with it
// what is kept for each partition.
const maxOffset = 1_000_000

func arguments(least, most int) string {
	switch {
	case most == 0:
		return "no arguments"
	case least == most && most == 1:
		return "1 argument"
	case least == most:
		return strconv.Itoa(most) + " arguments"
	}
	return strconv.Itoa(least) + " to " + strconv.Itoa(most) + " arguments"
}

// wholeConstant returns the value of an integer literal.
func wholeConstant(e Expr) (int64, bool) {
	value, _ := Constant(e)
	switch v := value.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}
