package kinesisserver

import "sort"

// ListStreamConsumers
//
// Behaviour: in the order of their names, in pages of up to 100 by default.

const defaultListedConsumers = 100

type listStreamConsumersRequest struct {
	MaxResults              *int64
	NextToken               *string
	StreamARN               *string
	StreamCreationTimestamp *timestamp
}

type listStreamConsumersResult struct {
	Consumers []consumerView
	NextToken string `json:",omitempty"`
}

func listStreamConsumers(c *call, in *listStreamConsumersRequest) (any, error) {
	var ck checks
	requiredStreamARN(&ck, in.StreamARN)
	ck.number("maxResults", in.MaxResults, 1, maxRecordsPerGet)
	checkNextToken(&ck, in.NextToken)
	if err := ck.err(); err != nil {
		return nil, err
	}
	after := ""
	if in.NextToken != nil {
		token, err := c.openListToken(*in.NextToken)
		if err != nil {
			return nil, err
		}
		after = token.After
	}
	st, err := c.lockedStream(streamAddress{StreamARN: in.StreamARN})
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if created, ok := in.StreamCreationTimestamp.time(); ok && created.Unix() != st.created.Unix() {
		return nil, st.errNotFound()
	}

	consumers := st.sortedConsumers()
	consumers = consumers[sort.Search(len(consumers), func(i int) bool { return consumers[i].name > after }):]
	limit := defaultListedConsumers
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	out := listStreamConsumersResult{Consumers: []consumerView{}}
	if len(consumers) > limit {
		consumers = consumers[:limit]
		if out.NextToken, err = c.newListToken(listToken{After: consumers[limit-1].name}); err != nil {
			return nil, err
		}
	}
	for _, co := range consumers {
		out.Consumers = append(out.Consumers, co.view())
	}
	return out, nil
}
