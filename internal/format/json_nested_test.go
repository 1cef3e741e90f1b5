package format_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// nestedSchema has one column v: ROW<id INT, tags ARRAY<STRING>, attrs MAP<STRING, DOUBLE>, sub ROW<at TIMESTAMP(3)>>.
func nestedSchema() types.Schema {
	sub := types.RowOf(types.Schema{{Name: "at", Type: types.Timestamp3}})
	return types.Schema{{Name: "v", Type: types.RowOf(types.Schema{
		{Name: "id", Type: types.Of(types.Int)},
		{Name: "tags", Type: types.ArrayOf(types.String)},
		{Name: "attrs", Type: types.MapOf(types.String, types.Of(types.Double))},
		{Name: "sub", Type: sub},
	})}}
}

func TestJSONReadsAndWritesNestedColumns(t *testing.T) {
	schema := nestedSchema()
	null := `{"v":{"id":null,"tags":null,"attrs":null,"sub":null}}`
	tests := []struct{ record, want string }{
		{`{"v":{"id":1,"tags":["a","b\n"],"attrs":{"x":1.5,"y":2},"sub":{"at":"2026-01-02 03:04:05"}}}`, `{"v":{"id":1,"tags":["a","b\n"],"attrs":{"x":1.5,"y":2.0},"sub":{"at":"2026-01-02 03:04:05"}}}`},
		{`{"v" : { "more":[{"id":9}], "id" : "7" , "tags" : [ ] , "attrs" : { } , "sub" : { } } }`, `{"v":{"id":7,"tags":[],"attrs":{},"sub":{"at":null}}}`},
		{`{"v":{"tags":[null,1,[2, 3],{"a":1}],"attrs":{"x":null}}}`, `{"v":{"id":null,"tags":[null,"1","[2,3]","{\"a\":1}"],"attrs":{"x":null},"sub":null}}`},
		{`{"v":{"id":1,"id":2,"attrs":{"x":1,"y":2,"x":3,"\u0078":4}}}`, `{"v":{"id":2,"tags":null,"attrs":{"x":4.0,"y":2.0},"sub":null}}`},
		{`{"v":{"\u0069d":3}}`, `{"v":{"id":3,"tags":null,"attrs":null,"sub":null}}`},
		{`{"v":{}}`, null},
		{`{"v":null}`, `{"v":null}`},
		{`{}`, `{"v":null}`},
		{`{"v":[1]}`, `bad: field "v": [1] is not a ` + schema[0].Type.String() + ` (byte 5)`},
		{`{"v":{"id":"x"}}`, `bad: field "v.id": "x" is not an INT (byte 11)`},
		{`{"v":{"tags":{}}}`, `bad: field "v.tags": {} is not a ARRAY<STRING> (byte 13)`},
		{`{"v":{"attrs":{"x":[]}}}`, `bad: field "v.attrs{}": [] is not a DOUBLE (byte 19)`},
		{`{"v":{"sub":{"at":"yesterday"}}}`, `bad: field "v.sub.at": "yesterday" is not a TIMESTAMP(3) (byte 18)`},
	}
	decoder, encoder := newDecoder(t, schema), newEncoder(t, schema)
	for _, test := range tests {
		page := [][]byte{[]byte(`{"v":{"id":0}}`), []byte(test.record), []byte(`{"v":{"id":9}}`)}
		out := decoder.Decode(page)
		checkRows(t, out, 3)
		var got string
		if len(out.Bad) > 0 {
			got = "bad: " + out.Bad[0].Err.Error()
		} else {
			record, err := encoder.Append(nil, batch.New(out.Rows, out.Columns...), 1)
			if err != nil {
				t.Fatal(err)
			}
			got = string(record)
		}
		if got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.record, got, test.want)
		}
	}
	lenient := newDecoder(t, schema, "json.ignore-parse-errors", "true")
	out := lenient.Decode([][]byte{[]byte(`{"v":{"id":"x","tags":["a",{}],"attrs":{"x":"y"},"sub":7}}`)})
	if record, err := encoder.Append(nil, batch.New(out.Rows, out.Columns...), 0); err != nil || string(record) != `{"v":{"id":null,"tags":["a","{}"],"attrs":{"x":null},"sub":null}}` {
		t.Errorf("with ignored errors: got %s, error %v", record, err)
	}
}

func TestJSONMapsOfManyKeys(t *testing.T) {
	schema := types.Schema{{Name: "v", Type: types.MapOf(types.String, types.Of(types.Int))}}
	want := map[string]int{}
	var members []string
	for i := range 100 {
		key := fmt.Sprintf("k%d", i%40)
		want[key] = i
		members = append(members, fmt.Sprintf("%q:%d", key, i))
	}
	out := newDecoder(t, schema).Decode([][]byte{[]byte(`{"v":{` + strings.Join(members, ",") + `}}`)})
	record, err := newEncoder(t, schema).Append(nil, batch.New(out.Rows, out.Columns...), 0)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ V map[string]int }
	if err := json.Unmarshal(record, &got); err != nil || !maps.Equal(got.V, want) || strings.Count(string(record), ":") != 41 {
		t.Errorf("got %s, error %v", record, err)
	}
}

