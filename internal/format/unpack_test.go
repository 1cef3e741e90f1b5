package format_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/types"
)

// compress compresses a text with the standard library, zstd aside.
func compress(tb testing.TB, how, text string) []byte {
	tb.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch how {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zlib":
		w = zlib.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	default:
		return []byte(text)
	}
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

var idSchema = types.Schema{{Name: "id", Type: types.Of(types.Int)}}

func TestCompressedRecordsAreRecognised(t *testing.T) {
	decoder := newDecoder(t, idSchema)
	page := [][]byte{
		[]byte(`{"id":1}`), compress(t, "gzip", `{"id":2}`), compress(t, "zlib", `{"id":3}`), compress(t, "zstd", `{"id":4}`),
		append(compress(t, "gzip", "{\"id\":5}\n"), compress(t, "gzip", `{"id":6}`)...), // two members are one text
		compress(t, "gzip", `{"id":`), []byte("\x1f\x8b\x08not gzip"),
		{},
		compress(t, "gzip", ""), []byte(`{"id":7}`),
	}
	for range 2 {
		out := decoder.Decode(page)
		checkRows(t, out, len(page))
		if got := batch.Format(batch.New(out.Rows, out.Columns...), idSchema); got != "id\n1\n2\n3\n4\n5\n6\n7\n" {
			t.Errorf("got %s", got)
		}
		if fmt.Sprint(out.Records) != "[0 1 2 3 4 4 9]" || out.Taken != len(page) {
			t.Errorf("got records %v, %d taken", out.Records, out.Taken)
		}
		var got []string
		for _, bad := range out.Bad {
			got = append(got, fmt.Sprintf("%d %v %v", bad.Record, bad.Cause, bad.Err))
		}
		want := "5 malformed not JSON: unexpected end at byte 6\n6 unpackable the record cannot be decompressed with gzip: unexpected EOF\n7 empty the record is empty\n8 empty the record is empty"
		if strings.Join(got, "\n") != want {
			t.Errorf("got bad records\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	}
}

func TestTextsThatBeginLikeZlibAreTexts(t *testing.T) {
	decoder := decoderOf(t, "csv", textSchema, textSchema)
	if got := decodeOne(decoder, "x^2,b,c", textSchema); got != "x^2 | b | c" {
		t.Errorf("got %s", got)
	}
}

func TestDeclaredCompressionIsRequired(t *testing.T) {
	for _, how := range []string{"gzip", "zlib", "zstd"} {
		decoder := newDecoder(t, idSchema, "compression", how)
		if got := decodeOne(decoder, string(compress(t, how, "{\"id\":1}\n{\"id\":5\n{\"id\":2}")), idSchema); !strings.HasPrefix(got, "1\n2\nbad: row 2 of the record: not JSON") {
			t.Errorf("%s: got %s", how, got)
		}
		if got := decodeOne(decoder, `{"id":1}`, idSchema); !strings.HasPrefix(got, "bad: the record cannot be decompressed with "+how) {
			t.Errorf("%s: got %s", how, got)
		}
		// The part that is bad can be decoded again: it is compressed.
		out := decoder.Decode([][]byte{compress(t, how, "{\"id\":1}\n{\"id\":\"x\"}")})
		if again := decoder.Decode([][]byte{out.Bad[0].Data}); len(again.Bad) != 1 || again.Bad[0].Cause != format.Mismatch {
			t.Errorf("%s: the part %q gives %+v", how, out.Bad[0].Data, again.Bad)
		}
	}
	if got := decodeOne(newDecoder(t, idSchema, "compression", "none"), string(compress(t, "gzip", `{"id":1}`)), idSchema); got != "bad: not a JSON object: unexpected '\\x1f' at byte 0" {
		t.Errorf("none: got %s", got)
	}
	raw := types.Schema{{Name: "v", Type: types.Of(types.Varbinary)}}
	packed := string(compress(t, "gzip", "text"))
	if got := decodeOne(decoderOf(t, "raw", raw, raw), packed, raw); got != packed {
		t.Errorf("raw: got %q, want the bytes as they came", got)
	}
	if got := decodeOne(decoderOf(t, "raw", raw, raw, "compression", "auto"), packed, raw); got != "text" {
		t.Errorf("raw with auto: got %q", got)
	}
}

func TestDecompressionHasLimits(t *testing.T) {
	bomb := strings.Repeat(" ", 3<<20) + `{"id":1}`
	for _, how := range []string{"gzip", "zlib", "zstd"} {
		for _, mode := range []string{"auto", how} {
			decoder := newDecoder(t, idSchema, "compression", mode, "compression.max-size", "1 mb")
			got := decodeOne(decoder, string(compress(t, how, bomb)), idSchema)
			if how == "zlib" && mode == "auto" { // what is no zlib after all is read as it is, and is no JSON
				got = strings.Replace(got, "not a JSON object", "the record becomes larger than 1048576 bytes", 1)
			}
			if !strings.HasPrefix(got, "bad: the record becomes larger than 1048576 bytes") {
				t.Errorf("%s: got %s", how, got)
			}
			if got := decodeOne(decoder, string(compress(t, how, `{"id":1}`)), idSchema); got != "1" {
				t.Errorf("%s: after a bomb, got %s", how, got)
			}
		}
	}
	// A page of many that become large together is decoded in several calls.
	packed := compress(t, "gzip", strings.Repeat(" ", 20<<20)+`{"id":1}`)
	page := [][]byte{packed, packed, packed, packed, packed, packed}
	decoder := newDecoder(t, idSchema)
	calls, rows := 0, 0
	for len(page) > 0 {
		out := decoder.Decode(page)
		if out.Taken < 1 || out.Taken > 4 {
			t.Fatalf("%d records taken at a time", out.Taken)
		}
		page = page[out.Taken:]
		rows += out.Rows
		calls++
	}
	if calls != 2 || rows != 6 {
		t.Errorf("got %d rows in %d calls", rows, calls)
	}
}

func TestRecordsAreWrittenCompressed(t *testing.T) {
	for _, how := range []string{"gzip", "zlib", "zstd"} {
		encoder := encoderOf(t, "json", idSchema, "compression", how)
		record, err := encoder.Append([]byte("kept"), batch.New(1, fixedColumn(int32(7))), 0)
		if err != nil || !bytes.HasPrefix(record, []byte("kept")) {
			t.Fatal(record, err)
		}
		if got := decodeOne(newDecoder(t, idSchema, "compression", how), string(record[4:]), idSchema); got != "7" {
			t.Errorf("%s: got %s", how, got)
		}
	}
	record, err := encoderOf(t, "json", idSchema).Append(nil, batch.New(1, fixedColumn(int32(7))), 0)
	if err != nil || string(record) != `{"id":7}` {
		t.Errorf("auto: got %q, error %v", record, err)
	}
}

const logs = `{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"web","logStream":"i-1","subscriptionFilters":["all"],"logEvents":[` +
	`{"id":"1","timestamp":1767322800000,"message":"{\"id\":1}"},{"id":"2","timestamp":1767322801000,"message":"{\"id\":\"x\"}"},{"id":"3","timestamp":1767322802000,"message":"{\"id\":3}"}]}`

func TestCloudWatchLogsEvents(t *testing.T) {
	schema := types.Schema{
		{Name: "logGroup", Type: types.String},
		{Name: "owner", Type: types.String},
		{Name: "subscriptionFilters", Type: types.String},
		{Name: "id", Type: types.Of(types.Int)},
		{Name: "timestamp", Type: types.Of(types.BigInt)},
		{Name: "message", Type: types.String},
	}
	decoder := newDecoder(t, schema, "envelope", "cloudwatch-logs")
	want := `web | 123456789012 | ["all"] | 1 | 1767322800000 | {"id":1}
web | 123456789012 | ["all"] | 2 | 1767322801000 | {"id":"x"}
web | 123456789012 | ["all"] | 3 | 1767322802000 | {"id":3}`
	for _, how := range []string{"", "gzip"} {
		if got := decodeOne(decoder, string(compress(t, how, logs)), schema); got != want {
			t.Errorf("%q: got\n%s", how, got)
		}
	}
	for record, want := range map[string]string{
		`{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]}`: "",
		`{"id":1}`: `bad: not an envelope of CloudWatch Logs: its messageType is ""`,
		`no JSON`:  "bad: not an envelope of CloudWatch Logs: invalid character 'o' in literal null (expecting 'u')",
		`{"messageType":"DATA_MESSAGE","logEvents":[7,{}]}`: "NULL | NULL | NULL | NULL | NULL | NULL\n" +
			`bad: not an envelope of CloudWatch Logs: an event is 7 in "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[7]}"`,
	} {
		if got := decodeOne(decoder, record, schema); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", record, got, want)
		}
	}
}

func TestCloudWatchLogsMessages(t *testing.T) {
	decoder := newDecoder(t, idSchema, "envelope", "cloudwatch-logs-message")
	out := decoder.Decode([][]byte{compress(t, "gzip", logs), []byte(logs)})
	checkRows(t, out, 2)
	if got := batch.Format(batch.New(out.Rows, out.Columns...), idSchema); got != "id\n1\n3\n1\n3\n" || fmt.Sprint(out.Records) != "[0 0 1 1]" {
		t.Errorf("got %s of records %v", got, out.Records)
	}
	if len(out.Bad) != 2 || out.Bad[0].Record != 0 || out.Bad[1].Record != 1 {
		t.Fatalf("got bad records %v", out.Bad)
	}
	// What is kept of the bad event is an envelope with it alone.
	var kept struct {
		LogGroup  string
		LogEvents []struct{ ID, Message string }
	}
	if err := json.Unmarshal(out.Bad[0].Data, &kept); err != nil || kept.LogGroup != "web" || len(kept.LogEvents) != 1 || kept.LogEvents[0].Message != `{"id":"x"}` {
		t.Errorf("kept %s, error %v", out.Bad[0].Data, err)
	}
	again := newDecoder(t, types.Schema{{Name: "id", Type: types.String}}, "envelope", "cloudwatch-logs-message").Decode([][]byte{out.Bad[0].Data})
	if again.Rows != 1 || string(again.Columns[0].(*batch.Bytes).At(0)) != "x" {
		t.Errorf("decoded again: %+v", again)
	}
}

func TestUnpackingOptionsThatMakeNoSense(t *testing.T) {
	for _, test := range []struct {
		name, options string
		lines         bool
		want          string
	}{
		{"csv", "envelope=cloudwatch-logs", false, `'envelope' = 'cloudwatch-logs' gives JSON objects, and the format is csv`},
		{"csv", "envelope=cloudwatch-logs-message", false, ""},
		{"json", "compression=gzip", true, "the lines of a file are not compressed one by one"},
		{"json", "compression=none", true, ""},
	} {
		config := format.Config{Record: idSchema, Options: optionsOf(t, test.name, csvOptions(test.options)...), Lines: test.lines}
		if got := messageOf(lookup(t, test.name).Check(config)); got != test.want {
			t.Errorf("%s %s: got %q, want %q", test.name, test.options, got, test.want)
		}
	}
	config := format.Config{Record: idSchema, Schema: idSchema, Options: optionsOf(t, "json", "envelope", "cloudwatch-logs")}
	if _, err := lookupJSON(t).NewEncoder(config); diag.KindOf(err) != diag.Unsupported || err.Error() != "'envelope' = 'cloudwatch-logs' can only be read" {
		t.Errorf("writing: got error %v", err)
	}
}

// FuzzUnpack gives every kind of record to every way of unpacking.
func FuzzUnpack(f *testing.F) {
	for _, how := range []string{"", "gzip", "zlib", "zstd"} {
		f.Add(compress(f, how, `{"id":1}`))
		f.Add(compress(f, how, logs))
	}
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, record []byte) {
		for _, options := range []string{"", "compression=gzip", "compression=zlib", "compression=zstd", "envelope=cloudwatch-logs", "envelope=cloudwatch-logs-message"} {
			decoder := newDecoder(t, idSchema, append(csvOptions(options), "compression.max-size", "64 kb")...)
			page := [][]byte{record, record}
			out := decoder.Decode(page)
			checkRows(t, out, len(page))
			for _, bad := range out.Bad {
				if bad.Data != nil { // what is kept is as bad as before
					if again := decoder.Decode([][]byte{bad.Data}); len(again.Bad) == 0 {
						t.Fatalf("%s %q: the part %q is good", options, record, bad.Data)
					}
				}
			}
		}
	})
}
