package kinesis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// cborProtocol asks for records in CBOR, which is smaller than JSON and faster to read. AWS offers it
// to its Java clients; nothing promises it to others. All other operations stay in JSON.
type cborProtocol struct {
	protocol
}

func newCBORProtocol() cborProtocol { return cborProtocol{protocol: newProtocol()} }

const cborContentType = "application/x-amz-cbor-1.1"

// SerializeRequest writes a request. The SDK writes everything about one for records but its body.
func (p cborProtocol) SerializeRequest(
	ctx context.Context, operation *smithy.OperationSchema, in smithy.Serializable, request *smithyhttp.Request,
) error {
	if err := p.protocol.SerializeRequest(ctx, operation, in, request); err != nil {
		return err
	}
	get, ok := in.(*kinesis.GetRecordsInput)
	if !ok || get.DryRun != nil || get.StreamId != nil {
		return nil
	}
	withBody, err := request.SetStream(bytes.NewReader(encodeGet(get)))
	if err != nil {
		return fmt.Errorf("set request body: %w", err)
	}
	*request = *withBody
	request.Header.Set("Content-Type", cborContentType)
	return nil
}

// encodeGet writes a request for records.
func encodeGet(in *kinesis.GetRecordsInput) []byte {
	body := make([]byte, 0, 1024)
	body = append(body, cborMap<<5|cborIndefinite)
	if in.ShardIterator != nil {
		body = appendCBORText(appendCBORText(body, "ShardIterator"), *in.ShardIterator)
	}
	if in.StreamARN != nil {
		body = appendCBORText(appendCBORText(body, "StreamARN"), *in.StreamARN)
	}
	if in.Limit != nil {
		body = appendCBORHead(appendCBORText(body, "Limit"), cborUint, uint32(*in.Limit))
	}
	return append(body, cborBreak)
}

func appendCBORText(dst []byte, text string) []byte {
	return append(appendCBORHead(dst, cborText, uint32(len(text))), text...)
}

// appendCBORHead writes the head of an item with an argument of 32 bits, in its longest form.
func appendCBORHead(dst []byte, major byte, n uint32) []byte {
	return append(dst, major<<5|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// DeserializeResponse reads an answer into out. Whether it is CBOR the answer says: an error of
// something in between may not be.
func (p cborProtocol) DeserializeResponse(
	ctx context.Context, operation *smithy.OperationSchema, registry *smithy.TypeRegistry,
	response *smithyhttp.Response, out smithy.Deserializable,
) error {
	if !strings.HasPrefix(response.Header.Get("Content-Type"), cborContentType) {
		return p.protocol.DeserializeResponse(ctx, operation, registry, response, out)
	}
	if err := decompress(response); err != nil {
		return &smithy.DeserializationError{Err: err}
	}
	body, err := readBody(response, nil) // kept: the records alias it
	if err != nil {
		return &smithy.DeserializationError{Err: err}
	}
	page, ok := out.(*kinesis.GetRecordsOutput)
	switch {
	case response.StatusCode != http.StatusOK:
		response.Body = memoryBody(jsonOfCBORError(body), response.Body)
		response.ContentLength = -1
		return p.protocol.DeserializeResponse(ctx, operation, registry, response, out)
	case !ok || !decodeCBORPage(body, page):
		return &smithy.DeserializationError{Err: errMalformedCBOR, Snapshot: body[:min(len(body), 100)]}
	}
	return nil
}

var errMalformedCBOR = errors.New("malformed CBOR")

// jsonOfCBORError writes an error as the SDK can read it. What cannot be read becomes an error
// without a name.
func jsonOfCBORError(body []byte) []byte {
	s := cborScanner{p: body}
	members := map[string]string{}
	s.object(func(name []byte) bool {
		if key := string(name); key == "__type" || strings.EqualFold(key, "message") {
			text, ok := s.text()
			members[strings.ToLower(key)] = validText(string(text))
			return ok
		}
		return s.skip(maxCBORDepth)
	})
	out, _ := json.Marshal(members) // strings always can be
	return out
}
