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
	getRecords        retryPolicy
	getIterator       retryPolicy
	listShards        retryPolicy
}

func newSourceSettings(v *option.Values) sourceSettings {
	return sourceSettings{
		initpos:           v.String("scan.stream.initpos"),
		bounded:           v.String("scan.bounded.mode") == boundLatest,
		discoveryInterval: v.Duration("scan.shard.discovery.intervalmillis"),
		pageSize:          int32(v.Int("scan.shard.getrecords.maxrecordcount")),
		idleInterval:      v.Duration("scan.shard.getrecords.intervalmillis"),
		quota:             v.String("scan.shard.getrecords.quota") == quotaAWS,
		getRecords:        newRetryPolicy(v, "scan.shard.getrecords."),
		getIterator:       newRetryPolicy(v, "scan.shard.getiterator."),
		listShards:        newRetryPolicy(v, "scan.list.shards."),
	}
}

func newRetryPolicy(v *option.Values, prefix string) retryPolicy {
	return retryPolicy{
		retries:  int(v.Int(prefix + "maxretries")),
		base:     v.Duration(prefix + "backoff.base"),
		max:      v.Duration(prefix + "backoff.max"),
		exponent: v.Float(prefix + "backoff.expconst"),
	}
}

// sinkSettings are the options of a sink.
type sinkSettings struct {
	fixedKey     bool // one partition key for each writer
	delimiter    string
	batchRecords int
	batchBytes   int
	maxInFlight  int
	maxBuffered  int
	flushAfter   time.Duration
	failOnError  bool
}

func newSinkSettings(v *option.Values) sinkSettings {
	return sinkSettings{
		fixedKey:     v.String("sink.partitioner") == spreadFixed,
		delimiter:    v.String("sink.partitioner-field-delimiter"),
		batchRecords: int(v.Int("sink.batch.max-size")),
		batchBytes:   int(v.Int("sink.flush-buffer.size")),
		maxInFlight:  int(v.Int("sink.requests.max-inflight")),
		maxBuffered:  int(v.Int("sink.requests.max-buffered")),
		flushAfter:   v.Duration("sink.flush-buffer.timeout"),
		failOnError:  v.Bool("sink.fail-on-error"),
	}
}

// putPolicy repeats requests of the sink. Records that are throttled are sent until they are taken.
var putPolicy = retryPolicy{retries: 10, base: 100 * time.Millisecond, max: 5 * time.Second, exponent: 2}
