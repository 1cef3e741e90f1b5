package kinesisserver

import "sort"

// ListTagsForStream
//
// Behaviour: tags in the order of their keys, after ExclusiveStartTagKey, at most Limit of them.

type listTagsForStreamRequest struct {
	streamAddress
	ExclusiveStartTagKey *string
	Limit                *int64
}

type listTagsForStreamResult struct {
	HasMoreTags bool
	Tags        []tagView
}

func listTagsForStream(c *call, in *listTagsForStreamRequest) (any, error) {
	var ck checks
	in.check(&ck)
	if in.ExclusiveStartTagKey != nil {
		ck.text("exclusiveStartTagKey", *in.ExclusiveStartTagKey, 1, maxTagKeyLength)
	}
	ck.number("limit", in.Limit, 1, maxTags)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.lockedStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	tags := tagViews(st.tags)
	if after := in.ExclusiveStartTagKey; after != nil {
		tags = tags[sort.Search(len(tags), func(i int) bool { return tags[i].Key > *after }):]
	}
	limit := maxTags
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	return listTagsForStreamResult{HasMoreTags: len(tags) > limit, Tags: tags[:min(limit, len(tags))]}, nil
}
