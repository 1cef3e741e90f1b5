package expr

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/types"
)

// Parameters of collection functions. A bare NULL becomes an empty type of the kind.
var (
	arrayArg = Param{Name: "array", Accepts: func(t types.Type) bool { return t.Kind == types.Array }, As: func(t types.Type) types.Type {
		if t.Kind == types.Null {
			return types.ArrayOf(types.Of(types.Null))
		}
		return t
	}}
	orderedArray = Param{Name: "array", Accepts: func(t types.Type) bool { return t.Kind == types.Array && hasOrder(t.Element()) }, As: arrayArg.As}
	mapArg       = Param{Name: "map", Accepts: func(t types.Type) bool { return t.Kind == types.Map }, As: func(t types.Type) types.Type {
		if t.Kind == types.Null {
			return types.MapOf(types.Of(types.Null), types.Of(types.Null))
		}
		return t
	}}
	textsArg = Param{Name: "array", Accepts: arrayArg.Accepts, As: fixedType(types.ArrayOf(types.String))}
	listArg  = Param{Name: "collection", Accepts: func(t types.Type) bool {
		return t.Kind == types.Array || t.Kind == types.Map || t.Kind == types.Multiset
	}, As: arrayArg.As}
	elementArg = Param{Name: "element", Accepts: anyValue.Accepts, TakesNull: true}
)

