package kinesisserver

// TagResource
//
// Behaviour: as AddTagsToStream, for streams and consumers. A stream has one set of tags, whichever
// operations set and show them.

type tagResourceRequest struct {
	ResourceARN *string
	Tags        map[string]string
}

func tagResource(c *call, in *tagResourceRequest) (any, error) {
	var ck checks
	checkResourceARN(&ck, in.ResourceARN)
	if ck.required("tags", in.Tags != nil) {
		checkTags(&ck, in.Tags)
	}
	if err := ck.err(); err != nil {
		return nil, err
	}
	r, err := c.lockedResource(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	defer r.unlock()
	return nil, r.addTags(in.Tags)
}
