package kinesis

import (
	"strconv"
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
	getRecords        retryPolicy
	getIterator       retryPolicy
	listShards        retryPolicy
	fanOut            fanOutSettings
}

func newSourceSettings(v *option.Values) sourceSettings {
	s := sourceSettings{
		initpos:           v.String(keyStart),
		bounded:           v.String(keyBounded) == boundLatest,
		discoveryInterval: v.Duration("scan.shard.discovery.intervalmillis"),
		pageSize:          int32(v.Int("scan.shard.getrecords.maxrecordcount")),
		idleInterval:      v.Duration("scan.shard.getrecords.intervalmillis"),
		quota:             v.String("scan.shard.getrecords.quota") == quotaAWS,
		deaggregate:       v.Bool("scan.kpl.deaggregation"),
		adaptive:          v.Bool("scan.shard.adaptivereads"),
		connections:       int(v.Int(keyConnections)),
		readTimeout:       v.Duration(keyReadTimeout),
		http2:             v.String(keyHTTPVersion) == protocolHTTP2,
		getRecords:        newRetryPolicy(v, getRecordsPrefix),
		getIterator:       newRetryPolicy(v, getIteratorPrefix),
		listShards:        listPolicy(v),
		fanOut:            newFanOutSettings(v),
	}
	if text, ok := clientProperty(v, clientMaxConnections); ok && !v.IsSet(keyConnections) {
		s.connections, _ = strconv.Atoi(text) // checked by checkClient
	}
	if limit, ok := clientTime(v, clientRequestTimeout); ok && !v.IsSet(keyReadTimeout) {
		s.readTimeout = limit
	}
	return s
}
