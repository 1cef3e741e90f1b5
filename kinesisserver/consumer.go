package kinesisserver

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// consumer is a registered enhanced fan-out consumer. It is guarded by its stream's lock.
type consumer struct {
	stream  *stream
	name    string
	arn     string
	created time.Time
	lifeCycle
	attributes
	subscriptions map[uint32]*subscription // newest of each shard
}

// attributes is what streams and consumers have in common: what hangs on an ARN.
type attributes struct {
	tags   map[string]string
	policy string // "" is none
}

// Consumers of one stream (AWS limits); the higher one comes with On-demand Advantage.
const (
	maxConsumers          = 20
	maxConsumersAdvantage = 50
)

// consumerARN is <stream ARN>/consumer/<name>:<creation second>.
func consumerARN(st *stream, name string, created time.Time) string {
	return st.arn + "/consumer/" + name + ":" + strconv.FormatInt(created.Unix(), 10)
}

// parseConsumerARN returns the ARN of the stream and the consumer's name.
func parseConsumerARN(arn string) (streamARN, name string, ok bool) {
	streamARN, rest, found := strings.Cut(arn, "/consumer/")
	name, created, dated := strings.Cut(rest, ":")
	_, isStream := parseStreamARN(streamARN)
	return streamARN, name, found && dated && isStream && isName(name) && isDecimal([]byte(created), 19)
}

const patternConsumerARN = `^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+`

func checkConsumerARN(ck *checks, arn *string) {
	if arn == nil {
		return
	}
	if _, _, ok := parseConsumerARN(*arn); !ok {
		ck.add(quoted(*arn), "consumerARN", "satisfy regular expression pattern: "+patternConsumerARN)
	}
	ck.text("consumerARN", *arn, 1, maxARNLength)
}

func errConsumerNotFound(what string) *apiError {
	return errResourceNotFound("Consumer %s not found.", what)
}

// delete ends the consumer and its subscriptions. The caller holds the stream's lock.
func (co *consumer) delete(now time.Time) {
	for _, sub := range co.subscriptions {
		sub.end(errConsumerNotFound(co.arn))
	}
	co.begin(statusDeleting, now, func(time.Time) { delete(co.stream.consumers, co.name) })
}

// sortedConsumers returns the consumers in the order of their names. The caller holds the lock.
func (st *stream) sortedConsumers() []*consumer {
	names := slices.Sorted(maps.Keys(st.consumers))
	consumers := make([]*consumer, len(names))
	for i, name := range names {
		consumers[i] = st.consumers[name]
	}
	return consumers
}

// consumerView is a consumer on the wire.
type consumerView struct {
	ConsumerARN               string
	ConsumerCreationTimestamp timestamp
	ConsumerName              string
	ConsumerStatus            streamStatus
	StreamARN                 string `json:",omitempty"` // in DescribeStreamConsumer only
}

func (co *consumer) view() consumerView {
	return consumerView{
		ConsumerARN: co.arn, ConsumerCreationTimestamp: timestamp(co.created),
		ConsumerName: co.name, ConsumerStatus: co.status(),
	}
}

// consumerAddress is how requests name a consumer: by its ARN, or by its stream's ARN and its name.
type consumerAddress struct {
	ConsumerARN  *string
	ConsumerName *string
	StreamARN    *string
}

func (a *consumerAddress) check(ck *checks) {
	checkConsumerARN(ck, a.ConsumerARN)
	ck.name("consumerName", a.ConsumerName)
	checkStreamARN(ck, a.StreamARN)
}

// lockedConsumer finds the consumer a request means and locks its stream; the caller unlocks it.
func (c *call) lockedConsumer(a consumerAddress) (*consumer, error) {
	var streamARN, name string
	switch {
	case a.ConsumerARN != nil && (a.ConsumerName != nil || a.StreamARN != nil):
		streamARN, name, _ = parseConsumerARN(*a.ConsumerARN)
		if (a.ConsumerName != nil && *a.ConsumerName != name) || (a.StreamARN != nil && *a.StreamARN != streamARN) {
			return nil, errInvalidArgument("ConsumerARN %s names another consumer than StreamARN and ConsumerName.", *a.ConsumerARN)
		}
	case a.ConsumerARN != nil:
		streamARN, name, _ = parseConsumerARN(*a.ConsumerARN)
	case a.ConsumerName != nil && a.StreamARN != nil:
		streamARN, name = *a.StreamARN, *a.ConsumerName
	default:
		return nil, errInvalidArgument("Either ConsumerARN or both StreamARN and ConsumerName must be provided.")
	}
	st, err := c.lockedStream(streamAddress{StreamARN: &streamARN})
	if err != nil {
		return nil, err
	}
	co := st.consumers[name]
	if co == nil || (a.ConsumerARN != nil && *a.ConsumerARN != co.arn) {
		st.mu.Unlock()
		if a.ConsumerARN != nil {
			name = *a.ConsumerARN
		}
		return nil, errConsumerNotFound(name)
	}
	return co, nil
}

// resource is a stream or a consumer that an ARN names; its stream is locked.
type resource struct {
	*attributes
	unlock func()
}

// lockedResource finds the stream or consumer with that ARN; the caller unlocks it.
func (c *call) lockedResource(arn string) (resource, error) {
	if _, _, ok := parseConsumerARN(arn); ok {
		co, err := c.lockedConsumer(consumerAddress{ConsumerARN: &arn})
		if err != nil {
			return resource{}, err
		}
		return resource{&co.attributes, co.stream.mu.Unlock}, nil
	}
	st, err := c.lockedStream(streamAddress{StreamARN: &arn})
	if err != nil {
		return resource{}, err
	}
	return resource{&st.attributes, st.mu.Unlock}, nil
}

const patternResourceARN = `arn:aws.*:kinesis:.*:\d{12}:.*stream/\S+`

func checkResourceARN(ck *checks, arn *string) {
	if !ck.required("resourceARN", arn != nil) {
		return
	}
	_, isStream := parseStreamARN(*arn)
	if _, _, isConsumer := parseConsumerARN(*arn); !isStream && !isConsumer {
		ck.add(quoted(*arn), "resourceARN", "satisfy regular expression pattern: "+patternResourceARN)
	}
	ck.text("resourceARN", *arn, 1, maxARNLength)
}
