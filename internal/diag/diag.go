// Package diag is how Penstock says that something is wrong: what, where and what to do next.
//
// It owns source positions, error kinds and their exit codes and HTTP statuses, the text with the
// caret that users see, and the search for the nearest name. It knows nothing of SQL or Kinesis.
//
// Invariant: everything that a user may see as an error is, or wraps, an *Error.
package diag

import (
	"errors"
	"fmt"
)

// Span is a half-open range of byte offsets in a source text. Start and End of 0 mean "no position".
type Span struct {
	Start, End int
	// Source is the text. It travels with the place, because what was written in one script is bound
	// and evaluated as part of another: a view, an option of a table. nil: not known.
	Source *Source
}

// IsZero reports whether the span carries no position.
func (s Span) IsZero() bool { return s.Start == 0 && s.End == 0 }

// To returns the smallest span that covers s and t, of the same text; a zero span is ignored.
func (s Span) To(t Span) Span {
	switch {
	case s.IsZero():
		return t
	case t.IsZero():
		return s
	}
	return Span{Start: min(s.Start, t.Start), End: max(s.End, t.End), Source: s.Source}
}

// Error is an error with its kind, its place in a source text, and the next step for the user.
type Error struct {
	Kind   Kind
	Msg    string // lower case, no trailing dot, values quoted
	Span   Span   // zero: the error has no place in the source
	Hint   string // what to do next, on one or several lines; empty: nothing to suggest
	Err    error  // cause; may be nil
	Source *Source
}

// Errorf makes an Error of the kind at the span. A %w verb sets the cause.
func Errorf(kind Kind, span Span, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Msg: err.Error(), Span: span, Err: errors.Unwrap(err), Source: span.Source}
}

// At sets the place, with the text that it is in, and returns e.
func (e *Error) At(span Span) *Error {
	e.Span, e.Source = span, span.Source
	return e
}

// WithHint sets the next step and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Error returns the message on one line, with line and column where the source is known.
func (e *Error) Error() string {
	if e.Source == nil || e.Span.IsZero() {
		return e.Msg
	}
	line, column := e.Source.Position(e.Span.Start)
	return fmt.Sprintf("%s at line %d, column %d", e.Msg, line, column)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithSource attaches the source text to every Error inside err that has none, so that it can be
// rendered with line, column and caret. It returns err.
func WithSource(err error, src *Source) error {
	for e := range All(err) {
		if e.Source == nil {
			e.Source = src
		}
	}
	return err
}

// KindOf returns the kind of the first Error inside err; Internal if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
