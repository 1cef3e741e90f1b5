package kinesisserver

// DeleteStream
//
// Behaviour: the stream is DELETING for Config.StreamDelay and can neither be written to nor read
// from during that time; deleting it again changes nothing. A stream that is still CREATING is
// refused, and one with consumers, unless EnforceConsumerDeletion is set.

type deleteStreamRequest struct {
	streamAddress
	EnforceConsumerDeletion *bool
}

func deleteStream(c *call, in *deleteStreamRequest) (any, error) {
	var ck checks
	in.check(&ck)
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.lockedStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	switch st.status() {
	case statusDeleting:
		return nil, nil
	case statusCreating:
		return nil, st.mustBeActive()
	default:
		if enforce := in.EnforceConsumerDeletion; len(st.consumers) > 0 && (enforce == nil || !*enforce) {
			return nil, errResourceInUse("Stream %s under account %s has %d consumers registered. "+
				"Deregister them, or set EnforceConsumerDeletion.", st.name, st.realm.account, len(st.consumers))
		}
		st.delete(c.now)
		return nil, nil
	}
}
