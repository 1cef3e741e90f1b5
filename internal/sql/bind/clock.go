package bind

import (
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/plan"
)

// markClock makes a column that is computed as e over input a processing-time attribute, if e is
// PROCTIME(). e may be nil.
func (c *column) markClock(e expr.Expr, input plan.Node) {
	if expr.IsProctime(e) {
		c.clock, c.scans = true, scansOf(input)
	}
}

func scansOf(n plan.Node) []*plan.Scan {
	if scan, ok := n.(*plan.Scan); ok {
		return []*plan.Scan{scan}
	}
	var scans []*plan.Scan
	for _, input := range n.Inputs() {
		scans = append(scans, scansOf(input)...)
	}
	return scans
}

// useClock notes that the statement uses a time attribute. Rows of one scan follow one time: that of
// the events or that of the clock.
func (b *Binder) useClock(c column, span diag.Span) error {
	for _, scan := range c.scans {
		if clock, used := b.clocks[scan]; used && clock != c.clock {
			return diag.Errorf(diag.Unsupported, span, "event time and processing time of table %q in one query are not supported yet", scan.Table.Name).
				WithHint("use one of the two, or write two statements")
		}
		b.clocks[scan] = c.clock
	}
	return nil
}

// withClocks makes the scans whose processing time is used follow the clock in place of their watermark.
func (b *Binder) withClocks(n plan.Node) plan.Node {
	return plan.Rewrite(n, func(n plan.Node) plan.Node {
		switch n := n.(type) {
		case *plan.Scan:
			if b.clocks[n] {
				return &plan.Clock{Input: n}
			}
		case *plan.Watermark:
			if scans := scansOf(n); len(scans) == 1 && b.clocks[scans[0]] {
				return n.Input
			}
		}
		return n
	})
}
