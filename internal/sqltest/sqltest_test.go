package sqltest_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-io/penstock/internal/plan/optimize"
	"github.com/penstock-io/penstock/internal/sqltest"
)

// TestMain adds -update, the usual name of what the library below the golden cases calls -rewrite.
func TestMain(m *testing.M) {
	flag.BoolFunc("update", "the same as -rewrite", func(value string) error { return flag.Set("rewrite", value) })
	os.Exit(m.Run())
}

// TestSQL runs every case of testdata/sql, plain and under all variants.
//
//	go test ./internal/sqltest -run TestSQL/window/tumble_late -rewrite
func TestSQL(t *testing.T) {
	root := filepath.Join("..", "..", "testdata", "sql")
	for _, path := range cases(t, root) {
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.ToSlash(name), ".test"), func(t *testing.T) { runCase(t, path) })
	}
}

func runCase(t *testing.T, path string) {
	var want []string
	t.Run(sqltest.Plain.Name, func(t *testing.T) { want = sqltest.Run(t, path, sqltest.Plain) })
	if t.Failed() || optsOut(t, path, "# variants: none") {
		return
	}
	crashes := !optsOut(t, path, "# crashes: none")
	for _, v := range variants() {
		if v.Checkpoints > 0 && !crashes {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			want := want
			if v.Checkpoints > 0 {
				want = sqltest.Distinct(want)
			}
			if got := sqltest.Run(t, path, v); !slices.Equal(got, want) {
				t.Errorf("%s changes what comes out:\n--- plain\n%s\n--- %s\n%s", v.Name, strings.Join(want, "\n"), v.Name, strings.Join(got, "\n"))
			}
		})
	}
}

func variants() []sqltest.Variant {
	all := []sqltest.Variant{
		{Name: "batch-1", Settings: map[string]string{"parallelism.default": "1", "table.exec.batch-size": "1"}},
		{Name: "batch-7", Settings: map[string]string{"parallelism.default": "1", "table.exec.batch-size": "7"}},
		{Name: "batch-1024", Settings: map[string]string{"parallelism.default": "1", "table.exec.batch-size": "1024"}},
		{Name: "parallel-3", Settings: map[string]string{"parallelism.default": "3"}},
		{Name: "shards-4", Settings: map[string]string{"parallelism.default": "1"}, Shards: 4},
		{Name: "shards-4-parallel-3", Settings: map[string]string{"parallelism.default": "3"}, Shards: 4},
	}
	all = append(all, sqltest.CrashVariants()...)
	for _, rule := range optimize.Rules() {
		all = append(all, sqltest.Variant{Name: "without-" + rule.Name, Settings: sqltest.Plain.Settings, RuleOff: rule.Name})
	}
	return all
}

func cases(t *testing.T, root string) []string {
	var paths []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".test") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no cases below %s", root)
	}
	return paths
}

// optsOut reports whether the case has a line that keeps it from something; it must say why there.
func optsOut(t *testing.T, path, word string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if reason, ok := strings.CutPrefix(line, word); ok {
			if strings.TrimSpace(reason) == "" {
				t.Errorf("%s: say why: %s (reason)", path, word)
			}
			return true
		}
	}
	return false
}
