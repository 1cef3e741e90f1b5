// Package penstock_test checks the shape of the repository: who imports whom, package comments, file
// lengths, and that the files named in docs/ARCHITECTURE.md exist. The rules are in that document.
package penstock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module       = "github.com/penstock-io/penstock"
	architecture = "docs/ARCHITECTURE.md"
	maxLines     = 800
)

// goPackage is the part of the output of go list that the rules need.
type goPackage struct {
	ImportPath     string
	Dir            string
	Doc            string
	GoFiles        []string
	CgoFiles       []string
	IgnoredGoFiles []string // other platforms and build tags: the rules hold there too
}

// name is the import path below the module, as the table writes it.
func (p goPackage) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// sources are the package's own files, without tests. A directory with only tests has none.
func (p goPackage) sources() []string {
	files := slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles)
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}

func TestImportsFollowTheTable(t *testing.T) {
	rows := readTable(t)
	used := make(map[string]bool)
	for _, p := range listPackages(t) {
		if p.ImportPath == module {
			if len(p.sources()) > 0 {
				t.Errorf("the root directory has Go files: %v; only tests may stand there", p.sources())
			}
			continue
		}
		row, ok := rowFor(rows, p.name())
		if !ok {
			t.Errorf("package %s has no row in the import table of %s: add one, below everything it may import", p.name(), architecture)
			continue
		}
		used[row.name] = true
		for _, problem := range row.check(p.name(), ourImports(t, p)) {
			t.Error(problem)
		}
	}
	t.Run("NoStaleRow", func(t *testing.T) {
		for _, row := range rows {
			if !used[row.name] {
				t.Errorf("the import table of %s has a row for %s, but there is no such package: remove the row", architecture, row.name)
			}
		}
	})
}

func TestEveryPackageHasADocComment(t *testing.T) {
	for _, p := range listPackages(t) {
		if len(p.sources()) > 0 && p.Doc == "" {
			t.Errorf("package %s has no doc comment: say what it owns, what it does not, and its one invariant", p.name())
		}
	}
}

func TestGoFilesAreShortAndHaveNoInit(t *testing.T) {
	for _, file := range goFiles(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range checkFile(file, src) {
			t.Error(problem)
		}
	}
}

func TestNoReplaceInGoMod(t *testing.T) {
	for _, file := range []string{"go.mod", "tools/go.mod"} {
		var mod struct {
			Replace []struct{ Old struct{ Path string } }
		}
		goJSON(t, &mod, "mod", "edit", "-json", file)
		for _, r := range mod.Replace {
			t.Errorf("%s replaces %s: depend on a released version instead, or users of go install get something else", file, r.Old.Path)
		}
	}
}

func TestRecordPathFilesExist(t *testing.T) {
	files, err := parseRecordPath(readArchitecture(t))
	if err != nil {
		t.Fatalf("%s: %v", architecture, err)
	}
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s names %s under \"One record's way\", but there is no such file", architecture, file)
		}
	}
}

// listPackages asks the go command for the packages of the module. Broken packages are listed too:
// the compiler reports them better than this test would.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out := runGo(t, "list", "-e", "-json=ImportPath,Dir,Doc,GoFiles,CgoFiles,IgnoredGoFiles", "./...")
	var packages []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatalf("decode output of go list: %v", err)
		}
		packages = append(packages, p)
	}
	return packages
}

// ourImports returns what the package's own files import of this module, sorted, each once.
func ourImports(t *testing.T, p goPackage) []string {
	t.Helper()
	var imports []string
	for _, name := range p.sources() {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Errorf("read imports: %v", err)
			continue
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Errorf("read imports of %s: %v", name, err)
				continue
			}
			if imported == module {
				imports = append(imports, ".")
			} else if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
				imports = append(imports, ours)
			}
		}
	}
	slices.Sort(imports)
	return slices.Compact(imports)
}

// goFiles returns every Go file of the repository, of all modules in it, except test data.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") && d.Name() != "."
		if d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(file, ".go") {
			files = append(files, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkFile returns what is wrong with one hand-written file; generated files may be as they are.
func checkFile(name string, src []byte) []string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return []string{fmt.Sprintf("parse: %v", err)}
	}
	if ast.IsGenerated(file) {
		return nil
	}
	var problems []string
	if lines := bytes.Count(src, []byte("\n")); lines > maxLines {
		problems = append(problems, fmt.Sprintf("%s has %d lines, more than %d: it holds more than one thing, split it", name, lines, maxLines))
	}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			problems = append(problems, fmt.Sprintf("%s: init function: build the value where it is used and pass it on", fset.Position(f.Pos())))
		}
	}
	return problems
}

