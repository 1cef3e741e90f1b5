package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/bench/events"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// fuzzSchema has a column for each way in which values are read.
var fuzzSchema = types.Schema{
	{Name: "s", Type: types.String},
	{Name: "i", Type: types.Of(types.BigInt)},
	{Name: "d", Type: types.Of(types.Double)},
	{Name: "j", Type: types.Of(types.JSON)},
	{Name: "long_name_of_a_field", Type: types.Of(types.Boolean)},
	{Name: "\ufffd", Type: types.String},
}

var fuzzSeeds = []string{
	``, ` `, `{}`, `{"s":"x"}`, `{"i":1,"i":2}`, `{"s":"\ud83d\ude00\ud83d\u0041","i":"12","d":"1.5"}`, `{"\u0073":"escaped key"}`,
	"{\"s\":\"\xff\xc3\",\"\xff\":\"key\"}", `{"s":{"a":[1,{"b":null}],"c":""},"j":[ ] }`, `{"i":1.9e1,"d":-0.0e-5}`, `{"d":123456789012345678901234567890}`,
	`{"long_name_of_a_field":true,"long_name_of_a_fielD":false}`, `{"a":[[[[]]],{}],"b":{"c":{}}}`, `{"a":"\\\"\/\b\f\n\r\t"}`, "{\"s\":\"a\tb\"}",
	`{"s" : 1 , "i" : "9223372036854775808"}`, `{"j":tru}`, `{"j":[1,]}`, `{"j":{"a":1,}}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":"\u12"}`, `{"s":"1"}x`, "\n{\"s\":1}\r\n\t ",
	"{\"s\":1}\n{\"s\":2}\n", `{"s":1}{"s":2} {"i":3}`, `[{"s":1},{"i":"x"}]`, `[]`, `[{"s":1},2]`, "{\"s\":1}\n{\"s\":\n{\"s\":3}", ` [ { } , {"s":[{}]} ] `,
}

func FuzzJSONDecode(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add([]byte(seed))
	}
	for _, event := range events.Events(3, 1) {
		f.Add(event)
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		want, ok := referenceDecode(record)
		// The record comes three times: first to a decoder that has seen nothing, then after another
		// record, then to one that expects the record's own keys.
		page := [][]byte{record, []byte(`{"j":0,"s":"between"}`), record, record}
		out := newDecoder(t, fuzzSchema, "json.ignore-parse-errors", "true", "compression", "none").Decode(page)
		checkRows(t, out, len(page))
		if !ok {
			if len(out.Bad) < 3 || out.Rows != 1 && !bytes.Contains(record, []byte("\n")) {
				t.Fatalf("%q: got %d rows, bad records %v; want the record in between alone", record, out.Rows, out.Bad)
			}
			return
		}
		if len(out.Bad) > 0 || out.Rows != 3*len(want)+1 {
			t.Fatalf("%q: %d rows, bad records %v, but encoding/json has %d rows", record, out.Rows, out.Bad, len(want))
		}
		b := batch.New(out.Rows, out.Columns...)
		refused := 0
		for i, object := range want {
			texts := referenceTexts(object)
			for _, row := range []int{i, len(want) + 1 + i, 2*len(want) + 1 + i} {
				if got := batch.FormatRow(b, fuzzSchema, row); got != strings.Join(texts, " | ") {
					t.Fatalf("%q: row %d is\n%s\nwant\n%s", record, row, got, strings.Join(texts, " | "))
				}
			}
			for at, value := range referenceFields(object) {
				if texts[at] == "NULL" && value != nil && string(value) != "null" {
					refused++
					break
				}
			}
		}
		if strict := newDecoder(t, fuzzSchema, "compression", "none").Decode(page[:1]); refused != len(strict.Bad) {
			t.Fatalf("%q: bad records %v without json.ignore-parse-errors, want %d", record, strict.Bad, refused)
		}
	})
}

