package bind

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// maxExpression bounds what calls of functions that are named expressions may grow into, in nodes.
const maxExpression = 10_000

// CreateFunction binds the definition of a function: its body over its parameters.
func (b *Binder) CreateFunction(s *ast.CreateFunction) (*catalog.Function, error) {
	f := &catalog.Function{Name: last(s.Name), Temporary: s.Temporary}
	parameters := &scope{outer: "the body of a function"}
	for _, parameter := range s.Parameters {
		t, err := Type(parameter.Type)
		if err != nil {
			return nil, err
		}
		if f.Parameters.Index(parameter.Name.Name) >= 0 {
			return nil, diag.Errorf(diag.Semantic, parameter.Name.Span(), "function %q has two parameters %q", f.Name, parameter.Name.Name)
		}
		f.Parameters = append(f.Parameters, types.Field{Name: parameter.Name.Name, Type: t.Nullable()})
		parameters.columns = append(parameters.columns, column{name: parameter.Name.Name, typ: t.Nullable()})
	}
	body, err := b.expr(s.Body, parameters)
	if err != nil {
		return nil, err
	}
	if s.Returns != nil {
		t, err := Type(*s.Returns)
		if err != nil {
			return nil, err
		}
		if !types.CanAssign(body.Type(), t) {
			return nil, diag.Errorf(diag.Semantic, s.Body.Span(), "function %q returns %s, but this is %s", f.Name, t.Nullable(), body.Type().Nullable()).
				WithHint("write a CAST")
		}
		body = expr.NewCast(body, t.Nullable(), false, true, s.Body.Span())
	}
	f.Body = body
	return f, nil
}

// syntaxFunctions are the names that calls with syntax of their own have.
var syntaxFunctions = []string{
	"CAST", "TRY_CAST", "EXTRACT", "FLOOR", "CEIL", "CEILING", "TRIM", "TUMBLE", "HOP", "SESSION", "CUMULATE", "UNNEST",
	"JSON_OBJECT", "JSON_ARRAY",
}

// IsBuiltIn reports whether a call of the name, in any case, means something without a definition.
func IsBuiltIn(name string) bool {
	name = strings.ToUpper(name)
	_, bound := groupBounds[name]
	return bound || slices.Contains(syntaxFunctions, name) || slices.Contains(expr.FunctionNames(), name)
}

// userCall binds a call of a function of the session; false if there is none that is meant.
func (b *Binder) userCall(call *ast.Call, s *scope) (bound expr.Expr, ok bool, err error) {
	if f := b.catalog.Function(call.Name.Name); f != nil {
		bound, err = b.expand(f, call, s)
		return bound, true, err
	}
	if IsBuiltIn(call.Name.Name) {
		return nil, false, nil
	}
	var names []string
	for _, f := range b.catalog.Functions() {
		names = append(names, f.Name)
	}
	if near, ok := diag.Nearest(call.Name.Name, names); ok {
		return nil, true, diag.Errorf(diag.Semantic, call.Span(), "there is no function %q", call.Name.Name).WithHint("did you mean %q?", near)
	}
	return nil, false, nil
}

// expand puts the arguments of a call into the body of the function.
func (b *Binder) expand(f *catalog.Function, call *ast.Call, s *scope) (expr.Expr, error) {
	args, err := b.exprs(call.Args, s)
	if err != nil {
		return nil, err
	}
	fits := len(args) == len(f.Parameters)
	for i := range min(len(args), len(f.Parameters)) {
		fits = fits && types.CanAssign(args[i].Type(), f.Parameters[i].Type)
	}
	if !fits {
		given := make([]string, len(args))
		for i, arg := range args {
			given[i] = arg.Type().Nullable().String()
		}
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s does not take (%s)", f.Name, strings.Join(given, ", ")).
			WithHint("use %s(%s)", f.Name, f.Parameters)
	}
	for i, arg := range args {
		args[i] = expr.NewCast(arg, f.Parameters[i].Type, false, true, call.Args[i].Span())
	}
	if n := grown(f.Body, args); n > maxExpression {
		return nil, diag.Errorf(diag.Exhausted, call.Span(), "the call of %s makes an expression of more than %d parts", f.Name, maxExpression).
			WithHint("compute its arguments in a subquery")
	}
	return expr.Substitute(f.Body, args), nil
}

// grown returns how many nodes body has with the arguments in place of its parameters.
func grown(body expr.Expr, args []expr.Expr) int {
	sizes := make([]int, len(args))
	for i, arg := range args {
		sizes[i] = nodes(arg)
	}
	n := 0
	expr.Walk(body, func(e expr.Expr) {
		n++
		if parameter, ok := e.(*expr.Column); ok {
			n += sizes[parameter.Index] - 1
		}
	})
	return n
}

func nodes(e expr.Expr) int {
	n := 0
	expr.Walk(e, func(expr.Expr) { n++ })
	return n
}