func runGo(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

func goJSON(t *testing.T, v any, args ...string) {
	t.Helper()
	if err := json.Unmarshal(runGo(t, args...), v); err != nil {
		t.Fatalf("decode output of go %s: %v", strings.Join(args, " "), err)
	}
}

func readArchitecture(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(architecture)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readTable(t *testing.T) []tableRow {
	t.Helper()
	rows, err := parseTable(readArchitecture(t))
	if err != nil {
		t.Fatalf("%s: %v", architecture, err)
	}
	return rows
}

// tableRow is one row of the import table.
type tableRow struct {
	name    string   // a package, or a pattern that ends in /*
	allowed []string // packages and patterns of rows above
}

// check returns a line for each import that the row does not grant to the package called name.
func (r tableRow) check(name string, imports []string) []string {
	allowed := wordNothing
	if len(r.allowed) > 0 {
		allowed = strings.Join(r.allowed, ", ")
	}
	var problems []string
	for _, imported := range imports {
		granted := slices.ContainsFunc(r.allowed, func(pattern string) bool { return matches(pattern, imported) })
		if !granted {
			problems = append(problems, fmt.Sprintf("%s imports %s; allowed: %s", name, imported, allowed))
		}
	}
	return problems
}

// rowFor returns the row of a package: the one with its full name, or else the longest pattern.
func rowFor(rows []tableRow, name string) (tableRow, bool) {
	var best tableRow
	for _, row := range rows {
		if row.name == name {
			return row, true
		}
		if matches(row.name, name) && len(row.name) > len(best.name) {
			best = row
		}
	}
	return best, best.name != ""
}

// matches reports whether pattern is name or, ending in /*, a directory above it.
func matches(pattern, name string) bool {
	if dir, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(name, dir+"/")
	}
	return pattern == name
}

const (
	tableHeader     = "| package | may import (ours) |"
	wordNothing     = "nothing"
	wordEverything  = "everything above"
	recordPathStart = "<!-- record-path -->"
	recordPathEnd   = "<!-- /record-path -->"
)

// parseTable reads the import table. Rows must be in order: a row grants only what stands above it.
func parseTable(markdown string) ([]tableRow, error) {
	_, rest, found := strings.Cut(markdown, "\n"+tableHeader+"\n")
	if !found {
		return nil, fmt.Errorf("no import table: want the header %q", tableHeader)
	}
	separator, rest, _ := strings.Cut(rest, "\n")
	if separator != "|---|---|" {
		return nil, fmt.Errorf("import table: want |---|---| under the header, got %q", separator)
	}
	var rows []tableRow
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		row, err := parseRow(strings.TrimSpace(line), rows)
		if err != nil {
			return nil, fmt.Errorf("import table: %w", err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("import table: no rows")
	}
	return rows, nil
}

func parseRow(line string, above []tableRow) (tableRow, error) {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	if len(cells) != 2 {
		return tableRow{}, fmt.Errorf("row %q: want 2 cells, got %d", line, len(cells))
	}
	name, err := unquoteName(cells[0])
	if err != nil {
		return tableRow{}, fmt.Errorf("row %q: %w", line, err)
	}
	if hasRow(above, name) {
		return tableRow{}, fmt.Errorf("package %s has two rows", name)
	}
	row := tableRow{name: name}
	switch cell := strings.TrimSpace(cells[1]); cell {
	case wordNothing:
		return row, nil
	case wordEverything:
		for _, r := range above {
			row.allowed = append(row.allowed, r.name)
		}
		return row, nil
	default:
		for word := range strings.SplitSeq(cell, ",") {
			granted, err := unquoteName(word)
			if err != nil {
				return tableRow{}, fmt.Errorf("row of %s: %w", name, err)
			}
			if !hasRow(above, granted) {
				return tableRow{}, fmt.Errorf("row of %s grants %s, which is not a row above it", name, granted)
			}
			row.allowed = append(row.allowed, granted)
		}
		return row, nil
	}
}

func hasRow(rows []tableRow, name string) bool {
	return slices.ContainsFunc(rows, func(r tableRow) bool { return r.name == name })
}

var quotedName = regexp.MustCompile("^`([a-z0-9_/]+(?:/\\*)?)`$")

func unquoteName(cell string) (string, error) {
	m := quotedName.FindStringSubmatch(strings.TrimSpace(cell))
	if m == nil {
		return "", fmt.Errorf("want a package in backquotes, %q or %q, got %q", wordNothing, wordEverything, strings.TrimSpace(cell))
	}
	return m[1], nil
}

var quotedFile = regexp.MustCompile("`([^`\\s]+\\.[a-z]+)`")

// parseRecordPath returns the files between the record-path markers: each list item names one or more.
func parseRecordPath(markdown string) ([]string, error) {
	_, rest, found := strings.Cut(markdown, recordPathStart)
	if !found {
		return nil, fmt.Errorf("no list of files: want the marker %s", recordPathStart)
	}
	list, _, found := strings.Cut(rest, recordPathEnd)
	if !found {
		return nil, fmt.Errorf("list of files has no end: want the marker %s", recordPathEnd)
	}
	var files []string
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "- ") && !isNumbered(line) {
			continue // blank, or an item's second line
		}
		names := quotedFile.FindAllStringSubmatch(line, -1)
		if len(names) == 0 {
			return nil, fmt.Errorf("list of files: item %q names no file in backquotes", line)
		}
		for _, name := range names {
			files = append(files, path.Clean(name[1]))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("list of files between %s and %s is empty: name the files a record passes", recordPathStart, recordPathEnd)
	}
	return files, nil
}

func isNumbered(line string) bool {
	number, _, found := strings.Cut(line, ". ")
	_, err := strconv.Atoi(number)
	return found && err == nil
}

// What follows tests the readers and rules above on small made-up documents.

func TestParseTable(t *testing.T) {
	const head = "Some text.\n\n" + tableHeader + "\n|---|---|\n"
	tests := []struct {
		name     string
		markdown string
		want     []tableRow
		wantErr  string // part of the error text
	}{
		{
			name:     "names, patterns and words",
			markdown: head + "| `a` | nothing |\n| `a/b` | `a` |\n| `c/*` | `a`, `a/b` |\n| `d` | `c/*` |\n| `e` | everything above |\n\nMore text.\n| `f` | nothing |\n",
			want: []tableRow{
				{name: "a"},
				{name: "a/b", allowed: []string{"a"}},
				{name: "c/*", allowed: []string{"a", "a/b"}},
				{name: "d", allowed: []string{"c/*"}},
				{name: "e", allowed: []string{"a", "a/b", "c/*", "d"}},
			},
		},
		{name: "no table", markdown: "# Title\n", wantErr: "no import table"},
		{name: "no separator", markdown: "\n" + tableHeader + "\n| `a` | nothing |\n", wantErr: "want |---|---| under the header"},
		{name: "no rows", markdown: head + "\ntext\n", wantErr: "no rows"},
		{name: "three cells", markdown: head + "| `a` | nothing | x |\n", wantErr: "want 2 cells, got 3"},
		{name: "name without backquotes", markdown: head + "| a | nothing |\n", wantErr: "want a package in backquotes"},
		{name: "empty grant", markdown: head + "| `a` | |\n", wantErr: "want a package in backquotes"},
		{name: "pattern in the middle", markdown: head + "| `a/*/b` | nothing |\n", wantErr: "want a package in backquotes"},
		{name: "two rows", markdown: head + "| `a` | nothing |\n| `a` | nothing |\n", wantErr: "package a has two rows"},
		{name: "unknown grant", markdown: head + "| `a` | `b` |\n", wantErr: "row of a grants b, which is not a row above it"},
		{name: "grant from above", markdown: head + "| `a` | `b` |\n| `b` | nothing |\n", wantErr: "row of a grants b, which is not a row above it"},
		{name: "grant of itself", markdown: head + "| `a` | `a` |\n", wantErr: "row of a grants a, which is not a row above it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseTable(test.markdown)
			wantError(t, err, test.wantErr)
			equal := func(a, b tableRow) bool { return a.name == b.name && slices.Equal(a.allowed, b.allowed) }
			if !slices.EqualFunc(got, test.want, equal) {
				t.Errorf("got rows %v, want %v", got, test.want)
			}
		})
	}
}

