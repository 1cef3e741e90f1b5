package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/penstock-io/penstock/internal/engine"
)

// summaryText is what remains on the screen when a job has ended.
func summaryText(word string, f figures, status engine.Status) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s after %s: %s in (%s), %s out (%s)\n",
		word, span(f.elapsed), plural(f.in, "record"), perSecond(f.inRate), plural(f.out, "row"), perSecond(f.outRate))
	writeTable(&out, sourceTable(status))
	writeTable(&out, sinkTable(status))
	for _, operator := range slices.Sorted(maps.Keys(status.LateRows)) {
		if late := status.LateRows[operator]; late > 0 {
			fmt.Fprintf(&out, "%s came after their window had been written: %s\n", plural(late, "row"), operator)
		}
	}
	return out.String()
}

func sourceTable(status engine.Status) [][]string {
	table := [][]string{{"source", "connector", "records", "size", "bad", "retries", "throttles", "lag"}}
	for i, source := range status.Sources {
		table = append(table, []string{
			source.Table, source.Connector, count(source.Records), size(source.Bytes),
			count(source.BadRecords), count(source.Retries), count(source.Throttles), sourceLag(status, i),
		})
	}
	return table
}

func sinkTable(status engine.Status) [][]string {
	table := [][]string{{"sink", "connector", "rows", "records", "size", "bad", "retries", "throttles"}}
	for _, sink := range status.Sinks {
		table = append(table, []string{
			sink.Table, sink.Connector, count(sink.Rows), count(sink.Records), size(sink.Bytes),
			count(sink.Bad), count(sink.Retries), count(sink.Throttles),
		})
	}
	return table
}

func sourceLag(status engine.Status, i int) string {
	f := newFigures(engine.Status{Sources: status.Sources[i : i+1]})
	switch {
	case f.lagSplit == "": // all splits were read to their end
		return span(0)
	case f.lag < 0:
		return "unknown"
	}
	return span(f.lag)
}

// writeTable writes rows in columns, two of names and the others of numbers. The first row is the
// heading; without any other, nothing is written.
func writeTable(out *strings.Builder, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	const names = 2
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < names {
				out.WriteString("  " + cell + padding)
			} else {
				out.WriteString("  " + padding + cell)
			}
		}
		out.WriteByte('\n')
	}
}
