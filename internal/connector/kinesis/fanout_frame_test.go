package kinesis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/schemas"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go/eventstream"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// encodeFrame makes a frame with the SDK. Headers are names and values in turn.
func encodeFrame(tb testing.TB, payload []byte, headers ...string) []byte {
	tb.Helper()
	message := eventstream.Message{Payload: payload}
	for i := 0; i < len(headers); i += 2 {
		message.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	var out bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&out, message); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func encodeEvent(tb testing.TB, payload []byte) []byte {
	tb.Helper()
	return encodeFrame(tb, payload, ":message-type", "event", ":event-type", "SubscribeToShardEvent", ":content-type", "application/x-amz-json-1.1")
}

// sampleFrames are an event and a frame with headers of all types.
func sampleFrames(tb testing.TB) [][]byte {
	tb.Helper()
	message := eventstream.Message{Payload: []byte("payload")}
	for name, value := range map[string]eventstream.Value{
		"true": eventstream.BoolValue(true), "false": eventstream.BoolValue(false), "byte": eventstream.Int8Value(1), "short": eventstream.Int16Value(2),
		"integer": eventstream.Int32Value(3), "long": eventstream.Int64Value(4), "bytes": eventstream.BytesValue("five"), ":message-type": eventstream.StringValue("event"),
		"time": eventstream.TimestampValue(time.Unix(6, 0)), "uuid": eventstream.UUIDValue{7},
	} {
		message.Headers.Set(name, value)
	}
	var all bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&all, message); err != nil {
		tb.Fatal(err)
	}
	return [][]byte{
		encodeEvent(tb, []byte(`{"Records":[`+oneRecord+`],"ContinuationSequenceNumber":"50","MillisBehindLatest":0}`)),
		encodeFrame(tb, []byte("{}"), ":message-type", "event", ":event-type", "initial-response"),
		encodeFrame(tb, []byte(`{"message":"gone"}`), ":message-type", "exception", ":exception-type", "ResourceNotFoundException"),
		encodeFrame(tb, nil), all.Bytes(),
	}
}

// sameFrameAsSDK checks that our reader and the SDK's make the same of bytes.
func sameFrameAsSDK(t *testing.T, stream []byte) {
	t.Helper()
	want, wantErr := eventstream.NewDecoder().Decode(bytes.NewReader(stream), nil)
	got, gotErr := (&frameReader{body: bytes.NewReader(stream)}).next()
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("frame %q: got error %v, the SDK has %v", stream, gotErr, wantErr)
	}
	if wantErr != nil {
		return
	}
	text := func(name string) string {
		for _, header := range want.Headers {
			if value, ok := header.Value.(eventstream.StringValue); ok && header.Name == name && value != "" {
				return string(value)
			}
		}
		return ""
	}
	if !bytes.Equal(got.payload, want.Payload) || got.messageType != text(":message-type") || got.eventType != text(":event-type") {
		t.Fatalf("frame %q:\ngot  %+v\nwant %+v", stream, got, want)
	}
}

func TestFramesReadAsTheSDKReadsThem(t *testing.T) {
	for _, whole := range sampleFrames(t) {
		sameFrameAsSDK(t, whole)
		for i := range whole { // no damage goes unnoticed
			damaged := bytes.Clone(whole)
			damaged[i] ^= 1 << (i % 8)
			sameFrameAsSDK(t, damaged)
			if _, err := (&frameReader{body: bytes.NewReader(damaged)}).next(); err == nil {
				t.Errorf("byte %d of %q changed unnoticed", i, whole)
			}
		}
	}
}

func TestFrameThatIsCutOffIsNotTheEnd(t *testing.T) {
	stream := bytes.Join(sampleFrames(t), nil)
	for n := range stream {
		reader := &frameReader{body: bytes.NewReader(stream[:n])}
		var err error
		read := 0
		for err == nil {
			var f frame
			f, err = reader.next()
			read += len(f.whole)
		}
		if wantEnd := read == n; errors.Is(err, io.EOF) != wantEnd || errors.Is(err, io.ErrUnexpectedEOF) == wantEnd {
			t.Fatalf("cut at %d after %d: got %v", n, read, err)
		}
	}
}

func TestLargeFramesAreReadAndTheirMemoryGivenBack(t *testing.T) {
	large, small := encodeFrame(t, make([]byte, 15<<20), ":message-type", "event"), sampleFrames(t)[0]
	reader := &frameReader{body: io.MultiReader(bytes.NewReader(large), bytes.NewReader(small))}
	if f, err := reader.next(); err != nil || len(f.payload) != 15<<20 {
		t.Fatal(len(f.payload), err)
	}
	if f, err := reader.next(); err != nil || f.eventType != eventRecords || cap(reader.buffer) > maxKeptFrame {
		t.Fatal(f.eventType, cap(reader.buffer), err)
	}
}

