package cli

import (
	"math"
	"time"

	"github.com/penstock-io/penstock/internal/engine"
)

const (
	// liveInterval is how often the live line is rewritten: often enough to look alive.
	liveInterval = 200 * time.Millisecond
	// rateWindow is the time over which rates are averaged: shorter ones flicker.
	rateWindow = 2 * time.Second
)

// progress shows what a job does: a live line, plain lines, or JSON.
type progress struct {
	console  *console
	json     bool
	live     bool
	interval time.Duration // between two shows; 0: never

	started time.Time
	rates   rates
}

func newProgress(a *app, interval time.Duration) *progress {
	p := &progress{console: a.console, json: a.json(), interval: interval}
	if a.console.canRewrite && !a.json() {
		p.live, p.interval = true, liveInterval
	}
	return p
}

func (p *progress) begin() { p.started = time.Now() }

// note says why something happens.
func (p *progress) note(text string) {
	if p.json {
		p.console.printf("%s", marshal(noteObject{Type: "note", Message: text}))
		return
	}
	p.console.printf("%s\n", text)
}

// noteObject is a remark in JSON output.
type noteObject struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// show shows a snapshot.
func (p *progress) show(status engine.Status, draining bool) {
	f := p.figures(status)
	switch {
	case p.json:
		p.console.printf("%s", marshal(newStatusObject("status", state(draining), f, status)))
	case p.live:
		p.console.setLive(func(width int) string { return f.liveLine(state(draining), width) })
	default:
		p.console.printf("%s\n", f.plainLine(state(draining)))
	}
}

// summary shows the last snapshot, after the job has ended.
func (p *progress) summary(status engine.Status, err error, drained bool) {
	f := p.figures(status)
	f.inRate, f.outRate = rate(f.in, f.elapsed), rate(f.out, f.elapsed)
	word := outcome(err, drained, status.State)
	if p.json {
		p.console.printf("%s", marshal(newStatusObject("summary", word, f, status)))
		return
	}
	p.console.clearLive()
	answered := word == outcomeFinished && onlyShown(status) // a query whose rows say it all
	neverRan := word == outcomeFailed && f.in == 0 && f.out == 0
	if answered || neverRan {
		return
	}
	p.console.printf("%s", summaryText(word, f, status))
	if c := status.Checkpoint; word == outcomeSaved && c != nil {
		p.console.printf("saved as checkpoint %d in %s: the same command goes on from there\n", c.Number, c.Place)
	}
}

// onlyShown reports whether all that the job did was to print rows.
func onlyShown(status engine.Status) bool {
	for _, sink := range status.Sinks {
		if sink.Connector != "show" { // what the engine calls SELECT
			return false
		}
	}
	return true
}

func (p *progress) figures(status engine.Status) figures {
	f := newFigures(status)
	f.elapsed = time.Since(p.started)
	f.inRate, f.outRate = p.rates.add(sample{at: f.elapsed, in: f.in, out: f.out})
	return f
}

// statusObject is the JSON form of a status line and of the summary.
type statusObject struct {
	Type       string  `json:"type"` // status, summary
	State      string  `json:"state"`
	ElapsedMS  int64   `json:"elapsed_ms"`
	RecordsIn  int64   `json:"records_in"`
	RowsOut    int64   `json:"rows_out"`
	InPerSec   float64 `json:"records_in_per_second"`
	OutPerSec  float64 `json:"rows_out_per_second"`
	LateRows   int64   `json:"late_rows"`
	BadRecords int64   `json:"bad_records"`

	Sources any `json:"sources"`
	Sinks   any `json:"sinks"`
}

func newStatusObject(kind, state string, f figures, status engine.Status) statusObject {
	return statusObject{
		Type: kind, State: state, ElapsedMS: f.elapsed.Milliseconds(), RecordsIn: f.in, RowsOut: f.out,
		InPerSec: math.Round(f.inRate*10) / 10, OutPerSec: math.Round(f.outRate*10) / 10,
		LateRows: f.late, BadRecords: f.bad, Sources: status.Sources, Sinks: status.Sinks,
	}
}