func collectionFunctions() []*Function {
	const category = "Collection"
	integer, boolean := returns(types.Of(types.Int)), returns(types.Of(types.Boolean))
	one := func(name, doc, example, result string, s Signature, aliases ...string) *Function {
		return &Function{Name: name, Aliases: aliases, Category: category, Doc: doc, Example: example, Result: result, Signatures: []Signature{s}}
	}
	nullable := func(f *Function) *Function { f.Nullable = true; return f }
	canFail := func(f *Function) *Function { f.CanFail = true; return f }
	return []*Function{
		{
			Name: "ARRAY", Category: category, Doc: "An array of the values.", Example: "ARRAY[1, 2, 3]", Result: "[1, 2, 3]", Syntax: []string{"ARRAY[value, ...]"},
		},
		{
			Name: "MAP", Category: category, Doc: "A map of keys to values. Of entries with the same key the last counts.", Example: "MAP['a', 1, 'b', 2]", Result: "{a=1, b=2}", Syntax: []string{"MAP[key, value, ...]"},
		},
		{
			Name: "ROW", Category: category, Doc: "A row of fields.", Example: "ROW(1, 'a')", Result: "(1, a)", Syntax: []string{"ROW(value, ...)", "(value, value, ...)"},
		},
		{
			Name: "[]", Category: category, Doc: "The element of an array at a position from 1, or the value of a map for a key; NULL where there is none.", Example: "ARRAY['a', 'b'][2]", Result: "b",
			Syntax: []string{"array[position]", "map[key]"},
		},
		one("CARDINALITY", "How many elements or entries there are.", "CARDINALITY(ARRAY[1, NULL])", "2", Signature{Params: []Param{listArg}, Type: integer, Kernel: cardinality}, "ARRAY_LENGTH", "ARRAY_SIZE"),
		nullable(canFail(one("ELEMENT", "The only element; NULL of an empty array. More elements are an error.", "ELEMENT(ARRAY['a'])", "a", Signature{Params: []Param{arrayArg}, Type: elementOf, Kernel: element}))),
		one("ARRAY_CONTAINS", "Whether the array has the element, which may be NULL.", "ARRAY_CONTAINS(ARRAY[1, 2], 2)", "TRUE", Signature{Params: []Param{arrayArg, elementArg}, Type: boolean, Convert: unifyElement, Kernel: arrayContains}, "ARRAY_HAS"),
		one("ARRAY_POSITION", "The position of the first such element, from 1; 0 if there is none.", "ARRAY_POSITION(ARRAY['a', 'b'], 'b')", "2", Signature{Params: []Param{arrayArg, elementArg.strict()}, Type: integer, Convert: unifyElement, Kernel: arrayPosition}),
		one("ARRAY_APPEND", "The array with an element at its end.", "ARRAY_APPEND(ARRAY[1, 2], 3)", "[1, 2, 3]", Signature{Params: []Param{arrayArg, elementArg}, Type: firstType, Convert: unifyElement, Kernel: arrayAppend}),
		one("ARRAY_PREPEND", "The array with an element before its first.", "ARRAY_PREPEND(ARRAY[1, 2], 0)", "[0, 1, 2]", Signature{Params: []Param{arrayArg, elementArg}, Type: firstType, Convert: unifyElement, Kernel: arrayPrepend}),
		one("ARRAY_REMOVE", "The array without the elements that equal a value.", "ARRAY_REMOVE(ARRAY[1, 2, 1], 1)", "[2]", Signature{Params: []Param{arrayArg, elementArg}, Type: firstType, Convert: unifyElement, Kernel: arrayRemove}),
		one("ARRAY_CONCAT", "The arrays one behind the other.", "ARRAY_CONCAT(ARRAY[1], ARRAY[2, 3])", "[1, 2, 3]", Signature{Params: []Param{arrayArg}, Variadic: true, Type: firstType, Convert: unifyAll, Kernel: arrayConcat}, "ARRAY_CAT"),
		one("ARRAY_DISTINCT", "The array without the elements that equal one before.", "ARRAY_DISTINCT(ARRAY[1, 2, 1])", "[1, 2]", Signature{Params: []Param{arrayArg}, Type: firstType, Kernel: arrayDistinct}),
		one("ARRAY_UNION", "The elements of both arrays, each once.", "ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])", "[1, 2, 3]", Signature{Params: []Param{arrayArg, arrayArg}, Type: firstType, Convert: unifyAll, Kernel: arrayUnion}),
		one("ARRAY_INTERSECT", "The elements of the first array that the second has too, each once.", "ARRAY_INTERSECT(ARRAY[1, 2, 2], ARRAY[2, 3])", "[2]", Signature{Params: []Param{arrayArg, arrayArg}, Type: firstType, Convert: unifyAll, Kernel: arrayFilter(true)}),
		one("ARRAY_EXCEPT", "The elements of the first array that the second does not have, each once.", "ARRAY_EXCEPT(ARRAY[1, 2, 1], ARRAY[2])", "[1]", Signature{Params: []Param{arrayArg, arrayArg}, Type: firstType, Convert: unifyAll, Kernel: arrayFilter(false)}),
		one("ARRAY_REVERSE", "The elements in reverse order.", "ARRAY_REVERSE(ARRAY[1, 2, 3])", "[3, 2, 1]", Signature{Params: []Param{arrayArg}, Type: firstType, Kernel: arrayReverse}),
		one("ARRAY_SLICE", "The elements from one position to another, from 1 and both included; negative positions count from the end.", "ARRAY_SLICE(ARRAY['a', 'b', 'c'], 2, -1)", "[b, c]",
			Signature{Params: []Param{arrayArg, intArg.named("from"), intArg.named("to")}, Optional: 1, Type: firstType, Kernel: arraySlice}),
		one("ARRAY_SORT", "The elements in ascending order with NULLs first, or in descending order with NULLs last, unless it says where they go.", "ARRAY_SORT(ARRAY[2, NULL, 1], FALSE)", "[2, 1, NULL]",
			Signature{Params: []Param{orderedArray, boolArg.named("ascending"), boolArg.named("nulls_first")}, Optional: 2, Type: firstType, Kernel: arraySort}),
		nullable(one("ARRAY_MAX", "The largest element that is not NULL; NULL if there is none.", "ARRAY_MAX(ARRAY[1, 3, 2])", "3", Signature{Params: []Param{orderedArray}, Type: elementOf, Kernel: arrayExtreme(1)})),
		nullable(one("ARRAY_MIN", "The smallest element that is not NULL; NULL if there is none.", "ARRAY_MIN(ARRAY[3, 1, 2])", "1", Signature{Params: []Param{orderedArray}, Type: elementOf, Kernel: arrayExtreme(-1)})),
		one("ARRAY_JOIN", "The texts of the elements with a separator between them. NULLs are left out unless a text is given for them.", "ARRAY_JOIN(ARRAY['a', NULL, 'b'], '-', '?')", "a-?-b",
			Signature{Params: []Param{textsArg, textArg.named("separator"), textArg.named("for_null")}, Optional: 1, Type: returns(types.String), Kernel: arrayJoin}, "ARRAY_TO_STRING"),
		one("SPLIT", "The parts of a text between a separator, as an array; its characters if the separator is empty.", "SPLIT('a,b,,c', ',')", "[a, b, , c]",
			Signature{Params: []Param{textArg, textArg.named("separator")}, Type: returns(types.ArrayOf(types.String)), Kernel: splitText}, "STRING_TO_ARRAY"),
		canFail(one("STR_TO_MAP", "The entries in a text, as a map of texts. The separators of entries (',' unless given) and of key and value ('=') are regular expressions; a key without a value has NULL.",
			"STR_TO_MAP('a=1,b=2')['b']", "2", Signature{Params: []Param{textArg, textArg.named("entries"), textArg.named("values")}, Optional: 2, Type: returns(types.MapOf(types.String, types.String)), Kernel: textToMap})),
		one("MAP_KEYS", "The keys of a map, as an array.", "MAP_KEYS(MAP['a', 1])", "[a]", Signature{Params: []Param{mapArg}, Type: func(args []types.Type) types.Type { return types.ArrayOf(args[0].Key()) }, Kernel: mapPart(0)}),
		one("MAP_VALUES", "The values of a map, as an array.", "MAP_VALUES(MAP['a', 1])", "[1]", Signature{Params: []Param{mapArg}, Type: func(args []types.Type) types.Type { return types.ArrayOf(args[0].Value()) }, Kernel: mapPart(1)}),
		one("MAP_ENTRIES", "The entries of a map, as an array of rows of key and value.", "MAP_ENTRIES(MAP['a', 1])", "[(a, 1)]", Signature{Params: []Param{mapArg}, Type: entriesOf, Kernel: mapEntries}),
		canFail(one("MAP_FROM_ARRAYS", "The map of keys in one array to values in another, which are as many.", "MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[1, 2])", "{a=1, b=2}",
			Signature{Params: []Param{arrayArg.named("keys"), arrayArg.named("values")}, Type: func(args []types.Type) types.Type { return types.MapOf(args[0].Element(), args[1].Element()) }, Kernel: mapFromArrays})),
		one("MAP_UNION", "The entries of all maps. Of entries with the same key the last counts.", "MAP_UNION(MAP['a', 1], MAP['a', 2, 'b', 3])", "{a=2, b=3}",
			Signature{Params: []Param{mapArg}, Variadic: true, Type: firstType, Convert: unifyAll, Kernel: mapUnion}),
	}
}

