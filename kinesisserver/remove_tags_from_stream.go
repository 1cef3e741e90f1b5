package kinesisserver

// RemoveTagsFromStream
//
// Behaviour: removes tags by key; keys that are not there are ignored.

type removeTagsFromStreamRequest struct {
	streamAddress
	TagKeys []string
}

func removeTagsFromStream(c *call, in *removeTagsFromStreamRequest) (any, error) {
	var ck checks
	in.check(&ck)
	checkTagKeys(&ck, in.TagKeys)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.lockedStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	for _, key := range in.TagKeys {
		delete(st.tags, key)
	}
	return nil, nil
}
