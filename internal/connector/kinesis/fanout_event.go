package kinesis

import (
	"bytes"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/schemas"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// decodeEvent reads the payload of an event into out and reports whether it could; what decodePage
// says of itself is true of it as well. An event is a page of GetRecords by another name: where that
// has the next iterator, this has the number to continue after, and both are missing at the end.
func decodeEvent(payload []byte, out *kinesis.GetRecordsOutput) bool {
	s := pageScanner{scanner: scanner{p: payload}}
	return s.object(func(name []byte) bool {
		switch string(name) {
		case "Records":
			return s.records(&out.Records)
		case "ContinuationSequenceNumber":
			return s.text(&out.NextShardIterator)
		case "MillisBehindLatest":
			return s.integer(&out.MillisBehindLatest)
		case "ChildShards":
			return s.childShards(&out.ChildShards)
		}
		return s.skipScalar()
	})
}

// decodeWithSDK lets the SDK read a frame: an exception, or an event that decodeEvent leaves to it,
// such as the last one of a shard. What is neither is nil.
func decodeWithSDK(sdk smithyhttp.ClientProtocol, f frame) (*kinesis.GetRecordsOutput, error) {
	message, err := sdk.DeserializeEventMessage(schemas.SubscribeToShardEventStream, kinesis.TypeRegistry, bytes.NewReader(f.whole))
	if err != nil {
		return nil, err
	}
	event, ok := message.(*types.SubscribeToShardEvent)
	if !ok {
		return nil, nil
	}
	return &kinesis.GetRecordsOutput{
		Records: event.Records, NextShardIterator: event.ContinuationSequenceNumber,
		MillisBehindLatest: event.MillisBehindLatest, ChildShards: event.ChildShards,
	}, nil
}
