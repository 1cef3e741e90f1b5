package engine

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
)

// Details of EXPLAIN that have an effect.
const (
	detailPlan      = "PLAN"
	detailChangelog = "CHANGELOG_MODE"
)

// withoutDetail says why a detail of EXPLAIN is not there.
var withoutDetail = map[string]string{
	"ESTIMATED_COST":      "plans are made by fixed rules, which estimate no cost",
	"PLAN_ADVICE":         "there is no advisor",
	"JSON_EXECUTION_PLAN": "a plan has no JSON form",
}

// explained prepares EXPLAIN: the plans of the statement, which does not run, are a result.
func (p *Program) explained(binder *bind.Binder, s *ast.Explain) error {
	for _, detail := range s.Details {
		if detail != detailPlan && detail != detailChangelog {
			return diag.Errorf(diag.Unsupported, s.Span(), "EXPLAIN %s is not supported: %s", detail, withoutDetail[detail]).
				WithHint("EXPLAIN alone shows the plan, EXPLAIN CHANGELOG_MODE also the changes that each step makes")
		}
	}
	before := len(p.statements)
	if err := p.explainedPlans(binder, s); err != nil {
		return err
	}
	texts := make([]string, 0, len(p.statements)-before)
	for _, explained := range p.statements[before:] {
		texts = append(texts, p.engine.planText(explained))
	}
	p.results = append(p.results, newText("plan", strings.TrimSuffix(strings.Join(texts, "\n"), "\n")).finish())
	return nil
}

func (p *Program) explainedPlans(binder *bind.Binder, s *ast.Explain) error {
	explained := statement{explain: true, details: s.Details}
	var err error
	switch inner := s.Statement.(type) {
	case *ast.Insert:
		explained.sink, err = binder.Insert(inner)
		return p.add(explained, err)
	case *ast.Select:
		explained.sink, err = binder.Query(inner.Query)
		return p.add(explained, err)
	case *ast.StatementSet:
		for _, insert := range inner.Inserts {
			explained.sink, err = binder.Insert(insert)
			if err := p.add(explained, err); err != nil {
				return err
			}
		}
		return nil
	case *ast.CreateTable:
		if inner.Query != nil {
			_, _, sink, err := p.engine.tableAs(binder, inner)
			explained.sink = sink
			return p.add(explained, err)
		}
	}
	return diag.Errorf(diag.Unsupported, s.Statement.Span(), "only INSERT, SELECT, statement sets and CREATE TABLE ... AS can be explained")
}

// Explain returns the plans of all INSERT and SELECT statements, explained ones included, as text:
// each with the scan at the bottom, one after the other with an empty line between.
func (p *Program) Explain() string {
	texts := make([]string, len(p.statements))
	for i, s := range p.statements {
		texts[i] = p.engine.planText(s)
	}
	return strings.Join(texts, "\n")
}

// planText is the plan of a statement with the details that were asked for.
func (e *Engine) planText(s statement) string {
	return plan.ExplainWith(s.sink, func(n plan.Node) string {
		text := n.Describe()
		if slices.Contains(s.details, detailChangelog) {
			text += " " + plan.ChangelogMode(n)
		}
		if sink, ok := n.(*plan.Sink); ok && sink.Table != nil {
			text += ", " + string(e.promise(sink.Table))
		}
		return text
	})
}

// promise is how often a row reaches a table when a job goes on from a checkpoint.
func (e *Engine) promise(t *catalog.Table) connector.Promise {
	o := e.tables[t]
	if o == nil || o.factory.Promise == nil {
		return connector.AtLeastOnce
	}
	return o.factory.Promise(o.table)
}
