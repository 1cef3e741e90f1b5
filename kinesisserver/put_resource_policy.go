package kinesisserver

import "encoding/json"

// PutResourcePolicy
//
// Behaviour: keeps the policy of a stream or consumer, which must be a JSON object.
//
// Deliberately missing: policies are not evaluated; nobody is denied access.

// maxPolicyBytes is the AWS limit of a resource policy.
const maxPolicyBytes = 20 << 10

type putResourcePolicyRequest struct {
	Policy      *string
	ResourceARN *string
}

func putResourcePolicy(c *call, in *putResourcePolicyRequest) (any, error) {
	var ck checks
	ck.required("policy", in.Policy != nil)
	checkResourceARN(&ck, in.ResourceARN)
	if err := ck.err(); err != nil {
		return nil, err
	}
	var policy map[string]any
	if len(*in.Policy) > maxPolicyBytes || json.Unmarshal([]byte(*in.Policy), &policy) != nil || policy == nil {
		return nil, errInvalidArgument("Invalid policy: it must be a JSON object of at most %d bytes.", maxPolicyBytes)
	}
	r, err := c.lockedResource(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	defer r.unlock()
	r.policy = *in.Policy
	return nil, nil
}
