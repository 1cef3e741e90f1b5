package kinesis

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/kinesisserver"
)

// cborClient returns a client of the world that asks for records in CBOR, and notes the types of the
// answers.
func (w *world) cborClient() (*kinesis.Client, *[]string) {
	w.Helper()
	var answers []string
	options := w.api.Options()
	api := kinesis.New(options, func(o *kinesis.Options) {
		o.Protocol = newCBORProtocol()
		o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			response, err := options.HTTPClient.Do(r)
			if err == nil {
				answers = append(answers, response.Header.Get("Content-Type"))
			}
			return response, err
		})
		o.Credentials = credentials.NewStaticCredentialsProvider("test", "test", "")
		o.Retryer = aws.NopRetryer{}
	})
	return api, &answers
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func TestRecordsAreTheSameInCBORAsInJSON(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		rng := rand.New(rand.NewPCG(1, 2))
		for n := range 300 {
			data := make([]byte, rng.IntN(2000))
			for i := range data {
				data[i] = byte(rng.Uint32())
			}
			w.putHashed(fmt.Sprintf("key-%d-äö\"\\", n), "", data)
			advance(time.Duration(rng.IntN(1500)) * time.Millisecond)
		}
		w.must(w.srv.Reshard(streamName, 2))
		inCBOR, answers := w.cborClient()
		for _, limit := range []int32{1, 7, 10000} {
			var ended bool
			iterator, err := w.api.GetShardIterator(w.Context(), &kinesis.GetShardIteratorInput{
				StreamName: aws.String(streamName), ShardId: aws.String("shardId-000000000000"), ShardIteratorType: kinesistypes.ShardIteratorTypeTrimHorizon,
			})
			w.must(err)
			for next := iterator.ShardIterator; next != nil; {
				in := &kinesis.GetRecordsInput{ShardIterator: next, Limit: &limit, StreamARN: aws.String("arn:aws:kinesis:us-east-1:000000000000:stream/clicks")}
				want, err := w.api.GetRecords(w.Context(), in)
				w.must(err)
				got, err := inCBOR.GetRecords(w.Context(), in)
				w.must(err)
				next, ended = want.NextShardIterator, len(want.ChildShards) == 2
				if (got.NextShardIterator == nil) != (next == nil) {
					w.Fatalf("next iterator %v, want %v", got.NextShardIterator, next)
				}
				got.NextShardIterator, want.NextShardIterator = nil, nil // each answer has a new one
				got.ResultMetadata = want.ResultMetadata
				if !reflect.DeepEqual(got, want) {
					w.Fatalf("got  %+v\nwant %+v", got, want)
				}
			}
			if !ended {
				w.Error("the end of the shard was not compared")
			}
		}
		for _, answer := range *answers {
			if answer != cborContentType {
				w.Fatalf("an answer is %s", answer)
			}
		}
	})
}

func TestErrorsInCBORAreThoseOfJSON(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		inCBOR, answers := w.cborClient()
		_, err := inCBOR.GetRecords(w.Context(), &kinesis.GetRecordsInput{ShardIterator: aws.String("nonsense")})
		if _, ok := errors.AsType[*kinesistypes.InvalidArgumentException](err); !ok || !strings.Contains(err.Error(), "Invalid ShardIterator.") {
			w.Errorf("got %v", err)
		}
		if !slices.Equal(*answers, []string{cborContentType}) {
			w.Errorf("answers are %q", *answers)
		}
		w.srv.Fault(kinesisserver.Fault{Operation: "GetRecords", Code: "ProvisionedThroughputExceededException", Count: 3})
		want := w.put("a", 1)
		j := w.run(w.open(w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "aws.protocol", "cbor")), userAndNumber)
		advance(10 * time.Second)
		j.want(want)
		w.srv.ExpireIterators()
		more := w.put("b", 2)
		advance(2 * time.Second)
		j.want(want, more)
		if w.meter.Throttles.Load() != 3 {
			w.Errorf("%d throttles", w.meter.Throttles.Load())
		}
	})
}

// item is one CBOR item; m and a make maps and arrays of indefinite length.
func item(major byte, content string) string {
	return string(binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(len(content)))) + content
}

func cborString(text string) string { return item(cborText, text) }

