package kinesis

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/schemas"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

func answer(body []byte) *smithyhttp.Response {
	return &smithyhttp.Response{Response: &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}}
}

func deserialize(tb testing.TB, p smithyhttp.ClientProtocol, response *smithyhttp.Response) (*kinesis.GetRecordsOutput, error) {
	tb.Helper()
	operation := smithy.NewOperationSchema(schemas.GetRecords, schemas.GetRecordsInput, schemas.GetRecordsOutput)
	out := &kinesis.GetRecordsOutput{}
	err := p.DeserializeResponse(tb.Context(), operation, kinesis.TypeRegistry, response, out)
	return out, err
}

// sameAsSDK checks that our protocol and the SDK's make the same of a body.
func sameAsSDK(t *testing.T, body []byte) {
	t.Helper()
	want, wantErr := deserialize(t, awsjson.New11(schemas.Kinesis_20131202), answer(body))
	got, gotErr := deserialize(t, newProtocol(), answer(body))
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("body %q: got error %v, the SDK has %v", body, gotErr, wantErr)
	}
	if wantErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("body %q:\ngot  %+v\nwant %+v", body, got, want)
	}
}

const oneRecord = `{"SequenceNumber":"49","ApproximateArrivalTimestamp":1459799926.480,"Data":"aGVsbG8=","PartitionKey":"k"}`

// ordinaryBodies must be read without help from the SDK; unusualBodies may be left to it.
var (
	ordinaryBodies = []string{
		`{}`,
		` { } `,
		`{"Records":[],"NextShardIterator":"AAAA","MillisBehindLatest":0}`,
		`{"Records":[` + oneRecord + `],"NextShardIterator":"AAAA","MillisBehindLatest":12345}`,
		`{"MillisBehindLatest":0,"Records":[` + oneRecord + `,` + oneRecord + `,` + oneRecord + `],"NextShardIterator":null,"ChildShards":[]}`,
		"{\n \"Records\" : [\r\n\t" + oneRecord + " , " + oneRecord + " ] , \"MillisBehindLatest\" : 7 }\n",
		`{"Records":null,"NextShardIterator":null,"MillisBehindLatest":null,"ChildShards":null}`,
		`{"Records":[null,{},` + oneRecord + `]}`,
		`{"Records":[{"Data":null,"PartitionKey":null,"SequenceNumber":null,"ApproximateArrivalTimestamp":null,"EncryptionType":null}]}`,
		`{"Records":[{"Data":"","PartitionKey":"","SequenceNumber":""}]}`,
		`{"Records":[{"Data":"YQ==","EncryptionType":"NONE"},{"Data":"YWI=","EncryptionType":"KMS"},{"Data":"YWJj","EncryptionType":"OTHER"}]}`,
		`{"Records":[{"ApproximateArrivalTimestamp":1.459799926480E9},{"ApproximateArrivalTimestamp":1459799926},{"ApproximateArrivalTimestamp":1459799926.4},{"ApproximateArrivalTimestamp":0},{"ApproximateArrivalTimestamp":-1.5},{"ApproximateArrivalTimestamp":1459799926.4809}]}`,
		`{"Records":[{"PartitionKey":"\u00e4\"\\\/\n\ud83d\ude00"},{"PartitionKey":"` + "äö😀" + `"},{"PartitionKey":"\ud800"}]}`,
		`{"Records":[{"PartitionKey":"` + "\xff\xfe" + `"},{"PartitionKey":"\n` + "\xff" + `"}]}`,
		`{"Records":[` + oneRecord + `],"Unknown":"text","More":12.5e3,"Flag":true,"Off":false,"None":null}`,
		`{"Records":[` + oneRecord + `]} and what comes after`,
		`{"NextShardIterator":"AAAA","NextShardIterator":"BBBB","Records":[` + oneRecord + `],"Records":[]}`,
	}
	unusualBodies = []string{
		``, `null`, `[]`, `"x"`, `{`, `{"Records"`, `{"Records":`, `{"Records":[`, `{"Records":[{`, `{"Records":[{"Data":"aGVs`,
		`{"Records":[` + oneRecord, `{"Records":[` + oneRecord + `,]}`, `{"Records":[` + oneRecord + `,}`, `{"Records":{}}`, `{"Records":"x"}`,
		`{"Records":[],}`, `{"Records":[] "x":1}`, `{"Records" []}`, `{,}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":nul}`, `{"a":tru}`,
		`{"Records":[{"Data":"aGVsbG8"}]}`, `{"Records":[{"Data":"aGV\nsbG8="}]}`, "{\"Records\":[{\"Data\":\"aGVs\nbG8=\"}]}", `{"Records":[{"Data":"aG=sbG8="}]}`,
		`{"Records":[{"Data":"aGVsbG9="}]}`, `{"Records":[{"Data":"aGVs\/G8="}]}`, `{"Records":[{"Data":"===="}]}`, `{"Records":[{"Data":"a==="}]}`, `{"Records":[{"Data":5}]}`,
		`{"Records":[{"Data":"YWJj","Data":"YQ=="}]}`,
		`{"Records":[{"ApproximateArrivalTimestamp":"1459799926"}]}`, `{"Records":[{"ApproximateArrivalTimestamp":1e400}]}`, `{"Records":[{"ApproximateArrivalTimestamp":1e300}]}`,
		`{"Records":[{"SequenceNumber":5}]}`, `{"Records":[{"PartitionKey":"\x"}]}`, `{"Records":[{"PartitionKey":"\u00"}]}`, "{\"Records\":[{\"PartitionKey\":\"a\x01b\"}]}",
		`{"MillisBehindLatest":1.5}`, `{"MillisBehindLatest":1e3}`, `{"MillisBehindLatest":"1"}`, `{"MillisBehindLatest":99999999999999999999}`,
		`{"Records":[],"ChildShards":[{"ShardId":"shardId-000000000001","ParentShards":["shardId-000000000000"],"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"170"}}]}`,
		`{"Records":[` + oneRecord + `],"Unknown":{"deep":[1,{"x":"}"}]}}`, `{"Rec\u006frds":[` + oneRecord + `]}`, `{"records":[` + oneRecord + `]}`,
	}
)

