// Package refdoc writes the reference pages in docs/reference from the tables that the code itself
// uses: options, functions, settings, error kinds.
//
// Its test compares the pages in the repository with what the tables say; make generate writes
// them. Nothing in a page is written by hand.
package refdoc

import (
	"fmt"
	"strings"

	"github.com/penstock-io/penstock/internal/connector"
	"github.com/penstock-io/penstock/internal/diag"
	"github.com/penstock-io/penstock/internal/engine"
	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/metrics"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/plan/optimize"
)

// Pages returns the reference pages by file name.
func Pages(connectors connector.Registry) map[string]string {
	pages := map[string]string{
		"functions.md": functions(),
		"formats.md":   formats(),
		"settings.md":  settings(),
		"errors.md":    errorKinds(),
		"metrics.md":   generated + metrics.Reference(),
	}
	for _, factory := range connectors {
		pages["connector-"+factory.Name+".md"] = connectorPage(factory)
	}
	return pages
}

const generated = "<!-- Written by make generate from the tables in the code. -->\n\n"

func functions() string {
	var out strings.Builder
	out.WriteString(generated + "# Functions\n\nScalar functions of the SQL dialect, by kind. A function whose argument is NULL gives NULL unless it says otherwise.\n")
	category := ""
	for _, f := range expr.Functions() {
		if f.Category != category {
			category = f.Category
			fmt.Fprintf(&out, "\n## %s\n\n| function | what it gives | example | gives |\n|---|---|---|---|\n", category)
		}
		usage := make([]string, 0, len(f.Signatures))
		for _, u := range f.Usage() {
			usage = append(usage, code(u))
		}
		doc := f.Doc
		if len(f.Aliases) > 0 {
			doc += " Also " + codeList(f.Aliases) + "."
		}
		example, result := "", ""
		if f.Example != "" {
			example, result = code(f.Example), code(f.Result)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", strings.Join(usage, "<br>"), cell(doc), example, result)
	}
	out.WriteString("\nBesides these there are operators and `CASE`, `IN`, `BETWEEN`, `ILIKE`, `IS [NOT] NULL`, `IS [NOT] TRUE`, `IS [NOT] DISTINCT FROM`.\n")
	aggregates(&out)
	out.WriteString("\n## Window functions\n\nThey stand with `OVER (PARTITION BY key ORDER BY time)` only, as do all aggregates if one likes.\n\n| function | what it gives |\n|---|---|\n")
	for _, f := range expr.WindowFunctions() {
		if expr.LookupAggregate(f.Name) == nil {
			fmt.Fprintf(&out, "| `%s` | %s |\n", f.Usage, cell(f.Doc))
		}
	}
	return out.String()
}

func aggregates(out *strings.Builder) {
	fmt.Fprintf(out, "\n## Aggregates\n\nThe examples are about the %s, which arrive in this order.\n\n| function | what it gives | example | gives |\n|---|---|---|---|\n", expr.AggregateExampleRows)
	for _, f := range expr.AggregateFunctions() {
		usage := f.Usage()
		for i, u := range usage {
			usage[i] = code(u)
		}
		doc := f.Doc
		if len(f.Aliases) > 0 {
			doc += " Also " + codeList(f.Aliases) + "."
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", strings.Join(usage, "<br>"), cell(doc), code(f.Example), code(f.Result))
	}
	out.WriteString("\nEvery aggregate takes `FILTER (WHERE condition)`, and `DISTINCT` where it has a meaning. NULLs do not count unless an aggregate says so.\n")
	var ordered, nulls []string
	for _, f := range expr.AggregateFunctions() {
		if f.Ordered {
			ordered = append(ordered, f.Name)
		}
		if f.Nulls != expr.NullsSkipped {
			nulls = append(nulls, f.Name)
		}
	}
	fmt.Fprintf(out, "\n%s take `IGNORE NULLS` and `RESPECT NULLS`.\n", codeList(nulls))
	fmt.Fprintf(out, "\n%s take `ORDER BY` behind their arguments, also as `WITHIN GROUP (ORDER BY ...)`; NULL is the lowest value unless `NULLS FIRST` or `NULLS LAST` says otherwise. "+
		"Rows that this leaves equal, and all rows of a call without it, are in the order in which they arrived at the aggregation: that of their shard for rows of one shard, and any between shards. "+
		"It holds across the panes of a hopping window, for sessions that become one, and after a restart.\n", codeList(ordered))
}

func connectorPage(f *connector.Factory) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s# Connector `%s`\n\n%s\n", generated, f.Name, f.Doc)
	var can []string
	if f.NewSource != nil {
		can = append(can, "read")
	}
	if f.NewSink != nil {
		can = append(can, "written")
	}
	fmt.Fprintf(&out, "\nTables of this connector can be %s.", strings.Join(can, " and "))
	if f.UsesFormat {
		out.WriteString(" Records are in the [format](formats.md) that the option `format` names, which is required.")
	}
	out.WriteString("\n")
	optionTable(&out, "Options", f.Options)
	if len(f.Metadata) > 0 {
		out.WriteString("\n## Metadata columns\n\nDeclared as `name TYPE METADATA FROM 'key' VIRTUAL`.\n\n| key | type | meaning |\n|---|---|---|\n")
		for _, m := range f.Metadata {
			fmt.Fprintf(&out, "| `%s` | `%s` | %s |\n", m.Key, m.Type, cell(m.Doc))
		}
	}
	return out.String()
}

func formats() string {
	var out strings.Builder
	out.WriteString(generated + "# Formats\n\nThe option `format` of a table says how its records are written.\n")
	optionTable(&out, "Options of every format", format.TableOptions)
	for _, f := range format.All() {
		doc := f.Doc
		if len(f.Aliases) > 0 {
			doc += " Also " + codeList(f.Aliases) + "."
		}
		fmt.Fprintf(&out, "\n## `%s`\n\n%s\n", f.Name, doc)
		optionTable(&out, "Options of `"+f.Name+"`", f.Options)
	}
	return out.String()
}

func settings() string {
	var out strings.Builder
	out.WriteString(generated + "# Settings\n\nSet with `SET 'key' = 'value';` in a script, or with `--set key=value`.\n")
	optionTable(&out, "Session settings", engine.Settings())
	out.WriteString("\n## Optimiser rules\n\nIn the order in which they are applied.\n\n| rule | what it does |\n|---|---|\n")
	for _, rule := range optimize.Rules() {
		fmt.Fprintf(&out, "| `%s` | %s |\n", rule.Name, cell(rule.Doc))
	}
	return out.String()
}

func errorKinds() string {
	var out strings.Builder
	out.WriteString(generated + "# Errors\n\nEvery error has a kind. Commands end with the kind's exit code, 0 for success; JSON output names the kind.\n\n| kind | exit code | HTTP status |\n|---|---|---|\n")
	for _, kind := range diag.Kinds() {
		fmt.Fprintf(&out, "| `%s` | %d | %d |\n", kind, kind.ExitCode(), kind.HTTPStatus())
	}
	return out.String()
}

func optionTable(out *strings.Builder, title string, table option.Table) {
	if len(table) == 0 {
		return
	}
	fmt.Fprintf(out, "\n### %s\n\n| key | type | default | meaning |\n|---|---|---|---|\n", title)
	for _, row := range table {
		otherwise := "none"
		switch {
		case row.Required:
			otherwise = "required"
		case row.Default != "":
			otherwise = code(row.Default)
		}
		doc := row.Doc
		if len(row.Enum) > 0 {
			doc += " One of " + codeList(row.Enum) + "."
		}
		if len(row.Aliases) > 0 {
			doc += " Also written " + codeList(row.Aliases) + "."
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", row.Key, row.Type, otherwise, cell(doc))
	}
}

func code(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }

func codeList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = code(text)
	}
	return strings.Join(quoted, ", ")
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
