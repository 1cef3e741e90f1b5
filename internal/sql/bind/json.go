package bind

import (
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/sql/ast"
)

// jsonCall binds a JSON function that has clauses of its own; false if name is none.
func (b *Binder) jsonCall(name string, call *ast.Call, s *scope) (bound expr.Expr, ok bool, err error) {
	switch name {
	case "JSON_OBJECT":
		bound, err = b.jsonObject(call, s)
	case "JSON_ARRAY":
		bound, err = b.jsonArray(call, s)
	case "JSON_VALUE", "JSON_QUERY", "JSON_EXISTS":
		bound, err = b.jsonSearch(name, call, s)
	default:
		return nil, false, nil
	}
	return bound, true, err
}

// jsonObject binds JSON_OBJECT('k', v, ...) and JSON_OBJECT(KEY k VALUE v, ...).
func (b *Binder) jsonObject(call *ast.Call, s *scope) (expr.Expr, error) {
	var written []ast.Expr // keys and values in turn
	for _, arg := range call.Args {
		if pair, ok := arg.(*ast.NamedArg); ok && pair.Key != nil {
			written = append(written, pair.Key, pair.Value)
			continue
		}
		written = append(written, arg)
	}
	if len(written)%2 != 0 {
		return nil, diag.Errorf(diag.Semantic, call.Span(), "JSON_OBJECT has a key without a value").
			WithHint("keys and values alternate: JSON_OBJECT('k1', v1, 'k2', v2)")
	}
	bound, err := b.exprs(written, s)
	if err != nil {
		return nil, err
	}
	absent, err := absentOnNull(call, false)
	if err != nil {
		return nil, err
	}
	var keys, values []expr.Expr
	for i := 0; i < len(bound); i += 2 {
		keys, values = append(keys, bound[i]), append(values, bound[i+1])
	}
	return expr.NewJSONObject(keys, values, absent, call.Span())
}

func (b *Binder) jsonArray(call *ast.Call, s *scope) (expr.Expr, error) {
	values, err := b.exprs(call.Args, s)
	if err != nil {
		return nil, err
	}
	absent, err := absentOnNull(call, true)
	if err != nil {
		return nil, err
	}
	return expr.NewJSONArray(values, absent), nil
}

// absentOnNull returns whether NULLs are left out by the clauses of a call, or by default.
func absentOnNull(call *ast.Call, absent bool) (bool, error) {
	for _, clause := range call.Clauses {
		switch clause {
		case "ABSENT ON NULL":
			absent = true
		case "NULL ON NULL":
			absent = false
		default:
			return false, wrongClause(call, clause, "NULL ON NULL or ABSENT ON NULL")
		}
	}
	return absent, nil
}

func wrongClause(call *ast.Call, clause, takes string) error {
	return diag.Errorf(diag.Semantic, call.Span(), "%s does not take %s", strings.ToUpper(call.Name.Name), clause).WithHint("it takes %s", takes)
}
