package kinesisserver

// ListTagsForResource
//
// Behaviour: all tags of a stream or consumer, in the order of their keys.

type resourceRequest struct{ ResourceARN *string }

func listTagsForResource(c *call, in *resourceRequest) (any, error) {
	r, err := c.checkedResource(in)
	if err != nil {
		return nil, err
	}
	defer r.unlock()
	return struct{ Tags []tagView }{tagViews(r.tags)}, nil
}

// checkedResource checks a request that consists of an ARN, and finds what that names.
func (c *call) checkedResource(in *resourceRequest) (resource, error) {
	var ck checks
	checkResourceARN(&ck, in.ResourceARN)
	if err := ck.err(); err != nil {
		return resource{}, err
	}
	return c.lockedResource(*in.ResourceARN)
}
