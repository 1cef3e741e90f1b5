package kinesis

import (
	"testing"
	"time"

	"github.com/penstock-io/penstock/kinesisserver"
)

// Every option of every retry policy acts on its operation.
func TestRetryPoliciesActOnTheirOperations(t *testing.T) {
	for _, family := range []struct {
		prefix, operation string
		fanOut            bool
	}{
		{getRecordsPrefix, "GetRecords", false},
		{getIteratorPrefix, "GetShardIterator", false},
		{listShardsPrefix, "ListShards", false},
		{describePrefix, "DescribeStreamSummary", true},
		{describeConsumerPrefix, "DescribeStreamConsumer", true},
		{registerPrefix, "RegisterStreamConsumer", true},
		{deregisterPrefix, "DeregisterStreamConsumer", true},
		{subscribePrefix, "SubscribeToShard", true},
	} {
		for _, test := range []struct {
			name                        string
			retries, base, longest, exp string
			least, most                 int // calls after 100 ms, of which the first four fail
		}{
			{"short waits", "10", "1", "1", "1", 5, 6},
			{"too few retries", "3", "1", "1", "1", 4, 4},
			{"long waits", "10", "20000", "20000", "1", 1, 1},
			{"a low limit", "10", "20000", "1", "1", 5, 6},
			{"waits that grow", "10", "2", "40000", "100", 2, 3},
			{"waits that do not grow", "10", "2", "40000", "1", 5, 6},
		} {
			t.Run(family.operation+", "+test.name, func(t *testing.T) {
				inWorld(t, 1, func(w *world) {
					options := []string{"scan.shard.getrecords.quota", "none", "scan.shard.getrecords.intervalmillis", "60000"}
					if family.fanOut {
						options = withPushed(options...)
					}
					options = append(options, family.prefix+"maxretries", test.retries, family.prefix+"backoff.base", test.base,
						family.prefix+"backoff.max", test.longest, family.prefix+"backoff.expconst", test.exp)
					w.srv.Fault(kinesisserver.Fault{Operation: family.operation, Status: 500, Count: 4})
					src := w.open(w.table(userAndNumber, options...))
					ended := make(chan struct{})
					go func() {
						defer close(ended)
						j := w.run(src, userAndNumber)
						if family.operation == "DeregisterStreamConsumer" {
							advance(time.Second) // the consumer is registered
							j.end()
							w.must(src.Close())
						}
					}()
					before := 100 * time.Millisecond
					if family.operation == "DeregisterStreamConsumer" {
						before += time.Second
					}
					advance(before)
					if got := w.srv.Calls(family.operation); got < test.least || got > test.most {
						w.Errorf("%d calls, want %d to %d", got, test.least, test.most)
					}
					advance(5 * time.Minute)
					<-ended
				})
			})
		}
	}
}
