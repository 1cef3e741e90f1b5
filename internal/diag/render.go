package diag

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// Source is a named text, such as a SQL script, that spans point into.
type Source struct {
	Name string // file name, or empty
	Text string
}

// Position returns the 1-based line and column (in characters) of a byte offset.
func (s *Source) Position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.Text))
	before := s.Text[:offset]
	line = strings.Count(before, "\n") + 1
	start := strings.LastIndexByte(before, '\n') + 1
	return line, utf8.RuneCountInString(before[start:]) + 1
}

// line returns the text of the line that holds offset, and where it starts.
func (s *Source) line(offset int) (text string, start int) {
	offset = min(max(offset, 0), len(s.Text))
	start = strings.LastIndexByte(s.Text[:offset], '\n') + 1
	end := len(s.Text)
	if i := strings.IndexByte(s.Text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	return strings.TrimSuffix(s.Text[start:end], "\r"), start
}

// All yields every Error inside err, looking through joined errors. An error that is not an Error
// and wraps none yields nothing.
func All(err error) iter.Seq[*Error] {
	return func(yield func(*Error) bool) { walk(err, yield) }
}

func walk(err error, yield func(*Error) bool) bool {
	if err == nil {
		return true
	}
	if e, ok := err.(*Error); ok { //nolint:errorlint // the chain is walked by hand, one link at a time
		return yield(e)
	}
	switch u := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			if !walk(inner, yield) {
				return false
			}
		}
		return true
	case interface{ Unwrap() error }:
		return walk(u.Unwrap(), yield)
	}
	return true
}

// maxRenderedLine bounds the source line that is printed under a message, in characters.
const maxRenderedLine = 160

// Render returns the text that a user sees: one block per error, each with its message, the
// source line with the faulty part underlined, and the hint. It ends with a newline.
func Render(err error) string {
	var out strings.Builder
	joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err)
	if ok {
		for _, inner := range joined.Unwrap() {
			out.WriteString(Render(inner))
		}
		return out.String()
	}
	fmt.Fprintf(&out, "error: %s\n", err)
	if e, ok := errors.AsType[*Error](err); ok {
		e.renderSource(&out)
		if e.Hint != "" {
			fmt.Fprintf(&out, "  hint: %s\n", strings.ReplaceAll(e.Hint, "\n", "\n        "))
		}
	}
	return out.String()
}

func (e *Error) renderSource(out *strings.Builder) {
	if e.Source == nil || e.Span.IsZero() {
		return
	}
	text, start := e.Source.line(e.Span.Start)
	from := min(e.Span.Start-start, len(text))
	to := max(min(e.Span.End-start, len(text)), from)
	before := utf8.RuneCountInString(text[:from])
	marked := max(utf8.RuneCountInString(text[from:to]), 1)
	runes := []rune(strings.ReplaceAll(text, "\t", " "))
	if len(runes) > maxRenderedLine { // keep the marked part in view
		cut := max(0, min(before-maxRenderedLine/4, len(runes)-maxRenderedLine))
		runes = runes[cut:min(cut+maxRenderedLine, len(runes))]
		before -= cut
		marked = max(1, min(marked, maxRenderedLine-before))
	}
	fmt.Fprintf(out, "  %s\n  %s%s\n", string(runes), strings.Repeat(" ", before), strings.Repeat("~", marked))
}
