package expr

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/rawjson"
	"github.com/penstock-io/penstock/internal/types"
)

// JSONConstruct is JSON_OBJECT(KEY k VALUE v, ...) or JSON_ARRAY(v, ...). Values of type JSON become part
// of the text as they are, all others by their type.
type JSONConstruct struct {
	Keys   []Expr // texts, one for each value; nil: an array
	Values []Expr
	Absent bool // leave NULLs out; otherwise they become null
	span   diag.Span
}

// NewJSONObject returns the object with the keys and values. Of members with the same constant key the
// last counts, at the place of the first. span is for run-time errors.
func NewJSONObject(keys, values []Expr, absent bool, span diag.Span) (*JSONConstruct, error) {
	e := &JSONConstruct{Keys: []Expr{}, Absent: absent, span: span}
	for i, key := range keys {
		if t := key.Type(); !t.Kind.IsText() {
			return nil, diag.Errorf(diag.Semantic, span, "key %d of JSON_OBJECT is %s, not a text", i+1, t.Nullable()).
				WithHint("write JSON_OBJECT('key', value, ...) or JSON_OBJECT(KEY 'key' VALUE value, ...)")
		}
		known := -1
		if _, constant := Constant(key); constant {
			known = slices.IndexFunc(e.Keys, func(other Expr) bool { return Equal(key, other) })
		}
		if known >= 0 {
			e.Values[known] = values[i]
			continue
		}
		e.Keys, e.Values = append(e.Keys, key), append(e.Values, values[i])
	}
	return e, nil
}

// NewJSONArray returns the array of the values.
func NewJSONArray(values []Expr, absent bool) *JSONConstruct {
	return &JSONConstruct{Values: values, Absent: absent}
}

// Type is JSON NOT NULL.
func (e *JSONConstruct) Type() types.Type { return types.Of(types.JSON).Required() }

// Children are the keys, then the values.
func (e *JSONConstruct) Children() []Expr { return slices.Concat(e.Keys, e.Values) }

// WithChildren returns the text of other keys and values.
func (e *JSONConstruct) WithChildren(c []Expr) Expr {
	out := *e
	n := len(e.Keys)
	if e.Keys != nil {
		out.Keys = c[:n:n]
	}
	out.Values = c[n:]
	return &out
}

// String is the call as SQL writes it.
func (e *JSONConstruct) String() string {
	parts := make([]string, len(e.Values))
	for i, value := range e.Values {
		if parts[i] = value.String(); e.Keys != nil {
			parts[i] = "KEY " + e.Keys[i].String() + " VALUE " + parts[i]
		}
	}
	clause := ""
	switch {
	case e.Keys != nil && e.Absent:
		clause = " ABSENT ON NULL"
	case e.Keys == nil && !e.Absent:
		clause = " NULL ON NULL"
	}
	text := strings.Join(parts, ", ") + clause
	if len(parts) == 0 {
		text = strings.TrimPrefix(clause, " ")
	}
	if e.Keys == nil {
		return "JSON_ARRAY(" + text + ")"
	}
	return "JSON_OBJECT(" + text + ")"
}

func (e *JSONConstruct) head() any { return [2]any{e.Keys == nil, e.Absent} }

// canFail reports whether some key may be NULL, which is an error.
func (e *JSONConstruct) canFail() bool {
	return slices.ContainsFunc(e.Keys, func(key Expr) bool { return !key.Type().NotNull })
}

// Eval writes one text per row.
func (e *JSONConstruct) Eval(c *Context, b *batch.Batch) (batch.Column, error) {
	members, err := e.members(c, b)
	if err != nil {
		return nil, err
	}
	brackets := "{}"
	if e.Keys == nil {
		brackets = "[]"
	}
	rows := b.Rows()
	offsets, data := make([]int32, rows+1), make([]byte, 0, rows*16*(len(members)+1))
	for row := range rows {
		data = append(data, brackets[0])
		first := true
		for i := range members {
			m := &members[i]
			if e.Absent && !m.valid.Get(row) {
				continue
			}
			if !first {
				data = append(data, ',')
			}
			first = false
			if m.keys != nil {
				if !m.keys.Valid().Get(row) {
					return nil, runtimeError(e.span, "a key of JSON_OBJECT is NULL").WithHint("use COALESCE to give it another name")
				}
				data = append(rawjson.AppendQuoted(data, m.keys.At(row)), ':')
			}
			data = append(data, m.key...)
			data = m.value(data, row)
		}
		data = append(data, brackets[1])
		offsets[row+1] = int32(len(data))
	}
	return batch.NewBytes(offsets, data, nil), nil
}

// jsonMember writes one member of the objects, or element of the arrays, of a batch.
type jsonMember struct {
	key   []byte       // "key": where the key is constant
	keys  *batch.Bytes // otherwise
	value jsonWriter
	valid batch.Bitmap // of the values
}

func (e *JSONConstruct) members(c *Context, b *batch.Batch) ([]jsonMember, error) {
	members := make([]jsonMember, len(e.Values))
	for i, value := range e.Values {
		column, err := value.Eval(c, b)
		if err != nil {
			return nil, err
		}
		members[i].value, members[i].valid = newJSONWriter(column, value.Type()), column.Valid()
		if e.Keys == nil {
			continue
		}
		if key, ok := Constant(e.Keys[i]); ok && key != nil {
			members[i].key = append(rawjson.AppendQuoted(nil, []byte(key.(string))), ':')
			continue
		}
		keys, err := e.Keys[i].Eval(c, b)
		if err != nil {
			return nil, err
		}
		members[i].keys = keys.(*batch.Bytes)
	}
	return members, nil
}
