package kinesis

import (
	"time"

	"github.com/penstock-io/penstock/internal/option"
)

// fanOutSettings are the options of enhanced fan-out.
type fanOutSettings struct {
	enabled      bool
	registration string // registrationLazy, ...
	consumerName string // empty only with an ARN
	consumerARN  string // empty unless the user gave it

	http1             bool // no HTTP/2
	maxSubscriptions  int
	silence           time.Duration
	subscribeTimeout  time.Duration
	registerTimeout   time.Duration
	deregisterTimeout time.Duration

	subscribe        retryPolicy
	describeStream   retryPolicy
	describeConsumer retryPolicy
	register         retryPolicy
	deregister       retryPolicy
}

// newFanOutSettings reads options that checkFanOut has found in order.
func newFanOutSettings(v *option.Values) fanOutSettings {
	wait := func(key string) time.Duration {
		d, _ := seconds(v.String(key)) // checked by the table
		return d
	}
	s := fanOutSettings{
		enabled:           v.String(keyPublisher) == publisherFanOut,
		consumerName:      v.String(keyConsumerName),
		http1:             v.IsSet(keyHTTPVersion) && v.String(keyHTTPVersion) == protocolHTTP1,
		maxSubscriptions:  int(v.Int("scan.stream.efo.http-client.max-concurrency")),
		silence:           v.Duration("scan.stream.efo.http-client.read-timeout"),
		subscribeTimeout:  wait("scan.shard.subscribetoshard.timeout"),
		registerTimeout:   wait("scan.stream.registerstreamconsumer.timeout"),
		deregisterTimeout: wait("scan.stream.deregisterstreamconsumer.timeout"),
		subscribe:         newRetryPolicy(v, subscribePrefix),
		describeStream:    newRetryPolicy(v, describePrefix),
		describeConsumer:  newRetryPolicy(v, describeConsumerPrefix),
		register:          newRetryPolicy(v, registerPrefix),
		deregister:        newRetryPolicy(v, deregisterPrefix),
	}
	s.registration, _ = registrationOf(v)
	s.consumerARN, _ = givenConsumerARN(v)
	if attempts := int(v.Int(keyDescribeAttempts)); attempts > 0 {
		s.describeConsumer.retries = attempts - 1
	}
	if _, name, err := parseConsumerARN(s.consumerARN); err == nil {
		s.consumerName = name
	}
	return s
}
