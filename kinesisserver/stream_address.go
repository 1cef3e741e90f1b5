package kinesisserver

import (
	"strings"
	"time"
)

// streamAddress is how requests name a stream: by name, by ARN, or by both.
type streamAddress struct {
	StreamName *string
	StreamARN  *string
}

// check adds the violations of the address's own constraints.
func (a *streamAddress) check(c *checks) {
	c.name("streamName", a.StreamName)
	checkStreamARN(c, a.StreamARN)
}

func checkStreamARN(c *checks, arn *string) {
	if arn == nil {
		return
	}
	if _, ok := parseStreamARN(*arn); !ok {
		c.add(quoted(*arn), "streamARN", "satisfy regular expression pattern: "+patternARN)
	}
	c.text("streamARN", *arn, 1, maxARNLength)
}

// requiredStreamARN checks an ARN that must be there.
func requiredStreamARN(c *checks, arn *string) {
	if c.required("streamARN", arn != nil) {
		checkStreamARN(c, arn)
	}
}

// streamRef is what a stream's ARN says.
type streamRef struct{ account, region, name string }

// parseStreamARN takes arn:aws:kinesis:region:account:stream/name apart.
func parseStreamARN(arn string) (ref streamRef, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] != "kinesis" {
		return streamRef{}, false
	}
	name, ok := strings.CutPrefix(parts[5], "stream/")
	return streamRef{region: parts[3], account: parts[4], name: name}, ok && isAccountID(parts[4]) && isName(name)
}

func isAccountID(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}

// resolve finds the realm and the name a request means. The ARN wins over the signature's scope.
func (c *call) resolve(a streamAddress) (*realm, string, error) {
	if a.StreamARN == nil {
		if a.StreamName == nil {
			return nil, "", errInvalidArgument("Either StreamName or StreamARN should be provided.")
		}
		return c.realm, *a.StreamName, nil
	}
	ref, ok := parseStreamARN(*a.StreamARN)
	if !ok {
		return nil, "", errInvalidArgument("StreamARN %s is not the ARN of a stream.", *a.StreamARN)
	}
	if a.StreamName != nil && *a.StreamName != ref.name {
		return nil, "", errInvalidArgument("StreamName %s and StreamARN %s name different streams.", *a.StreamName, *a.StreamARN)
	}
	return c.srv.realm(ref.account, ref.region), ref.name, nil
}

// stream finds the stream a request means.
func (c *call) stream(a streamAddress) (*stream, error) {
	r, name, err := c.resolve(a)
	if err != nil {
		return nil, err
	}
	st, err := r.stream(name, c.now)
	if err != nil {
		return nil, err
	}
	return st, c.reachStream(st)
}

// lockedStream finds the stream a request means and locks it; the caller unlocks st.mu.
func (c *call) lockedStream(a streamAddress) (*stream, error) {
	st, err := c.stream(a)
	if err != nil {
		return nil, err
	}
	return st, st.lock(c.now)
}

// activeStream is lockedStream for a change that AWS refuses while another is under way.
func (c *call) activeStream(a streamAddress) (*stream, error) {
	st, err := c.stream(a)
	if err != nil {
		return nil, err
	}
	return st, st.lockActive(c.now)
}

// dataStream finds the stream a request means and locks it for reading, if it can be written to and
// read from; the caller unlocks st.mu by RUnlock.
func (c *call) dataStream(a streamAddress) (*stream, error) {
	st, err := c.stream(a)
	if err != nil {
		return nil, err
	}
	return st, st.rlockForData(c.now)
}

// rlockForData locks the stream for reading if it can be written to and read from. The caller then
// unlocks it.
func (st *stream) rlockForData(now time.Time) error {
	if err := st.rlock(now); err != nil {
		return err
	}
	if st.carriesData() {
		return nil
	}
	st.mu.RUnlock()
	return st.errNotFound()
}

// reachShard applies the faults of a shard that a request names. It may take time, so that no lock
// is held here.
func (c *call) reachShard(stream, id string) error {
	if index, ok := parseShardID(id); ok {
		return c.reach(stream, shardID(index))
	}
	return nil
}

// shardOf finds a shard of a locked stream that is to be changed.
func (st *stream) shardOf(id string) (*shard, error) {
	index, ok := parseShardID(id)
	if !ok {
		return nil, errShardNotFound(id, st.name, st.realm.account)
	}
	if sh := st.shard(index); sh != nil {
		return sh, nil
	}
	return nil, errShardNotFound(shardID(index), st.name, st.realm.account)
}
