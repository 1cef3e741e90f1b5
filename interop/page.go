package main

import (
	"fmt"
	"strings"
)

// page returns docs/reference/interop.md. It depends on nothing but the outcomes: no times, no paths.
func page(outcomes []*outcome) string {
	var out strings.Builder
	out.WriteString(`<!-- Written by make interop from what the clients reported. -->

# Clients of ` + "`penstock kinesis`" + `

What clients that others wrote do with the built-in Kinesis server. Each runs the same scenario with
its retries switched off; a cell is ` + "`ok`" + ` when everything in the last column held. A dash means that this
version of the client does not offer the operation.

| | client | library | wire |
|---|---|---|---|
`)
	for i, o := range outcomes {
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", letter(i), o.client.title, o.version, o.client.wire)
	}
	out.WriteString("\n| operation |")
	for i := range outcomes {
		fmt.Fprintf(&out, " %s |", letter(i))
	}
	out.WriteString(" what holds |\n|---|" + strings.Repeat("---|", len(outcomes)) + "---|\n")
	for _, op := range operations {
		fmt.Fprintf(&out, "| %s |", op.name)
		for _, o := range outcomes {
			text := string(o.cells[op.name].verdict)
			if o.cells[op.name].verdict == notOffered {
				text = "–"
			}
			fmt.Fprintf(&out, " %s |", text)
		}
		fmt.Fprintf(&out, " %s |\n", op.proves)
	}
	out.WriteString("\n| |")
	for i := range outcomes {
		fmt.Fprintf(&out, " %s |", letter(i))
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(outcomes)) + "\n")
	total := func(title string, which func(ok, bad int) int) {
		fmt.Fprintf(&out, "| %s |", title)
		for _, o := range outcomes {
			fmt.Fprintf(&out, " %d |", which(o.count()))
		}
		out.WriteString("\n")
	}
	total("ok", func(ok, _ int) int { return ok })
	total("FAIL", func(_, bad int) int { return bad })
	out.WriteString(`
The five operations on channels (CreateChannel and so on) are not part of the server. The AWS CLI of
Debian 12 is older than the variable AWS_ENDPOINT_URL_KINESIS: it needs the option --endpoint-url.
`)
	return out.String()
}

func letter(i int) string { return string(rune('A' + i)) }