func FuzzFrameReadsAsTheSDKReadsIt(f *testing.F) {
	for _, whole := range sampleFrames(f) {
		f.Add(whole)
	}
	f.Fuzz(sameFrameAsSDK)
}

// sameEventAsSDK checks that the payload of an event is read as the SDK reads it, or left to it.
func sameEventAsSDK(t *testing.T, payload []byte) {
	t.Helper()
	var got kinesis.GetRecordsOutput
	if !decodePage(payload, nextContinuation, &got) {
		return
	}
	whole, err := parseFrame(encodeEvent(t, payload))
	if err != nil {
		t.Fatal(err)
	}
	want, err := decodeWithSDK(newProtocol(), whole)
	if err != nil || !reflect.DeepEqual(&got, want) {
		t.Fatalf("payload %q:\ngot  %+v\nwant %+v, %v", payload, got, want, err)
	}
}

// asEvent makes the payload of an event of an answer to GetRecords.
func asEvent(body string) []byte {
	return []byte(strings.ReplaceAll(body, "NextShardIterator", "ContinuationSequenceNumber"))
}

func TestEventsReadAsTheSDKReadsThem(t *testing.T) {
	for _, body := range ordinaryBodies {
		if !decodePage(asEvent(body), nextContinuation, &kinesis.GetRecordsOutput{}) {
			t.Errorf("%s is left to the SDK", body)
		}
		sameEventAsSDK(t, asEvent(body))
	}
	for _, body := range unusualBodies {
		sameEventAsSDK(t, asEvent(body))
	}
}

func TestLastEventOfAShardIsReadByTheSDK(t *testing.T) {
	payload := []byte(`{"Records":[` + oneRecord + `],"MillisBehindLatest":0,"ChildShards":[{"ShardId":"shardId-000000000001","ParentShards":["shardId-000000000000"],"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"170"}}]}`)
	if decodePage(payload, nextContinuation, &kinesis.GetRecordsOutput{}) {
		t.Fatal("not left to the SDK")
	}
	whole, err := parseFrame(encodeEvent(t, payload))
	if err != nil {
		t.Fatal(err)
	}
	out, err := decodeWithSDK(newProtocol(), whole)
	if err != nil || out.NextShardIterator != nil || len(out.Records) != 1 || len(out.ChildShards) != 1 || *out.ChildShards[0].ShardId != "shardId-000000000001" {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestExceptionsInAStreamAreTheSDKsErrors(t *testing.T) {
	for _, whole := range [][]byte{
		encodeFrame(t, []byte(`{"message":"gone"}`), ":message-type", "exception", ":exception-type", "ResourceNotFoundException"),
		encodeFrame(t, []byte(`{}`), ":message-type", "error", ":error-code", "InternalError", ":error-message", "gone"),
	} {
		f, err := parseFrame(whole)
		if err != nil {
			t.Fatal(err)
		}
		_, err = decodeWithSDK(newProtocol(), f)
		if serviceText(err) != "gone" {
			t.Errorf("got %v", err)
		}
	}
}

func FuzzEventReadsAsTheSDKReadsIt(f *testing.F) {
	for _, body := range append(append([]string(nil), ordinaryBodies...), unusualBodies...) {
		f.Add(asEvent(body))
	}
	f.Fuzz(sameEventAsSDK)
}

// BenchmarkDecodeEvents reads a subscription of 20 events, with our reader of frames and the SDK's.
func BenchmarkDecodeEvents(b *testing.B) {
	const events, records = 20, 500
	for _, size := range []int{200, 1024} {
		stream := bytes.Repeat(encodeEvent(b, asEvent(string(page(rand.New(rand.NewPCG(1, 2)), records, size)))), events)
		ours := func() (total int) {
			reader := &frameReader{body: bytes.NewReader(stream)}
			for {
				f, err := reader.next()
				if err != nil {
					return total
				}
				var out kinesis.GetRecordsOutput
				if !decodePage(f.payload, nextContinuation, &out) {
					return -1
				}
				total += len(out.Records)
			}
		}
		theirs := func() (total int) {
			sdk, reader := awsjson.New11(schemas.Kinesis_20131202), bytes.NewReader(stream)
			for {
				message, err := sdk.DeserializeEventMessage(schemas.SubscribeToShardEventStream, kinesis.TypeRegistry, reader)
				if err != nil {
					return total
				}
				total += len(message.(*types.SubscribeToShardEvent).Records)
			}
		}
		for name, read := range map[string]func() int{"impl=penstock": ours, "impl=peer-sdk": theirs} {
			b.Run(fmt.Sprintf("%s/size=%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(events * records * size))
				b.ReportAllocs()
				for b.Loop() {
					if got := read(); got != events*records {
						b.Fatalf("read %d records", got)
					}
				}
			})
		}
	}
}