// strict returns the parameter for an argument that makes the result NULL where it is.
func (p Param) strict() Param { p.TakesNull = false; return p }

func elementOf(args []types.Type) types.Type { return args[0].Element() }

func entriesOf(args []types.Type) types.Type { return types.ArrayOf(types.RowOf(args[0].Fields())) }

// unifyElement converts the elements of the first argument and the second to their common type.
func unifyElement(args []Expr, span diag.Span) ([]Expr, error) {
	array, element := args[0].Type(), args[1].Type()
	t, ok := types.Common(array.Element(), element)
	if !ok {
		return nil, diag.Errorf(diag.Semantic, span, "the elements are %s, but this is %s", array.Element().Nullable(), element.Nullable()).WithHint("write a CAST")
	}
	return append([]Expr{NewCast(args[0], types.ArrayOf(t), false, true, span), NewCast(args[1], t.Nullable(), false, true, span)}, args[2:]...), nil
}

// unifyAll converts all arguments to their common type.
func unifyAll(args []Expr, span diag.Span) ([]Expr, error) {
	unified, t, err := Unify(args, span)
	if err != nil {
		return nil, err
	}
	for i, arg := range unified { // nullability of the parts included
		unified[i] = NewCast(arg, t.Nullable(), false, true, span)
	}
	return unified, nil
}
