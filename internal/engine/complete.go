package engine

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-io/penstock/internal/expr"
	"github.com/penstock-io/penstock/internal/format"
	"github.com/penstock-io/penstock/internal/option"
	"github.com/penstock-io/penstock/internal/sql/ast"
	"github.com/penstock-io/penstock/internal/sql/parser"
)

// IsComplete reports whether a text that is being typed has come to the end of a statement.
func IsComplete(text string) bool { return parser.Complete(text) }

// OneLine returns a statement without comments and line breaks; false if there is a line break inside
// quotes.
func OneLine(text string) (string, bool) { return parser.OneLine(text) }

// Words behind which a table is named.
var beforeTables = []string{"FROM", "JOIN", "INTO", "TABLE", "VIEW", "DESCRIBE", "DESC", "LIKE", "COLUMNS", "OVERWRITE"}

var (
	lastWord      = regexp.MustCompile(`[\pL_][\pL\pN_$]*$`)
	wordBefore    = regexp.MustCompile(`([\pL_]+)\s*$`)
	connectorName = regexp.MustCompile(`(?i)'?connector'?\s*=\s*'([^']*)'`)
	wholeWord     = regexp.MustCompile(`[\pL_][\pL\pN_$]*`)
)

// Complete returns what the word at the end of text, a statement that is being typed, may become:
// where the word starts, and the words it may be, sorted. The statement may go on with after.
func (e *Engine) Complete(text, after string) (start int, words []string) {
	if open := openQuote(text); open >= 0 {
		return open + 1, matching(text[open+1:], e.keys(text[:open]), false)
	}
	start = len(text)
	if at := lastWord.FindStringIndex(text); at != nil {
		start = at[0]
	}
	typed, before := text[start:], text[:start]
	switch {
	case strings.HasSuffix(before, "."):
		return start, matching(typed, e.columnNames(""), false)
	case e.namesTable(before):
		return start, matching(typed, append(e.catalog.Names(), "TABLE", "VIEW", "IF"), typed == strings.ToLower(typed))
	case strings.TrimSpace(before) == "" && typed == "":
		return start, nil
	}
	columns := e.columnNames(text + " " + after)
	candidates := slices.Concat(columns, e.catalog.Names(), e.functionNames())
	found := matching(typed, candidates, false)
	if typed == "" {
		return start, matching("", columns, false)
	}
	found = append(found, matching(typed, parser.Keywords(), typed == strings.ToLower(typed))...)
	slices.SortStableFunc(found, compareFold)
	return start, slices.CompactFunc(found, strings.EqualFold)
}

func compareFold(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }

// matching returns the candidates that begin with typed, in any case; lower has them in lower case if
// they are in upper case.
func matching(typed string, candidates []string, lower bool) []string {
	var out []string
	for _, c := range candidates {
		if len(c) < len(typed) || !strings.EqualFold(c[:len(typed)], typed) {
			continue
		}
		if lower && typed != "" && c == strings.ToUpper(c) {
			c = strings.ToLower(c)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, compareFold)
	return slices.Compact(out)
}

// openQuote returns where a string begins that is still open at the end of text; -1 if none is.
func openQuote(text string) int {
	open := -1
	for i := range len(text) {
		if text[i] != '\'' {
			continue
		}
		if open < 0 {
			open = i
		} else {
			open = -1
		}
	}
	return open
}

// keys returns the keys that a string behind text may be: settings behind SET and RESET, options in
// WITH and OPTIONS.
func (e *Engine) keys(text string) []string {
	fields := strings.Fields(strings.ToUpper(text))
	tables := []option.Table{Settings()}
	if len(fields) == 0 || len(fields) > 1 || fields[0] != "SET" && fields[0] != "RESET" {
		if strings.HasSuffix(strings.TrimSpace(text), "=") { // a value
			return e.values(text)
		}
		tables = []option.Table{{{Key: "connector"}, {Key: "format"}}, format.TableOptions}
		for _, f := range format.All() {
			tables = append(tables, f.Options)
		}
		names := connectorName.FindStringSubmatch(text)
		for _, factory := range e.cfg.Connectors {
			if names == nil || factory.Name == names[1] {
				tables = append(tables, factory.Options)
			}
		}
	}
	var keys []string
	for _, table := range tables {
		for _, row := range table {
			keys = append(keys, row.Key)
		}
	}
	return keys
}

// values returns what the value of the key before the end of text may be.
func (e *Engine) values(text string) []string {
	key := strings.Trim(strings.TrimRight(text, " \t\r\n="), " \t\r\n")
	var values []string
	if strings.HasSuffix(key, "connector'") || strings.HasSuffix(key, "connector") {
		for _, factory := range e.cfg.Connectors {
			values = append(values, factory.Name)
		}
	}
	return values
}

// namesTable reports whether the word behind text is the name of a table.
func (e *Engine) namesTable(text string) bool {
	word := wordBefore.FindStringSubmatch(text)
	return word != nil && slices.Contains(beforeTables, strings.ToUpper(word[1]))
}

// columnNames returns the columns of the tables and views that are named in text; of all if it is
// empty.
func (e *Engine) columnNames(text string) []string {
	named := map[string]bool{}
	for _, word := range wholeWord.FindAllString(text, -1) {
		named[strings.ToLower(word)] = true
	}
	binder := e.binder()
	var names []string
	for _, name := range e.catalog.Names() {
		if text != "" && !named[strings.ToLower(name)] {
			continue
		}
		if t := e.catalog.Table(name); t != nil {
			names = append(names, t.Schema().Names()...)
		} else if schema, err := binder.ViewSchema(e.catalog.View(name), ast.Name{}); err == nil {
			names = append(names, schema.Names()...)
		}
	}
	return names
}

func (e *Engine) functionNames() []string {
	names := expr.FunctionNames()
	for _, f := range expr.AggregateFunctions() {
		names = append(names, f.Name)
	}
	for _, f := range e.catalog.Functions() {
		names = append(names, f.Name)
	}
	return names
}
