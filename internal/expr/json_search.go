package expr

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/rawjson"
	"github.com/penstock-io/penstock/internal/types"
)

// JSONReaction is what a JSON function gives where it finds nothing, or an error: one of the words NULL,
// ERROR, DEFAULT, EMPTY ARRAY, EMPTY OBJECT, TRUE, FALSE and UNKNOWN, as the function allows.
type JSONReaction struct {
	What    string
	Default Expr // of DEFAULT, of the function's type
}

// JSONSearch is JSON_VALUE, JSON_QUERY or JSON_EXISTS.
type JSONSearch struct {
	Function         string // JSON_VALUE, JSON_QUERY or JSON_EXISTS
	Text, Path       Expr   // texts
	Wrapper          JSONWrapper
	OnEmpty, OnError JSONReaction
	typ              types.Type
	span             diag.Span
	compiled         *atomic.Value
}

// NewJSONSearch returns the search of text along path that gives values of the type t, which is a type
// that texts cast to for JSON_VALUE, a text, JSON or ARRAY<STRING> for JSON_QUERY, BOOLEAN for
// JSON_EXISTS. span is for run-time errors.
func NewJSONSearch(function string, text, path Expr, t types.Type, span diag.Span) *JSONSearch {
	return &JSONSearch{
		Function: function, Text: text, Path: path, typ: t.Nullable(), span: span, compiled: new(atomic.Value),
		OnEmpty: JSONReaction{What: "NULL"}, OnError: JSONReaction{What: "NULL"},
	}
}

// Type is the type that it was made with; nullable but for JSON_EXISTS of what is not.
func (e *JSONSearch) Type() types.Type {
	if e.Function == "JSON_EXISTS" && e.OnError.What != "UNKNOWN" {
		return e.typ.Required().WithNull(!e.Text.Type().NotNull || !e.Path.Type().NotNull)
	}
	return e.typ
}

// Children are the text, the path and the defaults.
func (e *JSONSearch) Children() []Expr {
	out := []Expr{e.Text, e.Path}
	for _, reaction := range []JSONReaction{e.OnEmpty, e.OnError} {
		if reaction.Default != nil {
			out = append(out, reaction.Default)
		}
	}
	return out
}

// WithChildren returns the search of other operands.
func (e *JSONSearch) WithChildren(c []Expr) Expr {
	out := *e
	out.Text, out.Path, c = c[0], c[1], c[2:]
	for _, reaction := range []*JSONReaction{&out.OnEmpty, &out.OnError} {
		if reaction.Default != nil {
			reaction.Default, c = c[0], c[1:]
		}
	}
	return &out
}

// String is the call as SQL writes it, without the clauses that say what holds anyway.
func (e *JSONSearch) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s(%s, %s", e.Function, e.Text, e.Path)
	if e.Function != "JSON_EXISTS" && !types.Equal(e.typ, types.String) {
		out.WriteString(" RETURNING " + e.typ.String())
	}
	out.WriteString([...]string{"", " WITH CONDITIONAL WRAPPER", " WITH UNCONDITIONAL WRAPPER"}[e.Wrapper])
	usual := "NULL"
	if e.Function == "JSON_EXISTS" {
		usual = "FALSE"
	}
	for i, reaction := range []JSONReaction{e.OnEmpty, e.OnError} {
		event := [...]string{" ON EMPTY", " ON ERROR"}[i]
		switch {
		case reaction.What == usual, e.Function == "JSON_EXISTS" && i == 0:
		case reaction.Default != nil:
			out.WriteString(" DEFAULT " + reaction.Default.String() + event)
		default:
			out.WriteString(" " + reaction.What + event)
		}
	}
	return out.String() + ")"
}

func (e *JSONSearch) head() any {
	return [...]any{e.Function, e.Wrapper, e.OnEmpty.What, e.OnError.What, e.typ}
}

// canFail reports whether some text is an error, or some path may be none.
func (e *JSONSearch) canFail() bool {
	_, constant := Constant(e.Path)
	return !constant || e.OnEmpty.What == "ERROR" || e.OnError.What == "ERROR"
}

// Eval searches row by row.
func (e *JSONSearch) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	text, err := e.Text.Eval(c, b)
	if err != nil {
		return nil, err
	}
	path, err := e.Path.Eval(c, b)
	if err != nil {
		return nil, err
	}
	search := &jsonSearch{
		e: e, texts: text.(*batch.Bytes), valid: batch.And(text.Valid(), path.Valid()), found: make([]foundKind, b.Rows()),
		finder: pathFinder{cache: e.compiled, span: e.span},
	}
	paths := path.(*batch.Bytes)
	if e.Function == "JSON_EXISTS" {
		return search.exists(paths)
	}
	found, err := search.values(paths)
	if err != nil {
		return nil, err
	}
	if found, err = search.typed(c, found); err != nil {
		return nil, err
	}
	return search.react(c, b, found)
}

// jsonSearch is one evaluation of a JSONSearch.
type jsonSearch struct {
	e      *JSONSearch
	texts  *batch.Bytes
	valid  batch.Bitmap // of texts and paths
	finder pathFinder
	found  []foundKind
}

func (s *jsonSearch) exists(paths *batch.Bytes) (batch.Column, error) {
	out := make([]bool, len(s.found))
	valid := s.valid
	for row := range out {
		if !s.valid.Get(row) {
			continue
		}
		if err := s.finder.use(paths.At(row)); err != nil {
			return nil, err
		}
		var what foundKind
		if out[row], what = s.finder.exists(s.texts.At(row)); what != foundFault {
			continue
		}
		switch s.e.OnError.What {
		case "ERROR":
			return nil, s.fault(row)
		case "UNKNOWN":
			valid = cleared(valid, len(out), row)
		default:
			out[row] = s.e.OnError.What == "TRUE"
		}
	}
	return batch.NewFixed(out, valid), nil
}

