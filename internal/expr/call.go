package expr

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// Function is one scalar function: a row of the function table, from which resolution, SHOW
// FUNCTIONS and the reference documentation come.
type Function struct {
	Name     string
	Aliases  []string
	Category string
	Doc      string // one sentence
	Example  string // SQL expression without columns
	Result   string // what the example gives, as text
	// Signatures are tried in order.
	Signatures []Signature
	// Syntax is how the function is called, where it has keywords of its own. Without Signatures, the
	// binder makes its calls.
	Syntax []string
	// Volatile functions may give another value at every evaluation.
	Volatile bool
	// Zoned functions depend on the session time zone though none of their types does.
	Zoned bool
	// CanFail says that some arguments are an error.
	CanFail bool
	// Infix is how EXPLAIN writes a two-argument call: "LIKE" for a LIKE b.
	Infix string
	// Nullable says that the result may be NULL though no argument is.
	Nullable bool
}

// Signature is one way to call a function. Exactly one of Kernel and Rewrite is set.
type Signature struct {
	Params   []Param
	Optional int // how many of the last Params may be left out
	Variadic bool
	// Convert converts the arguments to each other, after they were converted one by one; nil: they
	// stay.
	Convert func(args []Expr, span diag.Span) ([]Expr, error)
	// Check rejects constant arguments that cannot be; nil: there are none.
	Check func(args []Expr, span diag.Span) error
	// Type gives the result type for argument types that match, as if no argument were NULL.
	Type func(args []types.Type) types.Type
	// Kernel computes the result from argument columns of equal length. A strict function's result
	// is NULL where an argument is; the caller sees to that, so kernels look at values only.
	Kernel func(call *Call, c *Context, args []batch.Column, rows int) (batch.Column, error)
	// Rewrite expresses the call through other expressions.
	Rewrite func(args []Expr, span diag.Span) (Expr, error)
}

// Param says which argument types a signature takes, and to which type they are converted.
type Param struct {
	Name    string
	Accepts func(t types.Type) bool
	// TakesNull says that the result need not be NULL where the argument is: the kernel looks.
	TakesNull bool
	// As is the type that an argument is converted to; nil: it stays as it is.
	As func(t types.Type) types.Type
	// Constant says that the argument of an aggregate must be a constant, for which Check is nil or
	// returns what is wrong with its value, which is as in Literal.
	Constant bool
	Check    func(value any) error
}

// Call is a call of a scalar function.
type Call struct {
	Function  *Function
	Args      []Expr
	signature *Signature
	typ       types.Type
	span      diag.Span
	compiled  *atomic.Value // what the kernel keeps from one batch to the next, such as a pattern; nil: nothing
}

// Type is the result type; nullable if an argument is.
func (e *Call) Type() types.Type {
	t := e.typ.WithNull(e.Function.Nullable)
	for i, arg := range e.Args {
		t = t.WithNull(!arg.Type().NotNull && !e.signature.takesNull(i))
	}
	return t
}

// Children are the arguments.
func (e *Call) Children() []Expr { return e.Args }

// WithChildren returns the call on other arguments.
func (e *Call) WithChildren(c []Expr) Expr {
	out := *e
	out.Args = c
	return &out
}

// String is the call as SQL writes it.
func (e *Call) String() string {
	if e.Function.Infix != "" {
		text := infix(e.Args[0], e.Function.Infix, e.Args[1], precedenceOf(e))
		if len(e.Args) > 2 { // only LIKE
			text += " ESCAPE " + operand(e.Args[2], precedenceCompare)
		}
		return text
	}
	args := make([]string, len(e.Args))
	for i, arg := range e.Args {
		args[i] = arg.String()
	}
	return e.Function.Name + "(" + strings.Join(args, ", ") + ")"
}

func (e *Call) head() any { return [2]any{e.Function.Name, e.typ} }

// Eval evaluates the arguments, then the kernel.
func (e *Call) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	args := make([]batch.Column, len(e.Args))
	var valid batch.Bitmap
	for i, arg := range e.Args {
		column, err := arg.Eval(c, b)
		if err != nil {
			return nil, err
		}
		args[i] = column
		if !e.signature.takesNull(i) {
			valid = batch.And(valid, column.Valid())
		}
	}
	if e.Function.CanFail && valid != nil {
		return e.evalValid(c, args, valid, b.Rows())
	}
	out, err := e.signature.Kernel(e, c, args, b.Rows())
	if err != nil || valid == nil {
		return out, err
	}
	return out.WithValid(batch.And(valid, out.Valid())), nil
}

