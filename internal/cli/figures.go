package cli

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/engine"
)

// figures are the numbers of a status line.
type figures struct {
	elapsed         time.Duration
	in, out         int64
	inRate, outRate float64
	lag             time.Duration // of the worst split; negative: unknown
	lagSplit        string
	splits          int
	splitWord       string // what the splits are called
	watermark       int64  // smallest of the sources'; math.MinInt64: none
	late, bad       int64
	throttles       int64  // of all tables, read and written
	throttledSplit  string // that was throttled most; empty: none
}

func newFigures(status engine.Status) figures {
	f := figures{in: recordsRead(status), splitWord: "split", watermark: math.MinInt64}
	for _, sink := range status.Sinks {
		f.out += sink.Rows
		f.bad += sink.Bad
		f.throttles += sink.Throttles
	}
	for _, rows := range status.LateRows {
		f.late += rows
	}
	most := int64(0)
	for _, source := range status.Sources {
		f.bad += source.BadRecords
		f.throttles += source.Throttles
		if source.Connector == "kinesis" {
			f.splitWord = "shard"
		}
		if source.Watermark != nil && (f.watermark == math.MinInt64 || *source.Watermark < f.watermark) {
			f.watermark = *source.Watermark
		}
		for _, split := range source.Splits {
			if split.Throttles > most {
				most, f.throttledSplit = split.Throttles, split.ID
			}
			if split.Done {
				continue
			}
			f.splits++
			if f.lagSplit == "" || (f.lag >= 0 && (split.Lag < 0 || split.Lag > f.lag)) {
				f.lag, f.lagSplit = split.Lag, split.ID
			}
		}
	}
	return f
}

// liveLine returns the figures in at most width characters, the most telling ones if not all fit.
func (f figures) liveLine(state string, width int) string {
	const (
		statePart = iota
		inPart
		outPart
		totalPart
		lagPart
		watermarkPart
		badPart
		throttlesPart
		splitsPart
		elapsedPart
	)
	parts := []string{
		statePart: state, inPart: "in " + perSecond(f.inRate), outPart: "out " + perSecond(f.outRate),
		totalPart: "total " + count(f.in), lagPart: f.lagText(), watermarkPart: f.watermarkText(),
		badPart: f.badText(), throttlesPart: f.throttlesText(), splitsPart: plural(f.splits, f.splitWord), elapsedPart: span(f.elapsed.Truncate(time.Second)),
	}
	return fit(parts, []int{elapsedPart, splitsPart, badPart, throttlesPart, watermarkPart, totalPart, lagPart, outPart}, width)
}

// plainLine returns the figures as a line for a log.
func (f figures) plainLine(state string) string {
	parts := []string{
		plural(f.in, "record") + " in (" + perSecond(f.inRate) + ")", plural(f.out, "row") + " out (" + perSecond(f.outRate) + ")",
		f.lagText(), plural(f.splits, f.splitWord), f.watermarkText(), f.badText(), f.throttlesText(),
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return state + " for " + span(f.elapsed.Truncate(time.Second)) + ": " + strings.Join(parts, ", ")
}

func (f figures) lagText() string {
	switch {
	case f.lagSplit == "":
		return ""
	case f.lag < 0:
		return "lag unknown"
	case f.lag == 0 || f.splits == 1:
		return "lag " + span(f.lag)
	}
	return "lag " + span(f.lag) + " (" + shortSplit(f.lagSplit) + ")"
}

// shortSplit shortens the name of a shard, shardId-000000000003, to what tells it from others.
func shortSplit(id string) string {
	digits, ok := strings.CutPrefix(id, "shardId-")
	if !ok {
		return id
	}
	return "shard " + cmp.Or(strings.TrimLeft(digits, "0"), "0")
}

func (f figures) watermarkText() string {
	switch f.watermark {
	case math.MinInt64:
		return ""
	case math.MaxInt64:
		return "watermark at the end"
	}
	return "watermark " + time.UnixMicro(f.watermark).UTC().Format("2006-01-02 15:04:05")
}

func (f figures) badText() string { return count(f.late) + " late, " + count(f.bad) + " bad" }

// throttlesText names the split that was throttled most, if reading was throttled at all.
func (f figures) throttlesText() string {
	switch {
	case f.throttles == 0:
		return ""
	case f.throttledSplit == "":
		return count(f.throttles) + " throttled"
	}
	return count(f.throttles) + " throttled (most: " + shortSplit(f.throttledSplit) + ")"
}

// sample is what had been done at a moment.
type sample struct {
	at      time.Duration
	in, out int64
}

// rates averages over rateWindow, or since the sample before if that is longer ago.
type rates struct{ samples []sample }

func (r *rates) add(s sample) (in, out float64) {
	r.samples = append(r.samples, s)
	for len(r.samples) > 2 && s.at-r.samples[1].at >= rateWindow {
		r.samples = r.samples[1:]
	}
	first := r.samples[0]
	if len(r.samples) == 1 {
		first = sample{}
	}
	return rate(s.in-first.in, s.at-first.at), rate(s.out-first.out, s.at-first.at)
}