// referenceDecode finds the objects of a record with encoding/json: one or several, or an array of them.
func referenceDecode(record []byte) (objects []json.RawMessage, ok bool) {
	if json.Valid(record) && bytes.TrimLeft(record, " \t\r\n")[0] == '[' {
		if err := json.Unmarshal(record, &objects); err != nil || depth(record) > 512 {
			return nil, false
		}
	} else {
		for in := json.NewDecoder(bytes.NewReader(record)); ; {
			var object json.RawMessage
			err := in.Decode(&object)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || depth(object) > 512 {
				return nil, false
			}
			objects = append(objects, object)
		}
		if len(objects) == 0 {
			return nil, false
		}
	}
	for _, object := range objects {
		if object[0] != '{' {
			return nil, false
		}
	}
	return objects, true
}

// referenceTexts returns the texts of the columns of fuzzSchema in an object.
func referenceTexts(object []byte) []string {
	fields := referenceFields(object)
	return []string{
		referenceString(fields[0]), referenceInteger(fields[1]), referenceDouble(fields[2]), referenceRaw(fields[3]),
		referenceBoolean(fields[4]), referenceString(fields[5]),
	}
}

// referenceFields returns the values of the columns of fuzzSchema in a valid record.
func referenceFields(record []byte) []json.RawMessage {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(record, &object); err != nil {
		panic(err)
	}
	fields := make([]json.RawMessage, len(fuzzSchema))
	for i, field := range fuzzSchema {
		fields[i] = object[field.Name]
	}
	return fields
}

// depth is how deep objects and arrays nest in a valid JSON text.
func depth(record []byte) int {
	decoder := json.NewDecoder(bytes.NewReader(record))
	deepest, now := 0, 0
	for token, err := decoder.Token(); err == nil; token, err = decoder.Token() {
		switch token {
		case json.Delim('{'), json.Delim('['):
			now++
			deepest = max(deepest, now)
		case json.Delim('}'), json.Delim(']'):
			now--
		}
	}
	return deepest
}

func isNull(raw json.RawMessage) bool { return raw == nil || string(raw) == "null" }

func unquote(raw json.RawMessage) string {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		panic(err)
	}
	return text
}

func sanitize(raw []byte) string {
	var out strings.Builder
	for _, r := range string(raw) {
		out.WriteRune(r)
	}
	return out.String()
}

func referenceRaw(raw json.RawMessage) string {
	if isNull(raw) {
		return "NULL"
	}
	return sanitize(raw)
}

func referenceString(raw json.RawMessage) string {
	switch {
	case isNull(raw):
		return "NULL"
	case raw[0] == '"':
		return unquote(raw)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		panic(err)
	}
	return sanitize(compact.Bytes())
}

func javaTrim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
}

func referenceBoolean(raw json.RawMessage) string {
	switch {
	case isNull(raw):
		return "NULL"
	case raw[0] == '"':
		return strconv.FormatBool(strings.EqualFold(javaTrim(unquote(raw)), "true"))
	case raw[0] == 't' || raw[0] == 'f':
		return string(raw)
	}
	return "NULL"
}

func referenceInteger(raw json.RawMessage) string {
	if isNull(raw) || strings.IndexByte(`-0123456789"`, raw[0]) < 0 {
		return "NULL"
	}
	if raw[0] == '"' {
		n, err := strconv.ParseInt(javaTrim(unquote(raw)), 10, 64)
		if err != nil {
			return "NULL"
		}
		return strconv.FormatInt(n, 10)
	}
	integer := new(big.Int)
	if bytes.ContainsAny(raw, "eE") { // by way of a float64
		v, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return "NULL"
		}
		new(big.Float).SetFloat64(v).Int(integer)
	} else {
		digits, _, _ := strings.Cut(string(raw), ".")
		integer.SetString(digits, 10)
	}
	if !integer.IsInt64() {
		return "NULL"
	}
	return integer.String()
}