func cborMillis(n uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte{cborUint<<5 | 27}, n))
}

func cborDouble(f float64) string {
	return string(binary.BigEndian.AppendUint64([]byte{cborSimple<<5 | 27}, math.Float64bits(f)))
}

func indefinite(major byte, items ...string) string {
	return string([]byte{major<<5 | cborIndefinite}) + strings.Join(items, "") + "\xff"
}

// onePage is a page with a record that has one member.
func onePage(name, value string) string {
	return indefinite(cborMap, cborString("Records"), indefinite(cborArray, indefinite(cborMap, cborString(name), value)))
}

func TestCBOROfOtherServersIsRead(t *testing.T) {
	moment := time.UnixMilli(1_459_799_926_480).UTC()
	second := time.Unix(1_459_799_926, 0).UTC()
	for _, test := range []struct {
		name, body string
		want       kinesistypes.Record
	}{
		{"tag and milliseconds", onePage("ApproximateArrivalTimestamp", "\xc1"+cborMillis(1_459_799_926_480)), kinesistypes.Record{ApproximateArrivalTimestamp: &moment}},
		{"milliseconds", onePage("ApproximateArrivalTimestamp", cborMillis(1_459_799_926_480)), kinesistypes.Record{ApproximateArrivalTimestamp: &moment}},
		{"seconds with decimals", onePage("ApproximateArrivalTimestamp", cborDouble(1_459_799_926.480)), kinesistypes.Record{ApproximateArrivalTimestamp: &moment}},
		{"tag and seconds with decimals", onePage("ApproximateArrivalTimestamp", "\xc1"+cborDouble(1_459_799_926.480)), kinesistypes.Record{ApproximateArrivalTimestamp: &moment}},
		{"whole seconds", onePage("ApproximateArrivalTimestamp", cborMillis(1_459_799_926)), kinesistypes.Record{ApproximateArrivalTimestamp: &second}},
		{"bytes", onePage("Data", item(cborBytes, "hello")), kinesistypes.Record{Data: []byte("hello")}},
		{"bytes in pieces", onePage("Data", indefinite(cborBytes, item(cborBytes, "hel"), item(cborBytes, "lo"))), kinesistypes.Record{Data: []byte("hello")}},
		{"base64", onePage("Data", cborString("aGVsbG8=")), kinesistypes.Record{Data: []byte("hello")}},
		{"text in pieces", onePage("PartitionKey", indefinite(cborText, cborString("a"), cborString("b"))), kinesistypes.Record{PartitionKey: aws.String("ab")}},
		{"null", onePage("PartitionKey", "\xf6"), kinesistypes.Record{}},
		{"undefined", onePage("Data", "\xf7"), kinesistypes.Record{}},
		{"not UTF-8", onePage("PartitionKey", cborString("a\xff")), kinesistypes.Record{PartitionKey: aws.String("a\uFFFD")}},
		{"unknown members", onePage("More", indefinite(cborArray, "\x01", "\xf9\x3c\x00", "\xc2"+item(cborBytes, "x"), "\xf5", indefinite(cborMap, "\x20", "\xfa\x00\x00\x00\x00"))), kinesistypes.Record{}},
		{"encryption", onePage("EncryptionType", cborString("KMS")), kinesistypes.Record{EncryptionType: kinesistypes.EncryptionTypeKms}},
	} {
		var out kinesis.GetRecordsOutput
		if !decodeCBORPage([]byte(test.body), &out) || len(out.Records) != 1 || !reflect.DeepEqual(out.Records[0], test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, out.Records, test.want)
		}
	}
}

