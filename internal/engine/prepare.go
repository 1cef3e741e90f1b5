package engine

import (
	"errors"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/plan/optimize"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// Program is prepared statements: the plans of those that run, the results of those that look at the
// session.
type Program struct {
	engine     *Engine
	script     string // name of the script; empty: it has none
	settings   resolved
	statements []statement
	results    []Result
}

// statement is one planned INSERT, SELECT or EXPLAIN.
type statement struct {
	sink    *plan.Sink
	explain bool     // EXPLAIN: shown by Explain, not run
	details []string // of EXPLAIN
}

// Statement is one statement of a script, not yet looked into.
type Statement struct{ node ast.Statement }

// Parse parses a script. The error is a *diag.Error, or several joined, with positions in src.
func Parse(src *diag.Source) ([]Statement, error) {
	script, err := parser.Parse(src)
	if err != nil {
		return nil, err
	}
	statements := make([]Statement, len(script.Statements))
	for i, s := range script.Statements {
		statements[i] = Statement{node: s}
	}
	return statements, nil
}

// Prepare is Parse and PrepareStatements.
func (e *Engine) Prepare(src *diag.Source) (*Program, error) {
	statements, err := Parse(src)
	if err != nil {
		return nil, err
	}
	p, err := e.PrepareStatements(statements...)
	p.script = src.Name
	return p, err
}

// PrepareStatements binds, optimizes and plans the statements, without any I/O. Statements that
// change the session act as they are met, and those that look at it have their results then. The
// error is a *diag.Error, or several joined; the session may then be changed in part.
func (e *Engine) PrepareStatements(statements ...Statement) (*Program, error) {
	p := &Program{engine: e}
	binder := e.binder()
	var faults []error
	failed := map[string]bool{} // tables and views that could not be created
	for _, s := range statements {
		err := p.statement(binder, s.node)
		if err == nil {
			continue
		}
		if name := created(s.node); name != "" {
			failed[name] = true
		}
		// That a table is missing which could not be created says nothing new.
		if missing, ok := errors.AsType[*bind.MissingTableError](err); !ok || !failed[strings.ToLower(missing.Name)] {
			faults = append(faults, err)
		}
	}
	var err error
	if p.settings, err = e.session.resolve(e.cfg.Settings); err != nil {
		faults = append(faults, err)
	}
	return p, join(faults)
}

func (e *Engine) binder() *bind.Binder { return bind.New(e.catalog, e.rewire) }

// created returns the lower-case name of the table or view that a statement creates.
func created(s ast.Statement) string {
	switch s := s.(type) {
	case *ast.CreateTable:
		return strings.ToLower(lastPart(s.Name).Name)
	case *ast.CreateView:
		return strings.ToLower(lastPart(s.Name).Name)
	}
	return ""
}

func lastPart(name ast.Name) ast.Identifier { return name.Parts[len(name.Parts)-1] }

func join(faults []error) error {
	if len(faults) == 1 {
		return faults[0]
	}
	return errors.Join(faults...)
}

// statement prepares one statement.
func (p *Program) statement(binder *bind.Binder, s ast.Statement) error {
	switch s := s.(type) {
	case *ast.Insert:
		return p.insert(binder, s)
	case *ast.StatementSet:
		var faults []error
		for _, insert := range s.Inserts {
			faults = append(faults, p.insert(binder, insert))
		}
		return errors.Join(faults...)
	case *ast.Select:
		if p.engine.cfg.Rows == nil && p.engine.cfg.Results == nil {
			return diag.Errorf(diag.Unsupported, s.Span(), "rows of a SELECT cannot be shown here").WithHint("write INSERT INTO table SELECT ...")
		}
		sink, err := binder.Query(s.Query)
		return p.add(statement{sink: sink}, err)
	case *ast.Explain:
		return p.explained(binder, s)
	case *ast.Describe:
		return p.describe(binder, s.Table)
	case *ast.Show:
		return p.show(binder, s)
	case *ast.Set:
		if s.Property.Key == "" {
			return p.showSettings()
		}
		return p.engine.session.set(s)
	case *ast.CreateTable:
		if s.Query != nil {
			return p.createTableAs(binder, s)
		}
	}
	return p.engine.define(binder, s)
}

// define carries out a statement that changes the session and has no result.
func (e *Engine) define(binder *bind.Binder, s ast.Statement) error {
	switch s := s.(type) {
	case *ast.CreateTable:
		return e.createTable(binder, s)
	case *ast.CreateView:
		return e.createView(binder, s)
	case *ast.CreateFunction:
		return e.createFunction(binder, s)
	case *ast.Alter:
		return e.alter(binder, s)
	case *ast.Drop:
		return e.drop(s)
	case *ast.Reset:
		return e.session.reset(s)
	case *ast.Use:
		return use(s)
	case *ast.StopJob:
		return e.stopJob(s)
	}
	return diag.Errorf(diag.Internal, s.Span(), "no preparation for %T", s)
}

func (p *Program) insert(binder *bind.Binder, s *ast.Insert) error {
	sink, err := binder.Insert(s)
	return p.add(statement{sink: sink}, err)
}

// add optimizes a statement and adds it, unless there was an error.
func (p *Program) add(s statement, err error) error {
	if err != nil {
		return err
	}
	s.sink = optimize.Optimize(s.sink, p.engine.cfg.WithoutRules...).(*plan.Sink)
	p.statements = append(p.statements, s)
	return nil
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

// Results returns what the statements that look at the session found, in their order: SHOW,
// DESCRIBE, EXPLAIN and SET alone.
func (p *Program) Results() []Result { return p.results }

// Zone returns the session time zone of the program.
func (p *Program) Zone() *time.Location { return p.settings.zone }
