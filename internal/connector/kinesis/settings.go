package kinesis

import (
	"time"

	"github.com/penstock-io/penstock/internal/option"
)

// sourceSettings are the options of a source.
type sourceSettings struct {
	initpos           string
	bounded           bool
	discoveryInterval time.Duration
	pageSize          int32
	idleInterval      time.Duration
	quota             bool
	deaggregate       bool
	adaptive          bool
	connections       int
	readTimeout       time.Duration
	http2             bool
	describeStream    retryPolicy
	getRecords        retryPolicy
	getIterator       retryPolicy
	listShards        retryPolicy
	fanOut            fanOutSettings
}

func newSourceSettings(v *option.Values) sourceSettings {
	return sourceSettings{
		initpos:           v.String("scan.stream.initpos"),
		bounded:           v.String("scan.bounded.mode") == boundLatest,
		discoveryInterval: v.Duration("scan.shard.discovery.intervalmillis"),
		pageSize:          int32(v.Int("scan.shard.getrecords.maxrecordcount")),
		idleInterval:      v.Duration("scan.shard.getrecords.intervalmillis"),
		quota:             v.String("scan.shard.getrecords.quota") == quotaAWS,
		deaggregate:       v.Bool("scan.kpl.deaggregation"),
		adaptive:          v.Bool("scan.shard.adaptivereads"),
		connections:       int(v.Int("aws.http-client.max-concurrency")),
		readTimeout:       v.Duration("aws.http-client.read-timeout"),
		http2:             v.String("aws.http.protocol.version") == protocolHTTP2,
		describeStream:    newRetryPolicy(v, describePrefix),
		getRecords:        newRetryPolicy(v, "scan.shard.getrecords."),
		getIterator:       newRetryPolicy(v, "scan.shard.getiterator."),
		listShards:        listPolicy(v),
		fanOut:            newFanOutSettings(v),
	}
}

const describePrefix = "scan.stream.describe."

// listPolicy is for listing shards. Flink's first consumers listed them with DescribeStream, and its
// waits, where they are set, still count.
func listPolicy(v *option.Values) retryPolicy {
	p := newRetryPolicy(v, "scan.list.shards.")
	if key := describePrefix + "backoff.base"; v.IsSet(key) {
		p.base = v.Duration(key)
	}
	if key := describePrefix + "backoff.max"; v.IsSet(key) {
		p.max = v.Duration(key)
	}
	if key := describePrefix + "backoff.expconst"; v.IsSet(key) {
		p.exponent = v.Float(key)
	}
	return p
}

func newRetryPolicy(v *option.Values, prefix string) retryPolicy {
	return retryPolicy{
		retries:  int(v.Int(prefix + "maxretries")),
		base:     v.Duration(prefix + "backoff.base"),
		max:      v.Duration(prefix + "backoff.max"),
		exponent: v.Float(prefix + "backoff.expconst"),
	}
}
