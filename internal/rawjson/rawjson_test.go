package rawjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/rawjson"
)

func TestCheckFindsTheFirstWrongByte(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{`{}`, -1},
		{" [1, -2.5e+10, true, null, \"a\\u00e9\"] \n", -1},
		{`{"a":{"b":[]}}`, -1},
		{``, 0},
		{`  `, 2},
		{`{"a" 1}`, 5},
		{`{"a":1,}`, 7},
		{`[1,]`, 3},
		{`[1 2]`, 3},
		{`{a:1}`, 1},
		{`01`, 1},
		{`1.`, 2},
		{`1e`, 2},
		{`-`, 1},
		{`tru`, 3},
		{`trux`, 3},
		{"\"a\nb\"", 2},
		{`"abc`, 4},
		{`"\x"`, 2},
		{`"\u12g4"`, 5},
		{`{} x`, 3},
		{`"12345678` + "\x01" + `"`, 9},
	} {
		if got := rawjson.Check([]byte(c.text)); got != c.want {
			t.Errorf("Check(%q) = %d, want %d", c.text, got, c.want)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	deep := strings.Repeat("[", rawjson.MaxDepth) + strings.Repeat("]", rawjson.MaxDepth)
	if got := rawjson.Check([]byte(deep)); got != -1 {
		t.Errorf("%d levels are refused at %d", rawjson.MaxDepth, got)
	}
	if got := rawjson.Check([]byte("[" + deep + "]")); got != rawjson.MaxDepth {
		t.Errorf("%d levels: %d, want %d", rawjson.MaxDepth+1, got, rawjson.MaxDepth)
	}
}

func TestFind(t *testing.T) {
	const doc = ` {"a": {"b": [1, "x", {"c": null}]}, "a b": true, "d": [[1, 2], [3]], "é": 1.5, "x": [{"n": 1}, {"n": 2}, {"m": 3}]} `
	for _, c := range []struct{ path, want string }{
		{"$", strings.TrimSpace(doc)},
		{"$.a.b[0]", "1"},
		{"strict  $.a.b[1]", `"x"`},
		{"lax $['a']['b'][2].c", "null"},
		{`$["a b"]`, "true"},
		{"$.é", "1.5"},
		{"$.d[*][0]", "1 3"},
		{"$.d[-1]", "[3]"},
		{"$.d[0][0,1]", "1 2"},
		{"$.d[0][1:]", "2"},
		{"$.d[:1]", "[1, 2]"},
		{"$.d[0][-2:-1]", "1"},
		{"$.d[ 0 ][ 0 , 1 ]", "1 2"},
		{"$.x[*].n", "1 2"},
		{"$..n", "1 2"},
		{"$..[2].c", "null"},
		{"$.x.*.m", "3"},
		{"$.x[1:].m", "3"},
		{"$.x[*].q", "nothing"},
		{"$.a.*[0]", "1"},
		{"$.nope", "missing"},
		{"$.a.nope.b", "missing"},
		{"$.a[0]", "missing"},
		{"$.d[2]", "missing"},
		{"$.d[-3]", "missing"},
		{"$.nope[*]", "missing"},
		{"$.d[7:]", "nothing"},
		{"$..nope", "nothing"},
	} {
		path, err := rawjson.Compile(c.path)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		f := rawjson.NewFinder(path)
		if !f.Find([]byte(doc)) {
			t.Fatalf("%s: the text is no JSON", c.path)
		}
		got := make([]string, f.Len())
		for i := range got {
			got[i] = string(f.At(i))
		}
		text := strings.Join(got, " ")
		switch {
		case f.Missing():
			text = "missing"
		case len(got) == 0:
			text = "nothing"
		}
		if text != c.want {
			t.Errorf("%s = %s, want %s", c.path, text, c.want)
		}
	}
}

func TestOfSeveralMembersTheLastCounts(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"$.a", `{"a":1,"b":2,"a":3}`, "3"},
		{"$.a.b", `{"a":{"b":1},"\u0061":{"c":1}}`, ""},
		{"$.a", `{"\u0061":7}`, "7"},
	} {
		path, _ := rawjson.Compile(c.path)
		f := rawjson.NewFinder(path)
		if !f.Find([]byte(c.text)) {
			t.Fatalf("%s is no JSON", c.text)
		}
		got := ""
		if f.Len() > 0 {
			got = string(f.At(0))
		}
		if got != c.want || f.Missing() != (c.want == "") {
			t.Errorf("%s in %s = %q, missing %v", c.path, c.text, got, f.Missing())
		}
	}
}

