package kinesisserver

// DescribeStreamConsumer
//
// Behaviour: by ConsumerARN, or by StreamARN and ConsumerName.

type describeStreamConsumerRequest struct{ consumerAddress }

func describeStreamConsumer(c *call, in *describeStreamConsumerRequest) (any, error) {
	var ck checks
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	co, err := c.lockedConsumer(in.consumerAddress)
	if err != nil {
		return nil, err
	}
	defer co.stream.mu.Unlock()
	view := co.view()
	view.StreamARN = co.stream.arn
	return struct{ ConsumerDescription consumerView }{view}, nil
}
