package job

import (
	"context"
	"io"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-io/penstock/internal/batch"
	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// minutesSource has splits whose pages are one row each, with the given minutes as event time; every
// page takes a second.
type minutesSource struct {
	pages map[string][]int64

	mu        sync.Mutex
	delivered []string // split of each page
}

func (s *minutesSource) Splits(context.Context) ([]connector.Split, error) {
	var splits []connector.Split
	for id := range s.pages {
		splits = append(splits, connector.Split{ID: id})
	}
	return splits, nil
}

func (s *minutesSource) DiscoveryInterval() time.Duration { return 0 }

func (s *minutesSource) Progress() string { return "" }

func (s *minutesSource) Close() error { return nil }

func (s *minutesSource) Open(_ context.Context, split connector.Split) (connector.Reader, error) {
	return &minutesReader{source: s, split: split.ID, rest: s.pages[split.ID]}, nil
}

type minutesReader struct {
	source *minutesSource
	split  string
	rest   []int64
}

func (r *minutesReader) Next(ctx context.Context) (connector.Page, error) {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return connector.Page{}, ctx.Err()
	}
	if len(r.rest) == 0 {
		return connector.Page{}, io.EOF
	}
	minute := r.rest[0]
	r.rest = r.rest[1:]
	r.source.mu.Lock()
	defer r.source.mu.Unlock()
	r.source.delivered = append(r.source.delivered, r.split)
	return connector.Page{Rows: batch.New(1, batch.NewFixed([]int64{minute * types.Minute}, nil)), Lag: time.Hour}, nil
}

func (r *minutesReader) Close() error { return nil }

func TestSplitThatIsFarAheadWaitsForTheOthers(t *testing.T) {
	for _, test := range []struct {
		name      string
		lookahead time.Duration
	}{
		{"without a bound", 0},
		{"at most five minutes ahead", 5 * time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &minutesSource{pages: map[string][]int64{"f": {1, 10, 20, 30, 40, 50, 60}, "s": {1, 2, 3, 4, 5, 100}}}
				runAligned(t, source, test.lookahead)
				// A reader may have begun a page when its gate closes, so not before the fourth.
				if fast, slow := position(source.delivered, "f", 3), position(source.delivered, "s", 4); (fast > slow) != (test.lookahead > 0) {
					t.Errorf("delivered %v: the fast split's fourth page is number %d, the slow one's fifth %d", source.delivered, fast, slow)
				}
				if want := len(source.pages["f"]) + len(source.pages["s"]); len(source.delivered) != want {
					t.Errorf("%d pages delivered, want %d", len(source.delivered), want)
				}
			})
		})
	}
}

// position returns when the n-th page of a split was delivered, counted from 0.
func position(delivered []string, split string, n int) int {
	for i, id := range delivered {
		if id == split {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return -1
}

func runAligned(t *testing.T, source *minutesSource, lookahead time.Duration) Status {
	t.Helper()
	table := &catalog.Table{Name: "minutes", Columns: []catalog.Column{{Name: "ts", Type: types.Timestamp3}}}
	factory := &connector.Factory{
		Name:      "minutes",
		EventTime: func(connector.Table) connector.EventTime { return connector.EventTime{Lookahead: lookahead} },
		NewSource: func(context.Context, connector.ScanRequest) (connector.Source, error) { return source, nil },
	}
	scan := &plan.Scan{Table: table, Columns: []int{0}}
	sink := &plan.Sink{Input: &plan.Watermark{Input: scan, Column: 0, Expr: expr.NewColumn(0, "ts", types.Timestamp3)}}
	j, err := Start(t.Context(), []*plan.Sink{sink}, Config{
		Resolve: func(*catalog.Table) (*connector.Factory, connector.Table) {
			return factory, connector.Table{Name: "minutes"}
		},
		Rows: func(int, types.Schema, *batch.Batch) error { return nil }, Zone: time.UTC, Parallelism: 1, IdleTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
	return j.Status()
}

func TestStatusHasTheWatermarkOfEachSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := runAligned(t, &minutesSource{pages: map[string][]int64{"f": {1, 30, 20}, "s": {1, 2}, "none": nil}}, 0)
		got := map[string]int64{}
		for _, split := range status.Sources[0].Splits {
			if split.Watermark != nil {
				got[split.ID] = *split.Watermark / types.Minute
			}
		}
		if want := map[string]int64{"f": 30, "s": 2}; !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
