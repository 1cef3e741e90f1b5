package engine

import (
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
)

// taken reports whether a name that is to be created is there already: done if IF NOT EXISTS makes
// that right.
func (e *Engine) taken(name ast.Name, temporary, ifNotExists bool, object string) (done bool, err error) {
	if err := bind.CheckQualifier(name); err != nil {
		return false, err
	}
	id := lastPart(name)
	if !e.catalog.Has(id.Name, temporary) {
		return false, nil
	}
	if ifNotExists {
		return true, nil
	}
	return false, diag.Errorf(diag.Semantic, id.Span(), "table or view %q exists already", id.Name).
		WithHint("drop it first, or write CREATE %s IF NOT EXISTS", object)
}

// table returns the table with the name, which is no view.
func (e *Engine) table(name ast.Name) (*catalog.Table, error) {
	if err := bind.CheckQualifier(name); err != nil {
		return nil, err
	}
	t := e.catalog.Table(lastPart(name).Name)
	if t == nil {
		return nil, e.missing("table", name)
	}
	return t, nil
}

// missing is the error for a table or view that is not there, or is the other.
func (e *Engine) missing(object string, name ast.Name) error {
	id := lastPart(name)
	err := diag.Errorf(diag.Semantic, id.Span(), "there is no %s %q", object, id.Name)
	switch {
	case e.catalog.Table(id.Name) != nil:
		return err.WithHint("%q is a table", id.Name)
	case e.catalog.View(id.Name) != nil:
		return err.WithHint("%q is a view", id.Name)
	}
	err.Hint = diag.DidYouMean(id.Name, e.catalog.Names())
	return err
}

func (e *Engine) createTable(binder *bind.Binder, s *ast.CreateTable) error {
	if done, err := e.taken(s.Name, s.Temporary, s.IfNotExists, "TABLE"); done || err != nil {
		return err
	}
	if s.Like != nil {
		source, err := e.table(s.Like.Table)
		if err != nil {
			return err
		}
		if s, err = bind.Like(s, source.Definition, e.sameOption(source)); err != nil {
			return err
		}
	}
	t, o, err := e.bindTable(binder, s)
	if err != nil {
		return err
	}
	e.catalog.AddTable(t)
	e.tables[t] = o
	return nil
}

// bindTable returns the table of a definition without LIKE and AS, with its options checked.
func (e *Engine) bindTable(binder *bind.Binder, s *ast.CreateTable) (*catalog.Table, *openable, error) {
	t, err := binder.CreateTable(s)
	if err != nil {
		return nil, nil, err
	}
	o, err := e.open(t)
	return t, o, err
}

// sameOption returns whether two keys are spellings of one option of the table.
func (e *Engine) sameOption(t *catalog.Table) bind.SameOption {
	tables := e.tables[t].options
	return func(a, b string) bool { return option.Canonical(a, tables...) == option.Canonical(b, tables...) }
}

// rewire returns the table with the options of a hint. The same hint on the same table gives the same
// table, so that statements can share its scan.
func (e *Engine) rewire(t *catalog.Table, options []ast.Property) (*catalog.Table, error) {
	key := strings.Builder{}
	var keys []string
	for _, o := range options {
		if strings.EqualFold(o.Key, "connector") {
			return nil, diag.Errorf(diag.Option, o.KeyPos.Span(), "a hint cannot change the connector of a table").
				WithHint("declare another table, with LIKE")
		}
		key.WriteString(ast.Print(o) + ",")
		keys = append(keys, o.Key)
	}
	known := hint{table: t, options: key.String()}
	if hinted := e.hinted[known]; hinted != nil {
		return hinted, nil
	}
	hinted := *t
	hinted.Hinted = keys
	hinted.SetOptions(bind.Override(t.Definition.Options, options, e.sameOption(t)))
	hinted.Span = options[0].KeyPos.Span() // for mistakes that have no place of their own
	o, err := e.open(&hinted)
	if err != nil {
		return nil, err
	}
	e.hinted[known], e.tables[&hinted] = &hinted, o
	return &hinted, nil
}

// hint is a table with the options of a hint, as text.
type hint struct {
	table   *catalog.Table
	options string
}

func (e *Engine) createView(binder *bind.Binder, s *ast.CreateView) error {
	if done, err := e.taken(s.Name, s.Temporary, s.IfNotExists, "VIEW"); done || err != nil {
		return err
	}
	view, err := binder.CreateView(s)
	if err != nil {
		return err
	}
	e.catalog.AddView(view)
	return nil
}

func (e *Engine) createFunction(binder *bind.Binder, s *ast.CreateFunction) error {
	if err := bind.CheckQualifier(s.Name); err != nil {
		return err
	}
	name := lastPart(s.Name)
	if expr.LookupAggregate(strings.ToUpper(name.Name)) != nil || bind.IsBuiltIn(name.Name) {
		return diag.Errorf(diag.Semantic, name.Span(), "function %q is built in", name.Name).WithHint("choose another name")
	}
	if e.catalog.Function(name.Name) != nil {
		if s.IfNotExists {
			return nil
		}
		return diag.Errorf(diag.Semantic, name.Span(), "function %q exists already", name.Name).
			WithHint("drop it first, or write CREATE FUNCTION IF NOT EXISTS")
	}
	f, err := binder.CreateFunction(s)
	if err != nil {
		return err
	}
	e.catalog.AddFunction(f)
	return nil
}

