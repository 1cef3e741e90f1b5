package kinesisserver

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Vectors of RFC 8949, appendix A, and what this protocol makes of tags and byte strings.
var cborVectors = []struct{ hex, json string }{
	{"00", "0"},
	{"1864", "100"},
	{"1b000000e8d4a51000", "1000000000000"},
	{"20", "-1"},
	{"3903e7", "-1000"},
	{"f90000", "0"},
	{"f93c00", "1"},
	{"f93e00", "1.5"},
	{"f90001", "5.960464477539063e-08"},
	{"f9c400", "-4"},
	{"fa47c35000", "100000"},
	{"fb3ff199999999999a", "1.1"},
	{"f4", "false"},
	{"f5", "true"},
	{"f6", "null"},
	{"f7", "null"},
	{"60", `""`},
	{"62c3bc", `"ü"`},
	{"62225c", `"\"\\"`},
	{"4401020304", `"AQIDBA=="`},
	{"5f42010243030405ff", `"AQIDBAU="`},
	{"7f657374726561646d696e67ff", `"streaming"`},
	{"83010203", "[1,2,3]"},
	{"9f018202039f0405ffff", "[1,[2,3],[4,5]]"},
	{"a26161016162820203", `{"a":1,"b":[2,3]}`},
	{"bf61610161629f0203ffff", `{"a":1,"b":[2,3]}`},
	{"c11b0000018bcfe56800", "1700000000.000"},
	{"c11b0000018bcfe5687b", "1700000000.123"},
	{"c1fb41d954fc4010c49c", "1.7e+09"},
	{"d9d9f7a0", "{}"},
}

func TestCBORRequestsAreRewrittenAsJSON(t *testing.T) {
	for _, c := range cborVectors {
		in, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jsonOfCBOR(in)
		if c.hex == "c1fb41d954fc4010c49c" { // seconds as a float: only the first digits matter
			if err != nil || !strings.HasPrefix(string(got), "1.7") {
				t.Errorf("%s: got %s, %v", c.hex, got, err)
			}
			continue
		}
		if err != nil || string(got) != c.json {
			t.Errorf("%s: got %s, %v, want %s", c.hex, got, err, c.json)
		}
		for i := range in {
			if got, err := jsonOfCBOR(in[:i]); err == nil {
				t.Errorf("%s cut off after %d bytes: got %s", c.hex, i, got)
			}
		}
	}
}

func TestMalformedCBORIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "1c", "1f", "5bffffffffffffffff", "9bffffffffffffffff", "a1", "a10102", "bf6161ff", "ff", "f97e00", "f97c00", "f8ff",
		"0000", "5f6161ff", "5f5f4101ffff", "1bffffffffffffffff", strings.Repeat("81", 100) + "00", "c16161", "c1c100",
	} {
		in, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := jsonOfCBOR(in); err == nil {
			t.Errorf("%s was read as %s", text, got)
		}
	}
}

func FuzzCBOR(f *testing.F) {
	for _, c := range cborVectors {
		in, err := hex.DecodeString(c.hex)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if out, err := jsonOfCBOR(in); err == nil && !json.Valid(out) {
			t.Fatalf("%x became %s", in, out)
		}
	})
}

// cborMember appends a member of a map in CBOR.
func cborMember(dst []byte, name string, value any) []byte {
	dst = appendCBORText(dst, name)
	switch value := value.(type) {
	case string:
		return appendCBORText(dst, value)
	case []byte:
		return append(appendCBORHead(dst, cborBytes, uint64(len(value))), value...)
	case int:
		return appendCBORInt(dst, int64(value))
	case time.Time:
		return appendCBOREpoch(dst, value.UnixMilli())
	default:
		panic("no such value in these tests")
	}
}

// cborObject is a map of indefinite length, as Java's SDK sends it; pairs are names and values.
func cborObject(pairs ...any) []byte {
	out := []byte{cborMapStart}
	for i := 0; i < len(pairs); i += 2 {
		out = cborMember(out, pairs[i].(string), pairs[i+1])
	}
	return append(out, cborBreak)
}