func TestMalformedCBORIsAnError(t *testing.T) {
	whole := []byte(indefinite(cborMap, cborString("Records"), indefinite(cborArray,
		indefinite(cborMap, cborString("Data"), item(cborBytes, "hello"), cborString("SequenceNumber"), cborString("49"))),
		cborString("MillisBehindLatest"), cborMillis(5), cborString("NextShardIterator"), cborString("AAAA")))
	for n := range len(whole) {
		if decodeCBORPage(whole[:n], &kinesis.GetRecordsOutput{}) {
			t.Errorf("the first %d of %d bytes are taken for a page", n, len(whole))
		}
	}
	for _, body := range []string{
		"\x80", "\xbf\x01\x02\xff", "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
		onePage("Data", "\x01"), onePage("Data", cborString("a==")), onePage("Data", "\x5b\xff\xff\xff\xff\xff\xff\xff\xff"),
		onePage("ApproximateArrivalTimestamp", cborDouble(math.NaN())), onePage("ApproximateArrivalTimestamp", cborDouble(1e300)),
		onePage("ApproximateArrivalTimestamp", cborString("now")), onePage("More", strings.Repeat("\x81", 40)+"\x01"), onePage("PartitionKey", "\x1c"),
	} {
		if decodeCBORPage([]byte(body), &kinesis.GetRecordsOutput{}) {
			t.Errorf("%q is taken for a page", body)
		}
	}
}

// A proxy that knows no CBOR, or a server that answers in JSON all the same.
func TestAnswersInJSONToRequestsInCBORAreRead(t *testing.T) {
	response := answer([]byte(`{"Records":[` + oneRecord + `],"MillisBehindLatest":3}`))
	response.Header.Set("Content-Type", "application/x-amz-json-1.1")
	out, err := deserialize(t, newCBORProtocol(), response)
	if err != nil || len(out.Records) != 1 || *out.MillisBehindLatest != 3 {
		t.Errorf("got %+v, %v", out, err)
	}
}

func FuzzCBORPage(f *testing.F) {
	f.Add([]byte(onePage("Data", cborString("aGVsbG8="))))
	f.Add([]byte(onePage("ApproximateArrivalTimestamp", "\xc1"+cborDouble(1.5))))
	f.Add(cborPageOf(rand.New(rand.NewPCG(1, 2)), 3, 20))
	f.Add([]byte(indefinite(cborMap, cborString("ChildShards"), indefinite(cborArray, indefinite(cborMap, cborString("ParentShards"), "\x81"+cborString("x"))))))
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		var out kinesis.GetRecordsOutput
		ok := decodeCBORPage(body, &out)
		if !bytes.Equal(body, before) {
			t.Fatal("the answer was changed")
		}
		if size := dataSize(out.Records); ok && size > len(body) {
			t.Fatalf("%d bytes of data from %d", size, len(body))
		}
	})
}

// cborPageOf returns the answer that page returns, as AWS's Java clients get it.
func cborPageOf(rng *rand.Rand, records, size int) []byte {
	var out strings.Builder
	for i := range records {
		data := make([]byte, size)
		for j := range data {
			data[j] = byte(rng.Uint32())
		}
		out.WriteString(indefinite(cborMap,
			cborString("SequenceNumber"), cborString(fmt.Sprintf("4961560484653753574772952580916621580713013997675%07d", i)),
			cborString("ApproximateArrivalTimestamp"), "\xc1"+cborMillis(uint64(1_700_000_000+i)*1000+uint64(i%1000)),
			cborString("Data"), item(cborBytes, string(data)), cborString("PartitionKey"), cborString(fmt.Sprintf("user-%d", i%97))))
	}
	return []byte(indefinite(cborMap, cborString("Records"), indefinite(cborArray, out.String()),
		cborString("NextShardIterator"), cborString("AAAAAAAAAAE="), cborString("MillisBehindLatest"), cborMillis(1000)))
}

func TestCBORPageReadsAsTheJSONPage(t *testing.T) {
	var want, got kinesis.GetRecordsOutput
	if !decodePage(page(rand.New(rand.NewPCG(1, 2)), 500, 100), nextIterator, &want) || !decodeCBORPage(cborPageOf(rand.New(rand.NewPCG(1, 2)), 500, 100), &got) {
		t.Fatal("not read")
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the pages differ")
	}
}

func BenchmarkDecodeCBORPage(b *testing.B) {
	for _, size := range []int{200, 500, 1024} {
		body := cborPageOf(rand.New(rand.NewPCG(1, 2)), 5000, size)
		p := newCBORProtocol()
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			b.SetBytes(int64(5000 * size))
			b.ReportAllocs()
			for b.Loop() {
				response := answer(body)
				response.Header.Set("Content-Type", cborContentType)
				if _, err := deserialize(b, p, response); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
