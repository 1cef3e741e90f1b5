package kinesisserver

import "sort"

// ListStreams
//
// Behaviour: names in alphabetical order, in pages of up to 100 by default, continued by NextToken or
// by ExclusiveStartStreamName.

const (
	defaultListedStreams = 100
	maxListedStreams     = 10_000
)

type listStreamsRequest struct {
	ExclusiveStartStreamName *string
	Limit                    *int64
	NextToken                *string
}

type streamSummary struct {
	StreamARN               string
	StreamCreationTimestamp timestamp
	StreamModeDetails       streamModeDetails
	StreamName              string
	StreamStatus            streamStatus
}

type listStreamsResult struct {
	HasMoreStreams  bool
	NextToken       string `json:",omitempty"`
	StreamNames     []string
	StreamSummaries []streamSummary
}

func listStreams(c *call, in *listStreamsRequest) (any, error) {
	var ck checks
	ck.name("exclusiveStartStreamName", in.ExclusiveStartStreamName)
	ck.number("limit", in.Limit, 1, maxListedStreams)
	checkNextToken(&ck, in.NextToken)
	if err := ck.err(); err != nil {
		return nil, err
	}
	after := ""
	if in.ExclusiveStartStreamName != nil {
		after = *in.ExclusiveStartStreamName
	}
	if in.NextToken != nil {
		if in.ExclusiveStartStreamName != nil {
			return nil, errInvalidArgument("NextToken and ExclusiveStartStreamName cannot be provided together.")
		}
		token, err := c.openListToken(*in.NextToken)
		if err != nil {
			return nil, err
		}
		after = token.After
	}

	streams := c.realm.list(c.now)
	streams = streams[sort.Search(len(streams), func(i int) bool { return streams[i].name > after }):]
	limit := defaultListedStreams
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	out := listStreamsResult{StreamNames: []string{}, StreamSummaries: []streamSummary{}}
	if len(streams) > limit {
		streams = streams[:limit]
		var err error
		out.HasMoreStreams = true
		if out.NextToken, err = c.newListToken(listToken{After: streams[limit-1].name}); err != nil {
			return nil, err
		}
	}
	for _, st := range streams {
		out.StreamNames = append(out.StreamNames, st.name)
		out.StreamSummaries = append(out.StreamSummaries, st.summary())
	}
	return out, nil
}

func (st *stream) summary() streamSummary {
	st.mu.RLock()
	defer st.mu.RUnlock()
	mode := st.mode
	return streamSummary{
		StreamARN: st.arn, StreamCreationTimestamp: timestamp(st.created), StreamName: st.name,
		StreamModeDetails: streamModeDetails{StreamMode: &mode}, StreamStatus: st.status(),
	}
}