func TestTableRowChecksImports(t *testing.T) {
	rows := []tableRow{
		{name: "diag"},
		{name: "connector", allowed: []string{"diag"}},
		{name: "connector/contract"},
		{name: "connector/*", allowed: []string{"connector"}},
		{name: "cli", allowed: []string{"diag", "connector/*"}},
	}
	tests := []struct {
		name    string
		imports []string
		want    []string
	}{
		{name: "connector", imports: []string{"diag"}},
		{name: "connector/kinesis", imports: []string{"connector"}},
		{name: "connector/kinesis/shard", imports: []string{"connector"}},
		{name: "cli", imports: []string{"connector/file", "diag"}},
		{name: "cli", imports: []string{"connector"}, want: []string{"cli imports connector; allowed: diag, connector/*"}},
		{name: "diag", imports: []string{"connector"}, want: []string{"diag imports connector; allowed: nothing"}},
		{
			name:    "connector/contract",
			imports: []string{"connector", "diag"},
			want:    []string{"connector/contract imports connector; allowed: nothing", "connector/contract imports diag; allowed: nothing"},
		},
		{name: "connector/file", imports: []string{"connector/kinesis"}, want: []string{"connector/file imports connector/kinesis; allowed: connector"}},
	}
	for _, test := range tests {
		row, ok := rowFor(rows, test.name)
		if !ok {
			t.Errorf("no row for %s", test.name)
			continue
		}
		if got := row.check(test.name, test.imports); !slices.Equal(got, test.want) {
			t.Errorf("%s with imports %v: got %q, want %q", test.name, test.imports, got, test.want)
		}
	}
	for _, unknown := range []string{"connectors", "connect", "cli/sub"} {
		if row, ok := rowFor(rows, unknown); ok {
			t.Errorf("package %s got the row of %s, want none", unknown, row.name)
		}
	}
}

