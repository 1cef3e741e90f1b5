package expr

import (
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/rawjson"
	"github.com/penstock-io/penstock/internal/types"
)

func jsonFunctions() []*Function {
	const category = "JSON"
	text, document := returns(types.String), returns(types.Of(types.JSON))
	return []*Function{
		{
			Name: "JSON_VALUE", Category: category, Doc: "The scalar at a path, as a text unless RETURNING names a type. NULL unless the clauses say otherwise where there is none (ON EMPTY), or where the text is no JSON or does not have what a strict path names (ON ERROR).",
			Example: `JSON_VALUE('{"a": {"b": 7}}', '$.a.b' RETURNING INT)`, Result: "7",
			Syntax: []string{"JSON_VALUE(json, path [RETURNING type] [NULL|ERROR|DEFAULT value ON EMPTY] [NULL|ERROR|DEFAULT value ON ERROR])"},
		},
		{
			Name: "JSON_QUERY", Category: category, Doc: "The object or array at a path, as a text. Several values become an array; a scalar is an error unless a wrapper puts it into one. NULL unless the clauses say otherwise, as for JSON_VALUE.",
			Example: `JSON_QUERY('{"a": [1, 2]}', '$.a')`, Result: "[1,2]",
			Syntax: []string{"JSON_QUERY(json, path [RETURNING STRING|JSON|ARRAY<STRING>] [WITHOUT|WITH CONDITIONAL|WITH UNCONDITIONAL WRAPPER] [NULL|ERROR|EMPTY ARRAY|EMPTY OBJECT ON EMPTY] [... ON ERROR])"},
		},
		{
			Name: "JSON_EXISTS", Category: category, Doc: "Whether there is a value other than null at a path. FALSE unless the clause says otherwise where the text is no JSON or does not have what a strict path names.",
			Example: `JSON_EXISTS('{"a": [1, 2]}', '$.a[1]')`, Result: "TRUE",
			Syntax: []string{"JSON_EXISTS(json, path [TRUE|FALSE|UNKNOWN|ERROR ON ERROR])"},
		},
		{
			Name: "IS JSON", Category: category, Doc: "Whether a text is JSON, of any kind or the one that is named. FALSE for NULL.",
			Example: `'{"a": 1}' IS JSON OBJECT`, Result: "TRUE",
			Syntax: []string{"text IS [NOT] JSON [VALUE|OBJECT|ARRAY|SCALAR]"},
		},
		arrowFunction("->", "The member with a name, or the element at a position from 0 (negative: from the end), as JSON; NULL where there is none.",
			`'{"a": [1, 2]}' -> 'a' -> -1`, "2", types.Of(types.JSON), jsonOf),
		arrowFunction("->>", "The member with a name, or the element at a position from 0 (negative: from the end), as a text; NULL where there is none or it is null.",
			`'{"a": {"b": "x"}}' -> 'a' ->> 'b'`, "x", types.String, textOfJSON),
		firstAlongPath("GET_JSON_OBJECT", "The first value at a path, as a text; NULL where there is none.", `GET_JSON_OBJECT('{"a": ["x", "y"]}', '$.a[0]')`, "x", textOfJSON, "EXTRACT_JSON_STRING"),
		firstAlongPath("GET_FIRST_JSON_OBJECT", "The first value at a path, as JSON; NULL where there is none.", `GET_FIRST_JSON_OBJECT('{"a": ["x", "y"]}', '$.a[*]')`, `"x"`, jsonOf),
		{
			Name: "EXTRACT_JSON", Category: category, Doc: "All values at a path, each as a JSON text; NULL where the text is no JSON.", Example: `EXTRACT_JSON('{"a": ["x", 2]}', '$.a[*]')`, Result: `["x", 2]`, Nullable: true, CanFail: true,
			Signatures: []Signature{{Params: []Param{jsonArg, textArg.named("path")}, Type: returns(types.ArrayOf(types.String)), Check: checkPath, Kernel: allAlongPath}},
		},
		{
			Name: "JSON_OBJECT", Category: category, Doc: "A JSON object of keys and values. Values of type JSON become part of it as they are; NULL becomes null unless it says ABSENT ON NULL.",
			Example: "JSON_OBJECT('a', 1, 'b', JSON_OBJECT(KEY 'c' VALUE TRUE))", Result: `{"a":1,"b":{"c":true}}`,
			Syntax: []string{"JSON_OBJECT(key, value, ... [NULL|ABSENT ON NULL])", "JSON_OBJECT([KEY] key VALUE value, ... [NULL|ABSENT ON NULL])"},
		},
		{
			Name: "JSON_ARRAY", Category: category, Doc: "A JSON array of values. Values of type JSON become part of it as they are; NULL is left out unless it says NULL ON NULL.",
			Example: "JSON_ARRAY(1, 'b', NULL, JSON_ARRAY())", Result: `[1,"b",[]]`,
			Syntax: []string{"JSON_ARRAY(value, ... [NULL|ABSENT ON NULL])"},
		},
		{
			Name: "JSON_STRING", Category: category, Doc: "Any value as a JSON text: rows and maps become objects, bytes base64, times ISO 8601.",
			Example: "JSON_STRING('a\"b')", Result: `"a\"b"`,
			Signatures: []Signature{{Params: []Param{anyValue}, Type: text, Kernel: jsonString}},
		},
		{
			Name: "TO_JSON", Category: category, Doc: "Any value as JSON: rows and maps become objects, bytes base64, times ISO 8601.",
			Example: "TO_JSON(DATE '2001-02-03')", Result: `"2001-02-03"`,
			Signatures: []Signature{{Params: []Param{anyValue}, Type: document, Kernel: jsonString}},
		},
		{
			Name: "JSON_QUOTE", Category: category, Doc: "The text as a JSON string, in quotes and with escapes.", Example: `JSON_QUOTE('say "hi"')`, Result: `"say \"hi\""`,
			Signatures: []Signature{{Params: []Param{textArg}, Type: text, Kernel: textToText(rawjson.AppendQuoted)}},
		},
		{
			Name: "JSON_UNQUOTE", Category: category, Doc: "The text that a JSON string stands for; anything else stays as it is.", Example: `JSON_UNQUOTE('"say \"hi\""')`, Result: `say "hi"`,
			Signatures: []Signature{{Params: []Param{textArg}, Type: text, Kernel: textToText(func(dst, s []byte) []byte {
				if value := rawjson.Trim(s); len(value) > 0 && value[0] == '"' && rawjson.Valid(value) {
					return rawjson.AppendText(dst, value)
				}
				return append(dst, s...)
			})}},
		},
		{
			Name: "PARSE_JSON", Aliases: []string{"JSON"}, Category: category, Doc: "The text as a value of type JSON, without white space; a text that is not JSON is an error.",
			Example: `PARSE_JSON('{"a": [1, 2]}')`, Result: `{"a":[1,2]}`, CanFail: true,
			Signatures: []Signature{{Params: []Param{textArg}, Type: document, Kernel: parseJSON(false)}},
		},
		{
			Name: "TRY_PARSE_JSON", Category: category, Doc: "The text as a value of type JSON, without white space; NULL if it is not JSON.",
			Example: `TRY_PARSE_JSON('{"a": ')`, Result: "NULL", Nullable: true,
			Signatures: []Signature{{Params: []Param{textArg}, Type: document, Kernel: parseJSON(true)}},
		},
	}
}

