package kinesis

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/schemas"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// protocol is the SDK's JSON protocol with a faster way to read the answers to GetRecords, which is
// where a source spends its time. Everything else, and every answer that is not entirely ordinary,
// is left to the SDK, so the result is always the SDK's.
type protocol struct {
	smithyhttp.ClientProtocol
	bodies *sync.Pool // *[]byte
}

func newProtocol() protocol {
	return protocol{
		ClientProtocol: awsjson.New11(schemas.Kinesis_20131202),
		bodies:         &sync.Pool{New: func() any { return new([]byte) }},
	}
}

// maxPooledBody bounds what an idle client keeps of its largest answers. A page holds at most 10 MiB
// of data, a third more in base64.
const maxPooledBody = 16 << 20

// DeserializeResponse reads an answer into out.
func (p protocol) DeserializeResponse(
	ctx context.Context, operation *smithy.OperationSchema, registry *smithy.TypeRegistry,
	response *smithyhttp.Response, out smithy.Deserializable,
) error {
	if err := decompress(response); err != nil {
		return &smithy.DeserializationError{Err: err}
	}
	page, ok := out.(*kinesis.GetRecordsOutput)
	if !ok || response.StatusCode != http.StatusOK {
		return p.ClientProtocol.DeserializeResponse(ctx, operation, registry, response, out)
	}
	buffer := p.bodies.Get().(*[]byte)
	body, err := readBody(response, (*buffer)[:0])
	*buffer = body
	if cap(body) <= maxPooledBody {
		defer p.bodies.Put(buffer)
	}
	if err != nil {
		return &smithy.DeserializationError{Err: err}
	}
	if decodePage(body, nextIterator, page) {
		return nil
	}
	*page = kinesis.GetRecordsOutput{}
	response.Body = memoryBody(body, response.Body)
	return p.ClientProtocol.DeserializeResponse(ctx, operation, registry, response, out)
}

// readBody reads the whole body into buffer, which may be replaced by a larger one.
func readBody(response *smithyhttp.Response, buffer []byte) ([]byte, error) {
	if n := response.ContentLength; n > 0 && n <= maxPooledBody {
		if int64(cap(buffer)) < n {
			buffer = make([]byte, n)
		}
		buffer = buffer[:n]
		_, err := io.ReadFull(response.Body, buffer)
		return buffer, err
	}
	for {
		if len(buffer) == cap(buffer) {
			buffer = slices.Grow(buffer, 1)
		}
		n, err := response.Body.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if err == io.EOF {
			return buffer, nil
		}
		if err != nil {
			return buffer, err
		}
	}
}

// decompress replaces a gzip body by what is in it. net/http does this by itself only when the
// Accept-Encoding header was its own, and a proxy may compress unasked.
func decompress(response *smithyhttp.Response) error {
	if response.Header.Get("Content-Encoding") != "gzip" {
		return nil
	}
	reader, err := gzip.NewReader(response.Body)
	if err != nil {
		return fmt.Errorf("decompress answer: %w", err)
	}
	response.Body = readCloser{Reader: reader, Closer: response.Body}
	response.ContentLength = -1
	response.Header.Del("Content-Encoding")
	response.Header.Del("Content-Length")
	return nil
}

// readCloser reads from one thing and closes another.
type readCloser struct {
	io.Reader
	io.Closer
}

// memoryBody is a body that has been read, for a second reader; closing it closes the original.
func memoryBody(body []byte, original io.Closer) io.ReadCloser {
	return readCloser{Reader: bytes.NewReader(body), Closer: original}
}
