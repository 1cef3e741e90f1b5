package kinesis

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// adaptive adapts the number of records to ask for to their size, so that calls at a steady pace
// bring as much as a shard gives in a second, and not all of it at once.
type adaptive struct {
	called  time.Time // when the last call was made
	records int       // that it brought
	bytes   int
	limit   int32 // of the last call
}

// next returns how many records to ask for now. interval is the time that calls are to be apart: a
// wait for the bytes of a large page is none of the pace.
func (a *adaptive) next(first int32, interval time.Duration) int32 {
	now := time.Now()
	if a.limit == 0 {
		a.limit = first
	}
	if a.records > 0 {
		a.limit = adaptedLimit(min(now.Sub(a.called), max(interval, time.Second/readsPerSecond)), a.records, a.bytes, a.limit)
	}
	a.called, a.records = now, 0
	return a.limit
}

// note notes what a call has brought. The records count as the service counts them: an aggregate is
// one.
func (a *adaptive) note(records []types.Record) { a.records, a.bytes = len(records), dataSize(records) }

// adaptedLimit is the formula of Flink's adaptive reads: the bytes that a shard gives in the time
// between two calls, divided by the average size of a record.
func adaptedLimit(between time.Duration, records, bytes int, before int32) int32 {
	if records == 0 || between <= 0 {
		return before
	}
	average := bytes / records
	if average == 0 {
		return maxRecordsPerGet
	}
	perCall := readBytesPerSecond / (float64(time.Second) / float64(between))
	return int32(max(1, min(maxRecordsPerGet, perCall/float64(average))))
}
