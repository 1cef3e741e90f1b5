package expr

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// AggregateCall is a call of an aggregate as it is written.
type AggregateCall struct {
	Function *AggregateFunction
	Star     bool // called with *
	Args     []Expr
	Distinct bool
	OrderBy  []Expr
	Order    []SortOrder // of OrderBy
	Nulls    string      // "", IGNORE or RESPECT
	Filter   Expr        // nil: every row
	Span     diag.Span
}

// Aggregate is a checked call of an aggregate function.
type Aggregate struct {
	Function *AggregateFunction
	// Arg is what a row contributes: the argument, or a *Tuple of the arguments and then the values
	// that rows are ordered by, if there is more than one value or NULLs count; nil for COUNT(*).
	Arg      Expr
	Filter   Expr // nil: every row
	Distinct bool
	// Order is how rows are ordered by the last fields of the tuple; none: as they are added.
	Order []SortOrder

	signature *AggregateSignature
	args      []types.Type // of all arguments
	constants []*Literal   // the arguments that must be constant
	nulls     string       // as written
	arrival   bool         // the last of Order is the arrival
}

// NewAggregate checks and returns a call. The error for arguments that fit no signature lists the
// signatures.
func NewAggregate(call AggregateCall) (*Aggregate, error) {
	f, span := call.Function, call.Span
	if err := call.check(); err != nil {
		return nil, err
	}
	a := &Aggregate{Function: f, Filter: call.Filter, Distinct: call.Distinct && f.Duplicates == DuplicatesCount, nulls: call.Nulls, Order: call.Order}
	if call.Star {
		a.signature, a.args = &f.Signatures[0], []types.Type{types.RequiredBigInt}
		return a, nil
	}
	for i := range f.Signatures {
		if a.signature = &f.Signatures[i]; a.signature.matches(call.Args) {
			return a, a.setArgs(a.signature.convert(call.Args, span), call.OrderBy, span)
		}
	}
	return nil, notTaken(f.Name, call.Args, f.Usage(), span)
}

func (s *AggregateSignature) matches(args []Expr) bool {
	if len(args) < len(s.Params)-s.Optional || len(args) > len(s.Params) {
		return false
	}
	for i, arg := range args {
		param, t := s.Params[i], arg.Type()
		// A bare NULL has the type that the parameter says; without one it has none.
		if !param.Accepts(t) && (t.Kind != types.Null || param.As == nil) {
			return false
		}
	}
	return true
}

func (s *AggregateSignature) convert(args []Expr, span diag.Span) []Expr {
	converted := slices.Clone(args)
	for i, arg := range args {
		if as := s.Params[i].As; as != nil {
			converted[i] = NewCast(arg, as(arg.Type()), false, true, span)
		}
	}
	return converted
}

// constantOf evaluates an expression that depends on no row.
func constantOf(e Expr) (*Literal, error) {
	if !IsConstant(e) {
		return nil, fmt.Errorf("%s depends on the row", e)
	}
	folded, err := Fold(e, &Context{Zone: time.UTC}, batch.New(1))
	if err != nil {
		return nil, err
	}
	return folded.(*Literal), nil
}

// check reports clauses that the function does not take.
func (call *AggregateCall) check() error {
	f, span := call.Function, call.Span
	switch {
	case call.Star && !f.Star:
		return diag.Errorf(diag.Semantic, span, "%s does not take *", f.Name).WithHint("use %s", strings.Join(f.Usage(), " or "))
	case call.Distinct && f.Duplicates == DuplicatesRefused:
		return diag.Errorf(diag.Semantic, span, "%s does not take DISTINCT", f.Name)
	case len(call.OrderBy) > 0 && !f.Ordered:
		return diag.Errorf(diag.Semantic, span, "%s does not take ORDER BY: its result is the same in any order", f.Name)
	case call.Nulls != "" && f.Nulls == NullsSkipped:
		return diag.Errorf(diag.Semantic, span, "%s does not take %s NULLS", f.Name, call.Nulls)
	case call.Distinct && f.Duplicates == DuplicatesCount:
		for _, by := range call.OrderBy {
			if !slices.ContainsFunc(call.Args, func(arg Expr) bool { return Equal(arg, by) }) {
				return diag.Errorf(diag.Semantic, span, "%s with DISTINCT cannot be ordered by something else than its argument", f.Name).
					WithHint("order by the argument, or leave DISTINCT out")
			}
		}
	}
	return nil
}

// setArgs makes Arg of the arguments, and takes the constants out of them.
func (a *Aggregate) setArgs(args, orderBy []Expr, span diag.Span) error {
	var rows []Expr
	for i, arg := range args {
		a.args = append(a.args, arg.Type())
		if !a.signature.Params[i].Constant {
			rows = append(rows, arg)
			continue
		}
		value, err := constantOf(arg)
		if err != nil {
			return diag.Errorf(diag.Semantic, span, "the %s of %s must be a constant", a.signature.Params[i].Name, a.Function.Name)
		}
		if check := a.signature.Params[i].Check; check != nil {
			if err := check(value.Value); err != nil {
				return diag.Errorf(diag.Semantic, span, "%s: %v", a.Function.Name, err)
			}
		}
		a.constants = append(a.constants, value)
	}
	if len(rows) == 1 && len(orderBy) == 0 && !a.keepsNulls() {
		a.Arg = rows[0]
		return nil
	}
	if a.Distinct && !a.KeepsRows() {
		return diag.Errorf(diag.Semantic, span, "%s of %d values does not take DISTINCT", a.Function.Name, len(rows))
	}
	a.Arg = NewTuple(slices.Concat(rows, orderBy), a.needed(len(rows)))
	return nil
}

