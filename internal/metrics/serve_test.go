package metrics_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/connector/blackhole"
	"github.com/penstock-io/penstock/internal/connector/datagen"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/metrics"
)

const script = `
CREATE TABLE numbered (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '5000');
CREATE TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');
CREATE TABLE even (id BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE everything (id BIGINT) WITH ('connector' = 'blackhole');
`

// start starts the statements as a job.
func start(t *testing.T, statements string) *engine.Job {
	t.Helper()
	e := engine.New(engine.Config{Connectors: connector.Registry{datagen.Factory(), blackhole.Factory()}})
	program, err := e.Prepare(&diag.Source{Text: script + statements})
	if err != nil {
		t.Fatal(diag.Render(err))
	}
	job, err := program.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// serve serves the metrics of a job, and returns what scrapes it.
func serve(t *testing.T, status func() engine.Status) (scrape func() string, stop func()) {
	t.Helper()
	addr, stop, err := metrics.Serve(t.Context(), "127.0.0.1:0", status)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return func() string { return get(t, "http://"+addr+metrics.Path, http.StatusOK) }, stop
}

func get(t *testing.T, url string, code int) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != code {
		t.Fatalf("status %d (%v):\n%s", answer.StatusCode, err, body)
	}
	return string(body)
}

// want checks that a scrape has the lines.
func want(t *testing.T, scraped string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(scraped, "\n"+line+"\n") {
			ours := regexp.MustCompile(`(?m)^penstock_.*$`).FindAllString(scraped, -1)
			t.Errorf("no line %s in\n%s", line, strings.Join(ours, "\n"))
		}
	}
}

func TestScrapeOfAJobThatHasEnded(t *testing.T) {
	job := start(t, "INSERT INTO even SELECT id FROM numbered WHERE id % 2 = 0; INSERT INTO everything SELECT id FROM numbered;"+
		"INSERT INTO even VALUES (2), (4); INSERT INTO even VALUES (6);")
	scrape, _ := serve(t, job.Status)
	if err := job.Wait(); err != nil {
		t.Fatal(err)
	}
	want(t, scrape(),
		`penstock_source_records_total{connector="datagen",table="numbered"} 5000`,
		`penstock_source_split_done{split="values",table="VALUES"} 1`,
		`penstock_source_rows_total{split="values",table="VALUES"} 3`,
		`penstock_sink_rows_total{connector="blackhole",table="even"} 2503`,
		`penstock_sink_records_total{connector="blackhole",table="everything"} 5000`,
		`penstock_late_rows_total{table="even"} 0`,
		`penstock_job_state{state="finished"} 1`, `penstock_job_state{state="running"} 0`,
	)
}

func TestScrapeOfAJobThatRuns(t *testing.T) {
	job := start(t, "INSERT INTO everything SELECT id FROM endless;")
	scrape, _ := serve(t, job.Status)
	want(t, scrape(), `penstock_job_state{state="running"} 1`, `penstock_job_state{state="finished"} 0`)
	job.Drain()
	if err := job.Wait(); err != nil {
		t.Fatal(err)
	}
	want(t, scrape(), `penstock_job_state{state="running"} 0`, `penstock_job_state{state="finished"} 1`)
}

func empty() engine.Status { return engine.Status{} }

func TestServeListensOnTheLoopbackAddress(t *testing.T) {
	addr, stop, err := metrics.Serve(t.Context(), ":0", empty)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if host, _, _ := net.SplitHostPort(addr); host != "127.0.0.1" {
		t.Errorf("listens on %s", addr)
	}
	get(t, "http://"+addr+"/", http.StatusNotFound)
}

func TestServeEnds(t *testing.T) {
	gone := func(addr string) {
		t.Helper()
		if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr); err == nil {
			conn.Close()
			t.Errorf("%s still answers", addr)
		}
	}
	addr, stop, err := metrics.Serve(t.Context(), ":0", empty)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	gone(addr)
	stop()

	ctx, cancel := context.WithCancel(t.Context())
	addr, stop, err = metrics.Serve(ctx, ":0", empty)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	stop() // waits for the end that the context began
	gone(addr)
}

func TestServeSaysWhyItCannot(t *testing.T) {
	taken, stop, err := metrics.Serve(t.Context(), ":0", empty)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for addr, want := range map[string]string{
		"9464": "error: \"9464\" is not an address to listen on\n" +
			"  hint: write host:port, such as 127.0.0.1:9464, or :9464 for this machine only\n",
		taken: "error: cannot listen for metrics on " + taken + ": the port is in use\n" +
			"  hint: choose another port, or 0 for any that is free\n",
		"127.0.0.1:99999": "error: cannot listen for metrics: listen tcp: address 99999: invalid port\n",
	} {
		_, _, err := metrics.Serve(t.Context(), addr, empty)
		if err == nil || diag.Render(err) != want {
			t.Errorf("%s: got %v, want %s", addr, err, want)
		}
	}
}