func jsonString(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
	write := newJSONWriter(args[0], call.Args[0].Type())
	offsets, data := make([]int32, rows+1), []byte(nil)
	for row := range rows {
		data = write(data, row)
		offsets[row+1] = int32(len(data))
	}
	return batch.NewBytes(offsets, data, nil), nil
}

func parseJSON(try bool) kernel {
	return func(call *Call, _ *Context, args []batch.Column, rows int) (batch.Column, error) {
		var builder batch.BytesBuilder
		var compact []byte
		for row := range rows {
			text := textAt(args, 0, row)
			at := rawjson.Check(text)
			switch {
			case at < 0:
				compact = rawjson.AppendCompact(compact[:0], text)
				builder.Append(compact)
			case try:
				builder.AppendNull()
			default:
				return nil, badJSON(call.span, text, at).WithHint("use TRY_PARSE_JSON to get NULL for such texts")
			}
		}
		return builder.Finish(), nil
	}
}

// badJSON is the error for a text that is not JSON from a position on.
func badJSON(span diag.Span, text []byte, at int) *diag.Error {
	what := "it ends too early"
	if at < len(text) {
		what = fmt.Sprintf("byte %d is wrong", at+1)
	}
	return runtimeError(span, "%q is not JSON: %s", shortText(text), what)
}

// shortText returns a text for a message: no more than its first characters.
func shortText(text []byte) []byte {
	short := cutCharacters(text, 80)
	if len(short) < len(text) {
		short = append(slices.Clip(short), "..."...)
	}
	return short
}
