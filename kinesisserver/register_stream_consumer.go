package kinesisserver

import "time"

// RegisterStreamConsumer
//
// Behaviour: the consumer is CREATING for Config.StreamDelay. Its ARN ends in the second of its
// registration, so that it changes when it is registered anew. 20 consumers per stream, 50 with
// On-demand Advantage (see update_account_settings.go).

type registerStreamConsumerRequest struct {
	ConsumerName *string
	StreamARN    *string
	Tags         map[string]string
}

func registerStreamConsumer(c *call, in *registerStreamConsumerRequest) (any, error) {
	var ck checks
	ck.requiredName("consumerName", in.ConsumerName)
	requiredStreamARN(&ck, in.StreamARN)
	checkTags(&ck, in.Tags)
	if err := ck.err(); err != nil {
		return nil, err
	}
	if err := checkTagLimit(in.Tags, nil); err != nil {
		return nil, err
	}
	st, err := c.lockedStream(streamAddress{StreamARN: in.StreamARN})
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if err := st.roomForConsumer(*in.ConsumerName); err != nil {
		return nil, err
	}
	created := c.now.Truncate(time.Second)
	co := &consumer{
		stream: st, name: *in.ConsumerName, arn: consumerARN(st, *in.ConsumerName, created), created: created,
		lifeCycle: lifeCycle{delay: st.delay}, attributes: attributes{tags: in.Tags}, subscriptions: map[uint32]*subscription{},
	}
	if st.consumers == nil {
		st.consumers = map[string]*consumer{}
	}
	st.consumers[co.name] = co
	co.begin(statusCreating, c.now, nil)
	view := co.view()
	view.ConsumerStatus = statusCreating // also without a delay: clients may rely on having to wait
	return struct{ Consumer consumerView }{view}, nil
}

// roomForConsumer refuses a consumer that may not be added. The caller holds the lock.
func (st *stream) roomForConsumer(name string) error {
	if !st.carriesData() {
		return st.mustBeActive()
	}
	if st.consumers[name] != nil {
		return errResourceInUse("Consumer %s under stream %s already exists for account %s.", name, st.name, st.realm.account)
	}
	limit := maxConsumers
	if st.realm.advantage() && st.mode == modeOnDemand {
		limit = maxConsumersAdvantage
	}
	if len(st.consumers) >= limit {
		return errLimitExceeded("Stream %s under account %s has reached its limit of %d consumers.", st.name, st.realm.account, limit)
	}
	creating := 0
	for _, co := range st.consumers {
		if co.status() == statusCreating {
			creating++
		}
	}
	if st.realm.srv.limited() && creating >= maxCreating {
		return errLimitExceeded("Only %d consumers of a stream can be in the CREATING state at a time.", maxCreating)
	}
	return nil
}
