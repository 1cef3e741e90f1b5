package job

import (
	"context"
	"fmt"
	"slices"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/exec/operator"
	"github.com/penstock-io/penstock/internal/plan"
)

// input connects a pipeline to the source task of its scan; head is the scan and the nodes up to the
// watermark.
func (a *assembly) input(head []plan.Node, c *chain) error {
	if values, ok := head[0].(*plan.Values); ok {
		source, err := newValues(values, a.job.cfg.Zone)
		if err != nil {
			return err
		}
		t := a.newSourceTask("VALUES", "values")
		if t.restored, err = a.from.source(t.name, t.connector, ""); err != nil {
			return err
		}
		t.source = source
		for i := range values.Fields {
			t.columns = append(t.columns, i)
		}
		t.pipelines = append(t.pipelines, &pipeline{columns: t.columns, chain: c})
		return nil
	}
	scan := head[0].(*plan.Scan)
	t := a.scans[scan.Table]
	if t == nil {
		t = a.newSourceTask(scan.Table.Name, scan.Table.Connector)
		t.advanceAs(a.job.cfg.Resolve(scan.Table))
		a.scans[scan.Table] = t
	}
	p := &pipeline{chain: c}
	for _, position := range scan.Columns {
		at := slices.Index(t.columns, position)
		if at < 0 {
			at = len(t.columns)
			t.columns = append(t.columns, position)
		}
		p.columns = append(p.columns, at)
	}
	for _, n := range head[1:] {
		switch n := n.(type) {
		case *plan.Project:
			p.computed = operator.NewProject(n.Exprs, c.eval)
		case *plan.Clock:
			p.watermarks = operator.NewClock()
			if err := a.saveWatermarks(p, n, t.table); err != nil {
				return err
			}
		case *plan.Watermark:
			p.watermarks = operator.NewWatermarks(n.Expr, t.idleTimeout, c.eval)
			if err := a.saveWatermarks(p, n, t.table); err != nil {
				return err
			}
		default:
			return fmt.Errorf("plan node %q stands below the watermark", n.Describe())
		}
	}
	t.pipelines = append(t.pipelines, p)
	return nil
}

// saveWatermarks makes the watermarks of a pipeline part of the checkpoints. They stay the same
// whichever columns are read.
func (a *assembly) saveWatermarks(p *pipeline, n plan.Node, table string) (err error) {
	text := n.Describe() + " of table " + table
	p.saved, err = a.save(a.uniqueID(text), text, 0, 1, p.watermarks)
	return err
}

func (a *assembly) newSourceTask(table, connectorName string) *sourceTask {
	name := table // VALUES may be there several times, which checkpoints have to tell apart
	if a.names[table]++; a.names[table] > 1 {
		name = fmt.Sprintf("%s-%d", table, a.names[table])
	}
	t := &sourceTask{
		job: a.job, id: len(a.tasks), name: name, table: table, connector: connectorName,
		events: make(chan event), triggers: make(chan trigger, 1), splits: newSplits(), gates: map[string]*gate{}, places: map[string]int{},
		status: SourceStatus{Table: table, Connector: connectorName}, idleTimeout: a.job.cfg.IdleTimeout,
	}
	a.job.sources = append(a.job.sources, t)
	a.tasks = append(a.tasks, t.run)
	return t
}

// openSources opens the tables, once it is known which columns all pipelines need.
func (a *assembly) openSources(ctx context.Context) error {
	for scanned, t := range a.scans {
		factory, table := a.job.cfg.Resolve(scanned)
		if factory.NewSource == nil {
			return diag.Errorf(diag.Unsupported, scanned.Span, "table %q cannot be read: connector %q only writes", table.Name, factory.Name)
		}
		if factory.Identity != nil {
			t.identity = factory.Identity(table)
		}
		var err error
		if t.restored, err = a.from.source(t.name, t.connector, t.identity); err != nil {
			return err
		}
		request := connector.ScanRequest{
			Restored: restoredProgress(t.restored),
			Table:    table, Logger: a.job.cfg.Logger, Meter: &t.meter, Zone: a.job.cfg.Zone,
		}
		for _, position := range t.columns {
			request.Columns = append(request.Columns, scanColumn(scanned, position))
		}
		if t.source, err = factory.NewSource(ctx, request); err != nil {
			return err
		}
	}
	open := make(chan struct{})
	close(open)
	for _, t := range a.job.sources {
		t.discovery = t.source.DiscoveryInterval()
		t.release = open
		if c := a.job.coordinator; c != nil && t.restored == nil {
			c.waiting++
			t.release = c.release
		}
	}
	return nil
}

func scanColumn(t *catalog.Table, position int) connector.Column {
	c := t.Columns[position]
	return connector.Column{Name: c.Name, Type: c.Type, Metadata: c.Metadata}
}
