package kinesis

import (
	"fmt"
	"testing"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/connectortest"
	"github.com/penstock-io/penstock/internal/types"
)

// The suite opens the source several times in one bubble and passes positions from one to the other,
// so all of them read the stream of one world.
func TestSourceKeepsTheContract(t *testing.T) {
	for _, test := range []struct{ mode, publisher string }{
		{boundNone, publisherPolling}, {boundLatest, publisherPolling}, {boundNone, publisherFanOut}, {boundLatest, publisherFanOut},
	} {
		t.Run(test.mode+"/"+test.publisher, func(t *testing.T) {
			worlds := map[*testing.T]*world{}
			open := func(t *testing.T) connector.Source {
				t.Helper()
				w := worlds[t]
				if w == nil {
					w = newWorld(t, 2, "scan.stream.initpos", "TRIM_HORIZON", "scan.bounded.mode", test.mode, "scan.shard.getrecords.maxrecordcount", "4",
						"scan.stream.recordpublisher", test.publisher, "scan.stream.efo.consumername", "app")
					worlds[t] = w
					for n := range 30 {
						w.put(fmt.Sprintf("user-%d", n), n)
						if n == 20 {
							w.must(w.srv.Reshard(streamName, 3))
						}
					}
				}
				return w.open(w.table(userAndNumber))
			}
			connectortest.TestSource(t, open, types.Schema{{Name: "usr", Type: types.String}, {Name: "n", Type: types.Of(types.BigInt)}}, 30)
		})
	}
}
