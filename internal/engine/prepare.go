package engine

import (
	"errors"
	"strings"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/plan/optimize"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// Program is a prepared script: the plans of its INSERT and SELECT statements.
type Program struct {
	engine     *Engine
	source     *diag.Source
	settings   resolved
	statements []statement
}

// statement is one planned INSERT, SELECT or EXPLAIN.
type statement struct {
	sink    *plan.Sink
	explain bool // EXPLAIN: shown by Explain, not run
}

// Prepare parses, binds, optimizes and plans every statement of the script, without any I/O.
// CREATE, DROP, SET and RESET act on the session as they are met. The error is a *diag.Error, or
// several joined, with positions in src; the session may then be changed in part.
func (e *Engine) Prepare(src *diag.Source) (*Program, error) {
	script, err := parser.Parse(src)
	if err != nil {
		return nil, err
	}
	p := &Program{engine: e, source: src}
	binder := bind.New(e.catalog)
	var faults []error
	failed := map[string]bool{} // tables and views that could not be created
	for _, s := range script.Statements {
		err := p.statement(binder, s, src)
		if err == nil {
			continue
		}
		if name := created(s); name != "" {
			failed[name] = true
		}
		// That a table is missing which could not be created says nothing new.
		if missing, ok := errors.AsType[*bind.MissingTableError](err); !ok || !failed[strings.ToLower(missing.Name)] {
			faults = append(faults, diag.WithSource(err, src))
		}
	}
	if p.settings, err = e.session.resolve(e.cfg.Settings); err != nil {
		faults = append(faults, diag.WithSource(err, src))
	}
	return p, join(faults)
}

// created returns the lower-case name of the table or view that a statement creates.
func created(s ast.Statement) string {
	switch s := s.(type) {
	case *ast.CreateTable:
		return strings.ToLower(s.Name.Parts[len(s.Name.Parts)-1].Name)
	case *ast.CreateView:
		return strings.ToLower(s.Name.Parts[len(s.Name.Parts)-1].Name)
	}
	return ""
}

func join(faults []error) error {
	if len(faults) == 1 {
		return faults[0]
	}
	return errors.Join(faults...)
}

// statement prepares one statement.
func (p *Program) statement(binder *bind.Binder, s ast.Statement, src *diag.Source) error {
	e := p.engine
	switch s := s.(type) {
	case *ast.CreateTable:
		return e.createTable(binder, s)
	case *ast.CreateView:
		return e.createView(binder, s, src)
	case *ast.Drop:
		return e.drop(s)
	case *ast.Set:
		return e.session.set(s)
	case *ast.Reset:
		return e.session.reset(s)
	case *ast.Insert:
		return p.insert(binder, s, false)
	case *ast.StatementSet:
		var faults []error
		for _, insert := range s.Inserts {
			faults = append(faults, p.insert(binder, insert, false))
		}
		return errors.Join(faults...)
	case *ast.Select:
		return p.selected(binder, s, false)
	case *ast.Explain:
		return p.explained(binder, s)
	}
	return diag.Errorf(diag.Unsupported, s.Span(), "this statement is not supported in a script yet").
		WithHint("a script has CREATE, DROP, SET, RESET, INSERT, SELECT, EXPLAIN and EXECUTE STATEMENT SET")
}

func (p *Program) insert(binder *bind.Binder, s *ast.Insert, explain bool) error {
	sink, err := binder.Insert(s)
	if err != nil {
		return err
	}
	p.add(sink, explain)
	return nil
}

func (p *Program) selected(binder *bind.Binder, s *ast.Select, explain bool) error {
	sink, err := binder.Query(s.Query)
	if err != nil {
		return err
	}
	if p.engine.cfg.Rows == nil && !explain {
		return diag.Errorf(diag.Unsupported, s.Span(), "rows of a SELECT cannot be shown here").WithHint("write INSERT INTO table SELECT ...")
	}
	p.add(sink, explain)
	return nil
}

func (p *Program) add(sink *plan.Sink, explain bool) {
	optimized := optimize.Optimize(sink, p.engine.cfg.WithoutRules...).(*plan.Sink)
	p.statements = append(p.statements, statement{sink: optimized, explain: explain})
}

func (p *Program) explained(binder *bind.Binder, s *ast.Explain) error {
	switch inner := s.Statement.(type) {
	case *ast.Insert:
		return p.insert(binder, inner, true)
	case *ast.Select:
		return p.selected(binder, inner, true)
	}
	return diag.Errorf(diag.Unsupported, s.Statement.Span(), "only INSERT and SELECT can be explained")
}

// plans returns the plans to run.
func (p *Program) plans() []*plan.Sink {
	var plans []*plan.Sink
	for _, s := range p.statements {
		if !s.explain {
			plans = append(plans, s.sink)
		}
	}
	return plans
}

// Statements returns how many INSERT and SELECT statements there are to run.
func (p *Program) Statements() int { return len(p.plans()) }

// Explain returns the plans of all INSERT and SELECT statements, explained ones included, as text:
// each with the scan at the bottom, one after the other with an empty line between.
func (p *Program) Explain() string {
	texts := make([]string, len(p.statements))
	for i, s := range p.statements {
		texts[i] = plan.Explain(s.sink)
	}
	return strings.Join(texts, "\n")
}