// values returns the text of what is found in each row, NULL for nothing, and notes how it was found.
func (s *jsonSearch) values(paths *batch.Bytes) (batch.Column, error) {
	var builder batch.BytesBuilder
	var out []byte
	for row := range s.found {
		if !s.valid.Get(row) {
			builder.AppendNull()
			continue
		}
		if err := s.finder.use(paths.At(row)); err != nil {
			return nil, err
		}
		if s.e.Function == "JSON_QUERY" {
			out, s.found[row] = s.finder.query(out[:0], s.texts.At(row), s.e.Wrapper)
		} else {
			var value []byte
			if value, s.found[row] = s.finder.scalar(s.texts.At(row)); s.found[row] == foundValue {
				out = appendScalar(out[:0], value)
			}
		}
		if s.found[row] == foundValue {
			builder.Append(out)
		} else {
			builder.AppendNull()
		}
	}
	return builder.Finish(), nil
}

// typed converts the texts to the type; one that does not convert is an error of its row.
func (s *jsonSearch) typed(c *Context, texts batch.Column) (batch.Column, error) {
	t := s.e.typ
	switch {
	case types.Equal(t, types.String), s.e.Function == "JSON_QUERY" && t.Kind == types.JSON:
		return texts, nil
	case t.Kind == types.Array:
		return textsOfArrays(texts.(*batch.Bytes)), nil
	}
	cast := &Cast{Try: true, typ: t, span: s.e.span}
	out, err := cast.convert(c, texts, types.String)
	if err != nil {
		return nil, err
	}
	for row, what := range s.found {
		if what == foundValue && s.valid.Get(row) && !out.Valid().Get(row) {
			s.found[row] = foundFault
		}
	}
	return out, nil
}

// textsOfArrays returns the elements of JSON arrays, compact, as ARRAY<STRING>: of strings their text, of
// null NULL, of other values the JSON. An object is the only element of its array.
func textsOfArrays(arrays *batch.Bytes) batch.Column {
	elements, _ := rawjson.Compile("$[*]")
	finder := rawjson.NewFinder(elements)
	items := &batch.BytesBuilder{}
	lists := &batch.ListBuilder{Items: items}
	var text []byte
	for row := range arrays.Len() {
		if !arrays.Valid().Get(row) {
			lists.AppendNull()
			continue
		}
		array := arrays.At(row)
		if rawjson.KindOf(array) == rawjson.Object {
			items.Append(array)
			lists.Close()
			continue
		}
		finder.Find(array) // it is JSON: a path found it
		for i := range finder.Len() {
			if value := finder.At(i); rawjson.KindOf(value) == rawjson.Null {
				items.AppendNull()
			} else {
				text = appendScalar(text[:0], value)
				items.Append(text)
			}
		}
		lists.Close()
	}
	return lists.Finish()
}

// react puts what the clauses say in the place of what was not found.
func (s *jsonSearch) react(c *Context, b *batch.Batch, found batch.Column) (batch.Column, error) {
	if !slices.ContainsFunc(s.found, func(what foundKind) bool { return what != foundValue }) {
		return found, nil
	}
	columns, at := []batch.Column{found}, make([]int32, len(s.found))
	for row := range at {
		at[row] = int32(row)
	}
	total := found.Len()
	for _, reaction := range []struct {
		what foundKind
		JSONReaction
	}{{foundEmpty, s.e.OnEmpty}, {foundFault, s.e.OnError}} {
		var rows []int32
		for row, what := range s.found {
			if what == reaction.what && s.valid.Get(row) {
				rows = append(rows, int32(row))
			}
		}
		if len(rows) == 0 || reaction.What == "NULL" {
			continue
		}
		if reaction.What == "ERROR" {
			return nil, s.fault(int(rows[0]))
		}
		instead, err := s.instead(c, b.Gather(rows), reaction.JSONReaction)
		if err != nil {
			return nil, err
		}
		for i, row := range rows {
			at[row] = int32(total + i)
		}
		columns = append(columns, instead)
		total += len(rows)
	}
	return batch.Concat(columns...).Gather(at), nil
}

// instead evaluates a reaction for rows.
func (s *jsonSearch) instead(c *Context, rows *batch.Batch, reaction JSONReaction) (batch.Column, error) {
	if reaction.Default != nil {
		return reaction.Default.Eval(c, rows)
	}
	text := "[]"
	if reaction.What == "EMPTY OBJECT" {
		text = "{}"
	}
	column := Repeat(text, types.String, rows.Rows())
	if s.e.typ.Kind == types.Array {
		return textsOfArrays(column.(*batch.Bytes)), nil
	}
	return column, nil
}

// fault is the error for a row whose text does not have what the path looks for.
func (s *jsonSearch) fault(row int) error {
	text := s.texts.At(row)
	if at := rawjson.Check(text); at >= 0 {
		return badJSON(s.e.span, text, at).WithHint("NULL ON ERROR gives NULL for such texts")
	}
	err := runtimeError(s.e.span, "%s finds nothing that it could give at %q in %s", s.e.Function, s.finder.text, shortText(text))
	return err.WithHint("NULL ON EMPTY NULL ON ERROR gives NULL for such texts")
}
