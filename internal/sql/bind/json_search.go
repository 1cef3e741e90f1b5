package bind

import (
	"errors"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/rawjson"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/types"
)

// jsonSearch binds JSON_VALUE, JSON_QUERY and JSON_EXISTS.
func (b *Binder) jsonSearch(name string, call *ast.Call, s *scope) (expr.Expr, error) {
	if len(call.Args) != 2 {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "%s takes a JSON text and a path", name).WithHint("for example %s(data, '$.a.b')", name)
	}
	bound, err := b.exprs(call.Args, s)
	if err != nil {
		return nil, err
	}
	for i, arg := range bound {
		if t := arg.Type(); !t.Kind.IsText() && t.Kind != types.JSON && t.Kind != types.Null {
			return nil, diag.Errorf(diag.Semantic, call.Args[i].Span(), "%s takes a JSON text and a path, but this is %s", name, t.Nullable()).
				WithHint("use TO_JSON(value) to make JSON of it")
		}
		bound[i] = expr.NewCast(arg, types.String, false, true, call.Span())
	}
	if err := checkPath(bound[1], call.Args[1]); err != nil {
		return nil, err
	}
	t, err := searchType(name, call)
	if err != nil {
		return nil, err
	}
	e := expr.NewJSONSearch(name, bound[0], bound[1], t, call.Span())
	if name == "JSON_EXISTS" {
		e.OnError.What = "FALSE"
	}
	return e, b.searchClauses(e, t, call, s)
}

// checkPath rejects a constant path that is none, with the place in the literal.
func checkPath(path expr.Expr, written ast.Expr) error {
	value, ok := expr.Constant(path)
	text, isText := value.(string)
	if !ok || !isText {
		return nil
	}
	_, err := rawjson.Compile(text)
	if err == nil {
		return nil
	}
	span := written.Span()
	at, known := errors.AsType[*rawjson.PathError](err)
	if literal, ok := written.(*ast.Literal); ok && known && !strings.Contains(literal.Text, "'") {
		span.Start += 1 + at.Pos // from the wrong character to the quote
	}
	return expr.PathFault(err, text, span, diag.Semantic)
}

// searchType returns the type that a call gives: what RETURNING says, or what the function gives anyway.
func searchType(name string, call *ast.Call) (types.Type, error) {
	switch {
	case name == "JSON_EXISTS":
		return types.Of(types.Boolean), nil
	case call.Returning == nil:
		return types.String, nil
	}
	t, err := Type(*call.Returning)
	if err != nil {
		return t, err
	}
	switch {
	case name == "JSON_QUERY" && (t.Kind == types.JSON || types.Equal(t, types.String) || types.Equal(t, types.ArrayOf(types.String))):
		return t, nil
	case name == "JSON_QUERY":
		return t, diag.Errorf(diag.Semantic, call.Returning.Span(), "JSON_QUERY cannot return %s", t).WithHint("use STRING, JSON or ARRAY<STRING>")
	case t.Kind.IsNested() || t.Kind == types.Varbinary || t.Kind == types.JSON || !types.CanCast(types.String, t):
		return t, diag.Errorf(diag.Semantic, call.Returning.Span(), "JSON_VALUE cannot return %s", t).
			WithHint("use a type of scalars, or JSON_QUERY for objects and arrays")
	}
	return t, nil
}

// searchTakes are the reactions that the functions take on EMPTY and on ERROR.
var searchTakes = map[string]string{
	"JSON_VALUE": "NULL, ERROR or DEFAULT value, ON EMPTY and ON ERROR", "JSON_QUERY": "WITH WRAPPER, and NULL, ERROR, EMPTY ARRAY or EMPTY OBJECT, ON EMPTY and ON ERROR",
	"JSON_EXISTS": "TRUE, FALSE, UNKNOWN or ERROR, ON ERROR",
}

// searchClauses applies the clauses of a call to its expression.
func (b *Binder) searchClauses(e *expr.JSONSearch, t types.Type, call *ast.Call, s *scope) error {
	defaults := call.Defaults
	for _, clause := range call.Clauses {
		what, event, isReaction := strings.Cut(clause, " ON ")
		reaction := &e.OnEmpty
		if event == "ERROR" {
			reaction = &e.OnError
		}
		switch {
		case strings.HasPrefix(clause, "RETURNING ") && e.Function != "JSON_EXISTS":
		case strings.HasSuffix(clause, "WRAPPER") && e.Function == "JSON_QUERY":
			e.Wrapper = wrapperOf(clause)
		case !isReaction || !takesReaction(e.Function, what, event):
			return wrongClause(call, clause, searchTakes[e.Function])
		case what == "DEFAULT":
			otherwise, err := b.searchDefault(defaults[0], t, s)
			if err != nil {
				return err
			}
			*reaction, defaults = expr.JSONReaction{What: what, Default: otherwise}, defaults[1:]
		default:
			*reaction = expr.JSONReaction{What: what}
		}
	}
	return nil
}

func wrapperOf(clause string) expr.JSONWrapper {
	switch {
	case strings.HasPrefix(clause, "WITHOUT"):
		return expr.WithoutWrapper
	case strings.Contains(clause, " CONDITIONAL"):
		return expr.ConditionalWrapper
	}
	return expr.UnconditionalWrapper
}

func takesReaction(function, what, event string) bool {
	if event != "EMPTY" && event != "ERROR" {
		return false
	}
	switch what {
	case "ERROR":
		return function != "JSON_EXISTS" || event == "ERROR"
	case "NULL":
		return function != "JSON_EXISTS"
	case "DEFAULT":
		return function == "JSON_VALUE"
	case "EMPTY ARRAY", "EMPTY OBJECT":
		return function == "JSON_QUERY"
	}
	return function == "JSON_EXISTS" && event == "ERROR" // TRUE, FALSE, UNKNOWN
}

// searchDefault binds the value of DEFAULT, as a value of the type.
func (b *Binder) searchDefault(written ast.Expr, t types.Type, s *scope) (expr.Expr, error) {
	bound, err := b.expr(written, s)
	if err != nil {
		return nil, err
	}
	bound = adaptLiteral(bound, t, written.Span())
	if from := bound.Type(); !types.CanCast(from, t) || !types.CanAssign(from, t) && !t.Kind.IsText() {
		return nil, diag.Errorf(diag.Semantic, written.Span(), "DEFAULT is %s, but JSON_VALUE returns %s", from.Nullable(), t).
			WithHint("write a CAST, or another type after RETURNING")
	}
	return expr.NewCast(bound, t, false, true, written.Span()), nil
}
