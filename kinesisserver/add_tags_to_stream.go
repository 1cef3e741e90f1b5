package kinesisserver

import (
	"maps"
	"strconv"
)

// AddTagsToStream
//
// Behaviour: adds tags or replaces their values, up to 50 per stream.

type addTagsToStreamRequest struct {
	streamAddress
	Tags map[string]string
}

func addTagsToStream(c *call, in *addTagsToStreamRequest) (any, error) {
	var ck checks
	in.check(&ck)
	if ck.required("tags", in.Tags != nil) {
		checkTags(&ck, in.Tags)
		if len(in.Tags) == 0 {
			ck.add("'{}'", "tags", "have length greater than or equal to 1")
		} else if len(in.Tags) > maxTags {
			ck.add(quoted(strconv.Itoa(len(in.Tags))+" tags"), "tags", "have length less than or equal to 50")
		}
	}
	if err := ck.err(); err != nil {
		return nil, err
	}
	st, err := c.lockedStream(in.streamAddress)
	if err != nil {
		return nil, err
	}
	defer st.mu.Unlock()
	return nil, st.addTags(in.Tags)
}

// addTags changes the tags; the caller holds the stream's lock.
func (a *attributes) addTags(tags map[string]string) error {
	if err := checkTagLimit(tags, a.tags); err != nil {
		return err
	}
	if a.tags == nil {
		a.tags = map[string]string{}
	}
	maps.Copy(a.tags, tags)
	return nil
}
