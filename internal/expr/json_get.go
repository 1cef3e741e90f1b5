package expr

import (
	"bytes"
	"strconv"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/rawjson"
	"github.com/penstock-io/penstock/internal/types"
)

// IsJSON is x IS [NOT] JSON [VALUE|OBJECT|ARRAY|SCALAR]: whether a text is JSON of the kind. NULL is none.
type IsJSON struct {
	Operand Expr
	What    string // JSON, JSON VALUE, JSON OBJECT, JSON ARRAY or JSON SCALAR
	Negate  bool
}

// Type is BOOLEAN NOT NULL.
func (e *IsJSON) Type() types.Type { return types.Type{Kind: types.Boolean, NotNull: true} }

// Children is the operand.
func (e *IsJSON) Children() []Expr { return []Expr{e.Operand} }

// WithChildren returns the test of another operand.
func (e *IsJSON) WithChildren(c []Expr) Expr {
	return &IsJSON{Operand: c[0], What: e.What, Negate: e.Negate}
}

// String is x IS [NOT] JSON.
func (e *IsJSON) String() string {
	if e.Negate {
		return operand(e.Operand, precedenceCompare) + " IS NOT " + e.What
	}
	return operand(e.Operand, precedenceCompare) + " IS " + e.What
}

func (e *IsJSON) head() any { return [2]any{e.What, e.Negate} }

// Eval tests each row.
func (e *IsJSON) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	column, err := e.Operand.Eval(c, b)
	if err != nil {
		return nil, err
	}
	texts, valid := column.(*batch.Bytes), column.Valid()
	out := make([]bool, texts.Len())
	for row := range out {
		text := texts.At(row)
		out[row] = (valid.Get(row) && rawjson.Valid(text) && e.holds(rawjson.KindOf(rawjson.Trim(text)))) != e.Negate
	}
	return batch.NewFixed(out, nil), nil
}

func (e *IsJSON) holds(kind rawjson.Kind) bool {
	switch e.What {
	case "JSON OBJECT":
		return kind == rawjson.Object
	case "JSON ARRAY":
		return kind == rawjson.Array
	case "JSON SCALAR":
		return kind != rawjson.Object && kind != rawjson.Array
	}
	return true
}

// jsonArg takes texts and JSON.
var jsonArg = textArg.named("json")

// arrowFunction makes -> and ->>, which take the name of a member or the position of an element.
func arrowFunction(name, doc, example, result string, t types.Type, get func(dst, value []byte) ([]byte, bool)) *Function {
	compute := func(same func(args []batch.Column, a, b int) bool, path func(args []batch.Column, row int) string) kernel {
		return func(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
			finder := pathFinder{cache: call.compiled, span: call.span}
			var builder batch.BytesBuilder
			var out []byte
			last := -1
			for row := range rows {
				if !args[0].Valid().Get(row) || !args[1].Valid().Get(row) {
					builder.AppendNull()
					continue
				}
				if last < 0 || !same(args, last, row) {
					if err := finder.use([]byte(path(args, row))); err != nil {
						return nil, err
					}
				}
				last = row
				ok := finder.finder.Find(textAt(args, 0, row)) && finder.finder.Len() > 0
				if ok {
					out, ok = get(out[:0], finder.finder.At(0))
				}
				if ok {
					builder.Append(out)
				} else {
					builder.AppendNull()
				}
			}
			return builder.Finish(), nil
		}
	}
	return &Function{
		Name: name, Category: "JSON", Doc: doc, Example: example, Result: result, Infix: name, Nullable: true,
		Syntax: []string{"json " + name + " name", "json " + name + " index"},
		Signatures: []Signature{
			{Params: []Param{jsonArg, textArg.named("name")}, Type: returns(t), Kernel: compute(sameText, func(args []batch.Column, row int) string {
				return "lax $[" + quotePathName(textAt(args, 1, row)) + "]"
			})},
			{Params: []Param{jsonArg, intArg.named("index")}, Type: returns(t), Kernel: compute(sameInt, func(args []batch.Column, row int) string {
				index := intAt(args, 1, row)
				return "lax $[" + strconv.FormatInt(min(max(index, -1<<30), 1<<30), 10) + "]"
			})},
		},
	}
}

func sameText(args []batch.Column, a, b int) bool {
	return bytes.Equal(textAt(args, 1, a), textAt(args, 1, b))
}

func sameInt(args []batch.Column, a, b int) bool { return intAt(args, 1, a) == intAt(args, 1, b) }

// quotePathName returns a member name as a path writes it.
func quotePathName(name []byte) string {
	out := []byte{'\''}
	for _, c := range name {
		if c == '\'' || c == '\\' {
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return string(append(out, '\''))
}

// jsonOf gives a value as JSON, textOfJSON as text: null is NULL then.
func jsonOf(dst, value []byte) ([]byte, bool) { return rawjson.AppendCompact(dst, value), true }

func textOfJSON(dst, value []byte) ([]byte, bool) {
	switch rawjson.KindOf(value) {
	case rawjson.Null:
		return dst, false
	case rawjson.String:
		return rawjson.AppendText(dst, value), true
	case rawjson.Bool, rawjson.Number, rawjson.Array, rawjson.Object:
	}
	return rawjson.AppendCompact(dst, value), true
}

// firstAlongPath makes a function that gives the first value that a path names; NULL where it names none.
func firstAlongPath(name, doc, example, result string, get func(dst, value []byte) ([]byte, bool), aliases ...string) *Function {
	return &Function{
		Name: name, Aliases: aliases, Category: "JSON", Doc: doc, Example: example, Result: result, Nullable: true, CanFail: true,
		Signatures: []Signature{{
			Params: []Param{jsonArg, textArg.named("path")}, Type: returns(types.String), Check: checkPath,
			Kernel: func(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
				finder := pathFinder{cache: call.compiled, span: call.span}
				var builder batch.BytesBuilder
				var out []byte
				for row := range rows {
					if err := finder.use(textAt(args, 1, row)); err != nil {
						return nil, err
					}
					ok := finder.finder.Find(textAt(args, 0, row)) && finder.finder.Len() > 0
					if ok {
						out, ok = get(out[:0], finder.finder.At(0))
					}
					if ok {
						builder.Append(out)
					} else {
						builder.AppendNull()
					}
				}
				return builder.Finish(), nil
			},
		}},
	}
}

// allAlongPath is EXTRACT_JSON.
func allAlongPath(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	finder := pathFinder{cache: call.compiled, span: call.span}
	items := &batch.BytesBuilder{}
	lists := &batch.ListBuilder{Items: items}
	var out []byte
	for row := range rows {
		if err := finder.use(textAt(args, 1, row)); err != nil {
			return nil, err
		}
		if !finder.finder.Find(textAt(args, 0, row)) {
			lists.AppendNull()
			continue
		}
		for i := range finder.finder.Len() {
			out = rawjson.AppendCompact(out[:0], finder.finder.At(i))
			items.Append(out)
		}
		lists.Close()
	}
	return lists.Finish(), nil
}
