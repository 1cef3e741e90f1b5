package kinesis

import (
	"slices"

	"github.com/penstock-io/penstock/internal/option"
)

// What the keys of a retry policy begin with.
const (
	getRecordsPrefix       = "scan.shard.getrecords."
	getIteratorPrefix      = "scan.shard.getiterator."
	listShardsPrefix       = "scan.list.shards."
	describePrefix         = "scan.stream.describe."
	describeConsumerPrefix = "scan.stream.describestreamconsumer."
	registerPrefix         = "scan.stream.registerstreamconsumer."
	deregisterPrefix       = "scan.stream.deregisterstreamconsumer."
	subscribePrefix        = "scan.shard.subscribetoshard."
)

// retryOptions are how often and after what waits calls are made again.
var retryOptions = slices.Concat(
	retryRows{prefix: getRecordsPrefix, operation: "GetRecords", retries: "3", base: "300", max: "1000"}.table(),
	retryRows{prefix: getIteratorPrefix, operation: "GetShardIterator", retries: "3", base: "300", max: "1000"}.table(),
	retryRows{
		prefix: listShardsPrefix, operation: "ListShards", retries: "10", base: "1000", max: "5000",
		aboutWaits: " Without it: the one of 'scan.stream.describe.' if that is set, because Flink's first consumers listed shards with DescribeStream.",
	}.table(),
	retryRows{
		prefix: describePrefix, operation: "DescribeStreamSummary", retries: "50", base: "2000", max: "5000",
		aboutRetries: " Enhanced fan-out calls it for the ARN of a stream that is given by name.",
		aboutWaits:   " If it is set it is for ListShards too, unless the one of 'scan.list.shards.' is set.",
	}.table(),
	describeConsumerOptions(),
	retryRows{
		prefix: registerPrefix, operation: "RegisterStreamConsumer", retries: "10", base: "500", max: "2000",
		aboutWaits: " The state of a consumer that is not active yet is asked for at the same pace.",
	}.table(),
	retryRows{prefix: deregisterPrefix, operation: "DeregisterStreamConsumer", retries: "10", base: "500", max: "2000"}.table(),
	retryRows{prefix: subscribePrefix, operation: "SubscribeToShard", retries: "10", base: "1000", max: "2000"}.table(),
)

// describeConsumerOptions have names in Flink's later connector as well.
func describeConsumerOptions() option.Table {
	rows := retryRows{prefix: describeConsumerPrefix, operation: "DescribeStreamConsumer", retries: "50", base: "2000", max: "5000"}.table()
	for i := range rows {
		switch rows[i].Key {
		case describeConsumerPrefix + "backoff.base":
			rows[i].Aliases = []string{"source.efo.describe.retry-strategy.delay.min"}
		case describeConsumerPrefix + "backoff.max":
			rows[i].Aliases = []string{"source.efo.describe.retry-strategy.delay.max"}
		}
	}
	return append(rows, option.Row{
		Key: keyDescribeAttempts, Type: option.Int, Check: option.Range(1, 1_000_000),
		Doc: "The same as '" + describeConsumerPrefix + "maxretries', but counts the first call as well.",
	})
}

// retryRows are the options of a retry policy.
type retryRows struct {
	prefix, operation        string
	retries, base, max       string // defaults
	aboutRetries, aboutWaits string // more to say
}

func (r retryRows) table() option.Table {
	return option.Table{
		{
			Key: r.prefix + "maxretries", Type: option.Int, Default: r.retries, Check: checkCount,
			Doc: "How often a call of " + r.operation + " that failed is made again before the job fails. Throttled calls do not count: they are made until they succeed." + r.aboutRetries,
		},
		{
			Key: r.prefix + "backoff.base", Type: option.Milliseconds, Default: r.base, Check: checkTime,
			Doc: "Longest wait before the first repetition of a call of " + r.operation + "; the wait is a random part of it." + r.aboutWaits,
		},
		{
			Key: r.prefix + "backoff.max", Type: option.Milliseconds, Default: r.max, Check: checkTime,
			Doc: "Longest wait before any repetition of a call of " + r.operation + "." + r.aboutWaits,
		},
		{
			Key: r.prefix + "backoff.expconst", Type: option.Float, Default: "1.5", Check: checkExponent,
			Doc: "Factor by which the longest wait grows with each repetition of a call of " + r.operation + "." + r.aboutWaits,
		},
	}
}

// newRetryPolicy reads the options with a prefix.
func newRetryPolicy(v *option.Values, prefix string) retryPolicy {
	return retryPolicy{
		retries:  int(v.Int(prefix + "maxretries")),
		base:     v.Duration(prefix + "backoff.base"),
		max:      v.Duration(prefix + "backoff.max"),
		exponent: v.Float(prefix + "backoff.expconst"),
	}
}

// listPolicy is for listing shards: its own waits where they are set, else those of describing the
// stream where these are.
func listPolicy(v *option.Values) retryPolicy {
	p, describe := newRetryPolicy(v, listShardsPrefix), newRetryPolicy(v, describePrefix)
	inherits := func(name string) bool { return v.IsSet(describePrefix+name) && !v.IsSet(listShardsPrefix+name) }
	if inherits("backoff.base") {
		p.base = describe.base
	}
	if inherits("backoff.max") {
		p.max = describe.max
	}
	if inherits("backoff.expconst") {
		p.exponent = describe.exponent
	}
	return p
}
