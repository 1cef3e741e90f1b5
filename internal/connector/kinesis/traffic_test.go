package kinesis

import (
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/kinesisserver"
)

// What goes wrong with one shard is counted for that one, and for the table.
func TestTrafficIsCountedByShard(t *testing.T) {
	const first, second = "shardId-000000000000", "shardId-000000000001"
	for _, test := range []struct {
		name, operation string
		options         []string
	}{
		{"polling", "GetRecords", []string{"scan.stream.initpos", "TRIM_HORIZON"}},
		{"fan-out", "SubscribeToShard", pushed},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, 2, func(w *world) {
				var want []string
				for n := range 20 {
					want = append(want, w.put(string(rune('a'+n)), n))
				}
				w.srv.Fault(kinesisserver.Fault{Operation: test.operation, Shard: second, Code: "LimitExceededException", Count: 3})
				w.srv.Fault(kinesisserver.Fault{Operation: test.operation, Shard: second, Status: 500, Count: 5}) // the first three are throttled all the same
				j := w.run(w.open(w.table(userAndNumber, test.options...)), userAndNumber)
				advance(time.Minute)
				j.want(want...)
				calm, busy := w.meter.Split(first), w.meter.Split(second)
				if calm.Throttles.Load() != 0 || calm.Retries.Load() != 0 || busy.Throttles.Load() != 3 || busy.Retries.Load() != 5 {
					w.Errorf("%s: %d throttles, %d retries; %s: %d and %d", first, calm.Throttles.Load(), calm.Retries.Load(), second, busy.Throttles.Load(), busy.Retries.Load())
				}
				for _, part := range []*connector.Traffic{calm, busy} {
					if n := part.Records.Load(); n == 0 || n == 20 || part.Bytes.Load() < 10*n {
						w.Errorf("%d records of %d bytes in a shard", n, part.Bytes.Load())
					}
				}
				if w.meter.Records.Load() != 20 || w.meter.Throttles.Load() != 3 || w.meter.Retries.Load() != 5 {
					w.Errorf("the table has %d records, %d throttles, %d retries", w.meter.Records.Load(), w.meter.Throttles.Load(), w.meter.Retries.Load())
				}
			})
		})
	}
}
