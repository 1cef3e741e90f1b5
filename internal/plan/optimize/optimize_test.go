package optimize_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/penstock-io/penstock/internal/catalog"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/plan"
	"github.com/penstock-io/penstock/internal/plan/optimize"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/bind"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// TestRules runs the transcripts in testdata, one file per rule. Their commands:
//
//	create           makes the tables and views that the queries read
//	apply RULE ...   prints the plan of a query before and after the rules
//	optimize         prints the plan of a query after all rules
//
//	go test ./internal/plan/optimize -rewrite
func TestRules(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		known := catalog.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return run(t, d, known)
		})
	})
}

func run(t *testing.T, d *datadriven.TestData, known *catalog.Catalog) string {
	src := &diag.Source{Text: d.Input}
	script, err := parser.Parse(src)
	if err != nil {
		return diag.Render(err)
	}
	var out strings.Builder
	for _, statement := range script.Statements {
		text, err := runStatement(t, d, known, statement)
		if err != nil {
			return diag.Render(diag.WithSource(err, src))
		}
		out.WriteString(text)
	}
	return out.String()
}

func runStatement(t *testing.T, d *datadriven.TestData, known *catalog.Catalog, statement ast.Statement) (string, error) {
	binder := bind.New(known, nil)
	switch s := statement.(type) {
	case *ast.CreateTable:
		table, err := binder.CreateTable(s)
		if err == nil {
			known.AddTable(table)
		}
		return "", err
	case *ast.CreateView:
		view, err := binder.CreateView(s)
		if err == nil {
			known.AddView(view)
		}
		return "", err
	case *ast.Insert:
		sink, err := binder.Insert(s)
		if err != nil {
			return "", err
		}
		return explain(t, d, sink), nil
	case *ast.Select:
		sink, err := binder.Query(s.Query)
		if err != nil {
			return "", err
		}
		return explain(t, d, sink), nil
	}
	t.Fatalf("%s: no plan for %T", d.Pos, statement)
	return "", nil
}

func explain(t *testing.T, d *datadriven.TestData, sink plan.Node) string {
	before := plan.Explain(sink)
	switch d.Cmd {
	case "optimize":
		return plan.Explain(optimize.Optimize(sink))
	case "apply":
		after := sink
		for _, arg := range d.CmdArgs {
			after = rule(t, d, arg.Key).Apply(after)
		}
		if again := plan.Explain(sink); again != before {
			t.Errorf("%s: the rule changed its input:\n%swas\n%s", d.Pos, again, before)
		}
		if got, want := after.Schema().String(), sink.Schema().String(); got != want {
			t.Errorf("%s: the rule changed the schema: %s, was %s", d.Pos, got, want)
		}
		if text := plan.Explain(after); text != before {
			return before + "=>\n" + text
		}
		return before + "=> unchanged\n"
	}
	d.Fatalf(t, "there is no command %q", d.Cmd)
	return ""
}

func rule(t *testing.T, d *datadriven.TestData, name string) optimize.Rule {
	for _, r := range optimize.Rules() {
		if r.Name == name {
			return r
		}
	}
	d.Fatalf(t, "there is no rule %q", name)
	return optimize.Rule{}
}

func TestEveryRuleHasATranscript(t *testing.T) {
	var names []string
	datadriven.Walk(t, "testdata", func(_ *testing.T, path string) {
		names = append(names, strings.TrimPrefix(path, "testdata/"))
	})
	for _, r := range optimize.Rules() {
		if !slices.Contains(names, r.Name) {
			t.Errorf("testdata has no file %s", r.Name)
		}
		if !strings.HasSuffix(r.Doc, ".") {
			t.Errorf("rule %s has the doc %q", r.Name, r.Doc)
		}
	}
}

func TestOptimizeLeavesOutRulesByName(t *testing.T) {
	var off []string
	for _, r := range optimize.Rules() {
		off = append(off, r.Name)
	}
	script, err := parser.Parse(&diag.Source{Text: "SELECT a + (1 + 2) FROM (VALUES (1, 2)) AS t (a, b) WHERE 1 = 1"})
	if err != nil {
		t.Fatal(err)
	}
	sink, err := bind.New(catalog.New(), nil).Query(script.Statements[0].(*ast.Select).Query)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := plan.Explain(optimize.Optimize(sink, off...)), plan.Explain(sink); got != want {
		t.Errorf("without rules the plan is\n%swant\n%s", got, want)
	}
	if got, want := plan.Explain(optimize.Optimize(sink)), plan.Explain(sink); got == want {
		t.Error("all rules together change nothing")
	}
}
