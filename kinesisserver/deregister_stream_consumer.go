package kinesisserver

// DeregisterStreamConsumer
//
// Behaviour: the consumer is DELETING for Config.StreamDelay; its subscriptions end at once, with a
// ResourceNotFoundException in the stream.

type deregisterStreamConsumerRequest struct{ consumerAddress }

func deregisterStreamConsumer(c *call, in *deregisterStreamConsumerRequest) (any, error) {
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
	if co.status() != statusDeleting {
		co.delete(c.now)
	}
	return nil, nil
}
