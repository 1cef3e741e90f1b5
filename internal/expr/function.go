package expr

import (
	"slices"
	"sync"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/types"
)

// Functions returns the function table in the order in which the documentation lists it.
func Functions() []*Function {
	return slices.Concat(
		conditionalFunctions(), conversionFunctions(), textFunctions(), moreTextFunctions(), regexpFunctions(), encodingFunctions(), hashFunctions(),
		numberFunctions(), moreNumberFunctions(), randomFunctions(), timeFunctions(), calendarFunctions(), syntaxFunctions(),
		collectionFunctions(), jsonFunctions())
}

var functionsByName = sync.OnceValue(func() map[string]*Function {
	byName := map[string]*Function{}
	for _, f := range Functions() {
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if byName[name] != nil {
				panic("expr: two functions named " + name)
			}
			byName[name] = f
		}
	}
	return byName
})

// Parameters that signatures are made of.
var (
	anyValue = Param{Name: "value", Accepts: func(types.Type) bool { return true }}
	textArg  = Param{Name: "text", Accepts: func(t types.Type) bool { return t.Kind.IsText() || t.Kind == types.JSON }, As: fixedType(types.String)}
	intArg   = Param{Name: "n", Accepts: func(t types.Type) bool { return t.Kind.IsInteger() }, As: fixedType(types.Of(types.BigInt))}
	wholeArg = Param{Name: "integer", Accepts: func(t types.Type) bool { return t.Kind.IsInteger() }}
	realArg  = Param{Name: "number", Accepts: func(t types.Type) bool { return t.Kind.IsNumeric() }, As: fixedType(types.Of(types.Double))}
	boolArg  = Param{Name: "condition", Accepts: func(t types.Type) bool { return t.Kind == types.Boolean }, As: fixedType(types.Of(types.Boolean))}
	timeArg  = Param{Name: "time", Accepts: func(t types.Type) bool { return t.Kind.IsTimestamp() || t.Kind == types.Date }, As: asTimestamp}
)

// named returns the parameter under another name, for usage texts.
func (p Param) named(name string) Param { p.Name = name; return p }

func fixedType(t types.Type) func(types.Type) types.Type {
	return func(types.Type) types.Type { return t }
}

// asTimestamp lets timestamps be and turns dates into midnight; a bare NULL has no time either.
func asTimestamp(t types.Type) types.Type {
	if t.Kind == types.Date || t.Kind == types.Null {
		return types.Type{Kind: types.Timestamp}
	}
	return t
}

func returns(t types.Type) func([]types.Type) types.Type {
	return func([]types.Type) types.Type { return t }
}

func firstType(args []types.Type) types.Type { return args[0] }

type kernel = func(call *Call, c *Context, args []batch.Column, rows int) (batch.Column, error)

// textToText makes a kernel from a function that appends the result for one text to dst.
func textToText(f func(dst, s []byte) []byte) kernel {
	return func(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		in := args[0].(*batch.Bytes)
		offsets, data := make([]int32, rows+1), make([]byte, 0, len(in.Data))
		for i := range rows {
			data = f(data, in.At(i))
			offsets[i+1] = int32(len(data))
		}
		return batch.NewBytes(offsets, data, nil), nil
	}
}

// toText makes a kernel from a function that appends the result for a row to dst; false: NULL.
func toText(f func(c *Context, args []batch.Column, dst []byte, row int) ([]byte, bool)) kernel {
	return func(_ *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
		var builder batch.BytesBuilder
		var text []byte
		for i := range rows {
			var ok bool
			if text, ok = f(c, args, text[:0], i); ok {
				builder.Append(text)
			} else {
				builder.AppendNull()
			}
		}
		return builder.Finish(), nil
	}
}

// toFixed makes a kernel from a function of a row.
func toFixed[T batch.Value](f func(c *Context, args []batch.Column, row int) T) kernel {
	return func(_ *Call, c *Context, args []batch.Column, rows int) (batch.Column, error) {
		out := make([]T, rows)
		for i := range out {
			out[i] = f(c, args, i)
		}
		return batch.NewFixed(out, nil), nil
	}
}

// realToReal makes a kernel from a function of one DOUBLE.
func realToReal(f func(float64) float64) kernel {
	return func(_ *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		out := make([]float64, rows)
		for i, v := range batch.Values[float64](args[0]) {
			out[i] = f(v)
		}
		return batch.NewFixed(out, nil), nil
	}
}

func textAt(args []batch.Column, arg, row int) []byte { return args[arg].(*batch.Bytes).At(row) }

func intAt(args []batch.Column, arg, row int) int64 { return batch.Values[int64](args[arg])[row] }
