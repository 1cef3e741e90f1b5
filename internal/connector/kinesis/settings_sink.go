package kinesis

import (
	"time"

	"github.com/penstock-io/penstock/internal/option"
)

// sinkSettings are the options of a sink.
type sinkSettings struct {
	partitioner  string // "" if the user has not chosen one
	delimiter    string
	perKey       bool // keep the order of each partition key
	batchRecords int
	batchBytes   int
	maxInFlight  int
	maxBuffered  int
	flushAfter   time.Duration
	failOnError  bool
	badRows      string // what happens to what cannot be written
	badPath      string // of the file for dead letters
	badMaxSize   int64  // of that file, in bytes
	connections  int    // 0: no limit
	readTimeout  time.Duration
	http2        bool
}

func newSinkSettings(v *option.Values) sinkSettings {
	s := sinkSettings{
		partitioner:  v.String(keyPartitioner),
		delimiter:    v.String("sink.partitioner-field-delimiter"),
		perKey:       v.String("sink.ordering") == orderPerKey,
		batchRecords: int(v.Int(keyBatchSize)),
		batchBytes:   int(v.Int(keyFlushSize)),
		maxInFlight:  int(v.Int("sink.requests.max-inflight")),
		maxBuffered:  int(v.Int(keyMaxBuffered)),
		flushAfter:   v.Duration(keyFlushTimeout),
		failOnError:  v.Bool(keyFailOnError),
		badRows:      v.String(keySinkBadRecords),
		badPath:      v.String(keySinkBadPath),
		badMaxSize:   v.Int(keySinkBadMaxSize),
		connections:  int(v.Int("sink.http-client.max-concurrency")),
		readTimeout:  v.Duration("sink.http-client.read-timeout"),
		http2:        v.String("sink.http-client.protocol.version") == protocolHTTP2,
	}
	s.fromProducer(v)
	return s
}

// putPolicy repeats requests of the sink. Records that are throttled are sent until they are taken.
var putPolicy = retryPolicy{retries: 10, base: 100 * time.Millisecond, max: 5 * time.Second, exponent: 2}
