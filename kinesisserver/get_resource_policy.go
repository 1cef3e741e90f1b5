package kinesisserver

// GetResourcePolicy
//
// Behaviour: the policy last put, or {} when there is none.

func getResourcePolicy(c *call, in *resourceRequest) (any, error) {
	r, err := c.checkedResource(in)
	if err != nil {
		return nil, err
	}
	defer r.unlock()
	policy := r.policy
	if policy == "" {
		policy = "{}"
	}
	return struct{ Policy string }{policy}, nil
}
