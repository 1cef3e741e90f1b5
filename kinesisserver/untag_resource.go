package kinesisserver

// UntagResource
//
// Behaviour: as RemoveTagsFromStream, for streams and consumers.

type untagResourceRequest struct {
	ResourceARN *string
	TagKeys     []string
}

func untagResource(c *call, in *untagResourceRequest) (any, error) {
	var ck checks
	checkResourceARN(&ck, in.ResourceARN)
	checkTagKeys(&ck, in.TagKeys)
	if err := ck.err(); err != nil {
		return nil, err
	}
	r, err := c.lockedResource(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	defer r.unlock()
	for _, key := range in.TagKeys {
		delete(r.tags, key)
	}
	return nil, nil
}