func referenceDouble(raw json.RawMessage) string {
	if isNull(raw) || strings.IndexByte(`-0123456789"`, raw[0]) < 0 {
		return "NULL"
	}
	text := string(raw)
	if raw[0] == '"' {
		switch text = javaTrim(unquote(raw)); {
		case text == "NaN", text == "Infinity", text == "-Infinity":
			return text
		case text == "+Infinity":
			return "Infinity"
		case strings.Trim(text, "0123456789+-.eE") != "":
			return "NULL"
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "NULL"
	}
	return string(batch.AppendFloat(nil, v, 64))
}

func FuzzJSONNumber(f *testing.F) {
	for _, seed := range []string{"0", "-0", "1.5", "0.1", "123456789.125", "9007199254740993", "16777217.5", "1e23", "0.000001", "12345678901234567.8", "1e-400", "3.4028236e38"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.Trim(text, " \t\r\n")
		if !json.Valid([]byte(text)) || strings.IndexByte("-0123456789", text[0]) < 0 {
			t.Skip()
		}
		schema := types.Schema{{Name: "v", Type: types.Of(types.Double)}, {Name: "v", Type: types.Of(types.Float)}}
		out := newDecoder(t, schema, "json.ignore-parse-errors", "true").Decode([][]byte{[]byte(`{"v":` + text + `}`)})
		if len(out.Bad) > 0 {
			t.Fatalf("%s: %v", text, out.Bad[0].Err)
		}
		double, err := strconv.ParseFloat(text, 64)
		if got := batch.Values[float64](out.Columns[0])[0]; out.Columns[0].Valid().Get(0) != (err == nil) || err == nil && math.Float64bits(got) != math.Float64bits(double) {
			t.Errorf("DOUBLE from %s: got %v, want %v, %v", text, got, double, err)
		}
		single, err := strconv.ParseFloat(text, 32)
		if got := batch.Values[float32](out.Columns[1])[0]; out.Columns[1].Valid().Get(0) != (err == nil) || err == nil && math.Float32bits(got) != math.Float32bits(float32(single)) {
			t.Errorf("FLOAT from %s: got %v, want %v, %v", text, got, single, err)
		}
	})
}

func FuzzJSONTimestamp(f *testing.F) {
	for _, seed := range []string{"2026-01-02 03:04:05", "2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.1234567+01:00", "2024-02-29", "2026-01-02T03:04", "2026-01-02T23:59:60", "2026-01-02T03:04:05.", "9999-12-31 23:59:59.999999999-18"} {
		f.Add(seed, seed)
	}
	schema := types.Schema{{Name: "v", Type: types.Type{Kind: types.Timestamp, Precision: 6}}}
	f.Fuzz(func(t *testing.T, first, second string) {
		decoder := newDecoder(t, schema, "json.ignore-parse-errors", "true") // it remembers the date of the first
		var page [][]byte
		for _, text := range []string{first, second, first} {
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			page = append(page, append(append([]byte(`{"v":`), quoted...), '}'))
		}
		out := decoder.Decode(page)
		if len(out.Bad) > 0 {
			t.Fatalf("%s: %v", page[out.Bad[0].Record], out.Bad[0].Err)
		}
		for row, text := range []string{first, second, first} {
			want, _, ok := types.ParseTimestamp(sanitize([]byte(text)))
			got := batch.Values[int64](out.Columns[0])[row]
			if out.Columns[0].Valid().Get(row) != ok || ok && got != want {
				t.Errorf("%q: got %d (valid: %v), want %d (valid: %v)", text, got, out.Columns[0].Valid().Get(row), want, ok)
			}
		}
	})
}

