package cli

import (
	"fmt"
	"time"
)

// putProgress shows how far put is.
type putProgress struct {
	console  *console
	input    *input
	interval time.Duration // 0: nothing is shown

	started, shown time.Time
	rates          rates
}

func newPutProgress(a *app, always bool, in *input) *putProgress {
	p := &putProgress{console: a.console, input: in}
	switch {
	case a.console.canRewrite && !a.json():
		p.interval = liveInterval
	case always:
		p.interval = plainInterval
	}
	return p
}

func (p *putProgress) begin() { p.started = time.Now(); p.shown = p.started }

func (p *putProgress) show(state *putter) {
	now := time.Now()
	if p.interval == 0 || now.Sub(p.shown) < p.interval {
		return
	}
	p.shown = now
	elapsed := now.Sub(p.started)
	perSec, _ := p.rates.add(sample{at: elapsed, in: state.records})
	parts := putLine(state, perSec, p.input.size, p.input.read.Load(), elapsed)
	if p.console.canRewrite {
		p.console.setLive(func(width int) string { return fit(parts, []int{3, 2, 4}, width) })
		return
	}
	p.console.printf("%s\n", joinParts(parts, ", "))
}

// putLine returns the parts of the progress line: records, rate, share, time left, retries. How long
// it will take follows from how much of the input has been read, if its size is known.
func putLine(state *putter, perSec float64, length, read int64, elapsed time.Duration) []string {
	parts := make([]string, 5)
	parts[0] = plural(state.records, "record") + " put"
	parts[1] = perSecond(perSec)
	if length > 0 && read > 0 {
		share := min(float64(read)/float64(length), 1)
		left := time.Duration(float64(elapsed) * (1 - share) / share)
		parts[2] = fmt.Sprintf("%.0f%%", share*100)
		parts[3] = span(left.Truncate(time.Second)) + " left"
	}
	if state.retried > 0 {
		parts[4] = count(state.retried) + " sent again"
	}
	return parts
}

// putSummary is the JSON form of what put did.
type putSummary struct {
	Stream    string `json:"stream"`
	Records   int64  `json:"records"`
	Bytes     int64  `json:"bytes"`
	Retried   int64  `json:"retried"`
	ElapsedMS int64  `json:"elapsed_ms"`
}

// finish says what was put, also when the rest failed.
func (p *putter) finish(a *app, stream string, fault error) error {
	elapsed := time.Since(p.progress.started)
	a.console.clearLive()
	if a.json() {
		err := a.printJSON(putSummary{Stream: stream, Records: p.records, Bytes: p.bytes, Retried: p.retried, ElapsedMS: elapsed.Milliseconds()})
		if fault != nil {
			return fault
		}
		return err
	}
	if fault != nil && p.records == 0 {
		return fault
	}
	again := ""
	if p.retried > 0 {
		again = ", " + count(p.retried) + " of them sent again"
	}
	a.console.printf("put %s (%s) into %s in %s, %s%s\n", plural(p.records, "record"), size(p.bytes), stream,
		span(elapsed), perSecond(rate(p.records, elapsed)), again)
	return fault
}
