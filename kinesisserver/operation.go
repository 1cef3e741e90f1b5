package kinesisserver

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"
)

// operation is one action of the API.
type operation struct {
	name string
	// handle returns what to answer: nil for an empty body, an *encoded, or a value to encode.
	handle func(c *call) (any, error)
	// stream takes the place of handle where the answer is an event stream: it returns an error
	// before it has written anything, or nil.
	stream func(c *call, w http.ResponseWriter) error
	calls  atomic.Int64
}

// call is one request on its way through the server.
type call struct {
	srv       *Server
	ctx       context.Context
	op        *operation
	realm     *realm // of the signature's scope; a StreamARN may lead elsewhere
	now       time.Time
	body      []byte
	cbor      bool
	fault     faultEffects
	userAgent string
}

// encoded is an answer's body, ready to be written part by part.
type encoded struct{ parts [][]byte }

// operations returns the table of all operations. Each has a file of its own.
func operations() map[string]*operation {
	table := map[string]*operation{}
	add := func(name string, handle func(c *call) (any, error)) {
		table[name] = &operation{name: name, handle: handle}
	}
	for _, name := range []string{"CreateChannel", "DeleteChannel", "DescribeChannel", "ListChannels", "UpdateChannel"} {
		add(name, unsupported)
	}
	table["SubscribeToShard"] = &operation{name: "SubscribeToShard", stream: subscribeToShard}
	add("AddTagsToStream", decoded(addTagsToStream))
	add("CreateStream", decoded(createStream))
	add("DecreaseStreamRetentionPeriod", decoded(decreaseStreamRetentionPeriod))
	add("DeleteResourcePolicy", decoded(deleteResourcePolicy))
	add("DeleteStream", decoded(deleteStream))
	add("DeregisterStreamConsumer", decoded(deregisterStreamConsumer))
	add("DescribeAccountSettings", decoded(describeAccountSettings))
	add("DescribeLimits", decoded(describeLimits))
	add("DescribeStream", decoded(describeStream))
	add("DescribeStreamConsumer", decoded(describeStreamConsumer))
	add("DescribeStreamSummary", decoded(describeStreamSummary))
	add("DisableEnhancedMonitoring", decoded(disableEnhancedMonitoring))
	add("EnableEnhancedMonitoring", decoded(enableEnhancedMonitoring))
	add("GetRecords", decoded(getRecords))
	add("GetResourcePolicy", decoded(getResourcePolicy))
	add("GetShardIterator", decoded(getShardIterator))
	add("IncreaseStreamRetentionPeriod", decoded(increaseStreamRetentionPeriod))
	add("ListShards", decoded(listShards))
	add("ListStreamConsumers", decoded(listStreamConsumers))
	add("ListStreams", decoded(listStreams))
	add("ListTagsForResource", decoded(listTagsForResource))
	add("ListTagsForStream", decoded(listTagsForStream))
	add("MergeShards", decoded(mergeShards))
	add("PutRecord", decoded(putRecord))
	add("PutRecords", putRecords)
	add("PutResourcePolicy", decoded(putResourcePolicy))
	add("RegisterStreamConsumer", decoded(registerStreamConsumer))
	add("RemoveTagsFromStream", decoded(removeTagsFromStream))
	add("SplitShard", decoded(splitShard))
	add("StartStreamEncryption", decoded(startStreamEncryption))
	add("StopStreamEncryption", decoded(stopStreamEncryption))
	add("TagResource", decoded(tagResource))
	add("UntagResource", decoded(untagResource))
	add("UpdateAccountSettings", decoded(updateAccountSettings))
	add("UpdateMaxRecordSize", decoded(updateMaxRecordSize))
	add("UpdateShardCount", decoded(updateShardCount))
	add("UpdateStreamMode", decoded(updateStreamMode))
	add("UpdateStreamRecordDistributionStrategy", decoded(updateStreamRecordDistributionStrategy))
	add("UpdateStreamWarmThroughput", decoded(updateStreamWarmThroughput))
	return table
}

// decoded makes an operation's handler out of a function of its decoded request.
func decoded[Request any](handle func(c *call, in *Request) (any, error)) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		in := new(Request)
		if err := c.decode(in); err != nil {
			return nil, err
		}
		return handle(c, in)
	}
}

// decode reads the request's body. Members that the operation does not know are ignored.
func (c *call) decode(in any) error {
	if err := json.Unmarshal(c.body, in); err != nil {
		return errSerialization("%v", err)
	}
	return nil
}

// dryRunResult ends an operation whose parameters were found good: with DryRun set, success is this
// error.
func dryRunResult(dryRun bool) error {
	if !dryRun {
		return nil
	}
	return errorf(codeDryRun, "Request would have succeeded, but the DryRun flag is set.")
}