func FuzzJSONEncode(f *testing.F) {
	f.Add("text", []byte("bytes"), int64(1), 1.5, float32(2.5), true, int64(1_767_322_800_123_456), "column")
	f.Add("\x00\x1f\"\\\u2028<>&\xff", []byte{0, 255}, int64(-1<<63), 1e-300, float32(1e38), false, int64(-1), "a\"b\\\n")
	f.Fuzz(func(t *testing.T, text string, raw []byte, n int64, d float64, s float32, yes bool, micros int64, name string) {
		const year = 366 * types.Day
		micros %= 1900 * year // the four digits of a year
		name = "x" + sanitize([]byte(name))
		timestamp := types.Type{Kind: types.Timestamp, Precision: 6}
		schema := types.Schema{
			{Name: name, Type: types.String},
			{Name: "b", Type: types.Of(types.Varbinary)},
			{Name: "n", Type: types.Of(types.BigInt)},
			{Name: "d", Type: types.Of(types.Double)},
			{Name: "s", Type: types.Of(types.Float)},
			{Name: "y", Type: types.Of(types.Boolean)},
			{Name: "t", Type: timestamp},
			{Name: "u", Type: types.String},
		}
		in := batch.New(1, bytesColumn([]byte(text)), bytesColumn(raw), fixedColumn(n), fixedColumn(d), fixedColumn(s), fixedColumn(yes), fixedColumn(micros),
			batch.NewBytes([]int32{0, 0}, nil, batch.NewBitmap(1)))
		encoder, err := lookupJSON(t).NewEncoder(format.Config{Schema: schema, Options: parseOptions(t), Zone: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		record, err := encoder.Append([]byte("kept"), in, 0)
		if impossible := math.IsNaN(d) || math.IsInf(d, 0) || s != s || math.IsInf(float64(s), 0); impossible {
			if err == nil || string(record) != "kept" {
				t.Fatalf("got %q and error %v for a number without a JSON form", record, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		record = bytes.TrimPrefix(record, []byte("kept"))
		if !json.Valid(record) {
			t.Fatalf("not JSON: %q", record)
		}
		out := newDecoder(t, schema).Decode([][]byte{record})
		if len(out.Bad) > 0 {
			t.Fatalf("%q: %v", record, out.Bad[0].Err)
		}
		in.Columns[0] = bytesColumn([]byte(sanitize([]byte(text))))
		if got, want := batch.FormatRow(batch.New(1, out.Columns...), schema, 0), batch.FormatRow(in, schema, 0); got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", record, got, want)
		}
	})
}

func bytesColumn(value []byte) batch.Column {
	return batch.NewBytes([]int32{0, int32(len(value))}, value, nil)
}

func fixedColumn[T batch.Value](value T) batch.Column { return batch.NewFixed([]T{value}, nil) }

// TestJSONAcceptsWhatEncodingJSONAccepts damages records in places that random bytes rarely reach.
func TestJSONAcceptsWhatEncodingJSONAccepts(t *testing.T) {
	const alphabet = "\"\\{}[]:,0123456789.-+eEtfnul \t\n\x00\x1f\x7f\xc3\xff/x"
	random := rand.New(rand.NewPCG(1, 2))
	decoder := newDecoder(t, events.Wanted(), "json.ignore-parse-errors", "true")
	accepted := 0
	for _, event := range events.Events(4000, 2) {
		record := bytes.Clone(event)
		for range 1 + random.IntN(2) {
			at, c := random.IntN(len(record)), alphabet[random.IntN(len(alphabet))]
			switch random.IntN(4) {
			case 0:
				record[at] = c
			case 1:
				record = slices.Insert(record, at, c)
			case 2:
				record = slices.Delete(record, at, min(at+1+random.IntN(3), len(record)))
			case 3:
				record = record[:at+1]
				record[at] = c
			}
		}
		out := decoder.Decode([][]byte{event, record, event})
		ok := json.Valid(record) && bytes.TrimLeft(record, " \t\r\n")[0] == '{'
		if ok {
			accepted++
		}
		if ok != (len(out.Bad) == 0) {
			t.Fatalf("%q: bad records %v, but encoding/json says %v", record, out.Bad, ok)
		}
	}
	if accepted < 400 || accepted > 3600 {
		t.Errorf("%d of 4000 records are valid: the test shows little", accepted)
	}
}
