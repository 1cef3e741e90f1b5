package kinesis

import (
	"slices"
	"testing"
	"time"

	"github.com/penstock-io/penstock/kinesisserver"
)

func TestAllowanceGrowsSlowlyAndShrinksSlowly(t *testing.T) {
	a := newAllowance(500, 2)
	var got []int
	for range 3 {
		a.grow()
		got = append(got, a.records)
	}
	for range 100 {
		a.grow()
	}
	got = append(got, a.records)
	for range 3 {
		a.shrink()
		got = append(got, a.records)
	}
	if want := []int{510, 520, 530, 1000, 990, 980, 970}; !slices.Equal(got, want) {
		t.Errorf("got %d, want %d", got, want)
	}
	a = newAllowance(1, 1)
	if a.shrink(); a.records != 1 {
		t.Errorf("%d records may be on their way", a.records)
	}
}

func TestRecordsOnTheirWayFollowTheAllowance(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		remove := w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", Delay: time.Second})
		writer := w.writer(w.table(userAndNumber, "sink.batch.max-size", "10", "sink.requests.max-inflight", "8"))
		w.must(writer.Write(w.Context(), someRows(1000)))
		var got []int
		for before := 0; len(got) < 6; advance(time.Second) {
			advance(10 * time.Millisecond)
			calls := w.srv.Calls("PutRecords")
			got, before = append(got, calls-before), calls
		}
		if want := []int{1, 2, 4, 8, 8, 8}; !slices.Equal(got, want) {
			w.Errorf("requests in each second: got %d, want %d", got, want)
		}
		remove()
		w.must(writer.Flush(w.Context()))
		w.stored(1000)
	})
}

// Under throttles a writer asks for less and less, and for more again when they are over.
func TestThrottlesShrinkTheAllowance(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		wr := w.writer(w.table(userAndNumber, "sink.batch.max-size", "100")).(*writer)
		allowed := func() int {
			wr.mu.Lock()
			defer wr.mu.Unlock()
			return wr.allowance.records
		}
		w.must(wr.Write(w.Context(), someRows(5000)))
		w.must(wr.Flush(w.Context()))
		high := allowed()
		remove := w.srv.Fault(kinesisserver.Fault{Operation: "PutRecords", RecordPercent: 100})
		w.must(wr.Write(w.Context(), rowsFrom(5000, 5000)))
		advance(5 * time.Minute)
		low := allowed()
		remove()
		w.must(wr.Flush(w.Context()))
		if high <= 500 || low >= high/2 || allowed() <= low {
			w.Errorf("%d records may be on their way before, %d under throttles, %d after", high, low, allowed())
		}
		w.stored(10_000)
	})
}
