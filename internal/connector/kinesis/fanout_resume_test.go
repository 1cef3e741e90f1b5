package kinesis

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/connector"
)

// A job may change from polling to fan-out and back at any page.
func TestFanOutAndPollingResumeEachOthersPositions(t *testing.T) {
	for _, first := range []string{publisherPolling, publisherFanOut} {
		for _, then := range []string{publisherPolling, publisherFanOut} {
			t.Run(first+" "+then, func(t *testing.T) {
				inWorld(t, 1, func(w *world) { resumeEverywhere(w, first, then) }, pushed...)
			})
		}
	}
}

func resumeEverywhere(w *world, first, then string) {
	src := w.open(w.table(userAndNumber, keyPublisher, first))
	splits, err := src.Splits(w.Context())
	w.must(err)
	reader, err := src.Open(w.Context(), splits[0])
	w.must(err)
	defer reader.Close()
	type place struct {
		position checkpoint.Position
		behind   int // records
	}
	places := []place{{splits[0].From, 0}, {"AT_TIMESTAMP:0", 0}}
	var want []string
	for n := range 8 {
		want = append(want, w.put("a", n))
		for delivered := 0; delivered == 0; { // pages without rows have positions as well
			page, err := reader.Next(w.Context())
			w.must(err)
			delivered = len(rows(page.Rows, userAndNumber))
			places = append(places, place{page.Position, n + delivered})
		}
		advance(2 * time.Minute)
	}
	w.must(w.srv.Reshard(streamName, 2))
	for err == nil {
		var page connector.Page
		page, err = reader.Next(w.Context())
		if err == nil {
			places = append(places, place{page.Position, len(want)})
		}
	}
	if last := places[len(places)-1].position; last != "SHARD_END" {
		w.Fatalf("ended at %q", last)
	}
	for _, p := range places {
		src := w.open(w.table(userAndNumber, keyPublisher, then, keyConsumerName, "another"))
		got := w.rest(src, connector.Split{ID: splits[0].ID, From: p.position})
		if !slices.Equal(got, want[p.behind:]) {
			w.Errorf("at %q got %q, want %q", p.position, got, want[p.behind:])
		}
		w.must(src.Close())
	}
}

// rest reads a split to its end.
func (w *world) rest(src connector.Source, split connector.Split) (got []string) {
	w.Helper()
	reader, err := src.Open(w.Context(), split)
	w.must(err)
	defer reader.Close()
	for {
		page, err := reader.Next(w.Context())
		if errors.Is(err, io.EOF) {
			return got
		}
		w.must(err)
		got = append(got, rows(page.Rows, userAndNumber)...)
	}
}
