package kinesisserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// FuzzRequest sends arbitrary bodies to arbitrary operations, as JSON or CBOR: no answer may be an
// internal failure, and every body that is not empty must be in the request's format.
func FuzzRequest(f *testing.F) {
	table := operations()
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, body := range []string{
		``, `{}`, `null`, `[]`, `{"StreamName":"clicks"}`, `{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/clicks"}`,
		`{"StreamName":"clicks","Records":[{"Data":"YQ==","PartitionKey":"a"}]}`,
		`{"StreamName":"clicks","Data":"YQ==","PartitionKey":"a","ExplicitHashKey":"5"}`,
		`{"StreamName":"clicks","ShardId":"shardId-000000000000","ShardIteratorType":"AT_TIMESTAMP","Timestamp":1e9}`,
		`{"StreamName":"clicks","ShardId":"0","ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"49615604846537535747729525809166215807130139976752168962"}`,
		`{"ShardIterator":"AAAA","Limit":1}`, `{"StreamName":"clicks","ShardToSplit":"0","NewStartingHashKey":"5"}`,
		`{"StreamName":"clicks","ShardToMerge":"0","AdjacentShardToMerge":"1"}`,
		`{"StreamName":"clicks","TargetShardCount":3,"ScalingType":"UNIFORM_SCALING"}`,
		`{"StreamName":"clicks","ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":-1}}`, `{"NextToken":"x"}`,
		`{"StreamName":"clicks","Tags":{"a":"b"}}`, `{"StreamName":"clicks","RetentionPeriodHours":48}`,
		`{"StreamName":"new","ShardCount":2,"StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`,
	} {
		for i := range names {
			f.Add(byte(i), false, []byte(body))
		}
	}
	for i := range names {
		f.Add(byte(i), true, cborObject("StreamName", "clicks", "Data", []byte("x"), "PartitionKey", "k", "Limit", 5))
	}
	f.Fuzz(func(t *testing.T, operation byte, cbor bool, body []byte) {
		srv := New(Config{AnswerDelay: -1, ShardLimit: 100})
		if err := srv.CreateStream("clicks", 2); err != nil {
			t.Fatal(err)
		}
		name := names[int(operation)%len(names)]
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", jsonType)
		if cbor {
			r.Header.Set("Content-Type", cborType)
		}
		r.Header.Set("X-Amz-Target", targetPrefix+name)
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, r)
		if ok := w.Code == http.StatusOK || w.Code == http.StatusBadRequest; !ok && (name != "SubscribeToShard" || !cbor) {
			t.Fatalf("%s: status %d: %s", name, w.Code, w.Body)
		}
		answer := w.Body.Bytes()
		if cbor && len(answer) > 0 {
			var err error
			if answer, err = jsonOfCBOR(answer); err != nil {
				t.Fatalf("%s: no CBOR: %x", name, w.Body)
			}
		}
		if len(answer) > 0 && !json.Valid(answer) {
			t.Fatalf("%s: no JSON: %s", name, answer)
		}
	})
}

// FuzzScanPutRecords checks that the fast scanner reads nothing differently from encoding/json.
func FuzzScanPutRecords(f *testing.F) {
	for _, body := range []string{
		`{"Records":[{"Data":"YQ==","PartitionKey":"a"},{"PartitionKey":"b","Data":"","ExplicitHashKey":"7"}],"StreamName":"clicks"}`,
		` { "StreamARN" : "x" , "Records" : [ ] } `, `{}`, `{"Records":[{}]}`, `{"Records":[{"Data":"YQ=="},]}`, `{"Records":[{"Data":"Y\u0051=="}]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fast, ok := scanPutRecords(body)
		if !ok {
			return
		}
		var slow putRecordsRequest
		if err := json.Unmarshal(body, &slow); err != nil {
			t.Fatalf("only the scanner accepts %s: %v", body, err)
		}
		if !sameText(fast.StreamName, slow.StreamName) || !sameText(fast.StreamARN, slow.StreamARN) || len(fast.Records) != len(slow.Records) {
			t.Fatalf("%s: %+v and %+v", body, fast, slow)
		}
		for i, a := range fast.Records {
			b := slow.Records[i]
			if !bytes.Equal(a.data.text, b.data.text) || a.data.size != b.data.size || a.hasData != b.hasData ||
				!bytes.Equal(a.partitionKey, b.partitionKey) || (a.partitionKey == nil) != (b.partitionKey == nil) ||
				!bytes.Equal(a.explicitHashKey, b.explicitHashKey) {
				t.Fatalf("%s: record %d: %+v and %+v", body, i, a, b)
			}
		}
	})
}

func sameText(a, b *string) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}

func TestPutRecordsScannerTakesWhatSDKsSend(t *testing.T) {
	for _, body := range []string{
		`{"Records":[{"Data":"YQ==","PartitionKey":"a"}],"StreamName":"clicks"}`,
		`{"StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/clicks", "Records": [{"Data": "YQ==", "PartitionKey": "a", "ExplicitHashKey": "1"}]}`,
	} {
		if _, ok := scanPutRecords([]byte(body)); !ok {
			t.Errorf("left to encoding/json: %s", body)
		}
	}
	if _, ok := scanPutRecords([]byte(`{"Records":[{"Data":"` + strings.Repeat("A", 7) + `"}]}`)); ok {
		t.Error("bad base64 was accepted")
	}
}