func TestMistakesInPathsHaveAPlace(t *testing.T) {
	for _, c := range []struct {
		path string
		pos  int
		msg  string
	}{
		{"", 0, "begins with $"},
		{"a.b", 0, "begins with $"},
		{"lax a", 4, "begins with $"},
		{"$a", 1, "begins with . or ["},
		{"$.", 2, "name is missing"},
		{"$..", 3, "where a step is expected"},
		{"$.a[", 4, "expected an index"},
		{"$.a[0", 3, "not closed"},
		{"$.a[x]", 4, "expected an index"},
		{"$['a", 2, "quote is not closed"},
		{"$['a','b']", 5, "only one name"},
		{"$[?(@.a)]", 2, "filters"},
		{"$.size()", 2, "functions"},
		{"$[99999999999]", 2, "not an index"},
		{"$..a..b..c", 7, "more than 2"},
		{"$.a b", 3, "begins with . or ["},
	} {
		_, err := rawjson.Compile(c.path)
		var at *rawjson.PathError
		if !errors.As(err, &at) || at.Pos != c.pos || !strings.Contains(at.Msg, c.msg) {
			t.Errorf("%q: %v (%+v), want %d %s", c.path, err, at, c.pos, c.msg)
		}
	}
}

func TestStrings(t *testing.T) {
	for _, text := range []string{"", "plain", "quote\" back\\ slash/", "\x00\x1f\n\t", "é 世界 😀", "long enough for eight bytes \x7f at once"} {
		quoted := rawjson.AppendQuoted(nil, []byte(text))
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil || back != text {
			t.Errorf("%q is quoted as %s: %v", text, quoted, err)
		}
		if again := rawjson.AppendText(nil, quoted); string(again) != text {
			t.Errorf("%s means %q", quoted, again)
		}
	}
	if got := string(rawjson.AppendQuoted(nil, []byte("a\xff\xfeb"))); got != `"a`+"\uFFFD\uFFFD"+`b"` {
		t.Errorf("bytes that are not UTF-8 become %s", got)
	}
	if got := string(rawjson.AppendText(nil, []byte(`"\ud83d\ude00 \ud83d x \/"`))); got != "😀 \uFFFD x /" {
		t.Errorf("escapes mean %q", got)
	}
}

// FuzzAgainstStandard compares with encoding/json on any bytes: what is valid, compact texts, strings and
// the members that a path finds.
func FuzzAgainstStandard(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":null}],"c":"x\u00e9\n"}`, `[[[]]]`, `"\ud800"`, ` 1e5 `, `{"a":1,"a":{"b":2}}`, `tru`, `{"a":`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	path, _ := rawjson.Compile("lax $.a.b")
	f.Fuzz(func(t *testing.T, text []byte) {
		valid := rawjson.Valid(text)
		if want := json.Valid(text); valid != want && !deep(text) {
			t.Fatalf("%q: valid is %v, want %v", text, valid, want)
		}
		finder := rawjson.NewFinder(path)
		if finder.Find(text) != valid {
			t.Fatalf("%q: a path finds it valid: %v", text, !valid)
		}
		if !valid {
			return
		}
		var compact bytes.Buffer
		_ = json.Compact(&compact, text) // it is valid
		if got := rawjson.AppendCompact(nil, text); !bytes.Equal(got, compact.Bytes()) {
			t.Fatalf("%q: compact is %q, want %q", text, got, compact.Bytes())
		}
		compareString(t, rawjson.Trim(text))
		compareFound(t, text, finder)
	})
}

// deep reports whether a text nests deeper than we allow, which encoding/json does not mind.
func deep(text []byte) bool {
	return bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > rawjson.MaxDepth
}

func compareString(t *testing.T, value []byte) {
	var want string
	if value[0] != '"' || json.Unmarshal(value, &want) != nil {
		return
	}
	// encoding/json replaces bytes that are not UTF-8, as the conversion to runes does.
	if got := string([]rune(string(rawjson.AppendText(nil, value)))); got != want {
		t.Fatalf("%q means %q, want %q", value, got, want)
	}
}

func compareFound(t *testing.T, text []byte, finder *rawjson.Finder) {
	var outer map[string]json.RawMessage
	var inner map[string]json.RawMessage
	var want []byte
	if json.Unmarshal(text, &outer) == nil && json.Unmarshal(outer["a"], &inner) == nil {
		want = inner["b"]
	}
	var got []byte
	if finder.Len() > 0 {
		got = finder.At(0)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%q: $.a.b is %q, want %q", text, got, want)
	}
}

func BenchmarkFind(b *testing.B) {
	doc := []byte(`{"event_id":"0f7c1d3a","user":{"id":"u-1234","name":"Jos\u00e9","tags":["a","b","c"]},"geo":{"country":"CH","city":"Zürich","lat":47.37,"lon":8.54},"items":[{"sku":"A-1","qty":2,"price":9.99},{"sku":"B-2","qty":1,"price":19.5}],"referrer":"https://example.com/some/page?with=query&and=more","ua":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}`)
	for _, text := range []string{"$.geo.country", "$.items[*].price", "$..qty"} {
		path, err := rawjson.Compile(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("path="+text, func(b *testing.B) {
			f := rawjson.NewFinder(path)
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if !f.Find(doc) {
					b.Fatal("not valid")
				}
			}
		})
	}
}
