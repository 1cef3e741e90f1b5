package kinesis

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/schemas"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// sentAs returns what a protocol sends for a request: its header, and its body read as JSON.
func sentAs(t *testing.T, p smithyhttp.ClientProtocol, in *kinesis.PutRecordsInput) (http.Header, any) {
	t.Helper()
	request, ok := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if !ok {
		t.Fatal("no request")
	}
	request.URL = &url.URL{}
	operation := smithy.NewOperationSchema(schemas.PutRecords, schemas.PutRecordsInput, schemas.PutRecordsOutput)
	if err := p.SerializeRequest(t.Context(), operation, in, request); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(request.GetStream())
	if err != nil {
		t.Fatal(err)
	}
	if n := request.ContentLength; n > 0 && n != int64(len(body)) {
		t.Errorf("content length %d of %d bytes", n, len(body))
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return request.Header, value
}

func TestPutRequestsSayWhatTheSDKSays(t *testing.T) {
	record := func(key string, data []byte) kinesistypes.PutRecordsRequestEntry {
		return kinesistypes.PutRecordsRequestEntry{Data: data, PartitionKey: &key}
	}
	var records []kinesistypes.PutRecordsRequestEntry
	for n := range 100 {
		records = append(records, record(strings.Repeat("k", n), []byte(strings.Repeat("\x00\xff", n))))
	}
	records = append(records, record("ä\"\\\n<>&😀\u2028", []byte("x")), record(strings.Repeat("\x01", 200), []byte(strings.Repeat("y", 1000))), record("empty", []byte{}))
	for name, in := range map[string]*kinesis.PutRecordsInput{
		"by name":           {StreamName: aws.String("clicks"), Records: records},
		"by ARN":            {StreamARN: aws.String("arn:aws:kinesis:us-east-1:123456789012:stream/clicks"), Records: records},
		"explicit hash key": {StreamName: aws.String("clicks"), Records: []kinesistypes.PutRecordsRequestEntry{{Data: []byte("x"), PartitionKey: aws.String("k"), ExplicitHashKey: aws.String("1")}}},
		"no data":           {StreamName: aws.String("clicks"), Records: []kinesistypes.PutRecordsRequestEntry{record("k", nil)}},
		"no partition key":  {StreamName: aws.String("clicks"), Records: []kinesistypes.PutRecordsRequestEntry{{Data: []byte("x")}}},
		"dry run":           {StreamName: aws.String("clicks"), DryRun: aws.Bool(true), Records: records[:1]},
	} {
		wantHeader, want := sentAs(t, awsjson.New11(schemas.Kinesis_20131202), in)
		gotHeader, got := sentAs(t, newProtocol(), in)
		if !reflect.DeepEqual(gotHeader, wantHeader) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v\n%v\nwant %v\n%v", name, gotHeader, got, wantHeader, want)
		}
	}
}