func TestOrdinaryPagesAreReadWithoutTheSDK(t *testing.T) {
	for _, body := range ordinaryBodies {
		if !decodePage([]byte(body), nextIterator, &kinesis.GetRecordsOutput{}) {
			t.Errorf("%s is left to the SDK", body)
		}
		sameAsSDK(t, []byte(body))
	}
}

func TestUnusualPagesReadAsTheSDKReadsThem(t *testing.T) {
	for _, body := range unusualBodies {
		sameAsSDK(t, []byte(body))
	}
}

// page returns an answer with random records.
func page(rng *rand.Rand, records, size int) []byte {
	var out bytes.Buffer
	out.WriteString(`{"Records":[`)
	for i := range records {
		if i > 0 {
			out.WriteByte(',')
		}
		data := make([]byte, size)
		for j := range data {
			data[j] = byte(rng.Uint32())
		}
		fmt.Fprintf(&out, `{"SequenceNumber":"4961560484653753574772952580916621580713013997675%07d","ApproximateArrivalTimestamp":%d.%03d,"Data":"%s","PartitionKey":"user-%d"}`,
			i, 1_700_000_000+i, i%1000, base64.StdEncoding.EncodeToString(data), i%97)
	}
	out.WriteString(`],"NextShardIterator":"AAAAAAAAAAE=","MillisBehindLatest":1000}`)
	return out.Bytes()
}

func TestPagesOfEverySizeReadAsTheSDKReadsThem(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for size := range 200 {
		sameAsSDK(t, page(rng, 1+size%13, size))
	}
	sameAsSDK(t, page(rng, 2000, 100))
	sameAsSDK(t, page(rng, 3, 1<<20))
}

// Every cut through an answer is an error or equal, never a crash.
func TestTruncatedPagesReadAsTheSDKReadsThem(t *testing.T) {
	body := page(rand.New(rand.NewPCG(3, 4)), 3, 40)
	for n := range len(body) {
		sameAsSDK(t, body[:n])
	}
}

func TestDataOfARecordDoesNotReachIntoTheNext(t *testing.T) {
	var out kinesis.GetRecordsOutput
	if !decodePage(page(rand.New(rand.NewPCG(5, 6)), 20, 33), nextIterator, &out) {
		t.Fatal("not read")
	}
	next := bytes.Clone(out.Records[1].Data)
	_ = append(out.Records[0].Data, "more"...)
	if !bytes.Equal(out.Records[1].Data, next) {
		t.Error("appending to one record's data changed the next")
	}
}

func TestTimestampsRoundAsTheSDKRoundsThem(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var body strings.Builder
	body.WriteString(`{"Records":[null`)
	for range 20_000 {
		millis := rng.Int64N(4_000_000_000_000)
		fmt.Fprintf(&body, `,{"ApproximateArrivalTimestamp":%d.%03d}`, millis/1000, millis%1000)
	}
	body.WriteString(`]}`)
	sameAsSDK(t, []byte(body.String()))
}

func TestCompressedAnswersAreRead(t *testing.T) {
	body := page(rand.New(rand.NewPCG(9, 10)), 10, 100)
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	writer.Write(body)
	writer.Close()
	response := answer(compressed.Bytes())
	response.Header.Set("Content-Encoding", "gzip")
	got, err := deserialize(t, newProtocol(), response)
	if err != nil {
		t.Fatal(err)
	}
	want, err := deserialize(t, newProtocol(), answer(body))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("error %v, or the pages differ", err)
	}
}

func FuzzPageReadsAsTheSDKReadsIt(f *testing.F) {
	for _, body := range append(append([]string(nil), ordinaryBodies...), unusualBodies...) {
		f.Add([]byte(body))
	}
	f.Add(page(rand.New(rand.NewPCG(11, 12)), 3, 50))
	f.Fuzz(sameAsSDK)
}

func BenchmarkDecodePage(b *testing.B) {
	for _, size := range []int{200, 500, 1024} {
		body := page(rand.New(rand.NewPCG(1, 2)), 5000, size)
		protocols := map[string]smithyhttp.ClientProtocol{"impl=penstock": newProtocol(), "impl=peer-sdk": awsjson.New11(schemas.Kinesis_20131202)}
		for name, p := range protocols {
			b.Run(fmt.Sprintf("%s/size=%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(5000 * size))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := deserialize(b, p, answer(body)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
