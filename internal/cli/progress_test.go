package cli

import (
	"math"
	"testing"
	"time"

	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/exec/job"
)

// flightsStatus is a job in the middle of its work.
func flightsStatus() engine.Status {
	watermark := int64(983_000_000_000_000) // 2001-02-24 07:33:20
	return engine.Status{
		State: job.Running,
		Sources: []job.SourceStatus{{
			Table: "flights", Connector: "kinesis", Records: 12345, Bytes: 1_400_000, BadRecords: 2, Retries: 1, Throttles: 9, Watermark: &watermark,
			Splits: []job.SplitStatus{
				{ID: "shardId-000000000000", Rows: 3000, Throttles: 2},
				{ID: "shardId-000000000012", Rows: 9000, Throttles: 7, Lag: 1500 * time.Millisecond},
				{ID: "shardId-000000000003", Rows: 345, Lag: time.Hour, Done: true},
			},
		}},
		Sinks:    []job.SinkStatus{{Table: "delays", Connector: "kinesis", Rows: 2800, Records: 2700, Bytes: 280_000, Throttles: 3}},
		LateRows: map[string]int64{"tumble(flight_time, 1 day)": 7},
	}
}

func fixedFigures() figures {
	f := newFigures(flightsStatus())
	f.elapsed, f.inRate, f.outRate = 83*time.Second, 2500, 3.25
	return f
}

func TestLiveLineKeepsWhatTellsMost(t *testing.T) {
	f := fixedFigures()
	for _, test := range []struct {
		width int
		want  string
	}{
		{200, "running  in 2,500/s  out 3.2/s  total 12,345  lag 1.5 s (shard 12)  watermark 2001-02-24 07:33:20  7 late, 2 bad  12 throttled (most: shard 12)  2 shards  1 min 23 s"},
		{100, "running  in 2,500/s  out 3.2/s  total 12,345  lag 1.5 s (shard 12)  watermark 2001-02-24 07:33:20"},
		{79, "running  in 2,500/s  out 3.2/s  total 12,345  lag 1.5 s (shard 12)"},
		{40, "running  in 2,500/s  out 3.2/s"},
		{10, "running  i"},
	} {
		if got := f.liveLine("running", test.width); got != test.want {
			t.Errorf("width %d:\ngot  %q\nwant %q", test.width, got, test.want)
		}
	}
}

func TestPlainLine(t *testing.T) {
	want := "draining for 1 min 23 s: 12,345 records in (2,500/s), 2,800 rows out (3.2/s), lag 1.5 s (shard 12), 2 shards, watermark 2001-02-24 07:33:20, 7 late, 2 bad, 12 throttled (most: shard 12)"
	if got := fixedFigures().plainLine("draining"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = "running for 0 s: 0 records in (0/s), 0 rows out (0/s), 0 splits, 0 late, 0 bad"
	if got := newFigures(engine.Status{}).plainLine("running"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSummary(t *testing.T) {
	golden(t, "summary.txt", summaryText("drained", fixedFigures(), flightsStatus()))
}

func TestFiguresOfSeveralSources(t *testing.T) {
	early, late := int64(1_000_000), int64(2_000_000)
	f := newFigures(engine.Status{Sources: []job.SourceStatus{
		{Connector: "datagen", Records: 1, Watermark: &late, Splits: []job.SplitStatus{{ID: "0", Lag: -1}}},
		{Connector: "file", Records: 2, Watermark: &early, Splits: []job.SplitStatus{{ID: "a", Lag: time.Second}}},
	}})
	if f.in != 3 || f.watermark != early || f.lagText() != "lag unknown" || f.splitWord != "split" {
		t.Errorf("got %+v", f)
	}
	end := int64(math.MaxInt64)
	f = newFigures(engine.Status{Sources: []job.SourceStatus{{Watermark: &end, Splits: []job.SplitStatus{{ID: "a", Done: true}}}}})
	if f.watermarkText() != "watermark at the end" || f.lagText() != "" {
		t.Errorf("got %+v", f)
	}
}

func TestShortSplit(t *testing.T) {
	for id, want := range map[string]string{
		"shardId-000000000000": "shard 0", "shardId-000000000120": "shard 120", "part-1.json": "part-1.json", "shardId-": "shard 0",
	} {
		if got := shortSplit(id); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

func TestRatesAreThoseOfTheLastSeconds(t *testing.T) {
	var r rates
	if in, out := r.add(sample{at: time.Second, in: 100, out: 10}); in != 100 || out != 10 {
		t.Errorf("first sample: got %v, %v", in, out)
	}
	var in float64
	for i := range 50 { // from here on twice as fast
		in, _ = r.add(sample{at: time.Second + time.Duration(i+1)*liveInterval, in: 100 + int64(i+1)*40})
	}
	if in != 200 {
		t.Errorf("after a while: got %v, want 200", in)
	}
	if len(r.samples) > 20 {
		t.Errorf("%d samples are kept", len(r.samples))
	}
}

func TestRatesOfSamplesThatAreFarApart(t *testing.T) {
	var r rates
	r.add(sample{at: 5 * time.Second, in: 1000})
	if in, _ := r.add(sample{at: 10 * time.Second, in: 1500}); in != 100 {
		t.Errorf("got %v, want 100", in)
	}
}
