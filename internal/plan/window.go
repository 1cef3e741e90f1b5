package plan

import "github.com/penstock-io/penstock/internal/expr"

// WindowKind is how windows follow each other.
type WindowKind uint8

// The kinds of windows. All begin on multiples of Slide, moved by Offset.
const (
	// Tumble windows follow each other: Size and Slide are equal.
	Tumble WindowKind = iota
	// Hop windows of Size begin every Slide, so that a row falls into several of them, or into none
	// where Size is less than Slide.
	Hop
	// Cumulate windows begin together, every Size, and end one Slide after the other.
	Cumulate
	// Session windows of a key last from its first row until Size has passed without another. They
	// exist within an aggregation only.
	Session
)

var windowNames = [...]string{"tumble", "hop", "cumulate", "session"}

// String is the name of the kind in lower case, as EXPLAIN shows it.
func (k WindowKind) String() string { return windowNames[k] }

// WindowSpec is a series of windows. Lengths are in microseconds; Slide divides Size, except of Hop
// windows.
type WindowSpec struct {
	Kind                WindowKind
	Size, Slide, Offset int64
}

// Describe returns the windows over a time column as EXPLAIN shows them: hop(ts, 1h every 5m).
func (w WindowSpec) Describe(time string) string {
	text := expr.Span(w.Size)
	switch w.Kind {
	case Tumble:
	case Session:
		text = "gap " + text
	case Hop:
		text += " every " + expr.Span(w.Slide)
	case Cumulate:
		text += " by " + expr.Span(w.Slide)
	}
	if w.Offset != 0 {
		text += " offset " + expr.Span(w.Offset)
	}
	return w.Kind.String() + "(" + time + ", " + text + ")"
}

// Pane returns the length of the longest stretches of time that all windows are made of as a whole.
func (w WindowSpec) Pane() int64 {
	if w.Kind == Session {
		return w.Size
	}
	a, b := w.Size, w.Slide
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
