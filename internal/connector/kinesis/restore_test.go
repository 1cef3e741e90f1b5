package kinesis

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/connector"
)

// life is a source with all that its successor is told.
type life struct {
	*world
	src   connector.Source
	known []connector.Split
}

// begin opens a table anew, or as one that was opened before has left it, and lists its shards.
func (w *world) begin(table connector.Table, before *life, done ...string) *life {
	w.Helper()
	request := connector.ScanRequest{Table: table, Columns: table.Columns, Logger: w.logger(), Meter: &w.meter, Zone: time.UTC}
	l := &life{world: w}
	if before != nil {
		request.Restored = &connector.Progress{Source: before.src.Progress(), Done: done}
		for _, split := range before.known {
			if !slices.Contains(done, split.ID) {
				request.Restored.Splits = append(request.Restored.Splits, split)
			}
		}
		l.known = request.Restored.Splits
	}
	var err error
	l.src, err = w.factory.NewSource(w.Context(), request)
	w.must(err)
	w.Cleanup(func() { w.must(l.src.Close()) })
	if before == nil {
		l.known, err = l.src.Splits(w.Context())
		w.must(err)
	}
	return l
}

// run reads what the life knows, and what it finds.
func (l *life) run() *job {
	j := l.newJob(l.src, userAndNumber)
	j.mu.Lock()
	j.add(l.known)
	j.mu.Unlock()
	j.discover()
	return j
}

// LATEST is a moment of the first life: what arrives after it is read, though nothing was read before
// the job ended, and though it is in shards that nobody has seen.
func TestRestoredLatestLosesNothing(t *testing.T) {
	for _, how := range [][]string{nil, pushed} {
		inWorld(t, 2, func(w *world) {
			w.put("too early", 0)
			advance(10 * time.Second)
			table := w.table(userAndNumber, append(slices.Clone(how), "scan.stream.initpos", "LATEST")...)
			first := w.begin(table, nil)
			advance(time.Minute)
			var want []string
			for n := range 10 {
				want = append(want, w.put(string(rune('a'+n)), n))
			}
			w.must(w.srv.Reshard(streamName, 5))
			for n := range 10 {
				want = append(want, w.put(string(rune('a'+n)), 10+n))
			}
			advance(time.Hour)
			j := w.begin(table, first).run()
			advance(10 * time.Second)
			j.want(want...)
			j.wantOrder()
		})
	}
}

// The bound of a reading is a moment of the first life, too.
func TestRestoredBoundStays(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		table := w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON", "scan.bounded.mode", "latest")
		want := []string{w.put("a", 1), w.put("b", 2), w.put("c", 3)}
		advance(time.Minute)
		first := w.begin(table, nil)
		advance(time.Minute)
		for n := range 10 {
			w.put(string(rune('a'+n)), 10+n)
		}
		j := w.begin(table, first).run()
		advance(time.Minute)
		j.want(want...)
		if got := len(j.state().done); got != 2 {
			w.Errorf("%d of 2 shards have ended", got)
		}
	})
}

// Shards that were read to their end are not opened again, and their children need not wait for them.
func TestRestoredShardsThatWereRead(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		table := w.table(userAndNumber, "scan.stream.initpos", "TRIM_HORIZON")
		w.put("a", 1)
		first := w.begin(table, nil)
		w.must(w.srv.Reshard(streamName, 2))
		want := []string{w.put("a", 2), w.put("b", 3)}
		j := w.begin(table, first, first.known[0].ID).run()
		advance(10 * time.Second)
		j.want(want...)
	})
}

// What the first life would have read and the stream has not kept is said.
func TestRestoredLatestReportsWhatIsGone(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		table := w.table(userAndNumber, "scan.stream.initpos", "LATEST")
		first := w.begin(table, nil)
		w.put("lost", 1)
		advance(30 * time.Hour)
		want := w.put("kept", 2)
		j := w.begin(table, first).run()
		advance(10 * time.Second)
		j.want(want)
		if got := w.meter.Gaps.Load(); got != 1 {
			w.Errorf("%d gaps were reported", got)
		}
	})
}

func TestRestoredProgressMustBeReadable(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		for _, text := range []string{"", "{", `{"start":"YESTERDAY"}`, `{"start":""}`} {
			table := w.table(userAndNumber)
			src, err := w.factory.NewSource(w.Context(), connector.ScanRequest{Table: table, Columns: table.Columns, Meter: &w.meter, Restored: &connector.Progress{Source: text}})
			if err == nil {
				err = errors.Join(src.Close())
				w.Errorf("%q is taken: %v", text, err)
			}
		}
	})
}
