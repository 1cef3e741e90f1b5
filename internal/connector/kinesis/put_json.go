package kinesis

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/cloudwego/base64x"
)

// SerializeRequest writes a request. Those of PutRecords get a body that is made in one piece; the
// SDK still writes everything else about them.
func (p protocol) SerializeRequest(ctx context.Context, operation *smithy.OperationSchema, in smithy.Serializable, request *smithyhttp.Request) error {
	put, ok := in.(*kinesis.PutRecordsInput)
	if !ok || put.DryRun != nil || put.StreamId != nil {
		return p.ClientProtocol.SerializeRequest(ctx, operation, in, request)
	}
	body, ok := encodePut(put)
	if !ok {
		return p.ClientProtocol.SerializeRequest(ctx, operation, in, request)
	}
	if err := p.ClientProtocol.SerializeRequest(ctx, operation, &kinesis.PutRecordsInput{}, request); err != nil {
		return err
	}
	withBody, err := request.SetStream(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("set request body: %w", err)
	}
	*request = *withBody
	return nil
}

// encodePut returns the JSON of a PutRecords request, and false if it has something that the sink
// does not send.
func encodePut(in *kinesis.PutRecordsInput) ([]byte, bool) {
	const overhead = len(`{"Data":"","PartitionKey":""},`)
	size := 256
	for i := range in.Records {
		r := &in.Records[i]
		if r.Data == nil || r.PartitionKey == nil {
			return nil, false
		}
		size += overhead + base64x.StdEncoding.EncodedLen(len(r.Data)) + len(*r.PartitionKey)
	}
	body := append(make([]byte, 0, size), `{"Records":[`...)
	for i := range in.Records {
		r := &in.Records[i]
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"Data":"`...)
		body = appendBase64(body, r.Data)
		body = append(body, `","PartitionKey":`...)
		body = appendQuoted(body, *r.PartitionKey)
		if r.ExplicitHashKey != nil {
			body = appendQuoted(append(body, `,"ExplicitHashKey":`...), *r.ExplicitHashKey)
		}
		body = append(body, '}')
	}
	body = append(body, ']')
	if in.StreamName != nil {
		body = appendQuoted(append(body, `,"StreamName":`...), *in.StreamName)
	}
	if in.StreamARN != nil {
		body = appendQuoted(append(body, `,"StreamARN":`...), *in.StreamARN)
	}
	return append(body, '}'), true
}

func appendBase64(dst, data []byte) []byte {
	n := base64x.StdEncoding.EncodedLen(len(data))
	start := len(dst)
	if cap(dst)-start < n { // only after a key that had to be escaped
		dst = append(dst, make([]byte, n)...)[:start]
	}
	base64x.StdEncoding.Encode(dst[start:start+n:start+n], data)
	return dst[:start+n]
}

// appendQuoted appends a text as a JSON string.
func appendQuoted(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(text)
			if err != nil { // a text always has a JSON form
				quoted = []byte(`""`)
			}
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}
