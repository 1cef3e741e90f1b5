// Package metrics shows a running job to Prometheus.
//
// It owns the names, labels and help texts of all metrics, in one table from which both the answer
// to a scrape and the reference page come, and the HTTP server that answers. It counts nothing
// itself: a scrape asks for the job's status once, and between scrapes nothing happens.
//
// Invariant: no two series of an answer have the same name and labels, whatever the status holds.
package metrics

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/penstock-io/penstock/internal/engine"
)

// metric is one row of the table of metrics.
type metric struct {
	name   string
	kind   prometheus.ValueType
	labels []string
	help   string
	// series gives every series of the metric to emit, each with the values of its labels.
	series func(s *snapshot, emit emitFunc)
}

// emitFunc takes the value of one series and the values of its labels.
type emitFunc func(value float64, labels ...string)

// kindName returns what Prometheus calls the kind.
func (m metric) kindName() string {
	if m.kind == prometheus.CounterValue {
		return "counter"
	}
	return "gauge"
}

// jobCollector is a prometheus.Collector over the status of a job.
type jobCollector struct {
	status  func() engine.Status
	metrics []metric
	descs   []*prometheus.Desc // of the metrics, in their order
}

// NewCollector returns a collector that asks for the status once per scrape.
func NewCollector(status func() engine.Status) prometheus.Collector {
	c := &jobCollector{status: status, metrics: table()}
	for _, m := range c.metrics {
		c.descs = append(c.descs, prometheus.NewDesc(m.name, m.help, m.labels, nil))
	}
	return c
}

// Describe sends the description of every metric.
func (c *jobCollector) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range c.descs {
		out <- desc
	}
}

// Collect sends every series that the status has.
func (c *jobCollector) Collect(out chan<- prometheus.Metric) {
	s := newSnapshot(c.status())
	for i, m := range c.metrics {
		m.series(s, func(value float64, labels ...string) {
			for n, label := range labels {
				labels[n] = printable(label)
			}
			out <- prometheus.MustNewConstMetric(c.descs[i], m.kind, value, labels...)
		})
	}
}

// printable escapes what is not UTF-8, which labels have to be: the split of a file is its name, and
// that may hold any bytes.
func printable(label string) string {
	if utf8.ValidString(label) {
		return label
	}
	return strings.Trim(strconv.Quote(label), `"`)
}

// Reference returns the reference page of the metrics, in Markdown.
func Reference() string {
	var out strings.Builder
	out.WriteString("# Metrics\n\nWhat a running job shows to Prometheus. " +
		"The figures of tables that are read or written more than once in a job are put together.\n\n" +
		"| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, m := range table() {
		labels := "none"
		if len(m.labels) > 0 {
			labels = "`" + strings.Join(m.labels, "`, `") + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", m.name, m.kindName(), labels, m.help)
	}
	out.WriteString("\nBesides these, the metrics of the Go runtime (`go_*`) and of the process (`process_*`, where the system " +
		"has them), under the names that the Go client of Prometheus gives them.\n")
	return out.String()
}
