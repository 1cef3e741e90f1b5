package kinesisserver

// DeleteResourcePolicy
//
// Behaviour: removes the policy; without one it is ResourceNotFoundException.

func deleteResourcePolicy(c *call, in *resourceRequest) (any, error) {
	r, err := c.checkedResource(in)
	if err != nil {
		return nil, err
	}
	defer r.unlock()
	if r.policy == "" {
		return nil, errResourceNotFound("No resource policy found for resource ARN %s.", *in.ResourceARN)
	}
	r.policy = ""
	return nil, nil
}