// keepsNulls reports whether rows whose argument is NULL count.
func (a *Aggregate) keepsNulls() bool {
	return a.Function.Nulls == NullsRespected && a.nulls == "" || a.nulls == "RESPECT"
}

// needed is how many of the row's arguments a row must have to count. Where only some of them may be
// NULL, the accumulator looks.
func (a *Aggregate) needed(rows int) int {
	if a.keepsNulls() || a.Function.OnNull && rows > 1 {
		return 0
	}
	return rows
}

// values is how many arguments differ by row.
func (a *Aggregate) values() int { return len(a.args) - len(a.constants) }

// InArrivalOrder returns the call with rows that are equal in its order, or all of them if it has none,
// ordered by their arrival at the task. It is the call itself if the order does not matter.
func (a *Aggregate) InArrivalOrder() *Aggregate {
	if !a.Function.Ordered || a.arrival {
		return a
	}
	out, fields := *a, []Expr{a.Arg}
	if tuple, ok := a.Arg.(*Tuple); ok {
		fields = tuple.Fields
	}
	out.arrival = true
	out.Order = append(slices.Clone(a.Order), SortOrder{})
	out.Arg = NewTuple(append(slices.Clone(fields), Arrival{}), a.needed(a.values()))
	return &out
}

// Type is the result type.
func (a *Aggregate) Type() types.Type { return a.signature.Type(a.args) }

// New makes an empty accumulator.
func (a *Aggregate) New() Accumulator { return a.signature.New(a) }

// DistinctType is the type of the values that DISTINCT compares.
func (a *Aggregate) DistinctType() types.Type { return a.argType() }

// DistinctValues returns the values that DISTINCT compares, of the column of Arg.
func (a *Aggregate) DistinctValues(arg batch.Column) batch.Column { return valueColumn(a, arg) }

// KeepsRows reports whether an accumulator of the call keeps its rows, and leaves duplicates out itself
// where groups of different accumulators have the same ones.
func (a *Aggregate) KeepsRows() bool { return a.Function.Ordered }

// argType is the type of the first argument.
func (a *Aggregate) argType() types.Type { return a.args[0] }

// written returns the expressions of the call that have a value for each row: the arguments, and what
// ORDER BY names.
func (a *Aggregate) written() (args, orderBy []Expr) {
	tuple, ok := a.Arg.(*Tuple)
	switch {
	case a.Arg == nil:
		return nil, nil
	case !ok:
		return []Expr{a.Arg}, nil
	}
	n := a.values()
	orderBy = tuple.Fields[n:]
	if a.arrival {
		orderBy = orderBy[:len(orderBy)-1]
	}
	return tuple.Fields[:n], orderBy
}

// String is the call as SQL writes it.
func (a *Aggregate) String() string {
	text := "*"
	rows, orderBy := a.written()
	if a.Arg != nil {
		text = a.argsText(rows)
	}
	if a.Distinct {
		text = "DISTINCT " + text
	}
	for i, by := range orderBy {
		if i == 0 {
			text += " ORDER BY "
		} else {
			text += ", "
		}
		text += by.String() + a.Order[i].String()
	}
	switch {
	case a.nulls == "":
		text = a.Function.Name + "(" + text + ")"
	case a.Function.OnNull:
		text = a.Function.Name + "(" + text + map[string]string{"IGNORE": " ABSENT", "RESPECT": " NULL"}[a.nulls] + " ON NULL)"
	default:
		text = a.Function.Name + "(" + text + ") " + a.nulls + " NULLS"
	}
	if a.Filter != nil {
		text += " FILTER (WHERE " + a.Filter.String() + ")"
	}
	return text
}

// argsText is the arguments in the order of the parameters: rows, and the constants.
func (a *Aggregate) argsText(rows []Expr) string {
	all, constants := make([]Expr, len(a.args)), a.constants
	for i := range all {
		if a.signature.Params[i].Constant {
			all[i], constants = constants[0], constants[1:]
		} else {
			all[i], rows = rows[0], rows[1:]
		}
	}
	return joined(all)
}

// Exprs returns the expressions inside the call: the argument and the filter, where there are any.
func (a *Aggregate) Exprs() []Expr {
	var out []Expr
	if a.Arg != nil {
		out = append(out, a.Arg)
	}
	if a.Filter != nil {
		out = append(out, a.Filter)
	}
	return out
}

// Map returns the call with its expressions changed; they keep their types.
func (a *Aggregate) Map(change func(Expr) Expr) *Aggregate {
	out := *a
	if a.Arg != nil {
		out.Arg = change(a.Arg)
	}
	if a.Filter != nil {
		out.Filter = change(a.Filter)
	}
	return &out
}

// Equal reports whether both calls compute the same thing.
func (a *Aggregate) Equal(b *Aggregate) bool {
	same := func(x, y Expr) bool {
		return x == nil && y == nil || x != nil && y != nil && Equal(x, y)
	}
	return a.Function == b.Function && a.Distinct == b.Distinct && a.keepsNulls() == b.keepsNulls() &&
		a.arrival == b.arrival && slices.Equal(a.Order, b.Order) && same(a.Arg, b.Arg) && same(a.Filter, b.Filter) &&
		slices.EqualFunc(a.constants, b.constants, func(x, y *Literal) bool { return Equal(x, y) })
}
