package kinesis

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/kinesisserver"
)

func results(codes ...*string) []kinesistypes.PutRecordsResultEntry {
	out := make([]kinesistypes.PutRecordsResultEntry, len(codes))
	for i, code := range codes {
		out[i].ErrorCode = code
	}
	return out
}

// disorder returns how many records come after a later one of the same key, and how many come twice.
func (w *world) disorder() (late, twice int) {
	w.Helper()
	last := map[string]int{}
	for _, r := range w.records() {
		var row struct {
			User string `json:"usr"`
			N    int    `json:"n"`
		}
		w.must(json.Unmarshal(r.Data, &row))
		switch before, ok := last[row.User]; {
		case ok && row.N == before:
			twice++
		case ok && row.N < before:
			late++
			continue
		}
		last[row.User] = row.N
	}
	return late, twice
}

func TestOrderOfKeysIsKeptOnDemand(t *testing.T) {
	for _, ordering := range []string{orderPerKey, orderNone} {
		inWorld(t, 4, func(w *world) {
			for _, fault := range []kinesisserver.Fault{
				{RecordPercent: 30},
				{RecordPercent: 5, RecordCode: "InternalFailure"},
				{Percent: 5, Status: 500},
				{Percent: 5, Drop: true},
				{Percent: 10, Delay: 300 * time.Millisecond},
				{Percent: 5, DropAnswer: true},
			} {
				fault.Operation = "PutRecords"
				w.srv.Fault(fault)
			}
			table := w.table(userAndNumber, "sink.ordering", ordering, "sink.batch.max-size", "50", "sink.requests.max-buffered", "300")
			table.PartitionedBy = []string{"usr"}
			writer := w.writer(table)
			for n := range 20 {
				w.must(writer.Write(w.Context(), rowsFrom(n*100, 100)))
			}
			w.must(writer.Flush(w.Context()))
			late, twice := w.disorder()
			if (late == 0) != (ordering == orderPerKey) {
				w.Errorf("%s: %d records come too late", ordering, late)
			}
			if got := len(w.records()); got < 2000 || ordering == orderPerKey && got != 2000+twice {
				w.Errorf("%s: the stream holds %d records, %d of them twice", ordering, got, twice)
			}
			if held := heldKeys(writer); held != 0 {
				w.Errorf("%d keys are still held", held)
			}
		})
	}
}

// A key that waits for its turn does not wait for the flush interval.
func TestRecordsOfAKeyFollowEachOtherAtOnce(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		table := w.table(userAndNumber, "sink.ordering", orderPerKey, "sink.partitioner", spreadFixed)
		writer := w.writer(table)
		w.must(writer.Write(w.Context(), someRows(100)))
		advance(6 * time.Second)
		w.stored(100)
		if calls := w.srv.Calls("PutRecords"); calls != 100 {
			w.Errorf("%d calls for 100 records of one key", calls)
		}
	})
}

// With a queue full of one key, the record at its head goes at once.
func TestFullQueueOfOneKeyDoesNotWait(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		table := w.table(userAndNumber, "sink.ordering", orderPerKey, "sink.partitioner", spreadFixed, "sink.batch.max-size", "5", "sink.requests.max-buffered", "10")
		writer := w.writer(table)
		begun := time.Now()
		w.must(writer.Write(w.Context(), someRows(200)))
		if took := time.Since(begun); took > time.Second {
			w.Errorf("took %v", took)
		}
		w.must(writer.Flush(w.Context()))
		w.stored(200)
	})
}

// What one shard refuses does not hold up the keys of the others.
func TestOtherKeysDoNotWait(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		remove := w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Shard: "shardId-000000000000", RecordPercent: 100})
		table := w.table(userAndNumber, "sink.ordering", orderPerKey)
		table.PartitionedBy = []string{"usr"}
		writer := w.writer(table)
		w.must(writer.Write(w.Context(), someRows(700)))
		advance(30 * time.Second)
		users := map[string]int{}
		for _, r := range w.records() {
			users[*r.PartitionKey]++
		}
		for user, n := range users {
			if n != 100 {
				w.Errorf("%s has %d of 100 records", user, n)
			}
		}
		if len(users) == 0 || len(users) == 7 {
			w.Errorf("records of %d users were stored", len(users))
		}
		remove()
		w.must(writer.Flush(w.Context()))
		w.stored(700)
		if late, twice := w.disorder(); late+twice != 0 {
			w.Error(fmt.Sprint(late, " late, ", twice, " twice"))
		}
	})
}

func heldKeys(opened connector.Writer) int {
	w := opened.(*writer)
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue.held)
}
