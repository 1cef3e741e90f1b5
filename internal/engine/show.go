package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
)

// show prepares SHOW.
func (p *Program) show(binder *bind.Binder, s *ast.Show) error {
	var result *resultBuilder
	var err error
	switch s.Object {
	case "TABLES", "VIEWS":
		result, err = p.showNames(s)
	case "FUNCTIONS", "USER FUNCTIONS":
		result, err = p.showFunctions(s)
	case "COLUMNS":
		result, err = p.columnsOf(binder, *s.Name, s)
	case "JOBS":
		result = p.showJobs()
	case "CATALOGS", "DATABASES", "CURRENT CATALOG", "CURRENT DATABASE":
		result, err = showPlaces(s)
	case "CREATE TABLE":
		result, err = p.showCreateTable(*s.Name)
	case "CREATE VIEW":
		result, err = p.showCreateView(*s.Name)
	default:
		err = diag.Errorf(diag.Internal, s.Span(), "no preparation for SHOW %s", s.Object)
	}
	if err != nil {
		return err
	}
	p.results = append(p.results, result.finish())
	return nil
}

// matcher returns whether LIKE lets a name through.
func matcher(s *ast.Show) (func(name string) bool, error) {
	if s.Like == "" {
		return func(string) bool { return true }, nil
	}
	like, err := expr.LikeMatcher(s.Pattern, s.Like == "ILIKE")
	if err != nil {
		return nil, diag.Errorf(diag.Semantic, s.Span(), "%w", err)
	}
	return func(name string) bool { return like(name) != s.Not }, nil
}

// inDatabase checks the FROM of SHOW TABLES and the like.
func inDatabase(s *ast.Show) error {
	if s.Name == nil {
		return nil
	}
	inside := ast.Name{Pos: s.Name.Pos, Parts: append(slices.Clone(s.Name.Parts), ast.Identifier{})}
	return bind.CheckQualifier(inside)
}

func (p *Program) showNames(s *ast.Show) (*resultBuilder, error) {
	if err := inDatabase(s); err != nil {
		return nil, err
	}
	matches, err := matcher(s)
	if err != nil {
		return nil, err
	}
	names := p.engine.catalog.Names()
	if s.Object == "VIEWS" {
		names = nil
		for _, v := range p.engine.catalog.Views() {
			names = append(names, v.Name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	result := newResult(strings.ToLower(strings.TrimSuffix(s.Object, "S")) + " name")
	for _, name := range names {
		if matches(name) {
			result.add(name)
		}
	}
	return result, nil
}

func (p *Program) showFunctions(s *ast.Show) (*resultBuilder, error) {
	if err := inDatabase(s); err != nil {
		return nil, err
	}
	matches, err := matcher(s)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	add := func(name, kind, usage, doc string) {
		if matches(name) {
			rows = append(rows, []string{name, kind, usage, doc})
		}
	}
	for _, f := range p.engine.catalog.Functions() {
		add(f.Name, "user", f.Name+"("+f.Parameters.String()+")", f.Body.String())
	}
	if s.Object == "FUNCTIONS" {
		for _, f := range expr.Functions() {
			for _, name := range append([]string{f.Name}, f.Aliases...) {
				add(name, "scalar", strings.Join(f.Usage(), " or "), f.Doc)
			}
		}
		for _, f := range expr.AggregateFunctions() {
			add(f.Name, "aggregate", f.Name+"(value)", f.Doc)
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return cmp.Compare(strings.ToLower(a[0]), strings.ToLower(b[0])) })
	result := newResult("function name", "kind", "usage", "description")
	for _, row := range rows {
		result.add(row...)
	}
	return result, nil
}

func (p *Program) showJobs() *resultBuilder {
	result := newResult("job id", "job name", "status", "start time")
	for _, j := range p.engine.jobs {
		result.add(j.ID, j.Name, string(j.Status().State), j.started.UTC().Format(time.DateTime))
	}
	return result
}

// showPlaces shows the one catalog and the one database there is.
func showPlaces(s *ast.Show) (*resultBuilder, error) {
	name, header := catalog.DefaultDatabase, "database name"
	if strings.Contains(s.Object, "CATALOG") {
		name, header = catalog.DefaultCatalog, "catalog name"
	}
	matches, err := matcher(s)
	if err != nil {
		return nil, err
	}
	result := newResult(header)
	if matches(name) {
		result.add(name)
	}
	return result, nil
}

// use accepts the one catalog and the one database there is.
func use(s *ast.Use) error {
	name := ast.Name{Pos: s.Name.Pos, Parts: append(slices.Clone(s.Name.Parts), ast.Identifier{})}
	if !s.Catalog {
		return bind.CheckQualifier(name)
	}
	if len(s.Name.Parts) > 1 {
		return diag.Errorf(diag.Semantic, s.Name.Span(), "the name of a catalog has one part")
	}
	name.Parts = append(slices.Clone(s.Name.Parts), ast.Identifier{Name: catalog.DefaultDatabase}, ast.Identifier{})
	return bind.CheckQualifier(name)
}

func (p *Program) showSettings() error {
	result := newResult("key", "value", "default")
	settings := Settings()
	slices.SortFunc(settings, func(a, b option.Row) int { return cmp.Compare(a.Key, b.Key) })
	for _, row := range settings {
		value, ok := p.engine.cfg.Settings[row.Key]
		if g, set := p.engine.session[row.Key]; set {
			value, ok = g.Value, true
		}
		if !ok {
			value = cmp.Or(row.Default, null)
		}
		result.add(row.Key, value, cmp.Or(row.Default, null))
	}
	p.results = append(p.results, result.finish())
	return nil
}

func (p *Program) showCreateTable(name ast.Name) (*resultBuilder, error) {
	t, err := p.engine.table(name)
	if err != nil {
		return nil, err
	}
	definition := *t.Definition
	definition.IfNotExists = false
	definition.Options = slices.Clone(definition.Options)
	for i, o := range definition.Options {
		definition.Options[i].Value = option.Redact(o.Key, o.Value, p.engine.tables[t].options...)
	}
	return newText("create table", ast.Print(&definition)), nil
}

func (p *Program) showCreateView(name ast.Name) (*resultBuilder, error) {
	if err := bind.CheckQualifier(name); err != nil {
		return nil, err
	}
	v := p.engine.catalog.View(lastPart(name).Name)
	if v == nil {
		return nil, p.engine.missing("view", name)
	}
	definition := *v.Definition
	definition.IfNotExists = false
	return newText("create view", ast.Print(&definition)), nil
}
