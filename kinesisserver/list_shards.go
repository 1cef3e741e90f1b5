package kinesisserver

// ListShards
//
// Behaviour: all shard filters; pages of up to 1000 by default, continued by a NextToken that carries
// the filter, excludes the stream's name, and expires after 300 seconds. Expired shards are not
// listed.

const defaultListedShards = 1000

type listShardsRequest struct {
	streamAddress
	ExclusiveStartShardId   *string
	MaxResults              *int64
	NextToken               *string
	ShardFilter             *shardFilter
	StreamCreationTimestamp *timestamp
}

type listShardsResult struct {
	NextToken string `json:",omitempty"`
	Shards    []shardView
}

func listShards(c *call, in *listShardsRequest) (any, error) {
	var ck checks
	ck.name("exclusiveStartShardId", in.ExclusiveStartShardId)
	ck.number("maxResults", in.MaxResults, 1, maxRecordsPerGet)
	checkNextToken(&ck, in.NextToken)
	in.ShardFilter.check(&ck)
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	if missing := in.ShardFilter.missing(); missing != "" {
		return nil, errInvalidArgument("%s must be provided for a ShardFilter of type %s.", missing, *in.ShardFilter.Type)
	}
	st, after, filter, err := c.listing(in)
	if err != nil {
		return nil, err
	}
	if err := st.lock(c.now); err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	if !st.carriesData() {
		return nil, st.mustBeActive()
	}
	shards := st.shards
	if after != "" {
		if shards, err = st.shardsAfter(after); err != nil {
			return nil, err
		}
	}
	limit := defaultListedShards
	if in.MaxResults != nil {
		limit = min(limit, int(*in.MaxResults))
	}
	out := listShardsResult{Shards: []shardView{}}
	for _, sh := range shards {
		if !filter.includes(st, sh, c.now) {
			continue
		}
		if len(out.Shards) == limit {
			out.NextToken, err = c.newListToken(listToken{
				Account: st.realm.account, Region: st.realm.region, Stream: st.name, StreamID: st.id,
				After: out.Shards[limit-1].ShardID, Filter: filter,
			})
			return out, err
		}
		out.Shards = append(out.Shards, sh.view())
	}
	return out, nil
}

// listing finds out what to list: named in the request, or begun by an earlier one.
func (c *call) listing(in *listShardsRequest) (st *stream, after string, filter *shardFilter, err error) {
	if in.NextToken == nil {
		if in.StreamName == nil && in.StreamARN == nil {
			return nil, "", nil, errInvalidArgument("Either NextToken or StreamName should be provided.")
		}
		if st, err = c.stream(in.streamAddress); err != nil {
			return nil, "", nil, err
		}
		if created, ok := in.StreamCreationTimestamp.time(); ok && created.Unix() != st.created.Unix() {
			return nil, "", nil, st.errNotFound()
		}
		if in.ExclusiveStartShardId != nil {
			after = *in.ExclusiveStartShardId
		}
		return st, after, in.ShardFilter, nil
	}
	if in.StreamName != nil || in.StreamARN != nil || in.StreamCreationTimestamp != nil || in.ExclusiveStartShardId != nil {
		return nil, "", nil, errInvalidArgument("NextToken and StreamName cannot be provided together.")
	}
	token, err := c.openListToken(*in.NextToken)
	if err != nil {
		return nil, "", nil, err
	}
	if st, err = c.srv.realm(token.Account, token.Region).stream(token.Stream, c.now); err != nil {
		return nil, "", nil, err
	}
	if st.id != token.StreamID {
		return nil, "", nil, st.errNotFound()
	}
	return st, token.After, token.Filter, c.reachStream(st)
}