// drop carries out DROP [TEMPORARY] TABLE|VIEW|FUNCTION.
func (e *Engine) drop(s *ast.Drop) error {
	if err := bind.CheckQualifier(s.Name); err != nil {
		return err
	}
	name := lastPart(s.Name)
	if s.Object == "FUNCTION" {
		return e.dropFunction(s, name)
	}
	t, v := e.catalog.Table(name.Name), e.catalog.View(name.Name)
	there := s.Object == "TABLE" && t != nil || s.Object == "VIEW" && v != nil
	switch {
	case !there && t == nil && v == nil && s.IfExists:
		return nil
	case !there:
		return e.missing(strings.ToLower(s.Object), s.Name)
	}
	switch temporary := e.catalog.Has(name.Name, true); {
	case s.Temporary && !temporary:
		return diag.Errorf(diag.Semantic, name.Span(), "%s %q is not temporary", strings.ToLower(s.Object), name.Name).
			WithHint("write DROP %s", s.Object)
	case !s.Temporary && temporary:
		return diag.Errorf(diag.Semantic, name.Span(), "%s %q is temporary", strings.ToLower(s.Object), name.Name).
			WithHint("write DROP TEMPORARY %s", s.Object)
	}
	e.catalog.Remove(name.Name, s.Temporary)
	return nil
}

func (e *Engine) dropFunction(s *ast.Drop, name ast.Identifier) error {
	f := e.catalog.Function(name.Name)
	switch {
	case f == nil && s.IfExists:
		return nil
	case f == nil:
		var names []string
		for _, f := range e.catalog.Functions() {
			names = append(names, f.Name)
		}
		err := diag.Errorf(diag.Semantic, name.Span(), "there is no function %q to drop", name.Name)
		err.Hint = diag.DidYouMean(name.Name, names)
		return err
	case f.Temporary != s.Temporary:
		word := map[bool]string{true: "temporary", false: "not temporary"}
		return diag.Errorf(diag.Semantic, name.Span(), "function %q is %s", name.Name, word[f.Temporary])
	}
	e.catalog.RemoveFunction(name.Name)
	return nil
}

// alter carries out ALTER TABLE and ALTER VIEW. Programs that are prepared already keep what they
// have.
func (e *Engine) alter(binder *bind.Binder, s *ast.Alter) error {
	if err := bind.CheckQualifier(s.Name); err != nil {
		return err
	}
	name := lastPart(s.Name)
	if s.IfExists && !slices.ContainsFunc(e.catalog.Names(), func(known string) bool { return strings.EqualFold(known, name.Name) }) {
		return nil
	}
	if s.Object == "VIEW" {
		return e.alterView(binder, s)
	}
	old, err := e.table(s.Name)
	if err != nil {
		return err
	}
	if err := e.freeForRename(s.Action, old.Name, old.Temporary); err != nil {
		return err
	}
	definition, err := bind.Alter(old.Definition, s.Action, e.sameOption(old))
	if err != nil {
		return err
	}
	definition.Name = at(definition.Name, name.Pos) // for mistakes that have no place of their own
	t, o, err := e.bindTable(binder, definition)
	if err != nil {
		return err
	}
	e.catalog.ReplaceTable(old, t)
	e.tables[t] = o
	return nil
}

// at returns the name with its last part written elsewhere.
func at(name ast.Name, pos ast.Pos) ast.Name {
	id := lastPart(name)
	id.Pos = pos
	return ast.Name{Pos: pos, Parts: []ast.Identifier{id}}
}

// freeForRename checks that the name that RENAME TO gives is free.
func (e *Engine) freeForRename(action ast.AlterAction, old string, temporary bool) error {
	rename, ok := action.(*ast.RenameTo)
	if !ok {
		return nil
	}
	if err := bind.CheckQualifier(rename.To); err != nil {
		return err
	}
	to := lastPart(rename.To)
	if e.catalog.Has(to.Name, temporary) && !strings.EqualFold(to.Name, old) {
		return diag.Errorf(diag.Semantic, to.Span(), "table or view %q exists already", to.Name)
	}
	return nil
}

func (e *Engine) alterView(binder *bind.Binder, s *ast.Alter) error {
	old := e.catalog.View(lastPart(s.Name).Name)
	if old == nil {
		return e.missing("view", s.Name)
	}
	if err := e.freeForRename(s.Action, old.Name, old.Temporary); err != nil {
		return err
	}
	definition := *old.Definition
	switch action := s.Action.(type) {
	case *ast.RenameTo:
		definition.Name = action.To
	case *ast.Redefine:
		definition.Query = action.Query
	}
	view, err := binder.CreateView(&definition)
	if err != nil {
		return err
	}
	e.catalog.ReplaceView(old, view)
	return nil
}