func TestJSONNullKeys(t *testing.T) {
	typ := types.MapOf(types.String, types.Of(types.Int))
	builder := batch.NewBuilder(typ).(*batch.ListBuilder)
	entries := builder.Items.(*batch.StructBuilder)
	for i, key := range []string{"a", "", "b"} {
		if key == "" {
			entries.Fields[0].AppendNull()
		} else {
			entries.Fields[0].(*batch.BytesBuilder).AppendString(key)
		}
		entries.Fields[1].(*batch.FixedBuilder[int32]).Append(int32(i))
		entries.Close()
	}
	builder.Close()
	rows := batch.New(1, builder.Finish())
	schema := types.Schema{{Name: "v", Type: typ}}
	for options, want := range map[string]string{
		"": `column "v": a key of a MAP is NULL ('json.map-null-key.mode' says what to do with it)`, "json.map-null-key.mode=DROP": `{"v":{"a":0,"b":2}}`,
		"json.map-null-key.mode=LITERAL": `{"v":{"a":0,"null":1,"b":2}}`, "json.map-null-key.mode=literal json.map-null-key.literal=n/a": `{"v":{"a":0,"n/a":1,"b":2}}`,
	} {
		got, err := newEncoder(t, schema, csvOptions(options)...).Append(nil, rows, 0)
		if text := string(got) + messageOf(err); text != want {
			t.Errorf("%s: got %s, want %s", options, text, want)
		}
	}
}

func TestJSONZeroTimestamps(t *testing.T) {
	schema := types.Schema{{Name: "v", Type: types.Timestamp3}}
	const record = `{"v":"0000-00-00 00:00:00"}`
	if got := decodeOne(newDecoder(t, schema), record, schema); got != `bad: field "v": "0000-00-00 00:00:00" is not a TIMESTAMP(3) (byte 5)` {
		t.Errorf("got %s", got)
	}
	if got := decodeOne(newDecoder(t, schema, "json.zero-timestamp.behavior", "CONVERT_TO_NULL"), record, schema); got != "NULL" {
		t.Errorf("got %s", got)
	}
}

func TestJSONRefusesMapsWithoutTextKeys(t *testing.T) {
	schema := types.Schema{{Name: "v", Type: types.ArrayOf(types.MapOf(types.Of(types.Int), types.String))}}
	_, err := lookupJSON(t).NewDecoder(format.Config{Schema: schema, Options: parseOptions(t)})
	if messageOf(err) != `format json cannot read column "v" of type ARRAY<MAP<INT, STRING>>` {
		t.Errorf("got error %v", err)
	}
}

// FuzzJSONNested compares nested columns of texts with encoding/json.
func FuzzJSONNested(f *testing.F) {
	for _, seed := range []string{
		`{"r":{"a":"x","b":["y",{"z":1}],"m":{"k":[1, 2]}}}`, `{"r":{"a":1,"a":{"\u0061":2},"m":{"":null,"k":"v","k":"w"}}}`, `{"r":[]}`, `{"r":null}`,
		`{"r":{"b":[[],[[]],{}],"m":{"\ud83d":1,"x\u0000":"\ud83d\ude00"}}}`, " {\n\"r\" : { \"b\" : [ 1 , 2 ] } } ", `{"r":{"b":[1,]}}`,
	} {
		f.Add([]byte(seed))
	}
	schema := types.Schema{{Name: "r", Type: types.RowOf(types.Schema{
		{Name: "a", Type: types.String}, {Name: "b", Type: types.ArrayOf(types.String)}, {Name: "m", Type: types.MapOf(types.String, types.String)},
	})}}
	f.Fuzz(func(t *testing.T, record []byte) {
		out := newDecoder(t, schema, "json.ignore-parse-errors", "true", "compression", "none").Decode([][]byte{record})
		checkRows(t, out, 1)
		objects, ok := referenceDecode(record)
		if !ok {
			return
		}
		if out.Rows != len(objects) {
			t.Fatalf("%q: %d rows, want %d", record, out.Rows, len(objects))
		}
		for row, object := range objects {
			got, err := newEncoder(t, schema).Append(nil, batch.New(out.Rows, out.Columns...), row)
			if err != nil {
				t.Fatal(err)
			}
			var have, want any
			if err := json.Unmarshal(got, &have); err != nil {
				t.Fatalf("%q: %v", got, err)
			}
			var outer struct{ R json.RawMessage }
			fields := map[string]json.RawMessage{}
			if err := json.Unmarshal(object, &fields); err != nil {
				t.Fatal(err)
			}
			outer.R = fields["r"]
			want = map[string]any{"r": referenceNested(outer.R)}
			if fmt.Sprint(have) != fmt.Sprint(want) {
				t.Fatalf("%q: got %v, want %v", record, have, want)
			}
		}
	})
}

// referenceNested is the value of the column of FuzzJSONNested.
func referenceNested(raw json.RawMessage) any {
	fields := map[string]json.RawMessage{}
	if isNull(raw) || json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	row := map[string]any{"a": textOrNil(fields["a"]), "b": nil, "m": nil}
	var elements []json.RawMessage
	if !isNull(fields["b"]) && json.Unmarshal(fields["b"], &elements) == nil {
		texts := []any{}
		for _, element := range elements {
			texts = append(texts, textOrNil(element))
		}
		row["b"] = texts
	}
	members := map[string]json.RawMessage{}
	if !isNull(fields["m"]) && json.Unmarshal(fields["m"], &members) == nil {
		texts := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(members)) {
			texts[key] = textOrNil(members[key])
		}
		row["m"] = texts
	}
	return row
}

func textOrNil(raw json.RawMessage) any {
	if isNull(raw) {
		return nil
	}
	return referenceString(raw)
}