// evalValid runs a kernel that can fail over the rows without NULLs only.
func (e *Call) evalValid(c *Context, args []batch.Column, valid batch.Bitmap, rows int) (batch.Column, error) {
	present := make([]int32, 0, rows)
	for i := range rows {
		if valid.Get(i) {
			present = append(present, int32(i))
		}
	}
	gathered := make([]batch.Column, len(args))
	for i, arg := range args {
		gathered[i] = arg.Gather(present)
	}
	result, err := e.signature.Kernel(e, c, gathered, len(present))
	if err != nil {
		return nil, err
	}
	builder := batch.NewBuilder(e.typ)
	next := 0
	for i := range rows {
		if valid.Get(i) {
			builder.AppendFrom(result, next)
			next++
		} else {
			builder.AppendNull()
		}
	}
	return builder.Finish(), nil
}

// Resolve returns the call of the named function on the arguments, with conversions inserted. The
// error for arguments that fit no signature lists the signatures.
func Resolve(name string, args []Expr, span diag.Span) (Expr, error) {
	f, ok := functionsByName()[strings.ToUpper(name)]
	if !ok {
		err := diag.Errorf(diag.Semantic, span, "there is no function %q", name)
		names := FunctionNames()
		names = slices.AppendSeq(names, maps.Keys(aggregatesByName()))
		slices.Sort(names)
		if best, ok := diag.Nearest(strings.ToUpper(name), names); ok {
			return nil, err.WithHint("did you mean %q?", best)
		}
		return nil, err
	}
	for i := range f.Signatures {
		signature := &f.Signatures[i]
		if !signature.matches(args) {
			continue
		}
		converted, kinds, err := signature.convert(args, span)
		if err != nil {
			return nil, err
		}
		if signature.Rewrite != nil {
			return signature.Rewrite(converted, span)
		}
		call := &Call{Function: f, Args: converted, signature: signature, span: span, compiled: new(atomic.Value)}
		call.typ = signature.Type(kinds).Required()
		return call, nil
	}
	return nil, notTaken(f.Name, args, f.Usage(), span)
}

// notTaken is the error for arguments that fit no signature.
func notTaken(name string, args []Expr, usage []string, span diag.Span) error {
	given := make([]string, len(args))
	for i, arg := range args {
		given[i] = arg.Type().Nullable().String()
	}
	return diag.Errorf(diag.Semantic, span, "%s does not take (%s)", name, strings.Join(given, ", ")).
		WithHint("use %s", strings.Join(usage, " or "))
}

func (s *Signature) matches(args []Expr) bool {
	if len(args) < len(s.Params)-s.Optional || len(args) > len(s.Params) && !s.Variadic {
		return false
	}
	for i, arg := range args {
		t := arg.Type()
		if t.Kind != types.Null && !s.param(i).Accepts(t) {
			return false
		}
	}
	return true
}

// takesNull reports whether the result may have a value though argument i is NULL.
func (s *Signature) takesNull(i int) bool { return len(s.Params) > 0 && s.param(i).TakesNull }

// param returns the parameter for argument i; the last one repeats in a variadic signature.
func (s *Signature) param(i int) Param { return s.Params[min(i, len(s.Params)-1)] }

// convert returns the arguments as the signature wants them, and their types without NULL.
func (s *Signature) convert(args []Expr, span diag.Span) (converted []Expr, kinds []types.Type, err error) {
	converted, kinds = make([]Expr, len(args)), make([]types.Type, len(args))
	for i, arg := range args {
		if as := s.param(i).As; as != nil {
			arg = NewCast(arg, as(arg.Type()), false, true, span)
		}
		converted[i] = arg
	}
	if s.Convert != nil {
		if converted, err = s.Convert(converted, span); err != nil {
			return nil, nil, err
		}
	}
	for i, arg := range converted {
		kinds[i] = arg.Type().Required()
		if as := s.param(i).As; as != nil && s.Convert == nil { // texts may keep their own length
			kinds[i] = as(args[i].Type()).Required()
		}
	}
	if s.Check != nil {
		err = s.Check(converted, span)
	}
	return converted, kinds, err
}

// Usage returns how the function is called, one text per signature: SUBSTRING(text, from [, length]).
func (f *Function) Usage() []string {
	if f.Syntax != nil {
		return f.Syntax
	}
	out := make([]string, len(f.Signatures))
	for i, s := range f.Signatures {
		text := usageOf(s.Params, s.Optional)
		if s.Variadic {
			text += ", ..."
		}
		out[i] = f.Name + "(" + text + ")"
	}
	return out
}

// usageOf returns parameters as usage texts write them: text, from [, length].
func usageOf(params []Param, optionals int) string {
	var text strings.Builder
	for i, param := range params {
		optional := i >= len(params)-optionals
		if optional {
			text.WriteString(" [")
		}
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(param.Name)
		if optional {
			text.WriteString("]")
		}
	}
	return text.String()
}

// FunctionNames returns the names and aliases of all scalar functions, sorted.
func FunctionNames() []string {
	var names []string
	for name := range functionsByName() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
