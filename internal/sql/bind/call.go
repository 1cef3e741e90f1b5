package bind

import (
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// call binds a function call.
func (b *Binder) call(call *ast.Call, s *scope) (expr.Expr, error) {
	name := strings.ToUpper(call.Name.Name)
	if call.Over != nil {
		return b.over(call, s)
	}
	if f := expr.LookupAggregate(name); f != nil {
		if s.group == nil {
			return nil, diag.Errorf(diag.Semantic, call.Span(), "aggregate %s cannot stand in %s", f.Name, s.outer)
		}
		return s.group.aggregateCall(f, call)
	}
	if f := expr.LookupWindowFunction(name); f != nil {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s needs OVER", f.Name).WithHint("write %s OVER (PARTITION BY key ORDER BY time)", f.Usage)
	}
	if name == "GROUPING" || name == "GROUPING_ID" {
		if s.group == nil {
			return nil, diag.Errorf(diag.Semantic, call.Span(), "%s needs GROUP BY", name)
		}
		return s.group.groupingCall(call)
	}
	if which, ok := groupBounds[name]; ok {
		if s.group == nil {
			return nil, diag.Errorf(diag.Semantic, call.Span(), "%s needs %s in GROUP BY", name, which.function)
		}
		return s.group.boundCall(which, call)
	}
	if err := checkPlainCall(call); err != nil {
		return nil, err
	}
	if bound, ok, err := b.jsonCall(name, call, s); ok {
		return bound, err
	}
	if len(call.Clauses) > 0 {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s does not take %s", name, call.Clauses[0])
	}
	if bound, ok, err := b.userCall(call, s); ok {
		return bound, err
	}
	switch name {
	case "EXTRACT":
		return b.unitCall(call, s, 0, expr.Extract)
	case "TIMESTAMPADD":
		return b.twoTimes(call, s, expr.TimestampAdd)
	case "TIMESTAMPDIFF":
		return b.twoTimes(call, s, expr.TimestampDiff)
	case "FLOOR", "CEIL", "CEILING":
		return b.floorCeil(name, call, s)
	case "TRIM":
		return b.trim(call, s)
	case "TUMBLE", "HOP", "SESSION", "CUMULATE":
		return nil, diag.Errorf(diag.Semantic, call.Span(), "window %s can only stand in GROUP BY or in FROM TABLE(...)", name)
	}
	args, err := b.exprs(call.Args, s)
	if err != nil {
		return nil, err
	}
	return expr.Resolve(call.Name.Name, args, call.Span())
}

// checkPlainCall rejects clauses that only aggregates take.
func checkPlainCall(call *ast.Call) error {
	switch {
	case call.Star:
		return diag.Errorf(diag.Semantic, call.Span(), "%s does not take *", strings.ToUpper(call.Name.Name))
	case call.Distinct, call.Filter != nil, len(call.OrderBy) > 0:
		return diag.Errorf(diag.Semantic, call.Span(), "%s is not an aggregate: DISTINCT, FILTER and ORDER BY have no meaning in it", strings.ToUpper(call.Name.Name))
	}
	return nil
}

// unitCall binds a call whose argument at position unit is a time unit and whose other one a time.
func (b *Binder) unitCall(call *ast.Call, s *scope, unit int, build func(unit string, arg expr.Expr, span diag.Span) (expr.Expr, error)) (expr.Expr, error) {
	if len(call.Args) != 2 {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s takes a unit and a time", strings.ToUpper(call.Name.Name))
	}
	word, ok := call.Args[unit].(*ast.Keyword)
	if !ok {
		return nil, diag.Errorf(diag.Semantic, call.Args[unit].Span(), "expected a time unit")
	}
	arg, err := b.expr(call.Args[1-unit], s)
	if err != nil {
		return nil, err
	}
	return build(word.Word, arg, call.Span())
}

// twoTimes binds TIMESTAMPADD and TIMESTAMPDIFF: a unit and two arguments.
func (b *Binder) twoTimes(call *ast.Call, s *scope, build func(unit string, first, second expr.Expr, span diag.Span) (expr.Expr, error)) (expr.Expr, error) {
	name := strings.ToUpper(call.Name.Name)
	if len(call.Args) != 3 {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s takes a unit and two arguments", name).WithHint("for example %s(DAY, a, b)", name)
	}
	word, ok := call.Args[0].(*ast.Keyword)
	if !ok {
		return nil, diag.Errorf(diag.Semantic, call.Args[0].Span(), "expected a time unit")
	}
	args, err := b.exprs(call.Args[1:], s)
	if err != nil {
		return nil, err
	}
	return build(word.Word, adaptLiteral(args[0], timeForText(args[0]), call.Args[1].Span()), adaptLiteral(args[1], timeForText(args[1]), call.Args[2].Span()), call.Span())
}

// timeForText is the type that a text constant is read as in the place of a time.
func timeForText(e expr.Expr) types.Type {
	if e.Type().Kind.IsText() {
		return types.Timestamp3
	}
	return e.Type()
}

func (b *Binder) floorCeil(name string, call *ast.Call, s *scope) (expr.Expr, error) {
	if len(call.Args) == 2 {
		return b.unitCall(call, s, 1, func(unit string, arg expr.Expr, span diag.Span) (expr.Expr, error) {
			return expr.Truncate(name != "FLOOR", arg, unit, span)
		})
	}
	if len(call.Args) != 1 {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s takes a number, or a time TO a unit", name)
	}
	arg, err := b.expr(call.Args[0], s)
	if err != nil {
		return nil, err
	}
	if name == "CEILING" {
		name = "CEIL"
	}
	return expr.FloorCeil(name, arg, call.Span())
}

// trim binds TRIM(text) and TRIM(BOTH|LEADING|TRAILING [characters] FROM text).
func (b *Binder) trim(call *ast.Call, s *scope) (expr.Expr, error) {
	name, args := "TRIM", call.Args
	if len(args) == 0 {
		return expr.Resolve(name, nil, call.Span())
	}
	if word, ok := args[0].(*ast.Keyword); ok && len(args) > 1 {
		name, args = map[string]string{"BOTH": "TRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}[word.Word], args[1:]
		if len(args) == 2 {
			args = []ast.Expr{args[1], args[0]}
		}
	}
	bound, err := b.exprs(args, s)
	if err != nil {
		return nil, err
	}
	return expr.Resolve(name, bound, call.Span())
}

// containsAggregate reports whether e calls an aggregate.
func containsAggregate(e ast.Expr) bool {
	found := false
	ast.WalkExpr(e, func(e ast.Expr) {
		if call, ok := e.(*ast.Call); ok && call.Over == nil && expr.LookupAggregate(call.Name.Name) != nil {
			found = true
		}
	})
	return found
}