// cborCall makes a call in CBOR and returns the status and the body.
func (w *world) cborCall(operation string, body []byte) (int, []byte) {
	w.Helper()
	r := w.newRequest(operation, string(body))
	r.Header.Set("Content-Type", cborType)
	resp, err := w.http.Do(r)
	w.must(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	w.must(err)
	if got := resp.Header.Get("Content-Type"); got != cborType {
		w.Errorf("%s: content type %s", operation, got)
	}
	return resp.StatusCode, answer
}

// cborResult makes a call that must succeed, and returns its answer as JSON members.
func (w *world) cborResult(operation string, body []byte) (members map[string]any, raw []byte) {
	w.Helper()
	status, raw := w.cborCall(operation, body)
	text, err := jsonOfCBOR(raw)
	if status != http.StatusOK || err != nil || raw[0] != cborMapStart {
		w.Fatalf("%s: status %d, %v: %x", operation, status, err, raw)
	}
	w.must(json.Unmarshal(text, &members))
	return members, raw
}

func TestCBORReadsAndWritesRecords(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_123)
	w := newWorld(t, Config{Now: func() time.Time { return now }})
	if status, body := w.cborCall("CreateStream", cborObject("StreamName", "clicks", "ShardCount", 1)); status != http.StatusOK || len(body) != 0 {
		t.Fatalf("CreateStream: %d %x", status, body)
	}
	w.cborResult("PutRecord", cborObject("StreamName", "clicks", "PartitionKey", `k"1`, "Data", []byte("as bytes")))
	w.cborResult("PutRecord", cborObject("StreamName", "clicks", "PartitionKey", "k2", "Data", "YXMgdGV4dA=="))
	records := append(appendCBORText([]byte{cborMapStart}, "Records"), cborArrayStart)
	records = append(records, cborObject("Data", []byte{0, 1, 0xff}, "PartitionKey", "k3")...)
	records = append(cborMember(append(records, cborBreak), "StreamName", "clicks"), cborBreak)
	put, _ := w.cborResult("PutRecords", records)
	if put["FailedRecordCount"] != 0.0 || len(put["Records"].([]any)[0].(map[string]any)["SequenceNumber"].(string)) != 56 {
		t.Errorf("PutRecords: %v", put)
	}

	it, _ := w.cborResult("GetShardIterator", cborObject("StreamName", "clicks", "ShardId", "0", "ShardIteratorType", "AT_TIMESTAMP", "Timestamp", now))
	page, raw := w.cborResult("GetRecords", cborObject("ShardIterator", it["ShardIterator"]))
	for i, want := range []string{"YXMgYnl0ZXM=", "YXMgdGV4dA==", "AAH/"} {
		r := page["Records"].([]any)[i].(map[string]any)
		if r["Data"] != want || r["ApproximateArrivalTimestamp"] != 1_700_000_000.123 || !strings.HasPrefix(r["PartitionKey"].(string), "k") {
			t.Errorf("record %d: %v", i, r)
		}
	}
	for name, want := range map[string][]byte{
		"data as a byte string":       append(appendCBORText(nil, "Data"), 0x43, 0, 1, 0xff),
		"time as tagged milliseconds": append(appendCBORText(nil, "ApproximateArrivalTimestamp"), 0xc1, 0x1b, 0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 0x7b),
		"key without its JSON escape": append(appendCBORText(nil, "PartitionKey"), 0x63, 'k', '"', '1'),
	} {
		if !bytes.Contains(raw, want) {
			t.Errorf("no %s in %x", name, raw)
		}
	}
	if page["MillisBehindLatest"] != 0.0 || page["NextShardIterator"] == "" {
		t.Errorf("page %v", page)
	}
	if got := w.read("clicks", "0"); got != "as bytes as text \x00\x01\xff" {
		t.Errorf("in JSON: %q", got)
	}
}

