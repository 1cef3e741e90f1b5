package metrics

import (
	"flag"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/exec/job"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the expected output in testdata")

// flights is the status of a job in the middle of its work.
func flights() engine.Status {
	watermark := time.Date(2001, 1, 31, 12, 0, 0, 500_000_000, time.UTC).UnixMicro()
	ahead := watermark + 250_000
	return engine.Status{
		State: job.Running, Elapsed: 2500 * time.Millisecond,
		Sources: []job.SourceStatus{{
			Table: "flights", Connector: "kinesis", Records: 20_000, Bytes: 2_300_000, BadRecords: 3, BadCauses: map[string]int64{"mismatch": 3}, Retries: 2, Throttles: 1, Foreign: 5, Gaps: 6,
			Watermark: &watermark,
			Splits: []job.SplitStatus{
				{ID: "shardId-000000000000", Rows: 12_000, Records: 12_001, Bytes: 1_300_000, Retries: 2, Throttles: 1, Lag: 1500 * time.Millisecond, Watermark: &ahead},
				{ID: "shardId-000000000001", Rows: 7_997, Records: 7_999, Bytes: 1_000_000, Lag: -1, Idle: true, Watermark: &watermark},
				{ID: "shardId-000000000002", Rows: 3, Done: true},
				{ID: "old \xff.ndjson", Lag: -1},
			},
		}},
		Sinks: []job.SinkStatus{
			{Table: "delays", Connector: "kinesis", Rows: 4561, Records: 4500, Bytes: 500_000, Retries: 11, Throttles: 4},
			{Table: `odd "name"` + "\n", Connector: "kinesis", Bad: 1},
		},
		LateRows:  map[string]int64{"delays": 14},
		Operators: []job.OperatorStatus{{ID: "a", Bytes: 1000}, {ID: "b", Bytes: 24}},
		Checkpoint: &job.CheckpointStatus{
			Completed: 12, Failed: 2, Number: 15, Age: 1500 * time.Millisecond, Duration: 20 * time.Millisecond, Bytes: 900, Written: 100,
		},
		Restarts: 3,
	}
}

// repeated is the status of a job in which tables occur more than once.
func repeated() engine.Status {
	early, late := int64(1_000_000), int64(2_000_000)
	split := func(lag time.Duration, idle, done bool) []job.SplitStatus {
		s := job.SplitStatus{ID: "0", Rows: 10, Records: 11, Bytes: 12, Retries: 13, Throttles: 14, Lag: lag, Idle: idle, Done: done, Watermark: &late}
		if lag == time.Minute {
			s.Watermark = &early
		}
		return []job.SplitStatus{s}
	}
	return engine.Status{
		State: job.Finished, Elapsed: time.Second,
		Sources: []job.SourceStatus{
			{Table: "VALUES", Connector: "values", Records: 1, Splits: split(0, false, true)},
			{Table: "VALUES", Connector: "values", Records: 2, Splits: split(0, false, true)},
			{Table: "a", Connector: "kinesis", Watermark: &late, Splits: split(time.Second, true, true)},
			{Table: "a", Connector: "kinesis", Watermark: &early, Splits: split(time.Minute, false, false)},
			{Table: "a", Connector: "datagen", Watermark: &late, Bytes: 7},
			{Table: "b", Connector: "kinesis", Watermark: &late, Splits: split(time.Second, true, false)},
			{Table: "b", Connector: "kinesis", Splits: split(-1, true, false)},
		},
		Sinks: []job.SinkStatus{
			{Table: "SELECT", Connector: "show", Rows: 1, Records: 1, Bytes: 1, Bad: 1, Retries: 1, Throttles: 1},
			{Table: "SELECT", Connector: "show", Rows: 2, Records: 3, Bytes: 4, Bad: 5, Retries: 6, Throttles: 7},
		},
		LateRows: map[string]int64{"SELECT": 5, "elsewhere": 6},
	}
}

func TestExposition(t *testing.T) {
	ended := flights()
	*ended.Sources[0].Watermark = math.MaxInt64
	ended.State = job.Draining
	for name, status := range map[string]engine.Status{
		"flights": flights(), "repeated": repeated(), "ended": ended, "empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".txt")
			got := exposition(t, status)
			if *rewrite {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs (go test ./internal/metrics -rewrite rewrites it), got:\n%s", path, got)
			}
		})
	}
}

// exposition returns what a scrape of the status alone answers. A pedantic registry refuses series
// that contradict each other or their descriptions.
func exposition(t *testing.T, status engine.Status) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(NewCollector(func() engine.Status { return status })); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, Path, nil)
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func TestNamesAndHelpFollowTheConventions(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(exposition(t, flights()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
}

func TestOneScrapeAsksOnce(t *testing.T) {
	asked := 0
	handler := Handler(func() engine.Status {
		asked++
		return flights()
	})
	if asked != 0 {
		t.Errorf("the status was asked for %d times before the first scrape", asked)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, Path, nil))
	if asked != 1 {
		t.Errorf("the status was asked for %d times, want once", asked)
	}
	for _, want := range []string{"\npenstock_job_state{state=\"running\"} 1\n", "\ngo_goroutines ", "\ngo_info{"} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("no %q in\n%s", want, answer.Body)
		}
	}
}

func TestReferenceHasEveryMetric(t *testing.T) {
	page := Reference()
	for _, m := range table() {
		row := "| `" + m.name + "` | " + m.kindName() + " | "
		if strings.Count(page, row) != 1 {
			t.Errorf("not one row %q in\n%s", row, page)
		}
		if !strings.HasSuffix(m.help, ".") || strings.ContainsAny(m.help, "|\n") {
			t.Errorf("%s: help %q is not a line of a table", m.name, m.help)
		}
	}
}