func TestParseRecordPath(t *testing.T) {
	tests := []struct {
		name     string
		markdown string
		want     []string
		wantErr  string
	}{
		{
			name: "numbers, bullets and two files in an item",
			markdown: "`before.go`\n" + recordPathStart + "\n1. `a/reader.go` reads, with `Next`,\n   and more `text.go`\n2. `b/json.go`, `b/csv.go`: decode\n- `c.go`\n" +
				recordPathEnd + "\n- `after.go`\n",
			want: []string{"a/reader.go", "b/json.go", "b/csv.go", "c.go"},
		},
		{name: "no start", markdown: "- `a.go`\n", wantErr: "want the marker " + recordPathStart},
		{name: "no end", markdown: recordPathStart + "\n- `a.go`\n", wantErr: "want the marker " + recordPathEnd},
		{name: "empty", markdown: recordPathStart + "\n" + recordPathEnd, wantErr: "is empty"},
		{name: "item without file", markdown: recordPathStart + "\n- the `Reader`\n" + recordPathEnd, wantErr: "names no file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseRecordPath(test.markdown)
			wantError(t, err, test.wantErr)
			if !slices.Equal(got, test.want) {
				t.Errorf("got files %v, want %v", got, test.want)
			}
		})
	}
}

func TestCheckFile(t *testing.T) {
	long := strings.Repeat("// line\n", maxLines)
	tests := []struct {
		name string
		src  string
		want string // part of the only problem; empty for none
	}{
		{name: "as long as allowed", src: "package p\n" + long[len("// line\n"):]},
		{name: "one line too long", src: "package p\n" + long, want: "has 801 lines, more than 800"},
		{name: "generated", src: "// Code generated by x. DO NOT EDIT.\n\npackage p\n\nfunc init() {}\n" + long},
		{name: "says generated in passing", src: "package p\n\n// Code generated here is short.\nfunc init() {}\n", want: "f.go:4:1: init function"},
		{name: "method called init", src: "package p\n\ntype T int\n\nfunc (T) init() {}\n"},
		{name: "not Go", src: "pakage p\n", want: "parse: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := checkFile("f.go", []byte(test.src))
			switch {
			case test.want == "" && len(got) > 0:
				t.Errorf("got problems %q, want none", got)
			case test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)):
				t.Errorf("got problems %q, want one with %q", got, test.want)
			}
		})
	}
}

// wantError checks that err has the text want, or that there is no error if want is empty.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
