package main

import (
	"cmp"
	"fmt"
	"strings"
)

// verdict is what a client said about an operation.
type verdict string

const (
	passed     verdict = "ok"
	failed     verdict = "FAIL"
	notOffered verdict = "not offered"
)

// noResult is the detail of an operation that a client has said nothing about.
const noResult = "no result"

// cell is a verdict with its explanation.
type cell struct {
	verdict verdict
	detail  string
}

// outcome is a column of the table, filled.
type outcome struct {
	client  client
	version string
	cells   map[string]cell // by name of operation
	// problems are failures that belong to no operation.
	problems []string
}

func newOutcome(c client) *outcome {
	return &outcome{client: c, cells: make(map[string]cell)}
}

// read takes in what a client printed. Lines without a bar are its own business.
func (o *outcome) read(output string) {
	for line := range strings.Lines(output) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), "|")
		if !ok {
			continue
		}
		word, detail, _ := strings.Cut(rest, "|")
		switch {
		case name == "version":
			o.version = rest
		case !isOperation(name):
			o.problem("unknown operation in %q", line)
		case !o.client.offers(name):
			o.problem("%s is said not to be offered, but there is a result: %s", name, rest)
		case o.cells[name].verdict != "":
			o.problem("%s has two results", name)
		case word == string(passed):
			o.cells[name] = cell{passed, detail}
		case word == string(failed):
			o.cells[name] = cell{failed, detail}
		default:
			o.problem("neither ok nor FAIL in %q", line)
		}
	}
}

// finish fills the cells that the client has said nothing about; why says why that may be, "" for
// no reason.
func (o *outcome) finish(why string) {
	for _, op := range operations {
		switch {
		case !o.client.offers(op.name):
			o.cells[op.name] = cell{notOffered, ""}
		case o.cells[op.name].verdict == "":
			o.cells[op.name] = cell{failed, noResult}
		}
	}
	if o.version == "" {
		o.version = "unknown version"
		why = cmp.Or(why, "the client says no version")
	}
	if why != "" {
		o.problem("%s", why)
	}
}

func (o *outcome) problem(format string, args ...any) {
	o.problems = append(o.problems, fmt.Sprintf(format, args...))
}

// count returns how many operations passed and how much failed.
func (o *outcome) count() (ok, bad int) {
	for _, c := range o.cells {
		switch c.verdict {
		case passed:
			ok++
		case failed:
			bad++
		}
	}
	return ok, bad + len(o.problems)
}

// failures lists what failed, a line each; operations without a result share one.
func (o *outcome) failures() []string {
	var lines, silent []string
	for _, op := range operations {
		switch c := o.cells[op.name]; {
		case c.verdict == failed && c.detail == noResult:
			silent = append(silent, op.name)
		case c.verdict == failed:
			lines = append(lines, fmt.Sprintf("%s|%s|%s|%s", o.client.name, op.name, c.verdict, c.detail))
		}
	}
	if len(silent) > 0 {
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s", o.client.name, strings.Join(silent, ", "), failed, noResult))
	}
	for _, problem := range o.problems {
		lines = append(lines, fmt.Sprintf("%s||%s|%s", o.client.name, failed, problem))
	}
	return lines
}

func isOperation(name string) bool {
	for _, op := range operations {
		if op.name == name {
			return true
		}
	}
	return false
}