func TestCBORDescribesStreams(t *testing.T) {
	w := newWorld(t, Config{})
	w.create("clicks", 1)
	w.split("clicks", "0", twoTo127)
	out, raw := w.cborResult("DescribeStream", cborObject("StreamName", "clicks"))
	d := out["StreamDescription"].(map[string]any)
	if d["StreamStatus"] != "ACTIVE" || len(d["Shards"].([]any)) != 3 || d["HasMoreShards"] != false {
		t.Errorf("described as %v", d)
	}
	if !bytes.Contains(raw, append(appendCBORText(nil, "StreamCreationTimestamp"), 0xc1, 0x1b)) {
		t.Errorf("creation time without its tag: %x", raw)
	}
	it, _ := w.cborResult("GetShardIterator", cborObject("StreamName", "clicks", "ShardId", "0", "ShardIteratorType", "TRIM_HORIZON"))
	page, _ := w.cborResult("GetRecords", cborObject("ShardIterator", it["ShardIterator"]))
	if _, ok := page["NextShardIterator"]; ok || len(page["ChildShards"].([]any)) != 2 {
		t.Errorf("end of shard: %v", page)
	}
	for _, operation := range []string{"ListStreams", "DescribeLimits", "DescribeAccountSettings"} {
		w.cborResult(operation, cborObject())
	}
	w.cborResult("DescribeStreamSummary", cborObject("StreamName", "clicks"))
	w.cborResult("ListShards", cborObject("StreamName", "clicks"))
	w.cborResult("RegisterStreamConsumer", cborObject("StreamARN", clicksARN, "ConsumerName", "app"))
	w.cborResult("ListStreamConsumers", cborObject("StreamARN", clicksARN))
	w.cborResult("ListTagsForStream", cborObject("StreamName", "clicks"))
}

func TestCBORErrors(t *testing.T) {
	w := newWorld(t, Config{})
	for _, c := range []struct {
		operation string
		body      []byte
		status    int
		code      string
	}{
		{"DescribeStream", cborObject("StreamName", "absent"), 400, codeResourceNotFound},
		{"DescribeStream", []byte{cborMapStart}, 400, codeSerialization},
		{"DescribeStream", []byte(`{}`), 400, codeSerialization},
		{"DescribeStream", cborObject("StreamName", 5), 400, codeSerialization},
		{"SubscribeToShard", cborObject("ShardId", "0"), 500, codeInternalFailure},
	} {
		status, raw := w.cborCall(c.operation, c.body)
		text, err := jsonOfCBOR(raw)
		var got errorBody
		if err != nil || json.Unmarshal(text, &got) != nil || status != c.status || got.Type != c.code {
			t.Errorf("%s %x: %d %s, want %d %s", c.operation, c.body, status, text, c.status, c.code)
		}
	}
}

func TestStoredRecordIsCutApart(t *testing.T) {
	var records []byte
	entries := []entry{
		{data: newBlob([]byte("a")), partitionKey: []byte(`quote " backslash \ end`)},
		{data: newBlob(nil), partitionKey: nil},
		{data: newBlob([]byte("ccc")), partitionKey: []byte("größe")},
	}
	for i := range entries {
		records = appendRecord(records, &entries[i], sequenceNumber{record: uint64(i)}, int64(i)*1001, i == 1)
	}
	for i, e := range entries {
		var r storedRecord
		var err error
		if records, err = r.cut(records); err != nil {
			t.Fatal(err)
		}
		var key *string
		if r.partitionKey != nil {
			key = new(string)
			if err := json.Unmarshal(r.partitionKey, key); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(r.data, e.data.text) || r.arrivalMillis != int64(i)*1001 || r.encrypted != (i == 1) ||
			(key == nil) != (e.partitionKey == nil) || (key != nil && *key != string(e.partitionKey)) {
			t.Errorf("record %d came back as %+v", i, r)
		}
	}
	if len(records) != 0 {
		t.Errorf("left over: %s", records)
	}
}
