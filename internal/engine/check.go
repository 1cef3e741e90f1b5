package engine

import (
	"errors"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/types"
)

// Check reports tables that the program reads or writes although their connectors cannot. Start does
// that too, but opens what it can before.
func (p *Program) Check() error {
	var faults []error
	seen := map[*catalog.Table]bool{}
	fault := func(t *catalog.Table, format string) {
		if !seen[t] {
			faults = append(faults, diag.Errorf(diag.Unsupported, t.Span, format, t.Name, p.engine.tables[t].factory.Name))
		}
		seen[t] = true
	}
	for _, sink := range p.plans() {
		if t := sink.Table; t != nil && p.engine.tables[t].factory.NewSink == nil {
			fault(t, "table %q cannot be written: connector %q only reads")
		}
		plan.Rewrite(sink, func(n plan.Node) plan.Node {
			if scan, ok := n.(*plan.Scan); ok && p.engine.tables[scan.Table].factory.NewSource == nil {
				fault(scan.Table, "table %q cannot be read: connector %q only writes")
			}
			return n
		})
	}
	return errors.Join(faults...)
}

// Shown returns the columns of the SELECTs of the program, in their order.
func (p *Program) Shown() []types.Schema {
	var schemas []types.Schema
	for _, sink := range p.plans() {
		if sink.Table == nil {
			schemas = append(schemas, sink.Schema())
		}
	}
	return schemas
}
